"""Lines with bands: everything is on paper, and told in words."""

import numpy as np
import pandas as pd
from builders import inside, texts

from intonation.plots import bands_figure

ROWS = {"across": [0, 1, 0, 1], "value": [1.0, 2.0, 0.0, -1.0]}
TABLE = pd.DataFrame(ROWS).assign(series=["rise", "rise", "fall", "fall"], ci_low=0.0, ci_high=2.0)
WORDS = {"title": "Rise and fall", "across": "time (ms)", "label": "semitones"}


def test_lines_are_named_and_told():
    figure = bands_figure(TABLE, mark=0.5, **WORDS)
    assert {"rise", "fall", "time (ms)", "semitones"} <= set(inside(figure))
    assert "rise from 1 to 2" in figure.alt and "fall from 0 to −1" in figure.alt
    assert figure.data is TABLE


def test_bands_that_are_unknown_are_not_drawn():
    known = len(bands_figure(TABLE, **WORDS).axes[0].collections)
    without = bands_figure(TABLE.assign(ci_low=np.nan, ci_high=np.nan), **WORDS)
    assert known == 2 and not without.axes[0].collections


def test_nothing_to_compare_is_said():
    assert "nothing to compare" in texts(bands_figure(TABLE[:0], **WORDS))
