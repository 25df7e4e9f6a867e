"""Drawings of structures: the tree of what features ask about, and a network of three neurons."""

from collections.abc import Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.style import FAINT, INK, PAPER, number, styled

ROW_IN, LEVEL_IN, RELATION_IN, BARS_IN = 0.21, 0.95, 2.15, 1.3  # of the tree
WIDTH_IN, HEIGHT_IN, RADIUS_IN = 4.8, 3.5, 0.33  # of the network
NODE_PT, EDGE_PT = 8.5, 9
COLUMNS_IN = (0.8, 2.6, 4.3)
BIAS_IN, BIAS_IN_WIDE = 0.72, 0.56  # above its neuron


@styled
def taxonomy_figure(branches: Sequence[tuple[str, str, str, int]], *, title: str) -> Figure:
    """The tree from linguistic levels through relation types to general categories.

    branches: (level, relation type, category, number of questions), branches of one parent
    side by side. The bars show how many questions each category has.
    """
    starts = (0, LEVEL_IN, LEVEL_IN + RELATION_IN)
    bars = starts[2] + style.widest_in([in_words(branch[2]) for branch in branches]) + 0.2
    figure, axes = style.panel(title, bars + BARS_IN, ROW_IN * len(branches))
    axes.set(xlim=(0, bars + BARS_IN), ylim=(len(branches), 0))
    axes.axis("off")
    levels = dict.fromkeys(branch[0] for branch in branches)
    colours = dict(zip(levels, cycle(style.PALETTE), strict=False))
    text = {"va": "center", "fontsize": style.LABEL_PT}
    for depth in (0, 1):
        for key, first, last in _runs([branch[: depth + 1] for branch in branches]):
            colour, edge = colours[key[0]], starts[depth + 1] - 0.14
            axes.text(starts[depth], (first + last) / 2, key[-1], color=colour, **text)
            axes.vlines(edge, first + 0.18, last - 0.18, color=colour, linewidth=1.5)
    most = max(branch[3] for branch in branches)
    for row, (level, _, category, count) in enumerate(branches):
        length = BARS_IN * count / most
        axes.text(starts[2], row + 0.5, in_words(category), **text)
        axes.barh(row + 0.5, length, 0.62, bars, color=colours[level], alpha=0.75)
        axes.text(bars + length + 0.05, row + 0.5, f"{count}", **text)
    columns = ["linguistic_level", "relation_type", "general_category", "questions"]
    found = pd.DataFrame(branches, columns=columns)
    told = style.extremes(found["questions"].set_axis(found["general_category"].map(in_words)))
    levels_told = f"{style.counted(len(levels), 'linguistic level')} to "
    categories = style.counted(len(branches), "category", "categories")
    figure.tell(f"Tree from {levels_told}{categories}; questions: {told}.", found)
    return figure


def _runs(keys: Sequence[tuple]) -> list[tuple[tuple, int, int]]:
    """Stretches of equal keys: (key, first row, row behind the last)."""
    edges = [0, *(i for i in range(1, len(keys)) if keys[i] != keys[i - 1]), len(keys)]
    return [(keys[a], a, b) for a, b in zip(edges, edges[1:], strict=False)]


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
    figure, axes = style.panel(title, WIDTH_IN, HEIGHT_IN)
    axes.set(xlim=(0, WIDTH_IN), ylim=(0, HEIGHT_IN), aspect="equal")
    axes.set_axis_off()
    (weight, bias), (out_weight, out_bias) = (_parameters(network[i]) for i in (0, -1))
    hidden = np.maximum(weight @ told + bias, 0)
    output = float(out_weight[0] @ hidden + out_bias[0])
    layers = (told, hidden, [output])
    places = [_column(len(part), x) for part, x in zip(layers, COLUMNS_IN, strict=True)]
    carried = shares or Shares(weight, out_weight[0], np.append(bias, out_bias))
    _draw_edges(axes, places, carried, signed=shares is not None)
    relevance = shares and (shares.to_inputs.sum(0), shares.to_hidden, [output])
    _draw_nodes(axes, places, layers, relevance)
    for (x, y), name in zip(places[0], names, strict=True):
        axes.text(x, y - RADIUS_IN - 0.05, name, fontsize=style.LABEL_PT, ha="center", va="top")
    figure.tell(*_network_told(names, layers, relevance))
    return figure


