"""Networks of folds: no sentence is told by a network that learnt it, and a law is told right."""

import dataclasses

import numpy as np
from read_aloud import QUESTIONS, read_aloud

from intonation.evaluation.phonetics import asking, curves
from intonation.evaluation.phonetics.designs import Draws
from intonation.evaluation.phonetics.networks import train_deals, train_folds
from intonation.evaluation.phonetics.vowels import PROMINENCES
from intonation.evaluation.planted_law import question_groups
from intonation.evaluation.recovery import recipes, sparse_recipe
from intonation.parameters import Parameters


def test_networks_tell_a_law_of_sentences_that_they_never_saw(tmp_path):
    speech = read_aloud(40, answered=True)
    chosen = Parameters(law_epochs=15, small_hidden_size=8, law_learning_rate=0.03)
    recipe = recipes(chosen)[-1]
    groups = question_groups(QUESTIONS)
    told = train_folds(speech, QUESTIONS.names, groups, recipe, folds=2, folder=tmp_path)
    assert len(told.models) == 2
    sentence = speech.vowels["sentence"]
    assert (speech.vowels.assign(fold=told.fold).groupby(sentence)["fold"].nunique() == 1).all()
    spoken = speech.vowels["semitones"].to_numpy()
    assert np.corrcoef(told.predicted, spoken)[0, 1] > 0.7
    assert list(told.relevance.columns) == list(groups) and len(told.relevance) == len(spoken)
    assert not told.relevance.isna().any(axis=None)
    last = (speech.vowels["to_end"] == 1) & (speech.vowels["tone"] == "L-L%")
    tone = told.relevance["PHRASE_BOUNDARY_TONE"]
    assert tone[last].mean() < tone[speech.vowels["to_end"] > 3].mean() - 0.1


def test_labels_that_tell_no_vowels_end_in_facts_that_nobody_knows(tmp_path):
    whole = read_aloud(3, answered=True)
    none = {name: getattr(whole, name)[:0] for name in ("vowels", "around", "within")}
    speech, recipe = dataclasses.replace(whole, **none), recipes(Parameters())[-1]
    groups = question_groups(QUESTIONS)
    told = train_folds(speech, QUESTIONS.names, groups, recipe, folds=2, folder=tmp_path)
    draws = Draws.of(speech.vowels["sentence"], resamples=5, seed=0)
    moved = asking.moved_by(speech, told, QUESTIONS)
    table = asking.facts_table(speech.vowels, draws, [told], [moved])
    assert table["value_semitones"].isna().all() and (table["note"] == asking.TOO_FEW).all()
    assert len(curves.around_by(speech, "prominence", PROMINENCES, (0, 80))) == 0
    assert len(curves.along_phrases(speech.vowels, PROMINENCES)) == 0


def test_each_deal_parts_the_sentences_otherwise_and_has_seeds_of_its_own(tmp_path):
    speech = read_aloud(12, answered=True)
    recipe = sparse_recipe(Parameters(small_hidden_size=8), 1)
    assert recipe.parameters.epochs == 1
    groups = question_groups(QUESTIONS)
    task = (speech, QUESTIONS.names, groups, recipe)
    one, other = train_deals(*task, deals=2, folds=2, folder=tmp_path)
    assert not np.array_equal(one.fold, other.fold)
    assert not np.array_equal(one.predicted, other.predicted)
    again = train_folds(*task, folds=2, folder=tmp_path / "again")
    np.testing.assert_array_equal(again.predicted, one.predicted)
