"""Faithfulness and sanity: deletion curves, areas, randomised layers, groups side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    axes_at,
    new_figure,
    styled,
)

WIDTH_IN, PANEL_IN, GAP_IN, BELOW_IN, RIGHT_IN, LABEL_PT = 5.6, 2.2, 0.72, 0.52, 0.25, 8
GREY = "#77776f"
METHODS = {  # name on the page and colour
    "z": ("LRP, z rule", BLUE),
    "gamma": ("LRP, gamma rule", ORANGE),
    "integrated_gradients": ("integrated gradients", GREEN),
    "gradient": ("gradient only", PURPLE),
    "alone": ("each group tried alone", SKY),
    "random": ("random order", GREY),
}
BANDED = ("z", "random")
WAYS = {
    "deletion": ("Deletion: replaced, most relevant first", "groups replaced"),
    "insertion": ("Insertion: put back, most relevant first", "groups put back"),
}
WAY_COLOURS = {"deletion": BLUE, "insertion": ORANGE}
KINDS = {"signed": "relevance with its sign", "absolute": "size of relevance"}
RULE_LINES = {"z": ("-", "o"), "gamma": ("--", "s")}


def method_name(method: str) -> str:
    """A method's name as the pages write it."""
    return METHODS[method][0] if method in METHODS else method


@styled
def curves_figure(means: pd.DataFrame, *, title: str, unit: str) -> Figure:
    """How far the contour moves as groups are replaced, and what is left as they are put back.

    means: columns method, way, groups, distance, ci_low, ci_high, as `faithfulness.summarise`
    gives them. Bands (95 % intervals) are drawn for the z rule and for random orders.
    """
    methods = list(dict.fromkeys(means["method"]))
    figure, panels = _panels(title, len(WAYS), legend=methods, left_in=0.8)
    for axes, (way, (heading, label)) in zip(panels, WAYS.items(), strict=True):
        for method, part in means[means["way"] == way].groupby("method", sort=False):
            _draw_curve(axes, part, method)
        axes.set(title=heading, xlabel=label, xlim=(0, None), ylim=(0, None))
        axes.set_ylabel(f"distance (RMS, {unit})")
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    _legend(figure, panels[0], len(methods))
    return figure


def _draw_curve(axes: Axes, part: pd.DataFrame, method: str) -> None:
    name, colour = METHODS.get(method, (method, INK))
    line = ".:" if method == "random" else ".-"
    axes.plot(part["groups"], part["distance"], line, color=colour, label=name)
    if method in BANDED and part["ci_low"].notna().all():
        band = {"color": colour, "alpha": 0.18, "linewidth": 0}
        axes.fill_between(part["groups"], part["ci_low"], part["ci_high"], **band)


def _panels(title: str, count: int, *, legend: Sequence[str], left_in: float):
    """Panels under each other, the legend's place at the bottom."""
    lines = style.wrapped(title, left_in + WIDTH_IN, TITLE_PT)
    below = BELOW_IN + _legend_height_in(len(legend))
    heading = 0.24
    height = below + count * (PANEL_IN + heading) + (count - 1) * (GAP_IN - heading)
    figure = new_figure(left_in + WIDTH_IN + RIGHT_IN, height + title_height_in(lines) + 0.06)
    draw_title(figure, lines)
    places = [below + (count - 1 - row) * (PANEL_IN + GAP_IN) for row in range(count)]
    return figure, [axes_at(figure, left_in, up, WIDTH_IN, PANEL_IN) for up in places]


def _legend_height_in(entries: int) -> float:
    return 0.2 * -(-entries // 3) + 0.08


def _legend(figure: Figure, axes: Axes, entries: int) -> None:
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="lower center", ncols=min(entries, 3), columnspacing=1.5)


