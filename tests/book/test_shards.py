"""Preparation and explanation cut into shards: the same bytes, and jobs of their own."""

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from book_copy import remark

from intonation import open_corpus
from intonation.book.dependencies import ROOT
from intonation.book.run_folder import RunFolder
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.lrp.store import explain_utterances
from intonation.model.network import F0Model, ModelConfig, load_model, save_model
from intonation.parameters import TARGETS

pytestmark = pytest.mark.processes

# --- the same bytes -------------------------------------------------------------------------------

LIMIT = 6


def work_on(run, what, shard, code=0, **values):
    """One shard, as the rules of the Snakefile call it; returns what was told."""
    command = [sys.executable, "-m", "intonation.book.cluster.shard", what, shard]
    command += ["--run", str(run.path), "--values", json.dumps(values), "--writes", f"{what}/mark"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert (run / what / "mark").exists() == (code == 0)
    return done.stderr


def prepare(run):
    return prepare_corpus("", run.corpus, Asked(dataset_size_limit=LIMIT))


def explain(run):
    """Explain the test utterances by a network that knows nothing."""
    corpus = open_corpus(run.corpus)
    folder = run.results("semitones").relevance
    explain_utterances(load_model(run.model("semitones")), corpus, corpus.ids("test"), folder)


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_shards_as_commands_and_chapters_alone_write_the_same_bytes(tmp_path):
    alone, cut = RunFolder(tmp_path / "alone"), RunFolder(tmp_path / "cut")
    corpus = prepare(alone)
    values = {"source": "", "dataset_size_limit": LIMIT, "lf0_column": 150}
    told = work_on(cut, "prepare/track", "0_of_2", code=1, **values)
    assert told.endswith("let every shard hear first\n") and "error: 6 of 6 recordings" in told
    for which in ("prepare/hear", "prepare/track"):
        for shard in ("0_of_2", "1_of_2"):
            work_on(cut, which, shard, **values)
    spoken = contents(cut.corpus / "data")
    prepare(cut)
    assert contents(cut.corpus) == contents(alone.corpus)
    assert spoken.items() <= contents(cut.corpus / "data").items(), "the chapter had nothing to do"

    names = tuple(corpus.questions.names)
    save_model(F0Model(ModelConfig("semitones", names, 6, 2)), alone.model("semitones"))
    shutil.copytree(alone / "model", cut / "model")
    explain(alone)
    for shard in ("0_of_2", "1_of_2"):
        work_on(cut, "explain/semitones", shard)
    expected = contents(alone.results("semitones").relevance)
    assert contents(cut.results("semitones").relevance) == expected and len(expected) >= 2


@pytest.mark.parametrize("shard", ["2_of_2", "1", "-1_of_2", "0_of_0"])
def test_what_is_no_shard_is_refused(shard, tmp_path):
    run = RunFolder(tmp_path)
    command = [sys.executable, "-m", "intonation.book.cluster.shard", "--run", str(run.path)]
    command += ["--", "prepare/hear", shard]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "is no shard, such as 0_of_2 or 1_of_2" in done.stderr


# --- as jobs of their own -------------------------------------------------------------------------

HEARING, TRACKING = ([f"prepare/{which} {n}_of_2" for n in (0, 1)] for which in ("hear", "track"))
PREPARING = [*HEARING, "prepare/learn 0_of_2", *TRACKING]  # one learns for all
EXPLAINING = [f"explain/{target} {n}_of_2" for target in TARGETS for n in (0, 1)]


def test_shards_are_jobs_whose_chapters_are_not_executed_for_them(book):
    book.make("--shards", "2")
    worked = book.take_shards()
    assert sorted(worked) == sorted(PREPARING + EXPLAINING)
    assert {*worked[:2]} == {*HEARING} and worked[2] == PREPARING[2]
    assert {*worked[3:5]} == {*TRACKING}
    assert book.take() == ["20_run"], "the same results, however many work"
    book.make("--shards", "2")
    assert book.take_shards() == [] and book.take() == []


def test_what_does_the_work_of_shards_makes_them_do_it_again_and_a_chapter_does_not(book):
    book.make("--shards", "2")
    assert book.take_shards() and book.take()
    for name in ("01_corpus", "05_relevance"):
        remark(book.root / "notebooks" / f"{name}.py")
    remark(book.root / "intonation" / "lrp" / "rules.py")
    book.make("--shards", "2")
    assert sorted(book.take_shards()) == sorted(EXPLAINING)
    assert {"01_corpus", "semitones/05_relevance"} <= set(book.take())
