"""Relevance as colour: rows, bands, one time axis, one scale of colours."""

import numpy as np
import pytest
from builders import inside, profile_of, some_utterances, texts, values_for

from intonation import plots
from intonation.labels.words import in_words
from intonation.lrp import positions as pos
from intonation.plots import heatmaps, shades, style

TITLE = "Żółta łódź płynęła, choć wiał wiatr."


@pytest.fixture
def view():
    errors = {"rmse_hz": 23.16, "nrmse": float("nan"), "all_frames_mse_hz2": 1604.2}
    phones, words = ((0.3, 0.6, "u"), (0.6, 1.0, "x")), ((0.1, 0.6, "Żółta"),)
    f0_hz = (np.full(200, 150.0), np.full(200, 160.0))
    return plots.UtteranceView(TITLE, *f0_hz, phones, words, errors)


@pytest.fixture
def relevance():
    return np.random.default_rng(3).normal(size=(200, 6))


def test_relevance_of_groups(view, relevance):
    names = ["SYLLABLE_STRESS", "PHRASE_LEN", "A", "B", "C", "VUV"]
    figure = plots.relevance_heatmap(relevance, names, view, label="relevance (ln Hz)")
    written = inside(figure)
    words = map(in_words, names)
    for text in (TITLE, *words, "F0 (Hz)", "time (s)", "relevance (ln Hz)", "natural F0"):
        assert text in written
    errors = "RMSE (Hz) 23.2, NRMSE –, All frames MSE (Hz²) 1,604"
    assert figure.caption == f"green pushes F0 up, pink down; {errors}"
    assert figure.caption in written
    image = figure.axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), relevance.T)
    assert image.get_cmap().name == "PiYG"
    assert image.norm.vmin == -image.norm.vmax == -np.abs(relevance).max()


def test_heatmap_and_contours_share_one_time_axis(view, relevance):
    figure = plots.relevance_heatmap(relevance, list("abcdef"), view, label="")
    (heat,) = figure.axes
    _bar, contour, strip = heat.child_axes
    figure.canvas.draw()
    assert heat.get_xlim() == strip.get_xlim() == contour.get_xlim() == (0, 1.0)
    assert heat.images[0].get_extent() == [0, 1.0, 6, 0]
    boxes = [axes.get_window_extent() for axes in (heat, strip, contour)]
    assert np.ptp([(box.x0, box.x1) for box in boxes], axis=0).max() < 1e-6
    assert boxes[0].y1 <= boxes[1].y0 < boxes[1].y1 <= boxes[2].y0 + 1e-6


def test_single_features_in_bands(view, relevance):
    relevance[:, 4] = 0
    bands = {"TWO": np.array([5, 0]), "GONE": np.array([4]), "THREE": np.array([1, 2, 3])}
    figure = plots.relevance_heatmap(relevance, bands, view, label="")
    written = inside(figure)
    assert {"TWO", "THREE"} <= set(written)
    assert "down; 5 features with relevance, of 6; RMSE" in figure.caption
    assert "GONE" not in written
    drawn = heatmaps.arrange(relevance, bands)
    rows = drawn.edges
    np.testing.assert_array_equal(drawn.image[0], relevance[:, 5])
    np.testing.assert_array_equal(drawn.image[rows[1] - 1], relevance[:, 0])
    np.testing.assert_array_equal(drawn.image[rows[1]], relevance[:, 1])
    np.testing.assert_array_equal(drawn.image[-1], relevance[:, 3])
    assert np.diff(rows).min() >= heatmaps.BAND_IN / heatmaps.FEATURE_IN


def test_what_is_seen_names_the_ends_and_where_they_are(view):
    values = np.zeros((200, 2))
    values[100, 0], values[20, 1], values[30:50, 1] = 2.5, -3.0, -1.0
    names = ["SYLLABLE_STRESS", "VUV"]
    figure = plots.relevance_heatmap(values, names, view, label="relevance")
    ends = "highest 2.5 at 0.50 s (stress of the syllable and its neighbours), lowest"
    assert f"{ends} \N{MINUS SIGN}3 at 0.10 s (voiced or unvoiced)" in figure.alt
    assert "strongest: voiced or unvoiced" in figure.alt
    assert list(figure.data) == ["start_s", *names] and len(figure.data) == 200


