"""What the image installs: the package's needs and its service's, in the versions of the lock.

    python containers/pins.py wanted           requirements, which pip constrains by the lock
    python containers/pins.py check VARIANT    whether all that is installed is as it was locked

The lock names more: what tests and the lab need, which the image goes without.
"""

import importlib
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("serve",)
OF_GPU_TORCH = re.compile(r"nvidia-.*|cuda-.*|triton")  # torch itself pins them; not in the lock


def wanted(project: dict) -> list[str]:
    """Requirements of the image, from the table `project` of pyproject.toml."""
    optional = project.get("optional-dependencies", {})
    extras = [optional.get(extra, []) for extra in EXTRAS]
    return [*project["dependencies"], *(one for extra in extras for one in extra)]


def unlocked(installed: Iterable[tuple[str, str]], lock: str, *, gpu: bool) -> list[str]:
    """Which installed packages (name, version) are others than those of the lock's text."""
    pins = dict(line.split("==") for line in lock.split())
    versions = {_plain(name): version for name, version in pins.items()}
    wrong = []
    for name, version in sorted((_plain(name), version) for name, version in installed):
        free = gpu and OF_GPU_TORCH.fullmatch(name)
        if not free and versions.get(name) != version.partition("+")[0]:
            wrong.append(f"{name} {version} (locked: {versions.get(name)})")
    return wrong


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def check(variant: str) -> str:
    """What is wrong with this environment, or with its PyTorch for the variant; "" for nothing."""
    gpu = variant != "cpu"
    installed = [(one.metadata["Name"], one.version) for one in distributions()]
    wrong = unlocked(installed, (ROOT / "requirements.lock").read_text(encoding="utf-8"), gpu=gpu)
    if wrong:
        return f"not as locked: {', '.join(wrong)}; run `make lock` after changing a pin"
    torch = importlib.import_module("torch")
    if (torch.version.cuda is not None) != gpu:
        return (
            f"torch {torch.__version__} is no build for VARIANT={variant}; TORCH_INDEX, or the "
            "wheels brought along, must have one"
        )
    return ""


def main(arguments: list[str]) -> int | str:
    """What to do, and for which variant; a text is an error."""
    match arguments:
        case ["wanted"]:
            project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
            print(*wanted(project["project"]), sep="\n")
            return 0
        case ["check", variant]:
            return check(variant) or 0
    return __doc__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
