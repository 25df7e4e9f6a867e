"""The small network of phones that a corpus' own F0 is ranked by: held to a group lasso's curves.

The network of chapter 3 is free, predicts better, and shares F0 out by chance among groups that
tell the same. This one hears each group as the curve that the lasso drew of it, and is asked for a
ranking alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.corpus.splits import sentence_keys
from intonation.evaluation import planted_law as planted
from intonation.evaluation.holding.marking import curves_for, train_held
from intonation.evaluation.holding.spreads import net_relevance
from intonation.evaluation.planted_law import Planted
from intonation.evaluation.ranking_intervals import spread_moments
from intonation.evaluation.recovery import phone_network, without_dropout
from intonation.labels.taxonomy import question_groups
from intonation.lrp.ranking import Groups
from intonation.model.network import F0Model
from intonation.parameters import Parameters


def held_networks(
    corpus: Corpus, features: FeatureTable, parameters: Parameters, folder: Path
) -> list[F0Model]:
    """Trained on the mean F0 of voiced phones, semitones, of the training split; one for each seed.

    There are `ranking_seeds` of them, from `seed` on, all held to the same curves. They learn at
    most `law_train_utterances` of them; the lasso's strength is chosen on as many of the
    validation split as `law_test_utterances` says. Raises CorpusError where none has a voiced
    frame.
    """
    training = planted.observe(corpus, features, "train", at_most=parameters.law_train_utterances)
    most = parameters.law_test_utterances
    held_back = (
        planted.observe(corpus, features, "validation", at_most=most)
        if corpus.ids("validation")
        else []
    )
    keys = dict(zip(corpus.table["id"], sentence_keys(corpus.table["text"]), strict=True))
    groups = question_groups(corpus.questions)
    curves = curves_for(training, held_back, groups, keys.__getitem__)
    bare = without_dropout(phone_network(parameters, parameters.law_draw_epochs))
    seeds = range(parameters.seed, parameters.seed + parameters.ranking_seeds)
    task = (training, corpus.questions.names, curves)
    return [train_held(*task, replace(bare, seed=n), Path(folder) / str(n)) for n in seeds]


def heard_phones(corpus: Corpus, features: FeatureTable, ids: Sequence[str]) -> list[Planted]:
    """These utterances as the network hears them: a frame a phone, with the F0 that was spoken."""
    return [
        planted.plant_utterance(corpus[name], features.answers(name), noise_semitones=0, law=None)
        for name in ids
    ]


def phone_moments(model: F0Model, heard: Sequence[Planted], groups: Groups) -> np.ndarray:
    """As `group_spread`, a phone counting as often as it has voiced frames.

    float64 [utterances, 3, groups].
    """
    net = list(net_relevance(model, [item.inputs for item in heard], groups))
    return spread_moments(net, [item.weight[item.inputs.voiced] for item in heard])
