"""Which pairs of groups act together: second differences of the answers to replaced groups.

With the answers of group A replaced by those of a donor phone, those of B, and both,

    I = f(both) - f(A) - f(B) + f(none)

is what the two do together and neither alone; it is 0 where what they do adds up. Half its root
mean square is the square root of the superset importance, not normalised [Liu & Owen 2006, sec. 3;
Fruth et al. 2014]: for a pair that acts without others, the standard deviation of what A and B
only do together. Higher orders that contain both count, too. It is the pair's counterpart of
`faithfulness.replacement_effects`, whose root mean square is divided by the square root of 2. Both
groups take their answers from one donor, so that what goes along in the labels goes along here.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
import torch
from tqdm.auto import tqdm

from intonation.evaluation.faithfulness import Sample, transplant
from intonation.evaluation.planted_law import LAW, Fields, Law, Planted, planted_f0, stacked
from intonation.labels.question_set import QuestionSet
from intonation.lrp.methods import changes
from intonation.lrp.ranking import Groups
from intonation.model.batches import Inputs, make_batch
from intonation.model.network import F0Model, at_rest
from intonation.statistics import draw_counts, percentiles

Pair = tuple[str, str]
Combination = tuple[str, ...]
# how far a function moves with some units replaced, [combinations, rows], given for each phone the
# phone that it takes its answers from
Moved = Callable[[np.ndarray, Sequence[Combination]], np.ndarray]

ACCENT, PLACE, STRESS = "accent", "place in the phrase", "stress"
BOUNDARY, TONE, TO_END = "tone and distance to the end", "boundary tone", "distance to the end"
# what is replaced together: the label fields of each unit
UNITS = {
    ACCENT: ("a2", "b2", "c2"),
    PLACE: ("b6", "b7"),
    STRESS: ("a1", "b1", "c1"),
    BOUNDARY: ("h5", "b7"),
    TONE: ("h5",),
    TO_END: ("b7",),
}
NAMED: dict[Pair, str] = {
    (ACCENT, PLACE): "accent × place in the phrase",
    (STRESS, BOUNDARY): "stress × boundary",
    (TONE, TO_END): "question or statement × last syllable",
}
PASSES = 16  # at a time
SIZE, SQUARE = "size_semitones", "mean_square"


def pairs_of(names: Sequence[str]) -> list[Pair]:
    """All pairs."""
    return list(combinations(names, 2))


def needed(pairs: Sequence[Pair]) -> list[Combination]:
    """What has to be replaced for some pairs: each unit alone, then each pair."""
    return [(name,) for name in dict.fromkeys(sum(pairs, ()))] + list(pairs)


def second_differences(moved: np.ndarray, pairs: Sequence[Pair]) -> np.ndarray:
    """I of each pair, [pairs, rows]; moved: [combinations of `needed`, rows], from f(none)."""
    row = {each: moved[place] for place, each in enumerate(needed(pairs))}
    each = [row[pair] - row[pair[:1]] - row[pair[1:]] for pair in pairs]
    return np.array(each).reshape(len(pairs), moved.shape[1])


def pair_sizes(
    moved: Moved, pairs: Sequence[Pair], weight: np.ndarray, donors: Sequence[np.ndarray]
) -> pd.DataFrame:
    """How much pairs act together: columns first, second, size_semitones.

    weight: how often each row counts, [rows]; donors: of several draws, int64 [rows] each.
    """
    total = np.zeros(len(pairs))
    for taken in donors:
        squares = second_differences(moved(taken, needed(pairs)), pairs) ** 2
        total += np.average(squares, axis=1, weights=weight)
    table = pd.DataFrame(pairs, columns=["first", "second"])
    return table.assign(**{SIZE: np.sqrt(total / len(donors)) / 2})


def drawn_donors(weight: np.ndarray, draws: int, seed: int) -> list[np.ndarray]:
    """A donor phone for each phone, in proportion to how often phones count."""
    random, share = np.random.default_rng(seed), weight / weight.sum(dtype=np.float64)
    return [random.choice(len(weight), len(weight), p=share) for _ in range(draws)]


def every_donor(count: int) -> list[np.ndarray]:
    """Each phone once for each phone: instead of draws, where phones are few and count alike."""
    return [np.roll(np.arange(count), step) for step in range(count)]


def law_moved(fields: Fields, units: Mapping[str, Sequence[str]], law: Law = LAW) -> Moved:
    """How a law moves when the fields of some units are replaced; units: names of fields."""
    before = planted_f0(fields, law)

    def moved(taken: np.ndarray, combinations: Sequence[Combination]) -> np.ndarray:
        found = []
        for each in combinations:
            foreign = {name: fields[name][taken] for unit in each for name in units[unit]}
            found.append(planted_f0({**fields, **foreign}, law) - before)
        return np.array(found)

    return moved


def network_moved(model: F0Model, planted: Sequence[Planted], units: Groups) -> Moved:
    """How a network of one frame a phone moves; rows are the phones of all utterances.

    units: indices of questions. The first layer is linear, so what both replacements do to it is
    the sum of what each does: a pair costs one more pass of what lies behind.
    """
    answers = np.concatenate([item.inputs.answers for item in planted])
    voiced = np.concatenate([item.inputs.voiced for item in planted])
    batch, phones = make_batch([item.inputs for item in planted]), np.arange(len(answers))
    kept, own = batch.mask.bool().numpy(), Inputs(answers, phones, voiced)

    @torch.no_grad()
    def moved(taken: np.ndarray, combinations: Sequence[Combination]) -> np.ndarray:
        foreign, found = Inputs(answers[taken], phones, voiced[taken]), []
        shift = dict(zip(units, changes(model, own, foreign, units), strict=True))
        with at_rest(model):
            first = model.projection(batch)
            before = model.from_projection(first, batch.mask)
            for each in combinations:
                added = torch.stack([shift[name] for name in each]).sum(0)[batch.phone_of_frame]
                after = model.from_projection(first + added, batch.mask)
                found.append((after - before).numpy()[kept])
        return np.array(found, dtype=np.float64)

    return moved


def law_effects(
    planted: Sequence[Planted],
    units: Mapping[str, Sequence[str]],
    law: Law,
    *,
    draws: int,
    seed: int,
) -> pd.Series:
    """The effect of each unit alone on a law, semitones: as `planted_law.planted_effects`.

    units: names of fields, of entries that may join several groups.
    """
    fields, weight = stacked(planted)
    moved, alone = law_moved(fields, units, law), [(name,) for name in units]
    squares = [
        np.average(moved(taken, alone) ** 2, axis=1, weights=weight)
        for taken in drawn_donors(weight, draws, seed)
    ]
    return pd.Series(np.sqrt(np.mean(squares, axis=0) / 2), index=list(units))


def unit_groups(
    questions: QuestionSet, units: Mapping[str, Sequence[str]] = UNITS
) -> dict[str, np.ndarray]:
    """Question indices of each unit, by the fields that they read; without units nobody asks of."""
    read = [reading.field.name if reading.field else "" for reading in questions.readings]
    found = {unit: np.flatnonzero(np.isin(read, fields)) for unit, fields in units.items()}
    return {unit: indices for unit, indices in found.items() if len(indices)}


def known_pairs(pairs: Sequence[Pair], units: Groups) -> list[Pair]:
    """Those pairs about both of which the question set asks."""
    return [pair for pair in pairs if set(pair) <= set(units)]


def frame_interactions(
    model: F0Model,
    samples: Sequence[Sample],
    donors: Sequence[Sequence[Inputs]],
    units: Groups,
    pairs: Sequence[Pair],
) -> pd.DataFrame:
    """Mean of I² over the explained frames of each utterance: id, first, second, mean_square.

    A unit's answers come from another utterance (`faithfulness.transplant`): neighbouring phones
    take theirs from neighbouring ones, both units from the same. donors: of each sample; their
    means are taken.
    """
    found = []
    both = zip(samples, donors, strict=True)
    for sample, foreign in tqdm(both, total=len(samples), desc="interact", unit="utterance"):
        squares = [_squares(model, sample, donor, units, pairs) for donor in foreign]
        table = pd.DataFrame(pairs, columns=["first", "second"])
        found.append(table.assign(id=sample.id, **{SQUARE: np.mean(squares, axis=0)}))
    columns = ["id", "first", "second", SQUARE]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


@torch.no_grad()
def _squares(
    model: F0Model, sample: Sample, donor: Inputs, units: Groups, pairs: Sequence[Pair]
) -> np.ndarray:
    """Mean of I² over the explained frames, float64 [pairs]."""
    weight, batch = model.project.weight, make_batch([sample.inputs])
    batch = batch.to(weight.device, weight.dtype)
    shift = changes(model, sample.inputs, transplant(sample.inputs, donor), units)
    place, wanted = {name: row for row, name in enumerate(units)}, [(), *needed(pairs)]
    outputs = []
    with at_rest(model):
        first = model.projection(batch)  # [1, frames, channels]
        for start in range(0, len(wanted), PASSES):
            some = wanted[start : start + PASSES]
            added = torch.stack([shift[[place[name] for name in each]].sum(0) for each in some])
            mask = batch.mask.expand(len(some), -1)
            outputs.append(model.from_projection(first + added, mask)[:, sample.chosen].cpu())
    output = torch.cat(outputs).double().numpy()
    return np.mean(second_differences(output[1:] - output[0], pairs) ** 2, axis=1)


def with_intervals(squares: pd.DataFrame, *, resamples: int, seed: int = 0) -> pd.DataFrame:
    """Sizes in semitones, utterances drawn again: first, second, size_semitones, ci_low, ci_high.

    squares: of `frame_interactions`; utterances count alike. Without an interval for a single one.
    """
    keys = ["first", "second"]
    if squares.empty:
        return pd.DataFrame(columns=[*keys, SIZE, "ci_low", "ci_high"], dtype=float)
    wide = squares.pivot(index="id", columns=keys, values=SQUARE)
    wide = wide[list(squares[keys].drop_duplicates().itertuples(index=False, name=None))]
    table = wide.columns.to_frame(index=False).assign(**{SIZE: np.sqrt(wide.mean().to_numpy()) / 2})
    if len(wide) < 2:
        return table.assign(ci_low=np.nan, ci_high=np.nan)
    counts = draw_counts(len(wide), resamples, seed)
    low, high = percentiles(np.sqrt(counts @ wide.to_numpy() / len(wide)) / 2)
    return table.assign(ci_low=low, ci_high=high)


def sizes_told(table: pd.DataFrame) -> list[str]:
    """Each pair of `with_intervals` in words, from a column `pair`: "a × b 0.12 (0.10 to 0.15)"."""
    said = []
    for pair, size, low, high in table[["pair", SIZE, "ci_low", "ci_high"]].itertuples(index=False):
        interval = f" ({low:.2f} to {high:.2f})" if np.isfinite(low) else ""
        said.append(f"*{pair}* {size:.2f}{interval}")
    return said


def as_matrix(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Sizes as a symmetric table of names; NaN on the diagonal and where nothing was measured."""
    found = pd.DataFrame(np.nan, index=list(names), columns=list(names))
    for first, second, size in table[["first", "second", SIZE]].itertuples(index=False):
        if first in found.index and second in found.index:
            found.loc[first, second] = found.loc[second, first] = size
    return found
