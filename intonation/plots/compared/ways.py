"""Several rankings of the same groups side by side, in one order of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from intonation.labels.taxonomy import VUV
from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.rows import COLOURS, intervals, name_rows, row_chart, row_height_in
from intonation.plots.style import INK, styled

ROW_IN, WIDTH_IN, GAP_IN = 0.24, 1.55, 0.45
MOST_GROUPS = 40
KEY = "lines: 95 % intervals; numbers: rank in that column"


@styled
def ways_figure(
    table: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    title: str,
    caption: str = KEY,
    words: Callable[[str], str] = in_words,
) -> Figure:
    """A column for each way to rank: a dot for each group's value, its interval, its rank.

    table: columns of `three_ways.ranked`. labels: of the horizontal axes, by way, with units, in
    the order of the columns; rows are in the order of the first. At most 40 groups are drawn. VUV,
    which would press all others against zero, is left out where it leads in one of the ways; ranks
    still count it. words: what a group is called beside its row.
    """
    by_way = {way: table[table["way"] == way].set_index("group") for way in labels}
    order = list(next(iter(by_way.values())).index)
    if not order:
        return row_chart([], title, "", empty="the question set asks about no group")[0]
    leads = len(order) > 1 and any(part.index[0] == VUV for part in by_way.values())
    names = [name for name in order if not (leads and name == VUV)][:MOST_GROUPS]
    height_in = max(row_height_in(list(map(words, names)), ROW_IN) * len(names), 0.45)
    title += ", without VUV" * leads
    gaps = {"columns": len(labels), "gap_in": (GAP_IN, 0.75), "caption": caption}
    figure, axes = style.panels(title, len(labels), WIDTH_IN, height_in, **gaps)
    for place, (way, part) in enumerate(by_way.items()):
        told = [words(name) for name in names] if place == 0 else [""] * len(names)
        name_rows(axes[place], told, labels[way])
        _column(axes[place], part.loc[names], COLOURS[place + 1])
    called = {name: words(name) for name in names}
    figure.tell(_told(by_way, called, labels), table[table["way"].isin(list(labels))])
    return figure


def _column(axes: Axes, part: pd.DataFrame, colour: str) -> None:
    """One way's dots, with its ranks at the right."""
    intervals(axes, part["ci_low"], part["ci_high"], color=colour, linewidth=2.2, alpha=0.55)
    look = {"color": colour, "marker": "o", "linestyle": "none", "markersize": 4.5}
    axes.plot(part["value"], range(len(part)), zorder=3, **look)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    beside = {"transform": axes.get_yaxis_transform(), "va": "center_baseline", "color": INK}
    for row, rank in enumerate(part["rank"]):
        axes.text(1.03, row, str(rank), fontsize=style.LABEL_PT - 1, **beside)


def _told(
    by_way: Mapping[str, pd.DataFrame], names: Mapping[str, str], labels: Mapping[str, str]
) -> str:
    """The first three of each column; names: in words, of the rows that are drawn."""
    said = []
    for way, part in by_way.items():
        first = part.loc[[name for name in part.index if name in names][:3], "value"]
        found = "; ".join(f"{names[name]} {style.number(v)}" for name, v in first.items())
        said.append(f"{labels[way]}: {found}")
    return f"Dots in {style.counted(len(names), 'row')}. First by {'. First by '.join(said)}."
