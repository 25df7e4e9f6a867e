"""The law within phones: where accents peak, how F0 falls, what stays as it was."""

import numpy as np
import pytest
from builders import BOTH, make_utterance

from intonation.evaluation.holding.frames import (
    frame_contributions,
    frame_effects,
    frame_example,
    replant_frames,
)
from intonation.evaluation.holding.laws import FORMS
from intonation.evaluation.planted_law import contributions, plant_utterance, read_fields
from intonation.labels.taxonomy import ACCENT
from intonation.lrp.selections import units


@pytest.fixture(scope="module")
def spoken():
    return make_utterance(BOTH, frames_per_phone=6)


def law_of(*groups):
    return tuple(FORMS[group] for group in groups)


def test_an_accent_peaks_in_the_middle_of_its_syllable(spoken):
    law = law_of(ACCENT, "SYLLABLE_STRESS")
    parts = frame_contributions(spoken, law)
    flat = contributions(read_fields(spoken.labels), law)
    np.testing.assert_array_equal(
        parts["SYLLABLE_STRESS"], flat["SYLLABLE_STRESS"][spoken.frame_to_phone]
    )
    syllable = units(spoken.labels).syllable[spoken.frame_to_phone]
    level = flat[ACCENT][spoken.frame_to_phone]
    high = level > 0
    assert high.any()
    for number in np.unique(syllable[high]):
        bell = parts[ACCENT][syllable == number]
        assert abs(bell.argmax() - (len(bell) - 1) / 2) <= 0.5
        assert bell.mean() == pytest.approx(
            flat[ACCENT][spoken.frame_to_phone][syllable == number][0]
        )


def test_declination_is_linear_in_time_and_begins_anew_with_a_phrase(spoken):
    fall = frame_contributions(spoken, law_of("SYLLABLE_POSITION"))["SYLLABLE_POSITION"]
    phrase = units(spoken.labels).phrase[spoken.frame_to_phone]
    for number in np.unique(phrase[phrase >= 0]):
        part = fall[phrase == number]
        assert part[0] == 0
        np.testing.assert_allclose(np.diff(part), -0.3 * 5 * 0.005)


def test_what_is_learnt_is_the_sum_and_its_effects_are_over_voiced_frames(spoken):
    law = law_of(ACCENT, "SYLLABLE_POSITION", "SYLLABLE_STRESS")
    parts = frame_contributions(spoken, law)
    example = frame_example(spoken, law, noise_semitones=0.0, seed=1)
    np.testing.assert_allclose(example.target, sum(parts.values()), rtol=1e-6)
    assert example.weight.sum() == spoken.voiced.sum()
    lines = {ACCENT: [ACCENT], "both": [ACCENT, "SYLLABLE_POSITION"], "none": ["PHRASE_LEN"]}
    effects = frame_effects([spoken, spoken], law, lines)
    assert effects[ACCENT] == pytest.approx(parts[ACCENT][spoken.voiced].std())
    both = parts[ACCENT] + parts["SYLLABLE_POSITION"]
    assert effects["both"] == pytest.approx(both[spoken.voiced].std()) and effects["none"] == 0


def test_phones_hear_the_mean_of_what_moves_within_them(spoken):
    law = law_of(ACCENT, "SYLLABLE_STRESS")
    answers = np.zeros((len(spoken.labels), 2), np.uint8)
    item = plant_utterance(spoken, answers, noise_semitones=0, law=None)
    task = ({item.id: spoken}, [item], law)
    (again,) = replant_frames(*task, noise_semitones=0, seed=1)
    f0 = sum(frame_contributions(spoken, law).values())
    for phone in np.flatnonzero(item.weight):
        inside = (spoken.frame_to_phone == phone) & spoken.voiced
        assert again.f0_semitones[phone] == pytest.approx(f0[inside].mean())
    assert again.inputs is item.inputs and not again.f0_semitones[item.weight == 0].any()
    np.testing.assert_allclose(again.target, again.f0_semitones, rtol=1e-6)
