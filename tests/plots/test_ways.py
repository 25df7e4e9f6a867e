"""Rankings side by side: every dot at its value, every rank beside it, rows in one order."""

import numpy as np
import pandas as pd
from builders import inside, texts

from intonation import plots

LABELS = {"one": "spread (semitones)", "two": "exchange (semitones)"}


def make_table(groups=("A", "B", "C"), second=(2, 0, 1)):
    tables = []
    for way, order in zip(LABELS, (range(len(groups)), second), strict=True):
        named = [groups[place] for place in order]
        value = np.arange(len(groups), 0, -1.0)
        table = pd.DataFrame({"way": way, "group": named, "value": value})
        table = table.assign(ci_low=value - 0.4, ci_high=value + 0.4)
        tables.append(table.assign(rank=range(1, len(groups) + 1)))
    return pd.concat(tables, ignore_index=True)


def test_rows_keep_the_order_of_the_first_column():
    figure = plots.ways_figure(make_table(), LABELS, title="Side by side")
    first, second = figure.axes
    dots = [axes.get_lines()[-1].get_xdata().tolist() for axes in (first, second)]
    assert dots == [[3, 2, 1], [2, 1, 3]]
    assert [t.get_text() for t in second.texts if t.get_text().isdigit()] == ["2", "3", "1"]
    inside(figure)
    assert "3 rows" in figure.alt and "exchange (semitones): C 3; A 2; B 1" in figure.alt


def test_voicing_that_leads_is_left_out_and_counted():
    table = make_table(("VUV", "B", "C"), (0, 1, 2))
    figure = plots.ways_figure(table, LABELS, title="Side by side")
    assert figure.title.endswith("without VUV") and "2 rows" in figure.alt
    assert [t.get_text() for t in figure.axes[0].texts if t.get_text().isdigit()] == ["2", "3"]


def test_no_interval_and_no_group():
    table = make_table().assign(ci_low=np.nan, ci_high=np.nan)
    inside(plots.ways_figure(table, LABELS, title="Side by side"))
    empty = plots.ways_figure(make_table((), ()), LABELS, title="Side by side")
    assert "asks about no group" in " ".join(texts(empty))


def test_rows_are_called_as_the_caller_says():
    called = {"A": "alpha + beta", "B": "gamma", "C": "delta"}
    figure = plots.ways_figure(make_table(), LABELS, title="Merged", words=called.__getitem__)
    assert "alpha + beta" in " ".join(texts(figure)) and "gamma" in figure.alt
