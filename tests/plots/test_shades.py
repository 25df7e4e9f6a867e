"""Matrices: the table's numbers as shades, written out or with a scale."""

import numpy as np
import pandas as pd
from builders import texts

from intonation import plots


def test_numbers_are_written_into_the_cells():
    values = [[1.0, -0.256, np.nan], [-0.256, 1.0, 0.5], [np.nan, 0.5, 1.0]]
    names = ["z", "integrated gradients", "occlusion"]
    figure = plots.matrix_figure(pd.DataFrame(values, names, names), "Kendall's tau")
    found = texts(figure)
    assert found.count("1.00") == 3 and found.count("\N{MINUS SIGN}0.26") == 2
    assert found.count("\N{EN DASH}") == 2 and found.count("integrated gradients") == 2
    (image,) = figure.axes[0].images
    assert image.get_clim() == (-1, 1)
    np.testing.assert_array_equal(image.get_array().filled(np.nan), values)


def test_a_scale_instead_of_numbers():
    table = pd.DataFrame([[1.0, 0.37], [0.37, np.nan]], index=["A", "B"], columns=["A", "B"])
    figure = plots.matrix_figure(table, "Alike", label="correlation", limits=(0, 1))
    found = texts(figure)
    assert "correlation" in found and "0.37" not in found
    (image,) = figure.axes[0].images
    assert image.get_array()[0, 1] == 0.37 and image.get_clim() == (0, 1)
    assert image.get_cmap().name != plots.matrix_figure(table, "").axes[0].images[0].get_cmap().name


def test_long_rows_are_broken_into_lines_and_columns_stand_above_where_they_fit():
    names = ["the first statistic, told in a long sentence that has to be broken", "second"]
    table = pd.DataFrame({"one": [0.5, np.nan], "another network": [-0.25, 1.0]}, index=names)
    wide = plots.matrix_figure(table, "Rank correlation", cell_in=(0.95, 0.36)).axes[0]
    narrow = plots.matrix_figure(table, "Rank correlation", cell_in=(0.3, 0.36)).axes[0]
    assert "\n" in wide.get_yticklabels()[0].get_text()
    for axes, above in ((wide, True), (narrow, False)):
        shown = axes.xaxis.get_major_ticks()[1]
        assert (shown.label2.get_visible(), shown.label1.get_visible()) == (above, not above)
        label = shown.label2 if above else shown.label1
        assert label.get_text().replace("\n", " ") == "another network"
        assert label.get_rotation() == (0 if above else 90)


def test_names_of_low_rows_are_in_one_line():
    """Two lines of neighbours would meet."""
    name = "the stress of the syllable and of all its neighbours"
    table = pd.DataFrame([[0.1, 0.2], [0.3, 0.4]], [name, name], ["a", "b"])
    figures = [plots.matrix_figure(table, "", cell_in=(0.4, up)) for up in (0.2, 0.4)]
    heights = []
    for figure in figures:
        label = figure.axes[0].get_yticklabels()[0].get_text()
        heights.append(label.count("\n"))
    assert heights == [0, 1]
