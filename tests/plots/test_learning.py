"""Shares told after learning from more and more sentences: a whole and a broken line a group."""

import numpy as np
import pandas as pd
from builders import inside, texts

from intonation import plots

TABLE = pd.DataFrame(
    {
        "sentences": [8, 16, 8, 16],
        "group": ["SYLLABLE_STRESS", "SYLLABLE_STRESS", "WORD_POSITION", "WORD_POSITION"],
        "learnt": [1.0, 0.9, 0.8, 0.6],
        "new": [-0.4, 0.7, 0.1, 0.2],
    }
)
LOOK = {"title": "Told", "learnt": "learnt", "new": "new"}


def test_each_group_has_a_whole_line_for_new_sentences_and_a_broken_one():
    figure = plots.told_figure(TABLE, ["SYLLABLE_STRESS", "WORD_POSITION"], **LOOK)
    (axes,) = figure.axes
    lines = [(line.get_linestyle(), line.get_ydata()) for line in axes.get_lines()]
    assert [style for style, _ in lines] == ["-", "--", "-", "--"]
    # worse than the mean is nothing told
    expected = [[0, 0.7], [1.0, 0.9], [0.1, 0.2], [0.8, 0.6]]
    np.testing.assert_allclose([values for _, values in lines], expected)
    written = inside(figure)
    assert {"8", "16", "stress of the syllable and its neighbours"} <= set(written)


def test_without_a_curve_there_is_an_empty_figure():
    figure = plots.told_figure(TABLE.head(0), [], **LOOK)
    assert not figure.axes[0].get_lines() and "sentences to learn from" in texts(figure)
