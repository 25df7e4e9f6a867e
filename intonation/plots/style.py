"""One look for every figure: legible on a light and on a dark page, and without colour vision.

Axes have a size in inches, and the paper is cut to what was drawn on it, so no margin is counted
by hand and no name is too long. matplotlib's layout engines shrink axes, text and heatmaps instead.
"""

import textwrap
from collections.abc import Sequence
from functools import lru_cache, wraps
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D, Bbox
from PIL import Image

from intonation.files import replacing
from intonation.labels.words import in_words
from intonation.plots.html import PX_PER_IN, figure_html, small_png

DPI = PX_PER_IN
PAPER, INK, FAINT = "#ffffff", "#1d1d1f", "#b9b9b4"
# Okabe and Ito's palette, told apart with any kind of colour vision
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, "#e69f00")
MARKERS = ("o", "s", "^", "D", "v", "P")
NATURAL, PREDICTED = INK, ORANGE
RELEVANCE_MAP = "PiYG"  # pink below zero, green above
NEGATIVE, POSITIVE = "#c51b7d", "#4d9221"  # the ends of that map
LABEL_PT, TITLE_PT = 8, 11
MARGIN_IN = 0.13
STYLE = {
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "font.family": "DejaVu Sans",  # it has every Polish letter and IPA symbol
    "text.parse_math": False,  # a dollar sign in a sentence is a dollar sign
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.linewidth": 0.4,
    "grid.alpha": 0.6,
    "xtick.labelsize": LABEL_PT,
    "ytick.labelsize": LABEL_PT,
    "legend.fontsize": LABEL_PT,
    "legend.frameon": False,
    "legend.borderaxespad": 0.2,
    "legend.columnspacing": 1.2,
    "legend.handlelength": 1.5,
    "lines.linewidth": 1.4,
}
ACRONYMS = ("rmse", "mse", "mae", "nrmse", "f0", "vuv", "sd")
UNITS = {"hz": "Hz", "hz2": "Hz²", "semitones": "semitones", "s": "s", "ms": "ms"}
UNITS |= {"semitones2": "semitones²", "percent": "%"}
METHODS = {  # how pages write the name of a way to explain or to rank
    "z": "LRP, Z rule",
    "epsilon": "LRP, epsilon rule",
    "gamma": "LRP, gamma rule",
    "alpha_beta": "LRP, alpha-beta rule",
    "z_box": "LRP, Z rule for bounded inputs",
    "integrated_gradients": "integrated gradients",
    "gradient": "gradient only",
    "alone": "each group tried alone",
    "random": "random order",
}


@lru_cache(maxsize=2**15)
def _size_of(text: str, font: FontProperties, is_math: bool, dpi: float):
    """In pixels; the same names stand in a hundred rankings."""
    return RendererAgg(1, 1, dpi).get_text_width_height_descent(text, font, is_math)


class Renderer(RendererAgg):
    """Draws on pixels, and remembers how large words are from one figure to the next."""

    def get_text_width_height_descent(self, s, prop, ismath):
        return _size_of(s, prop.copy(), ismath, self.dpi)


class Canvas(FigureCanvasAgg):
    """With such a renderer."""

    _drawn_at: tuple[float, ...] = ()

    def get_renderer(self):
        size = *self.get_width_height(physical=True), self.figure.dpi
        if self._drawn_at != size:
            self._drawn_at, self.renderer = size, Renderer(*size)
        return self.renderer


