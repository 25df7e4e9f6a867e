"""Does the network really use what relevance names? Groups of answers are replaced, one by one.

Deletion replaces the groups of an utterance from the most to the least relevant one and watches
how far the predicted contour moves; insertion starts from an utterance that is all replaced and
puts the groups back in the same order [Samek et al. 2017; Petsiuk et al. 2018]. What replaces
an answer really occurs: it comes from a phone of another utterance, all answers of a group from
one phone, neighbouring phones from neighbouring ones. A sentence about which every question is
answered no does not exist, and a network may do anything with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.labels.taxonomy import VUV
from intonation.lrp.affine import FoldedNetwork
from intonation.lrp.methods import INTEGRATED_GRADIENTS, attribute_groups, changes
from intonation.lrp.ranking import Groups
from intonation.lrp.rules import GRADIENT
from intonation.model.batches import Inputs, choose_frames, inputs_of, make_batch
from intonation.model.network import F0Model, at_rest
from intonation.statistics import evenly, rms

COMPARED = ("z", "gamma", INTEGRATED_GRADIENTS, GRADIENT)
ALONE, RANDOM = "alone", "random"  # orders by what replacing each group alone does, and by chance
DELETION, INSERTION = "deletion", "insertion"


@dataclass(frozen=True)
class Sample:
    """An utterance and the frames whose outputs are explained, bool [frames]."""

    id: str
    inputs: Inputs
    chosen: np.ndarray


def take_samples(corpus: Corpus, split: str, count: int, target: str) -> list[Sample]:
    """At most `count` utterances of a split (0 for all), evenly chosen, with every valid frame."""
    samples = []
    for utterance_id in evenly(corpus.ids(split), count, ends=False):
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


def transplant(inputs: Inputs, donor: Inputs) -> Inputs:
    """An utterance with the timing of `inputs` and all answers of another one.

    Each phone takes all its answers from one phone of the donor, in order and scaled; its frames
    take their voicing from that phone's frames in the same way.
    """
    index, phones = inputs.frame_to_phone, len(inputs.answers)
    phone_of = np.linspace(0, len(donor.answers) - 1, phones).round().astype(np.int64)
    first, last = (np.searchsorted(index, index, side=side) for side in ("left", "right"))
    within = (np.arange(len(index)) - first + 0.5) / (last - first)
    frames, there = donor.frame_to_phone, phone_of[index]
    start, end = (np.searchsorted(frames, there, side=side) for side in ("left", "right"))
    place = np.floor(start + within * (end - start)).astype(int)  # a phone may have no frame
    voiced = donor.voiced[np.clip(place, 0, len(donor.voiced) - 1)]
    return Inputs(donor.answers[phone_of], index, voiced)


class Replacement:
    """An utterance whose groups can be replaced by those of a donor, in any combination.

    The first layer is linear: what a group's replacement does to its output is computed once.
    groups: names of the inputs' groups, as `ranking.input_groups` gives them; inputs that are
    in none keep their values. Raises ValueError where groups share an input.
    """

    def __init__(self, model: F0Model, sample: Sample, donor: Inputs, groups: Groups) -> None:
        members = np.concatenate([np.zeros(0, dtype=np.int64), *groups.values()])
        if len(np.unique(members)) < len(members):
            raise ValueError("an input is in two groups, so it cannot be replaced with each alone")
        self.network, self.chosen = FoldedNetwork(model), sample.chosen
        weight = model.project.weight
        batch = make_batch([sample.inputs]).to(weight.device, weight.dtype)
        with torch.no_grad(), at_rest(model):
            self.first = model.projection(batch)[0]  # [frames, channels]
        self.changes = changes(model, sample.inputs, transplant(sample.inputs, donor), groups)
        self.original = self.contour(np.zeros(len(self.changes), dtype=bool))

    def contour(self, replaced: np.ndarray) -> np.ndarray:
        """The network's output [frames] with some groups replaced, bool [groups]."""
        some = torch.from_numpy(replaced)
        first = self.first + self.changes[some].sum(0)
        return self.network.output(first).cpu().numpy()

    def distances(self, replaced: np.ndarray) -> np.ndarray:
        """How far the contour moves, for several replacements, bool [..., groups].

        RMS over the explained frames, in the unit of the output, float64 [...].
        """
        flat = replaced.reshape(-1, replaced.shape[-1])
        different, back = np.unique(flat, axis=0, return_inverse=True)
        moved = np.array([self.contour(some) - self.original for some in different])
        found = np.sqrt(np.mean(moved[:, self.chosen].astype(np.float64) ** 2, axis=1))
        return found[back].reshape(replaced.shape[:-1])


