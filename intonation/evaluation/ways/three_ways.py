"""Three ways to rank groups of answers by one network, measured on the same utterances.

The study's way adds up absolute relevance over frames and takes the mean over a group's features.
The way that holds explains every output on its own, adds up relevance within a group, and asks how
far that varies over frames: chapter 11 plants laws and marks both. Neither is needed for the third:
a group's answers are exchanged for others that occur, and one sees how far predicted F0 moves, and
by how much its error grows [permutation importance: Breiman 2001, sec. 10; Fisher, Rudin &
Dominici 2019, model reliance].

Each way keeps a few numbers of every utterance that add up to those of all utterances. So
utterances can be drawn again, and the ways be compared in the same draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.evaluation.faithfulness import Replacement, Sample, transplant
from intonation.evaluation.ranking_intervals import UtteranceSums, absolute_sums
from intonation.lrp.lrp import Explainer
from intonation.lrp.ranking import Groups
from intonation.model.batches import Inputs
from intonation.model.network import F0Model
from intonation.model.target import TARGETS
from intonation.statistics import draw_counts, evenly, intervals, no_intervals, rank_correlation

STUDY, HOLDS, REPLACED, ERROR = "study", "holds", "replaced", "error"
WAYS = {  # in words, the way that holds first
    HOLDS: "SD over frames of the group's net relevance",
    REPLACED: "RMS change of F0 when the group's answers are exchanged, ÷ √2",
    STUDY: "the study's: mean over features of summed |relevance|",
    ERROR: "growth of the RMS error when the group's answers are exchanged",
}
COMPARED = (HOLDS, REPLACED, STUDY)  # the three; growth of the error goes with REPLACED


@dataclass(frozen=True)
class Case:
    """An utterance, the frames that are explained, and the F0 that was spoken [frames]."""

    sample: Sample
    natural: np.ndarray


@dataclass(frozen=True)
class Evidence:
    """What each utterance says of every group in one way.

    parts: float64 [utterances, numbers, groups], which add up over utterances.
    read: from their sums [..., numbers, groups] to the group's value [..., groups].
    """

    parts: np.ndarray
    read: Callable[[np.ndarray], np.ndarray]

    def values(self) -> np.ndarray:
        """Of all utterances together, float64 [groups]."""
        return self.read(self.parts.sum(axis=0))

    def drawn(self, counts: np.ndarray) -> np.ndarray:
        """Of utterances drawn so many times each, counts [resamples, utterances]."""
        return self.read(np.tensordot(counts, self.parts, axes=1))


def take_cases(
    corpus: Corpus, features: FeatureTable, split: str, count: int, target: str
) -> list[Case]:
    """At most `count` utterances of a split (0 for all), evenly chosen, with every valid frame.

    Those without a valid frame are left out.
    """
    cases = []
    for name in evenly(corpus.ids(split), count, ends=False):
        utterance = corpus[name]
        inputs = Inputs(features.answers(name), utterance.frame_to_phone, utterance.voiced)
        natural, weight = TARGETS[target].learnt(utterance)
        if weight.any():
            cases.append(Case(Sample(name, inputs, weight > 0), natural))
    return cases


def study_way(sums: UtteranceSums, groups: Groups) -> Evidence:
    """The study's way: what `abs_sum` is ranked by, from all explained utterances."""
    return Evidence(absolute_sums(sums, groups)[:, None], lambda total: total[..., 0, :])


def way_that_holds(model: F0Model, cases: Sequence[Case], groups: Groups) -> Evidence:
    """SD over frames of each group's net relevance (Z rule), every output explained on its own.

    In the unit of the output. For a network that computes a sum of terms, one of each group, it is
    the standard deviation of the term.
    """
    explainer, parts = Explainer(model), []
    for case in tqdm(cases, desc="explain", unit="utterance", mininterval=1.0):
        done = explainer.forward(case.sample.inputs)
        net = explainer.shares(done, groups.values())[:, case.sample.chosen].astype(np.float64)
        counted = np.full(len(net), net.shape[1], dtype=np.float64)
        parts.append([counted, net.sum(axis=1), np.square(net).sum(axis=1)])
    return Evidence(np.array(parts).reshape(-1, 3, len(groups)), _standard_deviation)


def _standard_deviation(moments: np.ndarray) -> np.ndarray:
    """From number, sum and sum of squares [..., 3, groups]."""
    number, total, squares = np.moveaxis(moments, -2, 0)
    mean = total / np.maximum(number, 1)
    return np.sqrt(np.maximum(squares / np.maximum(number, 1) - mean**2, 0))


def exchange(
    model: F0Model, cases: Sequence[Case], groups: Groups, *, draws: int, seed: int = 0
) -> dict[str, Evidence]:
    """REPLACED and ERROR: every group's answers exchanged for others that occur, in turn.

    The phones of an utterance take the group's answers from as many phones that follow each other
    elsewhere among the utterances, so that answers stay beside neighbours that they can have. As in
    `faithfulness.replacement_effects` the RMS change is divided by the square root of 2 [Jansen
    1999]. Frames count where the answers put in belong to a frame that counts, too.
    """
    target, parts = TARGETS[model.config.target], np.zeros((len(cases), 4, len(groups)))
    donors = _donors([case.sample.inputs for case in cases], draws, seed)
    bar = tqdm(donors, total=len(cases), desc="exchange", unit="utterance", mininterval=1.0)
    for row, (case, foreign) in enumerate(zip(cases, bar, strict=True)):
        for donor in foreign:
            counted = case.sample.chosen & target.valid(
                transplant(case.sample.inputs, donor).voiced
            )
            parts[row] += _moved(Replacement(model, case.sample, donor, groups), case, counted)
    return {
        REPLACED: Evidence(parts, lambda total: _root(total, 1) / np.sqrt(2)),
        ERROR: Evidence(parts, lambda total: _root(total, 3) - _root(total, 2)),
    }


