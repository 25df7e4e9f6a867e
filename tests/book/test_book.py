"""What is executed, when again, and what is left where a chapter fails: a book of tiny chapters."""

import dataclasses
import json
import os
import subprocess
from pathlib import Path

import nbformat
import pytest

from intonation.book import book
from intonation.errors import ChapterError, CorpusError, ParameterError
from intonation.parameters import PROFILES, TARGETS, Parameters

NAMES = (
    *(*book.SHARED_BEFORE, *book.PER_TARGET),
    *(*book.KNOWN_TRUTH, *book.SHARED_AFTER, book.LAST),
)
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
{extra}
# %%
from pathlib import Path

path = Path(run_folder) / "results" / "{name}.txt"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("{name}")
{work}
"""
FAILING = """
# %%
def look_up(table):
    return table["what is missing"]

print("the cell before")

# %%
if not (Path(run_folder) / "mended").exists():
    look_up({})
"""
AFTER_TARGETS = ["11_truth", "10_rule", "12_study", "13_inspector", "14_run"]
READS_TARGETS = AFTER_TARGETS[1:]
ORDER = [
    *("01_corpus", "02_features"),
    *(f"{target}/{name}" for target in TARGETS for name in book.PER_TARGET),
    *AFTER_TARGETS,
]


def write_chapter(root, name, *, extra="", work=""):
    path = root / "notebooks" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CHAPTER.format(name=name, extra=extra, work=work), encoding="utf-8")


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A project folder with a chapter of every name, whose record and site are of no concern."""
    root = tmp_path / "root"
    for name in NAMES:
        extra = {
            "01_corpus": 'source = ""\nsplit_seed = 0\ncpu_count = 1\n',
            "03_training": 'target = "semitones"\nepochs = 10\ncpu_count = 1\n',
        }
        write_chapter(root, name, extra=extra.get(name, ""))
    monkeypatch.setattr(book, "ROOT", root)
    monkeypatch.setattr(book, "write_run_record", lambda *given: None)
    monkeypatch.setattr(book.site, "build", lambda out: out / "site" / "html" / "index.html")
    return root


class Runner:
    """In papermill's place: notes who is executed, and writes what a chapter of that name would."""

    def __init__(self):
        self.executed, self.values, self.error = [], {}, None
        self.texts = {}  # what a chapter writes, where it is not its name

    def __call__(self, chapter, chosen, notebook, out):
        self.executed.append(chapter.key)
        self.values[chapter.key] = chosen
        if self.error and self.error[0] == chapter.key:
            raise self.error[1]
        for path in (notebook, out / result_of(chapter)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.texts.get(chapter.key, chapter.key))

    def take(self):
        """Names of those executed since the last call, in the order of the book."""
        executed, self.executed = self.executed, []
        assert len(set(executed)) == len(executed)
        return sorted(executed, key=ORDER.index)


def result_of(chapter):
    folders = {"01_corpus": "corpus", "02_features": "features", "03_training": "model"}
    for name in (*book.KNOWN_TRUTH, *book.SHARED_AFTER):
        folders[name] = f"results/{name[3:]}"
    folder = folders.get(chapter.name, "results")
    return Path(folder) / chapter.target / f"{chapter.name}.txt"


@pytest.fixture
def runner(tiny, monkeypatch):
    made = Runner()
    monkeypatch.setattr(book, "_papermill", made)
    return made


@pytest.fixture
def run(tmp_path, runner):
    """A run that has been executed once."""
    done = book.Run("", tmp_path / "out", "smoke", {}, jobs=2)
    book.make_book(done)
    assert runner.take() == ORDER
    return done


def chapters_of(target):
    return [key for key in ORDER if key.startswith(f"{target}/")]


def tell_contents(out):
    """Content of every file below a folder, for what must not have changed."""
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in out.rglob("*") if p.is_file()}


def test_chapters_come_in_order_each_target_by_itself(tmp_path, runner):
    book.make_book(book.Run("", tmp_path / "out", "smoke", {}, jobs=1))
    assert runner.executed == ORDER


def test_nothing_changed_nothing_executed(run, runner):
    before = tell_contents(run.out)
    assert book.make_book(run) == run.out / "site" / "html" / "index.html"
    assert runner.take() == []
    assert tell_contents(run.out) == before