def replacement_effects(
    moved: Callable[[np.ndarray], Mapping[str, np.ndarray]],
    weight: np.ndarray,
    *,
    draws: int,
    seed: int,
) -> pd.Series:
    """How much each group matters to a function of the answers: [groups], in the function's unit.

    All answers of a group are replaced by those of another phone; the effect is the root mean
    square change, divided by the square root of 2: the square root of Sobol's total index, not
    normalised [Jansen 1999, eq. for the total effect]. For a group that acts alone it is the
    standard deviation of what it adds; where groups act together each of them is charged with it.

    moved: given the phone that each phone takes its answers from, int64 [phones], how far the
    function moves in every phone, by group. weight: voiced frames of each phone, [phones]; phones
    are drawn in proportion, so that what is put in occurs as often as it does in the corpus.
    """
    random, share = np.random.default_rng(seed), weight / weight.sum(dtype=np.float64)
    squares: dict[str, float] = {}
    for _ in range(draws):
        taken = random.choice(len(weight), len(weight), p=share)
        for group, difference in moved(taken).items():
            squares[group] = squares.get(group, 0.0) + rms(difference, weight) ** 2
    return np.sqrt(pd.Series(squares, dtype=np.float64).rename_axis("group") / draws / 2)


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


def curve_points(n_groups: int, inner: int) -> np.ndarray:
    """After how many replaced groups a curve is measured: 0, n_groups and about `inner` between.

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
    inner_points: int,
    steps: int,
    methods: Sequence[str] = COMPARED,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deletion and insertion curves of every utterance, and what each group does alone.

    methods: the importance of groups by each gives an order of an utterance's groups. Added are
    the order by what each group does alone (it knows the donors that it is judged with) and orders
    by chance, another one for each donor. The group VUV is only replaced alone: its switch between
    silence and voice would hide all others. inner_points: see `curve_points`; steps: of integrated
    gradients.

    Returns curves: id, method, way, groups (how many are replaced, or put back), distance (RMS
    from the unchanged prediction, in the unit of the output, mean over donors); and sizes of the
    groups: id, group, a column for each method with its importance per explained frame, and
    `ALONE` with a distance.
    """
    random, found = np.random.default_rng(seed), []
    both = zip(samples, donors, strict=True)
    for sample, foreign in tqdm(both, total=len(samples), desc="replace", unit="utterance"):
        tries = [Replacement(model, sample, donor, groups) for donor in foreign]
        sizes = _sizes(model, sample, groups, methods, steps)
        each_alone = np.eye(len(groups), dtype=bool)
        sizes[ALONE] = np.mean([one.distances(each_alone) for one in tries], axis=0)
        language = sizes[[name != VUV for name in sizes["group"]]]
        curves = _curves(tries, language, curve_points(len(language), inner_points), random)
        for table in (curves, sizes):
            table.insert(0, "id", sample.id)
        found.append((curves, sizes))
    curves, sizes = (pd.concat(tables, ignore_index=True) for tables in zip(*found, strict=True))
    return curves, sizes


def _sizes(
    model: F0Model, sample: Sample, groups: Groups, methods: Sequence[str], steps: int
) -> pd.DataFrame:
    """How much each group matters by each method, per explained frame."""
    sizes = pd.DataFrame({"group": list(groups)})
    for method in methods:
        found = attribute_groups(model, sample.inputs, sample.chosen, groups, method, steps=steps)
        sizes[method] = importance(found.values) / sample.chosen.sum()
    return sizes


def _curves(
    tries: Sequence[Replacement],
    sizes: pd.DataFrame,
    points: np.ndarray,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Both curves of each order. Putting groups back in an order is replacing them in reverse."""
    methods = sizes.columns.drop("group")
    orders = [sizes.index[descending(sizes[method])].to_numpy() for method in methods]
    found = []
    for each in tries:
        ways = [order[::s] for order in (*orders, random.permutation(orders[0])) for s in (1, -1)]
        states = [prefixes(order, points, len(each.changes)) for order in ways]
        found.append(each.distances(np.stack(states)).reshape(-1, 2, len(points)))
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
    for keys, part in curves.groupby(["id", "method", "way"], sort=False):
        distance, share = part["distance"].to_numpy(), part["groups"] / part["groups"].max()
        area, full = float(np.trapezoid(distance, share)), max(distance[0], distance[-1])
        rows.append((*keys, area, full))
    table = pd.DataFrame(rows, columns=["id", "method", "way", "area", "full"])
    by_chance = table["area"].where(table["method"] == RANDOM)
    gain = table["area"] - by_chance.groupby([table["id"], table["way"]]).transform("max")
    table["advantage"] = gain.where(table["way"] == DELETION, -gain)
    return table
