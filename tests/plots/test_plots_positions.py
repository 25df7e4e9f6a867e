"""Figures of relevance by place: what is drawn, that it fits, and awkward data."""

import numpy as np
import pandas as pd
import pytest
from builders import inside, profile_of, some_utterances, values_for
from intonation.plots.positions import contrast_bars
from matplotlib.collections import LineCollection, PolyCollection

from intonation import plots
from intonation.lrp import positions as pos
from intonation.lrp.contrast import Contrast


def profiles(axes=None, n_groups=4, n_utterances=6):
    utterances = some_utterances(n_utterances)
    values = values_for(utterances, n_groups)
    return [profile_of(axis, utterances, values) for axis in axes or pos.standard_axes(130)]


def heats(figure):
    """The heatmaps; a colour bar has no image."""
    return [axes for axes in figure.axes if axes.images]


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_heatmaps_share_one_symmetric_scale_and_show_the_means(count):
    shown = profiles()[:count]
    figure = plots.position_heatmaps(shown, title="Where", unit="semitones")
    found = heats(figure)
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
    (profile,) = profiles([pos.word_axis(4)])
    figure = plots.position_heatmaps([profile], title="Where", unit="ln Hz")
    labels = " ".join(axes.get_ylabel().replace("\n", " ") for axes in figure.axes)
    assert "sum over a group's features (ln\N{NO-BREAK SPACE}Hz)" in labels
    counts = [patch for axes in figure.axes for patch in axes.patches if hasattr(patch, "get_data")]
    np.testing.assert_array_equal(counts[0].get_data().values, profile.frames)


def test_axes_on_which_no_frame_has_a_place_are_left_out():
    index, accents = pos.frame_index_axis(130), pos.accent_axis(before_ms=0, after_ms=1, bin_ms=1)
    shown = profiles([index, accents])
    assert not shown[1].frames.any()
    assert len(heats(plots.position_heatmaps(shown, title="", unit="semitones"))) == 1


def test_a_heatmap_of_nothing_but_zeros():
    utterances = some_utterances(2)
    zeros = [np.zeros((len(u.f0_hz), 2)) for u in utterances]
    profile = profile_of(pos.word_axis(), utterances, zeros)
    inside(plots.position_heatmaps([profile], title="Zeros", unit="semitones"))


@pytest.mark.parametrize("n_utterances", [1, 2, 8])
def test_profiles_draw_means_and_intervals(n_utterances):
    (profile,) = profiles([pos.phrase_axis(6)], n_utterances=n_utterances)
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
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["g1", "g3"]
    inside(figure)


def make_contrast(n_groups=5, interval=True):
    random = np.random.default_rng(0)
    names = [("group", f"GROUP_{i}") for i in range(n_groups)]
    names += [("rest", "other inputs"), ("absorbed", "absorbed"), ("gap", "gap")]
    table = pd.DataFrame(names, columns=["kind", "part"])
    table["first"], table["second"] = random.normal(size=(2, len(table)))
    table.loc[table["kind"] == "gap", ["first", "second"]] = 1e-9
    total = {"kind": "explained", "part": "explained", **table[["first", "second"]].sum()}
    natural = {"kind": "natural", "part": "natural", "first": 2.0, "second": 1.0}
    table = pd.concat([table, pd.DataFrame([total, natural])], ignore_index=True)
    table["difference"] = table["first"] - table["second"]
    reach = 0.1 if interval else np.nan
    table["ci_low"], table["ci_high"] = table["difference"] - reach, table["difference"] + reach
    return Contrast(table, (10, 20), (2, 3))


@pytest.mark.parametrize("most", [2, 5, 12])
def test_the_bars_of_a_contrast_add_up_and_the_strongest_come_first(most):
    table = make_contrast().table
    bars, totals = contrast_bars(table, most)
    explained = table.loc[table["kind"] == "explained", "difference"].iloc[0]
    assert bars["difference"].sum() == pytest.approx(explained, abs=1e-6)
    assert totals["part"].tolist() == ["= predicted F0", "natural F0"]
    sizes = bars.loc[bars["part"].str.startswith("GROUP"), "difference"].abs()
    assert len(sizes) == min(most, 5) and sizes.is_monotonic_decreasing
    others = bars[bars["part"].str.endswith("other groups")]
    assert others["part"].tolist() == (["3 other groups"] if most == 2 else [])
    assert others["ci_low"].isna().all()


@pytest.mark.parametrize("interval", [True, False])
@pytest.mark.parametrize("n_groups", [1, 5, 30])
def test_a_contrast_is_drawn_with_bars_values_and_intervals(n_groups, interval):
    contrast = make_contrast(n_groups, interval)
    figure = plots.contrast_figure(
        contrast, title="Why", unit="semitones", names=("questions", "statements")
    )
    (axes,) = figure.axes
    bars, totals = contrast_bars(contrast.table, 12)
    drawn = [patch.get_width() for patch in axes.patches]
    np.testing.assert_allclose(drawn, [*bars["difference"], *totals["difference"]])
    assert "questions minus statements (semitones)" in axes.get_xlabel().replace("\n", " ")
    (lines,) = [part for part in axes.collections if isinstance(part, LineCollection)]
    known = pd.concat([bars, totals])[["ci_low", "ci_high"]].dropna()
    ends = [segment[:, 0] for segment in lines.get_segments() if len(segment)]
    np.testing.assert_allclose(np.reshape(ends, (-1, 2)), known)
    assert len(known) == (len(drawn) - (n_groups > 12) if interval else 0)
    inside(figure)


def test_a_dollar_sign_or_markup_in_a_group_is_drawn_as_it_is():
    contrast = make_contrast(2)
    contrast.table.loc[0, "part"] = "$x_1$ <b>"
    figure = plots.contrast_figure(contrast, title="$", unit="ln Hz", names=("a", "b"))
    inside(figure)
    assert "$x_1$ <b>" in [label.get_text() for label in figure.axes[0].get_yticklabels()]
