"""How far the way that holds reaches: from fewer utterances, and where F0 moves within phones."""

from collections.abc import Sequence

import pandas as pd

from intonation.corpus.corpus import Corpus
from intonation.evaluation.holding.frames import frame_effects, replant_frames
from intonation.evaluation.holding.laws import drawn_law
from intonation.evaluation.holding.marking import (
    APART,
    HOLDS,
    MERGED,
    LawTrial,
    mark_laws,
    rankings,
)
from intonation.statistics import evenly, rank_correlation

SMALLEST, HALVINGS = 12, 3


def sizes(utterances: int) -> list[int]:
    """How many to learn from: all, halved up to `HALVINGS` times, the fewest first."""
    halved = [utterances >> step for step in range(HALVINGS + 1)]
    return sorted({count for count in halved if count >= SMALLEST} or {utterances})


def learning_curve(seeds: Sequence[int], trial: LawTrial, known: pd.DataFrame) -> pd.DataFrame:
    """One row per number of utterances: utterances, APART, MERGED; mean rank correlation of laws.

    known: marks of `mark_laws` of these laws from all utterances. The laws, test utterances and
    entries stay.
    """
    parts, (training, validation, test) = [], trial.splits
    for count in sizes(len(training))[:-1]:
        fewer = trial.planted((evenly(training, count), validation, test), str(count))
        parts.append(mark_laws(seeds, fewer, (HOLDS,)).assign(utterances=count))
    whole = known[(known["way"] == HOLDS) & known["law"].isin(seeds)]
    table = pd.concat([*parts, whole.assign(utterances=len(training))])
    means = table.pivot_table("spearman", "utterances", "ranking", dropna=False)
    return means.reindex(columns=[APART, MERGED]).rename_axis(columns=None).reset_index()


def mark_frames(corpus: Corpus, trial: LawTrial, *, seed: int) -> pd.DataFrame:
    """A drawn law whose accents peak and whose declination runs in time, and what is found of it.

    Columns line; planted, found: semitones; apart, merged: whether it is a line of the ranking of
    groups, of entries.
    """
    groups, entries = trial.groups, trial.entries
    law, noise = drawn_law(seed, trial.splits[0]), trial.parameters.law_noise_semitones
    planted = [
        replant_frames(corpus, part, law, noise_semitones=noise, seed=(seed, number))
        for number, part in enumerate(trial.splits)
    ]
    members = {name: (name,) for name in groups}
    members |= {name: entry.parts for name, entry in entries.items()}
    effects = frame_effects([corpus[item.id] for item in trial.splits[2]], law, members)
    found = rankings(trial.planted(planted, "frames"), (HOLDS,))[HOLDS]
    table = pd.DataFrame({"planted": effects, "found": found}).rename_axis("line").reset_index()
    return table.assign(apart=table["line"].isin(groups), merged=table["line"].isin(entries))


def told_in_words(growing: pd.DataFrame, frames: pd.DataFrame, laws: int) -> tuple[str, str]:
    """A sentence each: of `learning_curve`, from how many laws, and of `mark_frames`."""
    counted = "; ".join(
        f"{count:.0f} utterances {apart:.2f}, merged {merged:.2f}"
        for count, apart, merged in growing[["utterances", APART, MERGED]].to_numpy()
    )
    rho = {}
    for kind in ("apart", "merged"):
        known = frames[frames[kind]]
        rho[kind] = rank_correlation(known["found"].to_numpy(), known["planted"].to_numpy())
    return (
        f"Mean rank correlation, number of laws {laws}, learnt from {counted}.",
        f"Of the law that moves within phones a rank correlation of {rho['apart']:.2f} was "
        f"reached, merged {rho['merged']:.2f}.",
    )