class BookFigure(Figure):
    """A figure in `STYLE` that a notebook shows without pyplot and its global state.

    title, caption: written above and below all axes of a file, wrapped to the width of what is
    drawn; below the picture in a notebook and on a page. alt: what is seen, in words. data: what
    was drawn. Axes are added at places in inches, which `fit` turns into places on a paper that is
    as large as need be; `inner` is then the part of it, in inches, without title and caption.
    """

    alt: str
    data: pd.DataFrame | None
    inner: Bbox

    def __init__(self, title: str = "", caption: str = "") -> None:
        super().__init__(figsize=(1, 1), dpi=DPI)  # of one inch, so a place on it is in inches
        Canvas(self)
        self.title, self.caption, self.alt, self.data = title, caption, "", None
        self.patch.set_in_layout(False)
        self.as_drawn = False  # whether the canvas has it as it is
        self._around: list[Text] = []  # what is not of the inner part

    def tell(self, alt: str, data: pd.DataFrame | None = None) -> None:
        """Say what is seen and what it was drawn from."""
        self.alt, self.data = alt, data

    def fit(self) -> None:
        """Cut the paper to what is drawn, and write title and caption. Axes keep their inches."""
        box = self.get_tightbbox().frozen()
        across = max(box.width, 3.0)
        title, caption = wrapped(self.title, across, TITLE_PT), wrapped(self.caption, across)
        width = max(box.width, widest_in(title, TITLE_PT), widest_in(caption)) + 2 * MARGIN_IN
        above = 0.21 * len(title) + 0.1 if self.title else 0.0
        below = 0.155 * len(caption) + 0.1 if self.caption else 0.0
        height = box.height + above + below + 2 * MARGIN_IN
        self.set_size_inches(width, height)
        self.inner = Bbox([[0, below], [box.width + 2 * MARGIN_IN, height - above]])
        to_paper = Affine2D().translate(MARGIN_IN - box.x0, MARGIN_IN + below - box.y0)
        to_paper.scale(1 / width, 1 / height)
        for axes in self.axes:
            axes.set_position(axes.get_position().transformed(to_paper))
        left, edge = MARGIN_IN / width, MARGIN_IN / height
        place = {"x": left, "ha": "left", "linespacing": 1.25}
        head = self.suptitle("\n".join(title), y=1 - edge, va="top", fontsize=TITLE_PT, **place)
        foot = {"y": edge, "va": "bottom", "fontsize": LABEL_PT, **place}
        self._around = [head, self.text(s="\n".join(caption), **foot)]

    def draw(self, renderer) -> None:
        """Draw in `STYLE`, because ticks are made as late as this."""
        with mpl.rc_context(STYLE):
            super().draw(renderer)

    def _repr_html_(self) -> str:
        words = {"title": self.title, "caption": self.caption, "alt": self.alt}
        self.as_drawn = not self.stale and hasattr(self.canvas, "renderer")
        for text in self._around:
            text.set_visible(False)
        try:
            return figure_html(self, **words, data=self.data)
        finally:
            for text in self._around:
                text.set_visible(True)

    def _ipython_display_(self) -> None:
        from IPython import display  # processes that only draw do without

        # as HTML alone: matplotlib would add a picture of its own
        shown = {"text/html": self._repr_html_(), "text/plain": self.title or self.alt}
        display.display(shown, raw=True)


def styled(function):
    """Draw with `STYLE` on paper of the right size; leave the caller's settings as they were."""

    @wraps(function)
    def draw(*arguments, **keywords):
        with mpl.rc_context(STYLE):
            figure = function(*arguments, **keywords)
            figure.fit()
            return figure

    return draw


def panel(
    title: str, width_in: float, height_in: float, *, caption: str = ""
) -> tuple[BookFigure, Axes]:
    """A titled figure with one pair of axes of that size."""
    figure, (axes,) = panels(title, 1, width_in, height_in, caption=caption)
    return figure, axes


