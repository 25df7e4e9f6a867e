"""The parameters of a run: one frozen record, which papermill's parameters map onto one to one."""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intonation.errors import ParameterError

TARGETS = ("semitones", "log_f0")
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class Parameters:
    """What a run can be asked to do; names of the original study where it had one.

    target: "semitones" (deviation from the speaker's median) or "log_f0" (the original).
    epochs: upper limit; early stopping usually ends before.
    learning_rate: of Adam at its highest.
    num_layers: dilated blocks per stack, with dilations 1, 2, 4, … 2^(num_layers - 1).
    hidden_size: channels of every block and of the dense layer.
    dropout: share of channels dropped after each activation.
    input_dropout: share of answers dropped at the input; needed where sentences are few.
    batch_size: utterances.
    dataset_size_limit: use at most this many utterances of the corpus; 0 for all.
    cpu_count: processes that prepare, explain and draw; also threads of torch.
    seed: of weights, order and dropout.
    device: "auto" takes a GPU where there is one.
    stacks, kernel_size, causal: shape of the network.
    weight_decay: decoupled (AdamW).
    patience, min_delta: early stopping on the validation loss.
    split_seed: of the split into training, validation and test sentences.
    figures: test utterances that the book draws.
    lf0_column: of ln F0 in the .cmp files of an HTS-demo tree, counted from 0.
    seeds: networks trained from different seeds, to see how much a ranking depends on the seed.
    small_epochs, small_num_layers, small_hidden_size: of the smaller networks that are trained
    several times or on a known law.
    resamples: of the test utterances, for confidence intervals (bootstrap).
    """

    target: str = "semitones"
    epochs: int = 10
    learning_rate: float = 1e-3
    num_layers: int = 6
    hidden_size: int = 64
    dropout: float = 0.2
    input_dropout: float = 0.5
    batch_size: int = 8
    dataset_size_limit: int = 0
    cpu_count: int = 1
    seed: int = 1
    device: str = "auto"
    stacks: int = 2
    kernel_size: int = 2
    causal: bool = True
    weight_decay: float = 0.0
    patience: int = 5
    min_delta: float = 0.001
    split_seed: int = 0
    figures: int = 12
    lf0_column: int = 150
    seeds: int = 5
    small_epochs: int = 4
    small_num_layers: int = 4
    small_hidden_size: int = 32
    resamples: int = 1000

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check_type(field.name, getattr(self, field.name), field.type)
        _check_choice("target", self.target, TARGETS)
        _check_choice("device", self.device, DEVICES)
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError(
                    f"parameter {name} is {value}, expected {low} to {high}; change it"
                )


RANGES = {
    "epochs": (1, 10_000),
    "learning_rate": (1e-7, 1.0),
    "num_layers": (1, 12),
    "hidden_size": (1, 4096),
    "dropout": (0.0, 0.95),
    "input_dropout": (0.0, 0.95),
    "batch_size": (1, 4096),
    "dataset_size_limit": (0, 10**9),
    "cpu_count": (1, 1024),
    "seed": (0, 2**32 - 1),
    "stacks": (1, 8),
    "kernel_size": (2, 9),
    "weight_decay": (0.0, 100.0),
    "patience": (1, 10_000),
    "min_delta": (0.0, 100.0),
    "split_seed": (0, 2**32 - 1),
    "figures": (1, 100_000),
    "lf0_column": (0, 100_000),
    "seeds": (2, 1000),
    "small_epochs": (1, 10_000),
    "small_num_layers": (1, 12),
    "small_hidden_size": (1, 4096),
    "resamples": (10, 1_000_000),
}

PROFILES: dict[str, dict[str, Any]] = {
    # minutes, to see that everything works; its figures mean nothing
    "smoke": {
        "epochs": 2,
        "num_layers": 3,
        "hidden_size": 16,
        "dataset_size_limit": 24,
        "figures": 2,
        "seeds": 2,
        "small_epochs": 1,
        "small_num_layers": 2,
        "small_hidden_size": 8,
        "resamples": 100,
    },
    "default": {},
    # the original's budget
    "full": {"epochs": 200, "patience": 20, "small_epochs": 20},
}


def parameters(profile: str = "default", overrides: Mapping[str, Any] | None = None) -> Parameters:
    """Parameters of a profile with some of them replaced.

    Raises ParameterError for an unknown profile or name and for a value out of range.
    """
    if profile not in PROFILES:
        raise ParameterError(
            f"profile '{profile}' is unknown; expected one of {', '.join(PROFILES)}"
        )
    values = {**PROFILES[profile], **(overrides or {})}
    known = {field.name for field in dataclasses.fields(Parameters)}
    for name in values:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = (
                f"; did you mean {close[0]}?"
                if close
                else f"; known are {', '.join(sorted(known))}"
            )
            raise ParameterError(f"parameter '{name}' is unknown{hint}")
    return Parameters(**values)


def from_notebook(names: Mapping[str, Any]) -> Parameters:
    """The parameters that a chapter defines, checked; the others keep their defaults.

    names: the notebook's globals() right after its parameters cell, so that a plain value which is
    no parameter can only be a misspelt one. Raises ParameterError for it.
    """
    plain = {
        name: value
        for name, value in names.items()
        if isinstance(value, (bool, int, float, str)) and not name.startswith("_")
    }
    return parameters(
        "default", {k: v for k, v in plain.items() if k not in ("run_folder", "source")}
    )


def parse_overrides(assignments: list[str]) -> dict[str, Any]:
    """Turn ["epochs=3", "causal=false"] into {"epochs": 3, "causal": False}.

    Raises ParameterError where one is no `name=value` or the value does not fit its type.
    """
    types = {field.name: field.type for field in dataclasses.fields(Parameters)}
    overrides: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ParameterError(f"'{assignment}' is no assignment; write name=value")
        overrides[name] = _parse(name, text, types.get(name, str))
    return overrides


def _parse(name: str, text: str, kind: type) -> Any:
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return text if kind is bool else kind(text)
    except ValueError:
        raise ParameterError(
            f"parameter {name} is '{text}', expected {kind.__name__}; change it"
        ) from None


def _check_type(name: str, value: Any, kind: type) -> None:
    fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if kind is not bool and isinstance(value, bool):
        fits = False
    if not fits:
        raise ParameterError(f"parameter {name} is {value!r}, expected {kind.__name__}; change it")


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ParameterError(
            f"parameter {name} is '{value}', expected one of {', '.join(choices)}; change it"
        )
