"""Where the chapters are executed: a profile of Snakemake's, by name or by path.

make book CLUSTER=slurm        profiles/slurm/config.yaml
make book CLUSTER=~/our/site   ~/our/site/config.yaml
"""

from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from intonation.book.dependencies import ROOT
from intonation.errors import ParameterError

CONFIG = "config.yaml"
BUILT_IN = ("local", "dryrun")


def options(cluster: str, jobs: int | None) -> list[str]:
    """Options of Snakemake's for a profile; jobs: at most so many at a time, if not the profile's.

    Raises ParameterError where there is no such profile, or what it needs is not installed.
    """
    folder = _folder(cluster)
    _check_executor(folder / CONFIG)
    return ["--profile", str(folder), *(["--jobs", str(jobs)] if jobs else [])]


def _folder(cluster: str) -> Path:
    known = ROOT / "profiles"
    for folder in (known / cluster, Path(cluster).expanduser()):
        if (folder / CONFIG).is_file():
            return folder.resolve()
    names = ", ".join(sorted(path.parent.name for path in known.glob(f"*/{CONFIG}")))
    raise ParameterError(
        f"cluster {cluster!r} is no profile; give one of {names}, or a folder with a {CONFIG}"
    )


def _check_executor(path: Path) -> None:
    """Snakemake itself would only list the executors that it has."""
    try:
        profile: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ParameterError(
            f"{path} is no YAML ({' '.join(str(error).split())}); mend it"
        ) from None
    executor = profile.get("executor") if isinstance(profile, dict) else None
    if not isinstance(executor, str):
        raise ParameterError(f"{path} names no executor; expected a line such as executor: slurm")
    package = f"snakemake-executor-plugin-{executor}"
    if executor not in BUILT_IN and not any(distributions(name=package)):
        raise ParameterError(f"{path} needs {package}; pip install {package} beside this package")
