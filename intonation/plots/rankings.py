"""Rankings of groups: means, how sure they are, and their ranks, from the CSVs of a run."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas.io.formats.style import Styler

from intonation.errors import ModelError
from intonation.labels.taxonomy import LEVELS, VUV, find_level
from intonation.lrp.ranking import read_ranking
from intonation.model.target import TARGETS
from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import BLUE, FAINT, INK, NEGATIVE, POSITIVE, axes_at, new_figure, styled

MOST_GROUPS = 40
ROW_IN, WIDTH_IN, BOTTOM_IN, LABEL_PT = 0.185, 4.1, 0.52, 8
GAP_IN, RANKS_IN, NOTE_IN = 0.25, 1.1, 0.165
KEY = "thick: 95 % interval over test utterances; thin: ± 1 SD over features"
SEPARATOR = "blue: neighbours that are really apart"
WITHOUT_VUV = "_without_vuv"
AGGREGATE_TITLES = {
    "sum": "sum",
    "abs_sum": "absolute sum",
    "pos_sum": "sum of positive values",
    "neg_sum": "sum of negative values",
    "mean": "mean over utterances",
    "abs_mean": "mean of absolute values over utterances",
    "pos_mean": "mean of positive values over utterances",
    "neg_mean": "mean of negative values over utterances",
}


@styled
def ranking_figure(
    table: pd.DataFrame, title: str, *, unit: str = "semitones", apart: Sequence[int] = ()
) -> Figure:
    """Mean relevance per feature of each group, first group on top, and where its rank may lie.

    table: columns of `uncertainty.RANKING_COLUMNS`, in its order; where intervals are empty none
    are drawn. At most 40 groups are drawn; a line at the bottom says how many more the CSV holds.
    apart: ranks after which a line separates neighbours that are really apart.
    """
    shown = table.head(MOST_GROUPS)
    counted = zip(shown["group"], shown["n_features"], strict=True)
    names = [f"{name} ({count})" for name, count in counted]
    left_out = len(table) - len(shown)
    more = [f"{left_out} more groups are in the CSV"] if left_out else []
    figure, axes = ranking_axes(names, title, notes=[KEY, SEPARATOR, *more])
    if not names:
        return figure
    _draw_bars(axes, shown)
    axes.set_xlabel(f"mean relevance of a feature, summed over frames ({unit})")
    draw_rank_scale(axes, len(table))
    draw_ranks(axes, shown["rank_low"], shown["rank_high"], len(table))
    beside = {"transform": axes.get_yaxis_transform(), "clip_on": False}
    at = rank_place(np.arange(1, len(shown) + 1), len(table))
    axes.plot(at, range(len(shown)), "o", color=INK, markersize=3, **beside)
    lines = [rank - 0.5 for rank in apart if rank < len(shown)]
    axes.hlines(lines, 0, rank_place(len(table), len(table)), color=BLUE, linewidth=0.8, **beside)
    return figure


def ranking_axes(
    names: Sequence[str], title: str, *, notes: Sequence[str] = ()
) -> tuple[Figure, Axes]:
    """Return a figure with a row for each name, and room for a scale of ranks beside its axes.

    notes: lines for the bottom. Without names a sentence says so.
    """
    left, height_in = style.widest_in(names, LABEL_PT) + 0.25, max(ROW_IN * len(names), 0.5)
    width = left + WIDTH_IN + GAP_IN + RANKS_IN
    bottom = BOTTOM_IN + NOTE_IN * len(notes) if names else 0.1
    lines = style.wrapped(title, width, TITLE_PT)
    height = bottom + height_in + 0.12 + title_height_in(lines)
    figure = new_figure(width + 0.25, height)
    axes = axes_at(figure, left, bottom, WIDTH_IN, height_in)
    draw_title(figure, lines)
    if names:
        text = {"ha": "right", "va": "bottom", "fontsize": LABEL_PT, "linespacing": 1.3}
        figure.text(1 - 0.2 / figure.get_figwidth(), 0.06 / height, "\n".join(notes), **text)
        _name_rows(axes, names)
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "the question set asks about no group of this level", ha="center")
    return figure, axes


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Write names beside the rows: ticks would be slow."""
    beside = axes.get_yaxis_transform()
    for row, name in enumerate(names):
        end = {"ha": "right", "va": "center_baseline", "fontsize": LABEL_PT}
        axes.text(-0.012, row, name, transform=beside, **end)
    axes.set(ylim=(len(names) - 0.4, -0.6), yticks=[])
    axes.axvline(0, color=INK, linewidth=0.7)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)


def _draw_bars(axes: Axes, shown: pd.DataFrame) -> None:
    """Draw bars, spread and intervals with few artists: patches are slow."""
    rows, means, spread = range(len(shown)), shown["mean"], shown["std"]
    colours = [POSITIVE if mean >= 0 else NEGATIVE for mean in means]
    axes.hlines(rows, 0, means, colors=colours, linewidth=0.66 * ROW_IN * 72, alpha=0.55)
    axes.hlines(rows, means - spread, means + spread, color=INK, linewidth=0.6)
    axes.hlines(rows, shown["ci_low"], shown["ci_high"], color=INK, linewidth=3)


def rank_place(rank, n_groups: int):
    """Where a rank lies on the scale beside the axes, in widths of the axes."""
    return 1 + (GAP_IN + RANKS_IN * (rank - 1) / max(n_groups - 1, 1)) / WIDTH_IN


