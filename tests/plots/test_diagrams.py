"""Drawings of structures: the tree of features, and the network of three neurons."""

import numpy as np
import pytest
from builders import inside
from matplotlib.colors import to_hex

from intonation import plots
from intonation.evaluation import three_neurons as toy
from intonation.plots.style import NEGATIVE, POSITIVE


def shares():
    return plots.Shares(
        np.array([[2, -0.5, 0], [0.5, -1.5, 0]]), np.array([2, -0.5]), np.array([0.5, 0.5, 0.25])
    )


def test_the_network_with_its_weights():
    names = list(toy.ANSWERS)
    told = toy.answers().numpy()
    figure = plots.network_figure(toy.three_neurons(), told, names, "Forward")
    written = inside(figure)
    assert {*names, "a 2", "a 1", "y 2", "b \N{MINUS SIGN}1", "b 0.5", "3"} <= set(written)
    assert not any("R" in text for text in written)


def test_the_network_with_relevance():
    figure = plots.network_figure(
        toy.three_neurons(), toy.answers().numpy(), list(toy.ANSWERS), "Back", shares=shares()
    )
    written = inside(figure)
    assert {"x 1 R 2.5", "x 1 R \N{MINUS SIGN}2", "x 0 R 0", "y 2 R 2", "R 0.25"} <= set(written)
    colours = {to_hex(line.get_color()) for line in figure.axes[0].get_lines()}
    assert {NEGATIVE, POSITIVE} <= colours
    widths = [line.get_linewidth() for line in figure.axes[0].get_lines()]
    assert max(widths) > 4 * min(widths)


@pytest.mark.filterwarnings("error")
def test_a_network_without_any_relevance():
    nothing = plots.Shares(np.zeros((2, 3)), np.zeros(2), np.zeros(3))
    inside(
        plots.network_figure(
            toy.three_neurons(), np.zeros(3), list(toy.ANSWERS), "Silence", shares=nothing
        )
    )


def test_taxonomy_figure_names_every_branch_and_its_size():
    branches = [
        ("segmental", "qualitative", "PHONES", 12),
        ("syllabic", "qualitative", "STRESS", 3),
        ("syllabic", "positional absolute", "POSITION", 20),
    ]
    figure = plots.taxonomy_figure(branches, title="What is asked")
    texts = [text.get_text() for text in figure.axes[0].texts]
    for word in ("segmental", "syllabic", "PHONES", "STRESS", "POSITION", "12", "3", "20"):
        assert texts.count(word) == 1
    assert texts.count("qualitative") == 2  # once for each level
    lengths = [bar.get_width() for bar in figure.axes[0].patches]
    assert lengths[2] / lengths[0] == pytest.approx(20 / 12)
