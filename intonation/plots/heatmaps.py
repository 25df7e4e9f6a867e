"""Relevance as colour: rows are groups or single features, columns are frames."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.contours import (
    BOTTOM_IN,
    STRIP_IN,
    TITLE_PT,
    UtteranceView,
    draw_contours,
    draw_strip,
    draw_title,
    title_height_in,
)
from intonation.plots.style import FAINT, INK, axes_at, new_figure, styled

ROW_IN, BAND_IN = 0.155, 0.15  # least heights of a named row and of a named band of features
FEATURE_IN = 1 / style.DPI  # a feature is never thinner than a pixel
LABEL_PT = 7.5
LABEL = "relevance (semitones)"
CONTOUR_IN, SIDE_IN, GAP_IN = 1.7, 2.3, 0.18

Rows = Sequence[str] | Mapping[str, np.ndarray]


class Drawn(NamedTuple):
    """Rows of a heatmap from top to bottom, and where their names go."""

    image: np.ndarray  # [rows, frames]
    edges: np.ndarray  # [names + 1], in rows
    names: list[str]
    height_in: float
    caption: str


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


@styled
def relevance_heatmap(
    values: np.ndarray, rows: Rows, view: UtteranceView, *, label: str = LABEL
) -> Figure:
    """Relevance under predicted and natural F0 on one time axis, errors beside, text as title.

    values: float [frames, groups] with the groups' names as `rows`, or float [frames, inputs]
    with `rows` = {band: inputs}. label: of the colours; say the unit, and of groups whether the
    sum or the mean of their features is shown.
    """
    drawn = arrange(values, rows)
    left = _left_in(drawn)
    title = style.wrapped(view.title, left + view.width_in + SIDE_IN - 0.3, TITLE_PT)
    below = BOTTOM_IN + drawn.height_in + 0.04
    top = below + STRIP_IN + CONTOUR_IN
    figure = new_figure(left + view.width_in + SIDE_IN, top + 0.1 + title_height_in(title))
    across = (left, view.width_in)
    heat = axes_at(figure, left, BOTTOM_IN, view.width_in, drawn.height_in)
    strip = axes_at(figure, left, below, view.width_in, STRIP_IN, sharex=heat)
    contour = axes_at(figure, left, below + STRIP_IN, view.width_in, CONTOUR_IN, sharex=heat)
    draw_contours(contour, view, view.f0_predicted_hz)
    draw_strip(strip, view, labels=False)
    _draw_rows(heat, drawn, len(values) * view.frame_shift_ms / 1000, label, across)
    for start_s, _, _ in view.words:
        heat.axvline(start_s, color=INK, linewidth=0.4, alpha=0.35)
    _draw_side(figure, contour, view.errors, sum(across) + GAP_IN, top)
    draw_title(figure, title)
    return figure


@styled
def aggregate_heatmap(
    values: np.ndarray,
    rows: Rows,
    *,
    title: str,
    label: str = LABEL,
    utterances_per_frame: np.ndarray | None = None,
    frame_shift_ms: float = 5.0,
) -> Figure:
    """Relevance of many utterances by frame index, float [frames, groups or inputs].

    rows, label: as for `relevance_heatmap`. utterances_per_frame: int [frames] or None; drawn
    above the heatmap.
    """
    drawn = arrange(values, rows)
    left, width, counts_in = _left_in(drawn), 7.0, 0.0 if utterances_per_frame is None else 0.8
    lines = style.wrapped(title, left + width + 0.9, TITLE_PT)
    top = BOTTOM_IN + drawn.height_in + counts_in
    figure = new_figure(left + width + 1.2, top + 0.12 + title_height_in(lines))
    seconds = len(values) * frame_shift_ms / 1000
    heat = axes_at(figure, left, BOTTOM_IN, width, drawn.height_in)
    _draw_rows(heat, drawn, seconds, label, (left, width))
    heat.set_xlabel("time from the start of the utterance (s)")
    if utterances_per_frame is not None:
        place = (left, BOTTOM_IN + drawn.height_in + 0.08, width, counts_in - 0.08)
        _draw_counts(axes_at(figure, *place, sharex=heat), utterances_per_frame, seconds)
    draw_title(figure, lines)
    return figure


@styled
def label_figure(answers: np.ndarray, rows: Rows, phones: Sequence[str], *, title: str) -> Figure:
    """The answers to all questions, binary [phones, questions], as dark cells in bands.

    rows: {band: question indices}. phones: one symbol per phone. Questions that no phone of the
    utterance answers with yes are left out.
    """
    drawn = arrange(np.asarray(answers, dtype=float), rows, what="questions with a yes")
    left, width = _left_in(drawn), float(np.clip(0.16 * len(phones), 4.5, 11.0))
    lines = style.wrapped(title, left + width, TITLE_PT)
    figure = new_figure(
        left + width + 0.2, BOTTOM_IN + drawn.height_in + 0.1 + title_height_in(lines)
    )
    axes = axes_at(figure, left, BOTTOM_IN, width, drawn.height_in)
    extent = (0, len(phones), len(drawn.image), 0)
    axes.imshow(drawn.image, aspect="auto", interpolation="nearest", cmap="Greys", extent=extent)
    _name_rows(axes, drawn)
    axes.set_xticks(np.arange(len(phones)) + 0.5, labels=phones, fontsize=7)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel("phone")
    draw_title(figure, lines)
    return figure


def _left_in(drawn: Drawn) -> float:
    caption_in = 0.16 * len(_caption(drawn)) + 0.05 if drawn.caption else 0.0
    return max(style.widest_in(drawn.names, LABEL_PT) + 0.2 + caption_in, 0.75)


def _caption(drawn: Drawn) -> list[str]:
    return style.wrapped(drawn.caption, drawn.height_in, LABEL_PT)


def _draw_rows(axes: Axes, drawn: Drawn, seconds: float, label: str, across: tuple) -> None:
    rows = len(drawn.image)
    image = axes.imshow(
        drawn.image,
        aspect="auto",
        interpolation="nearest",
        cmap=style.RELEVANCE_MAP,
        norm=style.relevance_norm(drawn.image),
        extent=(0, max(seconds, 1e-3), max(rows, 1), 0),
    )
    _name_rows(axes, drawn)
    axes.set_xlabel("time (s)")
    height_in = min(drawn.height_in, 3.5)
    place = (sum(across) + GAP_IN, BOTTOM_IN + drawn.height_in - height_in, 0.14, height_in)
    style.relevance_bar(axes.figure, image, place, label)


def _name_rows(axes: Axes, drawn: Drawn) -> None:
    middles = (drawn.edges[:-1] + drawn.edges[1:]) / 2
    axes.set_yticks(middles, labels=drawn.names, fontsize=LABEL_PT)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("\n".join(_caption(drawn)), loc="top", fontsize=LABEL_PT)
    axes.hlines(drawn.edges[1:-1], *axes.get_xlim(), color=FAINT, linewidth=0.35)


def _draw_side(
    figure: Figure, contour: Axes, errors: Mapping[str, float], left: float, top: float
) -> None:
    across, up = figure.get_size_inches()
    corner = (left / across, top / up)
    handles, names = contour.get_legend_handles_labels()
    figure.legend(handles, names, loc="upper left", bbox_to_anchor=corner, borderaxespad=0)
    right = (left + SIDE_IN - 2 * GAP_IN) / across
    for number, (name, value) in enumerate(style.table_lines(errors)):
        y = (top - 0.55 - 0.165 * number) / up
        figure.text(corner[0], y, name, fontsize=8)
        figure.text(right, y, value, fontsize=8, ha="right")


def _draw_counts(axes: Axes, utterances_per_frame: np.ndarray, seconds: float) -> None:
    edges_s = np.linspace(0, seconds, len(utterances_per_frame) + 1)
    axes.stairs(utterances_per_frame, edges_s, fill=True, color=FAINT)
    axes.tick_params(labelbottom=False, bottom=False)
    axes.set_ylabel("utterances")
    axes.set_ylim(0, max(utterances_per_frame, default=1) * 1.05)