def draw_rank_scale(axes: Axes, n_groups: int) -> None:
    """Draw the scale of ranks, 1 to `n_groups`, in lines and texts: second axes are slow."""
    ranks = sorted({1, (n_groups + 1) // 2, n_groups})
    at = [rank_place(rank, n_groups) for rank in ranks]
    bottom, top = axes.get_ylim()
    beside = axes.get_yaxis_transform()
    lines = {"transform": beside, "clip_on": False, "zorder": 0.5}
    axes.vlines(at, bottom, top, color=FAINT, linewidth=0.4, **lines)
    text = {"xycoords": beside, "textcoords": "offset points", "ha": "center", "va": "top"}
    for rank, place in zip(ranks, at, strict=True):
        axes.annotate(str(rank), (place, bottom), (0, -6), fontsize=LABEL_PT, **text)
    axes.annotate("rank", ((at[0] + at[-1]) / 2, bottom), (0, -19), fontsize=9, **text)


def draw_ranks(axes: Axes, low, high, n_groups: int, **look) -> None:
    """Draw where the rank of each row's group may lie; rows without an interval stay empty.

    low, high: first and last rank [rows]. look: properties of the lines.
    """
    first, last = (np.asarray(pd.Series(values), dtype=float) for values in (low, high))
    rows = np.flatnonzero(np.isfinite(first))
    ends = rank_place(first[rows], n_groups), rank_place(last[rows], n_groups)
    beside = {"transform": axes.get_yaxis_transform(), "clip_on": False}
    axes.hlines(rows, *ends, **({"color": INK, "linewidth": 2.5} | look), **beside)


def without_vuv(table: pd.DataFrame) -> pd.DataFrame | None:
    """Return the ranking without the group VUV where that leads it, else None."""
    if len(table) < 2 or table["group"].iloc[0] != VUV:
        return None
    rest = table[table["group"] != VUV].reset_index(drop=True)
    for column in ("rank_low", "rank_high"):  # VUV is no longer counted
        rest[column] = (rest[column] - 1).clip(lower=1)
    return rest


def ranking_figures(folder: Path, *, jobs: int = 1) -> list[Path]:
    """Draw every ranking CSV below `folder`/rankings; return the paths of the PNGs.

    folder: results/<target> of a run. Figures go to `folder`/figures/rankings, to
    <aggregate>/<level>.png, and where VUV leads also to <level>_without_vuv.png.
    Where `folder`/rankings_apart.csv says that neighbours are apart, a line separates them.
    jobs: processes. Raises ModelError where there are no rankings, or one is damaged.
    """
    folder = Path(folder)
    tables = sorted((folder / "rankings").glob("*/*.csv"))
    if not tables:
        raise ModelError(
            f"{folder}: expected rankings/<aggregate>/<level>.csv, found none; "
            "name the folder results/<target> of a run whose ranking chapter has finished"
        )
    draw = partial(_draw_ranking, folder=folder, apart=_separators(folder))
    if jobs <= 1:
        drawn = list(map(draw, tables))
    else:
        # started afresh: a forked notebook kernel or a forked torch may hang
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            drawn = list(pool.map(draw, tables, chunksize=8))
    return [path for paths in drawn for path in paths]


def ranking_digest(folder: Path, *, first: int = 5) -> Styler:
    """Return a table for a page: the first groups of every ranking, one row per ranking.

    folder: results/<target>/rankings of a run.
    """
    rows = []
    for aggregate, title in AGGREGATE_TITLES.items():
        for level in LEVELS:
            table = read_ranking(Path(folder) / aggregate / f"{level.slug}.csv")
            leaders = table["group"].head(first).tolist()
            leaders += [""] * (first - len(leaders))
            rows.append((title, f"{level.number} · {level.title}", *leaders))
    columns = ["aggregate", "level", *(str(place + 1) for place in range(first))]
    look = {"selector": "td, th", "props": [("text-align", "left"), ("white-space", "nowrap")]}
    return pd.DataFrame(rows, columns=columns).style.hide().set_table_styles([look])


def _separators(folder: Path) -> dict[tuple[str, str], list[int]]:
    """Ranks after which neighbours are apart, by (aggregate, level); empty without the CSV."""
    path = folder / "rankings_apart.csv"
    if not path.is_file():
        return {}
    table = pd.read_csv(path, keep_default_na=False)
    rows = table[table["apart"]].groupby(["aggregate", "level"])["rank"]
    return {key: ranks.tolist() for key, ranks in rows}


def _draw_ranking(
    path: Path, *, folder: Path, apart: Mapping[tuple[str, str], Sequence[int]]
) -> list[Path]:
    table = read_ranking(path)
    aggregate, level = path.parent.name, path.stem
    title = f"{find_level(level).title}: {AGGREGATE_TITLES.get(aggregate, aggregate)}"
    lines = apart.get((aggregate, level), [])
    variants = {level: (table, title, lines)}
    rest = without_vuv(table)
    if rest is not None:
        rest_lines = [rank - 1 for rank in lines if rank > 1]
        variants[level + WITHOUT_VUV] = (rest, f"{title}, without VUV", rest_lines)
    unit = TARGETS[folder.name].unit if folder.name in TARGETS else folder.name
    target = folder / "figures" / "rankings" / aggregate
    return [
        style.save_figure(
            ranking_figure(rows, title, unit=unit, apart=lines), target / f"{name}.png", colours=64
        )
        for name, (rows, title, lines) in variants.items()
    ]
