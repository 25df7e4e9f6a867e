"""Relevance by place: coordinates worked out by hand, nothing lost, tempo told from place."""

from types import SimpleNamespace

import numpy as np
import pytest
from builders import HAND, make_utterance, profile_of, some_utterances, values_for
from scipy import stats

from intonation.errors import ParameterError
from intonation.labels.full_context import Labels
from intonation.labels.label_shape import JAPANESE
from intonation.labels.taxonomy import VUV
from intonation.lrp import positions as pos
from intonation.lrp.ranking import Aggregator, group_matrix

MS = 20  # a phone of 4 frames


def places(axis, utterance, phone):
    """Coordinates of the four frames of a phone."""
    found = axis.coordinate(utterance)
    assert found.shape == utterance.f0_hz.shape
    return found[4 * phone : 4 * phone + 4]


# phones of HAND: 0 | 1 t 2 a 3 n 4 o 5 k 6 u 7 | 8 m 9 e 10 l 11 i 12 |


def test_relative_places_are_those_of_the_frame_centres():
    utterance = make_utterance(HAND)
    centres = (np.arange(4) + 0.5) / 4
    word, phrase, whole = (
        pos.relative_axis("word", 10),
        pos.relative_axis("phrase"),
        pos.relative_axis("utterance"),
    )
    np.testing.assert_allclose(places(word, utterance, 1), centres / 4)  # first of four phones
    np.testing.assert_allclose(places(word, utterance, 6), (1 + centres) / 2)
    np.testing.assert_allclose(places(phrase, utterance, 5), (4 + centres) / 6)
    np.testing.assert_allclose(places(phrase, utterance, 8), centres / 4)
    np.testing.assert_allclose(places(whole, utterance, 1), centres / 11)
    np.testing.assert_allclose(places(whole, utterance, 7), (6 + centres) / 11)  # pause within
    for axis, outside in ((word, (0, 7, 12)), (phrase, (0, 7, 12)), (whole, (0, 12))):
        inside = [phone for phone in range(13) if phone not in outside]
        assert all(np.isnan(places(axis, utterance, phone)).all() for phone in outside)
        assert all(np.isfinite(places(axis, utterance, phone)).all() for phone in inside)


def test_a_pause_within_a_phrase_takes_time_of_the_phrase():
    utterance = make_utterance([("L-L%", "ta | no")])
    centres = (np.arange(4) + 0.5) / 4
    np.testing.assert_allclose(places(pos.relative_axis("phrase"), utterance, 2), (2 + centres) / 5)
    assert np.isnan(places(pos.relative_axis("word", 10), utterance, 2)).all()


def test_times_from_the_nearest_vowel_onset():
    utterance = make_utterance(HAND)
    axis = pos.accent_axis()  # accented: vowels o (phone 4, at 80 ms) and e (phone 9, at 180 ms)
    centres_ms = (np.arange(4) + 0.5) * 5
    np.testing.assert_allclose(places(axis, utterance, 0), centres_ms - 80)
    np.testing.assert_allclose(places(axis, utterance, 4), centres_ms)
    np.testing.assert_allclose(places(axis, utterance, 5), centres_ms + MS)
    np.testing.assert_allclose(places(axis, utterance, 12), centres_ms + 60)
    # 130 ms lies halfway: phone 6 begins at 120
    np.testing.assert_allclose(places(axis, utterance, 6), [42.5, 47.5, -47.5, -42.5])
    stressed = pos.accent_axis(kind="stressed")  # vowels a (at 40 ms) and e
    np.testing.assert_allclose(places(stressed, utterance, 2), centres_ms)


def test_a_frame_between_two_onsets_belongs_to_the_earlier():
    utterance = make_utterance([("L-L%", "^ta.^no")], frames_per_phone=[1, 2, 1, 2])
    # onsets at 5 and 20 ms; the frame with its centre at 12.5 ms is 7.5 ms from both
    assert pos.accent_axis().coordinate(utterance)[2] == pytest.approx(7.5)


