"""Small trainings: what differs from the run's, and which utterances are left."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from intonation.corpus.corpus import Corpus
from intonation.model.small import fewer_utterances, small_parameters
from intonation.parameters import Parameters, parameters


def test_small_networks_take_the_small_size_and_what_is_different():
    asked = {"target": "log_f0", "small_epochs": 7, "small_hidden_size": 9, "dropout": 0.3}
    asked |= {"devices": "auto", "nodes": 2}
    given = parameters("default", asked)
    small = small_parameters(given, stacks=1, num_layers=2)
    assert (small.epochs, small.hidden_size, small.num_layers, small.stacks) == (7, 9, 2, 1)
    same = dataclasses.asdict(given)
    changed = {"epochs": 7, "hidden_size": 9, "num_layers": 2, "stacks": 1}
    changed |= {"devices": 1, "nodes": 1}  # they are trained by one process
    assert dataclasses.asdict(small) == same | changed
    assert small_parameters(Parameters()).num_layers == Parameters().small_num_layers


def make_corpus():
    splits = ["train"] * 12 + ["validation"] * 4 + ["test"] * 2
    ids = [f"{split}{n}" for n, split in enumerate(splits)]
    return Corpus(Path("nowhere"), pd.DataFrame({"id": ids, "split": splits}))


@pytest.mark.parametrize(
    "train, validation, kept",
    [(1, 1, (["train0"], [12])), (3, 2, (["train0", "train6", "train11"], [12, 15]))],
)
def test_fewer_utterances_are_spread_and_the_test_split_is_whole(train, validation, kept):
    corpus = make_corpus()
    few = fewer_utterances(corpus, train=train, validation=validation)
    assert few.ids("train") == kept[0]
    assert few.ids("validation") == [f"validation{n}" for n in kept[1]]
    assert few.ids("test") == corpus.ids("test")
    assert few.table.index.tolist() == list(range(len(few.table)))
    assert len(corpus.table) == 18  # as it was


@pytest.mark.parametrize("most", [0, 99])
def test_all_utterances(most):
    corpus = make_corpus()
    few = fewer_utterances(corpus, train=most, validation=most)
    pd.testing.assert_frame_equal(few.table, corpus.table)
