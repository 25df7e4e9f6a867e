"""Rankings of groups: means with the spread of their features, from the CSVs of a run."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from pandas.io.formats.style import Styler

from intonation.errors import ModelError
from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import INK, NEGATIVE, POSITIVE, axes_at, new_figure, styled
from intonation.taxonomy import LEVELS, VUV, find_level

MOST_GROUPS = 40
ROW_IN, WIDTH_IN, BOTTOM_IN, LABEL_PT = 0.185, 5.2, 0.52, 8
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
def ranking_figure(table: pd.DataFrame, title: str, *, unit: str = "semitones") -> Figure:
    """Mean relevance per feature of each group, first group on top, error bars of one std.

    table: columns of `relevance.rank`, in its order. At most 40 groups are drawn; a line at the
    bottom says how many more the CSV holds.
    """
    shown = table.head(MOST_GROUPS)
    counted = zip(shown["group"], shown["n_features"], strict=True)
    names = [f"{name} ({count})" for name, count in counted]
    left, height_in = style.widest_in(names, LABEL_PT) + 0.25, max(ROW_IN * len(names), 0.5)
    more_in = 0.24 if len(table) > len(shown) else 0.0
    lines = style.wrapped(title, left + WIDTH_IN, TITLE_PT)
    height = BOTTOM_IN + more_in + height_in + 0.12 + title_height_in(lines)
    figure = new_figure(left + WIDTH_IN + 0.25, height)
    axes = axes_at(figure, left, BOTTOM_IN + more_in, WIDTH_IN, height_in)
    if len(shown):
        _draw_bars(axes, shown, names)
        axes.set_xlabel(f"mean relevance of a feature, summed over frames ({unit}); lines: ± 1 SD")
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "the question set asks about no group of this level", ha="center")
    if more_in:
        text = f"{len(table) - len(shown)} more groups are in the CSV"
        figure.text(left / figure.get_figwidth(), 0.09 / height, text, fontsize=8)
    draw_title(figure, lines)
    return figure


def _draw_bars(axes: Axes, shown: pd.DataFrame, names: list[str]) -> None:
    """Draw bars, their spread and their names with few artists: ticks and patches are slow."""
    places = range(len(shown))
    means, spread = shown["mean"], shown["std"]
    colours = [POSITIVE if mean >= 0 else NEGATIVE for mean in means]
    axes.hlines(places, 0, means, colors=colours, linewidth=0.66 * ROW_IN * 72, alpha=0.55)
    axes.hlines(places, means - spread, means + spread, color=INK, linewidth=1)
    axes.plot(means, places, "o", color=INK, markersize=3)
    axes.axvline(0, color=INK, linewidth=0.7)
    beside = axes.get_yaxis_transform()
    for place, name in zip(places, names, strict=True):
        end = {"ha": "right", "va": "center_baseline", "fontsize": LABEL_PT}
        axes.text(-0.012, place, name, transform=beside, **end)
    axes.set(ylim=(len(shown) - 0.4, -0.6), yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)


def without_vuv(table: pd.DataFrame) -> pd.DataFrame | None:
    """Return the ranking without the group VUV where that leads it, else None."""
    if len(table) < 2 or table["group"].iloc[0] != VUV:
        return None
    return table[table["group"] != VUV].reset_index(drop=True)


def ranking_figures(folder: Path, *, jobs: int = 1) -> list[Path]:
    """Draw every ranking CSV below `folder`/rankings; return the paths of the PNGs.

    folder: results/<target> of a run. Figures go to `folder`/figures/rankings, to
    <aggregate>/<level>.png, and where VUV leads also to <level>_without_vuv.png.
    jobs: processes. Raises ModelError where there are no rankings, or one is damaged.
    """
    folder = Path(folder)
    tables = sorted((folder / "rankings").glob("*/*.csv"))
    if not tables:
        raise ModelError(
            f"{folder}: expected rankings/<aggregate>/<level>.csv, found none; "
            "name the folder results/<target> of a run whose ranking chapter has finished"
        )
    draw = partial(_draw_ranking, folder=folder)
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
            table = _read_ranking(Path(folder) / aggregate / f"{level.slug}.csv")
            leaders = table["group"].head(first).tolist()
            leaders += [""] * (first - len(leaders))
            rows.append((title, f"{level.number} · {level.title}", *leaders))
    columns = ["aggregate", "level", *(str(place + 1) for place in range(first))]
    return pd.DataFrame(rows, columns=columns).style.hide()


def _read_ranking(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is no ranking ({error}); run the ranking chapter again") from None


def _draw_ranking(path: Path, *, folder: Path) -> list[Path]:
    table = _read_ranking(path)
    aggregate, level = path.parent.name, path.stem
    title = f"{find_level(level).title}: {AGGREGATE_TITLES.get(aggregate, aggregate)}"
    variants = {level: (table, title)}
    rest = without_vuv(table)
    if rest is not None:
        variants[level + WITHOUT_VUV] = (rest, f"{title}, without VUV")
    unit = style.TARGET_UNITS.get(folder.name, folder.name)
    target = folder / "figures" / "rankings" / aggregate
    return [
        style.save_figure(ranking_figure(*variant, unit=unit), target / f"{name}.png", colours=64)
        for name, variant in variants.items()
    ]