def test_times_to_the_end_of_the_phrase():
    utterance = make_utterance(HAND)
    axis, centres_ms = pos.boundary_axis(), (np.arange(4) + 0.5) * 5
    np.testing.assert_allclose(places(axis, utterance, 6), centres_ms - MS)
    np.testing.assert_allclose(places(axis, utterance, 1), centres_ms - 6 * MS)
    np.testing.assert_allclose(places(axis, utterance, 8), centres_ms - 4 * MS)
    assert np.isnan(places(axis, utterance, 7)).all()


def test_bins_hold_their_lower_edge_and_the_last_one_both():
    found = np.array([-0.1, 0.0, 0.49, 0.5, 0.99, 1.0, 1.01, np.nan])
    axis = pos.Axis("a", "", "", np.array([0, 0.5, 1.0]), lambda utterance: found)
    assert axis.bins(None).tolist() == [-1, 0, 0, 1, 1, 1, -1, -1]


def test_frames_behind_the_last_label_belong_to_the_end():
    utterance = make_utterance([("L-L%", "ta.no")])
    utterance.labels.ends[-1] -= 60_000  # 6 ms: the last centre lies behind the end
    assert pos.relative_axis("phrase", 4).bins(utterance)[-1] == 3
    assert pos.boundary_axis().bins(utterance)[-1] == 19


def test_the_standard_axes_have_names_and_rising_edges():
    axes = pos.standard_axes(123)
    assert len({axis.slug for axis in axes}) == len(axes) == 7
    assert all((np.diff(axis.edges) > 0).all() for axis in axes)
    assert axes[0].edges[-1] == pytest.approx(13 * 0.05)
    assert pos.accent_axis().edges[[0, 1, -1]].tolist() == [-300, -275, 500]


def test_another_kind_of_prominence_is_refused():
    with pytest.raises(ParameterError, match="'loud', expected one of stressed, accented"):
        pos.accent_axis(kind="loud")


# --- profiles ----------------------------------------------------------------------------


def test_nothing_is_lost_on_any_axis():
    utterances = some_utterances()
    values = values_for(utterances)
    n_frames = max(len(u.f0_hz) for u in utterances)
    total = sum(v.sum(axis=0) for v in values)
    for axis in pos.standard_axes(n_frames):
        profile = profile_of(axis, utterances, values)
        np.testing.assert_allclose(profile.total.sum(axis=0) + profile.outside, total)
        frames = profile.frames.sum() + profile.outside_frames
        assert frames == sum(len(v) for v in values)
    assert profile_of(pos.relative_axis("word", 10), utterances, values).outside_frames > 0
    assert profile_of(pos.frame_index_axis(n_frames), utterances, values).outside_frames == 0


def test_by_frame_index_it_is_the_aggregate_of_the_study():
    utterances = some_utterances()
    values = values_for(utterances)
    aggregator = Aggregator(3)
    for part in values:
        aggregator.add(part)
    axis = pos.frame_index_axis(max(len(v) for v in values), frames_per_bin=1)
    profile = profile_of(axis, utterances, values)
    np.testing.assert_allclose(profile.mean, aggregator.aggregate("mean"))
    np.testing.assert_array_equal(profile.frames, aggregator.utterances_per_frame)


def planted(utterance, law, seed=None):
    """Relevance that follows a law of the place in the phrase; [frames, 1]."""
    places = pos.relative_axis("phrase").coordinate(utterance)
    noise = 0 if seed is None else np.random.default_rng(seed).normal(0, 0.3, len(places))
    return np.nan_to_num(law(places) + noise)[:, None]


