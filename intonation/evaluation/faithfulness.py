"""Does the network really use what relevance names? Groups of answers are replaced, one by one.

Deletion replaces the groups of an utterance from the most to the least relevant one and watches
how far the predicted contour moves; insertion starts from an utterance that is all replaced and
puts the groups back in the same order [Samek et al. 2017; Petsiuk et al. 2018]. What replaces
an answer really occurs: it comes from a phone of another utterance, all answers of a group from
one phone, neighbouring phones from neighbouring ones. A sentence about which every question is
answered no does not exist, and a network may do anything with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy import stats
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.labels.taxonomy import VUV
from intonation.lrp.affine import FoldedNetwork
from intonation.lrp.methods import INTEGRATED_GRADIENTS, attribute_groups
from intonation.lrp.ranking import Groups
from intonation.lrp.relevance import Relevance
from intonation.lrp.rules import GRADIENT
from intonation.model.batches import Inputs, choose_frames, inputs_of, make_batch
from intonation.model.network import F0Model

METHODS = ("z", "gamma", INTEGRATED_GRADIENTS, GRADIENT)
STEPS = 8  # of integrated gradients: enough for an order of groups
ALONE, RANDOM = "alone", "random"  # orders by what replacing each group alone does, and by chance
DELETION, INSERTION = "deletion", "insertion"
UTTERANCES, DONORS = 12, 2  # enough for narrow intervals in the book's time
INNER_POINTS = 6  # of a curve, beside its two ends
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sample:
    """An utterance and the frames whose outputs are explained, bool [frames]."""

    id: str
    inputs: Inputs
    chosen: np.ndarray


def take_samples(corpus: Corpus, split: str, count: int, target: str) -> list[Sample]:
    """At most `count` utterances, evenly spread over a split; every valid frame is explained."""
    ids = corpus.ids(split)
    count, samples = min(count, len(ids)), []
    for number in range(count):
        utterance_id = ids[(2 * number + 1) * len(ids) // (2 * count)]  # the middle of its part
        inputs = inputs_of(corpus[utterance_id])
        chosen = choose_frames(target, inputs, None, utterance_id)
        samples.append(Sample(utterance_id, inputs, chosen))
    return samples


def draw_donors(corpus: Corpus, samples: int, each: int, seed: int) -> list[list[Inputs]]:
    """For each of so many samples, `each` different utterances of the training split."""
    random, ids = np.random.default_rng(seed), corpus.ids("train")
    size = min(each, len(ids))
    drawn = [random.choice(ids, size=size, replace=False) for _ in range(samples)]
    return [[inputs_of(corpus[str(name)]) for name in names] for names in drawn]


def donor_phones(phones: int, donor: int) -> np.ndarray:
    """Which of `donor` phones stands for each of `phones`: in order, scaled, int64 [phones]."""
    return np.linspace(0, donor - 1, phones).round().astype(np.int64)


def transplant(inputs: Inputs, donor: Inputs) -> Inputs:
    """An utterance with the timing of `inputs` and all answers of another one.

    Each phone takes all its answers from one phone of the donor; its frames take their voicing
    from that phone's frames, in order and scaled.
    """
    phone_of, index = donor_phones(len(inputs.answers), len(donor.answers)), inputs.frame_to_phone
    frames = np.arange(len(index))
    first, last = (np.searchsorted(index, index, side=side) for side in ("left", "right"))
    within = (frames - first + 0.5) / (last - first)
    there = phone_of[index]
    bounds = (np.searchsorted(donor.frame_to_phone, there, side=s) for s in ("left", "right"))
    start, end = bounds
    place = np.floor(start + within * (end - start)).astype(int)  # a phone may have no frame
    voiced = donor.voiced[np.clip(place, 0, len(donor.voiced) - 1)]
    return Inputs(donor.answers[phone_of], index, voiced)


class Replacement:
    """An utterance whose groups can be replaced by those of a donor, in any combination.

    The first layer is linear: what a group's replacement does to its output is computed once.
    groups: names of the inputs' groups, as `relevance.input_groups` gives them; inputs that are
    in none keep their values. Raises ValueError where groups share an input.
    """

    def __init__(self, model: F0Model, sample: Sample, donor: Inputs, groups: Groups) -> None:
        members = np.concatenate([np.zeros(0, dtype=np.int64), *groups.values()])
        if len(np.unique(members)) < len(members):
            raise ValueError("an input is in two groups, so it cannot be replaced with each alone")
        self.network, self.chosen = FoldedNetwork(model), sample.chosen
        weight = self.network.first.weight  # [inputs, channels]
        batch = make_batch([sample.inputs]).to(weight.device, weight.dtype)
        with torch.no_grad():
            self.first = model.eval().projection(batch)[0]  # [frames, channels]
            foreign = transplant(sample.inputs, donor)
            changes = _changes(sample.inputs, foreign, groups.values(), weight)
        self.changes = torch.stack(changes)  # [groups, frames, channels]
        self.original = self.contour(np.zeros(len(changes), dtype=bool))

    def contour(self, replaced: np.ndarray) -> np.ndarray:
        """The network's output [frames] with some groups replaced, bool [groups]."""
        some = torch.from_numpy(replaced)
        first = self.first + self.changes[some].sum(0)
        return self.network.forward(first).output[:, 0].cpu().numpy()

    def distances(self, replaced: np.ndarray) -> np.ndarray:
        """How far the contour moves, for several replacements, bool [..., groups].

        RMS over the explained frames, in the unit of the output, float64 [...].
        """
        flat = replaced.reshape(-1, replaced.shape[-1])
        different, back = np.unique(flat, axis=0, return_inverse=True)
        found = [self._distance(some) for some in different]
        return np.array(found)[back].reshape(replaced.shape[:-1])

    def _distance(self, replaced: np.ndarray) -> float:
        moved = (self.contour(replaced) - self.original)[self.chosen].astype(np.float64)
        return float(np.sqrt(np.mean(moved**2)))


