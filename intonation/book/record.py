"""What a run was: versions, parameters, corpus and times, in run.json.

python -m intonation.book.record --run DIR --config JSON        (called by the Snakefile)
"""

import argparse
import dataclasses
import json
import os
import platform
import sys
from pathlib import Path

import pandas as pd

from intonation.book.dependencies import LAST, Run, versions
from intonation.book.run_folder import RunFolder
from intonation.corpus.corpus import open_corpus
from intonation.errors import exit_code
from intonation.files import write_text
from intonation.model.target import TARGETS
from intonation.parameters import Parameters

EMBEDDED = "embedded sentences, eSpeak NG voice"


def write_run_record(out: Path, source: str, profile: str, parameters: Parameters) -> None:
    """Write OUT/run.json from the run folder as it stands."""
    corpus = open_corpus(RunFolder(out).corpus)
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
    text = json.dumps(record, indent=1, ensure_ascii=False)
    write_text(RunFolder(out).record, text + "\n")


def read_run_record(out: Path) -> dict:
    """Read OUT/run.json."""
    return json.loads(RunFolder(out).record.read_text(encoding="utf-8"))


def chapter_seconds(out: Path) -> dict[str, float]:
    """Wall time of every executed chapter, by its path below OUT/notebooks; not of the last, which
    tells of the others."""
    folder = RunFolder(out).notebooks
    stamps = sorted(folder.rglob("*.json"))
    return {
        str(path.relative_to(folder).with_suffix("")): json.loads(path.read_text())["seconds"]
        for path in stamps
        if path.stem != LAST
    }


def chapter_name(key: str) -> str:
    """A chapter in words, from its path below OUT/notebooks: 3 · training (log F0)."""
    target, _, name = key.rpartition("/")
    number, _, rest = name.partition("_")
    of = f" ({TARGETS[target].title})" if target in TARGETS else ""
    return f"{int(number)} · {rest.replace('_', ' ')}{of}" if number.isdigit() else key


def versions_table(record: dict) -> pd.DataFrame:
    """Versions of a run as a table: package, version."""
    return pd.DataFrame(sorted(record["versions"].items()), columns=["package", "version"])


def main(arguments: list[str] | None = None) -> int:
    """Write the record of a run folder; 1 after an error."""
    parser = argparse.ArgumentParser(prog="python -m intonation.book.record")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--config", type=json.loads, default={}, help="source, profile, set")
    parser.add_argument("--threads", type=int, default=1, help="processes of a chapter")
    given = parser.parse_args(arguments)

    def work() -> None:
        run = Run.of(given.config)
        chosen = dataclasses.replace(run.parameters(), cpu_count=given.threads)
        write_run_record(given.run, run.source, run.profile, chosen)

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