def test_one_law_at_two_tempos_is_one_profile_by_place_and_a_blur_by_frame_index():
    def law(place):
        return np.where(place > 0.8, -2.0, 1.0)  # F0 falls in the last fifth

    phrase = [("L-L%", "ta.no ku.me li")]
    slow, fast = (make_utterance(phrase, frames_per_phone=count) for count in (20, 4))
    axis, index_axis = pos.relative_axis("phrase", 10), pos.frame_index_axis(200, frames_per_bin=20)
    pairs = [([u], [planted(u, law)]) for u in (slow, fast)]
    alone = [profile_of(axis, *pair).mean for pair in pairs]
    np.testing.assert_allclose(alone[0], alone[1])
    both = ([slow, fast], [pair[1][0] for pair in pairs])
    together = profile_of(axis, *both)
    np.testing.assert_allclose(together.mean, alone[0])
    np.testing.assert_allclose(together.mean.ravel(), [1.0] * 8 + [-2.0] * 2)
    assert together.standard_error.max() < 1e-9
    by_index = profile_of(index_axis, *both)
    blurred = by_index.mean[1, 0]  # 20 to 39 frames: the start of the one, the end of the other
    assert -0.9 < blurred < 0.9
    assert by_index.standard_error[1, 0] > 0.1


def test_a_planted_peak_at_accents_is_found_where_it_was_planted():
    axis = pos.accent_axis(before_ms=100, after_ms=100)
    texts = ["ta.no.^ku.me li", "^ta.no.li.me ku", "ku.me ta.^no"]
    utterances = [make_utterance([("L-L%", text)], frames_per_phone=9) for text in texts]
    values = []
    for utterance in utterances:
        onset_s = utterance.labels.starts[utterance.labels.fields("b2") == "2"][1] / 1e7
        distance = utterance.times_s - onset_s
        values.append(np.where((distance >= 0) & (distance < 0.05), 3.0, 0.0)[:, None])
    found = profile_of(axis, utterances, values).mean.ravel()
    np.testing.assert_allclose(found, [0, 0, 0, 0, 3, 3, 0, 0])


def test_mean_and_error_are_those_of_a_ratio_over_utterances():
    utterances = some_utterances(8)
    values = values_for(utterances, 2)
    profile = profile_of(pos.relative_axis("phrase", 3), utterances, values)
    bins = [pos.relative_axis("phrase", 3).bins(u) for u in utterances]
    for place in range(3):
        sums = np.array([v[b == place].sum(axis=0) for v, b in zip(values, bins, strict=True)])
        counts = np.array([(b == place).sum() for b in bins])
        sums, counts = sums[counts > 0], counts[counts > 0]
        ratio = sums.sum(axis=0) / counts.sum()
        residuals = sums - ratio * counts[:, None]
        variance = len(counts) * residuals.var(axis=0, ddof=1) / counts.sum() ** 2
        np.testing.assert_allclose(profile.mean[place], ratio)
        np.testing.assert_allclose(profile.standard_error[place], np.sqrt(variance))
        reach = stats.t(len(counts) - 1).ppf(0.975) * np.sqrt(variance)
        np.testing.assert_allclose(profile.interval()[1, place] - ratio, reach)
        assert profile.utterances[place] == len(counts) == 6  # two are of pauses alone


def test_the_interval_holds_the_planted_law_about_as_often_as_it_says():
    def law(place):
        return 2 * np.cos(3 * place)

    axis, held, random = pos.relative_axis("phrase", 5), [], np.random.default_rng(4)
    shapes = [[("L-L%", "ta.no ku")], [("L-L%", "ta.no.me ku.li")]]
    for _ in range(60):
        utterances, values = [], []
        for _ in range(12):
            utterance = make_utterance(shapes[random.integers(2)], frames_per_phone=5)
            steps = law((axis.bins(utterance) + 0.5) / 5) + random.normal(0, 0.5)
            utterances.append(utterance)
            values.append(steps[:, None])
        low, high = profile_of(axis, utterances, values).interval()[:, :, 0]
        truth = law((np.arange(5) + 0.5) / 5)
        held.append((low <= truth) & (truth <= high))
    assert 0.85 < np.mean(held) <= 1.0


