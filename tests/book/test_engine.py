"""What is executed, when again, and what is left where a chapter fails.

The Snakefile, the package and the sources of the chapters are the real ones, copied; in place of
papermill stands a module that writes what a chapter promises to write.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from intonation.book import chapter, dependencies
from intonation.book.__main__ import main
from intonation.book.dependencies import ROOT, chapters
from intonation.book.receipts import DIGESTS
from intonation.parameters import TARGETS
from intonation.provenance import Note

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
    Path(target).write_text("{}")
    time.sleep(orders.get("sleep", 0))
    if orders.get("fail"):
        raise RuntimeError(orders["fail"])
    if "touch" in orders:
        os.utime(orders["touch"])
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
JUPYTEXT = """
def read(path): return path
def write(notebook, path): path.write_text("{}")
"""
SITE = """
from pathlib import Path
import sys
from intonation.book.receipts import write_receipt

out = Path(sys.argv[2])
(out / "site" / "html").mkdir(parents=True, exist_ok=True)
(out / "site" / "html" / "index.html").write_text("a page")
write_receipt(out / "site" / "html.json", out, ["site/html"])
"""
RECORD = """
from pathlib import Path
import sys, time

(Path(sys.argv[2]) / "run.json").write_text(str(time.time()))
"""


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


@pytest.mark.parametrize("name", ["02_features", "06_rankings"])
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
    expected = of(*(key for _, key, _ in HARMS), "14_run")
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
    assert (book.out / "run.json").exists() and book.take() == ["14_run"]


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
    assert {p for p in found if not p.endswith(".json")} == set(owned)


# --- what stops the book --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, message",
    [
        (["--set", "epocs=3"], "parameter 'epocs' is unknown; did you mean epochs?"),
        (["--set", "epochs=0"], "parameter epochs is 0, expected 1 to 10000"),
        (["--set", "epochs=many"], "parameter epochs is 'many', expected int"),
        (["--set", "epochs"], "'epochs' is no assignment; write name=value"),
        (["--profile", "quick"], "profile 'quick' is unknown; expected one of smoke, default"),
        (["--corpus", "/no/where"], "corpus folder /no/where does not exist; give CORPUS="),
    ],
)
def test_a_wrong_request_is_one_line_and_nothing_is_executed(tmp_path, capsys, given, message):
    assert main(["--out", str(tmp_path / "out"), *given]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith(f"error: {message}")
    assert not (tmp_path / "out").exists()


def test_snakemake_itself_refuses_an_unknown_parameter(book):
    command = [sys.executable, "-m", "snakemake", "--directory", str(book.out), "--cores", "1"]
    command += ["--nolock", "--config", "set=[epocs=3]"]
    done = subprocess.run(command, cwd=book.root, capture_output=True, text=True)
    assert done.returncode == 1 and "did you mean epochs?" in done.stderr
    assert book.take() == []


def test_a_failed_chapter_stops_the_book_with_its_name_and_the_next_run_continues(book):
    for key in of("04_predictions"):
        remark(book.root / "notebooks" / f"{key.rpartition('/')[2]}.py")
    book.order("log_f0/04_predictions", fail="KeyError: 'what is missing'")
    printed = book.make(code=1)
    assert "error: chapter log_f0/04_predictions failed" in printed
    assert "KeyError: 'what is missing'" in printed
    assert "Traceback" not in printed and "snakemake" not in printed.lower()
    assert set(of("04_predictions")) == set(book.take())
    assert (book.out / "logs" / "log_f0" / "04_predictions.ipynb").exists()
    assert not (book.out / "notebooks" / "log_f0" / "04_predictions.json").exists()
    book.order()
    book.make()
    assert book.take() == ["log_f0/04_predictions", "14_run"]


def test_a_full_disk_is_told_and_the_next_run_continues(book):
    remark(book.root / "notebooks" / "11_truth.py")
    book.order("11_truth", **{"no space": True})
    printed = book.make(code=1)
    assert "No space left on device; free some space or mend the path, then run again" in printed
    assert not [path for path in book.out.rglob("*") if ".part" in path.name]
    book.order()
    book.take()
    book.make()
    assert book.take() == ["11_truth", "14_run"]


def begin(book, name):
    """Start the book and wait until the chapter, which takes long, is being executed."""
    remark(book.root / "notebooks" / f"{name}.py")
    book.order(name, sleep=120)
    command = [sys.executable, "-m", "intonation.book", "--out", str(book.out)]
    command += ["--profile", "smoke", "--jobs", "2"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=book.root, stdout=pipe, stderr=pipe, text=True)
    wait_for(lambda: name in (book.root / "executed.txt").read_text())
    return process


def wait_for(condition, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def processes_in(folder):
    """Processes that have the folder's path in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found += [entry.parent.name] if str(folder) in entry.read_text() else []
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_ends_the_chapters_too_and_the_next_run_continues(book, how):
    process = begin(book, "11_truth")
    process.send_signal(how)
    _, printed = process.communicate(timeout=60)
    if how != signal.SIGKILL:
        assert process.returncode == 130
        assert "interrupted; run the same command again to continue" in printed
    wait_for(lambda: not processes_in(book.out))
    assert not (book.out / "notebooks" / "11_truth.json").exists()
    book.order()
    book.take()
    book.make()
    assert book.take() == ["11_truth", "14_run"]