def _moved(replacement: Replacement, case: Case, counted: np.ndarray) -> np.ndarray:
    """Frames, squared change, squared error before and after, float64 [4, groups]."""
    before = replacement.original[counted].astype(np.float64)
    missed = before - case.natural[counted]
    found = np.zeros((4, len(replacement.changes)))
    found[0], found[2] = len(before), np.square(missed).sum()
    for group, only in enumerate(np.eye(len(replacement.changes), dtype=bool)):
        change = replacement.contour(only)[counted] - before
        found[1, group] = np.square(change).sum()
        found[3, group] = np.square(missed + change).sum()
    return found


def _root(total: np.ndarray, row: int) -> np.ndarray:
    """Root of the mean of one of the sums [..., 4, groups]."""
    return np.sqrt(total[..., row, :] / np.maximum(total[..., 0, :], 1))


def _donors(items: Sequence[Inputs], draws: int, seed: int) -> list[list[Inputs]]:
    """For each utterance, so many stretches of as many phones from elsewhere among them all.

    The utterances stand in a circle. Where there is room, a stretch has no phone of its own
    utterance; of a single utterance it is the same in another place.
    """
    random, phones = np.random.default_rng(seed), [len(item.answers) for item in items]
    starts, total = np.cumsum([0, *phones]), sum(phones)
    circle = [*items, *items]
    answers = np.concatenate([item.answers for item in circle])
    places = np.cumsum([0, *phones, *phones])
    index = np.concatenate(
        [item.frame_to_phone + at for item, at in zip(circle, places[:-1], strict=True)]
    )
    voiced, found = np.concatenate([item.voiced for item in circle]), []
    for start, own in zip(starts[:-1], phones, strict=True):
        near, far = (own, total - own) if total >= 2 * own else (min(1, total - 1), total - 1)
        shifts = random.integers(near, far, size=draws, endpoint=True)
        ends = [(first, first + own) for first in (start + shifts) % total]
        rows = [np.searchsorted(index, pair) for pair in ends]
        found.append(
            [
                Inputs(answers[slice(*pair)], index[slice(*row)] - pair[0], voiced[slice(*row)])
                for pair, row in zip(ends, rows, strict=True)
            ]
        )
    return found


def measure(
    model: F0Model,
    cases: Sequence[Case],
    sums: UtteranceSums,
    groups: Groups,
    *,
    draws: int,
    seed: int = 0,
) -> dict[str, Evidence]:
    """All of WAYS for one network. sums: of all utterances that it was explained on."""
    found = {HOLDS: way_that_holds(model, cases, groups), STUDY: study_way(sums, groups)}
    found |= exchange(model, cases, groups, draws=draws, seed=seed)
    return {way: found[way] for way in WAYS}


def ranked(
    evidence: Sequence[Mapping[str, Evidence]], groups: Groups, *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """Every way's ranking: way, group, value, ci_low, ci_high, rank, rank_low, rank_high.

    evidence: of one network or of several that are to be drawn again with the utterances, first a
    network, then utterances [Davison & Hinkley 1997, sec. 3.8]; the value is their mean. Then there
    are columns network_low and network_high, the range over the networks. Intervals are of 95 %,
    and empty for a single utterance.
    """
    tables = []
    for way in evidence[0]:
        table = _ranked([one[way] for one in evidence], groups, resamples, seed)
        table.insert(0, "way", way)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _ranked(
    found: Sequence[Evidence], groups: Groups, resamples: int, seed: int
) -> pd.DataFrame:
    totals = np.array([one.values() for one in found])  # [networks, groups]
    order = np.argsort(-totals.mean(axis=0), kind="stable")
    table = pd.DataFrame({"group": np.array(list(groups), dtype=object)[order]})
    table["value"] = totals.mean(axis=0)[order]
    number = len(found[0].parts)
    if number < 2 or not len(order):
        spread = no_intervals(len(order))
    else:
        counts = draw_counts(number, resamples, seed)
        drawn = np.random.default_rng((seed, 1)).integers(len(found), size=resamples)
        draws = np.empty((resamples, len(order)))
        for network, one in enumerate(found):
            draws[drawn == network] = one.drawn(counts[drawn == network])
        spread = intervals(draws[:, order])
    table = table.join(spread)
    table.insert(4, "rank", np.arange(1, len(order) + 1))
    if len(found) > 1:
        ends = totals.min(axis=0)[order], totals.max(axis=0)[order]
        table["network_low"], table["network_high"] = ends
    return table


def agreement(table: pd.DataFrame, ways: Sequence[str] = tuple(WAYS)) -> pd.DataFrame:
    """Spearman's rank correlation of every two ways, float [ways, ways]."""
    values = table.pivot(index="group", columns="way", values="value")
    return pd.DataFrame(
        [[rank_correlation(values[one], values[other]) for other in ways] for one in ways],
        index=list(ways),
        columns=list(ways),
    )


def in_all(table: pd.DataFrame, first: int, ways: Sequence[str] = COMPARED) -> list[str]:
    """Groups among the first so many in all of these ways, in the order of the first of them."""
    leading = [
        table.loc[(table["way"] == way) & (table["rank"] <= first), "group"].tolist()
        for way in ways
    ]
    return [group for group in leading[0] if all(group in others for others in leading)]