@pytest.mark.parametrize(
    "name, again",
    [
        ("01_corpus", ORDER),
        ("09_seeds", [*(f"{t}/09_seeds" for t in TARGETS), *READS_TARGETS]),
        ("11_truth", ["11_truth", "14_run"]),
        ("14_run", ["14_run"]),
    ],
)
def test_a_changed_notebook_is_executed_again_and_all_after_it(run, runner, tiny, name, again):
    with (tiny / "notebooks" / f"{name}.py").open("a", encoding="utf-8") as file:
        file.write("\n# a remark\n")
    book.make_book(run)
    assert runner.take() == sorted(again, key=ORDER.index)


def test_a_changed_parameter_concerns_the_chapters_that_name_it_and_those_after(run, runner):
    book.make_book(dataclasses.replace(run, overrides={"epochs": 3}))
    assert runner.take() == [key for key in ORDER[2:] if key != "11_truth"]
    book.make_book(dataclasses.replace(run, overrides={"epochs": 3, "split_seed": 5}))
    assert runner.take() == ORDER
    book.make_book(dataclasses.replace(run, overrides={"epochs": 3, "split_seed": 5, "seed": 9}))
    assert runner.take() == [], "no chapter of this book names the seed"


def test_how_many_work_and_where_the_folder_lies_changes_nothing(run, runner, tmp_path):
    run.out.rename(tmp_path / "moved")
    book.make_book(dataclasses.replace(run, out=tmp_path / "moved", jobs=1))
    book.make_book(
        dataclasses.replace(run, out=tmp_path / "moved", jobs=7, overrides={"cpu_count": 5})
    )
    assert runner.take() == []


def test_other_libraries_or_another_package_execute_everything_again(run, runner, monkeypatch):
    monkeypatch.setattr(book, "versions", lambda: {"torch": "another"})
    book.make_book(run)
    assert runner.take() == ORDER
    monkeypatch.setattr(book, "package_fingerprint", lambda leave_out: "another")
    book.make_book(run)
    assert runner.take() == ORDER


def test_changed_recordings_execute_everything_again(tmp_path, runner):
    source = tmp_path / "recordings"
    source.mkdir()
    (source / "a.wav").write_bytes(b"1")
    run = book.Run(str(source), tmp_path / "out", "smoke", {}, jobs=2)
    book.make_book(run)
    book.make_book(run)
    assert runner.take() == ORDER
    (source / "b.wav").write_bytes(b"1")
    book.make_book(run)
    assert runner.take() == ORDER
    assert runner.values["01_corpus"]["source"] == str(source.resolve())


def alter(path):
    path.write_text(path.read_text() + "x")


def touch(path):
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("harm", [Path.unlink, alter, touch])
@pytest.mark.parametrize(
    "key", ["01_corpus", "semitones/03_training", "log_f0/06_rankings", "11_truth", "13_inspector"]
)
def test_a_lost_or_altered_result_is_made_again(run, runner, key, harm):
    target, _, name = key.rpartition("/")
    path = run.out / result_of(book.Chapter(name, target))
    harm(path)
    book.make_book(run)
    assert runner.take() == [key], "the same results came out: nothing after it is out of date"
    assert path.read_text() == key
    book.make_book(run)
    assert runner.take() == []


@pytest.mark.parametrize("suffix", [".ipynb", ".json"])
def test_a_lost_notebook_or_stamp_is_made_again(run, runner, suffix):
    (run.out / "notebooks" / f"semitones/04_predictions{suffix}").unlink()
    book.make_book(run)
    assert runner.take() == ["semitones/04_predictions"]


def test_a_damaged_stamp_is_no_stamp(run, runner):
    (run.out / "notebooks" / "02_features.json").write_text('{"fingerprint": ')
    book.make_book(run)
    assert runner.take() == ["02_features"]


def test_results_that_came_out_otherwise_make_what_is_after_out_of_date(run, runner):
    (run.out / "model" / "semitones" / "03_training.txt").unlink()
    runner.texts["semitones/03_training"] = "other weights, as another processor gives"
    book.make_book(run)
    assert runner.take() == [*chapters_of("semitones"), *READS_TARGETS]


