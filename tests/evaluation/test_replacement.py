"""Replaced answers are those that the changed label has, and networks are asked without leaks."""

import numpy as np
import pytest
import torch
from builders import make_model
from read_aloud import QUESTIONS, read_aloud

from intonation.errors import ModelError
from intonation.evaluation.phonetics import changes
from intonation.evaluation.phonetics.replacement import (
    Answers,
    by_vowel,
    effects,
    law_effects,
    predicted,
    windows,
)
from intonation.evaluation.planted_law import LAW, planted_f0
from intonation.evaluation.recovery import predict_planted
from intonation.labels.full_context import Labels
from intonation.labels.label_shape import ENGLISH

CHANGES = (
    *(changes.without_accent, changes.without_prominence, changes.late_in_phrase),
    *(changes.not_last, changes.before_the_reset, changes.as_a_statement),
    *(changes.as_low_vowel, changes.after_voiced, changes.after_stop),
    changes.in_a_longer_phrase,
)


@pytest.fixture(scope="module")
def speech():
    return read_aloud(25, answered=True)


@pytest.fixture(scope="module")
def answers(speech):
    return Answers.of(speech, QUESTIONS)


def network(speech, **more):
    questions = speech.items[0].inputs.answers.shape[1]
    shape = {"channels": 5, "layers": 1, "stacks": 1, **more}
    return make_model("semitones", questions=questions, **shape).float()


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_replaced_answers_are_those_of_the_changed_label(speech, answers, change):
    """By hand: the label is written anew and every question of the set is asked of it."""
    asked = windows(speech, 3)
    new = change(asked)
    given, possible = answers.changed(asked, new, np.ones(len(asked.rows), dtype=bool))
    chosen = np.flatnonzero(possible & asked.real.all(axis=1))[::40]
    fields = {**asked.fields, **new}
    rows = [{name: fields[name][v, p] for name in fields} for v in chosen for p in range(3)]
    texts = [ENGLISH.template.format(**row) for row in rows]
    anew = QUESTIONS.answer(Labels(texts, shape=ENGLISH))
    assert len(chosen) and np.array_equal(anew.reshape(len(chosen), 3, -1), given[chosen])


def test_what_no_phone_of_the_corpus_has_is_not_asked(speech, answers):
    asked = windows(speech, 3)
    new = {"h1": np.full(asked.real.shape, "999")}
    _, possible = answers.changed(asked, new, np.ones(len(asked.rows), dtype=bool))
    assert not possible.any()
    same = {"h1": asked.fields["h1"]}
    assert not answers.changed(asked, same, np.ones(len(asked.rows), dtype=bool))[1].any()


@pytest.mark.parametrize("kernel_size", [2, 3])
def test_a_window_is_predicted_as_its_utterance_is(speech, answers, kernel_size):
    model = network(speech, kernel_size=kernel_size)
    asked = windows(speech, model.config.receptive_field)
    found = predicted(model, answers.answers[asked.rows], asked.real)
    whole = by_vowel(predict_planted(model, speech.items), speech.vowels)
    np.testing.assert_allclose(found, whole, atol=1e-4)


def test_the_effect_is_that_of_the_network_whose_turn_it_is(speech, answers):
    models = [network(speech, seed=seed) for seed in (1, 2)]
    asked = windows(speech, models[0].config.receptive_field)
    everyone = np.ones(len(asked.rows), dtype=bool)
    fold = np.arange(len(asked.rows)) % 2
    mixed = effects(models, fold, answers, asked, changes.without_prominence, everyone)
    for place, model in enumerate(models):
        alone = effects([model], 0 * fold, answers, asked, changes.without_prominence, everyone)
        np.testing.assert_array_equal(mixed[fold == place], alone[fold == place])
    stressed = (speech.vowels["prominence"] != "unstressed").to_numpy()
    assert np.isfinite(mixed[stressed]).all()


def test_a_network_that_looks_ahead_is_refused(speech, answers):
    model = network(speech, causal=False)
    asked = windows(speech, 2)
    with pytest.raises(ModelError, match="looks? back|causal"):
        predicted(model, answers.answers[asked.rows], asked.real)


def test_the_law_is_asked_as_a_network_is(speech):
    asked = windows(speech, 3)
    accented = (speech.vowels["prominence"] == "accented").to_numpy()
    found = law_effects(planted_f0, asked, changes.without_accent, accented)
    assert set(np.round(found, 6)) <= {1.8, 2.4, 2.8, 3.2} and len(set(np.round(found, 6))) > 1
    others = law_effects(planted_f0, asked, changes.without_accent, ~accented)
    assert np.isnan(others).all() and len(LAW) == 10


def test_windows_do_not_reach_over_utterances(speech):
    asked = windows(speech, 6)
    starts = np.cumsum([0, *(len(item.weight) for item in speech.items)])[:-1]
    first = starts[speech.vowels["utterance"]]
    assert (asked.rows >= first[:, None]).all() and not asked.real.all()
    torch.testing.assert_close(torch.tensor(asked.real[:, -1]).all(), torch.tensor(True))