def test_the_zero_of_relevance_is_a_grey_of_its_own():
    """Neutral in light, and inverted in the dark."""
    colours = shades.relevance_map()(np.linspace(0, 1, shades.SHADES))
    assert np.ptp(colours[shades.SHADES // 2][:3]) < 0.01
    assert shades.relevance_norm(np.array([-1.0, 1.0]))(0.0) == 0.5


def test_a_feature_is_never_thinner_than_a_pixel():
    drawn = heatmaps.arrange(np.ones((3, 1300)), {"ALL": np.arange(1300)})
    assert drawn.height_in * style.DPI == pytest.approx(1300)


def test_rows_must_have_names(relevance, view):
    with pytest.raises(ValueError, match="2 names for 6 rows"):
        plots.relevance_heatmap(relevance, ["a", "b"], view, label="")


def test_relevance_that_is_zero_throughout(view):
    inside(plots.relevance_heatmap(np.zeros((200, 2)), ["a", "b"], view, label="ln Hz"))
    inside(
        plots.relevance_heatmap(np.zeros((200, 2)), {"a": np.array([0, 1])}, view, label="ln Hz")
    )


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_the_linear_part_of_the_colours_follows_the_data(scale):
    values = scale * np.concatenate([np.full(900, 0.02), np.full(99, -0.5), [1.0], np.zeros(500)])
    norm = shades.relevance_norm(values)
    assert norm.vmax == scale and norm.vmin == -scale
    assert norm.linthresh == pytest.approx(0.02 * scale)
    assert shades.relevance_norm(np.zeros(3)).vmax == 1.0


def test_aggregates(relevance):
    counts = np.linspace(30, 1, 200).astype(int)
    asked = {"title": "Absolute sum", "label": "ln Hz", "utterances_per_frame": counts}
    figure = plots.aggregate_heatmap(relevance, list("abcdef"), **asked)
    inside(figure)
    written = set(texts(figure))
    assert {"Absolute sum", "utterances", "time from the start of the utterance (s)"} <= written
    above = [axes for axes in figure.axes[0].child_axes if axes.get_ylabel() == "utterances"]
    np.testing.assert_array_equal(above[0].patches[0].get_data().values, counts)
    inside(plots.aggregate_heatmap(relevance, {"A": np.arange(6)}, **asked))


def test_answers():
    answers = np.eye(5, dtype=np.uint8)
    bands = {"FIRST": np.array([0, 1]), "SECOND": np.array([2, 3, 4])}
    figure = plots.label_figure(answers, bands, list("abcde"), title="Answers")
    inside(figure)
    written = set(texts(figure))
    assert {"Answers", "phone", "FIRST", "a", "5 questions with a yes, of 5"} <= written


def profiles(axes=None, n_groups=4, n_utterances=6):
    utterances = some_utterances(n_utterances)
    values = values_for(utterances, n_groups)
    return [profile_of(axis, utterances, values) for axis in axes or pos.standard_axes(130)]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_heatmaps_share_one_symmetric_scale_and_show_the_means(count):
    shown = profiles()[:count]
    figure = plots.position_heatmaps(shown, title="Where", unit="semitones")
    found = figure.axes
    assert len(found) == count
    norms = {id(axes.images[0].norm) for axes in found}
    assert len(norms) == 1
    norm = found[0].images[0].norm
    largest = max(np.nanmax(np.abs(profile.mean)) for profile in shown)
    assert norm.vmax == -norm.vmin == pytest.approx(largest)
    for axes, profile in zip(found, shown, strict=True):
        drawn = axes.images[0].get_array().filled(np.nan)
        np.testing.assert_array_equal(drawn, profile.mean.T)
        assert axes.images[0].get_extent() == [*profile.axis.edges[[0, -1]], 4, 0]
        assert axes.get_xlabel().replace("\n", " ") == profile.axis.label
    inside(figure)


def test_heatmaps_say_the_statistic_the_unit_and_how_many_frames():
    (profile,) = profiles([pos.relative_axis("word", 4)])
    figure = plots.position_heatmaps([profile], title="Where", unit="ln Hz")
    assert "sum over a group's features (ln\N{NO-BREAK SPACE}Hz)" in " ".join(texts(figure))
    counts, _bar = figure.axes[0].child_axes
    np.testing.assert_array_equal(counts.patches[0].get_data().values, profile.frames)
    assert f"{profile.frames.max():,} frames" in texts(figure)


def test_axes_on_which_no_frame_has_a_place_are_left_out():
    index, accents = pos.frame_index_axis(130), pos.accent_axis(before_ms=0, after_ms=1, bin_ms=1)
    shown = profiles([index, accents])
    assert not shown[1].frames.any()
    assert len(plots.position_heatmaps(shown, title="", unit="semitones").axes) == 1


def test_a_heatmap_of_nothing_but_zeros():
    utterances = some_utterances(2)
    zeros = [np.zeros((len(u.f0_hz), 2)) for u in utterances]
    profile = profile_of(pos.relative_axis("word", 10), utterances, zeros)
    inside(plots.position_heatmaps([profile], title="Zeros", unit="semitones"))


def grey_levels(figure):
    """The lightness of a drawn figure, 0 to 255, [pixels, pixels]."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())[..., :3].mean(axis=-1)


@pytest.mark.parametrize("size", [2.0, 40.0])
@pytest.mark.parametrize("rows", [["A", "B"], {"A": np.array([0]), "B": np.array([1])}])
def test_the_sign_is_told_without_colour(view, rows, size):
    """Rows of one size and of either sign differ in grey by what runs through the negative one."""
    values = np.zeros((200, 2))
    values[:, 0], values[:, 1], values[0, 0] = size, -size, 40.0
    figure = plots.relevance_heatmap(values, rows, view, label="")
    (heat,) = figure.axes
    grey = grey_levels(figure)
    box = heat.get_window_extent()
    middle = grey[: int(len(grey) - box.y0)][int(len(grey) - box.y1) :, int(box.x1) - 40]
    above, below = np.array_split(middle[2:-2], 2)
    assert np.ptp(above[3:-3]) < 3 < 20 < np.ptp(below[3:-3])


def test_what_is_nearly_zero_has_no_sign(view):
    values = np.zeros((200, 2))
    values[:, 0], values[:, 1] = 1.0, -1e-9
    (heat,) = plots.relevance_heatmap(values, ["A", "B"], view, label="").axes
    assert not [line for line in heat.lines if len(line.get_xdata()) > 2]


def test_a_negative_stretch_ends_where_the_values_do(view):
    values = np.zeros((200, 2))
    values[:, 0], values[40:60, 1], values[100:120, 1] = 1.0, -1.0, -0.9
    (heat,) = plots.relevance_heatmap(values, ["A", "B"], view, label="").axes
    drawn = [np.array(line.get_xydata()) for line in heat.lines if len(line.get_xdata()) > 2]
    (points,) = drawn
    np.testing.assert_allclose(points[:, 0], [0.2, 0.3, np.nan, 0.5, 0.6, np.nan])
    np.testing.assert_allclose(points[:, 1], [1.5, 1.5, np.nan, 1.5, 1.5, np.nan])
