"""Why a chapter failed, in one paragraph, for whoever only sees that."""

import re
from pathlib import Path

import intonation.errors
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError, IntonationError
from intonation.provenance import read_json

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def chapter_error(out: Path) -> ChapterError:
    """Of the chapter that was executed last in a run folder, and did not come to its end."""
    begun = RunFolder(out).logs.rglob("*.ipynb")  # of a chapter that succeeds it is moved away
    last = max(begun, key=lambda path: path.stat().st_mtime_ns, default=None)
    if last is None:
        return ChapterError("the book's engine stopped before any chapter; the log says why")
    key = last.relative_to(RunFolder(out).logs).with_suffix("")
    return ChapterError(f"chapter {key}: {_reason(last)}")


def _reason(notebook: Path) -> str:
    """Ours are for users as they are; others are told with their kind."""
    outputs = [one for cell in _cells(notebook) for one in cell.get("outputs", ())]
    errors = [one for one in outputs if one.get("output_type") == "error"]
    if not errors:
        return (
            "its process ended without a word; probably memory was short: lower batch_size or "
            "cpu_count, or take a larger instance"
        )
    kind, told = errors[-1].get("ename", ""), COLOURS.sub("", errors[-1].get("evalue", ""))
    known = getattr(intonation.errors, kind, None)
    ours = isinstance(known, type) and issubclass(known, IntonationError)
    return told if ours else f"{kind}: {told}"


def _cells(notebook: Path) -> list[dict]:
    return read_json(notebook).get("cells", [])
