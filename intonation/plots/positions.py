"""Relevance by place: heatmaps on several time axes, profiles of groups, and contrasts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from intonation.lrp.contrast import Contrast
from intonation.lrp.positions import Profile
from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import FAINT, INK, NEGATIVE, PALETTE, POSITIVE, axes_at, new_figure

ROW_IN, PANEL_IN, COUNTS_IN, LABEL_PT = 0.165, 3.1, 0.42, 8
BELOW_IN, ABOVE_IN, ACROSS_IN, BAR_IN = 0.62, 0.36, 0.42, 1.4
TOTALS = {
    "rest": "inputs of no group",
    "absorbed": "absorbed by biases",
    "explained": "= predicted F0",
    "natural": "natural F0",
}


@style.styled
def position_heatmaps(profiles: Sequence[Profile], *, title: str, unit: str) -> Figure:
    """Mean relevance per frame by group (rows) and place (columns), one panel per time axis.

    Panels share one symmetric colour scale, linear near zero and logarithmic beyond. Above each
    lies how many frames its bins hold. Axes on which no frame has a place are left out.
    """
    shown = [profile for profile in profiles if profile.frames.any()]
    names = shown[0].groups if shown else ()
    left = style.widest_in(names, LABEL_PT) + 0.2
    height_in = max(ROW_IN * len(names), 2.0)
    cell_in = BELOW_IN + height_in + COUNTS_IN + ABOVE_IN
    rows, columns = -(-len(shown) // 2), min(len(shown), 2)
    width = left + columns * PANEL_IN + max(columns - 1, 0) * ACROSS_IN + BAR_IN
    lines = style.wrapped(title, width - 0.3, TITLE_PT)
    figure = new_figure(width, rows * cell_in + title_height_in(lines))
    draw_title(figure, lines)
    norm = style.relevance_norm(np.concatenate([_filled(profile).ravel() for profile in shown]))
    for number, profile in enumerate(shown):
        row, column = divmod(number, 2)
        place = left + column * (PANEL_IN + ACROSS_IN), (rows - 1 - row) * cell_in + BELOW_IN
        image = _draw_heat(figure, place, height_in, profile, norm)
        image.axes.tick_params(axis="y", length=0, labelleft=column == 0)
        if number == 0:
            label = _quantity(profile, unit)
            right = left + columns * PANEL_IN + max(columns - 1, 0) * ACROSS_IN + 0.15
            style.relevance_bar(figure, image, (right, place[1], 0.14, height_in), label)
    return figure


def _quantity(profile: Profile, unit: str) -> str:
    unit = unit.replace(" ", "\N{NO-BREAK SPACE}")
    return f"relevance per frame, {profile.statistic} over a group's features ({unit})"


def _filled(profile: Profile) -> np.ndarray:
    return np.nan_to_num(profile.mean)


def _draw_heat(figure: Figure, place: tuple, height_in: float, profile: Profile, norm):
    axis = profile.axis
    heat = axes_at(figure, *place, PANEL_IN, height_in)
    image = heat.imshow(
        np.ma.masked_invalid(profile.mean.T),
        aspect="auto",
        interpolation="nearest",
        cmap=style.RELEVANCE_MAP,
        norm=norm,
        extent=(axis.edges[0], axis.edges[-1], len(profile.groups), 0),
    )
    heat.set_facecolor("#e4e4e0")  # a bin without frames
    heat.set_yticks(np.arange(len(profile.groups)) + 0.5, labels=profile.groups, fontsize=LABEL_PT)
    heat.hlines(range(1, len(profile.groups)), *heat.get_xlim(), color=FAINT, linewidth=0.35)
    if axis.edges[0] < 0 < axis.edges[-1]:
        heat.axvline(0, color=INK, linewidth=0.8)
    heat.set_xlabel("\n".join(style.wrapped(axis.label, PANEL_IN, LABEL_PT + 1)))
    heat.xaxis.set_major_locator(MaxNLocator(5))
    counts = axes_at(figure, place[0], place[1] + height_in + 0.05, PANEL_IN, COUNTS_IN - 0.05)
    _draw_counts(counts, profile)
    counts.set_title(axis.title)
    return image


def _draw_counts(counts: Axes, profile: Profile) -> None:
    """How many frames each bin holds; the number is that of the fullest."""
    edges, most = profile.axis.edges, max(profile.frames.max(), 1)
    counts.stairs(profile.frames, edges, fill=True, color=FAINT)
    counts.set(xlim=(edges[0], edges[-1]), ylim=(0, most * 1.08))
    counts.set_yticks([most], labels=[f"{most:,} frames"], fontsize=7)
    counts.yaxis.tick_right()
    counts.tick_params(axis="y", length=0, pad=-2, direction="in", labelcolor="#55554f")
    for label in counts.get_yticklabels():
        label.set(ha="right", va="top")
    counts.tick_params(axis="x", bottom=False, labelbottom=False)
    counts.spines["left"].set_visible(False)


@style.styled
def position_profiles(profile: Profile, groups: Sequence[str], *, title: str, unit: str) -> Figure:
    """Mean relevance per frame of some groups (at most six) along one axis, with intervals.

    Bands are 95 % confidence intervals over utterances; bins of fewer than two utterances have
    none. Above lies how many frames the bins hold.
    """
    width_in, height_in, left = 6.2, 2.9, 0.85
    legend_in = 0.2 * len(groups) + 0.1
    lines = style.wrapped(title, left + width_in, TITLE_PT)
    bottom = legend_in + 0.55
    top = bottom + height_in + COUNTS_IN
    figure = new_figure(left + width_in + 0.25, top + 0.08 + title_height_in(lines))
    draw_title(figure, lines)
    axes = axes_at(figure, left, bottom, width_in, height_in)
    counts = axes_at(figure, left, bottom + height_in + 0.05, width_in, COUNTS_IN - 0.05)
    _draw_lines(axes, profile, groups)
    axes.set_xlabel(profile.axis.label)
    axes.set_ylabel("\n".join(style.wrapped(_quantity(profile, unit), height_in, 9)))
    _draw_counts(counts, profile)
    corner = (left / figure.get_figwidth(), legend_in / figure.get_figheight())
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="upper left", bbox_to_anchor=corner, borderaxespad=0)
    return figure


def _draw_lines(axes: Axes, profile: Profile, groups: Sequence[str]) -> None:
    edges = profile.axis.edges
    middles, low_high = (edges[:-1] + edges[1:]) / 2, profile.interval()
    for name, colour, mark in zip(groups, PALETTE, "osD^vP", strict=False):
        column = profile.groups.index(name)
        low, high = low_high[:, :, column]
        axes.fill_between(middles, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(
            middles, profile.mean[:, column], color=colour, label=name, marker=mark, markersize=3
        )
    axes.axhline(0, color=INK, linewidth=0.7)
    if edges[0] < 0 <= edges[-1]:
        axes.axvline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(linewidth=0.4, alpha=0.5)


@style.styled
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
    left, width_in = style.widest_in(rows["part"].tolist(), LABEL_PT) + 0.25, 4.6
    lines = style.wrapped(title, left + width_in, TITLE_PT)
    height_in = 0.22 * len(rows)
    label = "mean per explained frame, {} minus {} ({})".format(*names, unit)
    label_lines = style.wrapped(label, width_in, 9)
    bottom = 0.36 + 0.16 * len(label_lines)
    figure = new_figure(left + width_in + 0.7, bottom + height_in + 0.08 + title_height_in(lines))
    draw_title(figure, lines)
    axes = axes_at(figure, left, bottom, width_in, height_in)
    _draw_bars(axes, rows)
    axes.axhline(len(bars) - 0.5, color=INK, linewidth=0.9)
    axes.set_xlabel("\n".join(label_lines))
    return figure


def contrast_bars(table: pd.DataFrame, most: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The bars that add up, strongest first, and the totals that they add up to.

    table: of a `Contrast`. Groups beyond the first `most` become one row; it has no interval,
    since intervals do not add up.
    """
    groups = table[table["kind"] == "group"]
    order = groups["difference"].abs().sort_values(ascending=False, kind="stable").index
    groups = groups.loc[order]
    bars = [groups.head(most)]
    if len(groups) > most:
        others = groups.iloc[most:][["first", "second", "difference"]].sum()
        row = {"kind": "group", "part": f"{len(groups) - most} other groups", **others}
        bars.append(pd.DataFrame([row]))
    found = table.assign(part=[TOTALS.get(kind, part) for kind, part in _pairs(table)])
    bars.append(found[found["kind"].isin(["rest", "absorbed"])])
    totals = found[found["kind"].isin(["explained", "natural"])]
    return pd.concat(bars, ignore_index=True), totals.reset_index(drop=True)


def _pairs(table: pd.DataFrame):
    return zip(table["kind"], table["part"], strict=True)


def _draw_bars(axes: Axes, rows: pd.DataFrame) -> None:
    places, values = range(len(rows)), rows["difference"]
    colours = [
        FAINT if kind == "natural" else POSITIVE if value >= 0 else NEGATIVE
        for kind, value in zip(rows["kind"], values, strict=True)
    ]
    axes.barh(places, values, 0.68, color=colours, alpha=0.6)
    axes.hlines(places, rows["ci_low"], rows["ci_high"], color=INK, linewidth=1.1)
    axes.axvline(0, color=INK, linewidth=0.7)
    for place, value in zip(places, values, strict=True):
        text = f"{value:+.2g}".replace("-", "\N{MINUS SIGN}")
        axes.text(1.01, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=7)
    axes.set_yticks(places, labels=rows["part"], fontsize=LABEL_PT)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
    axes.set_axisbelow(True)
