"""Figures about the planted law: the law itself, and how well rankings find it again."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.contours import (
    STRIP_IN,
    TITLE_PT,
    draw_strip,
    draw_title,
    title_height_in,
)
from intonation.plots.style import BLUE, FAINT, INK, ORANGE, PREDICTED, axes_at, new_figure, styled

LABEL_PT, ROW_IN, RIGHT_IN = 8, 0.2, 0.2
CONTOUR_IN, TERM_IN, TIME_IN = 1.5, 0.32, 4.6
CELL_IN, CELL_HEIGHT_IN = 0.95, 0.36
RECOVERY_KEY = (
    "shares of the largest; blue: groups with effect, orange: without; dots: planted effect"
)
METHOD_NAMES = {
    "z": "LRP, Z rule",
    "epsilon": "LRP, epsilon rule",
    "gamma": "LRP, gamma rule",
    "alpha_beta": "LRP, alpha-beta rule",
    "z_box": "LRP, Z rule for bounded inputs",
    "integrated_gradients": "integrated gradients",
    "occlusion": "occlusion",
    "replacement": "replacement",
    "gradient": "gradient only",
}


@styled
def law_figure(
    utterance,
    law: np.ndarray,
    predicted: np.ndarray,
    terms: Mapping[str, np.ndarray],
    *,
    title: str,
) -> Figure:
    """The law in one utterance: what a network learnt of it on top, below it the law's terms.

    law, predicted and each of the terms: semitones [phones], NaN where nothing is to be drawn.
    All terms have one scale.
    """
    phones = utterance.phones
    edges_s = np.array([*(phone.start_s for phone in phones), phones[-1].end_s])
    left = style.widest_in(list(terms), LABEL_PT) + 0.2
    lines = style.wrapped(title, left + TIME_IN, TITLE_PT)
    below = 0.5 + STRIP_IN
    bottom = below + TERM_IN * len(terms)
    height = bottom + 0.1 + CONTOUR_IN + 0.3 + title_height_in(lines)
    figure = new_figure(left + TIME_IN + RIGHT_IN, height)
    draw_title(figure, lines)
    axes = axes_at(figure, left, bottom + 0.1, TIME_IN, CONTOUR_IN)
    axes.stairs(law, edges_s, baseline=None, color=INK, label="planted law")
    axes.stairs(predicted, edges_s, baseline=None, color=PREDICTED, label="network")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.1)
    axes.set(ylabel="F0 (semitones)", xlim=(0, edges_s[-1]))
    axes.tick_params(labelbottom=False, bottom=False)
    _draw_terms(axes_at(figure, left, below, TIME_IN, bottom - below, sharex=axes), edges_s, terms)
    strip = axes_at(figure, left, 0.5, TIME_IN, STRIP_IN, sharex=axes)
    draw_strip(strip, _StripView(utterance, float(edges_s[-1])))
    strip.set_xlabel("time (s)")
    return figure


class _StripView:
    """What `draw_strip` asks of a view, for a time axis of another width."""

    def __init__(self, utterance, seconds: float) -> None:
        self.words, self.phones, self.seconds = utterance.words, utterance.phones, seconds
        self.width_in = TIME_IN


def _draw_terms(axes: Axes, edges_s: np.ndarray, terms: Mapping[str, np.ndarray]) -> None:
    """Draw one row per term, its zero a thin line; up is higher F0."""
    largest = max((np.nanmax(np.abs(values), initial=0) for values in terms.values()), default=0)
    axes.set(ylim=(len(terms), 0), yticks=np.arange(len(terms)) + 0.5)
    axes.set_yticklabels(list(terms), fontsize=LABEL_PT)
    axes.tick_params(length=0, labelbottom=False)
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(False)
    for row, values in enumerate(terms.values()):
        middle = row + 0.5
        heights = middle - 0.85 * values / max(largest, 1e-9)
        axes.axhline(middle, color=FAINT, linewidth=0.5)
        colour = (BLUE, ORANGE)[row % 2]  # a high bar may reach the next row
        axes.stairs(heights, edges_s, baseline=middle, color=colour, fill=True, linewidth=0)


@styled
def recovery_figure(effects: pd.Series, rankings: Mapping[str, pd.Series], *, title: str) -> Figure:
    """Relevance of every group as bars beside its planted effect as dots, a panel per ranking.

    effects: semitones by group; rankings: relevance by group. Rows in the order of the effects;
    each panel in shares of its largest value. Groups without effect have bars of another colour.
    """
    effects = effects.sort_values(ascending=False, kind="stable")
    left, across = style.widest_in(list(effects.index), LABEL_PT) + 0.2, 1.55
    width = left + (across + 0.25) * len(rankings)
    lines = style.wrapped(title, width, TITLE_PT)
    names = [style.wrapped(name, across + 0.1, 9) for name in rankings]
    above = 0.17 * max(map(len, names), default=1) + 0.1
    rows_in = ROW_IN * len(effects)
    key = style.wrapped(RECOVERY_KEY, width - 0.2, LABEL_PT)
    below = 0.4 + 0.15 * len(key)
    figure = new_figure(width, below + rows_in + above + title_height_in(lines))
    draw_title(figure, lines)
    for place, (name, relevance) in enumerate(zip(names, rankings.values(), strict=True)):
        axes = axes_at(figure, left + place * (across + 0.25), below, across, rows_in)
        _draw_recovery(axes, effects, relevance)
        axes.set_title("\n".join(name), fontsize=9)
        axes.set_yticks(np.arange(len(effects)), list(effects.index) if place == 0 else [])
        axes.tick_params(axis="y", length=0, labelsize=LABEL_PT)
    figure.text(0.1 / width, 0.1 / figure.get_figheight(), "\n".join(key), fontsize=LABEL_PT)
    return figure


def _draw_recovery(axes: Axes, effects: pd.Series, relevance: pd.Series) -> None:
    sizes = relevance.reindex(effects.index)
    shares, truth = (values / max(float(values.max()), 1e-12) for values in (sizes, effects))
    rows = np.arange(len(effects))
    colours = np.where(effects > 0, BLUE, ORANGE)
    axes.barh(rows, shares, 0.66, color=colours, alpha=0.75)
    axes.plot(truth, rows, "o", color=INK, markersize=3.5)
    axes.set(xlim=(0, 1.04), ylim=(len(effects) - 0.4, -0.6), xticks=[0, 0.5, 1])
    axes.grid(axis="x", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)


@styled
def ladder_figure(table: pd.DataFrame, *, title: str) -> Figure:
    """Rank correlations as a matrix of numbers and shades, NaN grey.

    table: rows are statistics (their sentences), columns are networks.
    """
    names, columns = [str(name) for name in table.index], [str(name) for name in table.columns]
    wrapped = [style.wrapped(name, 2.2, LABEL_PT) for name in names]
    heads = [style.wrapped(name, CELL_IN - 0.05, LABEL_PT) for name in columns]
    left = style.widest_in([line for name in wrapped for line in name], LABEL_PT) + 0.2
    width = left + CELL_IN * len(columns)
    lines = style.wrapped(title, width, TITLE_PT)
    above, body = 0.15 * max(map(len, heads)) + 0.1, CELL_HEIGHT_IN * len(names)
    figure = new_figure(width + 0.15, 0.12 + body + above + title_height_in(lines))
    draw_title(figure, lines)
    axes = axes_at(figure, left, 0.12, CELL_IN * len(columns), body)
    shades = mpl.colormaps["Blues"].with_extremes(bad=FAINT)
    axes.imshow(table.to_numpy(float), vmin=-0.2, vmax=1.25, cmap=shades, aspect="auto")
    axes.set_xticks(range(len(columns)), ["\n".join(head) for head in heads], fontsize=LABEL_PT)
    axes.set_yticks(range(len(names)), ["\n".join(name) for name in wrapped], fontsize=LABEL_PT)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for (row, column), value in np.ndenumerate(table.to_numpy(float)):
        text = "\N{EN DASH}" if np.isnan(value) else f"{value:.2f}"
        colour = "white" if value > 0.75 else INK
        axes.text(column, row, text, ha="center", va="center", color=colour)
    return figure


@styled
def methods_figure(
    table: pd.DataFrame, chance: np.ndarray, *, wanted: float, ceiling: float, title: str
) -> Figure:
    """Rank correlation of every method (row) with the truth, by statistic (column of the table).

    chance: rank correlations of random rankings; the band holds the middle 95 %. wanted, ceiling:
    marked by lines. A method that has no such statistic has no such mark.
    """
    names = [METHOD_NAMES.get(name, str(name)) for name in table.index]
    left, across = style.widest_in(names, LABEL_PT) + 0.2, 3.9
    lines = style.wrapped(title, left + across, TITLE_PT)
    rows_in = 0.3 * len(table)
    legend_in = 0.2 * (len(table.columns) + 3)
    bottom = 0.5 + legend_in
    height = bottom + rows_in + 0.1 + title_height_in(lines)
    figure = new_figure(left + across + RIGHT_IN, height)
    draw_title(figure, lines)
    axes = axes_at(figure, left, bottom, across, rows_in)
    _draw_chance(axes, chance)
    axes.axvline(wanted, color=INK, linewidth=0.8, linestyle="--", label=f"wanted: {wanted:g}")
    axes.axvline(
        ceiling, color=INK, linewidth=0.8, label="as high as a ranking without ties can be"
    )
    looks = zip(table.columns, ("o", "D", "s"), (ORANGE, BLUE, INK), strict=False)
    for place, (name, marker, colour) in enumerate(looks):
        look = {"marker": marker, "color": colour, "markersize": 4.5, "linestyle": "none"}
        rows = np.arange(len(table)) + 0.24 * (place - (len(table.columns) - 1) / 2)
        axes.plot(table[name], rows, label=name, **look)
    axes.set_yticks(range(len(table)), names, fontsize=LABEL_PT)
    lowest = _lowest(table, chance)
    axes.set(ylim=(len(table) - 0.4, -0.6), xlim=(lowest, 1.03))
    axes.set_xticks([tick for tick in np.linspace(-1, 1, 9) if tick >= lowest])
    axes.set_xlabel("rank correlation with the planted effects (Spearman)")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.48 / rows_in), borderaxespad=0)
    return figure


@styled
def natural_figure(table: pd.DataFrame, *, title: str) -> Figure:
    """Spread of each group's net relevance with its interval, and what replacing it does.

    table: columns of `natural.spread_ranking`, and `replaced`, in semitones, in their order.
    """
    names = list(table["group"])
    left, across = style.widest_in(names, LABEL_PT) + 0.2, 3.9
    lines = style.wrapped(title, left + across, TITLE_PT)
    rows_in, below = ROW_IN * len(table), 0.95
    figure = new_figure(left + across + RIGHT_IN, below + rows_in + 0.1 + title_height_in(lines))
    draw_title(figure, lines)
    axes = axes_at(figure, left, below, across, rows_in)
    rows = np.arange(len(table))
    axes.hlines(rows, table["ci_low"], table["ci_high"], color=BLUE, linewidth=3, alpha=0.5)
    axes.plot(table["spread"], rows, "o", color=BLUE, markersize=4, label="relevance (Z rule)")
    axes.plot(table["replaced"], rows, "|", color=ORANGE, markersize=9, label="answers replaced")
    axes.set_yticks(rows, names, fontsize=LABEL_PT)
    axes.set(ylim=(len(table) - 0.4, -0.6))
    axes.set_xlim(left=0)
    axes.set_xticks([tick for tick in axes.get_xticks() if tick <= axes.get_xlim()[1]])
    axes.grid(axis="x", color=FAINT, linewidth=0.4)
    axes.set_xlabel("spread over frames (semitones); bars: 95 % over utterances")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.5 / rows_in), ncols=2, borderaxespad=0)
    return figure


def _draw_chance(axes: Axes, chance: np.ndarray) -> None:
    if np.isfinite(chance).any():
        low, high = np.nanquantile(chance, (0.025, 0.975))
        axes.axvspan(low, high, color=FAINT, alpha=0.5, linewidth=0, label="random rankings, 95 %")


def _lowest(table: pd.DataFrame, chance: np.ndarray) -> float:
    """Where the axis begins: left of every mark and of the band of chance."""
    finite = chance[np.isfinite(chance)]
    ends = [np.quantile(finite, 0.025)] if len(finite) else []
    values: Sequence[float] = [*table.to_numpy(float).ravel(), *ends, 0.0]
    return float(np.nanmin(values) - 0.05)
