"""Recordings that may be in doubt: how many pass which check, and single ones to look at."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.plots import style
from intonation.plots.contours import (
    STRIP_IN,
    UtteranceView,
    contour_table,
    contours_told,
    draw_strip,
)
from intonation.plots.rows import MOST_SPEAKERS, intervals, row_chart
from intonation.plots.style import BLUE, FAINT, ORANGE, styled
from intonation.statistics import evenly

if TYPE_CHECKING:
    from parselmouth import Sound

VERDICTS = {"fine": ("nothing to doubt", BLUE), "doubtful": ("in doubt, or not used", ORANGE)}
UNKNOWN = ("not known", FAINT)
PICTURE_IN = 1.9
TOP_HZ, WINDOW_S = 5000.0, 0.005  # a broad-band spectrogram, as Praat draws it
STEP_S, STEP_HZ = 0.006, 60.0  # a finer one would weigh more than the rest of its page
DYNAMIC_RANGE_DB, PER_OCTAVE_DB, SHADES = 50.0, 6.0, 12


@styled
def checks_figure(table: pd.DataFrame, *, title: str) -> Figure:
    """How many recordings each check passes, doubts or says nothing of, as one bar a check.

    table: as `quality.recordings.checks` makes it.
    """
    label, names = "recordings", [str(name) for name in table["check"]]
    figure, axes = row_chart(names, title, label, row_in=0.27, zero=None, width_in=4.4)
    kinds, left = {**VERDICTS, "unknown": UNKNOWN}, np.zeros(len(table))
    for kind, (word, colour) in kinds.items():
        counts = table[kind].to_numpy(dtype=float)
        look = {"color": colour, "alpha": 0.75, "label": word}
        axes.barh(range(len(table)), counts, 0.66, left=left, **look)
        left = left + counts
    style.legend(axes)
    beside = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": style.LABEL_PT}
    for row, doubted in enumerate(table["doubtful"]):
        axes.text(1.01, row, f"{doubted:,}" if doubted else "", **beside)
    axes.set_xlim(0, max(left.max(initial=0), 1))
    told = [_counts_told(row) for row in table.to_dict("records")]
    figure.tell(f"Bars of recordings by check. {'; '.join(told)}.", table)
    return figure


def _counts_told(row: dict) -> str:
    known = [f"{row['fine']:,} fine", f"{row['doubtful']:,} in doubt"]
    return f"{row['check']}: {', '.join(known)}, {row['unknown']:,} not known"


@styled
def rate_figure(table: pd.DataFrame, *, most_z: float) -> Figure:
    """Rate of every recording by speaker, slowest speaker on top; unusual ones in another colour.

    table: columns id, speaker, phones_per_s, rate_z; recordings beyond `most_z` are unusual. At
    most 24 speakers, evenly chosen, are drawn.
    """
    known = table[table["phones_per_s"].notna()]
    medians = known.groupby("speaker")["phones_per_s"].median().sort_values(kind="stable")
    shown = evenly(list(medians.index), MOST_SPEAKERS)
    label = "phones per second of speech; line: 5th to 95th percentile"
    look = {"zero": None, "row_in": 0.32, "empty": "no rate is known"}
    figure, axes = row_chart(shown, "Rate of recordings", label, **look)
    groups = [known[known["speaker"] == name] for name in shown]
    _strips(axes, groups, most_z)
    if shown:
        style.legend(axes)
    unusual = known[known["rate_z"].abs() > most_z]
    rates = style.extremes(known["phones_per_s"].set_axis(known["id"]), "phones per second")
    told = f"Rate of {style.counted(len(known), 'recording')} by speaker: {rates}; "
    found = known[["id", "speaker", "phones_per_s", "rate_z"]]
    figure.tell(f"{told}{len(unusual)} unusual for their speaker.", found)
    return figure


def _strips(axes: Axes, groups: Sequence[pd.DataFrame], most_z: float) -> None:
    """A point for each recording, groups in rows, those beyond `most_z` in another colour."""
    names = {False: "recording", True: "unusual for the speaker"}
    points: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for row, part in enumerate(groups):
        spread = row + np.random.default_rng(row).uniform(-0.2, 0.2, len(part))
        odd = (part["rate_z"].abs() > most_z).to_numpy()
        for kind in points:
            rates = part["phones_per_s"].to_numpy()[odd == kind]
            points[kind].append(np.stack([rates, spread[odd == kind]]))
    ends = [np.percentile(part["phones_per_s"], (5, 95)) for part in groups]
    if groups:
        intervals(axes, *np.transpose(ends))
    for kind, found in points.items():
        across, up = np.concatenate(found, axis=1) if found else np.zeros((2, 0))
        look = {"color": ORANGE if kind else BLUE, "alpha": 0.9 if kind else 0.35}
        if len(across) or not kind:
            axes.plot(across, up, "s" if kind else "o", markersize=3, label=names[kind], **look)


@styled
def phone_lengths_figure(table: pd.DataFrame) -> Figure:
    """Median length of each phone and its 5th to 95th percentile, longest on top.

    table: as `quality.recordings.phone_lengths` makes it. The count is written beside each.
    """
    label, row_in = "length (ms): median, 5th to 95th percentile", 0.17
    look = {"row_in": row_in, "empty": "no phone"}
    figure, axes = row_chart(list(table["phone"]), "Lengths of phones", label, **look)
    intervals(axes, table["low_ms"], table["high_ms"], color=BLUE, linewidth=4, alpha=0.45)
    axes.plot(table["median_ms"], range(len(table)), "o", color=BLUE, markersize=4)
    beside = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 7}
    for row, count in enumerate(table["count"]):
        axes.text(1.01, row, f"{count:,}", **beside)
    told = style.extremes(table["median_ms"].set_axis(table["phone"]), "ms")
    kinds = style.counted(len(table), "phone")
    figure.tell(f"Median lengths of {kinds}, {table['count'].sum():,} in all: {told}.", table)
    return figure


@styled
def recording_figure(view: UtteranceView, sound: "Sound | None" = None) -> Figure:
    """A spectrogram with F0 and the boundaries of phones upon it, words and phones below.

    sound: the recording; without one there are only F0 and boundaries.
    """
    figure, axes = style.panel(view.title, view.width_in, PICTURE_IN)
    if sound is not None:
        _draw_spectrogram(axes, sound)
    axes.set(xlim=(0, view.seconds), ylim=(0, TOP_HZ / 1000), ylabel="frequency (kHz)")
    axes.tick_params(labelbottom=False, bottom=False)
    edges_s = sorted({edge for start, end, _ in view.phones for edge in (start, end)})
    axes.vlines(edges_s, 0, TOP_HZ / 1000, color=BLUE, linewidth=0.6, alpha=0.8)
    _draw_f0_above(axes, view)
    draw_strip(axes, -STRIP_IN, view, label="time (s)")
    what = "Spectrogram" if sound is not None else "No recording; times"
    count = style.counted(len(edges_s), "boundary", "boundaries")
    figure.tell(f"{what} with {count} of phones. {contours_told(view)}", contour_table(view))
    return figure


def _draw_f0_above(axes: Axes, view: UtteranceView) -> None:
    """F0 upon what is drawn, with an axis of its own on the right."""
    width_in, height_in = axes.get_position().size
    above = style.inset(axes, 0, 0, width_in, height_in, sharex=axes)
    f0_hz = np.where(np.nan_to_num(view.f0_true_hz) > 0, view.f0_true_hz, np.nan)
    times_s = contour_table(view)["time_s"]
    above.plot(times_s, f0_hz, color=style.PAPER, linewidth=3.4)  # seen on black, too
    above.plot(times_s, f0_hz, color=ORANGE, linewidth=1.8)
    above.spines[["left", "bottom"]].set_visible(False)
    above.spines["right"].set_visible(True)
    above.yaxis.tick_right()
    above.yaxis.set_label_position("right")
    above.set_ylabel("F0 (Hz)", color=ORANGE)
    above.tick_params(labelbottom=False, bottom=False)
    above.margins(y=0.15)


def _draw_spectrogram(axes: Axes, sound: "Sound") -> None:
    """Grey, darker where there is more energy, high frequencies raised as the ear does."""
    top_hz = min(TOP_HZ, sound.sampling_frequency / 2)
    step = {"time_step": STEP_S, "frequency_step": STEP_HZ}
    found = sound.to_spectrogram(window_length=WINDOW_S, maximum_frequency=top_hz, **step)
    power_db = 10 * np.log10(np.maximum(found.values, 1e-12))  # [bands, times]
    octaves = np.log2(np.maximum(found.ys(), STEP_HZ) / 1000)
    shown = power_db + PER_OCTAVE_DB * octaves[:, None]
    ends = (found.xmin, found.xmax, found.ymin / 1000, found.ymax / 1000)
    limits = {"vmin": shown.max() - DYNAMIC_RANGE_DB, "vmax": shown.max()}
    few = mpl.colormaps["Greys"].resampled(SHADES)  # half as many bytes as all of them
    look = {"cmap": few, "origin": "lower", "aspect": "auto", "interpolation": "none"}
    axes.imshow(shown, extent=ends, **limits, **look)  # "none": as many pixels as it has
