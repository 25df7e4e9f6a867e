"""Chapters as notebooks to download: without outputs, and executable wherever the package is."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from intonation.book.dependencies import notebook_path
from intonation.files import replacing

FOLDER = "notebooks"  # in the folder of static files
TARGET = re.compile(r'^target = ".*"$', flags=re.MULTILINE)
OPENING = """*A chapter of the book "The intonation of Polish read speech", to be executed.* It
needs the package `intonation` (`pip install .` in its source code). Files are read from and written
to `run_folder`, below the folder that this notebook lies in: execute the chapters in the order of
their numbers, or let `make book` execute all of them and name its folder there."""


def file_name(key: str) -> str:
    """Name of a chapter's notebook, such as semitones_03_training.ipynb."""
    return f"{key.replace('/', '_')}.ipynb"


def write_downloads(static: Path, keys: Iterable[str]) -> list[Path]:
    """Write these chapters into `static`/notebooks and return the files' paths."""
    import jupytext  # seconds, which others who stage a site need not wait for

    paths = []
    for key in keys:
        path = static / FOLDER / file_name(key)
        with replacing(path) as temporary:
            jupytext.write(downloadable(key), temporary, fmt="ipynb")
        paths.append(path)
    return paths


def downloadable(key: str) -> Any:
    """A chapter as a notebook (`nbformat`): its source, its target, and what it needs."""
    import jupytext
    from nbformat.v4 import new_markdown_cell

    notebook = jupytext.read(notebook_path(key))
    target = key.rpartition("/")[0]
    for cell in notebook.cells:
        if target and "parameters" in cell.metadata.get("tags", ()):
            cell.source = TARGET.sub(f'target = "{target}"', cell.source)
        cell.source = cell.source.replace("TIME_TAKEN", "see the book")
    notebook.cells.insert(1, new_markdown_cell(OPENING))
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # the same in every build
    notebook.metadata.pop("jupytext", None)  # a download is paired with nothing
    return notebook
