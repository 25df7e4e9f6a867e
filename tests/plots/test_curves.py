"""Lines and bands: what is drawn, and runs with one utterance or group."""

import warnings

import numpy as np
import pandas as pd
import pytest
from builders import inside, profile_of, some_utterances, texts, values_for
from matplotlib.collections import PolyCollection

from intonation import plots
from intonation.evaluation import faithfulness
from intonation.lrp import positions as pos
from intonation.plots.curves import line_told, power_of_ten
from intonation.statistics import summarise

METHODS = ("z", "gamma", "integrated_gradients", "gradient", "alone", "random")


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def lines(axes, label):
    (line,) = [line for line in axes.get_lines() if line.get_label() == label]
    return line


def curve_means(utterances=4, n_groups=21, seed=0):
    random, rows = np.random.default_rng(seed), []
    points = faithfulness.curve_points(n_groups, 14)
    for utterance in range(utterances):
        for method in METHODS:
            rising = np.sort(random.random(len(points)))
            for way, heights in (("deletion", rising), ("insertion", rising[::-1])):
                rows += [
                    (f"u{utterance}", method, way, point, height)
                    for point, height in zip(points, heights, strict=True)
                ]
    table = pd.DataFrame(rows, columns=["id", "method", "way", "groups", "distance"])
    return table, summarise(table, ["method", "way", "groups"], "distance", resamples=50)


@pytest.mark.parametrize("utterances, bands, n_groups", [(4, 2, 21), (1, 0, 21), (3, 2, 1)])
def test_curves_are_the_means_of_each_method(utterances, bands, n_groups):
    _, means = curve_means(utterances, n_groups)
    figure = plots.curves_figure(means, title="Replacing groups", unit="semitones")
    for axes, way in zip(figure.axes, ("deletion", "insertion"), strict=True):
        lines = {line.get_label(): line for line in axes.lines}
        assert list(lines) == [plots.method_name(method) for method in METHODS]
        part = means[(means["way"] == way) & (means["method"] == "z")]
        np.testing.assert_allclose(lines["LRP, Z rule"].get_ydata(), part["distance"])
        np.testing.assert_array_equal(lines["LRP, Z rule"].get_xdata(), part["groups"])
        found = [item for item in axes.collections if isinstance(item, PolyCollection)]
        assert len(found) == bands
        assert "semitones" in axes.get_ylabel()
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
    return summarise(table, keys, "correlation", resamples=50)


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


def test_an_unknown_method_is_drawn_under_its_own_name():
    _, means = curve_means()
    means["method"] = means["method"].replace("gamma", "one's own")
    figure = plots.curves_figure(means, title="", unit="semitones")
    assert "one's own" in [line.get_label() for line in figure.axes[0].lines]


@pytest.mark.parametrize("n_utterances", [1, 2, 8])
def test_profiles_draw_means_and_intervals(n_utterances):
    utterances = some_utterances(n_utterances)
    profile = profile_of(pos.relative_axis("phrase", 6), utterances, values_for(utterances, 4))
    figure = plots.position_profiles(profile, ["g1", "g3"], title="Two", unit="semitones")
    axes = figure.axes[0]
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_array_equal(lines["g1"], profile.mean[:, 1])
    np.testing.assert_array_equal(lines["g3"], profile.mean[:, 3])
    bands = [part for part in axes.collections if isinstance(part, PolyCollection)]
    heights = [path.vertices[:, 1] for band in bands for path in band.get_paths()]
    if n_utterances < 2:
        assert not heights
    else:
        assert np.concatenate(heights).max() == pytest.approx(
            profile.interval()[:, :, [1, 3]].max()
        )
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["g1", "g3"]
    (counts,) = axes.child_axes
    np.testing.assert_array_equal(counts.patches[0].get_data().values, profile.frames)
    inside(figure)


def test_loss_curve():
    history = pd.DataFrame({"epoch": range(5), "train_loss": [5, 4, 3, 2, 1.0]})
    history["validation_loss"] = [5, 4, 3.25, 4, 5]
    figure = plots.loss_curve(history, unit="semitones²")
    inside(figure)
    written = set(texts(figure))
    assert {"training loss", "validation loss", "best: 3.25 at epoch 2", "epoch"} <= written
    assert "loss (semitones²)" in written


def test_f0_histogram_counts_voiced_frames():
    tracks = [np.array([0, 0, 101.0]), np.array([102, 151.0, 0, 152])]
    f0_hz = {"a": tracks, "b": [np.array([200.0, 202])]}
    figure = plots.f0_histogram(f0_hz)
    inside(figure)
    assert {"F0 (Hz)", "a", "b"} <= set(texts(figure))
    shares = [patch.get_data().values for patch in figure.axes[0].patches]
    assert [share.sum() for share in shares] == [100.0, 100.0]
    assert shares[0].max() == 50.0
    inside(plots.f0_histogram({"silent": [np.zeros(3)]}))
    inside(plots.f0_histogram(dict.fromkeys(map(str, range(60)), tracks)))


def test_lengths():
    figure = plots.duration_histogram(np.array([1.0, 2.0, 2.2, 9.0]))
    inside(figure)
    assert {"length (s)", "utterances", "  median 2.1 s"} <= set(texts(figure))


def test_change_against_epsilon():
    sweep = pd.DataFrame({"epsilon": [1e-6, 1e-3], "relative_change": [1e-4, 0.1]})
    figure = plots.epsilon_figure({"semitones": sweep, "log_f0": 2 * sweep}, "Change")
    inside(figure)
    (axes,) = figure.axes
    assert lines(axes, "semitones").get_ydata() == pytest.approx([0.01, 10.0])
    written = texts(figure)
    assert not any("$" in text for text in written)
    assert any(text.startswith("10⁻") for text in written)


def test_what_is_seen_of_a_line_are_its_ends_and_its_extremes():
    across, up = pd.Series([1.0, 2, 3]), pd.Series([2.0, np.nan, 0.5])
    told = "a loss from 2 to 0.5, highest 2 (epoch 1), lowest 0.5 (epoch 3)."
    assert line_told("a loss", across, up, "epoch") == told
    assert line_told("b", across, up * np.nan, "epoch") == "b: no value is known."


def test_powers_of_ten():
    ticks = (1e-6, 1.0, 10.0, 1e12)
    assert [power_of_ten(value) for value in ticks] == ["10⁻⁶", "1", "10", "10¹²"]


@pytest.mark.filterwarnings("error")
def test_no_relevance_to_change():
    sweep = pd.DataFrame({"epsilon": [1e-6, 1e-3], "relative_change": [np.nan, np.nan]})
    inside(plots.epsilon_figure({"semitones": sweep}, "Change"))
