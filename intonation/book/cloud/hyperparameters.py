"""Hyperparameters of a job, which SageMaker hands over as strings, as assignments of a run.

    asked = read_hyperparameters(Path("/opt/ml/input/config/hyperparameters.json"))
    Run(corpus, asked.profile, asked.assignments)

Names are those of `intonation.parameters`, which has the study's where it had one, and three more:
`profile`; `gpu_count`, the study's, for `device` and `devices`; and `false` for no
`dataset_size_limit`, as the study wrote it.
"""

import json
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
    """What a job was asked: a profile, and what differs from it, as `name=value`."""

    profile: str = PROFILE
    assignments: tuple[str, ...] = ()

    def parameters(self) -> Parameters:
        """All parameters of the run."""
        return parameters(self.profile, parse_overrides(list(self.assignments)))

    def with_default(self, name: str, value: object) -> "Hyperparameters":
        """The same with this value, unless the job was given another."""
        if any(one.startswith(f"{name}=") for one in self.assignments):
            return self
        return Hyperparameters(self.profile, (*self.assignments, f"{name}={value}"))


def read_hyperparameters(path: Path) -> Hyperparameters:
    """Read hyperparameters.json; without that file, nothing was asked.

    Raises ParameterError, which names the hyperparameter, what was expected, and what was found.
    """
    if not path.is_file():
        return Hyperparameters()
    given = {name: _text(path, name, value) for name, value in read_object(path).items()}
    asked = {name: text for name, text in given.items() if not name.startswith(OTHERS)}
    profile = asked.pop("profile", PROFILE)
    if profile not in PROFILES:
        known = ", ".join(PROFILES)
        raise _wrong(path, f"parameter profile is '{profile}', expected one of {known}; change it")
    found = []
    for name, text in asked.items():
        for assignment in _assignments(path, name, text):
            _check(path, profile, assignment)
            found.append(assignment)
    return Hyperparameters(profile, tuple(found))


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


def _text(path: Path, name: str, value: Any) -> str:
    """A value as SageMaker would send it; files written by hand have numbers too."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int, float)):
        found = json.dumps(value)[:50]
        raise _wrong(path, f"parameter {name} is {found}, expected a text or a number; change it")
    text = str(value).strip()
    if len(text) > LONGEST:
        found = f"{len(text)} characters long, expected {LONGEST} at most"
        raise _wrong(path, f"parameter {name} is {found}; change it")
    return text


def _assignments(path: Path, name: str, text: str) -> list[str]:
    if name == "dataset_size_limit" and text.lower() == "false":
        return [f"{name}=0"]
    if name == "gpu_count":
        return _devices(path, text)
    return [f"{name}={text}"]


def _devices(path: Path, text: str) -> list[str]:
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
    if count < 0:
        raise _wrong(
            path, f"parameter gpu_count is '{text}', expected 0 or a number of GPUs; change it"
        )
    several = [f"devices={count}"] if count > 1 else []
    return ["device=cuda", *several] if count else ["device=cpu"]


def _check(path: Path, profile: str, assignment: str) -> None:
    try:
        parameters(profile, parse_overrides([assignment]))
    except ParameterError as error:
        raise _wrong(path, str(error)) from None


def _wrong(path: Path, told: str) -> ParameterError:
    """What is told of a parameter, told of a hyperparameter."""
    return ParameterError(f"{path}: {told.replace('parameter', 'hyperparameter', 1)}")
