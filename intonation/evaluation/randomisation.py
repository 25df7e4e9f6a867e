"""Two checks that any explanation must fail to pass: a spoilt network, and nonsense to learn.

If relevance explains what a network has learnt, it must change when the network's weights are
replaced by random ones, layer by layer from the output down (cascading randomisation), and when
another network learns targets that have nothing to do with its inputs [Adebayo et al. 2018].
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import nn
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.evaluation.faithfulness import Sample, importance
from intonation.lrp.methods import attribute_groups
from intonation.lrp.ranking import Groups
from intonation.lrp.relevance import Relevance
from intonation.model.batches import Batch, make_batch
from intonation.model.network import F0Model, at_rest
from intonation.model.small import small_parameters
from intonation.parameters import Parameters
from intonation.statistics import rank_correlation

COMPARED = ("z", "gamma")
NONE = "none"  # the stage at which no layer is randomised
OTHER_SEED = 1000  # further than seeds that are counted up from a run's


def stages(model: F0Model) -> list[tuple[str, nn.Module]]:
    """Names and modules of the layers from the output down; a residual block counts as one."""
    blocks = [(f"block {place + 1}", block) for place, block in enumerate(model.blocks)]
    ends = [("output", model.output), ("dense", model.dense)]
    return [*ends, *reversed(blocks), ("first", model.project)]


def cascade(
    model: F0Model, samples: Sequence[Sample], *, every: int = 1, seed: int = 0
) -> Iterator[tuple[int, str, F0Model]]:
    """Yield (number of layers, the last of them, network) with layers random from the output down.

    every: of the residual blocks, only each so-many-th is yielded; output, dense and first layer
    always are.

    Each layer becomes what it is before a training: weights and biases as `F0Model` draws them;
    the last bias at the mean of the network's output, as `training.new_model` has it, so that a
    final ReLU is not dead; batch norm with scale 1 and shift 0, and its running statistics
    measured on the samples, as a training would measure them. With their usual start, 0 and 1,
    activations would fade from block to block. `model` itself stays as it is.

    The draw is never the one that a training from the same seed begins with: layers that training
    hardly moved would come back nearly as they were.
    """
    weight = model.project.weight
    batch = make_batch([sample.inputs for sample in samples]).to(weight.device, weight.dtype)
    with torch.no_grad(), at_rest(model):
        mean_output = float(model(batch).sum() / batch.mask.sum())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.SeedSequence((seed, 1)).generate_state(1)[0]))
        fresh = F0Model(model.config).to(weight)
    nn.init.constant_(fresh.output.bias, mean_output)
    spoilt = deepcopy(model).eval()
    steps = zip(stages(spoilt), stages(fresh), strict=True)
    layers: list[nn.Module] = []
    for number, ((name, layer), (_, drawn)) in enumerate(steps, start=1):
        layer.load_state_dict(drawn.state_dict())
        layers.append(layer)
        if layer in (spoilt.output, spoilt.dense, spoilt.project) or (number - 2) % every == 0:
            _measure_statistics(spoilt, layers, batch)
            yield number, name, deepcopy(spoilt)


@torch.no_grad()
def _measure_statistics(model: F0Model, layers: Sequence[nn.Module], batch: Batch) -> None:
    """Running statistics of the batch norms in some layers, from one batch; all else is fixed."""
    parts = [part for layer in layers for part in layer.modules()]
    norms = {part: part.momentum for part in parts if isinstance(part, nn.BatchNorm1d)}
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches, here one
        norm.train()
    model(batch)
    for norm, usual in norms.items():
        norm.momentum = usual
        norm.eval()


def similarity(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Spearman rank correlation of two explanations, of their values and of their sizes.

    first, second: [phones, groups]. An explanation that is the same everywhere agrees with
    nothing: 0.
    """
    signed = rank_correlation(first, second, constant=0.0)
    return signed, rank_correlation(np.abs(first), np.abs(second), constant=0.0)


def explain_all(
    model: F0Model, samples: Sequence[Sample], groups: Groups, *, rule: str = "z"
) -> list[Relevance]:
    """Relevance [phones, groups] of every sample; answers do not change within a phone."""
    return [
        attribute_groups(model, sample.inputs, sample.chosen, groups, rule, per="phone")
        for sample in samples
    ]


