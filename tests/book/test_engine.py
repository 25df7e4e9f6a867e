"""What is executed when, and again when."""

import contextlib
import json
import os
import re
from pathlib import Path

import pytest
from book_copy import ORDER, of, remark

from intonation.book import dependencies
from intonation.parameters import TARGETS
from intonation.provenance import Note


def tell_contents(out):
    """Content of every file of a run but Snakemake's own, for what must not have changed."""
    files = (p for p in out.rglob("*") if p.is_file() and ".snakemake" not in p.parts)
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files}


# --- what is executed again -----------------------------------------------------------------------


def test_nothing_changed_nothing_is_executed_nor_written(book):
    before, checkout = tell_contents(book.out), tell_contents(book.root)
    book.make()
    assert book.take() == []
    assert tell_contents(book.out) == before
    assert {p for p in tell_contents(book.root) if "__pycache__" not in p.parts} <= set(checkout)


@pytest.mark.parametrize("name", ["02_features", "06_rankings"])
def test_a_changed_notebook_is_executed_again(book, name):
    remark(book.root / "notebooks" / f"{name}.py")
    assert book.would_run() == of(name)
    book.make()
    executed = book.take()
    assert executed == of(name, "20_run"), "the same results came out: nothing after it is due"
    assert book.make() and book.take() == []


def test_other_results_are_read_again(book):
    remark(book.root / "notebooks" / "06_rankings.py")
    book.order("log_f0/06_rankings", text="another ranking")
    book.make()
    assert book.take() == of("06_rankings", "12_study", "20_run")
    assert book.make() and book.take() == []


def test_a_changed_parameter_concerns_the_chapters_that_name_it(book):
    assert book.would_run("--set", "epochs=3") == of("03_training")
    assert book.would_run("--set", "figures=3") == of("04_predictions", "05_relevance")
    assert book.would_run("--set", "sounds=false") == of("13_inspector", "14_quality")
    assert book.would_run("--set", "split_seed=5") == of("01_corpus")
    book.make("--set", "epochs=3")
    values = book.take_values()
    assert set(values) == set(of("03_training", "20_run"))
    out = str(book.out)
    for target in TARGETS:
        given = values[f"{target}/03_training"]
        assert given["epochs"] == 3 and given["target"] == target and given["run_folder"] == out


def test_how_many_work_and_where_the_folder_lies_changes_nothing(book, tmp_path):
    book.out = book.out.rename(tmp_path / "moved")
    book.make(jobs=1)
    book.make("--set", "cpu_count=2", jobs=3)
    assert book.take() == []


def test_processes_are_shared_by_what_runs_side_by_side(book):
    for name in ("01_corpus", "03_training"):
        remark(book.root / "notebooks" / f"{name}.py")
    book.make(jobs=6)
    values = book.take_values()
    assert values["01_corpus"]["cpu_count"] == 6
    assert [values[key]["cpu_count"] for key in of("03_training")] == [3, 3]


def test_changed_recordings_are_prepared_again(book, tmp_path):
    source = tmp_path / "recordings"
    source.mkdir()
    (source / "a.wav").write_bytes(b"1")
    book.make("--corpus", str(source))
    assert book.take_values()["01_corpus"]["source"] == str(source)
    assert book.would_run("--corpus", str(source)) == []
    (source / "b.wav").write_bytes(b"1")
    assert book.would_run("--corpus", str(source)) == ["01_corpus"]


# --- what is lost, altered, stale -----------------------------------------------------------------


def alter(path):
    path.write_text(path.read_text() + "x")


def touch(path):
    os.utime(path, ns=(1, 1))


HARMS = [
    (Path.unlink, "01_corpus", "corpus/01_corpus.txt"),
    (alter, "semitones/03_training", "model/semitones/semitones_03_training.txt"),
    (touch, "log_f0/04_predictions", "results/log_f0/errors.csv"),
    (alter, "log_f0/06_rankings", "results/log_f0/figures/rankings/log_f0_06_rankings.txt"),
    (Path.unlink, "semitones/05_relevance", "notebooks/semitones/05_relevance.ipynb"),
    (Path.unlink, "12_study", "notebooks/12_study.json"),
    (alter, "11_truth", "notebooks/11_truth.json"),
]


def test_what_was_lost_or_altered_is_made_again(book):
    before = {path: (book.out / path).read_text() for _, _, path in HARMS}
    for harm, _, path in HARMS:
        harm(book.out / path)
    book.make()
    expected = of(*(key for _, key, _ in HARMS), "20_run")
    assert book.take() == expected, "the same results came out: nothing after them is due"
    for path, content in before.items():
        assert path.startswith("notebooks/") or (book.out / path).read_text() == content
    assert book.make() and book.take() == []


