"""One look for every figure: legible on a light and on a dark page, and without colour vision.

Axes have a size in inches, and the paper is cut to what was drawn on it, so no margin is counted
by hand and no name is too long. matplotlib's own layout engines keep the paper and shrink the
axes, rows of text and pixels of a heatmap with them, and take twice the time.
"""

import io
import textwrap
from collections.abc import Sequence
from functools import lru_cache, wraps
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath
from matplotlib.transforms import Affine2D
from PIL import Image

from intonation.files import replacing

DPI = 110
PAPER, INK, FAINT = "#fdfdfb", "#1d1d1f", "#b9b9b4"
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


class BookFigure(Figure):
    """A figure in `STYLE` that a notebook shows without pyplot and its global state.

    title, caption: written above and below all axes, wrapped to the width of what is drawn.
    Axes are added at places in inches, which `fit` turns into places on a paper that is as
    large as need be.
    """

    def __init__(self, title: str = "", caption: str = "") -> None:
        super().__init__(figsize=(1, 1), dpi=DPI)  # of one inch, so a place on it is in inches
        FigureCanvasAgg(self)
        self.title, self.caption = title, caption
        self.patch.set_in_layout(False)

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
        to_paper = Affine2D().translate(MARGIN_IN - box.x0, MARGIN_IN + below - box.y0)
        to_paper.scale(1 / width, 1 / height)
        for axes in self.axes:
            axes.set_position(axes.get_position().transformed(to_paper))
        left, edge = MARGIN_IN / width, MARGIN_IN / height
        place = {"x": left, "ha": "left", "linespacing": 1.25}
        self.suptitle("\n".join(title), y=1 - edge, va="top", fontsize=TITLE_PT, **place)
        self.text(s="\n".join(caption), y=edge, va="bottom", fontsize=LABEL_PT, **place)

    def draw(self, renderer) -> None:
        """Draw in `STYLE`, because ticks are made as late as this."""
        with mpl.rc_context(STYLE):
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=DPI)
        return buffer.getvalue()


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


def save_figure(figure: Figure, path: Path, *, colours: int | None = None) -> Path:
    """Write a figure as PNG (whole or not at all); return its path.

    colours: keep only so many, which makes a figure without colour gradients three times as
    small and faster to write; None keeps all.
    """
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    if colours is not None:
        fast = {"method": Image.Quantize.FASTOCTREE, "dither": Image.Dither.NONE}
        image = image.quantize(colours, **fast)
    with replacing(Path(path)) as temporary:
        image.save(temporary, format="png", dpi=(DPI, DPI))
    return Path(path)


def show(figure: Figure, path: Path):
    """Save a figure as PNG; return the picture for a notebook's cell to display."""
    from IPython import display  # processes that only draw do without

    return display.Image(save_figure(figure, path))


@lru_cache(maxsize=4096)
def text_width_in(text: str, size_pt: float = LABEL_PT) -> float:
    """Width of one line of text in inches, in the font of `STYLE`."""
    font = FontProperties(family=STYLE["font.family"], size=size_pt)
    return TextToPath().get_text_width_height_descent(text, font, ismath=False)[0] / 72


def widest_in(texts: Sequence[str], size_pt: float = LABEL_PT) -> float:
    """Width of the widest text in inches, 0 for none."""
    return max((text_width_in(text, size_pt) for text in texts), default=0.0)


def wrapped(text: str, width_in: float, size_pt: float = LABEL_PT) -> list[str]:
    """Break text into lines that fit a width in inches; never an empty list."""
    per_character = max(text_width_in(text, size_pt) / max(len(text), 1), 1e-6)
    return textwrap.wrap(text, max(int(0.97 * width_in / per_character), 8)) or [""]


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


def readable(group: str) -> str:
    """A group's name in small letters with spaces, as the study's text has it."""
    return group if group == "VUV" else group.replace("_", " ").lower()


def method_name(method: str) -> str:
    """A method's name as the pages write it."""
    return METHODS.get(method, method)


def number(value: float, form: str = ".3g") -> str:
    """A number, to three significant digits or in another form, with a proper minus sign."""
    if np.isnan(float(value)):
        return "\N{EN DASH}"
    return f"{float(value) + 0.0:{form}}".replace("-", "\N{MINUS SIGN}")
