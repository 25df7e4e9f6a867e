"""Files that are whole or absent."""

from __future__ import annotations

import lzma
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import pandas as pd

# what numpy raises for files that are no archive, or one made to do harm: besides ValueError
UNREADABLE = (
    *(OSError, EOFError, KeyError, TypeError, SyntaxError, RecursionError, RuntimeError),
    *(MemoryError, OverflowError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, TokenError),
)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block succeeds.

    An interrupt or a full disk leaves the old file, or none, never half of a new one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a pandas table as UTF-8 CSV, without its index."""
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def write_arrays(path: Path, **arrays: ArrayLike) -> None:
    """Write named arrays, numbers and texts as a compressed .npz without pickle."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(
    path: Path, names: Iterable[str], *, format: int | None = None
) -> dict[str, np.ndarray]:
    """Read some of the arrays that `write_arrays` wrote, by name.

    format: the number that the file must hold under this name, where given. Raises ValueError,
    which says why, where the file is absent, damaged, pickled, of another format or lacks a name.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            if format is not None and int(stored["format"]) != format:
                raise ValueError(f"format {int(stored['format'])}, expected {format}")
            return {name: _array(stored, name) for name in names}
    except UNREADABLE as error:
        raise ValueError(str(error)) from None


def _array(stored: np.lib.npyio.NpzFile, name: str) -> np.ndarray:
    found = stored[name]
    if not isinstance(found, np.ndarray):  # numpy hands on what is no array as it is
        raise ValueError(f"'{name}' is no array")
    return found