def _network_told(names: Sequence[str], layers, relevance) -> tuple[str, pd.DataFrame]:
    """What a drawing of a network says, and its neurons as a table."""
    called = [*names, *(f"hidden {i + 1}" for i in range(len(layers[1]))), "output"]
    found = pd.DataFrame({"neuron": called, "value": np.concatenate([*layers])})
    told = ", ".join(f"{n} {number(v)}" for n, v in zip(called, found["value"], strict=True))
    if relevance is None:
        return f"Network with {len(called)} neurons: {told}.", found
    found["relevance"] = np.concatenate([*relevance])
    handed = zip(called, found["relevance"], strict=True)
    shares = ", ".join(f"{name} {number(value)}" for name, value in handed)
    return f"Network with {len(called)} neurons; relevance on its way down: {shares}.", found


def _parameters(layer) -> tuple[np.ndarray, np.ndarray]:
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


def _column(count: int, x: float) -> list[tuple[float, float]]:
    """Places of the neurons of one layer, the first on top."""
    middle, spread = HEIGHT_IN / 2 + 0.05, 1.2 if count > 2 else 1.5
    return [(x, middle + spread * ((count - 1) / 2 - index)) for index in range(count)]


def _draw_edges(axes: Axes, places, carried: Shares, *, signed: bool) -> None:
    """Edges with what they carry; signed: as relevance, in colour and thickness."""
    low, middle, (top,) = places
    largest = max(np.abs(part).max() for part in carried)
    widest = 4.5 / max(largest, 1e-12) if signed else 0.0
    for row, end in enumerate(middle):
        for start, value in zip(low, carried.to_inputs[row], strict=True):
            _draw_edge(axes, start, end, value, widest, 0.34 if row == 0 else 0.3)
        _draw_edge(axes, end, top, carried.to_hidden[row], widest, 0.5)
    for end, value in zip([*middle, top], carried.biases, strict=True):
        start = (end[0], end[1] + BIAS_IN)
        _draw_edge(axes, start, end, value, widest)
        place = (start[0] - BIAS_IN_WIDE / 2, start[1] - 0.13)
        look = {"facecolor": PAPER, "edgecolor": INK, "zorder": 2}
        axes.add_patch(Rectangle(place, BIAS_IN_WIDE, 0.26, **look))
        text = f"{'R' if signed else 'b'} {number(value)}"
        axes.text(*start, text, fontsize=NODE_PT, ha="center", va="center")


def _draw_edge(
    axes: Axes, start, end, value: float, widest: float, label_at: float | None = None
) -> None:
    """A line as thick as its relevance; grey and thin where `widest`, its scale, is 0.

    label_at: where on its way the value is written, as a share of it; None for nowhere.
    """
    colour = (style.POSITIVE if value > 0 else style.NEGATIVE) if widest and value else FAINT
    across, up = zip(start, end, strict=True)
    axes.plot(across, up, color=colour, linewidth=0.8 + widest * abs(value), zorder=1)
    if label_at is not None:
        point = [s + label_at * (e - s) for s, e in zip(start, end, strict=True)]
        box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
        look = {"fontsize": EDGE_PT, "ha": "center", "va": "center", "bbox": box}
        axes.text(*point, number(value), **look)


def _draw_nodes(axes: Axes, places, activations, relevance) -> None:
    """Neurons with their activations [layers][neurons] and, unless None, their relevance."""
    for layer, symbol in enumerate("xay"):
        for index, (place, value) in enumerate(zip(places[layer], activations[layer], strict=True)):
            face = PAPER if value else "#ecece8"  # a silent neuron
            axes.add_patch(Circle(place, RADIUS_IN, facecolor=face, edgecolor=INK, zorder=3))
            text = f"{symbol} {number(value)}"
            text += "" if relevance is None else f"\nR {number(relevance[layer][index])}"
            axes.text(*place, text, fontsize=NODE_PT, ha="center", va="center", zorder=4)
