"""How relevance is computed, in pictures: a small network, a stabiliser, rules side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import (
    FAINT,
    INK,
    NEGATIVE,
    PALETTE,
    PAPER,
    POSITIVE,
    axes_at,
    new_figure,
    styled,
)

WIDTH_IN, HEIGHT_IN, RADIUS_IN, NODE_PT, EDGE_PT = 4.8, 3.65, 0.33, 8.5, 9
COLUMNS_IN = (0.8, 2.6, 4.3)
BIAS_IN, BIAS_IN_WIDE = 0.72, 0.56  # above its neuron
LEFT_IN, PLOT_IN, ROW_IN, BOTTOM_IN, LEGEND_IN = 0.75, 3.9, 0.24, 0.55, 0.3
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MARKERS = ("o", "s", "^", "D", "v", "P")


class Shares(NamedTuple):
    """Relevance on its way down: to the inputs [hidden, inputs], to the hidden neurons [hidden],
    and what the biases took [hidden + 1], that of the output last."""

    to_inputs: np.ndarray
    to_hidden: np.ndarray
    biases: np.ndarray


@styled
def network_figure(
    network, told: np.ndarray, names: Sequence[str], title: str, *, shares: Shares | None = None
) -> Figure:
    """Inputs, hidden ReLU neurons and one output: with its weights, or with relevance on the way.

    network: linear layer, ReLU, linear layer with one output, as torch modules. told: [inputs].
    shares: None shows weights and activations; given, edges show the relevance handed down.
    """
    lines = style.wrapped(title, WIDTH_IN - 0.2, TITLE_PT)
    figure = new_figure(WIDTH_IN, HEIGHT_IN + title_height_in(lines))
    axes = axes_at(figure, 0, 0, WIDTH_IN, HEIGHT_IN)
    axes.set(xlim=(0, WIDTH_IN), ylim=(0, HEIGHT_IN), aspect="equal")
    axes.set_axis_off()
    (weight, bias), (out_weight, out_bias) = (_parameters(network[i]) for i in (0, -1))
    sums = weight @ told + bias
    hidden = np.maximum(sums, 0)
    places = [
        _column(len(part), x) for part, x in zip((told, hidden, [0]), COLUMNS_IN, strict=True)
    ]
    carried = shares or Shares(weight, out_weight[0], np.append(bias, out_bias))
    _draw_edges(axes, places, *carried, signed=shares is not None)
    output = float(out_weight[0] @ hidden + out_bias[0])
    _draw_nodes(axes, places, (told, hidden, [output]), names, shares)
    draw_title(figure, lines)
    return figure


def _parameters(layer) -> tuple[np.ndarray, np.ndarray]:
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def _column(count: int, x: float) -> list[tuple[float, float]]:
    """Places of the neurons of one layer, the first on top."""
    middle, spread = HEIGHT_IN / 2 - 0.04, 1.2 if count > 2 else 1.5
    return [(x, middle + spread * ((count - 1) / 2 - index)) for index in range(count)]


def _draw_edges(axes: Axes, places, to_inputs, to_hidden, biases, *, signed: bool) -> None:
    """Edges with what they carry; signed: as relevance, in colour and thickness."""
    low, middle, (top,) = places
    largest = max(np.abs(part).max() for part in (to_inputs, to_hidden, biases))
    widest = 4.5 / max(largest, 1e-12) if signed else 0.0
    for row, end in enumerate(middle):
        for column, start in enumerate(low):
            _draw_edge(axes, start, end, to_inputs[row][column], widest)
            _label_edge(axes, start, end, to_inputs[row][column], 0.34 if row == 0 else 0.3)
        _draw_edge(axes, end, top, to_hidden[row], widest)
        _label_edge(axes, end, top, to_hidden[row], 0.5)
    for end, value in zip([*middle, top], biases, strict=True):
        start = (end[0], end[1] + BIAS_IN)
        _draw_edge(axes, start, end, value, widest)
        half = BIAS_IN_WIDE / 2
        place = (start[0] - half, start[1] - 0.13)
        look = {"facecolor": PAPER, "edgecolor": INK, "zorder": 2}
        axes.add_patch(Rectangle(place, BIAS_IN_WIDE, 0.26, **look))
        text = f"{'R' if signed else 'b'} {number(value)}"
        axes.text(*start, text, fontsize=NODE_PT, ha="center", va="center")


def _draw_edge(axes: Axes, start, end, value: float, widest: float) -> None:
    """A line as thick as its relevance; grey and thin where `widest`, its scale, is 0."""
    colour = (POSITIVE if value > 0 else NEGATIVE) if widest and value else FAINT
    across, up = zip(start, end, strict=True)
    axes.plot(across, up, color=colour, linewidth=0.8 + widest * abs(value), zorder=1)


def _label_edge(axes: Axes, start, end, value: float, along: float) -> None:
    point = [s + along * (e - s) for s, e in zip(start, end, strict=True)]
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
    axes.text(*point, number(value), fontsize=EDGE_PT, ha="center", va="center", bbox=box)


def _draw_nodes(axes: Axes, places, activations, names: Sequence[str], shares) -> None:
    symbols, relevance = ("x", "a", "y"), [None] * 3
    if shares is not None:
        explained = activations[2][0]
        relevance = [shares.to_inputs.sum(0), shares.to_hidden, [explained]]
    for layer, symbol in enumerate(symbols):
        for index, (place, value) in enumerate(zip(places[layer], activations[layer], strict=True)):
            silent = value == 0
            face = PAPER if not silent else "#ecece8"
            axes.add_patch(Circle(place, RADIUS_IN, facecolor=face, edgecolor=INK, zorder=3))
            text = f"{symbol} {number(value)}"
            if shares is not None:
                text += f"\nR {number(relevance[layer][index])}"
            axes.text(*place, text, fontsize=NODE_PT, ha="center", va="center", zorder=4)
    for place, name in zip(places[0], names, strict=True):
        axes.text(place[0], place[1] - RADIUS_IN - 0.05, name, fontsize=8, ha="center", va="top")


def number(value: float) -> str:
    """A number to three significant digits with a proper minus sign."""
    text = f"{float(value) + 0.0:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def power_of_ten(value: float, _place: int | None = None) -> str:
    """A tick of a logarithmic axis: 10⁻⁶, but 1 and 10 as they are."""
    power = round(np.log10(value))
    raised = str(power).translate(SUPERSCRIPTS)
    return f"{value:g}" if power in (0, 1) else f"10{raised}"


@styled
def epsilon_figure(sweeps: dict[str, pd.DataFrame], title: str) -> Figure:
    """Relative change of relevance against the stabiliser, one line for each target.

    sweeps: name -> table of `rule_comparison.epsilon_sweep`.
    """
    lines = style.wrapped(title, LEFT_IN + PLOT_IN, TITLE_PT)
    figure = new_figure(LEFT_IN + PLOT_IN + 0.2, BOTTOM_IN + 2.4 + title_height_in(lines))
    axes = axes_at(figure, LEFT_IN, BOTTOM_IN, PLOT_IN, 2.4)
    for index, (name, sweep) in enumerate(sweeps.items()):
        percent = 100 * sweep["relative_change"].clip(lower=1e-12)
        look = {"color": PALETTE[index], "marker": MARKERS[index], "markersize": 4}
        axes.loglog(sweep["epsilon"], percent, label=name, **look)
    axes.set(xlabel="epsilon (unit of a neuron's sum)", ylabel="relative change (%)")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(power_of_ten))
    axes.grid(linewidth=0.4, alpha=0.6)
    axes.legend(loc="upper left")
    draw_title(figure, lines)
    return figure


@styled
def rules_figure(table: pd.DataFrame, title: str, *, label: str) -> Figure:
    """Signed relevance by several rules: rows are inputs or groups, one mark for each rule.

    table: one column for each rule. label: what the axis shows, with its unit.
    """
    names = [str(name) for name in table.index]
    left = style.widest_in(names, 8) + 0.2
    height_in = max(ROW_IN * len(names), 0.6)
    lines = style.wrapped(title, left + PLOT_IN - 0.5, TITLE_PT)
    height = BOTTOM_IN + height_in + LEGEND_IN + title_height_in(lines)
    figure = new_figure(left + PLOT_IN - 0.5 + 0.25, height)
    axes = axes_at(figure, left, BOTTOM_IN, PLOT_IN - 0.5, height_in)
    places = np.arange(len(names))
    axes.hlines(places, table.min(axis=1), table.max(axis=1), color=FAINT, linewidth=1)
    for index, rule in enumerate(table.columns):
        look = {"color": (INK, *PALETTE)[index], "marker": MARKERS[index], "linestyle": "none"}
        axes.plot(table[rule], places, markersize=6.5 - 0.5 * index, label=rule, **look)
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=label)
    axes.set_yticks(places, names, fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
    legend = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2}
    axes.legend(ncols=5, handletextpad=0.0, columnspacing=0.6, **legend)
    draw_title(figure, lines)
    return figure