def test_a_page_or_a_record_that_was_lost_is_made_again(book):
    page = book.out / "site" / "html" / "index.html"
    page.unlink()
    book.make()
    assert page.exists() and book.take() == []
    (book.out / "run.json").unlink()
    book.make()
    assert (book.out / "run.json").exists() and book.take() == ["20_run"]


def test_a_chapter_leaves_nothing_of_its_last_execution_but_what_it_noted(book):
    figures = book.out / "results" / "log_f0" / "figures"
    stale, others = figures / "rankings" / "stale.png", figures / "by_hand.png"
    network = book.out / "results" / "log_f0" / "seeds" / "7"
    unused = book.out / "results" / "semitones" / "seeds" / "8"
    for path in (stale, others, network / "weights", network / "sums", unused / "weights"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a file")
    Note(network, "weights", {}).finish([network / "weights"])
    Note(unused, "weights", {}).finish([unused / "weights"])
    for name in ("06_rankings", "09_seeds"):
        remark(book.root / "notebooks" / f"{name}.py")
    used = str(network / "made_from" / "weights.json")
    book.order("log_f0/09_seeds", touch=used)  # as training does with what it finds
    book.make()
    assert not stale.exists() and others.exists()
    assert (network / "weights").exists() and not (network / "sums").exists()
    assert not unused.exists(), "no network of this execution"
    before = json.loads((book.out / "notebooks" / "log_f0" / "09_seeds.json").read_text())
    assert "results/log_f0/seeds/7/weights" in before["files"]


def test_every_result_belongs_to_one_chapter(book):
    receipts = list((book.out / "notebooks").rglob("*.json"))
    owned = [path for r in receipts for path in json.loads(r.read_text())["files"]]
    assert len(owned) == len(set(owned)) and len(receipts) == len(ORDER)
    folders = ("corpus", "features", "model", "results", "static", "notebooks")
    found = {str(p.relative_to(book.out)) for f in folders for p in (book.out / f).rglob("*.*")}
    others = (".json", "card.md")  # notes, and what a rule of its own tells of a model
    assert {p for p in found if not p.endswith(others)} == set(owned)


# --- what a chapter depends on in the package -----------------------------------------------------


# Whatever a room holds: chapters that do not use it, however the imports run.
NEVER = {
    "polish": of("03_training", "12_study"),
    "model": of("01_corpus", "02_features"),
    "lrp": of("01_corpus", "02_features", "03_training"),
    "evaluation": of("01_corpus", "02_features", "03_training", "07_positions"),
    "book": of("01_corpus", "02_features", "03_training", "06_rankings", "07_positions"),
}


@contextlib.contextmanager
def remarks(paths):
    """Edit a comment in some files for a while."""
    before = {path: path.read_bytes() for path in paths}
    for path in before:
        remark(path)
    yield
    for path, content in before.items():
        path.write_bytes(content)


def rooms(root):
    """The folders of the package with the modules in them, but those that every chapter uses."""
    folders = [p for p in sorted((root / "intonation").iterdir()) if (p / "__init__.py").is_file()]
    found = {folder.name: sorted(folder.rglob("*.py")) for folder in folders}
    found["book"] = [path for path in found["book"] if path.stem not in ("run_folder", "prose")]
    return found


def test_a_comment_in_a_room_concerns_the_chapters_that_use_the_room_and_no_other(book):
    """Edits a comment in every module of each room in turn, and reads what would run."""
    found = {}
    for room, modules in rooms(book.root).items():
        with remarks(modules):
            found[room] = book.would_run()
    assert {"book", "plots", "polish"} <= set(found)
    for room, concerned in found.items():
        assert concerned and not set(concerned) & set(NEVER.get(room, ())), room
    drawing = re.compile(r"\bplots\.\w+\(")
    drawn = {key for key in ORDER if drawing.search(dependencies.notebook_path(key).read_text())}
    assert drawn <= set(found["plots"])
    assert {"01_corpus"} <= set(found["polish"])


def test_a_comment_in_a_module_concerns_the_chapters_that_use_the_module(book):
    package = book.root / "intonation"
    with remarks(
        next(package.rglob(f"{name}.py"))
        for name in ("planted_law", "three_neurons", "innvestigate")
    ):
        assert book.would_run() == of(
            *("06_rankings", "09_seeds", "10_rule", "11_truth", "12_study"),
            *("17_inputs", "18_together", "19_polish"),
        )
    with remarks([package / "book" / "pages" / "rulegraph.py"]):
        assert book.would_run() == [], "no chapter draws the rules"
