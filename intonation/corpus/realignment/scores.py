"""How plausible an alignment is, beside the others of its corpus.

Text and recording that do not belong together can still be aligned: what tells them are phones
that do not sound like themselves, a speed that nobody speaks with, pauses where none are written.
"""

import numpy as np
import pandas as pd

from intonation.corpus.realignment.classifier import Classifier
from intonation.corpus.realignment.rows import SILENCE, Row, classes_of
from intonation.labels.full_context import Labels
from intonation.labels.intervals import TICKS_PER_S, Alignment
from intonation.polish.phones import BY_SYMBOL, PAUSE, VOWELS

# Robust z scores beyond this are odd. Of 539 recordings of nEMO, 15 of which were given the text of
# another, it finds these 15, and 8 of the others.
FARTHEST = 4.0
FEWEST = 10  # recordings that say what is usual
MAD_TO_SD = 1.4826
UNMARKED_PAUSE_S = 0.1  # as in polish.transcript, where a pause begins
WORDS = {
    "fit": "its phones do not sound like themselves",
    "voicing": "its voice is not where the vowels are",
    "phones_per_s": "its speed is unusual",
    "unmarked_pauses": "it pauses where no mark stands",
}
TOGETHER, LEAST_TOGETHER = "much about it is a little unusual", 0.5
# Which way is worse (0: both), and a spread that any corpus may have: of many equal values,
# those that differ by next to nothing are not odd
WORSE = {"fit": -1, "voicing": -1, "phones_per_s": 0, "unmarked_pauses": 1}
LEAST_SPREAD = {"fit": 0.3, "voicing": 0.08, "phones_per_s": 0.06, "unmarked_pauses": 0.04}
LEAST_LOSS = 0.02  # of fit; less is as good as nothing
SPREADS = 4.0  # of oddity: where they are beyond FARTHEST, the threshold is


def acoustic_fit(row: Row, times_s: np.ndarray, by: Classifier, posteriors: np.ndarray) -> float:
    """Mean over phones of log posterior minus that of each frame's best class; at most 0.

    times_s: [symbols + 1]. posteriors: log posteriors, [frames, classes]. A free row of phones
    would reach 0. NaN where no phone was learnt or lasts a frame.
    """
    places = by.places(row.symbols)
    frames = len(posteriors)
    slots = classes_of(times_s, np.arange(len(places)), frames)
    classes = places[slots]
    known = (classes > 0) & (classes < posteriors.shape[1])
    lost = (posteriors.max(1) - posteriors[np.arange(frames), np.where(known, classes, 0)])[known]
    if not len(lost):
        return float("nan")
    counts = np.bincount(slots[known])
    sums = np.bincount(slots[known], lost)
    return -float(np.mean(sums[counts > 0] / counts[counts > 0]))


def voicing_fit(labels: Labels, frame_to_phone: np.ndarray, voiced: np.ndarray) -> float:
    """Share of voiced frames in vowels, minus that in voiceless consonants and pauses.

    frame_to_phone: int [frames]; voiced: bool [frames]. NaN where there are no vowels.
    """
    symbols = labels.fields("p3")
    silent = [s == PAUSE or (s in BY_SYMBOL and not BY_SYMBOL[s].voiced) for s in symbols]
    vowels = np.isin(symbols, sorted(VOWELS))[frame_to_phone]
    others = np.array(silent)[frame_to_phone]
    if not vowels.any():
        return float("nan")
    return float(voiced[vowels].mean() - (voiced[others].mean() if others.any() else 0.0))


def phones_per_second(labels: Labels) -> float:
    """Phones without pauses per second without pauses."""
    starts, ends = labels.times
    spoken = labels.fields("p3") != PAUSE
    seconds = float((ends - starts)[spoken].sum()) / TICKS_PER_S
    return float(spoken.sum()) / seconds if seconds > 0 else float("nan")


