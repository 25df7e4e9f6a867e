"""Files are whole or absent, whatever happens while they are written."""

import os
import zipfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intonation.files import (
    Rows,
    map_arrays,
    read_arrays,
    replacing,
    write_arrays,
    write_csv,
    write_mappable,
)

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "300"))


def contents(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
        assert temporary.parent == path.parent  # a rename across file systems would not be atomic
        assert temporary.suffix == ".txt"  # some writers choose the format by it
    assert contents(tmp_path) == {"a.txt": "new"}


def test_who_reads_the_old_file_reads_it_to_its_end(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with path.open() as reader:
        with replacing(path) as temporary:
            temporary.write_text("new")
        assert reader.read() == "old"


@pytest.mark.parametrize("reason", [RuntimeError, OSError, KeyboardInterrupt])
def test_a_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path, reason):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(reason), replacing(path) as temporary:
        temporary.write_text("half of a n")
        raise reason
    assert contents(tmp_path) == {"a.txt": "old"}


def test_a_failure_makes_no_file_where_there_was_none(tmp_path):
    with pytest.raises(RuntimeError), replacing(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert contents(tmp_path) == {}


def test_a_block_that_writes_nothing_is_an_error_and_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert contents(tmp_path) == {"a.txt": "old"}


def test_missing_folders_are_made(tmp_path):
    with replacing(tmp_path / "x" / "y" / "a.txt") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "x" / "y" / "a.txt").read_text() == "new"


def test_csv_bytes(tmp_path):
    table = pd.DataFrame({"id": ["a", "b"], "text": ["zażółć, gęś", 'rzekł: "nie"']}, index=[7, 8])
    write_csv(tmp_path / "t.csv", table)
    expected = 'id,text\na,"zażółć, gęś"\nb,"rzekł: ""nie"""\n'
    assert (tmp_path / "t.csv").read_bytes() == expected.encode("utf-8")
    assert contents(tmp_path).keys() == {"t.csv"}


def test_arrays_numbers_and_texts_come_back(tmp_path):
    path = tmp_path / "sub" / "a.npz"
    write_arrays(path, format=3, values=np.eye(2, dtype=np.float32), names=["a", "ż"], share=0.1)
    found = read_arrays(path, ("values", "names", "share"), format=3)
    assert list(found) == ["values", "names", "share"]
    np.testing.assert_array_equal(found["values"], np.eye(2))
    assert found["values"].dtype == np.float32 and found["names"].tolist() == ["a", "ż"]
    assert float(found["share"]) == 0.1
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


def test_objects_are_not_written(tmp_path):
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        write_arrays(tmp_path / "a.npz", values=np.array([SimpleNamespace()], dtype=object))
    assert not list(tmp_path.iterdir())


def _inverted(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:60] + bytes(255 - byte for byte in whole[60:90]) + whole[90:])


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(b""), "No data left"),
        (lambda path: path.write_text("no archive"), "pickled"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "not a zip file"),
        (_inverted, "Error -3 while decompressing"),
        (lambda path: np.savez(path, format=3), "values"),
        (lambda path: np.savez(path, format=2, values=np.ones(2)), "format 2, expected 3"),
        (lambda path: np.savez(path, values=np.ones(2)), "format"),
        (lambda path: np.savez(path, format=[1, 2]), "scalar"),
        (lambda path: np.savez(path, format=3, values=np.array([{}], dtype=object)), "Object"),
        (lambda path: path.write_bytes(np.ones(3).tobytes()), "pickled"),
    ],
)
def test_every_damage_is_one_kind_of_error(tmp_path, damage, message):
    path = tmp_path / "a.npz"
    write_arrays(path, format=3, values=np.ones(99))
    damage(path)
    with pytest.raises(ValueError, match=message):
        read_arrays(path, ["values"], format=3)