def test_a_chapter_leaves_nothing_of_its_last_execution(run, runner, tiny):
    stale = run.out / "results" / "log_f0" / "06_rankings.txt"
    kept = run.out / "results" / "log_f0" / "by_hand.txt"
    kept.write_text("not of the book")
    write_chapter(tiny, "06_rankings", extra="figures = 12\n")
    runner.error = ("log_f0/06_rankings", ChapterError("stopped before it wrote"))
    with pytest.raises(ChapterError, match="stopped before it wrote"):
        book.make_book(run)
    assert not stale.exists() and kept.exists()
    assert not (run.out / "notebooks" / "log_f0" / "06_rankings.json").exists()


@pytest.mark.parametrize("name", list(book.CONTINUED))
def test_a_chapter_that_continues_keeps_and_owns_what_it_finds(run, runner, name):
    target = "semitones" if name in book.PER_TARGET else ""
    found = run.out / book.CONTINUED[name] / target / "half_done.txt"
    found.write_text("of an interrupted execution")
    (run.out / "notebooks" / target / f"{name}.json").unlink()
    book.make_book(run)
    key = book.Chapter(name, target).key
    assert key in runner.take() and found.exists()
    found.unlink()
    book.make_book(run)
    assert key in runner.take()


def test_a_target_owns_nothing_of_the_other_one(run):
    for target, other in (TARGETS, TARGETS[::-1]):
        for name in book.PER_TARGET:
            stamp = run.out / "notebooks" / target / f"{name}.json"
            files = json.loads(stamp.read_text())["files"]
            assert list(files) == [str(result_of(book.Chapter(name, target)))]
            assert not any(other in path for path in files)


def test_every_chapter_gets_the_parameters_that_it_names(run, runner, tiny):
    chosen = dataclasses.replace(run, overrides={"epochs": 3, "split_seed": 4}, jobs=6)
    book.make_book(chosen)
    out = str(run.out.resolve())
    first = {"run_folder": out, "source": "", "split_seed": 4, "cpu_count": 6}
    assert runner.values["01_corpus"] == first
    for target in TARGETS:
        training = {"run_folder": out, "target": target, "epochs": 3, "cpu_count": 3}
        assert runner.values[f"{target}/03_training"] == training
    assert runner.values["14_run"] == {"run_folder": out}


def test_parameters_are_those_of_the_profile_unless_set():
    run = book.Run("", Path("out"), "smoke", {"epochs": 3}, jobs=3)
    expected = Parameters(**{**PROFILES["smoke"], "epochs": 3, "cpu_count": 3})
    assert run.parameters_for(book.Chapter("01_corpus")) == expected
    assert run.parameters_for(book.Chapter("03_training", "log_f0")).target == "log_f0"
    for jobs, share in ((1, 1), (2, 1), (8, 4)):
        run = book.Run("", Path("out"), "default", {}, jobs)
        assert run.parameters_for(book.Chapter("03_training", "log_f0")).cpu_count == share


@pytest.mark.parametrize(
    "given, message",
    [
        (["--set", "epocs=3"], "parameter 'epocs' is unknown; did you mean epochs?"),
        (["--set", "epochs=0"], "parameter epochs is 0, expected 1 to 10000"),
        (["--set", "figures=0"], "parameter figures is 0, expected 1 to 100000"),
        (["--set", "epochs=many"], "parameter epochs is 'many', expected int"),
        (["--set", "epochs"], "'epochs' is no assignment; write name=value"),
        (["--profile", "quick"], "profile 'quick' is unknown; expected one of smoke, default"),
        (["--corpus", "nowhere"], "corpus folder nowhere does not exist; give CORPUS="),
    ],
)
def test_a_wrong_request_is_one_line_and_nothing_is_executed(
    tmp_path, runner, capsys, given, message
):
    assert book.main(["--out", str(tmp_path / "out"), *given]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith(f"error: {message}")
    assert runner.executed == [] and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "error, code, message",
    [
        (OSError(28, "No space left on device"), 1, "error: [Errno 28] No space left on device"),
        (CorpusError("no sentence is left"), 1, "error: no sentence is left"),
        (KeyboardInterrupt(), 130, "interrupted; run the same command again to continue"),
    ],
)
def test_what_stops_the_book_is_told_and_the_next_run_continues(
    tmp_path, runner, capsys, error, code, message
):
    runner.error = ("02_features", error)
    given = ["--out", str(tmp_path / "out"), "--jobs", "2"]
    assert book.main(given) == code
    assert message in capsys.readouterr().err
    assert runner.take() == ORDER[:2]
    assert not (tmp_path / "out" / "notebooks" / "02_features.json").exists()
    runner.error = None
    assert book.main(given) == 0
    assert runner.take() == ORDER[1:]
    assert capsys.readouterr().out == f"read the book: {tmp_path}/out/site/html/index.html\n"


