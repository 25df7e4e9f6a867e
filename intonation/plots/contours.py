"""F0 against time, with the words and phones it belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from intonation.plots.style import (
    FAINT,
    INK,
    NATURAL,
    PREDICTED,
    axes_at,
    new_figure,
    styled,
    text_width_in,
    wrapped,
)

SILENCES = ("", "pau", "sil", "sp", "_")
TITLE_PT, TITLE_LINE_IN = 11, 0.21
STRIP_IN = 0.44  # the rows of words and of phones
RIGHT_IN, TOP_IN, BOTTOM_IN = 0.2, 0.12, 0.5
ERROR_COLUMNS = (
    *("rmse_hz", "mae_hz", "nrmse", "rmse_semitones", "mae_semitones", "correlation"),
    *("all_frames_rmse_hz", "all_frames_nrmse"),
)


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
    frame_shift_ms: float = 5.0

    @property
    def seconds(self) -> float:
        """Length of the time axis."""
        return len(self.f0_true_hz) * self.frame_shift_ms / 1000

    @property
    def width_in(self) -> float:
        """Width of the time axis on paper: about an inch and a third for a second."""
        return float(np.clip(1.35 * self.seconds, 5.5, 14.0))


def utterance_view(utterance, *, f0_predicted_hz=None, errors=None) -> UtteranceView:
    """Collect what is drawn of a `corpus.Utterance`.

    f0_predicted_hz: float [frames] or None. errors: the utterance's row of errors.csv or None.
    """
    row = {} if errors is None else errors
    return UtteranceView(
        title=utterance.text,
        f0_true_hz=utterance.f0_hz,
        f0_predicted_hz=f0_predicted_hz,
        phones=utterance.phones,
        words=utterance.words,
        errors={name: row[name] for name in ERROR_COLUMNS if name in row},
    )


@styled
def f0_figure(view: UtteranceView) -> Figure:
    """Predicted against natural F0 in Hz over time, gaps where unvoiced, titled with the text."""
    return _contour_figure(view, view.f0_predicted_hz)


@styled
def natural_f0_figure(view: UtteranceView) -> Figure:
    """Natural F0 in Hz over time, gaps where unvoiced, titled with the text."""
    return _contour_figure(view, None)


def _contour_figure(view: UtteranceView, f0_predicted_hz: np.ndarray | None) -> Figure:
    left, contour_in = 0.7, 2.2
    width = left + view.width_in + RIGHT_IN
    title = wrapped(view.title, width - 0.3, TITLE_PT)
    bottom = BOTTOM_IN + STRIP_IN
    legend_in = 0.26
    height = bottom + contour_in + legend_in + title_height_in(title)
    figure = new_figure(width, height)
    axes = axes_at(figure, left, bottom, view.width_in, contour_in)
    draw_contours(axes, view, f0_predicted_hz)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.1)
    strip = axes_at(figure, left, BOTTOM_IN, view.width_in, STRIP_IN, sharex=axes)
    draw_strip(strip, view)
    strip.set_xlabel("time (s)")
    draw_title(figure, title)
    return figure


def title_height_in(lines: Sequence[str]) -> float:
    """Height that the title needs at the top of a figure."""
    return TOP_IN + TITLE_LINE_IN * len(lines)


def draw_title(figure: Figure, lines: Sequence[str]) -> None:
    """Write the lines of a title at the upper left of a figure."""
    across, up = figure.get_size_inches()
    place = dict(x=0.15 / across, y=1 - TOP_IN / up, ha="left", va="top")
    figure.suptitle("\n".join(lines), fontsize=TITLE_PT, linespacing=1.25, **place)


def draw_contours(axes: Axes, view: UtteranceView, f0_predicted_hz: np.ndarray | None) -> None:
    """Draw natural and, unless None, predicted F0 on a time axis that a strip continues.

    Where the natural F0 is unvoiced both have a gap: a prediction means nothing there.
    """
    voiced = np.nan_to_num(view.f0_true_hz) > 0
    contours = [("natural F0", view.f0_true_hz, NATURAL)]
    if f0_predicted_hz is not None:
        contours.append(("predicted F0", f0_predicted_hz, PREDICTED))
    for name, f0_hz, colour in contours:
        times_s = (np.arange(len(f0_hz)) + 0.5) * view.frame_shift_ms / 1000
        axes.plot(times_s, np.where(voiced, f0_hz, np.nan), color=colour, label=name)
    for start_s, _, _ in view.words:
        axes.axvline(start_s, color=FAINT, linewidth=0.5, alpha=0.7, zorder=0)
    axes.set_xlim(0, max(view.seconds, view.frame_shift_ms / 1000))
    axes.set_ylabel("F0 (Hz)")
    axes.margins(y=0.08)
    axes.tick_params(labelbottom=False, bottom=False)


def draw_strip(axes: Axes, view: UtteranceView, *, labels: bool = True) -> None:
    """Write words above phones, with their boundaries; a text too wide for its time is skipped."""
    axes.set(ylim=(0, 2), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelbottom=labels, bottom=labels)
    for row, intervals, sizes in ((1, view.words, (8.5, 7.5, 6.5)), (0, view.phones, (8, 7))):
        edges = sorted({edge for start, end, _ in intervals for edge in (start, end)})
        axes.vlines(edges, row, row + 1, color=FAINT, linewidth=0.6)
        for start_s, end_s, text in intervals:
            room_in = (end_s - start_s) * view.width_in / max(view.seconds, 1e-9)
            fitting = [size for size in sizes if text_width_in(text, size) <= room_in]
            if fitting and text not in SILENCES:
                middle = dict(x=(start_s + end_s) / 2, y=row + 0.48, ha="center", va="center")
                axes.text(s=text, fontsize=fitting[0], color=INK, **middle)
