"""The difference of two explanations, against predicted and natural F0 frame by frame."""

import numpy as np
import pytest
from builders import ASKING, STATING, TARGETS, make_model, make_set, make_utterance

from intonation.errors import ParameterError, UtteranceError
from intonation.lrp.contrast import contrast
from intonation.lrp.methods import explain
from intonation.lrp.selections import question_ends, statement_ends

GROUPS = {"A": np.arange(4), "B": np.arange(4, 9)}  # inputs 9 and 10 stand in none


def run_contrast(model, utterances, **more):
    both = {"first": question_ends, "second": statement_ends, "groups": GROUPS}
    return contrast(model, utterances, **{**both, **more})


@pytest.mark.parametrize("target", TARGETS)
def test_the_parts_of_a_contrast_add_up_to_the_difference_of_predicted_f0(target):
    model, utterances = make_model(target), make_set()
    found = run_contrast(model, utterances)
    table = found.table.set_index("part")
    assert table["kind"].tolist() == [
        *("group", "group", "rest", "absorbed", "gap", "explained", "natural"),
    ]
    # mean predicted F0 of each side, frame by frame, with nothing of the contrast's own code
    sides = []
    for choose in (question_ends, statement_ends):
        outputs = [
            explain(model, u, frames=np.array([frame])).explained
            for u in utterances
            for frame in np.flatnonzero(choose(u) & u.voiced)
        ]
        sides.append((np.mean(outputs), len(outputs)))
    (first, n_first), (second, n_second) = sides
    assert found.frames == (n_first, n_second) and found.utterances == (3, 4)
    assert table.loc["explained", "first"] == pytest.approx(first)
    assert table.loc["explained", "second"] == pytest.approx(second)
    assert table.loc["explained", "difference"] == pytest.approx(first - second)
    parts = table.loc[["A", "B", "other inputs", "absorbed", "gap"]]
    for column in ("first", "second", "difference"):
        assert parts[column].sum() == pytest.approx(table.loc["explained", column], abs=1e-12)
    assert abs(table.loc["gap", "difference"]) < 1e-9
    assert (table["first"] - table["second"]).to_numpy() == pytest.approx(table["difference"])


def test_a_group_of_a_contrast_is_its_mean_relevance_per_frame():
    model, utterances = make_model("semitones"), make_set()
    values, frames = 0.0, 0
    for utterance in utterances:
        mask = question_ends(utterance) & utterance.voiced
        if mask.any():
            values += explain(model, utterance, frames=mask).values[:, GROUPS["B"]].sum()
            frames += mask.sum()
    table = run_contrast(model, utterances).table.set_index("part")
    assert table.loc["B", "first"] == pytest.approx(values / frames)


def test_natural_f0_is_in_the_unit_of_the_target():
    utterances = make_set()
    masks = [statement_ends(u) & u.voiced for u in utterances]
    hz = np.concatenate([u.f0_hz[mask] for u, mask in zip(utterances, masks, strict=True)])
    expected = {"log_f0": np.log(hz).mean(), "semitones": 12 * np.log2(hz / 130.0).mean()}
    for target in TARGETS:
        table = run_contrast(make_model(target), utterances).table.set_index("part")
        assert table.loc["natural", "second"] == pytest.approx(expected[target])


def test_a_contrast_with_itself_is_nothing():
    found = run_contrast(make_model("semitones"), make_set(), second=question_ends)
    columns = found.table[["difference", "ci_low", "ci_high"]].to_numpy()
    assert np.abs(columns).max() < 1e-12
    assert found.frames[0] == found.frames[1]


def test_the_interval_is_deterministic_holds_the_difference_and_narrows_with_more_data():
    model, utterances = make_model("semitones"), make_set()
    found = [run_contrast(model, utterances, seed=seed).table for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0]["ci_low"], found[1]["ci_low"])
    assert (found[0]["ci_low"] != found[2]["ci_low"]).any()
    groups = found[0][found[0]["kind"] == "group"]
    assert (groups["ci_low"] <= groups["difference"]).all()
    assert (groups["ci_high"] >= groups["difference"]).all()
    more = run_contrast(model, utterances * 4).table
    np.testing.assert_allclose(more["difference"], found[0]["difference"], atol=1e-12)
    ratio = (more["ci_high"] - more["ci_low"]) / (found[0]["ci_high"] - found[0]["ci_low"])
    assert 0.3 < ratio[found[0]["kind"] == "group"].mean() < 0.7  # about 1 / sqrt(4)


def test_one_utterance_on_a_side_gives_no_interval():
    asking, stating = make_utterance(ASKING), make_utterance(STATING, name="u2")
    table = run_contrast(make_model("semitones"), [asking, stating, stating]).table
    assert table[["ci_low", "ci_high"]].isna().all(axis=None)
    assert table["difference"].notna().all()


def test_unvoiced_frames_do_not_count():
    utterances = [make_utterance(s, voiced=lambda n: np.arange(n) < n - 99) for s in (ASKING,) * 2]
    with pytest.raises(UtteranceError, match="no frame was chosen: .* first selection"):
        run_contrast(make_model("log_f0"), utterances)


def test_a_contrast_without_a_second_side_is_refused():
    with pytest.raises(UtteranceError, match="second selection"):
        run_contrast(make_model("semitones"), [make_utterance(ASKING)])


def test_groups_that_share_an_input_are_refused():
    groups = {"A": np.arange(4), "B": np.arange(3, 6)}
    with pytest.raises(ParameterError, match="two groups"):
        run_contrast(make_model("semitones"), make_set(), groups=groups)
