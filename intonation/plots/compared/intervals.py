"""Estimates with their intervals, side by side: a dot and a line for each, in rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.rows import COLOURS, row_chart
from intonation.plots.style import FAINT, INK, styled

APART = 0.62  # of a row, over which the series of a row are spread


@styled
def interval_figure(
    table: pd.DataFrame,
    *,
    title: str,
    label: str,
    row: str = "name",
    value: str = "value",
    low: str = "ci_low",
    high: str = "ci_high",
    series: str | None = None,
    reference: float | None = None,
    reference_label: str = "",
    zero: float | None = 0,
    caption: str = "",
) -> Figure:
    """A dot for each value and a line from low to high, one row a name, told apart by series.

    table: columns row, value, low, high and, if there are several kinds (at most six), series; rows
    and series in the order in which they first occur. A value that is NaN has no dot, an interval
    that is NaN no line. label: of the axis, with its unit. reference: marked by a dashed line.
    """
    names = list(dict.fromkeys(table[row]))
    kinds = list(dict.fromkeys(table[series])) if series else [""]
    row_in = 0.24 + 0.1 * (len(kinds) - 1)
    look = {"zero": zero, "caption": caption, "empty": "nothing to compare"}
    figure, axes = row_chart(list(map(str, names)), title, label, row_in=row_in, **look)
    if names and reference is not None:
        _reference(axes, reference, reference_label)
    for place, kind in enumerate(kinds if names else []):
        part = table[table[series] == kind] if series else table
        shift = APART * ((place + 0.5) / len(kinds) - 0.5)
        rows = np.array([names.index(name) for name in part[row]]) + shift
        _dots(axes, rows, part[[value, low, high]].to_numpy(dtype=float), place, str(kind))
    if names and (series or reference_label):
        style.legend(axes)
    figure.tell(_told(table, names, kinds, label, (row, value, series)), table)
    return figure


def _reference(axes: Axes, reference: float, label: str) -> None:
    """A dashed line; none where the value is not known."""
    if np.isfinite(reference):
        line = {"color": INK, "linewidth": 0.9, "linestyle": "--", "zorder": 1}
        axes.axvline(reference, label=label or None, **line)


def _dots(axes: Axes, rows: np.ndarray, numbers: np.ndarray, place: int, name: str) -> None:
    """One series: numbers [rows, (value, low, high)]."""
    colour = COLOURS[place + 1] if place + 1 < len(COLOURS) else FAINT
    value, low, high = numbers.T
    axes.hlines(rows, low, high, color=colour, linewidth=2.2, alpha=0.55)
    look = {"color": colour, "marker": style.MARKERS[place], "linestyle": "none", "markersize": 5}
    axes.plot(value, rows, label=name or None, zorder=3, **look)


def _told(table: pd.DataFrame, names: list, kinds: list, label: str, columns: tuple) -> str:
    """What is seen, in words: the ends of each series."""
    row, value, series = columns
    begin = f"{label}, in {style.counted(len(names), 'row')}."
    said = []
    for kind in kinds if names else []:
        part = table[table[series] == kind] if series else table
        ends = style.extremes(part.set_index(row)[value])
        said.append(f"{kind}: {ends}" if series else ends)
    return f"{begin} {'; '.join(said)}." if said else begin
