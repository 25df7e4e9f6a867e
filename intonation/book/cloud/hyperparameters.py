"""Hyperparameters of a job, which SageMaker hands over as strings, as assignments of a run.

    asked = read_hyperparameters(Path("/opt/ml/input/config/hyperparameters.json"))
    Run(corpus, asked.profile, asked.assignments)

Names are those of `intonation.parameters`, which has the study's where it had one, and more:
`profile`; `gpu_count`, the study's, 0 for `device=cpu`; and `false` for no `dataset_size_limit`, as
the study wrote it.
"""

import dataclasses
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intonation.errors import ParameterError
from intonation.parameters import PROFILES, Parameters, parameters, parse_overrides

PROFILE = "full"  # whoever rents a machine wants the whole training
OTHERS = "sagemaker_"  # names that SDKs add for containers of their own
LONGEST = 256  # characters of a value; none of ours has more than a dozen


@dataclass(frozen=True)
class Hyperparameters:
    """What a job was asked: a profile, what differs from it, as `name=value`, and so many GPUs."""

    profile: str = PROFILE
    assignments: tuple[str, ...] = ()
    gpus: int = 0

    def parameters(self) -> Parameters:
        """All parameters of the run."""
        return parameters(self.profile, parse_overrides(list(self.assignments)))

    def value(self, name: str) -> str:
        """As it was assigned last; "" where it was not."""
        found = [one for one in self.assignments if one.startswith(f"{name}=")]
        return found[-1].partition("=")[2] if found else ""

    def with_default(self, name: str, value: object) -> "Hyperparameters":
        """The same with this value, unless the job was given another."""
        if self.value(name):
            return self
        assignments = (*self.assignments, f"{name}={value}")
        return dataclasses.replace(self, assignments=assignments)


DEFAULT = Hyperparameters()


def read_hyperparameters(path: Path) -> Hyperparameters:
    """Read hyperparameters.json; without that file, nothing was asked. Raises ParameterError."""
    return check_hyperparameters(read_object(path), str(path)) if path.is_file() else DEFAULT


def check_hyperparameters(given: Mapping[str, Any], where: str) -> Hyperparameters:
    """What these hyperparameters ask for; where: the file that they stand in, or are meant for.

    Raises ParameterError, which names the hyperparameter, what was expected, and what was found.
    """
    texts = {name: _text(where, name, value) for name, value in given.items()}
    asked = {name: text for name, text in texts.items() if not name.startswith(OTHERS)}
    profile = asked.pop("profile", PROFILE)
    if profile not in PROFILES:
        raise _wrong(where, "profile", f"'{profile}'", f"one of {', '.join(PROFILES)}")
    gpus = _gpus(where, asked.pop("gpu_count", None))
    found = [_assignment(where, profile, *one) for one in asked.items()]
    # a note of the weights has the device: `auto` makes them good for machines without GPUs, too
    found += ["device=cpu"] if gpus == 0 else [f"devices={gpus}"] if gpus and gpus > 1 else []
    return Hyperparameters(profile, tuple(found), gpus or 0)


def read_object(path: Path) -> dict[str, Any]:
    """Read a file of the job's configuration; raises ParameterError where it is no JSON object."""
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ParameterError(f"{path} is no JSON ({error}); write it again") from None
    if not isinstance(found, dict):
        kind = type(found).__name__
        raise ParameterError(f"{path} holds a {kind}, expected an object in braces; write it again")
    return found


def as_text(value: str | float) -> str:
    """A value as SageMaker takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(where: str, name: str, value: Any) -> str:
    """A value as SageMaker would send it; whoever writes them by hand writes numbers too."""
    if not isinstance(value, (str, int, float)):
        raise _wrong(where, name, f"a {type(value).__name__}", "a text or a number")
    text = as_text(value).strip()
    if len(text) > LONGEST:
        raise _wrong(where, name, f"{len(text)} characters long", f"{LONGEST} at most")
    return text


def _gpus(where: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,4}", text):
        raise _wrong(where, "gpu_count", f"'{text}'", "a number of GPUs, 0 for none")
    return int(text)


def _assignment(where: str, profile: str, name: str, text: str) -> str:
    none = name == "dataset_size_limit" and text.lower() == "false"
    assignment = f"{name}={0 if none else text}"
    try:
        parameters(profile, parse_overrides([assignment]))
    except ParameterError as error:
        told = str(error).replace("parameter", "hyperparameter", 1)
        raise ParameterError(f"{where}: {told}") from None
    return assignment


def _wrong(where: str, name: str, found: str, expected: str) -> ParameterError:
    return ParameterError(
        f"{where}: hyperparameter {name} is {found}, expected {expected}; change it"
    )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))
