"""The cover: which utterance it opens with, and that nothing of a run can break out of its page."""

import json

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from intonation.book.pages.cover import PARTS, facts, fill_cover, first_utterance

EVIL = "<script>alert(1)</script>\"'`` ```\n% cover: build"
RECORD = {
    "versions": {"python": "3.11.2", "torch": "2.13.0"},
    "machine": {"system": "Linux", "processor": "x86_64", "cores": 2},
    "profile": "default",
    "corpus": {
        **{"source": "embedded sentences, eSpeak NG voice", "utterances": 702, "excluded": 1},
        **{"speakers": 1, "minutes": 55.1},
    },
    "seconds": {"01_corpus": 60.0, "semitones/03_training": 240.0},
}


def errors_of(**rmse):
    return pd.DataFrame({"id": list(rmse), "rmse_semitones": list(rmse.values())})


def test_the_first_utterance_is_the_question_nearest_to_the_median_error():
    errors = errors_of(a=1.0, b=2.0, c=3.0, d=9.0, e=2.9)
    texts = pd.Series({"a": "Czy tak?", "b": "Tak.", "c": "Nie.", "d": "Kto to?", "e": "Co?”"})
    assert first_utterance(errors, texts) == "e"
    assert first_utterance(errors, texts.str.replace("?", ".")) == "e"
    assert first_utterance(errors[:3], texts.str.replace("?", "!")) == "b"
    tied = errors_of(z=1.0, y=3.0, x=2.0)
    assert first_utterance(tied, pd.Series({"y": "A?", "z": "B?", "x": "C."})) == "y"


@pytest.fixture
def out(tmp_path):
    """A run folder with a record, errors and texts."""
    folder = tmp_path / "out"
    (folder / "corpus").mkdir(parents=True)
    (folder / "results" / "semitones").mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(RECORD), encoding="utf-8")
    errors_of(u1=1.0, u2=2.0).to_csv(folder / "results" / "semitones" / "errors.csv", index=False)
    texts = pd.DataFrame({"id": ["u1", "u2"], "text": ["Tak.", "Czy <b>nie</b>?"]})
    texts.to_csv(folder / "corpus" / "utterances.csv", index=False)
    return folder


@pytest.fixture
def page(tmp_path):
    """A cover with every mark."""
    path = tmp_path / "source" / "book" / "intro.md"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"% cover: {name}\n\n" for name in PARTS), encoding="utf-8")
    return path


def test_a_cover_tells_of_its_run(page, out):
    fill_cover(page, out)
    text = page.read_text(encoding="utf-8")
    inspector = BeautifulSoup(text, "html.parser").select_one(".intonation-inspector")
    assert inspector["data-name"] == "semitones" and inspector["data-id"] == "u2"
    assert "JavaScript" in inspector.noscript.get_text()
    assert "{ref}`what that means <synthetic-voice>`" in text
    assert "702 utterances" in text and "torch 2.13.0" in text and "5 minutes" in text
    assert "% cover" not in text


def test_only_a_voice_that_nobody_has_is_called_synthetic(page, out):
    spoken = {**RECORD, "corpus": {**RECORD["corpus"], "source": "nagrania"}}
    (out / "run.json").write_text(json.dumps(spoken), encoding="utf-8")
    fill_cover(page, out)
    text = page.read_text(encoding="utf-8")
    assert "synthesiser" not in text and "nagrania: 702" in text


def test_what_a_run_holds_stays_text(page, out):
    evil = {**RECORD, "corpus": {**RECORD["corpus"], "source": EVIL}, "profile": EVIL}
    (out / "run.json").write_text(json.dumps(evil), encoding="utf-8")
    fill_cover(page, out)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and text.count("```{raw} html") == 2
    assert EVIL.partition("\n")[0] in BeautifulSoup(text, "html.parser").get_text()
    assert list(facts(evil))


def test_the_study_is_shown_as_chapter_12_shows_it(page, out):
    figure = '<figure class="book-figure"><img src="../_static/figures/12_study/x.svg"></figure>'
    outputs = [{"data": {"text/html": figure}}, {"data": {"text/markdown": "Rho is 0.5."}}]
    first = {"cell_type": "code", "metadata": {"tags": ["answer-first"]}, "outputs": outputs}
    other = {**first, "metadata": {}, "outputs": [{"data": {"text/html": "another"}}]}
    staged = page.parent.parent / "notebooks" / "12_study.ipynb"
    staged.parent.mkdir()
    staged.write_text(json.dumps({"cells": [first, other]}), encoding="utf-8")
    fill_cover(page, out)
    text = page.read_text(encoding="utf-8")
    assert f"```{{raw}} html\n{figure}\n```\n" in text
    assert "Rho" not in text and "another" not in text


def test_a_run_folder_that_holds_nothing_yet_has_a_cover_too(page, tmp_path):
    fill_cover(page, tmp_path / "nothing")
    text = page.read_text(encoding="utf-8")
    assert "data-id" not in text and "Nothing was recorded" in text
