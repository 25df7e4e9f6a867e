"""The look of figures, how they are saved and shown, and how names and numbers are written."""

import matplotlib as mpl
import numpy as np
import pytest
from builders import inside, texts
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


def test_few_colours_make_a_smaller_file(tmp_path):
    all_of_them, few = tmp_path / "all.png", tmp_path / "few.png"
    plots.save_figure(two_panels(), all_of_them)
    plots.save_figure(two_panels(), few, colours=64)
    assert few.stat().st_size < all_of_them.stat().st_size


def test_what_a_cell_shows_is_what_was_saved(tmp_path):
    path = tmp_path / "deep" / "two.png"
    shown = plots.show(two_panels(), path)
    assert shown.data == path.read_bytes()
    assert "image/png" in shown._repr_mimebundle_()[0]


def test_a_figure_shows_itself_in_a_notebook():
    assert two_panels()._repr_png_().startswith(b"\x89PNG")


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
    assert plots.readable("SEG_POS_IN_SYL") == "seg pos in syl"
    assert plots.readable("VUV") == "VUV" and plots.readable("word") == "word"
    assert plots.method_name("z") == "LRP, Z rule" and plots.method_name("own") == "own"


def test_numbers_have_a_proper_minus():
    written = [plots.number(v) for v in (-1.5, 0.125, -0.0, 2, np.nan)]
    assert written == ["\N{MINUS SIGN}1.5", "0.125", "0", "2", "\N{EN DASH}"]
    assert plots.number(-0.256, "+.2g") == "\N{MINUS SIGN}0.26"