@styled
def advantage_figure(summary: pd.DataFrame, *, title: str, unit: str) -> Figure:
    """Area between each order's curve and the random one, with its 95 % interval.

    summary: columns method, way, advantage, ci_low, ci_high; right of 0 is better than chance.
    """
    methods = list(dict.fromkeys(summary["method"]))
    names = [method_name(method) for method in methods]
    left, height_in = style.widest_in(names, LABEL_PT) + 0.25, 0.42 * len(methods)
    lines = style.wrapped(title, left + WIDTH_IN, TITLE_PT)
    below = BELOW_IN + _legend_height_in(2)
    height = below + height_in + 0.1 + title_height_in(lines)
    figure = new_figure(left + WIDTH_IN + RIGHT_IN, height)
    draw_title(figure, lines)
    axes = axes_at(figure, left, below, WIDTH_IN, height_in)
    for shift, way in ((-0.19, "deletion"), (0.19, "insertion")):
        rows = summary[summary["way"] == way].set_index("method").loc[methods]
        places = np.arange(len(rows)) + shift
        axes.barh(places, rows["advantage"], 0.34, color=WAY_COLOURS[way], alpha=0.6, label=way)
        axes.hlines(places, rows["ci_low"], rows["ci_high"], color=INK, linewidth=1.2)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names)), labels=names, fontsize=LABEL_PT)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=f"area beyond the random order ({unit})")
    axes.tick_params(axis="y", length=0)
    _legend(figure, axes, 2)
    return figure


@styled
def randomisation_figure(means: pd.DataFrame, *, title: str) -> Figure:
    """Similarity of relevance to the original against the number of random layers.

    means: columns rule, kind ("signed", "absolute"), layers, layer, correlation, ci_low, ci_high.
    """
    rules = list(dict.fromkeys(means["rule"]))
    figure, (axes,) = _panels(title, 1, legend=[*KINDS, *rules], left_in=0.95)
    names = means.drop_duplicates("layers").sort_values("layers")
    places = {layers: place for place, layers in enumerate(names["layers"])}
    for (rule, kind), part in means.groupby(["rule", "kind"], sort=False):
        line, marker = RULE_LINES.get(rule, ("-", "."))
        colour = BLUE if kind == "signed" else ORANGE
        across = part["layers"].map(places)
        label = f"{KINDS[kind]}, {rule} rule"
        axes.plot(
            across,
            part["correlation"],
            line,
            marker=marker,
            markersize=4,
            color=colour,
            label=label,
        )
        axes.fill_between(across, part["ci_low"], part["ci_high"], color=colour, alpha=0.13, lw=0)
    axes.axhline(0, color=INK, linewidth=0.7)
    axes.set_xticks(range(len(names)), labels=names["layer"])
    axes.set(ylim=(-1.05, 1.05), ylabel="rank correlation\nwith the original")
    axes.set_xlabel("random from the output down to this layer")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=2, columnspacing=1.5)
    return figure


@styled
def group_dots(table: pd.DataFrame, *, title: str, label: str) -> Figure:
    """Two or more numbers of each group, a row a group, in the order of the table.

    table: column group, then one column for each kind of number, named as the legend shows it.
    """
    kinds, names = table.columns.drop("group"), table["group"].tolist()
    left = style.widest_in(names, LABEL_PT) + 0.25
    height_in, width_in = max(0.19 * len(names), 0.5), 4.4
    lines = style.wrapped(title, left + width_in, TITLE_PT)
    below = BELOW_IN + 0.2 * len(kinds) + 0.08
    height = below + height_in + 0.1 + title_height_in(lines)
    figure = new_figure(left + width_in + RIGHT_IN, height)
    draw_title(figure, lines)
    axes = axes_at(figure, left, below, width_in, height_in)
    places = np.arange(len(names))
    for kind, colour, marker in zip(kinds, (BLUE, ORANGE, GREEN), "osD", strict=False):
        axes.plot(table[kind], places, marker, color=colour, markersize=4.5, label=kind)
    axes.hlines(places, table[kinds].min(axis=1), table[kinds].max(axis=1), color=FAINT, zorder=0)
    axes.set_yticks(places, labels=names, fontsize=LABEL_PT)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlim=(0, None), xlabel=label)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=1)
    return figure
