"""The facts asked of recordings, of relevance and by replacement, side by side."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.evaluation.phonetics.designs import (
    LEAST_PAIRS,
    LEAST_SENTENCES,
    NOTHING,
    Draws,
    Estimate,
    over_deals,
    weighted_mean,
)
from intonation.evaluation.phonetics.facts import FACTS, Fact
from intonation.evaluation.phonetics.networks import Told
from intonation.evaluation.phonetics.replacement import Answers, Change, effects, windows
from intonation.evaluation.phonetics.vowels import Speech
from intonation.labels.question_set import QuestionSet

RECORDINGS, RELEVANCE, REPLACEMENT = "recordings", "relevance", "replacement"
PREDICTED = "predicted F0"  # of the same pairs, all groups together
SOURCES = (RECORDINGS, PREDICTED, RELEVANCE, REPLACEMENT)
TOO_FEW = f"fewer than {LEAST_PAIRS} pairs, or {LEAST_SENTENCES} sentences of a kind"
ONE_VALUE = "the network has one value a phone"

# a change and the chosen vowels, bool [vowels], to predicted F0 less that after it [chosen vowels]
Moved = Callable[[Change, np.ndarray], np.ndarray]


def from_recordings(fact: Fact, vowels: pd.DataFrame, draws: Draws) -> Estimate:
    """What recorded F0 says, without a model."""
    return fact.design(vowels).estimate(vowels[fact.value].to_numpy(float), draws)


def from_prediction(
    fact: Fact, vowels: pd.DataFrame, draws: Draws, predicted: np.ndarray
) -> Estimate:
    """What predicted F0, semitones [vowels], says of the same pairs, all groups together."""
    return fact.design(vowels).estimate(predicted, draws) if fact.whole else NOTHING


def from_relevance(
    fact: Fact, vowels: pd.DataFrame, draws: Draws, relevance: pd.DataFrame
) -> Estimate:
    """What relevance of the responsible groups, semitones [vowels, groups], says of them."""
    groups = [group for group in fact.groups if group in relevance]
    if not fact.whole or not groups:
        return NOTHING
    return fact.design(vowels).estimate(relevance[groups].sum(axis=1).to_numpy(), draws)


def from_replacement(fact: Fact, vowels: pd.DataFrame, draws: Draws, moved: Moved) -> Estimate:
    """What the change does to vowels of the first kind, weighted as their pairs are."""
    if not fact.whole or fact.change is None:
        return NOTHING
    weights = fact.design(vowels).weights
    if fact.distance:
        weights = weights * np.nan_to_num(fact.distance(vowels))
    chosen, values = weights > 0, np.full(len(vowels), np.nan)
    far = fact.distance(vowels)[chosen] if fact.distance else 1.0
    values[chosen] = fact.times * moved(fact.change, chosen) / far
    return weighted_mean(values, weights, draws)


def moved_by(speech: Speech, told: Told, questions: QuestionSet) -> Moved:
    """How much networks' F0 of vowels moves by a change, for `from_replacement`."""
    answers = Answers.of(speech, questions)
    asked = windows(speech, told.reach)

    def moved(change: Change, chosen: np.ndarray) -> np.ndarray:
        return effects(told.models, told.fold, answers, asked, change, chosen)

    return moved


def facts_table(
    vowels: pd.DataFrame,
    draws: Draws,
    told: Sequence[Told],
    moved: Sequence[Moved],
    facts: Sequence[Fact] = FACTS,
) -> pd.DataFrame:
    """All facts from all SOURCES, a row for each; networks are asked what recordings can tell.

    told, moved: of each deal of the sentences into folds, one at least. Intervals of networks are
    over deals and sentences (`over_deals`), those of recordings over sentences.
    Columns: fact, name (in words), source, value_semitones, ci_low, ci_high, pairs, sentences,
    note (why there is no value).
    """
    rows = []
    for fact in tqdm(facts, desc="facts", unit="fact"):
        found = [from_recordings(fact, vowels, draws), NOTHING, NOTHING, NOTHING]
        if np.isfinite(found[0].value):
            task = fact, vowels, draws
            asked = [
                [from_prediction(*task, one.predicted) for one in told],
                [from_relevance(*task, one.relevance) for one in told],
                [from_replacement(*task, one) for one in moved],
            ]
            found[1:] = [over_deals(deals) for deals in asked]
        for source, one in zip(SOURCES, found, strict=True):
            known = np.isfinite(one.value)
            why = TOO_FEW if np.isnan(found[0].value) or fact.whole else ONE_VALUE
            rows.append((fact.name, fact.words, source, *one.told, "" if known else why))
    names = ("fact", "name", "source", "value_semitones", "ci_low", "ci_high")
    return pd.DataFrame(rows, columns=[*names, "pairs", "sentences", "note"])


def agreement(facts: pd.DataFrame) -> dict[str, int]:
    """How many facts the recordings show beyond doubt, and how many of them networks show, too.

    found: whose interval excludes 0 in recordings. asked: those of them that networks can be asked
    about. predicted, relevance, replacement: how many of these have the same sign.
    """
    values = facts.pivot(index="fact", columns="source", values="value_semitones")
    spoken = facts[facts["source"] == RECORDINGS].set_index("fact")
    sure = spoken.index[spoken["ci_low"] * spoken["ci_high"] > 0]
    some = values.loc[sure].dropna(subset=[PREDICTED])
    same = {name: (some[name] * some[RECORDINGS] > 0).sum() for name in SOURCES}
    kept = {PREDICTED: "predicted", RELEVANCE: RELEVANCE, REPLACEMENT: REPLACEMENT}
    counted = {words: int(same[name]) for name, words in kept.items()}
    return {"found": len(sure), "asked": len(some), **counted}


def sentences(facts: pd.DataFrame) -> str:
    """The facts that were measured as a list in Markdown, "" for none."""
    lines = []
    for name, part in facts.groupby("name", sort=False):
        rows = part.set_index("source")
        if np.isnan(rows.loc[RECORDINGS, "value_semitones"]):
            continue
        asked = [one for one in SOURCES[2:] if not np.isnan(rows.loc[one, "value_semitones"])]
        own = ", ".join(f"{source} {_told(rows.loc[source])}" for source in asked)
        own = own or "a network of one value a phone cannot be asked"
        lines.append(f"- {name}: **{_told(rows.loc[RECORDINGS])}** semitones in recordings; {own}")
    return "\n".join(lines)


def _told(row: pd.Series) -> str:
    """A value with its interval."""
    numbers = [
        f"{round(row[name], 2) + 0.0:+.2f}" for name in ("value_semitones", "ci_low", "ci_high")
    ]
    return "{} ({} to {})".format(*numbers).replace("-", "\N{MINUS SIGN}")
