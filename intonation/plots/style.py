"""One look for every figure: legible on a light and on a dark page, and without colour vision.

Sizes are in inches at `DPI`, so margins are set from measured text instead of by a layout
engine, which would lay every figure out twice.
"""

import io
import textwrap
from collections.abc import Mapping, Sequence
from functools import lru_cache, wraps
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import SymLogNorm
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath
from PIL import Image

from intonation.files import replacing

DPI = 110
PAPER, INK, FAINT = "#fdfdfb", "#1d1d1f", "#b9b9b4"
# Okabe and Ito's palette, told apart with any kind of colour vision
BLUE, ORANGE, GREEN, PURPLE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9"
PALETTE = (BLUE, ORANGE, GREEN, PURPLE, SKY, "#e69f00")
NATURAL, PREDICTED = INK, ORANGE
RELEVANCE_MAP = "PiYG"  # pink below zero, green above
NEGATIVE, POSITIVE = "#c51b7d", "#4d9221"  # the ends of that map
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
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
}
ACRONYMS = ("rmse", "mse", "mae", "nrmse", "f0", "vuv", "sd")
UNITS = {"hz": "Hz", "hz2": "Hz²", "semitones": "semitones", "s": "s", "ms": "ms"}


class BookFigure(Figure):
    """A figure in `STYLE` that a notebook shows without pyplot and its global state."""

    def draw(self, renderer) -> None:
        """Draw in `STYLE`, because ticks are made as late as this."""
        with mpl.rc_context(STYLE):
            super().draw(renderer)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=DPI)
        return buffer.getvalue()


def styled(function):
    """Draw with `STYLE`, and leave the caller's settings as they were."""

    @wraps(function)
    def draw(*arguments, **keywords):
        with mpl.rc_context(STYLE):
            return function(*arguments, **keywords)

    return draw


def new_figure(width_in: float, height_in: float) -> BookFigure:
    """Return an empty figure of that size with an Agg canvas."""
    figure = BookFigure(figsize=(width_in, height_in), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def axes_at(figure: Figure, left: float, bottom: float, width: float, height: float, **keywords):
    """Add axes at a place given in inches from the lower left corner."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up), **keywords)


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


@lru_cache(maxsize=4096)
def text_width_in(text: str, size_pt: float) -> float:
    """Width of one line of text in inches, in the font of `STYLE`."""
    font = FontProperties(family=STYLE["font.family"], size=size_pt)
    return TextToPath().get_text_width_height_descent(text, font, ismath=False)[0] / 72


def widest_in(texts: Sequence[str], size_pt: float) -> float:
    """Width of the widest text in inches, 0 for none."""
    return max((text_width_in(text, size_pt) for text in texts), default=0.0)


def wrapped(text: str, width_in: float, size_pt: float) -> list[str]:
    """Break text into lines that fit a width in inches; never an empty list."""
    per_character = max(text_width_in(text, size_pt) / max(len(text), 1), 1e-6)
    return textwrap.wrap(text, max(int(0.97 * width_in / per_character), 8)) or [""]


def pretty(name: str) -> str:
    """Make a column name readable: `rmse_hz` becomes 'RMSE (Hz)'."""
    words = name.split("_")
    unit = f" ({UNITS[words.pop()]})" if len(words) > 1 and words[-1] in UNITS else ""
    words = [word.upper() if word in ACRONYMS else word for word in words]
    text = " ".join(words)
    return text[:1].upper() + text[1:] + unit


def relevance_norm(values: np.ndarray) -> SymLogNorm:
    """Colour scale that is linear near zero and logarithmic beyond, symmetric about zero.

    It turns logarithmic at the lower quartile of the sizes that are not zero, held between a
    three-thousandth and a tenth of the largest, so that faint and strong relevance is seen.
    """
    sizes = np.abs(values[values != 0])
    top = float(sizes.max()) if sizes.size else 1.0
    threshold = float(np.clip(np.quantile(sizes, 0.25) if sizes.size else 0, top / 3000, top / 10))
    return SymLogNorm(threshold, linscale=0.5, vmin=-top, vmax=top, base=10)


def relevance_bar(figure: Figure, image, place: Sequence[float], label: str) -> None:
    """Add the colour bar of a relevance image; place is (left, bottom, width, height) inches."""
    bar = figure.colorbar(image, cax=axes_at(figure, *place))
    norm = image.norm
    low, high = np.ceil(np.log10(norm.linthresh * 0.999)), np.floor(np.log10(norm.vmax * 1.001))
    powers = 10.0 ** np.arange(low, high + 1)
    powers = powers if len(powers) else np.array([norm.vmax])
    ticks = [*-powers[::-1], 0.0, *powers]
    bar.set_ticks(ticks, labels=[f"{tick:g}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    bar.minorticks_off()
    bar.set_label("\n".join(wrapped(label, place[3], STYLE["axes.labelsize"])))
    bar.outline.set_linewidth(0.5)


def table_lines(values: Mapping[str, float | str]) -> list[tuple[str, str]]:
    """Return (name, value) texts of a small table; numbers to three significant digits."""

    def text(value) -> str:
        if isinstance(value, str):
            return value
        if np.isnan(value):
            return "\N{EN DASH}"
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

    return [(pretty(name), text(value)) for name, value in values.items()]