def randomisation(
    model: F0Model,
    samples: Sequence[Sample],
    groups: Groups,
    *,
    rules: Sequence[str] = COMPARED,
    every: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """How similar relevance stays to the original while layers become random, see `cascade`.

    Each utterance meets its own draw of weights, so that an interval over utterances is one over
    draws, too. Returns rule, layers (how many are random), layer (the last of them), id, signed,
    absolute: rank correlations of the relevance of groups in phones, see `similarity`.
    """
    rows = []
    for place, sample in enumerate(tqdm(samples, desc="randomise", unit="utterance")):
        networks = [(0, NONE, model)]
        networks += cascade(model, [sample], every=every, seed=seed + place)
        for rule in rules:
            found = [explain_all(each, [sample], groups, rule=rule)[0] for *_, each in networks]
            for (number, layer, _), after in zip(networks, found, strict=True):
                likeness = similarity(found[0].values, after.values)
                rows.append((rule, number, layer, sample.id, *likeness))
    return pd.DataFrame(rows, columns=["rule", "layers", "layer", "id", "signed", "absolute"])


@dataclass(frozen=True)
class ShuffledCorpus(Corpus):
    """A corpus in which some utterances have another F0.

    contours: float32 [frames] in Hz by utterance id.
    """

    contours: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    def __getitem__(self, utterance_id: str) -> Utterance:
        utterance = super().__getitem__(utterance_id)
        if utterance_id not in self.contours:
            return utterance
        return dataclasses.replace(utterance, f0_hz=self.contours[utterance_id])


def shuffle_targets(corpus: Corpus, *, seed: int) -> ShuffledCorpus:
    """Give every voiced phone of the training and validation splits the F0 of another one.

    Phones change places within their split, whatever utterance they are in. A contour is stretched
    to its new phone's voiced frames and moved to its speaker's median; voicing stays. So the
    targets keep their distribution and lose all that labels could tell of them.
    """
    contours, random = {}, np.random.default_rng(seed)
    for split in ("train", "validation"):
        utterances = [corpus[utterance_id] for utterance_id in corpus.ids(split)]
        pieces = [piece for utterance in utterances for piece in _voiced_pieces(utterance)]
        ratios = [u.f0_hz[frames] / u.speaker_median_hz for u, frames in pieces]
        contours |= {utterance.id: utterance.f0_hz.copy() for utterance in utterances}
        for (utterance, frames), source in zip(
            pieces, random.permutation(len(pieces)), strict=True
        ):
            places = np.linspace(0, len(ratios[source]) - 1, len(frames)).round().astype(int)
            contours[utterance.id][frames] = ratios[source][places] * utterance.speaker_median_hz
    return ShuffledCorpus(corpus.folder, corpus.table, contours)


def _voiced_pieces(utterance: Utterance) -> Iterator[tuple[Utterance, np.ndarray]]:
    """Indices of the voiced frames of each phone that has some."""
    frames = np.flatnonzero(utterance.voiced)
    phones = utterance.frame_to_phone[frames]
    for piece in np.split(frames, np.flatnonzero(np.diff(phones)) + 1):
        if len(piece):
            yield utterance, piece


def training_parameters(parameters: Parameters) -> Parameters:
    """Those of a small network that sees few sentences in few epochs.

    More and larger steps, and nothing that holds learning back. The seed is another one: from the
    same, part of the first layer would begin as that of the run's network, and what they have in
    common would be more than what they learnt.
    """
    return small_parameters(
        parameters,
        seed=(parameters.seed + OTHER_SEED) % 2**32,
        learning_rate=parameters.randomisation_learning_rate,
        batch_size=parameters.randomisation_batch_size,
        dropout=0.0,
        input_dropout=0.0,
    )


def compare(found: Mapping[str, Sequence[Relevance]], samples: Sequence[Sample]) -> pd.DataFrame:
    """What relevance makes of each network, and how far it agrees with that of the first.

    found: what `explain_all` gives for the samples, by the network's name. Returns one row per
    network and utterance: network, id, signed, absolute (see `similarity`), groups (rank
    correlation of the groups' importance), amount (importance of all groups) and absorbed (by
    biases; both per explained frame, in the unit of the output), and share_absorbed, which is
    |absorbed| / (|absorbed| + |sum of relevance|).
    """
    first = next(iter(found.values()))
    rows = [
        {"network": network, "id": sample.id} | _compare(sample, before, after)
        for network, others in found.items()
        for sample, before, after in zip(samples, first, others, strict=True)
    ]
    return pd.DataFrame(rows)


def _compare(sample: Sample, before: Relevance, after: Relevance) -> dict[str, float]:
    signed, absolute = similarity(before.values, after.values)
    sizes, frames = [importance(item.values) for item in (before, after)], sample.chosen.sum()
    taken = abs(after.explained - after.absorbed)
    return {
        "signed": signed,
        "absolute": absolute,
        "groups": rank_correlation(*sizes, constant=0.0),
        "amount": float(sizes[1].sum() / frames),
        "absorbed": after.absorbed / frames,
        "share_absorbed": abs(after.absorbed) / max(abs(after.absorbed) + taken, 1e-12),
    }


def group_sizes(
    found: Mapping[str, Sequence[Relevance]], samples: Sequence[Sample], groups: Groups
) -> pd.DataFrame:
    """Importance of each group per explained frame: group, then a column for each network."""
    frames = sum(sample.chosen.sum() for sample in samples)
    sizes = {
        network: sum(importance(item.values) for item in others) / frames
        for network, others in found.items()
    }
    return pd.DataFrame({"group": list(groups), **sizes})
