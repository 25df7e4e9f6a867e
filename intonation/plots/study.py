"""The published study's figures beside those of a run, and a rule beside another."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import FAINT, INK, PALETTE, axes_at, new_figure, styled

ROW_IN, WIDTH_IN, BOTTOM_IN, LEGEND_IN, NAME_PT = 0.23, 3.2, 0.6, 0.3, 8
MARKERS = ("D", "o", "s", "^", "v", "P")
COLOURS = (INK, *PALETTE)


@styled
def compared_groups(table: pd.DataFrame, title: str, *, label: str = "group's mean") -> Figure:
    """Groups in rows, one mark for each column, each column relative to its own mean.

    table: by group, one column for each ranking, none negative; the rows keep their order. A
    column that is zero throughout is drawn at 0. label: what is compared, for the axis.
    """
    names = [readable(group) for group in table.index]
    left = style.widest_in(names, NAME_PT) + 0.2
    height_in = max(ROW_IN * len(names), 0.5)
    lines = style.wrapped(title, left + WIDTH_IN, TITLE_PT)
    height = BOTTOM_IN + height_in + LEGEND_IN + title_height_in(lines)
    figure = new_figure(left + WIDTH_IN + 0.25, height)
    axes = axes_at(figure, left, BOTTOM_IN, WIDTH_IN, height_in)
    if not len(names):
        axes.set_axis_off()
        axes.text(0.5, 0.5, "no group in common", ha="center")
    else:
        _draw_marks(axes, table, names)
        words = f"{label} ÷ average of the groups shown"
        axes.set_xlabel("\n".join(style.wrapped(words, WIDTH_IN, 9)))
    draw_title(figure, lines)
    return figure


def _draw_marks(axes: Axes, table: pd.DataFrame, names: list[str]) -> None:
    averages = table.mean().replace(0.0, 1.0)
    relative, places = table / averages, np.arange(len(table))
    axes.hlines(places, relative.min(axis=1), relative.max(axis=1), color=FAINT, linewidth=1)
    # marks that coincide stay visible: the last are the smallest
    for number, column in enumerate(table.columns):
        look = {"color": COLOURS[number], "marker": MARKERS[number], "linestyle": "none"}
        axes.plot(relative[column], places, markersize=7 - number, label=column, **look)
    axes.axvline(1, color=INK, linewidth=0.7, linestyle=":")
    top = float(np.nanmax(relative.to_numpy(), initial=1.0))
    axes.set(ylim=(len(names) - 0.5, -0.5), xlim=(-0.05 * top, 1.06 * top))
    axes.set_yticks(places, names, fontsize=NAME_PT)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    legend = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    axes.legend(ncols=len(table.columns), handletextpad=0.1, columnspacing=1.0, **legend)


@styled
def error_ranges(panels: Sequence[tuple[str, pd.DataFrame]], title: str) -> Figure:
    """Lowest, mean and highest error per utterance, one panel for each kind of error.

    panels: axis label and table of `study.errors_beside_study`; a mean that is NaN is left out.
    """
    rows = max((len(table) for _, table in panels), default=1)
    names = [str(name) for _, table in panels for name in table.index]
    left, panel_in = style.widest_in(names, NAME_PT) + 0.2, max(0.26 * rows, 0.5)
    lines = style.wrapped(title, left + WIDTH_IN, TITLE_PT)
    height = len(panels) * (panel_in + BOTTOM_IN) + title_height_in(lines) + 0.1
    figure = new_figure(left + WIDTH_IN + 0.25, height)
    for number, (label, table) in enumerate(panels):
        bottom = (len(panels) - 1 - number) * (panel_in + BOTTOM_IN) + BOTTOM_IN - 0.1
        axes = axes_at(figure, left, bottom, WIDTH_IN, panel_in)
        _draw_ranges(axes, table)
        axes.set_xlabel(label)
    draw_title(figure, lines)
    return figure


def _draw_ranges(axes: Axes, table: pd.DataFrame) -> None:
    places = np.arange(len(table))
    colours = [COLOURS[min(place, len(COLOURS) - 1)] for place in places]
    axes.hlines(places, table["lowest"], table["highest"], colors=colours, linewidth=5, alpha=0.45)
    axes.scatter(table["mean"], places, c=colours, s=22, zorder=3)
    axes.set(ylim=(len(table) - 0.5, -0.5))
    axes.set_xlim(left=0)
    axes.set_yticks(places, [str(name) for name in table.index], fontsize=NAME_PT)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)


def readable(group: str) -> str:
    """A group's name in small letters with spaces, as the study's text has it."""
    return group if group == "VUV" else group.replace("_", " ").lower()
