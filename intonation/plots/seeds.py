"""Figures about what a ranking depends on: seeds, test utterances, rules and methods."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from intonation.labels.taxonomy import VUV
from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.rankings import (
    MOST_GROUPS,
    draw_rank_scale,
    draw_ranks,
    rank_place,
    ranking_axes,
)
from intonation.plots.style import BLUE, INK, ORANGE, axes_at, new_figure, styled

CELL_IN, LABEL_PT, NUMBER_PT, TICK_IN = 0.46, 8, 7.5, 0.08
KEYS = (
    "dots: networks; thick: 95 % interval over test utterances",
    "thin: 95 % interval over networks and utterances",
)


@styled
def seed_ranking_figure(
    table: pd.DataFrame, networks: pd.DataFrame, title: str, *, unit: str = "semitones"
) -> Figure:
    """Mean relevance per feature of each group in several networks, and where its rank may lie.

    table: columns of `seeds.SEED_COLUMNS`, in its order; networks: [groups, networks], the same
    mean for each network alone. At most 40 groups are drawn. VUV, which would press all others
    against zero, is left out where it leads; ranks still count it.
    """
    leads = len(table) > 1 and table["group"].iloc[0] == VUV
    shown = table.iloc[int(leads) :].head(MOST_GROUPS)
    title += ", without VUV" if leads else ""
    counted = zip(shown["group"], shown["n_features"], strict=True)
    names = [f"{name} ({count})" for name, count in counted]
    figure, axes = ranking_axes(names, title, notes=KEYS)
    if not names:
        return figure
    rows = np.arange(len(shown))
    axes.hlines(rows, shown["both_low"], shown["both_high"], color=BLUE, linewidth=1)
    axes.hlines(rows, shown["utterances_low"], shown["utterances_high"], color=BLUE, linewidth=4)
    for values in networks.loc[shown["group"]].to_numpy().T:
        axes.plot(values, rows, "o", color=ORANGE, markersize=3, alpha=0.8)
    axes.set_xlabel(f"mean relevance of a feature, summed over frames ({unit})")
    axes.margins(x=0.03)
    draw_rank_scale(axes, len(table))
    for source, width in (("both", 1), ("utterances", 4)):
        ends = shown[f"{source}_rank_low"], shown[f"{source}_rank_high"]
        draw_ranks(axes, *ends, len(table), color=BLUE, linewidth=width)
    at = rank_place(shown.index.to_numpy() + 1, len(table))
    beside = {"transform": axes.get_yaxis_transform(), "clip_on": False}
    axes.plot(at, rows, "o", color=INK, markersize=2.5, **beside)
    return figure


@styled
def agreement_figure(matrix: pd.DataFrame, title: str) -> Figure:
    """How alike rankings are: Kendall's tau of every two, as colours and as numbers.

    matrix: symmetric, [rankings, rankings], NaN where undefined.
    """
    names = [str(name).replace("_", " ") for name in matrix.columns]
    beside_in = style.widest_in(names, LABEL_PT) + TICK_IN + 0.15
    size_in = CELL_IN * len(names)
    width = beside_in + max(size_in, 2.6)
    lines = style.wrapped(title, width, TITLE_PT)
    height = size_in + beside_in + 0.1 + title_height_in(lines)
    figure = new_figure(width + 0.2, height)
    draw_title(figure, lines)
    axes = axes_at(figure, beside_in, beside_in, size_in, size_in)
    values = matrix.to_numpy(dtype=float)
    axes.imshow(values, cmap="PuOr_r", vmin=-1, vmax=1)
    for (row, column), value in np.ndenumerate(values):
        text = "\N{EN DASH}" if np.isnan(value) else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
        light = "white" if abs(np.nan_to_num(value)) > 0.7 else INK
        place = {"ha": "center", "va": "center", "fontsize": NUMBER_PT}
        axes.text(column, row, text, color=light, **place)
    axes.set_xticks(range(len(names)), labels=names, rotation=90, fontsize=LABEL_PT)
    axes.set_yticks(range(len(names)), labels=names, fontsize=LABEL_PT)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure
