"""What a result was made from: code, libraries, data; and the note beside it that says so.

A result that is there need not be made again if it would be made from the same. Two things are
needed to know that: digests of what it is made from, and a note of them that was written when it
was made (`Note`). Training, preparation and the chapters of the book all use these.
"""

import functools
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import grimp

from intonation.files import write_text

PACKAGE = "intonation"
ROOT = Path(__file__).parent  # of the package
MADE_FROM = "made_from"  # folder of notes, in the folder of what they are about


@functools.cache
def import_graph() -> grimp.ImportGraph:
    """Who imports whom in the package, imports inside functions and of other libraries included."""
    return grimp.build_graph(
        PACKAGE,
        include_external_packages=True,
        exclude_type_checking_imports=True,  # nothing is executed with these
        cache_dir=None,
    )


def with_imported(modules: Iterable[str]) -> set[str]:
    """These modules and all that they import, directly or not: names, of other libraries too."""
    found = set(modules)
    for module in sorted(found):
        found |= import_graph().find_upstream_modules(module)
    return found


def code_digest(modules: Iterable[str]) -> str:
    """Digest of the sources of these modules and of the data files beside them.

    modules: dotted names; those of other libraries do not count, see `library_versions`.
    Beside them is also what lies in folders there that are no rooms.
    """
    sources = {module_path(name) for name in modules if name.partition(".")[0] == PACKAGE}
    folders = {path.parent for path in sources}
    folders |= {deep for folder in folders for deep in folder.iterdir() if _holds_data(deep)}
    beside = {path for folder in folders for path in folder.iterdir()}
    data = {path for path in beside if path.is_file() and path.suffix not in (".py", ".pyc")}
    return digest_of(sorted(sources | data), ROOT)


def _holds_data(folder: Path) -> bool:
    return folder.is_dir() and not (folder / "__init__.py").is_file()


def module_path(module: str) -> Path:
    """Source file of a module of the package."""
    path = ROOT.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def library_versions(modules: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of the libraries among what these modules import themselves.

    modules: dotted names of the package, or of other libraries, which then count themselves.
    """
    named = set(modules)
    for module in sorted(named & import_graph().modules):
        named |= import_graph().find_modules_directly_imported_by(module)
    tops = {name.partition(".")[0] for name in named} - {PACKAGE} - sys.stdlib_module_names
    found = {library: metadata.version(library) for top in tops for library in _libraries(top)}
    return {"python": platform.python_version(), **dict(sorted(found.items()))}


_installed = functools.cache(metadata.packages_distributions)


@functools.cache
def _libraries(top: str) -> set[str]:
    """Names of the installed distributions that bring a top-level module."""
    return set(_installed().get(top, ())) or {  # where a compiled module stands alone
        found.metadata["Name"]
        for found in metadata.distributions()
        if (found.read_text("RECORD") or "").startswith(f"{top}.")
    }


def digest_of(paths: Iterable[Path], folder: Path) -> str:
    """Digest of names (below `folder`) and contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"\0{path.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Note:
    """Says beside a result what it was made from: `folder`/made_from/<name>.json.

    A result whose note does not hold is to be made again. What a note names is not removed when a
    chapter is executed again: its maker knows whether it can be kept.
    """

    def __init__(self, folder: Path, name: str, made_from: dict[str, Any]) -> None:
        self.folder = Path(folder)
        self.path = self.folder / MADE_FROM / f"{name}.json"
        self.made_from = json.loads(json.dumps(made_from))  # as it will be read back

    def read(self) -> dict[str, Any]:
        """The note as it stands; {} where there is none."""
        return read_json(self.path)

    def is_of_the_same(self) -> bool:
        """Whether the result was, or was going to be, made from the same."""
        return self.read().get("made_from") == self.made_from

    def holds(self) -> bool:
        """Whether the result is whole, unaltered and made from the same; then marks it as used."""
        files = self.read().get("files")
        if not isinstance(files, dict) or not self.is_of_the_same():
            return False
        if any(_digest_or_none(self.folder / path) != mark for path, mark in files.items()):
            return False
        os.utime(self.path)
        return True

    def begin(self) -> None:
        """Note what a result is going to be made from, so that an interrupted one can go on."""
        write_text(self.path, json.dumps({"made_from": self.made_from}, indent=1))

    def finish(self, files: Iterable[Path], **outcome: Any) -> None:
        """Note that the result is made, which files it is, and what else came out."""
        marks = {str(p.relative_to(self.folder)): _digest_or_none(p) for p in files}
        note = {"made_from": self.made_from, "files": marks, **outcome}
        write_text(self.path, json.dumps(note, indent=1))


def read_json(path: Path) -> dict[str, Any]:
    """A record as it was written; {} where there is none, or a damaged one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest_or_none(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
