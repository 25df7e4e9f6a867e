"""F0 against time, with the words and phones it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.corpus.f0 import FRAME_SHIFT_S
from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.style import BLUE, FAINT, INK, NATURAL, ORANGE, PREDICTED, styled

SILENCES = ("", "pau", "sil", "sp", "_")
STRIP_IN = 0.44  # the rows of words and of phones
CONTOUR_IN, TERM_IN, LAW_IN = 2.2, 0.32, 4.6


@dataclass(frozen=True)
class UtteranceView:
    """What is drawn of one utterance.

    title: its orthographic text. f0_true_hz: float [frames], 0 or NaN where unvoiced.
    f0_predicted_hz: float [frames]. phones, words: (start_s, end_s, text) each.
    errors: names as in errors.csv.
    """

    title: str
    f0_true_hz: np.ndarray
    f0_predicted_hz: np.ndarray | None = None
    phones: Sequence[tuple[float, float, str]] = ()
    words: Sequence[tuple[float, float, str]] = ()
    errors: Mapping[str, float] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Length of the time axis."""
        return len(self.f0_true_hz) * FRAME_SHIFT_S

    @property
    def width_in(self) -> float:
        """Width of the time axis on paper: about an inch and a third for a second."""
        return float(np.clip(1.35 * self.seconds, 5.5, 14.0))


def utterance_view(utterance, *, f0_predicted_hz=None, errors=None) -> UtteranceView:
    """Collect what is drawn of a `corpus.Utterance`.

    f0_predicted_hz: float [frames] or None. errors: {name as in errors.csv: value} or None.
    """
    texts = {"title": utterance.text, "phones": utterance.phones, "words": utterance.words}
    return UtteranceView(
        f0_true_hz=utterance.f0_hz, f0_predicted_hz=f0_predicted_hz, errors=errors or {}, **texts
    )


@styled
def f0_figure(view: UtteranceView) -> Figure:
    """Predicted, where known, against natural F0 in Hz over time, titled with the text."""
    predicted = view.f0_predicted_hz is not None
    see = "where the lines part, the prediction is off; " * predicted + "gaps: no voice"
    figure, axes = style.panel(view.title, view.width_in, CONTOUR_IN, caption=see)
    draw_contours(axes, view)
    style.legend(axes)
    draw_strip(axes, -STRIP_IN, view, label="time (s)")
    figure.tell(f"{contours_told(view)} {_words_told(view)}", contour_table(view))
    return figure


def natural_f0_figure(view: UtteranceView) -> Figure:
    """Natural F0 in Hz over time, gaps where unvoiced, titled with the text."""
    return f0_figure(replace(view, f0_predicted_hz=None))


def contour_table(view: UtteranceView) -> pd.DataFrame:
    """Time and F0 of each frame, as a CSV has them; 0 where unvoiced."""
    table = pd.DataFrame({"natural_hz": np.nan_to_num(view.f0_true_hz)})
    table.insert(0, "time_s", (np.arange(len(table)) + 0.5) * FRAME_SHIFT_S)
    if view.f0_predicted_hz is not None:
        table["predicted_hz"] = view.f0_predicted_hz
    return table


def contours_told(view: UtteranceView) -> str:
    """Where F0 is highest and lowest, natural and predicted, over voiced frames."""
    voiced = np.nan_to_num(view.f0_true_hz) > 0
    times_s = [f"{time:.2f} s" for time in (np.flatnonzero(voiced) + 0.5) * FRAME_SHIFT_S]
    told = []
    for name, f0_hz in (("natural", view.f0_true_hz), ("predicted", view.f0_predicted_hz)):
        if f0_hz is not None:
            values = pd.Series(np.round(f0_hz[voiced]), times_s)
            told.append(f"{name} F0 {style.extremes(values, 'Hz')}")
    return f"Contours over {view.seconds:.2f} s: {'; '.join(told)}."


def _words_told(view: UtteranceView) -> str:
    spoken = sum(text not in SILENCES for _, _, text in view.words)
    return f"Below, {style.counted(spoken, 'word')} and their phones."


def draw_contours(axes: Axes, view: UtteranceView) -> None:
    """Draw natural and, unless None, predicted F0 on a time axis that a strip continues.

    Where the natural F0 is unvoiced both have a gap: a prediction means nothing there.
    """
    voiced = np.nan_to_num(view.f0_true_hz) > 0
    contours = [("natural F0", view.f0_true_hz, NATURAL)]
    if view.f0_predicted_hz is not None:
        contours.append(("predicted F0", view.f0_predicted_hz, PREDICTED))
    for name, f0_hz, colour in contours:
        times_s = (np.arange(len(f0_hz)) + 0.5) * FRAME_SHIFT_S
        axes.plot(times_s, np.where(voiced, f0_hz, np.nan), color=colour, label=name)
    for start_s, _, _ in view.words:
        axes.axvline(start_s, color=FAINT, linewidth=0.5, alpha=0.7, zorder=0)
    axes.set_xlim(0, max(view.seconds, FRAME_SHIFT_S))
    axes.set_ylabel("F0 (Hz)")
    axes.margins(y=0.08)
    axes.tick_params(labelbottom=False, bottom=False)