def test_one_utterance_has_a_mean_but_no_interval_and_an_empty_bin_has_neither():
    utterance = make_utterance([("L-L%", "ta")])
    axis = pos.accent_axis()
    profile = profile_of(pos.relative_axis("word", 2), [utterance], values_for([utterance]))
    assert np.isfinite(profile.mean).all() and np.isnan(profile.interval()).all()
    empty = profile_of(axis, [utterance], values_for([utterance]))
    assert np.isnan(empty.mean).all() and empty.strongest(3) == []
    assert empty.outside_frames == len(utterance.f0_hz)
    assert empty.untold_utterances == 0


def test_labels_that_do_not_tell_are_counted_as_outside():
    text = JAPANESE.template.format(**dict.fromkeys(JAPANESE.field_names, "x"))
    labels = Labels(texts=[text], starts=np.zeros(1), ends=np.full(1, 3e5), shape=JAPANESE)
    japanese = SimpleNamespace(labels=labels, frame_to_phone=np.zeros(6, dtype=int))
    profile = profile_of(pos.relative_axis("word", 10), [japanese], [np.ones((6, 2))])
    assert profile.untold_utterances == 1 and profile.outside_frames == 6
    assert profile.outside.tolist() == [6, 6] and not profile.frames.any()


def test_the_table_says_what_the_arrays_say():
    utterances = some_utterances()
    profile = profile_of(pos.relative_axis("phrase", 4), utterances, values_for(utterances))
    table = profile.table()
    assert len(table) == 4 * 3
    row = table[(table["group"] == "g2") & (table["start"] == 0.5)].iloc[0]
    assert row["end"] == 0.75 and row["frames"] == profile.frames[2]
    assert row["utterances"] == profile.utterances[2]
    assert row["mean"] == profile.mean[2, 2] and row["se"] == profile.standard_error[2, 2]
    assert [row["ci_low"], row["ci_high"]] == profile.interval()[:, 2, 2].tolist()


def test_the_strongest_groups_are_those_that_change_along_the_axis():
    utterance = make_utterance([("L-L%", "ta.no ku.me li")])
    place = pos.relative_axis("phrase").coordinate(utterance)
    values = np.column_stack([np.full(len(place), 9.0), place, 3 * place, -50 * place])
    profile = pos.Profile(pos.relative_axis("phrase", 5), ["constant", "weak", "strong", VUV])
    profile.add(utterance, values)
    assert profile.strongest(2) == ["strong", "weak"]
    assert profile.strongest(9, leave_out=()) == [VUV, "strong", "weak", "constant"]


@pytest.mark.parametrize("statistic", ["sum", "mean"])
def test_relevance_is_grouped_and_put_in_place_one_utterance_at_a_time(statistic):
    utterances = some_utterances(4)
    relevances = [SimpleNamespace(values=v) for v in values_for(utterances, 5)]
    groups = {"A": np.array([0, 3]), "B": np.array([1])}
    axes = [pos.relative_axis("word", 4), pos.boundary_axis()]
    store = zip(utterances, relevances, strict=True)
    found = pos.place_relevance(store, axes, groups, statistic=statistic)
    assert list(found) == ["word", "boundary"]
    grouped = [group_matrix(r.values, groups, statistic=statistic) for r in relevances]
    expected = profile_of(pos.relative_axis("word", 4), utterances, grouped)
    np.testing.assert_array_equal(found["word"].total, expected.total)
    assert found["word"].groups == ("A", "B") and found["word"].statistic == statistic
    balance = pos.balance_table(found)
    total = sum(part.sum() for part in grouped)
    assert balance["total_relevance"].to_numpy() == pytest.approx([total, total])
    assert (balance["frames"] + balance["outside_frames"]).nunique() == 1


def test_memory_does_not_grow_with_the_corpus():
    utterances = some_utterances(3)
    values = values_for(utterances)

    def held(times):
        profile = profile_of(pos.relative_axis("phrase"), utterances * times, values * times)
        arrays = [part for part in vars(profile).values() if isinstance(part, np.ndarray)]
        return sum(part.nbytes for part in arrays)

    assert held(1) == held(7)