def panels(
    title: str,
    count: int,
    width_in: float,
    height_in: float,
    *,
    columns: int = 1,
    gap_in: tuple[float, float] = (0.4, 0.75),
    caption: str = "",
) -> tuple[BookFigure, list[Axes]]:
    """A titled figure with several axes of one size, in reading order.

    gap_in: between columns and between rows; it must hold what is written there.
    """
    figure = BookFigure(title, caption)
    across, down = width_in + gap_in[0], height_in + gap_in[1]
    places = [(number % columns * across, -(number // columns) * down) for number in range(count)]
    return figure, [figure.add_axes((*place, width_in, height_in)) for place in places]


def inset(axes: Axes, left: float, bottom: float, width: float, height: float, **keywords) -> Axes:
    """Axes beside or within others, at a place in inches from their lower left corner."""
    across, up = axes.get_position().size
    place = (left / across, bottom / up, width / across, height / up)
    added = axes.inset_axes(place, **keywords)
    added.patch.set_visible(False)  # it would cover the edges of its neighbours
    return added


def legend(axes: Axes, *, up_in: float = 0.0, below: bool = False) -> None:
    """Write the legend above the axes, `up_in` higher or below their label, in columns that fit."""
    names = axes.get_legend_handles_labels()[1]
    (across, up), handle_in = axes.get_position().size, 0.4  # with its gaps
    one_row = sum(text_width_in(name) + handle_in for name in names) <= across
    columns = len(names) if one_row else int(across / (widest_in(names) + handle_in)) or 1
    loc, place = ("upper left", -0.5 / up) if below else ("lower left", 1 + up_in / up)
    axes.legend(loc=loc, bbox_to_anchor=(0, place), ncols=columns)


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure, with title and caption, as small PNG (whole or not at all); its path."""
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba()))
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(small_png(image))
    return Path(path)


def show(figure: BookFigure, path: Path, see: str = "") -> BookFigure:
    """Save a figure as PNG; return it for a notebook's cell to display.

    see: what to look for, for the caption of a page where the figure has none of its own.
    """
    save_figure(figure, path)
    figure.caption = figure.caption or see
    return figure


@lru_cache(maxsize=4096)
def text_width_in(text: str, size_pt: float = LABEL_PT) -> float:
    """Width of one line of text in inches, in the font of `STYLE`."""
    font = FontProperties(family=STYLE["font.family"], size=size_pt)
    return TextToPath().get_text_width_height_descent(text, font, ismath=False)[0] / 72


def widest_in(texts: Sequence[str], size_pt: float = LABEL_PT) -> float:
    """Width of the widest text in inches, 0 for none."""
    return max((text_width_in(text, size_pt) for text in texts), default=0.0)


def wrapped(
    text: str, width_in: float, size_pt: float = LABEL_PT, *, whole_words: bool = False
) -> list[str]:
    """Break text into lines that fit a width in inches; never an empty list.

    whole_words: a word that is too long stays whole, and its line is wider.
    """
    per_character = max(text_width_in(text, size_pt) / max(len(text), 1), 1e-6)
    longest = max(int(0.97 * width_in / per_character), 8)
    return textwrap.wrap(text, longest, break_long_words=not whole_words) or [""]


def filled(text: str, width_in: float, size_pt: float = LABEL_PT) -> str:
    """Text in lines that fit a width in inches."""
    return "\n".join(wrapped(text, width_in, size_pt))


def pretty(name: str) -> str:
    """Make a column name readable: `rmse_hz` becomes 'RMSE (Hz)'."""
    words = name.split("_")
    unit = f" ({UNITS[words.pop()]})" if len(words) > 1 and words[-1] in UNITS else ""
    words = [word.upper() if word in ACRONYMS else word for word in words]
    text = " ".join(words)
    return text[:1].upper() + text[1:] + unit


def readable(name: str) -> str:
    """A group's name in words; of an unknown constant, small letters with spaces."""
    words = in_words(name)
    constant = words == name and "_" in name
    return name.replace("_", " ").lower() if constant else words


def method_name(method: str) -> str:
    """A method's name as the pages write it."""
    return METHODS.get(method, method)


def number(value: float, form: str = ".3g") -> str:
    """A number, to three significant digits or in another form, with a proper minus sign."""
    if np.isnan(float(value)):
        return "\N{EN DASH}"
    if form == ".3g" and 1000 <= abs(value) < 1e6:
        form = ",.0f"  # no exponent where digits are read more easily
    return f"{float(value) + 0.0:{form}}".replace("-", "\N{MINUS SIGN}")


def extremes(values: pd.Series, unit: str = "") -> str:
    """Highest and lowest of named numbers, in words: what a picture of them shows first."""
    known = values[np.isfinite(values.astype(float))]
    if known.empty:
        return "no value is known"
    after = f" {unit}" if unit else ""
    told = [(word, known.index[place], known.iloc[place]) for word, place in _ends(known)]
    return ", ".join(f"{word} {number(value)}{after} ({name})" for word, name, value in told)


def _ends(known: pd.Series) -> list[tuple[str, int]]:
    values = known.to_numpy(dtype=float)
    if len(values) == 1:
        return [("the only one", 0)]
    return [("highest", int(values.argmax())), ("lowest", int(values.argmin()))]


def counted(count: int, one: str, many: str = "") -> str:
    """A number and its noun: 1 row, 2 rows."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def table_told(table: pd.DataFrame, label: str) -> str:
    """What a table of marks shows: in each of its columns, the ends and where they are."""
    rows = counted(len(table), "row")
    if table.empty:
        return f"Marks in {rows}: {label}."
    told = "; ".join(f"{name}: {extremes(column)}" for name, column in table.items())
    return f"Marks in {rows}: {label}. {told}."


def named_rows(table: pd.DataFrame, name: str = "name") -> pd.DataFrame:
    """A table with its index as first column, for a CSV."""
    return table.rename_axis(index=name, columns=None).reset_index()
