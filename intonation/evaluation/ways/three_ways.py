"""Three ways to rank groups of answers, measured on the same utterances.

The study's way adds up absolute relevance over frames and takes the mean over a group's features.
The way that holds explains every output on its own, adds up relevance within a group, and asks how
far that varies over frames, of a network that is held to one curve a group where there is one:
chapter 11 plants laws and marks both. Neither is needed for the third:
a group's answers are exchanged for others that occur, and one sees how far predicted F0 moves, and
by how much its error grows [permutation importance: Breiman 2001, sec. 10; Fisher, Rudin &
Dominici 2019, model reliance].

Each way keeps a few numbers of every utterance that add up to those of all utterances. So
utterances can be drawn again, and the ways be compared in the same draws.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.evaluation.faithfulness import Replacement, Sample, transplant
from intonation.evaluation.holding.held import phone_moments
from intonation.evaluation.holding.spreads import group_spread
from intonation.evaluation.planted_law import Planted
from intonation.evaluation.ranking_intervals import UtteranceSums, absolute_sums, spread_of
from intonation.labels.taxonomy import VUV
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
class Case(Sample):
    """An utterance, its voiced frames, the F0 that was spoken, [frames] in the target's unit."""

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

    def of(self, places: Sequence[int]) -> "Evidence":
        """Of some of the groups, in this order."""
        return Evidence(self.parts[..., list(places)], self.read)

    def drawn(self, counts: np.ndarray) -> np.ndarray:
        """Of utterances drawn so many times each, counts [resamples, utterances]."""
        return self.read(np.tensordot(counts, self.parts, axes=1))


def take_cases(
    corpus: Corpus, features: FeatureTable, split: str, count: int, target: str
) -> list[Case]:
    """At most `count` utterances of a split (0 for all), evenly chosen, with all voiced frames.

    Those without voice are left out.
    """
    cases = []
    for name in evenly(corpus.ids(split), count, ends=False):
        utterance = corpus[name]
        inputs = Inputs(features.answers(name), utterance.frame_to_phone, utterance.voiced)
        natural = TARGETS[target].learnt(utterance)[0]
        if inputs.voiced.any():
            cases.append(Case(name, inputs, inputs.voiced, natural))
    return cases


def study_way(sums: UtteranceSums, groups: Groups) -> Evidence:
    """The study's way: what `abs_sum` is ranked by, from all explained utterances."""
    return Evidence(absolute_sums(sums, groups)[:, None], lambda total: total[..., 0, :])


def way_that_holds(model: F0Model, cases: Sequence[Case], groups: Groups) -> Evidence:
    """SD over frames of each group's net relevance (Z rule), every output explained on its own.

    In the unit of the output; see `holding.spreads`. For a network that computes a sum of terms,
    one of each group, it is the standard deviation of the term.
    """
    return Evidence(group_spread(model, [case.inputs for case in cases], groups), spread_of)


def by_phones(held: F0Model, heard: Sequence[Planted], groups: Groups) -> Evidence:
    """The way that holds, asked of the network of `holding.held` that hears phones; semitones."""
    return Evidence(phone_moments(held, heard, groups), spread_of)


def exchange(
    model: F0Model, cases: Sequence[Case], groups: Groups, *, draws: int, seed: int = 0
) -> dict[str, Evidence]:
    """REPLACED and ERROR: every group's answers exchanged for others that occur, in turn.

    The phones of an utterance take the group's answers from as many phones that follow each other
    elsewhere among the utterances, so that answers stay beside neighbours that they can have. As in
    `faithfulness.replacement_effects` the RMS change is divided by the square root of 2 [Jansen
    1999]. Counted are voiced frames that take their answers from a voiced one; for the input vuv,
    whose answers are just that, all voiced frames.
    """
    parts = np.zeros((len(cases), 4, len(groups)))
    donors = _donors([case.inputs for case in cases], draws, seed)
    bar = tqdm(cases, desc="exchange", unit="utterance", mininterval=1.0)
    sets = _disjoint(groups)
    order = [name for some in sets for name in some]
    columns = [order.index(name) for name in groups]
    for row, (case, foreign) in enumerate(zip(bar, donors, strict=True)):
        for donor in foreign:
            moved = [_moved(model, case, donor, some) for some in sets]
            parts[row] += np.concatenate([*moved, np.zeros((4, 0))], axis=1)[:, columns]
    return {
        REPLACED: Evidence(parts, lambda total: _root(total, 1) / np.sqrt(2)),
        ERROR: Evidence(parts, lambda total: _root(total, 3) - _root(total, 2)),
    }


def _disjoint(groups: Groups) -> list[dict[str, np.ndarray]]:
    """The groups in as few sets as come out in turn, none of which has an input twice."""
    sets: list[dict[str, np.ndarray]] = []
    for name, indices in groups.items():
        for some in sets:
            if not np.isin(indices, np.concatenate([*some.values()])).any():
                some[name] = indices
                break
        else:
            sets.append({name: indices})
    return sets


