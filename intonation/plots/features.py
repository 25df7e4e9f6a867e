"""Figures about features: the tree of what they ask about, and how alike their answers are."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import FAINT, INK, PALETTE, axes_at, new_figure, styled

ROW_IN, TOP_IN, LABEL_PT = 0.21, 0.1, 8
LEVEL_IN, RELATION_IN, COUNT_IN = 0.95, 2.15, 1.7


@styled
def taxonomy_figure(branches: Sequence[tuple[str, str, str, int]], *, title: str) -> Figure:
    """The tree from linguistic levels through relation types to general categories.

    branches: (level, relation type, category, number of questions), branches of one parent
    side by side. The bars show how many questions each category has.
    """
    names_in = style.widest_in([branch[2] for branch in branches], LABEL_PT) + 0.25
    width = LEVEL_IN + RELATION_IN + names_in + COUNT_IN
    lines = style.wrapped(title, width, TITLE_PT)
    height = ROW_IN * len(branches)
    figure = new_figure(width + 0.2, height + 2 * TOP_IN + title_height_in(lines))
    draw_title(figure, lines)
    axes = axes_at(figure, 0.1, TOP_IN, width, height, xlim=(0, width), ylim=(len(branches), 0))
    axes.axis("off")
    colours = dict(zip(dict.fromkeys(branch[0] for branch in branches), PALETTE, strict=False))
    most = max(branch[3] for branch in branches)
    starts = (0, LEVEL_IN, LEVEL_IN + RELATION_IN)
    for depth in (0, 1):
        for text, first, last in _runs([branch[: depth + 1] for branch in branches]):
            colour = colours[text[0]]
            left = starts[depth] + 0.06
            axes.text(
                left, (first + last) / 2, text[-1], va="center", color=colour, fontsize=LABEL_PT
            )
            axes.vlines(
                starts[depth + 1] - 0.08, first + 0.18, last - 0.18, color=colour, linewidth=1.5
            )
    for row, (level, _, category, count) in enumerate(branches):
        axes.text(starts[2] + 0.06, row + 0.5, category, va="center", fontsize=LABEL_PT)
        left, length = starts[2] + names_in, (COUNT_IN - 0.4) * count / most
        axes.barh(row + 0.5, length, 0.62, left, color=colours[level], alpha=0.75)
        axes.text(left + length + 0.05, row + 0.5, f"{count}", va="center", fontsize=7)
    return figure


def _runs(keys: Sequence[tuple]) -> list[tuple[tuple, int, int]]:
    """Stretches of equal keys: (key, first row, row behind the last)."""
    edges = [0, *(i for i in range(1, len(keys)) if keys[i] != keys[i - 1]), len(keys)]
    return [(keys[a], a, b) for a, b in zip(edges, edges[1:], strict=False)]


@styled
def likeness_figure(table: pd.DataFrame, *, title: str, label: str) -> Figure:
    """A symmetric table of likeness, 0 to 1, [groups, groups], as a matrix of shades."""
    names = [str(name) for name in table.index]
    left = style.widest_in(names, LABEL_PT) + 0.2
    side = 0.2 * len(names)
    lines = style.wrapped(title, left + side, TITLE_PT)
    width, height = left + side + 0.95, side + left + 0.1 + title_height_in(lines)
    figure = new_figure(width, height)
    draw_title(figure, lines)
    axes = axes_at(figure, left, left, side, side)
    shades = mpl.colormaps["Blues"].with_extremes(bad=FAINT)
    image = axes.imshow(table.to_numpy(), vmin=0, vmax=1, cmap=shades, interpolation="nearest")
    axes.set_xticks(np.arange(len(names)), names, rotation=90, fontsize=LABEL_PT)
    axes.set_yticks(np.arange(len(names)), names, fontsize=LABEL_PT)
    axes.tick_params(length=0, colors=INK)
    bar = figure.colorbar(image, cax=axes_at(figure, left + side + 0.12, left, 0.14, side))
    bar.set_label(label, fontsize=LABEL_PT)
    bar.outline.set_visible(False)
    return figure
