"""Which rule of a workflow waits for which: a drawing for a page that is light or dark."""

from collections.abc import Hashable, Iterable
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import fmean

import matplotlib as mpl
import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.files import replacing
from intonation.plots.style import STYLE

GREY = "#808080"  # read on white and on black
ROW_INCH, WIDTH_INCH, HALF_BOX = 0.62, 4.2, 0.24  # the last in rows
BESIDE = 0.14  # room for an arrow that passes a row, in boxes
MOST_BOXES = 3  # in a row, on a phone
SWEEPS = 8
SVG = {"svg.hashsalt": "rules"}  # the same drawing, the same bytes


@mpl.rc_context(STYLE)
def rule_figure(edges: Iterable[tuple[str, str]]) -> Figure:
    """Rules from the first at the top to the last, an arrow from each to those that wait for it.

    edges: (rule, rule that reads what it writes). An arrow that only shortens a way is left out.
    """
    graph = nx.transitive_reduction(nx.DiGraph(edges))
    ways = _ways(graph)
    rows = _rows(nx.DiGraph(pair for way in ways for pair in pairwise(way)))
    across = _across(rows)
    places = {node: (across[node], number) for number, row in enumerate(rows) for node in row}
    figure = mpl.figure.Figure(figsize=(WIDTH_INCH, ROW_INCH * len(rows)), facecolor="none")
    axes = figure.add_axes((0, 0, 1, 1), facecolor="none")
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    for way in ways:
        _arrow(axes, [places[node] for node in way])
    for name in graph:
        _box(axes, name, *places[name])
    return figure


def _ways(graph: nx.DiGraph) -> list[list[Hashable]]:
    """Each arrow as the nodes that it passes: one for every row between its ends."""
    generations = map(sorted, nx.topological_generations(graph))
    dealt = (names for generation in generations for names in _dealt(generation))
    row_of = {name: number for number, row in enumerate(dealt) for name in row}
    return [
        [start, *((start, end, row) for row in range(row_of[start] + 1, row_of[end])), end]
        for start, end in sorted(graph.edges)
    ]


def _dealt(names: list[str]) -> list[list[str]]:
    """Rules that wait for the same, in rows of which none has too many."""
    rows = -(-len(names) // MOST_BOXES)
    return [names[row::rows] for row in range(rows)]


def _rows(graph: nx.DiGraph) -> list[list[Hashable]]:
    """Nodes row by row; within a row, near to those that they are joined to."""
    rows = [sorted(row, key=str) for row in nx.topological_generations(graph)]
    for _ in range(SWEEPS):
        for row in rows:
            across = _across(rows)
            near = {n: fmean(across[other] for other in nx.all_neighbors(graph, n)) for n in row}
            row.sort(key=near.get)
    return rows


def _across(rows: list[list[Hashable]]) -> dict[Hashable, float]:
    """Middle of every node in its row, from 0 to 1; a passing arrow needs less room than a box."""
    found = {}
    for row in rows:
        widths = [1.0 if isinstance(node, str) else BESIDE for node in row]
        ends = zip(row, widths, accumulate(widths), strict=True)
        found |= {node: (end - width / 2) / sum(widths) for node, width, end in ends}
    return found


def _box(axes: Axes, name: str, x: float, y: float) -> None:
    frame = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": GREY, "linewidth": 1}
    middle = {"ha": "center", "va": "center"}
    axes.text(x, y, name.replace("_", " "), color=GREY, fontsize=11, bbox=frame, **middle)


def _arrow(axes: Axes, places: list[tuple[float, float]]) -> None:
    """Straight down beside the boxes of the rows that it passes, slanting in between."""
    ends = [(x, y + side) for x, y in places for side in (-HALF_BOX, HALF_BOX)]
    *_, before, last = points = ends[1:-1]
    if len(points) > 2:
        axes.plot(*zip(*points[:-1], strict=True), color=GREY, linewidth=0.9)
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", last, before, arrowprops=style)


def save_rule_figure(figure: Figure, path: Path) -> Path:
    """Write the drawing as SVG without a background; return its path."""
    with replacing(Path(path)) as temporary, mpl.rc_context(SVG):
        figure.savefig(temporary, format="svg", transparent=True, metadata={"Date": None})
    return Path(path)
