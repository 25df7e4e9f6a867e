"""What is told after learning from more and more sentences: in these, and in new ones."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.curves import curve, line_told
from intonation.plots.style import MARKERS, PALETTE, styled

WIDTH_IN, HEIGHT_IN = 5.6, 2.8


@styled
def told_figure(
    table: pd.DataFrame, groups: Sequence[str], *, title: str, learnt: str, new: str
) -> Figure:
    """Two lines for each of at most six groups against the number of sentences.

    table: columns sentences, group, `learnt` and `new`: shares told in sentences that were learnt
    from (broken lines) and in others (whole lines).
    """
    key = "whole lines: in new sentences; broken lines: in the sentences that were learnt from"
    figure, axes = style.panel(title, WIDTH_IN, HEIGHT_IN, caption=key)
    told, counts = [], sorted(table["sentences"].unique())
    for name, colour, mark in zip(groups, PALETTE, MARKERS, strict=False):
        part, look = table[table["group"] == name], {"color": colour, "marker": mark}
        across = part["sentences"]
        curve(axes, across, part[new].clip(lower=0), label=in_words(name), markersize=4, **look)
        curve(axes, across, part[learnt], linestyle="--", markersize=3, **look)
        told.append(line_told(f"{in_words(name)}, new", across, part[new], "sentences"))
        told.append(line_told(f"{in_words(name)}, learnt", across, part[learnt], "sentences"))
    axes.set(ylim=(-0.03, 1.03), xlabel="sentences to learn from", ylabel="share told by others")
    if counts:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(counts))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(counts, labels=[f"{count:,}" for count in counts])
        axes.grid(axis="y")
        style.legend(axes, below=True)
    figure.tell(f"Share told by other groups, by sentences. {' '.join(told)}", table)
    return figure
