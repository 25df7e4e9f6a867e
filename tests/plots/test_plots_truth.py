"""Figures about the planted law: what is on them, with values that are missing, too."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from intonation.labels.intervals import Interval
from intonation.plots import (
    ladder_figure,
    law_figure,
    methods_figure,
    natural_figure,
    recovery_figure,
)
from intonation.plots.style import BLUE, ORANGE

EFFECTS = pd.Series({"SMALL": 0.2, "LARGE": 2.0, "NONE": 0.0})


def inside(figure):
    """Whether every text lies on the paper."""
    figure.canvas.draw()
    renderer, (width, height) = figure.canvas.get_renderer(), figure.canvas.get_width_height()
    boxes = [
        text.get_window_extent(renderer)
        for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
        if text.get_visible() and text.get_text().strip()
    ]
    return all(
        min(box.x0, box.y0) > -1 and box.x1 < width + 1 and box.y1 < height + 1 for box in boxes
    )


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_law_and_its_terms():
    phones = tuple(Interval(0.1 * i, 0.1 * (i + 1), symbol) for i, symbol in enumerate("taka"))
    utterance = SimpleNamespace(phones=phones, words=(Interval(0.0, 0.4, "taka"),))
    law = np.array([np.nan, 2.0, np.nan, -1.0])
    figure = law_figure(
        utterance,
        law,
        law + 0.5,
        {"ONE": law, "SILENT": np.full(4, np.nan), "ZERO": 0 * law},
        title="taka?",
    )
    contour, rows, strip = figure.axes
    planted, predicted = (patch.get_data() for patch in contour.patches)
    np.testing.assert_array_equal(planted.values, law)
    np.testing.assert_array_equal(predicted.values, law + 0.5)
    np.testing.assert_allclose(planted.edges, [0, 0.1, 0.2, 0.3, 0.4])
    assert [label.get_text() for label in rows.get_yticklabels()] == ["ONE", "SILENT", "ZERO"]
    heights = rows.patches[0].get_data().values
    assert heights[1] < 0.5 < heights[3]  # the axis points down: a rise is drawn upwards
    assert "taka" in texts(strip)
    assert inside(figure)


def test_recovery_puts_bars_beside_the_planted_effects():
    rankings = {
        "right": pd.Series({"NONE": 0.0, "SMALL": 1.0, "LARGE": 4.0}),
        "a wrong one with a name that does not fit into one line": EFFECTS.max() - EFFECTS,
    }
    figure = recovery_figure(EFFECTS, rankings, title="found")
    first, second = figure.axes
    names = [label.get_text() for label in first.get_yticklabels()]
    assert names == ["LARGE", "SMALL", "NONE"]
    assert [bar.get_width() for bar in first.patches] == [1.0, 0.25, 0.0]
    assert [bar.get_width() for bar in second.patches] == pytest.approx([0.0, 0.9, 1.0])
    assert [to_hex(bar.get_facecolor()) for bar in first.patches] == [BLUE, BLUE, ORANGE]
    assert list(first.lines[0].get_xdata()) == pytest.approx([1.0, 0.1, 0.0])
    assert inside(figure)


def test_recovery_without_any_effect_or_relevance():
    figure = recovery_figure(EFFECTS * 0, {"none": EFFECTS * 0}, title="nothing")
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0, 0, 0]


def test_the_ladder_is_a_matrix_of_numbers():
    table = pd.DataFrame(
        {"one network": [0.5, np.nan], "another network with a long name": [-0.25, 1.0]},
        index=["the first statistic, told in a long sentence that has to be broken", "second"],
    )
    figure = ladder_figure(table, title="rank correlation")
    assert texts(figure.axes[0]) == ["0.50", "-0.25", "\N{EN DASH}", "1.00"]
    assert inside(figure)


def test_methods_have_a_mark_for_each_statistic_they_have():
    table = pd.DataFrame(
        {"first": [0.4, np.nan], "second": [0.9, -0.7]}, index=["z", "some method of one's own"]
    )
    chance = np.linspace(-0.5, 0.5, 101)
    figure = methods_figure(table, chance, wanted=0.9, ceiling=0.95, title="methods")
    axes = figure.axes[0]
    marks = {line.get_label(): list(line.get_xdata()) for line in axes.lines}
    assert marks["first"][0] == 0.4 and np.isnan(marks["first"][1])
    assert marks["second"] == [0.9, -0.7]
    assert marks["wanted: 0.9"] == [0.9, 0.9]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["LRP, Z rule", "some method of one's own"]
    band = axes.patches[0].get_bbox()
    assert (band.x0, band.x1) == pytest.approx((-0.475, 0.475))
    assert axes.get_xlim()[0] < -0.7
    assert inside(figure)


def test_methods_where_nothing_can_be_ranked():
    table = pd.DataFrame({"first": [np.nan]}, index=["z"])
    figure = methods_figure(table, np.full(5, np.nan), wanted=0.9, ceiling=np.nan, title="none")
    assert figure.axes[0].get_xlim()[0] == pytest.approx(-0.05)


@pytest.mark.parametrize("known", [True, False])
def test_spreads_with_and_without_intervals(known):
    spreads, missing = np.array([2.0, 0.5]), np.full(2, np.nan)
    table = pd.DataFrame({"group": ["A_RATHER_LONG_NAME_OF_A_GROUP", "B"], "spread": spreads})
    table["ci_low"], table["ci_high"] = (spreads - 0.1, spreads + 0.1) if known else [missing] * 2
    table["replaced"] = [1.5, 0.7]
    figure = natural_figure(table, title="Spread")
    (axes,) = figure.axes
    relevance, replaced = axes.lines
    np.testing.assert_array_equal(relevance.get_xdata(), spreads)
    np.testing.assert_array_equal(replaced.get_xdata(), [1.5, 0.7])
    assert [label.get_text() for label in axes.get_yticklabels()] == table["group"].tolist()
    assert axes.get_xlim()[0] == 0 and axes.get_xlim()[1] > 2 and inside(figure)
