"""What a chapter or the site has written: its receipt, and a digest for each of its results.

A receipt, OUT/notebooks/<chapter>.json, lists the files with size and time, so that one that was
lost or altered is noticed. A digest, OUT/digests/<result>, stands for a file or a folder where
Snakemake looks for it: it removes what a rule promises before the rule is executed, and training
and preparation need what they left there last time.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from intonation.files import write_text
from intonation.provenance import MADE_FROM, digest_of, read_json

DIGESTS = "digests"


def files_of(result: Path) -> list[Path]:
    """Every file of a result, which is a file or a folder."""
    return sorted(path for path in [result, *result.rglob("*")] if path.is_file())


def remove_stale(out: Path, results: list[str]) -> None:
    """Remove what an earlier execution wrote, but for what its maker noted, and may use again."""
    for result in (out / result for result in results):
        for path in set(files_of(result)) - _noted(result):
            path.unlink()


def _noted(folder: Path) -> set[Path]:
    """Files that the notes below a folder name, and the notes; all of a result just begun."""
    found = set()
    for path in folder.rglob(f"{MADE_FROM}/**/*.json"):
        parent = next(p.parent for p in path.parents if p.name == MADE_FROM)
        files = read_json(path).get("files")
        found |= {path, *(parent.rglob("*") if files is None else (parent / f for f in files))}
    return found


def remove_unused(out: Path, results: list[str], since: float) -> None:
    """Remove folders with notes of which none was written or used after the time `since`."""
    for result in results:
        for notes in sorted((out / result).rglob(MADE_FROM)):
            used = [note.stat().st_mtime >= since for note in notes.rglob("*.json")]
            if not any(used):
                shutil.rmtree(notes.parent)


def write_receipt(receipt: Path, out: Path, results: list[str], **more: Any) -> None:
    """Write a receipt for the files of these results, then their digests."""
    files, digests = {}, {}
    for result in results:
        found = files_of(out / result)
        files |= {str(path.relative_to(out)): _mark(path) for path in found}
        # what a result was made from is no part of what it is
        digests[result] = digest_of([path for path in found if MADE_FROM not in path.parts], out)
    content = {**more, "files": files, "digests": digests}
    write_text(receipt, json.dumps(content))
    write_digests(content, out)


def write_digests(receipt: dict[str, Any], out: Path) -> None:
    """Write the digests of a receipt, or write them again after Snakemake has removed them."""
    for result, digest in receipt["digests"].items():
        write_text(out / DIGESTS / result, digest)


def is_whole(receipt: dict[str, Any], out: Path) -> bool:
    """Whether all files of a receipt are there as they were written."""
    try:
        return all(_mark(out / path) == mark for path, mark in receipt["files"].items())
    except (OSError, KeyError, AttributeError):
        return False


def _mark(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def harmed(out: Path) -> list[str]:
    """Digests, below `out`, of the notebooks of chapters that lost a file or had one altered."""
    found = []
    for digest in [*sorted((out / DIGESTS).rglob("*.ipynb")), *(out / DIGESTS).glob("site/*")]:
        result = out / digest.relative_to(out / DIGESTS)
        if not is_whole(read_json(result.with_suffix(".json")), out):
            found.append(str(digest.relative_to(out)))
    return found