def test_where_one_target_fails_the_other_ones_chapters_are_whole(tmp_path, runner):
    runner.error = ("log_f0/04_predictions", ChapterError("chapter log_f0/04_predictions failed"))
    run = book.Run("", tmp_path / "out", "smoke", {}, jobs=2)
    with pytest.raises(ChapterError, match="log_f0/04_predictions"):
        book.make_book(run)
    expected = [*ORDER[:2], *chapters_of("semitones"), *chapters_of("log_f0")[:2]]
    assert runner.take() == sorted(expected, key=ORDER.index)
    runner.error = None
    book.make_book(run)
    assert runner.take() == [*chapters_of("log_f0")[1:], *AFTER_TARGETS]


def test_a_wrong_target_or_source_of_a_programme_is_refused_too(tmp_path, runner):
    with pytest.raises(ParameterError, match="epochs is 0"):
        book.make_book(book.Run("", tmp_path / "out", "smoke", {"epochs": 0}, 2))
    with pytest.raises(CorpusError, match="does not exist"):
        book.make_book(book.Run(str(tmp_path / "no"), tmp_path / "out", "smoke", {}, 2))
    assert runner.executed == []


def test_a_killed_chapter_is_told_from_one_that_failed(tiny, tmp_path, monkeypatch):
    """Whoever runs out of memory sees no traceback."""
    killed = subprocess.CompletedProcess([], -9)
    monkeypatch.setattr(book.subprocess, "run", lambda *given, **named: killed)
    run = book.Run("", tmp_path / "out", "smoke", {}, 1)
    with pytest.raises(ChapterError, match=r"01_corpus failed \(killed by signal 9; is memory"):
        book.execute(run, book.Chapter("01_corpus"), "")
    assert not list((tmp_path / "out" / "notebooks").iterdir())


def test_a_failing_cell_stops_the_book_with_its_traceback(tiny, tmp_path, capsys, monkeypatch):
    """With papermill itself, and only the chapters that it takes."""
    monkeypatch.setattr(book, "PER_TARGET", ())
    write_chapter(tiny, "02_features", work=FAILING)
    out = tmp_path / "out"
    given = ["--out", str(out), "--jobs", "1"]
    assert book.main(given) == 1
    message = capsys.readouterr().err
    assert "error: chapter 02_features failed" in message
    assert "Traceback" in message and "KeyError: 'what is missing'" in message
    assert 'return table["what is missing"]' in message
    left = [str(path.relative_to(out / "notebooks")) for path in (out / "notebooks").iterdir()]
    assert sorted(left) == ["01_corpus.ipynb", "01_corpus.json"]
    shown = nbformat.read(out / "logs" / "02_features.ipynb", as_version=4)
    outputs = [output for cell in shown.cells for output in cell.get("outputs", ())]
    assert any("the cell before" in output.get("text", "") for output in outputs)
    assert any(output.output_type == "error" for output in outputs)

    (out / "mended").touch()
    book.execute(book.Run("", out, "smoke", {}, 1), book.Chapter("02_features"), "")
    executed = nbformat.read(out / "notebooks" / "02_features.ipynb", as_version=4)
    (injected,) = [c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert f'run_folder = "{out.resolve()}"' in injected.source
    assert (out / "results" / "02_features.txt").read_text() == "02_features"
    assert list(json.loads((out / "notebooks" / "02_features.json").read_text())["files"]) == [
        "results/02_features.txt"
    ]
    assert not [path for path in out.rglob("*") if ".part" in path.name]
