"""The look of figures, how they are saved and shown, and how names and numbers are written."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from builders import inside, texts
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from PIL import Image

from intonation import plots
from intonation.plots import style


@style.styled
def two_panels(title="Two", caption=""):
    figure, charts = style.panels(title, 2, 2.0, 1.0, caption=caption)
    for axes in charts:
        axes.set(xlabel="across", ylabel="up")
    return figure


def test_axes_keep_their_inches_and_the_paper_takes_what_is_written():
    for figure in (two_panels(), two_panels("word " * 80), two_panels(caption="note " * 80)):
        inside(figure)
        size = figure.get_size_inches()
        for axes in figure.axes:
            np.testing.assert_allclose(axes.get_position().size * size, (2, 1))
        top, bottom = figure.axes
        assert top.get_position().y0 > bottom.get_position().y1


def test_title_and_caption_are_wrapped_and_keep_every_word():
    title, caption = " ".join(f"word{i}" for i in range(60)), " ".join(map(str, range(90)))
    figure = two_panels(title, caption)
    assert {title, caption} <= set(texts(figure))
    assert figure.get_suptitle().count("\n") > 1


def test_insets_lie_where_they_are_put():
    figure, axes = style.panel("", 2.0, 1.0)
    inset = style.inset(axes, 2.1, -0.5, 0.5, 0.25)
    figure.fit()
    figure.canvas.draw()
    main, beside = (a.get_window_extent() for a in (axes, inset))
    ends = np.array([beside.x0 - main.x0, beside.y0 - main.y0, beside.width, beside.height])
    np.testing.assert_allclose(ends / style.DPI, (2.1, -0.5, 0.5, 0.25), atol=0.01)


def test_words_are_as_large_as_matplotlib_says_when_they_are_met_again():
    once = two_panels("Zażółć")
    for dpi in (style.DPI, 2 * style.DPI):
        own, ours = RendererAgg(300, 200, dpi), style.Renderer(300, 200, dpi)
        for points in (8, 11, 8):
            font = FontProperties(family="DejaVu Sans", size=points)
            for word in ("gęślą jaźń", "f̥ ʂ", ""):
                expected = own.get_text_width_height_descent(word, font, False)
                assert ours.get_text_width_height_descent(word, font, False) == expected
    assert texts(once) == texts(two_panels("Zażółć"))
    assert isinstance(once.canvas.get_renderer(), style.Renderer)


def test_a_dollar_sign_is_no_formula():
    figure = two_panels("Za $5 lub $_6.")
    assert "Za $5 lub $_6." in texts(figure)
    assert not any(text.get_parse_math() for text in figure.findobj(mpl.text.Text))


def test_the_callers_settings_stay_as_they_were():
    before = dict(mpl.rcParams)
    two_panels().canvas.draw()
    assert dict(mpl.rcParams) == before


def test_saving_is_whole_or_nothing(tmp_path):
    path = plots.save_figure(two_panels(), tmp_path / "deep" / "two.png")
    assert Image.open(path).format == "PNG"
    assert [file.name for file in path.parent.iterdir()] == ["two.png"]


def test_what_a_cell_shows_was_saved_with_its_title(tmp_path):
    path, figure = tmp_path / "deep" / "two.png", two_panels(caption="a caption")
    assert plots.show(figure, path) is figure
    with Image.open(path) as image:
        assert image.size == tuple(figure.canvas.get_width_height())
        assert image.getpixel((0, 0)) == image.getpixel((image.width - 1, 0))
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_figure_shows_itself_in_a_notebook_as_html_alone(capsys):
    formatter = InteractiveShell.instance().display_formatter
    assert formatter.format(two_panels()) == ({}, {})  # it has displayed itself
    assert capsys.readouterr().out == "Two\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("rmse_hz", "RMSE (Hz)"),
        ("mae_semitones", "MAE (semitones)"),
        ("nrmse", "NRMSE"),
        ("correlation", "Correlation"),
        ("all_frames_mse_hz2", "All frames MSE (Hz²)"),
    ],
)
def test_names_are_made_readable(name, shown):
    assert style.pretty(name) == shown


def test_names_as_prose():
    assert plots.readable("SEG_POS_IN_SYL") == "position of the phone in the syllable"
    assert plots.readable("NOT_A_GROUP") == "not a group" and plots.readable("Own") == "Own"
    assert plots.method_name("z") == "LRP, Z rule" and plots.method_name("own") == "own"


def test_the_ends_of_named_numbers_in_words():
    values = pd.Series([0.5, np.nan, -2.25], ["a", "b", "c"])
    told = "highest 0.5 Hz (a), lowest \N{MINUS SIGN}2.25 Hz (c)"
    assert style.extremes(values, "Hz") == told
    assert style.extremes(values[:1]) == "the only one 0.5 (a)"
    assert style.extremes(values[1:2]) == "no value is known"
    assert style.counted(1, "row") == "1 row" and style.counted(1200, "row") == "1,200 rows"


def test_numbers_have_a_proper_minus():
    written = [plots.number(v) for v in (-1.5, 0.125, -0.0, 2, np.nan)]
    assert written == ["\N{MINUS SIGN}1.5", "0.125", "0", "2", "\N{EN DASH}"]
    assert plots.number(12345.6) == "12,346" and plots.number(1e7) == "1e+07"
    assert plots.number(-0.256, "+.2g") == "\N{MINUS SIGN}0.26"


def test_processes_that_draw_load_no_network():
    code = "import sys, intonation.plots; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
