"""Files that are whole or absent."""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import pandas as pd

# what numpy raises for files that are no archive, or one made to do harm: besides ValueError
UNREADABLE = (
    *(OSError, EOFError, KeyError, TypeError, SyntaxError, RecursionError, RuntimeError),
    *(MemoryError, OverflowError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, TokenError),
)
# What an archive may unpack to: our own do to less than three times their size, a bomb to 1,000.
MOST_TIMES = 20
NEVER_TOO_MUCH = 64 * 2**20  # bytes


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
    which says why, where the file is absent, damaged, pickled, of another format or lacks a name,
    or unpacks to what no such archive does.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            _check_unpacked(path, stored.zip)
            if format is not None and int(stored["format"]) != format:
                raise ValueError(f"format {int(stored['format'])}, expected {format}")
            return {name: _array(stored, name) for name in names}
    except UNREADABLE as error:
        raise ValueError(str(error)) from None


def _check_unpacked(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise ValueError before anything is unpacked; zipfile reads no more than it was told."""
    size, packed = _unpacked(archive), os.path.getsize(path)
    if size > max(NEVER_TOO_MUCH, MOST_TIMES * packed):
        raise ValueError(f"{packed} bytes that would unpack to {size}")


def _unpacked(archive: zipfile.ZipFile) -> int:
    return sum(member.file_size for member in archive.infolist())


def _array(stored: np.lib.npyio.NpzFile, name: str) -> np.ndarray:
    found = stored[name]
    if not isinstance(found, np.ndarray):  # numpy hands on what is no array as it is
        raise ValueError(f"'{name}' is no array")
    return found


@dataclass(frozen=True)
class Rows:
    """An array that is written piece by piece: `blocks` one after the other make up `shape`."""

    shape: tuple[int, ...]
    dtype: type
    blocks: Iterable[np.ndarray]


def write_mappable(path: Path, **arrays: ArrayLike | Rows) -> None:
    """Write named arrays as an .npz without pickle and without compression, for `map_arrays`.

    Of `Rows`, no more than a block is held in memory; raises ValueError where the blocks make up
    another shape. Arrays are written in the order in which they are given.
    """
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                if isinstance(array, Rows):
                    _write_rows(member, array)
                else:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)


def _write_rows(member: IO[bytes], rows: Rows) -> None:
    dtype = np.dtype(rows.dtype)
    described = {"descr": dtype.str, "fortran_order": False, "shape": rows.shape}
    np.lib.format.write_array_header_1_0(member, described)
    written = 0
    for block in rows.blocks:
        if block.shape[1:] != rows.shape[1:]:
            raise ValueError(f"a block of {list(block.shape)}, expected rows of {rows.shape[1:]}")
        member.write(np.ascontiguousarray(block, dtype).data)
        written += len(block)
    if written != rows.shape[0]:
        raise ValueError(f"{written} rows, expected {rows.shape[0]}")


def map_arrays(path: Path, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Map some of the arrays that `write_mappable` wrote: read from the disk where they are used.

    Processes of one machine share what is in memory of them. The whole file is read once, to
    compare checksums. Raises ValueError as `read_arrays`, and where an array is compressed.
    """
    try:
        with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
            if any(one.compress_type != zipfile.ZIP_STORED for one in archive.infolist()):
                raise ValueError("its arrays are compressed")
            if _unpacked(archive) > os.path.getsize(path):
                raise ValueError("its arrays lie over each other")
            damaged = archive.testzip()
            if damaged:
                raise ValueError(f"{damaged} is damaged")
            return {name: _map_member(file, archive.getinfo(f"{name}.npy")) for name in names}
    except (*UNREADABLE, struct.error) as error:
        raise ValueError(str(error)) from None


def _map_member(file: IO[bytes], member: zipfile.ZipInfo) -> np.ndarray:
    """An array of a zip archive, where it lies in the file."""
    file.seek(member.header_offset)
    local = file.read(30)  # ends with the lengths of a name and of an extra field that follow
    start = member.header_offset + 30 + sum(struct.unpack("<HH", local[26:]))
    file.seek(start)
    np.lib.format.read_magic(file)
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(file)
    offset, size = file.tell(), dtype.itemsize * int(np.prod(shape))
    if dtype.hasobject or fortran_order or offset + size != start + member.file_size:
        raise ValueError(f"{member.filename} is no plain array of its size")
    if not size:  # nothing cannot be mapped
        return np.zeros(shape, dtype)
    return np.memmap(file, dtype, "r", offset, shape)
