"""The parameters of a run: one frozen record, which papermill's parameters map onto one to one.

Each is declared once, with its value in every profile, its range and what it means;
`parameters_table` shows them all.
"""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from intonation.declaring import (
    MANY,
    allowed,
    budget,
    check,
    choice,
    declared,
    number,
    parse,
    utterances,
    words,
    written,
)
from intonation.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

TARGETS = ("semitones", "log_f0")
CREAK = ("keep", "leave_out")
SPLITS_BY = ("sentence", "speaker")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("32", "bf16")


@dataclass(frozen=True)
class Parameters:
    """What a run can be asked to do; names of the original study where it had one.

    Raises ParameterError for a value of another type or out of its range.
    """

    target: str = choice(
        "semitones", TARGETS, "deviation from the speaker's median, or ln F0 as in the study"
    )
    epochs: int = budget(
        10, 2, 200, (1, 10_000), "passes over the training split; early stopping may end before"
    )
    learning_rate: float = number(1e-3, (1e-7, 1.0), "step size of Adam at its highest")
    num_layers: int = budget(6, 3, 6, (1, 12), "blocks per stack, with dilations 1, 2, 4, …")
    hidden_size: int = budget(
        64, 16, 64, (1, 4096), "channels of every block and of the dense layer"
    )
    dropout: float = number(0.2, (0.0, 0.95), "share of channels dropped after each activation")
    input_dropout: float = number(
        0.5, (0.0, 0.95), "share of answers dropped at the input; needed where sentences are few"
    )
    batch_size: int = number(8, (1, 4096), "utterances learnt from at a time")
    dataset_size_limit: int = utterances(0, 24, "utterances of the corpus")
    cpu_count: int = number(
        1, (1, 1024), "processes that prepare, explain and draw; also threads of torch"
    )
    seed: int = number(1, (0, 2**32 - 1), "seed of weights, order, dropout and all that is drawn")
    device: str = choice("auto", DEVICES, "where to train; auto: a GPU where there is one")
    devices: int | str = declared(
        1,
        "GPUs of a machine that train together, or processes where there is none; auto: all GPUs",
        **{"kind": int, "range": (1, 1024), "word": "auto"},
    )
    nodes: int = number(1, (1, 1024), "machines that train together, started by torchrun")
    precision: str = choice(
        "32", PRECISIONS, "bits of a number in training; bf16: 16 in matrix products, for GPUs"
    )
    compile: bool = declared(
        False, "whether PyTorch translates the network first; for long trainings on a GPU"
    )
    stacks: int = number(2, (1, 8), "stacks of blocks")
    kernel_size: int = number(2, (2, 9), "frames that a convolution looks at")
    causal: bool = declared(True, "whether the network only looks back")
    weight_decay: float = number(0.0, (0.0, 100.0), "decoupled weight decay of AdamW")
    group_penalty: float | str = declared(
        0.0,
        "strength of the group lasso whose curves the first layer is held to, without dropout of "
        "answers; auto: the one that validates best; 0: as in the study",
        **{"kind": float, "range": (0.0, 100.0), "word": "auto"},
    )
    patience: int = budget(
        5, 5, 20, (1, 10_000), "epochs without a better validation loss until the end"
    )
    min_delta: float = number(0.001, (0.0, 100.0), "how much better a validation loss must be")
    split_seed: int = number(
        0, (0, 2**32 - 1), "seed of the split into training, validation and test sentences"
    )
    split: str = choice(
        "sentence",
        SPLITS_BY,
        "whether validation and test have only sentences, or speakers, too, that training has not",
    )
    leave_out: str = words("speaker who is the test, alone; none where empty", 200)
    creak: str = choice("keep", CREAK, "whether creaky frames keep their F0, or count as unvoiced")
    smooth_ms: float = number(
        0.0, (0.0, 1000.0), "width of the bell that smooths F0 within voiced stretches; 0: none"
    )
    bridge_ms: float = number(
        0.0, (0.0, 1000.0), "longest unvoiced gap that F0 is interpolated over; 0: none"
    )
    figures: int = budget(12, 2, 24, (1, 100_000), "test utterances that the book draws")
    sounds: bool = declared(
        True, "whether the inspector's utterances can be heard; some 150 kB for each of them"
    )
    lf0_column: int = number(
        150, (0, 100_000), "column of ln F0 in the .cmp files of an HTS-demo tree, counted from 0"
    )
    realign: str = choice(
        "auto",
        ("auto", "yes", "no"),
        "whether phones are learnt from the corpus to find Praat's times anew; auto: from two "
        "minutes of such recordings on",
    )
    columns: str = words(
        "columns of your table: file:…,text:… and, if there is one, speaker:…", 300
    )
    speaker_pattern: str = words(
        "regular expression that finds the speaker in names, as its group (?P<speaker>…)", 200
    )
    keep: str = words("only recordings with these facts, as emotion:neutral|happy,gender:f", 300)
    strict: bool = declared(False, "whether a recording that cannot be used is an error")
    resamples: int = budget(
        1000, 100, 10_000, (10, 1_000_000), "bootstrap draws for a confidence interval"
    )
    integration_steps: int = budget(
        32, 4, 128, (1, 10_000), "steps of integrated gradients in chapters 9 and 11"
    )
    seeds: int = budget(
        5, 2, 10, (2, 1000), "networks from different seeds, to compare their rankings"
    )
    small_epochs: int = budget(
        4, 1, 200, (1, 10_000), "epochs of the small networks of chapters 8 and 9"
    )
    small_num_layers: int = budget(
        4, 2, 6, (1, 12), "blocks per stack of the small networks of chapters 8 and 9"
    )
    small_hidden_size: int = budget(
        32, 8, 64, (1, 4096), "channels of the small networks of chapters 8, 9 and 11"
    )
    ranking_utterances: int = utterances(
        24, 4, "test utterances whose frames are explained one by one, and whose answers exchanged"
    )
    ranking_draws: int = budget(
        1, 1, 8, (1, 1000), "times that answers are exchanged in chapters 6 and 9"
    )
    ranking_seeds: int = budget(
        3, 1, 5, (1, 1000), "networks from different seeds that chapter 6 ranks by"
    )
    faithfulness_utterances: int = utterances(12, 2, "test utterances whose groups are replaced")
    faithfulness_donors: int = budget(
        2, 1, 8, (1, 1000), "training utterances that each of them takes answers from"
    )
    faithfulness_inner_points: int = budget(
        6, 2, 12, (0, 1000), "points of a deletion curve between its ends, about"
    )
    faithfulness_steps: int = budget(
        8, 4, 32, (1, 10_000), "steps of integrated gradients in chapter 8"
    )
    randomisation_utterances: int = utterances(6, 2, "test utterances explained by spoilt networks")
    randomisation_every: int = budget(
        4, 4, 1, (1, 96), "of the spoilt residual blocks, each so-many-th is looked at"
    )
    randomisation_train_utterances: int = utterances(
        72, 12, "utterances to learn real and shuffled targets from"
    )
    randomisation_validation_utterances: int = utterances(
        18, 3, "utterances to validate those trainings on"
    )
    randomisation_learning_rate: float = number(
        1e-2, (1e-7, 1.0), "learning rate of the small networks of chapter 8"
    )
    randomisation_batch_size: int = number(
        4, (1, 4096), "batch size of the small networks of chapter 8"
    )
    stability_train_utterances: int = utterances(
        160, 12, "utterances that the networks of several seeds learn from"
    )
    stability_validation_utterances: int = utterances(
        30, 3, "utterances to validate the networks of several seeds on"
    )
    stability_learning_rate: float = number(
        3e-3, (1e-7, 1.0), "learning rate of the small networks of chapter 9"
    )
    stability_batch_size: int = number(
        4, (1, 4096), "batch size of the small networks of chapter 9"
    )
    stability_stacks: int = budget(
        1, 1, 2, (1, 8), "stacks of blocks of the small networks of chapter 9"
    )
    stability_method_utterances: int = utterances(4, 1, "test utterances explained by every method")
    stability_ranking_utterances: int = utterances(
        16, 2, "the same for the networks of several seeds"
    )
    law_train_utterances: int = utterances(
        600, 12, "utterances that the planted law is learnt from"
    )
    law_test_utterances: int = utterances(60, 4, "test utterances whose relevance is marked")
    law_told_utterances: int = utterances(
        100, 6, "training utterances to tell a term from other groups' answers with"
    )
    law_noise_semitones: float = number(0.5, (0.0, 100.0), "standard deviation of planted noise")
    law_epochs: int = budget(
        24, 6, 200, (1, 10_000), "epochs of the networks that learn the law, one frame a phone"
    )
    law_learning_rate: float = number(
        5e-3, (1e-7, 1.0), "learning rate of the networks that learn the law"
    )
    law_batch_size: int = number(16, (1, 4096), "batch size of the networks that learn the law")
    law_penalty: float = number(
        5e-3, (0.0, 100.0), "weight of the penalty on whole groups, for the sparse network"
    )
    law_effect_draws: int = budget(
        10, 2, 50, (1, 100_000), "replacements to measure the law's effects with"
    )
    law_replacement_draws: int = budget(
        4, 1, 20, (1, 100_000), "replacements to measure a network's effects with"
    )
    law_draws: int = budget(5, 1, 10, (1, 1000), "laws drawn at random, to mark rankings on")
    law_draw_epochs: int = budget(
        6, 3, 50, (1, 10_000), "epochs of the networks that learn a drawn law"
    )
    polish_utterances: int = utterances(
        540, 24, "utterances whose vowels are measured and told by networks in chapter 19"
    )
    polish_folds: int = budget(
        2, 2, 5, (2, 100), "parts of the sentences; each is told by a network that lacks it"
    )
    polish_deals: int = budget(
        3, 1, 5, (1, 1000), "times that sentences are dealt into these parts anew"
    )
    polish_epochs: int = budget(
        12, 3, 200, (1, 10_000), "epochs of the networks of chapter 19, one frame a phone"
    )
    together_train_utterances: int = utterances(
        300, 12, "training utterances to see who tells whom on, and for the law of chapter 18"
    )
    together_utterances: int = utterances(
        12,
        2,
        "test utterances of chapter 18, explained and with pairs of groups replaced",
    )
    together_donors: int = budget(
        1,
        1,
        8,
        (1, 1000),
        "training utterances that pairs of groups take answers from, for each",
    )
    ladder_utterances: int = utterances(
        600, 24, "utterances that the ladder of inputs is climbed on"
    )
    ladder_folds: int = budget(
        5, 3, 10, (3, 100), "parts that the sentences of the ladder are dealt into"
    )
    ladder_trees: int = budget(
        30, 5, 200, (1, 10_000), "trees of gradient boosting on the ladder of inputs"
    )
    study_utterances: int = budget(
        4, 1, 40, (1, 100_000), "shortest test utterances explained with a library's fault"
    )
    study_permutations: int = budget(
        9999, 199, 99_999, (99, 10_000_000), "orders drawn to test a rank correlation"
    )
    ceiling_sentences: int = budget(
        120,
        40,
        5000,
        (2, MANY),
        "sentences of several readers that the ceiling is told from, at most",
    )
    ceiling_choices: int = budget(
        100, 20, 1000, (1, 100_000), "choices of so many readers whose means are tried, at most"
    )
    ceiling_shift_ms: float = number(
        100.0, (0.0, 1000.0), "how far a word is moved to where it fits another reader's best"
    )
    ceiling_jitter_ms: float = number(
        20.0, (0.0, 200.0), "standard deviation of an error of a phone's boundary, as an aligner's"
    )
    reach_folds: int = budget(
        5, 2, 10, (2, 1000), "parts of the sentences, each predicted by what learnt from the others"
    )
    reach_seeds: int = budget(2, 1, 5, (1, 1000), "networks of chapter 16 from different seeds")
    reach_epochs: int = budget(8, 1, 20, (1, 10_000), "epochs of the networks of chapter 16")
    reach_trees: int = budget(
        30, 4, 200, (1, 100_000), "trees of the gradient boosting that chapter 16 compares with"
    )
    reach_ablation_folds: int = budget(
        1, 1, 10, (0, 1000), "folds on which chapter 16 trains networks that differ in one thing"
    )
    reach_shape: str = choice(
        "none",
        ("none", "steps", "level", "correlation"),
        "what the loss of chapter 16's networks counts beside the error: that of steps from phone "
        "to phone, that without the utterance's level, or the correlation",
    )
    reach_shape_weight: float = number(1.0, (0.0, 100.0), "how much of it is added to the error")
    reach_pretrained_on: str = words(
        "folder of a run or a corpus that the networks of chapter 16 learn from first", 300
    )
    reach_tuned: int = budget(
        12, 2, 100, (0, MANY), "speakers that networks of chapter 16 learn from alone at the end"
    )
    reach_ablations: str = declared(
        "",
        "further networks that chapter 16 compares; shape: with each loss that cares about it",
        **{"most": 100, "smoke": "shape", "full": "shape"},
    )

    def __post_init__(self) -> None:
        for name in _KNOWN:
            check(name, getattr(self, name), _KINDS[name], _KNOWN[name])


