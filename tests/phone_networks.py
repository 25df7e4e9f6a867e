"""Utterances and networks of one frame a phone: laws that are known, groups that tell the same."""

import numpy as np
import pandas as pd
import torch
from builders import make_model

from intonation.evaluation.planted_law import Planted
from intonation.evaluation.together.told import gather
from intonation.model.batches import Inputs
from intonation.model.network import F0Model, ModelConfig

QUESTIONS = tuple(f"q{index}" for index in range(6))
GROUPS = {"large": np.array([0, 1]), "small": np.array([2]), "null": np.array([3, 4, 5])}
WEIGHTS = np.array([2.0, 1.0, 0.8, 0.0, 0.0, 0.0])


def make_planted(seed, *, phones=30):
    """An utterance of independent answers whose law is linear in them."""
    random = np.random.default_rng(seed)
    answers = (random.random((phones, len(QUESTIONS))) < 0.5).astype(np.uint8)
    voiced = random.random(phones) < 0.8
    voiced[0] = True
    law = answers @ WEIGHTS
    weight = np.where(voiced, random.integers(5, 20, phones), 0).astype(np.float32)
    inputs = Inputs(answers, np.arange(phones), voiced)
    return Planted(f"u{seed}", inputs, {}, law, law.astype(np.float32), weight)


def linear_network():
    """A network of the book's kind that computes the law exactly, but for a constant."""
    model = F0Model(ModelConfig("semitones", QUESTIONS, 4, 1, stacks=1, dropout=0.0)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.project.weight[0] = torch.from_numpy(WEIGHTS).float()
        block = model.blocks[0]
        for conv, norm in ((block.conv1, block.norm1), (block.conv2, block.norm2)):
            conv.conv.weight[0, 0, -1] = 1.0  # the phone itself, not the one before
            norm.weight.fill_(float(np.sqrt(1 + norm.eps)))
        model.dense.weight[0, 0, 0] = 1.0
        model.output.weight[0, 0, 0] = 1.0
        model.output.bias.fill_(3.0)
    return model


def random_network(*, causal=True):
    shape = {"questions": 6, "channels": 5, "layers": 1, "stacks": 1, "kernel_size": 3}
    return make_model("semitones", **shape, causal=causal).float()


PHONES = 30
# one and twin ask the same, part asks a part of it, other something else, sum what two others say
TWINS = {
    "one": np.array([0, 1]),
    "twin": np.array([2, 3]),
    "part": np.array([4]),
    "other": np.array([5, 6]),
    "same": np.array([7]),
}


def answers_of(random, phones=PHONES):
    free = (random.random((phones, 4)) < 0.5).astype(np.uint8)
    one, other = free[:, :2], free[:, 2:]
    return np.hstack([one, 1 - one, one[:, :1], other, np.ones((phones, 1), np.uint8)])


def planted(seed, answers=None):
    answers = answers_of(np.random.default_rng(seed)) if answers is None else answers
    weight = np.ones(len(answers), np.float32)
    weight[::7] = 0  # without voice
    inputs = Inputs(answers, np.arange(len(answers)), weight > 0)
    return Planted(f"u{seed}", inputs, {}, weight, weight, weight)


def gathered(count=20, groups=TWINS, per_sentence=1):
    items = [planted(seed) for seed in range(count)]
    keys = pd.Series({item.id: f"s{place // per_sentence}" for place, item in enumerate(items)})
    return gather(items, keys, groups)
