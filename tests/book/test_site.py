"""The site: what is staged, how it is built, and what fails on the way."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from intonation import plots
from intonation.book import site
from intonation.book.inspector.data import inspector_data
from intonation.book.inspector.page import inspector_html
from intonation.book.metadata.card import Card
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError
from intonation.files import write_text

pytestmark = pytest.mark.book

TOC = """
format: jb-book
root: book/intro
parts:
  - caption: Chapters
    chapters:
      - file: notebooks/semitones/03_training
      - file: notebooks/13_inspector
      - file: book/card_semitones
"""
HOSTILE = "<script>alert(1)</script> | $x$ {{y}} [a](javascript:b)"
HISTORY = pd.DataFrame({"epoch": [1, 2], "train_loss": [2, 1], "validation_loss": [3, 2]})
INTRO = r"""# A small book

Two symbols, $\hat{y}_t$ and $|x|$, and two lines:

\begin{align}
a &= b \\
c &= d
\end{align}
"""


def code(source, *, tags=(), outputs=()):
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": list(outputs),
    }


def displayed(data):
    return {"output_type": "display_data", "metadata": {}, "data": data}


def write_chapter(out, name, cells):
    title = {"cell_type": "markdown", "metadata": {}, "source": "# A chapter\n\nIt."}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": {}}}},
        },
        "cells": [title, *cells],
    }
    path = out / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def write_root(root):
    """A project like this one, with less to read."""
    shutil.copytree(site.ROOT / "book" / "_ext", root / "book" / "_ext")
    shutil.copytree(site.ROOT / "book" / "_static", root / "book" / "_static")
    shutil.copy(site.ROOT / "_config.yml", root)
    (root / "_toc.yml").write_text(TOC, encoding="utf-8")
    (root / "book" / "intro.md").write_text(INTRO, encoding="utf-8")
    (root / "book" / "references.bib").write_text("", encoding="utf-8")


def write_run(out):
    """A run folder with two executed chapters, as papermill leaves them."""
    defaults = code('run_folder = "here"\nepochs = 3057\nseed = 77', tags=["parameters"])
    injected = code('run_folder = "/else"\nepochs = 123456', tags=["injected-parameters"])
    figure = plots.loss_curve(HISTORY, unit="semitones²")
    drawn = {"text/html": figure._repr_html_(), "text/plain": "Loss by epoch"}
    shown = code("figure", outputs=[displayed(drawn), displayed(drawn)])
    write_chapter(out, "semitones/03_training", [defaults, injected, shown])
    data = inspector_data(
        utterance_id="u1",
        text="Tak.",
        speaker="s",
        phones=[("t", 0.0, 0.1), ("a", 0.1, 0.2)],
        f0_true_hz=np.full(40, 200.0),
        f0_predicted_hz=np.full(40, 210.0),
        levels={"general": {"title": "General", "groups": ["STRESS"], "values": [[1, 2]]}},
    )
    shown = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "a", "version_major": 2},
        "text/html": inspector_html([data], out / "static").data,
        "text/plain": "Inspector",
    }
    write_chapter(out, "13_inspector", [code("Inspector(data)", outputs=[displayed(shown)])])
    rows = pd.DataFrame({"RMSE": [1.5]}, index=pd.Index([HOSTILE], name="speaker"))
    card = Card("semitones", {"Limits": "Many."}, {"speaker": rows})
    write_text(RunFolder(out).card("semitones"), card.markdown())


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Paths (root, run folder) of a small book that is built."""
    folder = tmp_path_factory.mktemp("small")
    write_root(folder / "root")
    write_run(folder / "out")
    site.build(folder / "out", root=folder / "root")
    return folder / "root", folder / "out"


@pytest.fixture
def unbuilt(tmp_path):
    """The same book, not built, for what goes wrong before the pages are read."""
    write_root(tmp_path / "root")
    write_run(tmp_path / "out")
    return tmp_path / "root", tmp_path / "out"


def read_page(out, name):
    return (out / "site" / "html" / f"{name}.html").read_text(encoding="utf-8")


def test_formulas_are_mathml_with_scripts_beside_their_symbol(small):
    soup = BeautifulSoup(read_page(small[1], "book/intro"), "html.parser")
    formulas = soup.find_all("math")
    assert len(formulas) == 3
    assert formulas[0].find("munderover") is None and formulas[0].find("msub").text.strip() == "t"
    assert len(formulas[2].find_all("mtr")) == 2


def test_what_papermill_and_the_kernel_added_is_not_published(small):
    chapter = read_page(small[1], "notebooks/semitones/03_training")
    assert chapter.count("123456") == 1 and "3057" not in chapter  # what was run, not the default
    assert "77" in chapter and "here" in chapter and "/else" not in chapter
    assert "widget-state" not in chapter and "require" not in chapter
    assert "widget-view" not in read_page(small[1], "notebooks/13_inspector")


