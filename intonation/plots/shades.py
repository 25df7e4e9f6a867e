"""Numbers as shades: the colours of relevance, its sign without colour, and a labelled matrix."""

import textwrap
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, SymLogNorm
from matplotlib.figure import Figure

from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.style import FAINT, INK, LABEL_PT, PAPER, styled

NAME_LENGTH = 40  # characters in a line of a row's name
TWO_LINES_IN = 0.3  # height of two
SHADES = 21  # odd, so that zero has one of its own, and few, so that files are small
THIN_IN = 0.08  # a row below this height carries no line of its own
STRIPES_PX = 7  # from one to the next
SIGN_IN = 0.16  # from one minus sign beside the colours to the next
SIGNS = (  # on pale shades and on deep ones: least, end, colour, points
    (0.25, 0.5 - 0.5 / SHADES, f"{INK}a0", 0.6),
    (-1.0, 0.25, PAPER, 1.0),
)


@styled
def matrix_figure(
    table: pd.DataFrame,
    title: str,
    *,
    label: str = "",
    limits: tuple[float, float] = (-1, 1),
    cell_in: tuple[float, float] = (0.46, 0.46),
    words: Mapping[float, str] | None = None,
) -> Figure:
    """A table of numbers, [rows, columns], as shades; NaN is grey and a dash.

    label: of a colour bar; without one the numbers are written into the cells. limits: of the
    colours, which run both ways from 0 if it lies between them. cell_in: width and height. words:
    what is written for a number instead of it.
    """
    values = table.to_numpy(dtype=float)
    (low, high), (across, up) = limits, cell_in
    width_in, height_in = across * values.shape[1], up * values.shape[0]
    figure, axes = style.panel(title, width_in, height_in)
    shades = mpl.colormaps["PuOr_r" if low < 0 < high else "Blues"].with_extremes(bad=FAINT)
    look = {"aspect": "auto", "interpolation": "nearest", "cmap": shades}
    image = axes.imshow(values, vmin=low, vmax=high, **look)
    length = NAME_LENGTH if up >= TWO_LINES_IN else 1000  # lines of neighbours would meet
    rows = [textwrap.fill(name, length, break_long_words=False) for name in _names(table)]
    axes.set_yticks(range(len(rows)), labels=rows)
    _name_columns(axes, _names(table.T), across)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    cells = table.stack().rename(lambda name: str(name), level=0)
    told = style.extremes(
        cells.set_axis([f"{in_words(row)}, {in_words(column)}" for row, column in cells.index])
    )
    size = f"{style.counted(len(rows), 'row')} by {style.counted(values.shape[1], 'column')}"
    figure.tell(f"Matrix{' of ' * bool(label)}{label}, {size}: {told}.", style.named_rows(table))
    if label:
        bar = style.inset(axes, width_in + 0.12, 0, 0.14, height_in)
        figure.colorbar(image, cax=bar).outline.set_visible(False)
        bar.set_ylabel(style.filled(label, height_in), fontsize=LABEL_PT)
    else:
        _write_cells(axes, values, high, words or {})
    return figure


def _write_cells(axes, values: np.ndarray, high: float, words: Mapping[float, str]) -> None:
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if abs(value) > 0.7 * high else INK
        place = {"ha": "center", "va": "center", "fontsize": 7.5, "color": colour}
        axes.text(column, row, words.get(value, style.number(value, ".2f")), **place)


def _names(table: pd.DataFrame) -> list[str]:
    return [in_words(str(name)) for name in table.index]


def _name_columns(axes, names: list[str], across: float) -> None:
    """Write names above their columns where they fit into lines, else below and upright."""
    lines = [style.wrapped(name, across - 0.05) for name in names]
    words = [word for name in names for word in name.split()]
    fit = max(map(len, lines), default=1) <= 3 and style.widest_in(words) <= across
    heads = ["\n".join(part) for part in lines] if fit else names
    axes.set_xticks(range(len(names)), labels=heads, rotation=0 if fit else 90)
    axes.tick_params(labeltop=fit, labelbottom=not fit)


def relevance_map() -> Colormap:
    """Pink below zero, green above, in so many shades that zero has one of its own."""
    return mpl.colormaps[style.RELEVANCE_MAP].resampled(SHADES)


