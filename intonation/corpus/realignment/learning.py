"""How the phone classifier learns: rounds of training on times and of finding better ones."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from intonation.corpus.realignment.classifier import INPUTS, OFFSETS, Classifier, padded
from intonation.corpus.realignment.features import BANDS
from intonation.corpus.realignment.rows import (
    SILENCE,
    Row,
    classes_of,
    durations_of,
    realigned,
)
from intonation.corpus.realignment.viterbi import Durations

Item = TypeVar("Item")
HIDDEN, DROPOUT = 192, 0.1
EPOCHS = (8, 4, 4)  # of each round; the later ones go on from the weights of the former
BATCH, LEARNING_RATE = 512, 2e-3


@dataclass(frozen=True)
class Heard:
    """A recording to learn from. frames: float32 [frames, BANDS], as `mel_frames` makes them."""

    frames: np.ndarray
    row: Row


def learn(heard: Sequence[Heard], seed: int) -> Classifier:
    """A classifier, with usual durations, from recordings and their first times.

    The same seed and recordings give the same bits, with the same number of torch's threads.
    """
    symbols = (SILENCE, *sorted({s for one in heard for s in one.row.symbols} - {SILENCE}))
    generator = torch.Generator().manual_seed(seed)
    network = _network(len(symbols), generator)
    sound = _Sound.of([one.frames for one in heard])
    places = {symbol: place for place, symbol in enumerate(symbols)}
    rows = [np.array([places[symbol] for symbol in one.row.symbols]) for one in heard]
    times_s = [one.row.times_s for one in heard]
    for epochs in EPOCHS:
        target = _targets(heard, rows, times_s)
        _train(network, sound, target, epochs, generator)
        usual = durations_of(zip(rows, times_s, strict=True), len(symbols))
        classifier = _classifier(network, symbols, target, usual)
        times_s = [
            realigned(one.row, classifier.log_posteriors(one.frames), classifier) for one in heard
        ]
    return replace(classifier, usual=durations_of(zip(rows, times_s, strict=True), len(symbols)))


def _targets(heard: Sequence[Heard], rows: list[np.ndarray], times_s: list[np.ndarray]) -> Tensor:
    """The class of every frame of all recordings, int64 [frames]."""
    classes = [
        classes_of(times, row, len(one.frames))
        for one, row, times in zip(heard, rows, times_s, strict=True)
    ]
    return torch.from_numpy(np.concatenate(classes))


@dataclass(frozen=True)
class _Sound:
    """All recordings end to end, with padding between; centres: where the frames lie."""

    frames: Tensor
    centres: Tensor

    @classmethod
    def of(cls, recordings: list[np.ndarray]) -> "_Sound":
        pieces, centres, start = [], [], 0
        for frames in recordings:
            pieces.append(padded(frames))
            centres.append(start - OFFSETS[0] + np.arange(len(frames)))
            start += len(pieces[-1])
        joined, places = np.concatenate(pieces), np.concatenate(centres)
        return cls(torch.from_numpy(joined), torch.from_numpy(places))

    def inputs(self, which: Tensor) -> Tensor:
        """What the classifier sees of these frames, [which, INPUTS]."""
        rows = self.centres[which][:, None] + torch.from_numpy(OFFSETS)
        return self.frames[rows].reshape(len(which), OFFSETS.size * BANDS)


def _network(classes: int, generator: torch.Generator) -> nn.Sequential:
    sizes = (INPUTS, HIDDEN, HIDDEN, classes)
    layers: list[nn.Module] = []
    for number, (into, out) in enumerate(zip(sizes, sizes[1:], strict=False)):
        layer = nn.Linear(into, out)
        nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(layer.bias)
        layers += [layer] if number == 2 else [layer, nn.ReLU()]
    return nn.Sequential(*layers)


def _train(
    network: nn.Sequential, sound: _Sound, target: Tensor, epochs: int, generator: torch.Generator
) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
    steps = epochs * -(-len(target) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for which, inputs in _ahead(_batches(sound, epochs, generator)):
        loss = nn.functional.cross_entropy(network(inputs), target[which])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def _batches(
    sound: _Sound, epochs: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Frames in a random order, and what is seen of them, some of it left out."""
    for _ in range(epochs):
        order = torch.randperm(len(sound.centres), generator=generator)
        for which in torch.split(order, BATCH):
            inputs = sound.inputs(which)
            kept = torch.rand(inputs.shape, generator=generator) >= DROPOUT
            yield which, inputs.mul_(kept).div_(1 - DROPOUT)


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made in another thread while the one before it is worked on."""
    threads = torch.get_num_threads()
    with ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,)) as other:
        coming = other.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = other.submit(next, items, None)
            yield item


def _classifier(
    network: nn.Sequential, symbols: tuple[str, ...], target: Tensor, usual: Durations
) -> Classifier:
    counts = torch.bincount(target, minlength=len(symbols)).numpy()
    layers = tuple(
        (layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy())
        for layer in network
        if isinstance(layer, nn.Linear)
    )
    priors = (counts / counts.sum()).astype(np.float32)
    return Classifier(symbols, layers, priors, usual)
