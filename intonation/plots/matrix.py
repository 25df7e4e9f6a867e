"""A labelled matrix of shades, with numbers in its cells or a scale of colours beside it."""

import textwrap

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from intonation.labels.words import in_words
from intonation.plots import style
from intonation.plots.style import FAINT, INK, LABEL_PT, styled

NAME_LENGTH = 40  # characters in a line of a row's name


@styled
def matrix_figure(
    table: pd.DataFrame,
    title: str,
    *,
    label: str = "",
    limits: tuple[float, float] = (-1, 1),
    cell_in: tuple[float, float] = (0.46, 0.46),
) -> Figure:
    """A table of numbers, [rows, columns], as shades; NaN is grey and a dash.

    label: of a colour bar; without one the numbers are written into the cells. limits: of the
    colours, which run both ways from 0 if it lies between them. cell_in: width and height.
    """
    values = table.to_numpy(dtype=float)
    (low, high), (across, up) = limits, cell_in
    width_in, height_in = across * values.shape[1], up * values.shape[0]
    figure, axes = style.panel(title, width_in, height_in)
    shades = mpl.colormaps["PuOr_r" if low < 0 < high else "Blues"].with_extremes(bad=FAINT)
    look = {"aspect": "auto", "interpolation": "nearest", "cmap": shades}
    image = axes.imshow(values, vmin=low, vmax=high, **look)
    rows = [textwrap.fill(name, NAME_LENGTH, break_long_words=False) for name in _names(table)]
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
        return figure
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if abs(value) > 0.7 * high else INK
        place = {"ha": "center", "va": "center", "fontsize": 7.5, "color": colour}
        axes.text(column, row, style.number(value, ".2f"), **place)
    return figure


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