def test_two_runs_at_once_in_two_folders_but_not_in_one(book, tmp_path):
    process = begin(book, "11_truth")
    assert "another process makes the book in" in book.make(code=1)
    other = Book(book.root, shutil.copytree(book.out, tmp_path / "other"))
    assert other.would_run() == ["11_truth"]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def test_the_bar_counts_the_chapters(book):
    remark(book.root / "notebooks" / "11_truth.py")
    command = [sys.executable, "-m", "intonation.book", "--out", str(book.out)]
    command += ["--profile", "smoke", "--jobs", "1"]
    done = subprocess.run(command, cwd=book.root, capture_output=True)
    printed = done.stderr.decode()
    assert re.search(r"0/2 .*11_truth", printed) and re.search(r"100%.* 2/2 ", printed), printed
    assert printed.count("\n") == 1 and printed.endswith("\n"), "one line, drawn over again"


# --- one chapter, with papermill ------------------------------------------------------------------

CHAPTER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A chapter

# %% tags=["parameters"]
run_folder = "build/default"

# %%
from pathlib import Path

path = Path(run_folder) / "results" / "rule" / "a.txt"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("a")


# %%
def look_up(table):
    return table["what is missing"]


print("the cell before")

# %%
if not (Path(run_folder) / "mended").exists():
    look_up({})
"""


def test_a_failing_cell_is_told_with_its_traceback_and_the_notebook_kept(
    tmp_path, monkeypatch, capfd
):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "10_rule.py").write_text(CHAPTER)
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    out = tmp_path / "out"
    given = ["10_rule", "--run", str(out), "--made-from", "x"]
    given += ["--writes", "digests/results/rule", "digests/notebooks/10_rule.ipynb"]
    assert chapter.main(given) == 1
    message = capfd.readouterr().err
    assert "error: chapter 10_rule failed" in message
    assert "KeyError: 'what is missing'" in message
    assert 'return table["what is missing"]' in message
    assert not list((out / "notebooks").iterdir()) and not (out / "digests").exists()
    shown = nbformat.read(out / "logs" / "10_rule.ipynb", as_version=4)
    outputs = [output for cell in shown.cells for output in cell.get("outputs", ())]
    assert any("the cell before" in output.get("text", "") for output in outputs)
    assert any(output.output_type == "error" for output in outputs)

    (out / "mended").touch()
    assert chapter.main(given) == 0
    executed = nbformat.read(out / "notebooks" / "10_rule.ipynb", as_version=4)
    (injected,) = [c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert f'run_folder = "{out.resolve()}"' in injected.source
    receipt = json.loads((out / "notebooks" / "10_rule.json").read_text())
    assert list(receipt["files"]) == ["results/rule/a.txt", "notebooks/10_rule.ipynb"]
    assert not [path for path in out.rglob("*") if ".part" in path.name]


def test_a_killed_kernel_is_told_from_a_failed_cell(tmp_path, monkeypatch, capfd):
    """Whoever runs out of memory sees no traceback."""
    (tmp_path / "notebooks").mkdir()
    dying = CHAPTER + "\nimport os\n\nos.kill(os.getpid(), 9)\n"
    (tmp_path / "notebooks" / "10_rule.py").write_text(dying)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mended").touch()
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    given = ["10_rule", "--run", str(tmp_path / "out"), "--writes", "digests/results/rule"]
    assert chapter.main(given) == 1
    assert "its process was killed; is memory short?" in capfd.readouterr().err


# --- what a chapter depends on in the package -----------------------------------------------------


# Whatever a room holds: chapters that do not use it, however the imports run.
NEVER = {
    "polish": of("03_training", "04_predictions", "06_rankings", "12_study"),
    "model": of("01_corpus", "02_features"),
    "lrp": of("01_corpus", "02_features", "03_training"),
    "evaluation": of("01_corpus", "02_features", "03_training", "06_rankings"),
    "plots": of("14_run"),
    "book": [key for key in ORDER if key not in ("13_inspector", "14_run")],
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
    """The folders of the package with the modules in them."""
    folders = [p for p in sorted((root / "intonation").iterdir()) if (p / "__init__.py").is_file()]
    return {folder.name: sorted(folder.rglob("*.py")) for folder in folders}


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
    with remarks(next(package.rglob(f"{name}.py")) for name in ("planted", "toy", "norm_fault")):
        assert book.would_run() == of("10_rule", "11_truth", "12_study")
    with remarks([package / "plots" / "rulegraph.py"]):
        assert book.would_run() == [], "no chapter draws the rules"
