"""What is executed, when again, and what is left where a chapter fails.

The Snakefile, the package and the sources of the chapters are the real ones, copied; in place of
papermill stands a module that writes what a chapter promises to write.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from intonation.book.dependencies import ROOT, chapters
from intonation.book.receipts import DIGESTS
from intonation.parameters import TARGETS

ORDER = chapters()
PAPERMILL = '''
"""Notes who is executed and writes a file for everything that the chapter promises."""

import json, os, signal, sys, time
from pathlib import Path


def execute_notebook(source, target, values, **settings):
    key = target.split("/logs/")[1].removesuffix(".ipynb")
    out = Path(values["run_folder"])
    orders = json.loads(Path("orders.json").read_text()).get(key, {})
    with open("executed.txt", "a") as file:
        file.write(json.dumps([key, values]) + "\\n")
    time.sleep(orders.get("sleep", 0))
    if orders.get("fail"):
        raise RuntimeError(orders["fail"])
    if "no space" in orders:
        raise OSError(28, "No space left on device")
    for digest in sys.argv[sys.argv.index("--writes") + 1 :]:
        path = out / digest.removeprefix("digests/")
        if path.suffix not in (".csv", ".npz", ".ipynb"):
            path = path / f"{key.replace('/', '_')}.txt"
        if path.suffix != ".ipynb":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(orders.get("text", path.name))
    Path(target).write_text(json.dumps({"executed": time.time()}))
'''
JUPYTEXT = '''
def read(path): return path
def write(notebook, path): path.write_text("{}")
'''
SITE = '''
from pathlib import Path
import sys
from intonation.book.receipts import write_receipt

out = Path(sys.argv[2])
(out / "site" / "html").mkdir(parents=True, exist_ok=True)
(out / "site" / "html" / "index.html").write_text("a page")
write_receipt(out / "site" / "html.json", out, ["site/html"])
'''
RECORD = '''
from pathlib import Path
import sys, time

(Path(sys.argv[2]) / "run.json").write_text(str(time.time()))
'''


class Book:
    """A copy of the project, in which chapters are not really executed, and a run folder."""

    def __init__(self, root, out):
        self.root, self.out = root, out

    def make(self, *given, jobs=2, code=0):
        """Call `make book`; returns what was printed."""
        command = [sys.executable, "-m", "intonation.book", "--out", str(self.out)]
        command += ["--profile", "smoke", "--jobs", str(jobs), *given]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def take(self):
        """Chapters executed since the last call, in the order of the book."""
        return sorted(self.take_values(), key=ORDER.index)

    def take_values(self):
        """Chapters executed since the last call, in the order of execution, and their values."""
        noted = self.root / "executed.txt"
        lines = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        values = dict(map(json.loads, lines))
        assert len(values) == len(lines), "a chapter was executed twice"
        return values

    def order(self, key="", **orders):
        """Tell the chapter what to do when it is executed."""
        (self.root / "orders.json").write_text(json.dumps({key: orders}))

    def would_run(self, *given):
        """Chapters that are out of date themselves; those after them run if they read new results.

        A dry run would say of a chapter after one that would run only that it comes after it.
        """
        lines = [line.split("\t") for line in self.make("--summary", *given).splitlines()]
        status, plan = lines[0].index("status"), lines[0].index("plan")
        found = set()
        for line in lines[1:]:
            if line[0].endswith(".ipynb") and line[status] != "ok":
                assert line[plan] == "update pending"
                found.add(line[0].removeprefix(f"{DIGESTS}/notebooks/").removesuffix(".ipynb"))
        return sorted(found, key=ORDER.index)

    def copy(self, folder):
        """Another one in the same state."""
        root, out = folder / "root", folder / "out"
        shutil.copytree(self.root, root)
        shutil.copytree(self.out, out)
        return Book(root, out)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A book that has been made once; not to be changed."""
    root = tmp_path_factory.mktemp("project") / "root"
    without = shutil.ignore_patterns("__pycache__")
    for name in ("intonation", "notebooks", "book"):
        shutil.copytree(ROOT / name, root / name, ignore=without)
    for name in ("Snakefile", "_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, root)
    (root / "papermill.py").write_text(PAPERMILL)
    (root / "jupytext.py").write_text(JUPYTEXT)
    (root / "intonation" / "book" / "site.py").write_text(SITE)
    (root / "intonation" / "book" / "record.py").write_text(RECORD)
    book = Book(root, root.parent / "out")
    book.order()
    printed = book.make()
    assert printed == f"read the book: {book.out}/site/html/index.html\n"
    assert book.take() == ORDER
    return book


@pytest.fixture
def book(made, tmp_path):
    """A book that has been made once."""
    return made.copy(tmp_path)


PER_TARGET = [key.partition("/")[2] for key in ORDER if key.startswith("log_f0/")]


def of(*keys):
    """Keys of chapters in the order of the book; names stand for both targets."""
    both = [f"{target}/{key}" if key in PER_TARGET else key for key in keys for target in TARGETS]
    return sorted(set(both), key=ORDER.index)


def tell_contents(out):
    """Content of every file of a run but Snakemake's own, for what must not have changed."""
    files = (p for p in out.rglob("*") if p.is_file() and ".snakemake" not in p.parts)
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files}


