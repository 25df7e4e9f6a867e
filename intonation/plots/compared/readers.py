"""Readers of one sentence: their contours upon each other, and how well many predict one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from intonation.corpus.f0 import FRAME_SHIFT_S
from intonation.plots import style
from intonation.plots.contours import STRIP_IN, draw_strip
from intonation.plots.style import BLUE, FAINT, INK, ORANGE, styled

CONTOUR_IN, WIDTH_IN = 2.4, 5.0
TARGET, MEAN = "this reader", "mean of the others"


@styled
def readers_figure(
    utterance, own: np.ndarray, others: Mapping[str, np.ndarray], *, title: str
) -> Figure:
    """One reader's contour and those of others upon its phones, and their mean.

    utterance: its words and phones are written. own: semitones from the speaker's median, [frames],
    NaN where unvoiced. others: the same on the reader's frames, by name; at least one.
    """
    times_s = (np.arange(len(own)) + 0.5) * FRAME_SHIFT_S
    gaps = np.where(np.isfinite(own), 0.0, np.nan)
    width_in = float(np.clip(1.35 * times_s[-1], 5.5, 14.0))
    figure, axes = style.panel(title, width_in, CONTOUR_IN)
    for number, values in enumerate(others.values()):
        label = "the others" if number == 0 else None
        axes.plot(times_s, values + gaps, color=FAINT, linewidth=1, label=label)
    mean = np.mean(list(others.values()), axis=0)
    axes.plot(times_s, mean + gaps, color=ORANGE, linewidth=2, label=MEAN)
    axes.plot(times_s, own, color=INK, label=TARGET)
    axes.axhline(0, color=FAINT, linewidth=0.6, zorder=0)
    axes.set(ylabel="semitones from the\nspeaker's median", xlim=(0, times_s[-1]))
    axes.tick_params(labelbottom=False, bottom=False)
    style.legend(axes)
    draw_strip(axes, -STRIP_IN, utterance, label="time (s)")
    table = pd.DataFrame({"time_s": times_s, TARGET: own, MEAN: mean, **others})
    named = [f"{t:.2f} s" for t in times_s]
    told = style.extremes(pd.Series(own, named), "semitones")
    many = style.counted(len(others), "other reader")
    figure.tell(f"Contour of {TARGET}, {told}, and of {many} upon its phones.", table)
    return figure


@styled
def line_figure(table: pd.DataFrame, *, title: str) -> Figure:
    """Squared error against one by the number of readers: a straight line to the ceiling.

    table: as `people.ceiling.ceiling_table`; the ceiling stands at the left edge.
    """
    figure, axes = style.panel(title, WIDTH_IN, 2.6)
    across, squares = 1 / table["k"].to_numpy(), table[["rmse_semitones", "ci_low", "ci_high"]] ** 2
    middle, low, high = squares.to_numpy().T
    axes.vlines(across, low, high, color=BLUE, linewidth=2, alpha=0.5)
    axes.plot(across, middle, "o", color=BLUE, markersize=5, label="mean of k readers")
    ends = np.isfinite(middle) & ((across == 0) | (table["k"] == table["k"].min()).to_numpy())
    if ends.sum() == 2:
        axes.plot(across[ends], middle[ends], "--", color=INK, linewidth=0.9, zorder=0)
        axes.plot(0, middle[across == 0], "s", color=ORANGE, markersize=6, label="ceiling")
    shown = table["k"].isin([1, 2, 3, 5, np.inf]).to_numpy()
    names = ["∞" if np.isinf(k) else f"{k:.0f}" for k in table["k"][shown]]
    axes.set_xticks(across[shown], labels=names)
    axes.set(xlabel="number of readers k, at 1/k", ylabel="squared RMSE (semitones²)")
    style.legend(axes)
    told = style.extremes(
        pd.Series(table["rmse_semitones"].to_numpy(), [f"k = {k:g}" for k in table["k"]]),
        "semitones",
    )
    figure.tell(f"RMSE by number of readers k: {told}.", table)
    return figure
