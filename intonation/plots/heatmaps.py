"""Relevance as colour: rows are groups or single features, columns are frames or places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from intonation.corpus.f0 import FRAME_SHIFT_S
from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.contours import (
    STRIP_IN,
    UtteranceView,
    contours_told,
    draw_contours,
    draw_strip,
)
from intonation.plots.shades import draw_bar, mark_negative, relevance_map, relevance_norm
from intonation.plots.style import FAINT, INK, styled

if TYPE_CHECKING:
    from intonation.lrp.positions import Profile

ROW_IN, BAND_IN = 0.155, 0.15  # least heights of a named row and of a named band of features
FEATURE_IN = 1 / style.DPI  # a feature is never thinner than a pixel
CONTOUR_IN, GAP_IN, COUNTS_IN, AGGREGATE_IN = 1.7, 0.18, 0.42, 5.6
DENSE = 300_000  # cells
SIGNS_TOLD = "green pushes F0 up, pink down"
STEP_FRAMES = 20  # that a CSV of single features takes the mean of

Rows = Sequence[str] | Mapping[str, np.ndarray]


class Drawn(NamedTuple):
    """Rows of a heatmap from top to bottom, and where their names go."""

    image: np.ndarray  # [rows, frames]
    edges: np.ndarray  # [names + 1], in rows
    names: list[str]
    height_in: float
    caption: str
    step: int = 1  # frames in a column


def arrange(values: np.ndarray, rows: Rows, *, what: str = "features with relevance") -> Drawn:
    """Arrange float [frames, columns] for drawing.

    rows: one name per column, or {name of a band: columns} for single features. Features that
    are zero throughout are left out; in a band of few features each is repeated until the band
    can carry its name.
    """
    if isinstance(rows, Mapping):
        return _bands(values, rows, what)
    names = list(rows)
    if len(names) != values.shape[1]:
        raise ValueError(f"{len(names)} names for {values.shape[1]} rows")
    height_in = max(ROW_IN * len(names), 1.3)
    return Drawn(values.T, np.arange(len(names) + 1), names, height_in, "")


def _bands(values: np.ndarray, rows: Mapping[str, np.ndarray], what: str) -> Drawn:
    active = np.any(values != 0, axis=0)
    bands = {name: np.asarray(i)[active[np.asarray(i, dtype=int)]] for name, i in rows.items()}
    bands = {name: indices for name, indices in bands.items() if len(indices)}
    least = int(np.ceil(BAND_IN / FEATURE_IN))
    repeats = {name: -(-least // len(indices)) for name, indices in bands.items()}
    order = [np.repeat(indices, repeats[name]) for name, indices in bands.items()]
    edges = np.cumsum([0, *(len(part) for part in order)])
    columns = np.concatenate([*order, np.zeros(0, dtype=int)])
    drawn = sum(len(indices) for indices in bands.values())
    caption = f"{drawn:,} {what}, of {values.shape[1]:,}"
    height_in = max(len(columns) * FEATURE_IN, 1.3)
    return Drawn(values.T[columns], edges, list(bands), height_in, caption)


def _thinned(drawn: Drawn, width_in: float) -> Drawn:
    """The same with means of neighbouring frames where a pixel would hold several.

    A heatmap of few rows keeps its frames: it is small as it is.
    """
    rows, frames = drawn.image.shape
    step = -(-frames // int(width_in * style.DPI))
    if step <= 1 or rows * frames <= DENSE:
        return drawn
    starts = np.arange(0, frames, step)
    sums = np.add.reduceat(drawn.image, starts, axis=1)
    image = sums / np.diff([*starts, frames])
    caption = f"{drawn.caption}; a column is the mean of {step} frames"
    return drawn._replace(image=image, step=step, caption=caption.removeprefix("; "))


@styled
def relevance_heatmap(values: np.ndarray, rows: Rows, view: UtteranceView, *, label: str) -> Figure:
    """Relevance under predicted and natural F0 on one time axis, text as title, errors as caption.

    values: float [frames, groups] with the groups' names as `rows`, or float [frames, inputs]
    with `rows` = {band: inputs}. label: of the colours; say the unit, and of groups whether the
    sum or the mean of their features is shown.
    """
    width_in = view.width_in
    drawn = _thinned(arrange(values, rows), width_in)
    notes = "; ".join(filter(None, (SIGNS_TOLD, drawn.caption, _errors_told(view.errors))))
    figure, heat = style.panel(view.title, width_in, drawn.height_in, caption=notes)
    _draw_relevance(heat, drawn, view.seconds, label)
    above = drawn.height_in + 0.04
    contour = style.inset(heat, 0, above + STRIP_IN, width_in, CONTOUR_IN, sharex=heat)
    draw_contours(contour, view)
    heat.set_xlabel("time (s)")
    draw_strip(heat, above, view)
    for start_s, _, _ in view.words:
        heat.axvline(start_s, color=INK, linewidth=0.4, alpha=0.35)
    style.legend(contour)
    told = heat_told(values, rows, np.arange(len(values)) * FRAME_SHIFT_S, label)
    figure.tell(f"{told} {contours_told(view)}", _frame_table(values, rows))
    return figure


@styled
def aggregate_heatmap(
    values: np.ndarray,
    rows: Rows,
    *,
    title: str,
    label: str,
    utterances_per_frame: np.ndarray,
) -> Figure:
    """Relevance of many utterances by frame index, float [frames, groups or inputs].

    rows, label: as for `relevance_heatmap`. utterances_per_frame: int [frames], drawn above.
    """
    seconds = len(values) * FRAME_SHIFT_S
    drawn = _thinned(arrange(values, rows), AGGREGATE_IN)
    figure, heat = style.panel(title, AGGREGATE_IN, drawn.height_in, caption=drawn.caption)
    _draw_relevance(heat, drawn, seconds, label)
    heat.set_xlabel("time from the start of the utterance (s)")
    edges_s = np.linspace(0, seconds, len(utterances_per_frame) + 1)
    _draw_counts(heat, utterances_per_frame, edges_s, 0.72).set_ylabel("utterances")
    told = heat_told(values, rows, np.arange(len(values)) * FRAME_SHIFT_S, label)
    utterances = style.counted(int(max(utterances_per_frame, default=0)), "utterance")
    figure.tell(f"{told} At most {utterances} in a frame.", _frame_table(values, rows))
    return figure


def heat_told(values: np.ndarray, rows: Rows, starts_s: np.ndarray, label: str) -> str:
    """Where a heatmap, float [frames, columns], is highest and lowest, and its strongest row.

    rows: as for `arrange`.
    """
    count = style.counted(len(rows), "row" if not isinstance(rows, Mapping) else "band")
    if not values.size or not np.any(values):
        return f"Heatmap of {label}: {count}, 0 throughout."
    names = _column_names(values, rows)
    ends = []
    for word, place in (("highest", values.argmax()), ("lowest", values.argmin())):
        frame, column = np.unravel_index(place, values.shape)
        value = style.number(values[frame, column])
        ends.append(f"{word} {value} at {starts_s[frame]:.2f} s ({names[column]})")
    strength = pd.Series(np.abs(values).mean(axis=0)).groupby(names).sum()
    return f"Heatmap of {label}, {count}: {', '.join(ends)}; strongest: {strength.idxmax()}."


def _column_names(values: np.ndarray, rows: Rows) -> np.ndarray:
    """In words, of each column its row or band."""
    if not isinstance(rows, Mapping):
        return np.array([in_words(name) for name in rows], dtype=object)
    names = np.full(values.shape[1], "", dtype=object)
    for name, columns in rows.items():
        names[np.asarray(columns, dtype=int)] = in_words(name)
    return names


def _frame_table(values: np.ndarray, rows: Rows, step: int = STEP_FRAMES) -> pd.DataFrame:
    """Relevance by time for a CSV: of groups each frame, of features the mean of some frames."""
    if isinstance(rows, Mapping):
        kept = {f"{n}[{i}]": values[:, i] for n, members in rows.items() for i in members}
        drawn = {name: column for name, column in kept.items() if column.any()}
        table = pd.DataFrame(drawn, index=range(len(values)))
        table = table.groupby(np.arange(len(values)) // step).mean()
        step_s = step * FRAME_SHIFT_S
    else:
        table, step_s = pd.DataFrame(values, columns=list(rows)), FRAME_SHIFT_S
    table.insert(0, "start_s", np.arange(len(table)) * step_s, allow_duplicates=True)
    return table


@styled
def label_figure(answers: np.ndarray, rows: Rows, phones: Sequence[str], *, title: str) -> Figure:
    """The answers to all questions, binary [phones, questions], as dark cells in bands.

    rows: {band: question indices}. phones: one symbol per phone. Questions that no phone of the
    utterance answers with yes are left out.
    """
    drawn = arrange(np.asarray(answers, dtype=float), rows, what="questions with a yes")
    width_in = float(np.clip(0.16 * len(phones), 4.5, 11.0))
    figure, axes = style.panel(title, width_in, drawn.height_in, caption=drawn.caption)
    _draw_rows(axes, drawn, len(phones), cmap="Greys")
    axes.set_xticks(np.arange(len(phones)) + 0.5, labels=phones, fontsize=7)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("phone")
    found = _frame_table(answers, rows, step=1).drop(columns="start_s")
    found.insert(0, "phone", list(phones), allow_duplicates=True)
    yes = pd.Series(np.asarray(answers).sum(axis=0)).groupby(_column_names(answers, rows)).sum()
    told = style.extremes(yes)
    figure.tell(f"Answers of {style.counted(len(phones), 'phone')}; yes by band: {told}.", found)
    return figure


@styled
def position_heatmaps(profiles: Sequence[Profile], *, title: str, unit: str) -> Figure:
    """Mean relevance per frame by group (rows) and place (columns), one panel per time axis.

    Panels share one symmetric colour scale, linear near zero and logarithmic beyond. Above each
    lies how many frames its bins hold. Axes on which no frame has a place are left out.
    """
    shown = [profile for profile in profiles if profile.frames.any()]
    height_in = max([0.165 * len(profile.groups) for profile in shown] + [2.0])
    gap_in = (0.42, 1.4)
    figure, charts = style.panels(title, len(shown), 2.7, height_in, columns=2, gap_in=gap_in)
    filled = [np.nan_to_num(profile.mean).ravel() for profile in shown]
    norm = relevance_norm(np.concatenate([*filled, np.zeros(1)]))
    for place, (axes, profile) in enumerate(zip(charts, shown, strict=True)):
        _draw_places(axes, profile, norm)
        axes.tick_params(axis="y", labelleft=place % 2 == 0)
    if shown:
        right = charts[:2][-1]
        draw_bar(right, quantity(shown[0], unit), height_in, 0.12)
    told = [_profile_told(profile) for profile in shown]
    found = pd.concat([p.table().assign(axis=p.axis.title) for p in shown]) if shown else None
    alt = f"{style.counted(len(shown), 'heatmap')} of relevance in {unit}. {' '.join(told)}"
    figure.tell(alt, found)
    return figure


def _profile_told(profile: Profile) -> str:
    edges = profile.axis.edges
    named = [
        f"{in_words(group)} at {start:g} to {end:g}"
        for start, end in zip(edges, edges[1:], strict=False)
        for group in profile.groups
    ]
    return f"{profile.axis.title}: {style.extremes(pd.Series(profile.mean.ravel(), named))}."


def quantity(profile: Profile, unit: str) -> str:
    """What a profile shows, with its unit, for an axis."""
    unit = unit.replace(" ", "\N{NO-BREAK SPACE}")
    return f"relevance per frame, {profile.statistic} over a group's features ({unit})"


def draw_frame_counts(axes: Axes, profile: Profile) -> Axes:
    """Above axes of places, how many frames each bin holds; the number is that of the fullest."""
    most = max(profile.frames.max(), 1)
    counts = _draw_counts(axes, profile.frames, profile.axis.edges, COUNTS_IN)
    counts.set_yticks([])
    counts.spines["left"].set_visible(False)
    look = {"ha": "right", "va": "top", "fontsize": style.LABEL_PT, "color": "#55554f"}
    counts.text(0.99, 0.93, f"{most:,} frames", transform=counts.transAxes, **look)
    return counts


def _draw_counts(axes: Axes, heights: np.ndarray, edges: np.ndarray, height_in: float) -> Axes:
    width, height = axes.get_position().size
    counts = style.inset(axes, 0, height + 0.06, width, height_in - 0.06, sharex=axes)
    counts.stairs(heights, edges, fill=True, color=FAINT)
    counts.tick_params(labelbottom=False, bottom=False)
    counts.set_ylim(0, max(heights, default=1) * 1.06 or 1)
    return counts


def _draw_places(axes: Axes, profile: Profile, norm: SymLogNorm) -> None:
    axis, drawn = profile.axis, arrange(np.ma.masked_invalid(profile.mean), profile.groups)
    axes.set_facecolor("#e4e4e0")  # a bin without frames
    ends = axis.edges[[0, -1]]
    _draw_rows(axes, drawn, ends[1], start=ends[0], cmap=relevance_map(), norm=norm)
    mark_negative(axes)
    if ends[0] < 0 < ends[1]:
        axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_xlabel(style.filled(axis.label, axes.get_position().width, 9))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    draw_frame_counts(axes, profile).set_title(axis.title)


def _draw_relevance(axes: Axes, drawn: Drawn, seconds: float, label: str) -> None:
    look = {"cmap": relevance_map(), "norm": relevance_norm(drawn.image)}
    columns = drawn.image.shape[1] * drawn.step * FRAME_SHIFT_S  # the last may be cut
    _draw_rows(axes, drawn, max(columns, 1e-3), **look)
    axes.set_xlim(0, max(seconds, 1e-3))
    draw_bar(axes, label, min(drawn.height_in, 3.5), GAP_IN)
    mark_negative(axes)


def _draw_rows(axes: Axes, drawn: Drawn, end: float, *, start: float = 0, **look) -> None:
    """Draw an image from start to end, with the names of its rows or bands."""
    extent = (start, end, max(len(drawn.image), 1), 0)
    axes.imshow(drawn.image, aspect="auto", interpolation="none", extent=extent, **look)
    middles = (drawn.edges[:-1] + drawn.edges[1:]) / 2
    axes.set_yticks(middles, labels=[in_words(name) for name in drawn.names])
    axes.tick_params(axis="y", length=0)
    axes.hlines(drawn.edges[1:-1], start, end, color=FAINT, linewidth=0.35)


def _errors_told(errors: Mapping[str, float | str]) -> str:
    """Errors of an utterance in one line."""
    told = []
    for name, value in errors.items():
        if not isinstance(value, str):
            value = style.number(value, ",.0f" if abs(value) >= 1000 else ".3g")
        told.append(f"{style.pretty(name)} {value}")
    return ", ".join(told)