def unmarked_pauses(alignment: Alignment) -> float:
    """Share of the time between first and last word that is pauses after words without a mark."""
    words = [word for word in alignment.words if word.text]
    if not words:
        return float("nan")
    inner = [
        (first.start_s, first.end_s)
        for first in alignment.phones
        if first.text == SILENCE and words[0].start_s < first.start_s < words[-1].start_s
    ]
    starts_s = np.array([word.start_s for word in words])
    lost = 0.0
    for start_s, end_s in inner:
        before = words[int(np.searchsorted(starts_s, start_s, side="right")) - 1]
        if before.text[-1].isalnum() and end_s - start_s >= UNMARKED_PAUSE_S:
            lost += end_s - start_s
    return lost / max(words[-1].end_s - words[0].start_s, 1e-6)


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with `oddity` and `odd`, from its columns named in WORSE, each NaN where unknown.

    oddity: the largest robust z score [Iglewicz & Hoaglin 1993], beside the others of the speaker
    where there are enough of them, else of the corpus; that of the sum of what is worse than usual
    included. NaN where nothing is known or too few recordings say what is usual. odd: in words,
    beyond the threshold that `_threshold` finds.
    Times that came with labels (aligned_by "") are not judged. Recordings that phones were learnt
    from (`learnt`) and the others are compared among themselves: the former fit better.
    """
    table = table.reindex(columns=[*table, *(name for name in WORSE if name not in table)])
    if "aligned_by" not in table:
        table["aligned_by"] = ""
    ours = table["aligned_by"] != ""
    speakers = table["speaker"] if "speaker" in table else pd.Series("", index=table.index)
    learnt = table["learnt"].eq(True) if "learnt" in table else pd.Series(False, index=table.index)
    scores = pd.DataFrame(
        {name: _scores(table[name].where(ours), name, speakers, learnt) for name in WORSE}
    )
    together = scores.clip(lower=0).sum(axis=1, min_count=1)
    if together.notna().any():
        together = _robust_z(together, LEAST_TOGETHER)
    oddity = pd.concat([scores, together], axis=1).max(axis=1)
    farthest = _threshold(oddity)
    reasons = [
        _reason(dict(zip(WORSE, row, strict=True)), total, farthest)
        for row, total in zip(scores.to_numpy(), together, strict=True)
    ]
    rates = table["phones_per_s"].round(3)
    return table.assign(phones_per_s=rates, oddity=oddity.round(2), odd=reasons)


def _scores(values: pd.Series, name: str, speakers: pd.Series, learnt: pd.Series) -> pd.Series:
    """How much worse than usual each is: among its speaker's, else among all; learnt apart in fit.

    Higher is worse. Of rates and losses of fit, logarithms are compared: half and twice are equally
    far from usual, and a loss has a long tail.
    """
    numbers = values
    if name == "phones_per_s":
        numbers = np.log(values)
    elif name == "fit":
        numbers = -np.log((-values).clip(lower=LEAST_LOSS))
    kind = learnt if name == "fit" else pd.Series(False, index=values.index)
    least = LEAST_SPREAD[name]
    of_speaker = numbers.groupby([speakers, kind]).transform(_robust_z, least)
    of_all = numbers.groupby(kind).transform(_robust_z, least)
    scores = of_speaker.fillna(of_all)
    return scores * WORSE[name] if WORSE[name] else scores.abs()


def _threshold(oddity: pd.Series) -> float:
    """FARTHEST, or further where a corpus is so uneven that many are beyond it."""
    known = oddity.dropna()
    if len(known) < FEWEST:
        return FARTHEST
    middle = float(known.median())
    spread = MAD_TO_SD * float((known - middle).abs().median())
    return max(FARTHEST, middle + SPREADS * spread)


def _reason(scores: dict[str, float], together: float, farthest: float) -> str:
    """What is beyond a threshold, in words; the sum only where nothing is by itself."""
    found = {WORDS[name]: value for name, value in scores.items() if value > farthest}
    if not found and together > farthest:
        found = {TOGETHER: together}
    return "; ".join(f"{words} (z {value:.1f})" for words, value in found.items())


def _robust_z(values: pd.Series, least: float) -> pd.Series:
    """least: a spread that there is at any rate. NaN where too few are known."""
    known = values.dropna()
    if len(known) < FEWEST:
        return pd.Series(np.nan, index=values.index)
    middle = float(known.median())
    spread = MAD_TO_SD * float((known - middle).abs().median())
    return (values - middle) / max(spread, least)
