"""Rankings of groups: means, how sure they are, and their ranks, from the CSVs of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas.io.formats.style import Styler

from intonation.errors import ModelError
from intonation.labels.taxonomy import LEVELS, VUV, find_level
from intonation.labels.words import in_words
from intonation.lrp.ranking import read_ranking
from intonation.model.target import TARGETS
from intonation.plots import style
from intonation.plots.rows import WIDTH_IN, intervals, row_chart
from intonation.plots.style import BLUE, FAINT, INK, NEGATIVE, ORANGE, POSITIVE, styled

if TYPE_CHECKING:
    from intonation.lrp.contrast import Contrast

MOST_GROUPS = 40
ROW_IN, GAP_IN, RANKS_IN = 0.185, 0.25, 1.1
KEY = (
    "thick: 95 % interval over test utterances; thin: ± 1 SD over features; "
    "blue: neighbours that are really apart"
)
SEEDS_KEY = (
    "dots: networks; thick: 95 % interval over test utterances; "
    "thin: 95 % interval over networks and utterances"
)
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
TOTALS = {
    "rest": "inputs of no group",
    "absorbed": "absorbed by biases",
    "explained": "= predicted F0",
    "natural": "natural F0",
}


@styled
def ranking_figure(
    table: pd.DataFrame, title: str, *, unit: str, apart: Sequence[int] = ()
) -> Figure:
    """Mean relevance per feature of each group, first group on top, and where its rank may lie.

    table: columns of `ranking_intervals.RANKING_COLUMNS`, in its order; an empty interval is not
    drawn. At most 40 groups are drawn; a line at the bottom says how many more the CSV holds.
    apart: ranks after which a line separates neighbours that are really apart.
    """
    shown = table.head(MOST_GROUPS)
    left_out = len(table) - len(shown)
    more = f"; {style.counted(left_out, 'more group')} in the CSV" if left_out else ""
    figure, axes = _chart(shown, title, unit, KEY + more)
    if shown.empty:
        figure.tell("0 groups at this level.", table)
        return figure
    means, spread = shown["mean"], shown["std"]
    colours = np.where(means < 0, NEGATIVE, POSITIVE)
    thick = 0.66 * ROW_IN * 72  # in points: one collection of lines is drawn faster than bars
    intervals(axes, 0 * means, means, color=colours, linewidth=thick, alpha=0.55)
    intervals(axes, means - spread, means + spread, linewidth=0.6)
    intervals(axes, shown["ci_low"], shown["ci_high"], linewidth=3)
    ranks = _rank_axes(axes, range(1, len(shown) + 1), len(table))
    intervals(ranks, shown["rank_low"], shown["rank_high"], linewidth=2.5)
    lines = [rank - 0.5 for rank in apart if rank < len(shown)]
    look = {"transform": axes.get_yaxis_transform(), "clip_on": False, "linewidth": 0.8}
    axes.hlines(lines, 0, 1 + (GAP_IN + RANKS_IN) / WIDTH_IN, color=BLUE, **look)
    parted = f" {style.counted(len(lines), 'line')} part{'s' * (len(lines) == 1)} neighbours."
    figure.tell(_ranking_told(table, unit) + parted, table)
    return figure


@styled
def seed_ranking_figure(
    table: pd.DataFrame, networks: pd.DataFrame, title: str, *, unit: str
) -> Figure:
    """Mean relevance per feature of each group in several networks, and where its rank may lie.

    table: columns of `stability.SEED_COLUMNS`, in its order; networks: [groups, networks], the same
    mean for each network alone. At most 40 groups are drawn. VUV, which would press all others
    against zero, is left out where it leads; ranks still count it.
    """
    leads = len(table) > 1 and table["group"].iloc[0] == VUV
    shown = table.iloc[int(leads) :].head(MOST_GROUPS)
    figure, axes = _chart(shown, title + ", without VUV" * leads, unit, SEEDS_KEY)
    if shown.empty:
        figure.tell("0 groups at this level.", table)
        return figure
    ranks = _rank_axes(axes, shown.index + 1, len(table))
    for source, width in (("both", 1), ("utterances", 4)):
        look = {"color": BLUE, "linewidth": width}
        intervals(axes, shown[f"{source}_low"], shown[f"{source}_high"], **look)
        intervals(ranks, shown[f"{source}_rank_low"], shown[f"{source}_rank_high"], **look)
    for values in networks.loc[shown["group"]].to_numpy().T:
        axes.plot(values, range(len(shown)), "o", color=ORANGE, markersize=3, alpha=0.8)
    several = f" Means of {style.counted(networks.shape[1], 'network')}."
    figure.tell(_ranking_told(shown, unit) + several, table)
    return figure


@styled
def contrast_figure(
    contrast: Contrast, *, title: str, unit: str, names: tuple[str, str], most: int = 12
) -> Figure:
    """Difference of two explanations: the groups that differ most, the rest, and their sum.

    names: of the first and second selection. Lines are 95 % intervals over utterances. Groups
    beyond the first `most` are added up in one bar, so that the bars above the rule sum to the
    predicted F0 below it; the gap, which is rounding, is too small to be drawn.
    """
    bars, totals = contrast_bars(contrast.table, most)
    rows = pd.concat([bars, totals], ignore_index=True)
    label = "mean per explained frame, {} minus {} ({})".format(*names, unit)
    parts = rows["part"].map(in_words)
    figure, axes = row_chart(parts, title, label, width_in=4.6)
    values = rows["difference"]
    colours = np.where(values < 0, style.NEGATIVE, style.POSITIVE)
    colours = np.where(rows["kind"] == "natural", FAINT, colours)
    axes.barh(range(len(rows)), values, 0.68, color=colours, alpha=0.6)
    intervals(axes, rows["ci_low"], rows["ci_high"])
    beside = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 7}
    for row, value in enumerate(values):
        axes.text(1.01, row, style.number(value, "+.2g"), **beside)
    axes.axhline(len(bars) - 0.5, color=INK, linewidth=0.9)
    groups = rows["kind"] == "group"
    told = style.extremes(values[groups].set_axis(parts[groups]), unit)
    sums = zip(parts[len(bars) :], values[len(bars) :], strict=True)
    told += "".join(f"; {name} {style.number(value, '+.2g')}" for name, value in sums)
    figure.tell(f"Bars of the {label}: {told}.", contrast.table)
    return figure


def contrast_bars(table: pd.DataFrame, most: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The bars that add up, strongest first, and the totals that they add up to.

    table: of a `Contrast`. Groups beyond the first `most` become one row; it has no interval,
    since intervals do not add up.
    """
    named = table.assign(part=table["kind"].map(TOTALS).fillna(table["part"]))
    size = {"by": "difference", "key": abs, "ascending": False, "kind": "stable"}
    groups = named[named["kind"] == "group"].sort_values(**size)
    bars, others = [groups.head(most)], groups.iloc[most:]
    if len(others):
        row = others[["first", "second", "difference"]].sum().to_frame().T
        bars.append(row.assign(kind="group", part=f"{len(others)} other groups"))
    bars.append(named[named["kind"].isin(["rest", "absorbed"])])
    totals = named[named["kind"].isin(["explained", "natural"])]
    return pd.concat(bars, ignore_index=True), totals.reset_index(drop=True)


