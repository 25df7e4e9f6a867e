"""What several processes train in tests; each calls this file with a folder and what to do.

All cases are trained by the same two processes, because starting takes seconds.
"""

import os
import signal
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
from builders import planted_corpus

from intonation.errors import ModelError
from intonation.model import training
from intonation.model.distributed.group import joined, started
from intonation.model.resume import KeepBest
from intonation.model.sparse.curves import GroupCurves
from intonation.model.sparse.lasso import Lasso
from intonation.parameters import parameters

TINY = {"num_layers": 2, "hidden_size": 8, "device": "cpu", "input_dropout": 0.5, "dropout": 0.2}
# 15 utterances, 7 at a time: uneven shares, and at last fewer than processes; 21 steps
UNEVEN = {**TINY, "epochs": 7, "batch_size": 7, "patience": 7}
CASES = {
    "semitones": UNEVEN,
    "log_f0": {**UNEVEN, "target": "log_f0"},
    # every step is an epoch: a loss for each
    "step by step": {**TINY, "epochs": 20, "batch_size": 16, "patience": 20},
    "stopped early": {**UNEVEN, "patience": 1, "min_delta": 100.0},
    "continued": UNEVEN,
    "held to curves": UNEVEN,
    "half precision": {**UNEVEN, "precision": "bf16"},
}
TRAINED = 15


def chosen(case, **more):
    return parameters("default", {**CASES[case], **more})


def corpus(train=TRAINED):
    return planted_corpus(train=train, validation=5)


def curves():
    """Of two groups, the last question in neither."""
    count = len(corpus(1)[1].questions)
    weights = np.linspace(-1, 2, count)
    weights[-1] = 0
    groups = {"first": np.arange(2), "second": np.arange(2, count - 1)}
    return GroupCurves(groups, Lasso(weights, np.full(count, 0.4), 1.0, 0.01, None))


def train(folder, case, utterances=TRAINED, **more):
    more = dict(zip(("devices", "nodes"), started(), strict=True)) | more
    given = {"curves": curves()} if case == "held to curves" else {}
    return training.train(*corpus(utterances), chosen(case, **more), Path(folder) / case, **given)


def after_epoch(epoch, what):
    """Do something once the state of an epoch is written."""
    written = KeepBest.on_train_epoch_end

    def and_then(self, trainer, module):
        written(self, trainer, module)
        if trainer.current_epoch + 1 == epoch:
            KeepBest.on_train_epoch_end = written
            what()

    KeepBest.on_train_epoch_end = and_then


class Interrupted(Exception):
    pass


def interrupt():
    raise Interrupted


def train_all(folder, number):
    try:
        train(folder, "semitones", utterances=TRAINED + number)
    except ModelError as error:
        print(f"error: {error}")
    after_epoch(3, interrupt)
    try:
        train(folder, "continued")
    except Interrupted:
        print("interrupted")
    for case in reversed(CASES):
        train(folder, case)


if __name__ == "__main__":
    folder, what = sys.argv[1:]
    number = int(os.environ["RANK"])
    try:
        if what == "all":
            train_all(folder, number)
        elif what == "one dies":
            if number == 1:
                after_epoch(2, lambda: os.kill(os.getpid(), signal.SIGKILL))
            train(folder, "semitones")
        elif what == "one hangs":
            training.joined = partial(joined, longest_silence=timedelta(seconds=5))
            if number == 1:
                after_epoch(2, sys.stdin.read)  # until who started it closes its input
            train(folder, "semitones")
    except ModelError as error:
        sys.exit(f"error: {error}")
