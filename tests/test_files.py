"""Files are whole or absent, whatever happens while they are written."""

import pandas as pd
import pytest

from intonation.files import replacing, write_csv


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
