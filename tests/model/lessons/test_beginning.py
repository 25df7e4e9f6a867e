"""What a network takes over from another, by the names of questions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from intonation.errors import ModelError
from intonation.model.batches import Example, Inputs, collate
from intonation.model.lessons.beginning import FIRST, Beginning
from intonation.model.training import new_model, train_on
from intonation.parameters import parameters

CHOSEN = parameters("default", {"num_layers": 1, "stacks": 1, "hidden_size": 4, "device": "cpu"})


def network(questions, seed, **different):
    model = new_model(tuple(questions), replace(CHOSEN, seed=seed, **different), 0.1 * seed)
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            value += 0.1 * seed
    return model


@pytest.fixture
def learnable():
    random, made = np.random.default_rng(0), []
    for _ in range(4):
        answers = (random.random((6, 3)) < 0.5).astype(np.uint8)
        inputs = Inputs(answers, np.arange(6), np.ones(6, dtype=bool))
        made.append(Example(inputs, answers[:, 0].astype(np.float32), np.ones(6, np.float32)))
    return made


def test_only_what_both_are_asked_is_taken_over():
    old, new = network("xbya", 1), network("abc", 2)
    drawn = new.project.weight.detach().clone()
    assert Beginning(old).begin(new) == 2
    theirs, ours = old.project.weight, new.project.weight
    assert torch.equal(ours[:, 0], theirs[:, 3]) and torch.equal(ours[:, 1], theirs[:, 1])
    assert torch.equal(ours[:, 2], drawn[:, 2])
    taken, own = old.state_dict(), new.state_dict()
    assert all(torch.equal(own[name], taken[name]) for name in own if name != FIRST)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ModelError, match="shares no question"):
        Beginning(network("xy", 1)).begin(network("ab", 2))
    for different in ({"hidden_size": 8}, {"num_layers": 2}, {"kernel_size": 3}):
        with pytest.raises(ModelError, match="another size"):
            Beginning(network("ab", 1, **different)).begin(network("ab", 2))


def test_a_training_begins_there_and_knows_where_it_began(tmp_path, learnable):
    short = replace(CHOSEN, epochs=1, learning_rate=1e-7, input_dropout=0.0, dropout=0.0)
    old = network("abc", 7)
    given = "abc", learnable, [], short
    begun, _ = train_on(*given, tmp_path, beginning=Beginning(old))
    assert torch.allclose(begun.project.weight, old.project.weight, atol=1e-5)
    drawn, _ = train_on(*given, tmp_path)
    assert not torch.allclose(drawn.project.weight, old.project.weight, atol=1e-2)
    other, _ = train_on(*given, tmp_path, beginning=Beginning(network("abc", 8)))
    assert not torch.allclose(other.project.weight, begun.project.weight, atol=1e-2)
    assert torch.isfinite(begun(collate(learnable).batch)).all()