_KNOWN = {field.name: field.metadata for field in dataclasses.fields(Parameters)}
_KINDS: dict[str, type[Any]] = {
    name: _KNOWN[name].get("kind", hint) for name, hint in get_type_hints(Parameters).items()
}
RANGES = {name: known["range"] for name, known in _KNOWN.items() if "range" in known}
# smoke: minutes, to see that everything works, its figures mean nothing; full: everywhere all that
# the study had, and more
PROFILES: dict[str, dict[str, Any]] = {
    profile: {name: known[profile] for name, known in _KNOWN.items() if profile in known}
    for profile in ("smoke", "default", "full")
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
    for name in values:
        if name not in _KNOWN:
            close = difflib.get_close_matches(name, _KNOWN, n=1)
            known = f"known are {', '.join(sorted(_KNOWN))}"
            hint = f"did you mean {close[0]}?" if close else known
            raise ParameterError(f"parameter '{name}' is unknown; {hint}")
    return Parameters(**values)


def parameters_table() -> "pd.DataFrame":
    """Every parameter (the index): default, smoke, full, allowed and meaning, all as text.

    Values are written as `SET="name=value"` takes them.
    """
    import pandas as pd  # whoever only checks parameters need not wait for it

    values = {name: dataclasses.asdict(parameters(name)) for name in ("default", "smoke", "full")}
    table = pd.DataFrame(values, dtype=object).map(written).rename_axis("parameter")
    may_be = [allowed(_KINDS[name], known) for name, known in _KNOWN.items()]
    meanings = [known["meaning"] for known in _KNOWN.values()]
    return table.assign(allowed=may_be, meaning=meanings)


def from_notebook(names: Mapping[str, Any]) -> Parameters:
    """The parameters that a chapter defines, checked; the others keep their defaults.

    names: the notebook's globals() right after its parameters cell, so that a plain value which is
    no parameter can only be a misspelt one. Raises ParameterError for it.
    """
    plain = {
        name: value
        for name, value in names.items()
        if isinstance(value, (bool, int, float, str))
        and not name.startswith("_")
        and name not in ("run_folder", "source")
    }
    return parameters("default", plain)


def as_assignments(chosen: Parameters) -> list[str]:
    """What is not as in the profile default, as `name=value`: what `parse_overrides` takes."""
    usual = dataclasses.asdict(Parameters())
    changed = {n: v for n, v in dataclasses.asdict(chosen).items() if v != usual[n]}
    return [f"{name}={written(value)}" for name, value in changed.items()]


def parse_overrides(assignments: list[str]) -> dict[str, Any]:
    """Turn ["epochs=3", "causal=false"] into {"epochs": 3, "causal": False}.

    Raises ParameterError where one is no `name=value` or the value does not fit its type.
    """
    overrides: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise ParameterError(f"'{assignment}' is no assignment; write name=value")
        overrides[name] = parse(name, text, _KINDS.get(name, str), _KNOWN.get(name, {}))
    return overrides