def _moved(model: F0Model, case: Case, donor: Inputs, groups: Groups) -> np.ndarray:
    """Frames, squared change, squared error before and after, float64 [4, groups]."""
    replacement = Replacement(model, case, donor, groups)
    voiced = case.chosen & transplant(case.inputs, donor).voiced
    before, found = replacement.original.astype(np.float64), np.zeros((4, len(groups)))
    each_alone = np.eye(len(groups), dtype=bool)
    for place, (group, only) in enumerate(zip(groups, each_alone, strict=True)):
        counted = case.chosen if group == VUV else voiced
        missed = (before - case.natural)[counted]
        change = (replacement.contour(only) - before)[counted]
        squares = (np.square(part).sum() for part in (change, missed, missed + change))
        found[:, place] = len(missed), *squares
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
    holds: Evidence | None = None,
) -> dict[str, Evidence]:
    """All of WAYS for one network. sums: of all utterances that it was explained on.

    holds: of the same cases, where other networks are asked in that way (`by_phones`).
    """
    holds = holds or way_that_holds(model, cases, groups)
    found = {HOLDS: holds, STUDY: study_way(sums, groups)}
    found |= exchange(model, cases, groups, draws=draws, seed=seed)
    return {way: found[way] for way in WAYS}


def all_lines(levels: Mapping[str, Groups]) -> tuple[Groups, dict[str, list[int]]]:
    """Every line of several rankings once, and where those of each ranking stand among them.

    levels: the groups of each ranking. Groups that ask the same questions are one line.
    """
    lines: dict[str, np.ndarray] = {}
    asked: dict[tuple[int, ...], int] = {}
    places: dict[str, list[int]] = {}
    for level, groups in levels.items():
        places[level] = []
        for name, indices in groups.items():
            questions = tuple(sorted(np.asarray(indices).tolist()))
            if questions not in asked:
                asked[questions] = len(lines)
                lines[name if name not in lines else f"{level}: {name}"] = np.asarray(indices)
            places[level].append(asked[questions])
    return lines, places


def ranked_levels(
    evidence: Sequence[Mapping[str, Evidence]],
    levels: Mapping[str, Groups],
    places: Mapping[str, Sequence[int]],
    *,
    resamples: int,
    seed: int = 0,
) -> dict[str, pd.DataFrame]:
    """`ranked` of each of several rankings; evidence: of `all_lines` of them, places: as there."""
    found = {}
    for level, groups in levels.items():
        some = [{way: e.of(places[level]) for way, e in one.items()} for one in evidence]
        found[level] = ranked(some, groups, resamples=resamples, seed=seed)
    return found


def ranked(
    evidence: Sequence[Mapping[str, Evidence]], groups: Groups, *, resamples: int, seed: int = 0
) -> pd.DataFrame:
    """Every way's ranking: way, group, value, ci_low, ci_high, rank, rank_low, rank_high.

    evidence: of one network or of several that are to be drawn again with the utterances, first a
    network, then utterances [Davison & Hinkley 1997, sec. 3.8]; the value is their mean. The first
    has all ways, the others perhaps some. Where there are several, there are columns network_low
    and network_high, the range over the networks. Intervals are of 95 %,
    and empty for a single utterance.
    """
    tables = []
    for way in evidence[0]:
        table = _ranked([one[way] for one in evidence if way in one], groups, resamples, seed)
        table.insert(0, "way", way)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _ranked(found: Sequence[Evidence], groups: Groups, resamples: int, seed: int) -> pd.DataFrame:
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


def steadiness(evidence: Sequence[Mapping[str, Evidence]], table: pd.DataFrame) -> pd.DataFrame:
    """How far networks agree: columns way, correlation, ranks.

    correlation: mean over pairs of networks of Spearman's rank correlation; ranks: how many ranks a
    group's 95 % interval spans, on average. table: of `ranked`.
    """
    rows = []
    for way in evidence[0]:
        values = [one[way].values() for one in evidence]
        pairs = [rank_correlation(*pair) for pair in combinations(values, 2)]
        part = table[table["way"] == way]
        spans = (part["rank_high"] - part["rank_low"] + 1).astype(float)
        rows.append((way, float(np.mean(pairs)) if pairs else np.nan, float(spans.mean())))
    return pd.DataFrame(rows, columns=["way", "correlation", "ranks"])


def in_all(table: pd.DataFrame, first: int, ways: Sequence[str] = COMPARED) -> list[str]:
    """Groups among the first so many in all of these ways, in the order of the first of them."""
    leading = [
        table.loc[(table["way"] == way) & (table["rank"] <= first), "group"].tolist()
        for way in ways
    ]
    return [group for group in leading[0] if all(group in others for others in leading)]