def _ranking_told(table: pd.DataFrame, unit: str) -> str:
    """How many groups a ranking has, which lead, which is last."""
    names = [in_words(group) for group in table["group"]]
    first = "; ".join(
        f"{name} {style.number(mean)}"
        for name, mean in zip(names[:3], table["mean"].iloc[:3], strict=True)
    )
    last = f"; last {names[-1]} {style.number(table['mean'].iloc[-1])}" if len(names) > 3 else ""
    groups = style.counted(len(names), "group")
    return f"Bars of mean relevance in {unit}, {groups}, from the top: {first}{last}."


def _chart(shown: pd.DataFrame, title: str, unit: str, key: str) -> tuple[Figure, Axes]:
    counted = zip(shown["group"], shown["n_features"], strict=True)
    names = [f"{in_words(name)} ({count})" for name, count in counted]
    label = f"mean relevance of a feature, summed over frames ({unit})"
    empty = "the question set asks about no group of this level"
    caption = key if names else ""
    return row_chart(names, title, label, row_in=ROW_IN, caption=caption, empty=empty)


def _rank_axes(axes: Axes, at: Sequence[int], n_groups: int) -> Axes:
    """A scale of ranks, 1 to `n_groups`, beside a row chart, with a dot in each row."""
    height_in = axes.get_position().height
    ranks = style.inset(axes, WIDTH_IN + GAP_IN, 0, RANKS_IN, height_in)
    ranks.plot(at, range(len(at)), "o", color=INK, markersize=3, zorder=3)
    ranks.set(ylim=axes.get_ylim(), yticks=[], xlabel="rank")
    ranks.set(xlim=(1 - 0.03 * n_groups, 1.03 * n_groups))
    ranks.set_xticks(sorted({1, (n_groups + 1) // 2, n_groups}))
    ranks.spines[:].set_visible(False)
    ranks.tick_params(width=0)
    ranks.grid(axis="x", color=FAINT, alpha=1)
    return ranks


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


def ranking_digest(folder: Path, aggregate: str, *, first: int = 5) -> Styler:
    """Return a table for a page: the first groups by one aggregate, one row per level.

    folder: results/<target>/rankings of a run.
    """
    rows = []
    for level in LEVELS:
        table = read_ranking(Path(folder) / aggregate / f"{level.slug}.csv")
        leaders = table["group"].head(first).map(in_words).tolist()
        leaders += [""] * (first - len(leaders))
        rows.append((f"{level.number} · {level.title}", *leaders))
    columns = ["level", *(str(place + 1) for place in range(first))]
    look = {"selector": "td, th", "props": [("text-align", "left"), ("min-width", "10rem")]}
    return pd.DataFrame(rows, columns=columns).style.hide().set_table_styles([look])


def _separators(folder: Path) -> dict[tuple[str, str], list[int]]:
    """Ranks after which neighbours are apart, by (aggregate, level); empty without the CSV."""
    path = folder / "rankings_apart.csv"
    if not path.is_file():
        return {}
    table = pd.read_csv(path, keep_default_na=False)
    rows = table[table["apart"]].groupby(["aggregate", "level"])["rank"]
    return {key: ranks.tolist() for key, ranks in rows}


def rankings_of(folder: Path, aggregate: str, level: str) -> list[Figure]:
    """The ranking of an aggregate at a level, and where VUV leads it also the one without VUV.

    folder: results/<target> of a run.
    """
    path = Path(folder) / "rankings" / aggregate / f"{level}.csv"
    return list(_variants(path, Path(folder), _separators(Path(folder))).values())


def _variants(
    path: Path, folder: Path, apart: Mapping[tuple[str, str], Sequence[int]]
) -> dict[str, Figure]:
    """The figures of a ranking CSV by name, the one of all groups first."""
    table, aggregate, level = read_ranking(path), path.parent.name, path.stem
    title = f"{find_level(level).title}: {AGGREGATE_TITLES.get(aggregate, aggregate)}"
    unit, ranks = TARGETS[folder.name].unit, apart.get((aggregate, level), [])
    figures = {level: ranking_figure(table, title, unit=unit, apart=ranks)}
    rest = without_vuv(table)
    if rest is not None:
        ranks, title = [rank - 1 for rank in ranks if rank > 1], f"{title}, without VUV"
        figures[level + WITHOUT_VUV] = ranking_figure(rest, title, unit=unit, apart=ranks)
    return figures


def _draw_ranking(
    path: Path, *, folder: Path, apart: Mapping[tuple[str, str], Sequence[int]]
) -> list[Path]:
    target = folder / "figures" / "rankings" / path.parent.name
    drawn = _variants(path, folder, apart).items()
    return [style.save_figure(figure, target / f"{name}.png") for name, figure in drawn]
