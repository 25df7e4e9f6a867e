"""A figure as HTML: escaped, small, and taken apart into files for a site."""

import base64
import gzip
import io
import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from intonation.plots import html, style

AWKWARD = '"><script>alert(1)</script> & <b>\u202e'


@style.styled
def drawn(title="A title", *, noise=0, data=None):
    figure, axes = style.panel(title, 3.0, 2.0, caption=title)
    axes.plot([0, 1], [0, 1])
    axes.set_xlabel(AWKWARD)
    if noise:
        values = np.random.default_rng(0).normal(size=(noise, noise))
        axes.imshow(values, cmap="PiYG", interpolation="none", aspect="auto")
    figure.tell(title, data)
    return figure


def files_of(figure, number="5.3"):
    written = {}

    def write(suffix, content):
        written[suffix] = content
        return f"../_static/figure.{suffix}"

    return BeautifulSoup(html.lifted(figure._repr_html_(), write, number), "html.parser"), written


def test_nothing_that_a_figure_says_becomes_markup():
    page, written = files_of(drawn(AWKWARD))
    assert not page.find("script") and not page.find("b")
    assert page.img["alt"] == AWKWARD
    assert page.figcaption.get_text().count(AWKWARD) == 2
    assert b"<script" not in written["svg"]


def test_a_site_gets_files_a_number_and_an_anchor():
    table = pd.DataFrame({"group": ["A", "B"], "mean": [1.25, np.nan]})
    page, written = files_of(drawn(data=table))
    assert page.figure["id"] == "figure-5-3"
    assert page.select_one(".book-figure-number").get_text() == "Figure 5.3"
    assert page.img["src"] == "../_static/figure.svg" and page.a["href"] == "../_static/figure.csv"
    assert "data:" not in str(page)
    assert pd.read_csv(io.BytesIO(written["csv"])).equals(table)


def test_the_picture_has_neither_title_nor_caption_and_letters_as_text():
    svg = files_of(drawn("Mentioned once"))[1]["svg"].decode()
    assert "Mentioned" not in svg
    assert "Verdana" in svg and "<text" in svg


def test_a_large_table_is_packed():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(9000, 5)))
    _, written = files_of(drawn(data=table))
    assert len(pd.read_csv(io.BytesIO(gzip.decompress(written["csv.gz"])))) == 9000


def test_two_drawings_of_the_same_are_the_same_bytes():
    assert drawn(noise=9)._repr_html_() == drawn(noise=9)._repr_html_()


@pytest.mark.parametrize(("noise", "kind"), [(40, "svg"), (900, "png")])
def test_a_picture_is_small_and_of_vectors_where_that_is_small(noise, kind):
    (content,) = files_of(drawn(noise=noise))[1].values()
    assert kind in ("svg" if content.startswith(b"<?xml") else "png")
    assert len(content) <= html.MOST_BYTES


def test_an_image_within_a_drawing_has_a_palette_and_its_own_size():
    svg = files_of(drawn(noise=40))[1]["svg"].decode()
    (inner,) = re.findall(r"data:image/png;base64,([^\"]+)", svg)
    image = Image.open(io.BytesIO(base64.b64decode(inner)))
    assert image.mode == "P" and image.size == (40, 40)


def test_the_paper_is_exactly_white():
    """In the dark an inverted picture must have the colour of the page."""
    image = Image.open(io.BytesIO(files_of(drawn(noise=900))[1]["png"])).convert("RGB")
    assert image.getpixel((0, 0)) == (255, 255, 255)
    assert 'style="fill: #ffffff"' in files_of(drawn())[1]["svg"].decode()


def test_a_figure_may_shrink_a_little_below_its_own_size():
    image = files_of(drawn())[0].img
    least = int(re.fullmatch(r"min-width: (\d+)px", image["style"])[1])
    assert 0.7 * int(image["width"]) < least < int(image["width"])


def test_names_stay_in_sight_where_a_picture_may_scroll():
    """The second picture is the first, cut where the axes begin; it says nothing to a reader."""

    @style.styled
    def rows(width_in):
        figure, axes = style.panel("Rows", width_in, 1.0)
        axes.set_yticks([0, 1], labels=["the first of the rows", "the second"])
        figure.tell("2 rows")
        return figure

    figure = rows(5.0)
    page, written = files_of(figure)
    sheet = page.select_one(".book-figure-frame > .book-figure-sheet")
    shown, names = sheet.select("img")
    assert names["src"] == shown["src"] and (shown["alt"], names["alt"]) == ("2 rows", "")
    assert names.parent["aria-hidden"] == "true" and list(written) == ["svg"]
    (axes,) = figure.axes
    share = float(re.search(r"--names: ([\d.]+)", page.select_one("[tabindex]")["style"])[1])
    left_px = axes.get_window_extent().x0 / figure.dpi * html.PX_PER_IN
    assert share * int(shown["width"]) == pytest.approx(left_px, abs=1.5)
    assert not files_of(rows(1.0))[0].select(".book-figure-sheet"), "it never scrolls"


def test_other_html_is_no_figure():
    assert html.is_figure(drawn()._repr_html_())
    assert not html.is_figure("<table></table>")