def draw_strip(axes: Axes, bottom_in: float, utterance, *, label: str = "") -> None:
    """Write words above phones at a height of axes whose time axis, in seconds, has its limits.

    A text too wide for its time is skipped. utterance: its `words` and `phones` are written.
    label: of the time axis; without one the strip has no ticks.
    """
    width_in, seconds = axes.get_position().width, np.ptp(axes.get_xlim())
    strip = style.inset(axes, 0, bottom_in, width_in, STRIP_IN, sharex=axes)
    strip.set(ylim=(0, 2), yticks=[], xlabel=label)
    strip.spines["left"].set_visible(False)
    strip.tick_params(labelbottom=bool(label), bottom=bool(label))
    rows = ((1, utterance.words, (8.5, 7.5, 6.5)), (0, utterance.phones, (8, 7)))
    for row, intervals, sizes in rows:
        edges = sorted({edge for start, end, _ in intervals for edge in (start, end)})
        strip.vlines(edges, row, row + 1, color=FAINT, linewidth=0.6)
        for start_s, end_s, text in intervals:
            room_in = (end_s - start_s) * width_in / seconds
            fitting = [size for size in sizes if style.text_width_in(text, size) <= room_in]
            if fitting and text not in SILENCES:
                place = {"ha": "center", "va": "center", "in_layout": False}  # it fits
                strip.text((start_s + end_s) / 2, row + 0.48, text, fontsize=fitting[0], **place)


@styled
def law_figure(
    utterance,
    law: np.ndarray,
    predicted: np.ndarray,
    terms: Mapping[str, np.ndarray],
    *,
    title: str,
) -> Figure:
    """The law in one utterance: what a network learnt of it on top, below it the law's terms.

    law, predicted and each of the terms: semitones [phones], NaN where nothing is to be drawn.
    All terms have one scale.
    """
    phones, terms_in = utterance.phones, TERM_IN * len(terms)
    edges_s = np.array([*(phone.start_s for phone in phones), phones[-1].end_s])
    figure, axes = style.panel(title, LAW_IN, 1.5)
    axes.stairs(law, edges_s, baseline=None, color=INK, label="planted law")
    axes.stairs(predicted, edges_s, baseline=None, color=PREDICTED, label="network")
    style.legend(axes)
    axes.set(ylabel="F0 (semitones)", xlim=(0, edges_s[-1]))
    axes.tick_params(labelbottom=False, bottom=False)
    below = style.inset(axes, 0, -0.1 - terms_in, LAW_IN, terms_in, sharex=axes)
    _draw_terms(below, edges_s, terms)
    draw_strip(axes, -0.1 - terms_in - STRIP_IN, utterance, label="time (s)")
    found = pd.DataFrame({"phone": [phone.text for phone in phones], "start_s": edges_s[:-1]})
    found = found.assign(law=law, network=predicted, **terms)
    spread = pd.Series({name: np.ptp(np.nan_to_num(v)) for name, v in terms.items()}, dtype=float)
    told = style.extremes(pd.Series(law, [f"{edge:.2f} s" for edge in edges_s[:-1]]), "semitones")
    ranges = style.extremes(spread, "semitones")
    figure.tell(
        f"Planted law by phone, {told}, and what the network learnt of it. {len(terms)} "
        f"terms below; their ranges: {ranges}.",
        found,
    )
    return figure


def _draw_terms(axes: Axes, edges_s: np.ndarray, terms: Mapping[str, np.ndarray]) -> None:
    """Draw one row per term, its zero a thin line; up is higher F0."""
    largest = max((np.nanmax(np.abs(values), initial=0) for values in terms.values()), default=0)
    axes.set(ylim=(len(terms), 0))
    axes.set_yticks(np.arange(len(terms)) + 0.5, labels=list(map(in_words, terms)))
    axes.tick_params(length=0, labelbottom=False)
    axes.spines[:].set_visible(False)
    for row, values in enumerate(terms.values()):
        middle = row + 0.5
        heights = middle - 0.85 * values / max(largest, 1e-9)
        axes.axhline(middle, color=FAINT, linewidth=0.5)
        colour = (BLUE, ORANGE)[row % 2]  # a high bar may reach the next row
        axes.stairs(heights, edges_s, baseline=middle, color=colour, fill=True, linewidth=0)