def _changes(inputs: Inputs, foreign: Inputs, groups, weight: torch.Tensor) -> list[torch.Tensor]:
    """What replacing each group adds to the first layer's output, [frames, channels] each."""
    number = dict(dtype=weight.dtype, device=weight.device)
    answers = torch.as_tensor(foreign.answers.astype(float) - inputs.answers, **number)
    voicing = torch.as_tensor(foreign.voiced.astype(float) - inputs.voiced, **number)
    index, n_questions = torch.from_numpy(inputs.frame_to_phone), inputs.answers.shape[1]
    changes = []
    for members in groups:
        asked = torch.from_numpy(members[members < n_questions])
        change = (answers[:, asked] @ weight[asked])[index]
        if n_questions in members:  # the input vuv, which is told frame by frame
            change = change + voicing[:, None] * weight[n_questions]
        changes.append(change)
    return changes


def relevance_by_group(
    model: F0Model, sample: Sample, groups: Groups, *, rule: str = "z", per: str = "frame"
) -> Relevance:
    """Relevance of an utterance, values [frames or phones, groups]: sums over a group's inputs."""
    inputs, chosen = sample.inputs, sample.chosen
    return attribute_groups(model, inputs, chosen, groups, rule, per=per, steps=STEPS)


def importance(values: np.ndarray) -> np.ndarray:
    """How much a group matters in an utterance: sum of |net relevance| over the rows, [groups].

    values: net relevance of each group, [frames or phones, groups].
    """
    return np.abs(values).sum(axis=0)


def descending(sizes: np.ndarray) -> np.ndarray:
    """Indices from the largest to the smallest, equals in their order."""
    return np.argsort(-np.asarray(sizes), kind="stable")


def gini(sizes: np.ndarray) -> float:
    """How concentrated an explanation is: 0 if all sizes are equal, near 1 if one has all.

    sizes: 0 or more. The Gini index, as [Chalasani et al. 2020] use it; NaN where all are 0.
    """
    sizes = np.sort(np.asarray(sizes, dtype=np.float64))
    if not sizes.sum() > 0:
        return float("nan")
    weights = 2 * np.arange(1, len(sizes) + 1) - len(sizes) - 1
    return float(weights @ sizes / (len(sizes) * sizes.sum()))


def curve_points(n_groups: int, inner: int = INNER_POINTS) -> np.ndarray:
    """After how many replaced groups a curve is measured: 0, n_groups and some between.

    All where there are few; else denser towards both ends, and the same seen from either.
    """
    if n_groups <= inner + 1:
        return np.arange(n_groups + 1)
    angles = np.pi * np.arange(1, inner + 1) / (inner + 1)
    between = np.clip(np.round(n_groups * (1 - np.cos(angles)) / 2), 1, n_groups - 1).astype(int)
    return np.unique([0, n_groups, *between, *(n_groups - between)])


def prefixes(order: np.ndarray, points: np.ndarray, n_groups: int) -> np.ndarray:
    """Replaced groups after each point of an order, bool [points, n_groups]."""
    place = np.full(n_groups, n_groups)
    place[order] = np.arange(len(order))
    return place < points[:, None]


