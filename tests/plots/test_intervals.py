"""Dots with intervals: each stands at its value, in its row, in its series."""

import numpy as np
import pandas as pd
import pytest
from builders import inside

from intonation import plots

TABLE = pd.DataFrame(
    {
        "name": ["accent", "accent", "stress", "stress"],
        "who": ["recordings", "model", "recordings", "model"],
        "value": [2.0, 1.5, 0.5, np.nan],
        "ci_low": [1.0, 1.25, 0.25, np.nan],
        "ci_high": [3.0, 1.75, 0.75, np.nan],
    }
)
LOOK = {"title": "Side by side", "label": "difference (semitones)"}


def dots_of(axes, name):
    (line,) = [line for line in axes.get_lines() if line.get_label() == name]
    return line.get_xdata(), line.get_ydata()


def test_series_stand_above_each_other_in_their_row():
    figure = plots.interval_figure(TABLE, series="who", **LOOK)
    (axes,) = figure.axes
    recorded, modelled = dots_of(axes, "recordings"), dots_of(axes, "model")
    np.testing.assert_allclose(recorded[0], [2.0, 0.5])
    np.testing.assert_allclose(modelled[0], [1.5, np.nan])
    assert (recorded[1] < modelled[1]).all() and np.round(recorded[1]).tolist() == [0, 1]
    segments = [s for lines in axes.collections for s in lines.get_segments()]
    assert sorted(tuple(s[:, 0]) for s in segments if len(s)) == [
        (0.25, 0.75),
        (1.0, 3.0),
        (1.25, 1.75),
    ]
    inside(figure)


def test_words_tell_the_ends_of_each_series():
    figure = plots.interval_figure(TABLE, series="who", **LOOK)
    assert "recordings: highest 2 (accent), lowest 0.5 (stress)" in figure.alt
    assert "2 rows" in figure.alt and figure.data is TABLE


@pytest.mark.parametrize("rows", [0, 1, 30])
def test_any_number_of_rows_and_a_reference(rows):
    values = np.arange(rows, dtype=float)
    table = pd.DataFrame({"name": [f"row {n}" for n in range(rows)], "value": values})
    table = table.assign(ci_low=values - 1, ci_high=values + 1)
    look = {"reference": 2.5, "reference_label": "ceiling"}
    figure = plots.interval_figure(table, **look, **LOOK)
    (axes,) = figure.axes
    lines = [line for line in axes.get_lines() if line.get_label() == "ceiling"]
    assert [list(line.get_xdata()) for line in lines] == ([[2.5, 2.5]] if rows else [])
    assert "nothing to compare" in [t.get_text() for t in axes.texts] or rows
    inside(figure)
