"""Digests of what a result is made from, and notes that say it."""

import json
import os
import platform
from importlib.metadata import version

import pytest

from intonation import provenance
from intonation.provenance import (
    Note,
    code_digest,
    import_graph,
    library_versions,
    module_path,
    with_imported,
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package folder with two modules and data beside them."""
    for folder in ("room/front", "room/inner"):
        (tmp_path / folder).mkdir(parents=True)
    files = {"room/a.py": "", "room/b.py": "x = 1\n", "room/a.js": "draw('słowa')"}
    files |= {"room/front/b.js": "play()", "room/inner/__init__.py": "", "room/inner/c.js": ""}
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name, concerned",
    [
        *(("a.py", "a"), ("b.py", "b"), ("a.js", "ab"), ("new.css", "ab")),
        *(("front/b.js", "ab"), ("inner/c.js", "")),  # a folder of data, another room
    ],
)
def test_a_digest_changes_with_the_modules_and_the_data_that_belong_to_them(
    package, name, concerned
):
    before = {m: code_digest([f"intonation.room.{m}"]) for m in "ab"}
    with (package / "room" / name).open("a") as file:
        file.write("# x\n")
    after = {m: code_digest([f"intonation.room.{m}"]) for m in "ab"}
    assert {m for m in "ab" if before[m] != after[m]} == set(concerned)


def test_other_libraries_are_told_by_their_versions_alone():
    both = [__name__, "numpy", "intonation.errors"]
    assert code_digest(both) == code_digest(["intonation.errors"])
    found = library_versions(["numpy", "sklearn", "PIL", "parselmouth", "json"])
    names = ("numpy", "pillow", "praat-parselmouth", "scikit-learn")
    assert found == {"python": platform.python_version()} | {n: version(n) for n in names}


def test_a_module_brings_the_libraries_that_it_imports_itself():
    assert set(library_versions(["intonation.errors"])) == {"python"}
    assert {"torch", "safetensors"} <= set(library_versions(["intonation.model.network"]))


def test_imports_are_followed_to_their_end_and_have_a_file():
    found = with_imported(["intonation.model.training"])
    assert {"intonation.model.training", "intonation.files", "torch"} <= found
    assert "intonation.book.chapter" not in found
    own = {name for name in import_graph().modules if name.partition(".")[0] == "intonation"}
    assert [name for name in own if not module_path(name).is_file()] == []


def test_a_note_holds_while_what_it_says_is_so(tmp_path):
    result = tmp_path / "weights"
    note = Note(tmp_path, "network", {"epochs": 3, "files": (1, 2)})
    assert not note.holds() and note.read() == {}
    note.begin()
    assert note.is_of_the_same() and not note.holds()
    result.write_text("0.5")
    note.finish([result], outcome={"loss": 0.25})
    os.utime(note.path, (1, 1))
    again = Note(tmp_path, "network", {"epochs": 3, "files": [1, 2]})
    assert again.holds() and again.read()["outcome"] == {"loss": 0.25}
    assert note.path.stat().st_mtime > 1, "it was used"
    assert not Note(tmp_path, "network", {"epochs": 4}).holds()
    os.utime(result, (1, 1))
    assert again.holds(), "a copy is as good"
    result.write_text("0.6")
    assert not again.holds()
    result.unlink()
    assert not again.holds()


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"made_from": {"a": 1}})])
def test_a_note_that_is_none_does_not_hold(tmp_path, content):
    note = Note(tmp_path, "network", {"a": 1})
    note.begin()
    note.path.write_text(content)
    assert not note.holds()
