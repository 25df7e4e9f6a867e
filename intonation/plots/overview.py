"""Figures about a corpus, a training run and its errors."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.contours import TITLE_PT, draw_title, title_height_in
from intonation.plots.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PALETTE,
    axes_at,
    new_figure,
    styled,
)

LEFT_IN, BOTTOM_IN, RIGHT_IN, ROW_IN = 0.75, 0.52, 0.25, 0.34
MOST_SPEAKERS = 24
LABEL_PT = 8


def _canvas(title: str, *, height_in: float, width_in: float = 5.6, left_in: float = LEFT_IN):
    lines = style.wrapped(title, left_in + width_in, TITLE_PT)
    height = BOTTOM_IN + height_in + 0.14 + title_height_in(lines)
    figure = new_figure(left_in + width_in + RIGHT_IN, height)
    draw_title(figure, lines)
    return figure, axes_at(figure, left_in, BOTTOM_IN, width_in, height_in)


@styled
def loss_curve(history: pd.DataFrame, *, title: str = "Loss by epoch", unit: str = "") -> Figure:
    """Loss against epoch, the best validation loss marked.

    history: columns `epoch`, `train_loss`, `validation_loss`. unit: of the loss, for the axis.
    """
    figure, axes = _canvas(title, height_in=2.8)
    losses = [name for name in history.columns if "loss" in name]
    for name, colour in zip(losses, PALETTE, strict=False):
        axes.plot(history["epoch"], history[name], color=colour, label=name.replace("_", " "))
    if "validation_loss" in losses and history["validation_loss"].notna().any():
        best = history.loc[history["validation_loss"].idxmin()]
        axes.plot(best["epoch"], best["validation_loss"], "o", color=INK, markersize=5)
        label = f"best: {best['validation_loss']:.3g} at epoch {best['epoch']:.0f}"
        axes.axvline(best["epoch"], color=FAINT, linewidth=0.8, label=label, zorder=0)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="epoch", ylabel=f"loss ({unit})" if unit else "loss")
    axes.legend(loc="upper right")
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
    left_in = style.widest_in(names, LABEL_PT) + 0.3
    figure, axes = _canvas(title, height_in=0.45 * len(names) + 0.2, left_in=left_in)
    for row, values in enumerate(kept.values()):
        colour = ORANGE if row == 0 else BLUE
        spread = np.random.default_rng(row).uniform(-0.22, 0.22, len(values))
        axes.plot(values, row + spread, ".", color=colour, alpha=0.35, markersize=4)
        line = dict(color=INK, linewidth=1)
        box = dict(showfliers=False, boxprops=line, medianprops=dict(color=INK, linewidth=2))
        axes.boxplot(values, positions=[row], orientation="horizontal", widths=0.5, **box)
    axes.set_yticks(range(len(names)), labels=names, fontsize=LABEL_PT)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlabel(f"{label}; in brackets: median over utterances")
    return figure


def joined(tracks: Sequence[np.ndarray]) -> np.ndarray:
    """Put the F0 tracks of a speaker's utterances end to end, float [frames] in Hz."""
    return np.concatenate([*tracks, np.zeros(0)])


@styled
def f0_histogram(f0_hz: Mapping[str, np.ndarray], *, title: str = "F0 of voiced frames") -> Figure:
    """Share of voiced frames by F0, one line for each speaker.

    f0_hz: {speaker: float [frames] in Hz}; unvoiced frames (0) are left out.
    """
    figure, axes = _canvas(title, height_in=2.6)
    voiced = {name: values[values > 0] for name, values in f0_hz.items()}
    ends = [np.percentile(values, (0.1, 99.9)) for values in voiced.values() if len(values)]
    low, high = (min(e[0] for e in ends), max(e[1] for e in ends)) if ends else (50.0, 500.0)
    edges_hz = np.arange(np.floor(low / 5) * 5, high + 5, 5)
    many = len(voiced) > len(PALETTE)
    for number, (name, values) in enumerate(voiced.items()):
        share = np.histogram(values, edges_hz)[0] / max(len(values), 1) * 100
        colour = BLUE if many else PALETTE[number]
        axes.stairs(share, edges_hz, color=colour, alpha=0.6 if many else 1, label=name)
    axes.set(xlabel="F0 (Hz)", ylabel="voiced frames (% per 5 Hz)")
    if 1 < len(voiced) <= len(PALETTE):
        axes.legend(loc="upper right")
    return figure


@styled
def duration_histogram(seconds: np.ndarray, *, title: str = "Length of utterances") -> Figure:
    """Number of utterances by length in seconds."""
    figure, axes = _canvas(title, height_in=2.2)
    step_s = 0.5 if np.max(seconds, initial=0) <= 30 else 1.0
    edges_s = np.arange(0, np.max(seconds, initial=step_s) + step_s, step_s)
    axes.hist(seconds, edges_s, color=BLUE, alpha=0.75, rwidth=0.92)
    axes.axvline(np.median(seconds), color=INK, linewidth=1)
    label = f" median {np.median(seconds):.1f} s"
    axes.text(np.median(seconds), 0.99, label, transform=axes.get_xaxis_transform(), va="top")
    axes.set_ylim(top=axes.get_ylim()[1] * 1.1)
    axes.set(xlabel="length (s)", ylabel="utterances")
    return figure


@styled
def speaker_ranges(f0_hz: Mapping[str, np.ndarray], *, title: str = "F0 by speaker") -> Figure:
    """Median F0 and its 5th to 95th percentile for each speaker, lowest voice on top.

    f0_hz: as for `f0_histogram`. At most 24 speakers, evenly chosen, are drawn.
    """
    voiced = {name: values[values > 0] for name, values in f0_hz.items() if (values > 0).any()}
    names = sorted(voiced, key=lambda name: np.median(voiced[name]))
    chosen = np.unique(np.linspace(0, len(names) - 1, MOST_SPEAKERS).round().astype(int))
    shown = [names[index] for index in chosen] if len(names) > MOST_SPEAKERS else names
    left_in = style.widest_in(shown, LABEL_PT) + 0.3
    figure, axes = _canvas(title, height_in=max(0.24 * len(shown), 0.6), left_in=left_in)
    _draw_ranges(axes, [np.percentile(voiced[name], (5, 50, 95)) for name in shown])
    axes.set_yticks(range(len(shown)), labels=shown, fontsize=LABEL_PT)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel("F0 (Hz): median, 5th to 95th percentile")
    return figure


def _draw_ranges(axes: Axes, percentiles_hz: list[np.ndarray]) -> None:
    for row, (low, middle, high) in enumerate(percentiles_hz):
        axes.plot((low, high), (row, row), color=BLUE, linewidth=4, alpha=0.5)
        axes.plot(middle, row, "o", color=INK, markersize=4)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", linewidth=0.4, alpha=0.6)
