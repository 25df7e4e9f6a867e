"""Figures of single utterances: which are chosen, and the command that draws the rest."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from intonation.book import drawing as figures
from intonation.book.drawing import Results, choose_utterances
from intonation.corpus.corpus import open_corpus
from intonation.errors import ModelError
from intonation.labels.taxonomy import LEVELS

TARGET = "semitones"


def table(count, *, seed=0):
    """Errors of utterances u00, u01, …, the worse the higher the number, in any order."""
    rows = pd.DataFrame({"id": [f"u{n:02d}" for n in range(count)]})
    rows["rmse_semitones"] = np.arange(count) / 10
    return rows.sample(frac=1, random_state=seed, ignore_index=True)


@pytest.mark.parametrize(
    "count, chosen",
    [
        (1, ["u00"]),
        (2, ["u00", "u10"]),
        (3, ["u00", "u05", "u10"]),
        (6, ["u00", "u02", "u04", "u06", "u08", "u10"]),
        (11, [f"u{n:02d}" for n in range(11)]),
        (99, [f"u{n:02d}" for n in range(11)]),
    ],
)
def test_chosen_utterances_go_from_the_best_to_the_worst(count, chosen):
    assert choose_utterances(table(11), count) == chosen


@pytest.mark.parametrize("size", [2, 7, 12, 54])
@pytest.mark.parametrize("count", [2, 5, 12])
def test_chosen_utterances_are_different_and_evenly_spread(size, count):
    chosen = choose_utterances(table(size, seed=size), count)
    ranks = np.array([int(utterance_id[1:]) for utterance_id in chosen])
    assert len(ranks) == min(size, count)
    assert (ranks[0], ranks[-1]) == (0, size - 1)
    assert np.ptp(np.diff(ranks)) <= 1 and (np.diff(ranks) > 0).all()


def test_choice_does_not_depend_on_the_order_of_equals():
    equal = table(9).assign(rmse_semitones=1.0)
    assert choose_utterances(equal, 3) == choose_utterances(equal[::-1], 3) == ["u00", "u04", "u08"]


def test_no_utterance_to_choose_from():
    assert choose_utterances(table(0), 12) == []


@pytest.fixture(scope="module")
def drawn(smoke_run, tmp_path_factory):
    """A copy of the run with every figure of one target, and the files that it had before."""
    folder = tmp_path_factory.mktemp("figures") / "run"
    leave = shutil.ignore_patterns("site", "logs", "wav", "log_f0")
    shutil.copytree(smoke_run, folder, ignore=leave)
    before = marks(folder)
    assert figures.main([str(folder), "--target", TARGET, "--jobs", "1"]) == 0
    return folder, before


def marks(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def draw(folder, capsys):
    """Draw again; returns how many figures the command says it drew, and which are new."""
    before = marks(folder)
    assert figures.main([str(folder), "--target", TARGET]) == 0
    printed = capsys.readouterr().out.strip()
    now = marks(folder)
    return printed, {path for path in now if before.get(path) != now[path]}


def test_every_test_utterance_is_drawn_at_every_level(drawn):
    folder, _ = drawn
    figures_of = folder / "results" / TARGET / "figures"
    kinds = ["f0", "f0_natural", "relevance/features"]
    kinds += [f"relevance/{level.slug}" for level in LEVELS]
    ids = open_corpus(folder / "corpus").ids("test")
    for kind in kinds:
        assert {path.stem for path in (figures_of / kind).glob("*.png")} == set(ids), kind
    for kind in kinds:
        for utterance_id in ids:
            with Image.open(figures_of / kind / f"{utterance_id}.png") as image:
                assert np.asarray(image.convert("L")).std() > 1


def test_what_the_chapters_drew_is_left_as_it_is(drawn):
    folder, before = drawn
    now = marks(folder)
    assert {path: now[path] for path in before} == before
    assert len(now) > len(before)


def test_a_second_time_nothing_is_drawn(drawn, capsys):
    printed, new = draw(drawn[0], capsys)
    assert printed == f"{TARGET}: 0 figures drawn" and new == set()


def age(figure, source):
    """Make a figure older than what it shows, as if that had been found again."""
    time_ns = source.stat().st_mtime_ns - 1
    os.utime(figure, ns=(time_ns, time_ns))


def test_an_interrupted_command_continues_and_what_is_out_of_date_is_drawn_again(drawn, capsys):
    folder, _ = drawn
    result = folder / "results" / TARGET
    first, last = open_corpus(folder / "corpus").ids("test")[:2]
    lost = result / "figures" / "relevance" / "word" / f"{first}.png"
    lost.unlink()
    contour = result / "figures" / "f0" / f"{last}.png"
    age(contour, result / "errors.csv")
    heatmap = result / "figures" / "relevance" / "phrasal" / f"{last}.png"
    age(heatmap, result / "relevance" / f"{last}.npz")
    printed, new = draw(folder, capsys)
    assert printed == f"{TARGET}: 3 figures drawn"
    assert new == {lost, contour, heatmap}


def test_the_command_with_two_processes(drawn):
    """In processes of their own, whatever torch did before in the first one."""
    folder, _ = drawn
    missing = sorted((folder / "results" / TARGET / "figures" / "f0").glob("*.png"))
    for path in missing:
        path.unlink()
    command = [sys.executable, "-m", "intonation.book.drawing", str(folder), "--target", TARGET]
    done = subprocess.run([*command, "--jobs", "2"], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, f"{TARGET}: {len(missing)} figures drawn\n")
    assert all(path.is_file() for path in missing)


def test_a_view_holds_what_is_known_of_the_utterance(drawn):
    results = Results(str(drawn[0]), TARGET)
    assert results.unit == "semitones"
    utterance = results.corpus[results.errors.index[-1]]
    view = results.view(utterance.id)
    assert view.title == utterance.text and len(view.phones) == len(utterance.labels.texts)
    assert view.errors["utterance"] == utterance.id
    for name in figures.SHOWN_ERRORS:
        assert view.errors[name] == results.errors.loc[utterance.id, name]
    stored = np.fromfile(results.paths / "f0" / f"{utterance.id}.f0", dtype="<f4")
    voiced = utterance.voiced
    np.testing.assert_allclose(view.f0_predicted_hz[voiced], stored[voiced], rtol=1e-5)
    np.testing.assert_array_equal(view.f0_true_hz, utterance.f0_hz)


@pytest.mark.parametrize(
    "lost, message",
    [
        ("corpus/utterances.csv", "run the corpus chapter first"),
        (f"model/{TARGET}/config.json", "train first"),
        (f"results/{TARGET}/errors.csv", "run the predictions chapter first"),
        (f"results/{TARGET}/relevance", "explain again"),
    ],
)
def test_what_is_missing_is_told_in_one_line(drawn, tmp_path, capsys, lost, message):
    folder = shutil.copytree(drawn[0], tmp_path / "run")
    shutil.rmtree(folder / lost) if (folder / lost).is_dir() else (folder / lost).unlink()
    assert figures.main([str(folder), "--target", TARGET]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1 and message in errors[0]


def test_a_run_without_the_target_cannot_be_opened(drawn):
    with pytest.raises(ModelError, match="log_f0"):
        Results(drawn[0], "log_f0")
