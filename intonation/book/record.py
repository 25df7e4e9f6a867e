"""What a run was: versions, parameters, corpus and times, in run.json."""

import dataclasses
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from intonation.corpus.corpus import open_corpus
from intonation.files import replacing
from intonation.parameters import Parameters

REPORTED = (
    *("torch", "pytorch-lightning", "numpy", "pandas", "matplotlib", "scikit-learn"),
    *("praat-parselmouth", "papermill", "jupytext", "jupyter-book", "sphinx"),
)
EMBEDDED = "embedded sentences, eSpeak NG voice"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that a result may depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in REPORTED}


def write_run_record(out: Path, source: str, profile: str, parameters: Parameters) -> None:
    """Write OUT/run.json from the run folder as it stands."""
    corpus = open_corpus(out / "corpus")
    record = {
        "versions": versions(),
        "machine": {
            "system": platform.system(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
        },
        "profile": profile,
        "parameters": {k: v for k, v in dataclasses.asdict(parameters).items() if k != "target"},
        "corpus": {
            "source": Path(source).resolve().name if source else EMBEDDED,
            "utterances": len(corpus),
            "excluded": len(corpus.excluded),
            "speakers": int(corpus.table["speaker"].nunique()),
            "minutes": round(float(corpus.table["seconds"].sum()) / 60, 1),
        },
        "seconds": chapter_seconds(out),
    }
    with replacing(out / "run.json") as temporary:
        temporary.write_text(
            json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def read_run_record(out: Path) -> dict:
    """Read OUT/run.json."""
    return json.loads((Path(out) / "run.json").read_text(encoding="utf-8"))


def chapter_seconds(out: Path) -> dict[str, float]:
    """Wall time of every executed chapter, by its path below OUT/notebooks."""
    folder = Path(out) / "notebooks"
    stamps = sorted(folder.rglob("*.json"))
    return {
        str(path.relative_to(folder).with_suffix("")): json.loads(path.read_text())["seconds"]
        for path in stamps
    }


def versions_table(record: dict) -> pd.DataFrame:
    """Versions of a run as a table: package, version."""
    return pd.DataFrame(sorted(record["versions"].items()), columns=["package", "version"])
