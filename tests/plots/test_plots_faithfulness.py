"""Figures of faithfulness: what is drawn, that it fits, and runs with one utterance or group."""

import warnings

import numpy as np
import pandas as pd
import pytest
from builders import inside
from matplotlib.collections import LineCollection, PolyCollection

from intonation import plots
from intonation.evaluation import faithfulness

METHODS = ("z", "gamma", "integrated_gradients", "gradient", "alone", "random")


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def curve_means(utterances=4, n_groups=21, seed=0):
    random, rows = np.random.default_rng(seed), []
    points = faithfulness.curve_points(n_groups)
    for utterance in range(utterances):
        for method in METHODS:
            rising = np.sort(random.random(len(points)))
            for way, heights in (("deletion", rising), ("insertion", rising[::-1])):
                rows += [
                    (f"u{utterance}", method, way, point, height)
                    for point, height in zip(points, heights, strict=True)
                ]
    table = pd.DataFrame(rows, columns=["id", "method", "way", "groups", "distance"])
    return table, faithfulness.summarise(
        table, ["method", "way", "groups"], "distance", resamples=50
    )


@pytest.mark.parametrize("utterances, bands, n_groups", [(4, 2, 21), (1, 0, 21), (3, 2, 1)])
def test_curves_are_the_means_of_each_method(utterances, bands, n_groups):
    _, means = curve_means(utterances, n_groups)
    figure = plots.curves_figure(means, title="Replacing groups", unit="semitones")
    for axes, way in zip(figure.axes, ("deletion", "insertion"), strict=True):
        lines = {line.get_label(): line for line in axes.lines}
        assert list(lines) == [plots.method_name(method) for method in METHODS]
        part = means[(means["way"] == way) & (means["method"] == "z")]
        np.testing.assert_allclose(lines["LRP, z rule"].get_ydata(), part["distance"])
        np.testing.assert_array_equal(lines["LRP, z rule"].get_xdata(), part["groups"])
        found = [item for item in axes.collections if isinstance(item, PolyCollection)]
        assert len(found) == bands
        assert "semitones" in axes.get_ylabel()
    inside(figure)


@pytest.mark.parametrize("utterances", [1, 5])
def test_bars_are_advantages_with_their_intervals(utterances):
    table, _ = curve_means(utterances)
    areas = faithfulness.areas(table)
    shown = areas[areas["method"] != "random"]
    summary = faithfulness.summarise(shown, ["method", "way"], "advantage", resamples=50)
    figure = plots.advantage_figure(summary, title="Better than chance?", unit="ln Hz")
    (axes,) = figure.axes
    for container, way in zip(axes.containers, ("deletion", "insertion"), strict=True):
        part = summary[summary["way"] == way]
        np.testing.assert_allclose([bar.get_width() for bar in container], part["advantage"])
    (down, _) = (item for item in axes.collections if isinstance(item, LineCollection))
    ends = [segment[:, 0] for segment in down.get_segments() if len(segment)]
    expected = summary[summary["way"] == "deletion"][["ci_low", "ci_high"]].dropna()
    assert len(expected) == (5 if utterances > 1 else 0)
    np.testing.assert_allclose(np.reshape(ends, (-1, 2)), expected)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [plots.method_name(method) for method in METHODS[:-1]]
    inside(figure)


def likeness(utterances=3, names=("none", "output", "dense", "block 10", "block 1", "first")):
    random = np.random.default_rng(0)
    rows = [
        (rule, kind, number * 2, name, f"u{n}", random.uniform(-1, 1))
        for rule in ("z", "gamma")
        for kind in ("signed", "absolute")
        for number, name in enumerate(names)
        for n in range(utterances)
    ]
    table = pd.DataFrame(rows, columns=["rule", "kind", "layers", "layer", "id", "correlation"])
    keys = ["rule", "kind", "layers", "layer"]
    return faithfulness.summarise(table, keys, "correlation", resamples=50)


@pytest.mark.parametrize("utterances", [1, 3])
def test_likeness_is_drawn_layer_by_layer(utterances):
    means = likeness(utterances)
    figure = plots.randomisation_figure(means, title="What is left")
    (axes,) = figure.axes
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    assert ticks == ["none", "output", "dense", "block 10", "block 1", "first"]
    lines = {line.get_label(): line for line in axes.lines}
    part = means[(means["rule"] == "gamma") & (means["kind"] == "absolute")]
    drawn = lines["size of relevance, gamma rule"]
    np.testing.assert_allclose(drawn.get_ydata(), part["correlation"])
    np.testing.assert_array_equal(drawn.get_xdata(), range(6))
    inside(figure)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_dots_of_groups_stand_in_the_order_of_the_table(count):
    random = np.random.default_rng(0)
    names = [f"GROUP_WITH_A_LONG_NAME_{number}" for number in range(count)]
    table = pd.DataFrame({"group": names, "one": random.random(count), "two": random.random(count)})
    figure = plots.group_dots(table, title="Side by side", label="per frame (semitones)")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    for line in axes.lines:
        np.testing.assert_allclose(line.get_xdata(), table[line.get_label()])
    low, high = axes.get_ylim()
    assert low > high  # the first group on top
    inside(figure)


def test_an_unknown_method_is_drawn_under_its_own_name():
    _, means = curve_means()
    means["method"] = means["method"].replace("gamma", "epsilon")
    figure = plots.curves_figure(means, title="", unit="semitones")
    assert "epsilon" in [line.get_label() for line in figure.axes[0].lines]
