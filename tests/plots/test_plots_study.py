"""Figures of the study and of the rules: they show what they were given; nothing is cut off."""

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from intonation.plots.neurons import power_of_ten
from matplotlib.colors import to_hex
from PIL import Image

from intonation import plots
from intonation.evaluation import published as study
from intonation.evaluation import three_neurons as toy
from intonation.plots.style import NEGATIVE, POSITIVE

GROUPS = ["SYLLABLE_STRESS", "PHRASE_LEN", "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE"]


def check(figure):
    """A figure is drawn and keeps a margin of paper on all sides."""
    image = np.asarray(Image.open(io.BytesIO(figure._repr_png_())).convert("RGB")).astype(int)
    assert image.std() > 5
    paper = image[0, 0]
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        assert (edge == paper).all()


def texts(figure):
    figure.canvas.draw()
    found = figure.findobj(mpl.text.Text)
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


def lines(axes, label):
    (line,) = [line for line in axes.get_lines() if line.get_label() == label]
    return line


# --- groups and errors ---------------------------------------------------------------


def test_groups_relative_to_their_average():
    table = pd.DataFrame({"study": [6.0, 2, 1], "ours": [0.3, 0.6, 0.0]}, index=GROUPS)
    figure = plots.compared_groups(table, "General feature categories")
    check(figure)
    written = texts(figure)
    assert {"syllable stress", "phrase len", "study", "ours"} <= set(written)
    (axes,) = figure.axes
    assert lines(axes, "study").get_xdata() == pytest.approx([2.0, 2 / 3, 1 / 3])
    assert lines(axes, "ours").get_xdata() == pytest.approx([1.0, 2.0, 0.0])
    assert list(lines(axes, "ours").get_ydata()) == [0, 1, 2]
    low, high = axes.get_xlim()
    assert low < 0 and high > 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rows", [0, 1])
def test_few_groups_or_none(rows):
    table = pd.DataFrame({"study": [1.0], "ours": [0.0]}, index=GROUPS[:1]).head(rows)
    figure = plots.compared_groups(table, "Word features")
    check(figure)
    assert ("no group in common" in texts(figure)) == (rows == 0)


def test_errors_in_two_panels():
    ours = {"ln F0, voiced": pd.Series([10.0, 20.0]), "semitones": pd.Series([5.0])}
    tables = [study.errors_beside_study(error, ours) for error in ("rmse_hz", "nrmse")]
    figure = plots.error_ranges(list(zip(("RMSE (Hz)", "NRMSE"), tables, strict=True)), "Errors")
    check(figure)
    assert {"RMSE (Hz)", "NRMSE", "study", "ln F0, voiced"} <= set(texts(figure))
    top = figure.axes[0].collections[0]
    assert [segment[:, 0].tolist() for segment in top.get_segments()] == [
        [24.1, 60.1],
        [10.0, 20.0],
        [5.0, 5.0],
    ]


def test_names_as_prose():
    assert plots.readable("SEG_POS_IN_SYL") == "seg pos in syl"
    assert plots.readable("VUV") == "VUV" and plots.readable("word") == "word"


# --- the network -----------------------------------------------------------------------


def shares():
    return plots.Shares(
        np.array([[2, -0.5, 0], [0.5, -1.5, 0]]), np.array([2, -0.5]), np.array([0.5, 0.5, 0.25])
    )


def test_the_network_with_its_weights():
    names = list(toy.ANSWERS)
    told = toy.answers().numpy()
    figure = plots.network_figure(toy.three_neurons(), told, names, "Forward")
    check(figure)
    written = texts(figure)
    assert {*names, "a 2", "a 1", "y 2", "b \N{MINUS SIGN}1", "b 0.5", "3"} <= set(written)
    assert not any("R" in text for text in written)


def test_the_network_with_relevance():
    figure = plots.network_figure(
        toy.three_neurons(), toy.answers().numpy(), list(toy.ANSWERS), "Back", shares=shares()
    )
    check(figure)
    written = texts(figure)
    assert {"x 1\nR 2.5", "x 1\nR \N{MINUS SIGN}2", "x 0\nR 0", "y 2\nR 2", "R 0.25"} <= set(
        written
    )
    colours = {to_hex(line.get_color()) for line in figure.axes[0].get_lines()}
    assert {NEGATIVE, POSITIVE} <= colours
    widths = [line.get_linewidth() for line in figure.axes[0].get_lines()]
    assert max(widths) > 4 * min(widths)


@pytest.mark.filterwarnings("error")
def test_a_network_without_any_relevance():
    nothing = plots.Shares(np.zeros((2, 3)), np.zeros(2), np.zeros(3))
    check(
        plots.network_figure(
            toy.three_neurons(), np.zeros(3), list(toy.ANSWERS), "Silence", shares=nothing
        )
    )


def test_numbers_have_a_proper_minus():
    assert [plots.number(v) for v in (-1.5, 0.125, -0.0, 2)] == [
        "\N{MINUS SIGN}1.5",
        "0.125",
        "0",
        "2",
    ]


# --- rules -----------------------------------------------------------------------------


def test_change_against_epsilon():
    sweep = pd.DataFrame({"epsilon": [1e-6, 1e-3], "relative_change": [1e-4, 0.1]})
    figure = plots.epsilon_figure({"semitones": sweep, "log_f0": 2 * sweep}, "Change")
    check(figure)
    (axes,) = figure.axes
    assert lines(axes, "semitones").get_ydata() == pytest.approx([0.01, 10.0])
    written = texts(figure)
    assert not any("$" in text for text in written)
    assert any(text.startswith("10⁻") for text in written)


def test_powers_of_ten():
    ticks = (1e-6, 1.0, 10.0, 1e12)
    assert [power_of_ten(value) for value in ticks] == ["10⁻⁶", "1", "10", "10¹²"]


@pytest.mark.filterwarnings("error")
def test_no_relevance_to_change():
    sweep = pd.DataFrame({"epsilon": [1e-6, 1e-3], "relative_change": [np.nan, np.nan]})
    check(plots.epsilon_figure({"semitones": sweep}, "Change"))


def test_rules_side_by_side():
    table = pd.DataFrame(
        {"z": [2.5, -2.0], "epsilon": [2.4, -1.9], "gamma": [2, -1.4], "alpha_beta": [3, -3.0]}
        | {"z_box": [2.0, -0.3]},
        index=["stressed?", "phrase-final?"],
    )
    figure = plots.rules_figure(table, "By rule", label="relevance (semitones)")
    check(figure)
    assert {"stressed?", "z_box", "relevance (semitones)"} <= set(texts(figure))
    assert lines(figure.axes[0], "gamma").get_xdata() == pytest.approx([2, -1.4])
