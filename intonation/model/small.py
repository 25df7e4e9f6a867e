"""Small trainings: what they keep of a run's parameters and of its corpus.

Where a network is trained several times, or only to be asked what it learnt, it is a small one
that sees fewer utterances.
"""

import dataclasses
from typing import Any

from intonation.corpus.corpus import Corpus
from intonation.parameters import Parameters
from intonation.statistics import evenly


def small_parameters(parameters: Parameters, **different: Any) -> Parameters:
    """The run's parameters with the size and epochs of small networks, and what is different."""
    small = {
        "epochs": parameters.small_epochs,
        "num_layers": parameters.small_num_layers,
        "hidden_size": parameters.small_hidden_size,
        **{"devices": 1, "nodes": 1},  # not worth more, and not of a whole corpus
        "group_penalty": 0.0,  # nor do so few utterances tell which groups are needed
    }
    return dataclasses.replace(parameters, **{**small, **different})


def fewer_utterances(corpus: Corpus, *, train: int, validation: int) -> Corpus:
    """The corpus with at most so many utterances (0: all) of two splits, evenly chosen.

    The test split stays whole.
    """
    kept = {*corpus.ids("test")}
    for split, most in (("train", train), ("validation", validation)):
        kept |= {*evenly(corpus.ids(split), most)}
    table = corpus.table[corpus.table["id"].isin(kept)]
    return dataclasses.replace(corpus, table=table.reset_index(drop=True))
