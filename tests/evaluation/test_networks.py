"""Networks of folds: no sentence is told by a network that learnt it, and a law is told right."""

import numpy as np
from read_aloud import QUESTIONS, read_aloud

from intonation.evaluation.phonetics.networks import folds_of, train_folds
from intonation.evaluation.planted_law import question_groups
from intonation.evaluation.recovery import recipes
from intonation.parameters import Parameters


def test_a_sentence_is_in_one_fold_whoever_reads_it():
    sentences = [f"s{number % 7}" for number in range(70)]
    fold = folds_of(sentences, 3, seed=0)
    assert len({(one, part) for one, part in zip(sentences, fold, strict=True)}) == 7
    assert sorted(np.bincount(fold[:7])) == [2, 2, 3]
    assert set(folds_of(["a", "a"], 5, seed=0)) == {0}


def test_networks_tell_a_law_of_sentences_that_they_never_saw(tmp_path):
    speech = read_aloud(60, answered=True)
    chosen = Parameters(law_epochs=25, small_hidden_size=8, law_learning_rate=0.02)
    recipe = recipes(chosen)[-1]
    groups = question_groups(QUESTIONS)
    told = train_folds(speech, QUESTIONS.names, groups, recipe, folds=2, folder=tmp_path)
    assert len(told.models) == 2
    sentence = speech.vowels["sentence"]
    assert (speech.vowels.assign(fold=told.fold).groupby(sentence)["fold"].nunique() == 1).all()
    spoken = speech.vowels["semitones"].to_numpy()
    assert np.corrcoef(told.predicted, spoken)[0, 1] > 0.85
    assert list(told.relevance.columns) == list(groups) and len(told.relevance) == len(spoken)
    assert not told.relevance.isna().any(axis=None)
    last = (speech.vowels["to_end"] == 1) & (speech.vowels["tone"] == "L-L%")
    tone = told.relevance["PHRASE_BOUNDARY_TONE"]
    assert tone[last].mean() < tone[speech.vowels["to_end"] > 3].mean() - 0.5