def test_a_chapter_of_one_target_names_it_in_its_title(small):
    title = BeautifulSoup(read_page(small[1], "notebooks/semitones/03_training"), "html.parser").h1
    assert title.get_text().startswith("A chapter (semitones)")


def test_a_model_card_is_a_page_and_its_names_are_texts(small):
    page = BeautifulSoup(read_page(small[1], "book/card_semitones"), "html.parser").article
    assert page.h1.get_text().startswith("Model card: F0 of Polish read speech, target semitones")
    assert page.find("td").get_text() == HOSTILE
    assert page.find(["script", "math"]) is None and "gpl" not in page.get_text()


def test_a_figure_is_numbered_and_its_picture_and_data_are_files(small):
    page = small[1] / "site" / "html" / "notebooks" / "semitones" / "03_training.html"
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    first, second = soup.select("article figure.book-figure")
    assert (first["id"], second["id"]) == ("figure-3-1", "figure-3-2")
    assert first.find("figcaption").get_text().startswith("Figure 3.1 Loss by epoch.")
    picture = page.parent / first.img["src"]
    assert picture.read_bytes().startswith(b"<?xml")
    assert first.img["alt"].startswith("Loss (semitones²) by epoch. training loss from 2 to 1")
    assert pd.read_csv(page.parent / first.a["href"]).equals(HISTORY)
    assert second.img["src"] != first.img["src"] and "base64" not in str(first)


def test_a_chapter_can_be_downloaded_from_its_page(small):
    static = small[1] / "site" / "html" / "_static" / "notebooks"
    for key, up in (("semitones/03_training", "../.."), ("13_inspector", "..")):
        name = f"{key.replace('/', '_')}.ipynb"
        soup = BeautifulSoup(read_page(small[1], f"notebooks/{key}"), "html.parser")
        (link,) = soup.select('a[href$=".ipynb"]')
        assert link["href"] == f"{up}/_static/notebooks/{name}"
        assert not [c for c in json.loads((static / name).read_text())["cells"] if c.get("outputs")]
    assert ".ipynb" not in read_page(small[1], "book/intro")


def test_only_pages_with_an_inspector_load_its_scripts(small):
    assert "front/inspector.js" in read_page(small[1], "notebooks/13_inspector")
    assert "front/inspector.js" not in read_page(small[1], "book/intro")


def test_a_changed_page_is_built_again(small):
    root, out = small
    page = out / "site" / "html" / "book" / "intro.html"
    (root / "book" / "intro.md").write_text(INTRO + "\nA new line.\n", encoding="utf-8")
    assert site.build(out, root=root) == out / "site" / "html" / "index.html"
    assert "A new line." in page.read_text(encoding="utf-8")


def test_a_warning_fails_every_build_and_leaves_the_last_site(small):
    root, out = small
    intro = root / "book" / "intro.md"
    good = intro.read_text(encoding="utf-8")
    intro.write_text(good + "\n[nowhere](missing.md) and $\\nosuch$\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(site.SiteError, match=r"(?s)build\.log.*intro\.md.*WARNING"):
            site.build(out, root=root)
    assert "nowhere" not in read_page(out, "book/intro")
    intro.write_text(good, encoding="utf-8")
    site.build(out, root=root)


def test_a_missing_chapter_or_page_is_named(unbuilt):
    root, out = unbuilt
    (out / "notebooks" / "13_inspector.ipynb").unlink()
    with pytest.raises(site.SiteError, match=r"13_inspector\.ipynb is missing; execute it"):
        site.stage(out, root=root)
    (root / "book" / "intro.md").unlink()
    with pytest.raises(site.SiteError, match=r"intro\.md is in _toc\.yml but missing"):
        site.stage(out, root=root)


def test_a_failed_cell_or_a_broken_notebook_is_not_published(unbuilt):
    root, out = unbuilt
    failed = {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []}
    write_chapter(out, "13_inspector", [code("d['x']", outputs=[failed])])
    with pytest.raises(ChapterError, match=r"13_inspector\.ipynb holds a failed cell \(KeyError"):
        site.stage(out, root=root)
    (out / "notebooks" / "13_inspector.ipynb").write_text('{"cells": [', encoding="utf-8")
    with pytest.raises(site.SiteError, match="is no notebook"):
        site.stage(out, root=root)


def test_staging_takes_nothing_that_is_not_published(unbuilt):
    root, out = unbuilt
    write_chapter(out, "stray", [])
    (root / "book" / "_ext" / "__pycache__").mkdir(exist_ok=True)
    (root / "book" / "_ext" / "__pycache__" / "x.pyc").write_bytes(b"")
    source = site.stage(out, root=root)
    names = {path.name for path in source.rglob("*")}
    assert names.isdisjoint({"stray.ipynb", "__pycache__", "x.pyc"})
    assert {"index.js", "0000.js", "inspector.js", "inspector.css", "book.css"} <= names
