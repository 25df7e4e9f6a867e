"""run.json: what a run was."""

import dataclasses
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from intonation.book.dependencies import REPORTED, versions
from intonation.book.record import (
    EMBEDDED,
    chapter_seconds,
    read_run_record,
    versions_table,
    write_run_record,
)
from intonation.corpus.corpus import TABLE_COLUMNS
from intonation.errors import CorpusError
from intonation.parameters import Parameters

SECONDS = {"01_corpus": 61.5, "log_f0/03_training": 7.0, "semitones/03_training": 8.25}


@pytest.fixture
def out(tmp_path):
    """A run folder with a corpus table and the stamps of three chapters."""
    rows = pd.DataFrame({name: ["x", "y", "z"] for name in TABLE_COLUMNS})
    rows["speaker"], rows["seconds"] = ["Ala", "Ola", "Ala"], [100.0, 200.0, 33.0]
    (tmp_path / "corpus").mkdir()
    rows.to_csv(tmp_path / "corpus" / "utterances.csv", index=False)
    excluded = pd.DataFrame({"id": ["q"], "reason": ["it is silent"]})
    excluded.to_csv(tmp_path / "corpus" / "excluded.csv", index=False)
    for key, seconds in SECONDS.items():
        stamp = tmp_path / "notebooks" / f"{key}.json"
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps({"fingerprint": "f", "seconds": seconds, "files": {}}))
        stamp.with_suffix(".ipynb").write_text("{}")
    return tmp_path


def test_a_record_says_what_was_run(out):
    parameters = Parameters(epochs=3, target="log_f0", seed=5)
    write_run_record(out, "recordings/nemo", "smoke", parameters)
    record = read_run_record(out)
    assert list(record) == ["versions", "machine", "profile", "parameters", "corpus", "seconds"]
    assert record["versions"] == versions()
    machine = {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }
    assert record["machine"] == machine
    assert record["profile"] == "smoke"
    expected = dataclasses.asdict(parameters)
    del expected["target"]  # a run has both
    assert record["parameters"] == expected
    assert record["corpus"] == {
        "source": "nemo",
        "utterances": 3,
        "excluded": 1,
        "speakers": 2,
        "minutes": 5.5,  # 333 s
    }
    assert record["seconds"] == SECONDS


@pytest.mark.parametrize(
    "source, name", [("", EMBEDDED), ("a/nagrań/", "nagrań"), (".", None), ("a/..", None)]
)
def test_a_corpus_is_told_by_its_folders_name(out, tmp_path, monkeypatch, source, name):
    monkeypatch.chdir(tmp_path)
    write_run_record(out, source, "default", Parameters())
    assert read_run_record(out)["corpus"]["source"] == (name or tmp_path.name)
    text = (out / "run.json").read_text(encoding="utf-8")
    assert "\\u" not in text and text.endswith("}\n")
    assert [path.name for path in out.glob("*run.json*")] == ["run.json"]


def test_versions_are_those_of_what_is_installed():
    found = versions()
    assert found.pop("python") == platform.python_version()
    assert found == {name: version(name) for name in REPORTED}
    assert {"torch", "numpy", "praat-parselmouth", "jupyter-book"} <= set(found)


def test_times_are_read_from_the_stamps(out):
    assert chapter_seconds(out) == SECONDS
    (out / "notebooks" / "log_f0" / "03_training.json").unlink()
    assert "log_f0/03_training" not in chapter_seconds(str(out))
    assert chapter_seconds(out / "nothing") == {}


def test_versions_as_a_table():
    table = versions_table({"versions": {"torch": "2", "numpy": "1", "python": "3"}})
    assert table.to_dict("list") == {
        "package": ["numpy", "python", "torch"],
        "version": ["1", "3", "2"],
    }


def test_a_run_without_a_corpus_has_no_record(tmp_path):
    with pytest.raises(CorpusError, match="run the corpus chapter first"):
        write_run_record(tmp_path, "", "smoke", Parameters())
    assert not list(Path(tmp_path).iterdir())