def remark(path):
    """Edit a comment."""
    mark = "//" if path.suffix == ".js" else "#"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{mark} a remark\n")


# --- what is executed again -----------------------------------------------------------------------


def test_nothing_changed_nothing_is_executed_nor_written(book):
    before, checkout = tell_contents(book.out), tell_contents(book.root)
    book.make()
    assert book.take() == []
    assert tell_contents(book.out) == before
    assert {p for p in tell_contents(book.root) if "__pycache__" not in p.parts} <= set(checkout)


@pytest.mark.parametrize("name", ["02_features", "06_rankings", "11_truth", "14_run"])
def test_a_changed_notebook_is_executed_again(book, name):
    remark(book.root / "notebooks" / f"{name}.py")
    assert book.would_run() == of(name)
    book.make()
    executed = book.take()
    assert executed == of(name, "14_run"), "the same results came out: nothing after it is due"
    assert book.make() and book.take() == []


def test_other_results_are_read_again(book):
    remark(book.root / "notebooks" / "06_rankings.py")
    book.order("log_f0/06_rankings", text="another ranking")
    book.make()
    assert book.take() == of("06_rankings", "12_study", "14_run")
    assert book.make() and book.take() == []


def test_a_changed_parameter_concerns_the_chapters_that_name_it(book):
    assert book.would_run("--set", "epochs=3") == of("03_training")
    assert book.would_run("--set", "figures=3") == of(
        "04_predictions", "05_relevance", "13_inspector"
    )
    assert book.would_run("--set", "split_seed=5") == of("01_corpus")
    book.make("--set", "epochs=3")
    values = book.take_values()
    assert set(values) == set(of("03_training", "14_run"))
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


# --- what a chapter depends on in the package -----------------------------------------------------


def direct(book, path):
    """Chapters that would be executed after a comment of one file was edited."""
    before = path.read_bytes()
    remark(path)
    found = book.would_run()
    path.write_bytes(before)
    return found


def rooms(root):
    """A file of every room of the package: what is edited, by the room's name."""
    package = root / "intonation"
    folders = [p for p in sorted(package.iterdir()) if (p / "__init__.py").is_file()]
    return {folder.name: sorted(folder.glob("*.py")) for folder in folders}


def imports_of(root, room):
    """Chapters one of whose imports, or theirs, is in the room; with a fresh reading of the copy."""
    code = (
        "import sys, json; from intonation.book import dependencies as d; "
        "names = {k: d.used_names(d.notebook_path(k).read_text()) for k in d.chapters()}; "
        "used = {k: d.with_imported({m for n in v if (m := d.defining_module(n))}) "
        "for k, v in names.items()}; "
        f"print(json.dumps([k for k in used if any(m.startswith('intonation.{room}.') "
        "for m in used[k])]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    return sorted(json.loads(done.stdout), key=ORDER.index)


def test_a_comment_in_a_room_concerns_the_chapters_that_use_the_room(book):
    """Edits a comment in every room and reads what would run."""
    found = {}
    for room, files in rooms(book.root).items():
        before = {path: path.read_bytes() for path in files}
        for path in files:
            remark(path)
        found[room] = book.would_run()
        for path, content in before.items():
            path.write_bytes(content)
        assert set(found[room]) <= set(imports_of(book.root, room)), room
    assert found["book"] == of("14_run")
    drawn = {key for key in ORDER if "plots." in (ROOT / "notebooks").joinpath(
        f"{key.rpartition('/')[2]}.py").read_text()}
    assert drawn <= set(found["plots"])
    assert "01_corpus" in found["polish"] and not set(found["polish"]) & set(of("03_training"))