def measure_curves(
    model: F0Model,
    samples: Sequence[Sample],
    donors: Sequence[Sequence[Inputs]],
    groups: Groups,
    *,
    methods: Sequence[str] = METHODS,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deletion and insertion curves of every utterance, and what each group does alone.

    methods: rules of `explain`; the importance by each gives an order of an utterance's groups.
    Added are the order by what each group does alone (it knows the donors that it is judged with)
    and orders by chance, another one for each donor. The group VUV is only replaced alone: its
    switch between silence and voice would hide all others.

    Returns curves: id, method, way, groups (how many are replaced, or put back), distance (RMS
    from the unchanged prediction, in the unit of the output, mean over donors); and sizes of the
    groups: id, group, a column for each method with its importance per explained frame, and
    `ALONE` with a distance.
    """
    random, found = np.random.default_rng(seed), []
    both = zip(samples, donors, strict=True)
    for sample, foreign in tqdm(both, total=len(samples), desc="replace", unit="utterance"):
        tries = [Replacement(model, sample, donor, groups) for donor in foreign]
        sizes = _sizes(model, sample, tries, groups, methods)
        curves = _curves(tries, sizes[[name != VUV for name in sizes["group"]]], random)
        found.append([table.assign(id=sample.id) for table in (curves, sizes)])
    return tuple(_id_first(tables) for tables in zip(*found, strict=True))


def _sizes(
    model: F0Model,
    sample: Sample,
    tries: Sequence[Replacement],
    groups: Groups,
    methods: Sequence[str],
) -> pd.DataFrame:
    """How much each group matters by each method, and how far it alone moves the contour."""
    sizes = pd.DataFrame({"group": list(groups)})
    for method in methods:
        found = relevance_by_group(model, sample, groups, rule=method)
        sizes[method] = importance(found.values) / sample.chosen.sum()
    each_alone = np.eye(len(groups), dtype=bool)
    return sizes.assign(**{ALONE: np.mean([one.distances(each_alone) for one in tries], axis=0)})


def _id_first(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True)
    return table[["id", *table.columns.drop("id")]]


def _curves(
    tries: Sequence[Replacement], sizes: pd.DataFrame, random: np.random.Generator
) -> pd.DataFrame:
    """Both curves of each order. Putting groups back in an order is replacing them in reverse."""
    methods = sizes.columns.drop("group")
    orders = [sizes.index[descending(sizes[method])].to_numpy() for method in methods]
    points, found = curve_points(len(sizes)), []
    for each in tries:
        tried = [*orders, random.permutation(orders[0])]
        states = [
            prefixes(order[::step], points, len(each.changes))
            for order in tried
            for step in (1, -1)
        ]
        found.append(each.distances(np.stack(states)).reshape(len(tried), 2, len(points)))
    mean = np.mean(found, axis=0)
    mean[-1] = mean[-1].mean(axis=0)  # an order by chance and its reverse are worth the same
    return pd.concat(
        pd.DataFrame({"method": name, "way": way, "groups": points, "distance": distance})
        for name, (there, back) in zip((*methods, RANDOM), mean, strict=True)
        for way, distance in ((DELETION, there), (INSERTION, back[::-1]))
    )


def areas(curves: pd.DataFrame) -> pd.DataFrame:
    """Area between each curve and the random one: id, method, way, area, advantage, full.

    area: mean height over the share of groups, by trapezoids. advantage: how much more than by
    chance deletion moves the contour, and how much closer insertion comes to it; positive is
    better. full: how far replacing all groups moves it. All in the unit of the output.
    """
    rows = []
    for (utterance_id, method, way), part in curves.groupby(["id", "method", "way"], sort=False):
        share = part["groups"] / part["groups"].max()
        distance = part["distance"].to_numpy()
        area, full = float(np.trapezoid(distance, share)), max(distance[0], distance[-1])
        rows.append((utterance_id, method, way, area, full))
    table = pd.DataFrame(rows, columns=["id", "method", "way", "area", "full"])
    keys = ["id", "way"]
    chance = table[table["method"] == RANDOM].set_index(keys)["area"].rename("chance")
    table = table.join(chance, on=keys)
    sign = np.where(table["way"] == DELETION, 1.0, -1.0)
    table["advantage"] = sign * (table["area"] - table.pop("chance"))
    return table


def mean_interval(values: np.ndarray, *, resamples: int, seed: int) -> tuple[float, float, float]:
    """Mean and its 95 % percentile bootstrap interval; no interval (NaN) of a single value."""
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float(values.mean()) if len(values) else np.nan, np.nan, np.nan
    found = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=resamples,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(values.mean()), *map(float, found.confidence_interval)


def summarise(
    table: pd.DataFrame, by: Sequence[str], value: str, *, resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Mean of a column over utterances with its interval, for each combination of `by`.

    Columns: by, utterances, `value`, ci_low, ci_high, share_positive.
    """
    rows = []
    for key, part in table.groupby(list(by), sort=False):
        numbers = part[value].to_numpy()
        interval = mean_interval(numbers, resamples=resamples, seed=seed)
        rows.append((*key, len(part), *interval, float((numbers > 0).mean())))
    return pd.DataFrame(
        rows, columns=[*by, "utterances", value, "ci_low", "ci_high", "share_positive"]
    )