def relevance_norm(values: np.ndarray) -> SymLogNorm:
    """Colour scale that is linear near zero and logarithmic beyond, symmetric about zero.

    It turns logarithmic at the lower quartile of the sizes that are not zero, held between a
    three-thousandth and a tenth of the largest, so that faint and strong relevance is seen.
    """
    sizes = np.abs(values[values != 0])
    top = float(sizes.max()) if sizes.size else 1.0
    threshold = float(np.clip(np.quantile(sizes, 0.25) if sizes.size else 0, top / 3000, top / 10))
    return SymLogNorm(threshold, linscale=0.5, vmin=-top, vmax=top, base=10)


def draw_bar(axes: Axes, label: str, height_in: float, gap_in: float) -> None:
    """A bar of the image's colours, to the right of its axes; with minus signs, as there."""
    (width, height), image = axes.get_position().size, axes.images[0]
    place = style.inset(axes, width + gap_in, height - height_in, 0.14, height_in)
    bar, norm = axes.figure.colorbar(image, cax=place), image.norm
    low, high = np.ceil(np.log10(norm.linthresh * 0.999)), np.floor(np.log10(norm.vmax * 1.001))
    powers = 10.0 ** np.arange(low, high + 1)
    powers = powers if len(powers) else np.array([norm.vmax])
    ticks = [*-powers[::-1], 0.0, *powers]
    bar.set_ticks(ticks, labels=[style.number(tick, "g") for tick in ticks])
    bar.minorticks_off()
    bar.set_label(style.filled(label, height_in, style.STYLE["axes.labelsize"]))
    bar.outline.set_linewidth(0.5)
    bar.solids.set_rasterized(True)  # not a path for each shade
    heights = np.arange(SIGN_IN / 2, height_in, SIGN_IN) / height_in
    for low, high, colour, width in SIGNS:
        signs = heights[(heights >= low) & (heights < high)]
        look = {"color": colour, "linewidth": width, "transform": place.transAxes}
        place.hlines(signs, 0.25, 0.75, **look)


def mark_negative(axes: Axes) -> None:
    """Tell in the image of relevance on axes, without colour, what lies below zero.

    A fine line, as of a minus sign, runs through the middle of a row where it is negative, light
    where the shade is deep; rows too thin for one, those of single features, share stripes. What
    has the shade of zero is left alone.
    """
    (image,) = axes.images
    shades = np.asarray(image.norm(np.ma.filled(image.get_array(), 0.0)))
    if not shades.size:
        return
    start, end, bottom, top = image.get_extent()
    thin = axes.get_position().height / len(shades) < THIN_IN
    edges = np.linspace(start, end, shades.shape[1] + 1)
    stripes = _stripes(shades.shape, axes.get_position().width * style.DPI) if thin else None
    for low, high, colour, width in SIGNS:
        below = (shades >= low) & (shades < high)
        if thin:
            look = {"aspect": "auto", "interpolation": "none", "extent": image.get_extent()}
            clear = ListedColormap(["#00000000", colour])
            axes.imshow(below & stripes, cmap=clear, vmin=0, vmax=1, **look)
        else:
            across, down = _runs(below, edges, (bottom - top) / len(shades))
            axes.plot(across, down, color=colour, linewidth=width, solid_capstyle="butt")


def _runs(below: np.ndarray, edges: np.ndarray, row: float) -> tuple[np.ndarray, np.ndarray]:
    """The stretches of every row that are marked, as one line with gaps."""
    steps = np.diff(np.pad(below, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(steps == 1)
    last = np.nonzero(steps == -1)[1]
    gaps = np.full(len(rows), np.nan)
    across = np.stack([edges[first], edges[last], gaps], axis=1)
    middles = (rows + 0.5) * row
    return across.ravel(), np.stack([middles, middles, gaps], axis=1).ravel()


def _stripes(shape: tuple[int, int], width_px: float) -> np.ndarray:
    """Slanting lines over an image whose rows are a pixel high, bool [rows, columns]."""
    rows, columns = np.indices(shape)
    across = np.floor(columns * width_px / shape[1]).astype(int)
    return (rows + across) % STRIPES_PX < max(1, round(width_px / shape[1]))
