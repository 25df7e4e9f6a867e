"""Rows of names with bars, marks or ranges beside them: the book's most frequent figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.curves import voiced_hz
from intonation.plots.style import BLUE, FAINT, INK, ORANGE, styled
from intonation.statistics import evenly, rank_correlation

ROW_IN, WIDTH_IN = 0.21, 4.1
NAME_IN, LINE_IN = 1.75, 0.13  # a name is broken into lines that fit; height of a further line
MOST_SPEAKERS = 24
COLOURS = (INK, *style.PALETTE)


def row_chart(
    names: Sequence[str],
    title: str,
    label: str,
    *,
    row_in: float = ROW_IN,
    width_in: float = WIDTH_IN,
    zero: float | None = 0,
    caption: str = "",
    empty: str = "no group in common",
) -> tuple[Figure, Axes]:
    """An empty chart with a row for each name, the first on top, at heights 0, 1, …

    label: of the horizontal axis. zero: where a vertical line stands, None for no line. empty:
    what is said where there is no name.
    """
    height_in = max(row_height_in(names, row_in) * len(names), 0.45)
    figure, axes = style.panel(title, width_in, height_in, caption=caption)
    if len(names):
        name_rows(axes, names, label, zero=zero)
    else:
        axes.set_axis_off()
        axes.text(0.5, 0.5, empty, ha="center")
    return figure, axes


def row_height_in(names: Sequence[str], row_in: float = ROW_IN) -> float:
    """Height of a row in inches: `row_in`, or more where a name takes several lines."""
    lines = max((_broken(name).count("\n") for name in names), default=0)
    return max(row_in, 0.15 + lines * LINE_IN)


def _broken(name: object) -> str:
    """A name in lines, so that on a phone there is room beside it for what it names."""
    return "\n".join(style.wrapped(str(name), NAME_IN, whole_words=True))


def name_rows(axes: Axes, names: Sequence[str], label: str, *, zero: float | None = 0) -> None:
    """Make axes a row chart."""
    beside, left = axes.get_yaxis_transform(), -0.05 / axes.get_position().width
    look = {"ha": "right", "fontsize": style.LABEL_PT, "linespacing": 1.05}
    for row, name in enumerate(map(_broken, names)):  # ticks would take twice the time
        where = "center" if "\n" in name else "center_baseline"
        axes.text(left, row, name, transform=beside, va=where, **look)
    axes.set(ylim=(len(names) - 0.4, -0.6), yticks=[])
    axes.set_xlabel(style.filled(label, axes.get_position().width, 9))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.grid(axis="x")
    if zero is not None:
        axes.axvline(zero, color=INK, linewidth=0.7, zorder=1.5)


def intervals(axes: Axes, low, high, *, shift: float = 0.0, **look) -> None:
    """Draw a line from low to high, [rows] each, in every row; none where they are NaN."""
    rows = np.arange(len(low)) + shift
    axes.hlines(rows, low, high, **({"color": INK, "linewidth": 1.2} | look))


def marks(axes: Axes, table: pd.DataFrame, *, spread: float = 0.0) -> None:
    """Draw a mark for each number of a table, [rows, kinds]; kinds are told apart in a legend.

    spread: how far the marks of a row lie above each other, in rows.
    """
    # marks that coincide stay visible: the last are the smallest
    for place, (name, values) in enumerate(table.items()):
        rows = np.arange(len(table)) + spread * (place - (table.shape[1] - 1) / 2)
        look = {"color": COLOURS[place], "marker": style.MARKERS[place], "linestyle": "none"}
        axes.plot(values, rows, markersize=5.5 - 0.5 * place, label=name, **look)
    style.legend(axes)


@styled
def marks_figure(
    table: pd.DataFrame, *, title: str, label: str, zero: float = 0, least: float | None = None
) -> Figure:
    """Several numbers of each row, told apart by shape and colour.

    table: [rows, kinds], at most six kinds, in the order to be shown. label: what is measured,
    with its unit. zero: where a line stands to compare with. least: where the axis begins.
    """
    figure, axes = row_chart(table.index, title, label, zero=zero)
    if len(table):
        ends = table.min(axis=1), table.max(axis=1)
        intervals(axes, *ends, color=FAINT, linewidth=1, zorder=1)
        marks(axes, table)
        axes.set_xlim(left=least)
    figure.tell(style.table_told(table, label), style.named_rows(table))
    return figure


def compared_groups(table: pd.DataFrame, title: str) -> Figure:
    """Groups in rows, one mark for each column, each column relative to its own mean.

    table: by group, one column for each ranking, none negative; the rows keep their order. A
    column that is zero throughout is drawn at 0.
    """
    relative = table / table.mean().replace(0.0, 1.0)
    shares = relative.rename(index=in_words)
    label = "group's mean ÷ average of the groups shown"
    least = -0.05 * shares.max(axis=None)  # all of a mark at 0 is seen
    figure = marks_figure(shares, title=title, label=label, zero=1, least=least)
    figure.tell(figure.alt, style.named_rows(relative, "group"))
    return figure


@styled
def methods_figure(
    table: pd.DataFrame, chance: np.ndarray, *, wanted: float, ceiling: float, title: str
) -> Figure:
    """Rank correlation of every method (row) with the truth, by statistic (column of the table).

    chance: rank correlations of random rankings; the band holds the middle 95 %. wanted, ceiling:
    marked by lines. A method that has no such statistic has no such mark.
    """
    label = "rank correlation with the planted effects (Spearman)"
    names = list(map(style.method_name, table.index))
    figure, axes = row_chart(names, title, label, row_in=0.29)
    if np.isfinite(chance).any():
        low, high = np.nanquantile(chance, (0.025, 0.975))
        axes.axvspan(low, high, color=FAINT, alpha=0.5, linewidth=0, label="random rankings, 95 %")
    lines = {"color": INK, "linewidth": 0.8}
    axes.axvline(wanted, linestyle="--", label=f"wanted: {wanted:g}", **lines)
    axes.axvline(ceiling, label="as high as a ranking without ties can be", **lines)
    marks(axes, table, spread=0.24)
    beside = f"Wanted: {style.number(wanted)}; at most {style.number(ceiling)}."
    told = style.table_told(table.rename(index=style.method_name), label)
    figure.tell(f"{told} {beside}", style.named_rows(table, "method"))
    return figure


@styled
def advantage_figure(summary: pd.DataFrame, *, title: str, unit: str) -> Figure:
    """Area between each order's curve and the random one, with its 95 % interval.

    summary: columns method, way, advantage, ci_low, ci_high; right of 0 is better than chance.
    """
    methods = list(dict.fromkeys(summary["method"]))
    names, label = list(map(style.method_name, methods)), f"area beyond the random order ({unit})"
    figure, axes = row_chart(names, title, label, row_in=0.42)
    for shift, way, colour in ((-0.19, "deletion", BLUE), (0.19, "insertion", ORANGE)):
        rows = summary[summary["way"] == way].set_index("method").loc[methods]
        places = np.arange(len(rows)) + shift
        axes.barh(places, rows["advantage"], 0.34, color=colour, alpha=0.6, label=way)
        intervals(axes, rows["ci_low"], rows["ci_high"], shift=shift)
    style.legend(axes)
    wide = summary.pivot(index="method", columns="way", values="advantage").loc[methods]
    figure.tell(style.table_told(wide.rename(index=style.method_name), label), summary)
    return figure


@styled
def recovery_figure(effects: pd.Series, rankings: Mapping[str, pd.Series], *, title: str) -> Figure:
    """Relevance of every group as bars beside its planted effect as dots, a panel per ranking.

    effects: semitones by group; rankings: relevance by group. Rows in the order of the effects;
    each panel in shares of its largest value. Groups without effect have bars of another colour.
    """
    effects = effects.sort_values(ascending=False, kind="stable")
    shares = pd.DataFrame({**rankings, "": effects}).reindex(effects.index)
    shares /= shares.max().clip(lower=1e-12)
    key = "shares of the largest; blue: groups with effect, orange: without; dots: planted effect"
    row_in = row_height_in(list(effects.index.map(in_words)))
    size = {"width_in": 1.55, "height_in": row_in * len(effects), "gap_in": (0.25, 0)}
    count = len(rankings)
    figure, charts = style.panels(title, count, **size, columns=count, caption=key)
    for place, (axes, name) in enumerate(zip(charts, rankings, strict=True)):
        names = effects.index.map(in_words) if place == 0 else [""] * len(effects)
        name_rows(axes, names, "", zero=None)
        colours = np.where(effects > 0, BLUE, ORANGE)
        axes.barh(range(len(effects)), shares[name], 0.66, color=colours, alpha=0.75)
        axes.plot(shares[""], range(len(effects)), "o", color=INK, markersize=3.5)
        axes.set(xlim=(0, 1.04), xticks=[0, 0.5, 1])
        axes.set_title(style.filled(name, 1.6, 9), fontsize=9)
    told = style.extremes(effects.rename(index=in_words), "semitones")
    rhos = {name: rank_correlation(shares[name].fillna(0), shares[""]) for name in rankings}
    matched = [f"{name}: {style.number(rho, '.2f')}" for name, rho in rhos.items()]
    alt = f"Bars beside {style.counted(len(effects), 'planted effect')}, {told}. Rank correlation "
    found = shares.rename(columns={"": "planted effect"})
    figure.tell(f"{alt}with the effects: {', '.join(matched)}.", style.named_rows(found, "group"))
    return figure


@styled
def error_distribution(errors: Mapping[str, np.ndarray], *, label: str, title: str) -> Figure:
    """One error per utterance, for the model and its baselines: a box and all points a row.

    errors: {name of the predictor: float [utterances]}, NaN where undefined. label: of the
    error, with its unit. The median is written beside each name.
    """
    kept = {name: np.asarray(values, float) for name, values in errors.items()}
    kept = {name: values[np.isfinite(values)] for name, values in kept.items()}
    names = [f"{name} ({np.median(v):.3g})" if len(v) else name for name, v in kept.items()]
    look = {"row_in": 0.45, "zero": None, "caption": "in brackets: median over utterances"}
    figure, axes = row_chart(names, title, label, **look)
    for row, values in enumerate(kept.values()):
        spread = np.random.default_rng(row).uniform(-0.22, 0.22, len(values))
        colour = ORANGE if row == 0 else BLUE
        axes.plot(values, row + spread, ".", color=colour, alpha=0.35, markersize=4)
    line, thick = {"color": INK, "linewidth": 1}, {"color": INK, "linewidth": 2}
    look = {"showfliers": False, "boxprops": line, "medianprops": thick, "manage_ticks": False}
    places = {"positions": range(len(names)), "orientation": "horizontal", "widths": 0.5}
    axes.boxplot(list(kept.values()), **places, **look)
    told = [_spread_told(name, values) for name, values in kept.items() if len(values)]
    figure.tell(f"{label}, one row for each: {'; '.join(told)}.", _long(errors, "predictor"))
    return figure


def _spread_told(name: str, values: np.ndarray) -> str:
    low, middle, high = map(style.number, np.percentile(values, (0, 50, 100)))
    return f"{name} from {low} to {high}, median {middle}"


def _long(values: Mapping[str, np.ndarray], name: str) -> pd.DataFrame:
    """One row for each value, under its name."""
    parts = [pd.DataFrame({name: key, "value": found}) for key, found in values.items()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


@styled
def error_ranges(charts: Sequence[tuple[str, pd.DataFrame]], title: str) -> Figure:
    """Lowest, mean and highest error per utterance, one panel for each kind of error.

    charts: axis label and table of `published.errors_beside_study`; a mean that is NaN is left out.
    """
    height_in = max(0.26 * max((len(table) for _, table in charts), default=1), 0.5)
    figure, panels = style.panels(title, len(charts), WIDTH_IN, height_in, gap_in=(0, 0.65))
    for axes, (label, table) in zip(panels, charts, strict=True):
        name_rows(axes, table.index, label, zero=None)
        _ranges(axes, table.loc[:, ["lowest", "mean", "highest"]], COLOURS)
        axes.set_xlim(left=0)
    told = [f"{label}: {style.extremes(table['mean'])}" for label, table in charts]
    found = [style.named_rows(table).assign(error=label) for label, table in charts]
    figure.tell(f"Mean errors. {'; '.join(told)}.", pd.concat(found) if found else None)
    return figure


@styled
def speaker_ranges(f0_hz: Mapping[str, Sequence[np.ndarray]]) -> Figure:
    """Median F0 and its 5th to 95th percentile for each speaker, lowest voice on top.

    f0_hz: as for `f0_histogram`. At most 24 speakers, evenly chosen, are drawn.
    """
    voiced = voiced_hz(f0_hz).items()
    ends = {name: np.percentile(values, (5, 50, 95)) for name, values in voiced if len(values)}
    shown = evenly(sorted(ends, key=lambda name: ends[name][1]), MOST_SPEAKERS)
    label = "F0 (Hz): median, 5th to 95th percentile"
    figure, axes = row_chart(shown, "F0 by speaker", label, zero=None, width_in=5.0)
    found = pd.DataFrame([ends[name] for name in shown], index=pd.Index(shown, name="speaker"))
    _ranges(axes, found, [BLUE])
    if len(found):
        found.columns = ["percentile_5_hz", "median_hz", "percentile_95_hz"]
        told = style.extremes(found["median_hz"], "Hz")
        speakers = style.counted(len(ends), "speaker")
        figure.tell(f"Median F0 of {speakers}: {told}.", found.reset_index())
    else:
        figure.tell("0 speakers with a voiced frame.")
    return figure


def _ranges(axes: Axes, table: pd.DataFrame, colours: Sequence[str]) -> None:
    """Draw low, middle and high, the columns of a table, as a thick line with a dot."""
    colours = [colours[min(row, len(colours) - 1)] for row in range(len(table))]
    low, middle, high = (table[column] for column in table)
    intervals(axes, low, high, color=colours, linewidth=5, alpha=0.45)
    axes.scatter(middle, range(len(table)), c=colours, s=22, zorder=3)