@pytest.mark.parametrize(("rows", "refused"), [(8_000_000, False), (80_000_000, True)])
def test_what_would_unpack_to_too_much_is_not_unpacked(tmp_path, monkeypatch, rows, refused):
    """A zip bomb: a thousandth of what it holds."""
    packed = zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed as archive, archive.open("values.npy", "w") as member:
        described = {"descr": "|u1", "fortran_order": False, "shape": (rows,)}
        np.lib.format.write_array_header_1_0(member, described)
        for _ in range(rows // 1_000_000):
            member.write(bytes(1_000_000))
    if refused:
        monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", pytest.fail)
        with pytest.raises(ValueError, match=r"\d+ bytes that would unpack to 80000128"):
            read_arrays(tmp_path / "a.npz", ["values"])
    else:
        assert not read_arrays(tmp_path / "a.npz", ["values"])["values"].any()


def test_a_single_array_is_no_archive(tmp_path):
    with open(tmp_path / "a.npz", "wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(ValueError):
        read_arrays(tmp_path / "a.npz", ["values"])


# --- arrays that stay in their file ---------------------------------------------------------------


def blocks(count=5):
    """What a generator of rows yields, [2, 3] each."""
    return (np.full((2, 3), number, dtype=np.uint8) for number in range(count))


def test_arrays_written_piece_by_piece_are_mapped_from_their_file(tmp_path):
    path, whole = tmp_path / "sub" / "a.npz", np.concatenate(list(blocks()))
    rows = Rows((10, 3), np.uint8, blocks())
    write_mappable(path, rows=rows, halves=np.arange(4) / 2, none=np.zeros((0, 7)))
    found = map_arrays(path, ("rows", "halves", "none"))
    for name, expected in {"rows": whole, "halves": np.arange(4) / 2}.items():
        assert isinstance(found[name], np.memmap) and not found[name].flags.writeable
        assert found[name].dtype == expected.dtype
        np.testing.assert_array_equal(found[name], expected)
    assert found["none"].shape == (0, 7)
    np.testing.assert_array_equal(read_arrays(path, ["rows"])["rows"], whole)
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


def test_what_is_mapped_outlives_a_new_file_of_its_name(tmp_path):
    write_mappable(tmp_path / "a.npz", rows=np.zeros(9))
    before = map_arrays(tmp_path / "a.npz", ["rows"])["rows"]
    write_mappable(tmp_path / "a.npz", rows=np.ones(9))
    assert not before.any() and map_arrays(tmp_path / "a.npz", ["rows"])["rows"].all()


@pytest.mark.parametrize(
    "rows, message",
    [
        (Rows((8, 3), np.uint8, blocks()), "10 rows, expected 8"),
        (Rows((12, 3), np.uint8, blocks()), "10 rows, expected 12"),
        (Rows((10, 4), np.uint8, blocks()), r"a block of \[2, 3\], expected rows of \(4,\)"),
    ],
)
def test_pieces_of_another_shape_leave_no_file(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        write_mappable(tmp_path / "a.npz", rows=rows)
    assert not list(tmp_path.iterdir())


def _lying(path):
    """An array that claims more rows than its member has, with a right checksum."""
    with zipfile.ZipFile(path, "w") as archive, archive.open("rows.npy", "w") as member:
        described = {"descr": "|u1", "fortran_order": False, "shape": (1_000, 3)}
        np.lib.format.write_array_header_1_0(member, described)
        member.write(bytes(30))


def _overlapping(path):
    """An archive whose list names the same bytes ten times."""
    np.savez(path, rows=np.ones(999))
    with zipfile.ZipFile(path, "a") as archive:
        archive.filelist += 9 * archive.filelist
        archive.NameToInfo.clear()
        archive._didModify = True


def _pickled(path):
    """An array of objects, as numpy would write it."""
    np.savez(path, rows=np.array([{}], dtype=object))


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:100]), "not a zip file"),
        (lambda path: path.write_bytes(b""), "not a zip file"),
        (_inverted, "rows.npy is damaged"),
        (lambda path: np.savez_compressed(path, rows=np.ones(99)), "its arrays are compressed"),
        (lambda path: np.savez(path, others=np.ones(99)), "rows.npy"),
        (lambda path: np.savez(path, rows=np.ones((9, 9), order="F")), "no plain array"),
        (_pickled, "no plain array"),
        (_lying, "no plain array of its size"),
        (_overlapping, "its arrays lie over each other"),
    ],
)
def test_what_cannot_be_mapped_is_one_kind_of_error(tmp_path, damage, message):
    path = tmp_path / "a.npz"
    write_mappable(path, rows=np.ones(99))
    damage(path)
    with pytest.raises(ValueError, match=message):
        map_arrays(path, ["rows"])


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.binary(max_size=40), st.floats(0, 1))
def test_any_bytes_in_a_mapped_file_are_noticed(data, where):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.npz"
        write_mappable(path, rows=np.arange(40, dtype=np.uint8))
        whole = path.read_bytes()
        place = int(where * len(whole))
        path.write_bytes(whole[:place] + data + whole[place + len(data) :])
        with suppress(ValueError):
            np.testing.assert_array_equal(map_arrays(path, ["rows"])["rows"], np.arange(40))
