"""Lines with bands, told apart in a legend: contours that are compared."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.curves import curve, line_told
from intonation.plots.style import INK, MARKERS, PALETTE, styled

WIDTH_IN, HEIGHT_IN = 4.6, 2.6


@styled
def bands_figure(
    table: pd.DataFrame,
    *,
    title: str,
    across: str,
    label: str,
    mark: float | None = None,
    caption: str = "",
) -> Figure:
    """A line and a band for each series (at most six), in the order in which they first occur.

    table: columns series, across, value, ci_low, ci_high; a break in the line where across jumps is
    the caller's to make. across, label: of the axes, with their units. mark: where a dashed
    vertical line stands.
    """
    figure, axes = style.panel(title, WIDTH_IN, HEIGHT_IN, caption=caption)
    kinds = list(dict.fromkeys(table["series"]))
    if not kinds:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "nothing to compare", ha="center")
    told = []
    for place, kind in enumerate(kinds[: len(PALETTE)]):
        part = table[table["series"] == kind]
        look = {"color": PALETTE[place], "marker": MARKERS[place], "markersize": 3.5}
        ends = part["ci_low"].to_numpy(float), part["ci_high"].to_numpy(float)
        curve(axes, part["across"], part["value"], *ends, **look, label=str(kind))
        told.append(line_told(str(kind), part["across"], part["value"], "at"))
    if kinds:
        if mark is not None:
            axes.axvline(mark, color=INK, linewidth=0.9, linestyle="--", zorder=1)
        axes.set_xlabel(style.filled(across, WIDTH_IN, 9))
        axes.set_ylabel(style.filled(label, HEIGHT_IN, 9))
        axes.grid()
        style.legend(axes)
    figure.tell(f"{label} against {across}. {' '.join(told)}", table)
    return figure
