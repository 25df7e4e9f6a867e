"""The vowels of a corpus, one row each: what the labels say of it, and how high it was spoken.

All that the facts of this folder compare is read from label fields and from the table of Polish
phones, never from names of questions. A vowel is the phone that is the nucleus of its syllable
(p3 = b16); in labels that have no such fields there is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import FRAME_SHIFT_MS
from intonation.corpus.features import FeatureTable
from intonation.corpus.splits import sentence_keys
from intonation.evaluation.planted_law import Fields, Planted, numbers, plant_utterance
from intonation.labels.intervals import TICKS_PER_S
from intonation.lrp.selections import NO_ACCENT, QUESTION_TONES, STATEMENT_TONES
from intonation.polish.phones import BY_SYMBOL, Phone
from intonation.polish.prosody import NUCLEAR, NUCLEAR_QUESTION
from intonation.statistics import evenly

LEAST_FRAMES = 4  # voiced frames of a vowel whose F0 is believed: 20 ms
ONSET_MS = 40.0  # of a vowel, where the consonant before it is heard most
SONORANT = ("nasal", "lateral", "trill", "glide")
VOICELESS, VOICED, SONOROUS, NO_ONSET = "voiceless", "voiced", "sonorant", "none"
YES_NO, WH = QUESTION_TONES
(STATEMENT,) = STATEMENT_TONES
ACCENT_OF_STATEMENT, ACCENT_OF_QUESTION = str(NUCLEAR), str(NUCLEAR_QUESTION)
BODY = 2  # last syllables of a phrase, where its boundary tone is, and declination not measured
UNSTRESSED, STRESSED, ACCENTED = "unstressed", "stressed", "accented"
# in words, in the order in which they are shown
PROMINENCES = {
    ACCENTED: "accented syllable",
    STRESSED: "stressed, no accent",
    UNSTRESSED: "unstressed syllable",
}
TONES = {
    STATEMENT: "statement",
    YES_NO: "yes-no question",
    WH: "question word",
    "L-H%": "to be continued",
}
ONSETS = {kind: f"after {kind}" for kind in (VOICELESS, VOICED, SONOROUS)}
BEFORE_MS, AFTER_MS, STEP_MS = 150, 350, 10.0  # of a contour around the start of a vowel
AROUND_MS = np.arange(-BEFORE_MS, AFTER_MS, STEP_MS) + STEP_MS / 2
PARTS = 5  # of equal length, into which a vowel is cut
# the last syllable number of each bin of places in a phrase; longer phrases end in one bin
PLACES, ENDS = (1, 2, 4, 7, 11), (1, 2, 3)


@dataclass(frozen=True)
class Speech:
    """Utterances with one F0 value a phone, and their vowels.

    items: utterances. vowels: a row for each vowel, see `vowel_table`; its columns utterance and
    phone say where it is in `items`, time_s when its middle was spoken. around: semitones in bins
    of STEP_MS around the vowel's start, float32 [vowels, bins of AROUND_MS]; within: in PARTS
    parts of the vowel, float32 [vowels, PARTS]; NaN where nothing is voiced.
    """

    items: list[Planted]
    vowels: pd.DataFrame
    around: np.ndarray
    within: np.ndarray


def read_speech(corpus: Corpus, features: FeatureTable, *, at_most: int) -> Speech:
    """The vowels of a corpus (of so many utterances, evenly chosen; 0 for all), as spoken."""
    ids = evenly(corpus.table["id"].tolist(), at_most)
    keys = dict(zip(corpus.table["id"], sentence_keys(corpus.table["text"]), strict=True))
    items, tables, around, within = [], [], [], []
    for name in tqdm(ids, desc="vowels", unit="utterance"):
        utterance = corpus[name]
        item = plant_utterance(utterance, features.answers(name), noise_semitones=0.0, law=None)
        table = vowel_table(item, speaker=utterance.speaker, sentence=keys[name])
        tables.append(heard(table, utterance).assign(utterance=np.full(len(table), len(items))))
        around.append(contours(utterance, table["phone"].to_numpy()))
        within.append(parts(utterance, table["phone"].to_numpy()))
        items.append(item)
    vowels = pd.concat(tables, ignore_index=True)
    return Speech(items, vowels, np.concatenate(around), np.concatenate(within))


def vowel_table(item: Planted, *, speaker: str, sentence: str) -> pd.DataFrame:
    """One row for each vowel of an utterance that has LEAST_FRAMES voiced frames.

    Columns: id, speaker, sentence, phone (its index), vowel, height ("high", "mid", "low", "" for
    vowels of another language), prominence (UNSTRESSED, STRESSED without an accent, ACCENTED),
    accent (b2), syllable and to_end (place in the phrase from either end), place and ending (the
    same in bins), length (of the phrase in syllables), phrase and phrases (its number, and how many
    there are), tone, onset (class of the consonant before it in its syllable), in_syllable (its
    place), semitones (mean over its voiced frames) and onset_semitones (the same here).
    """
    fields = item.fields
    known = (fields["p3"] == fields["b16"]) & (numbers(fields["b6"]) > 0)
    phones = np.flatnonzero(known & (item.weight >= LEAST_FRAMES))
    own = {name: values[phones] for name, values in fields.items()}
    count = {name: numbers(own[name]).astype(int) for name in ("b6", "b7", "h1", "h3", "h4", "p6")}
    columns = {"id": item.id, "speaker": speaker, "sentence": sentence, "phone": phones}
    columns |= {"vowel": own["p3"], "height": [_phone(name).height for name in own["p3"]]}
    columns |= {"prominence": prominence(own), "accent": own["b2"], "tone": own["h5"]}
    columns |= {"syllable": count["b6"], "to_end": count["b7"], "length": count["h1"]}
    columns |= {"place": np.searchsorted(PLACES, count["b6"])}
    columns |= {"ending": np.searchsorted(ENDS, count["b7"])}
    columns |= {"phrase": count["h3"], "phrases": count["h3"] + count["h4"] - 1}
    columns |= {"onset": onsets(own), "in_syllable": count["p6"]}
    spoken = item.f0_semitones[phones]
    table = pd.DataFrame(columns, index=range(len(phones)))
    return table.assign(semitones=spoken, onset_semitones=spoken)


def prominence(fields: Fields) -> np.ndarray:
    """Whether phones are in accented, stressed or unstressed syllables, str [phones]."""
    accented = ~np.isin(fields["b2"], NO_ACCENT)
    return np.where(accented, ACCENTED, np.where(fields["b1"] == "1", STRESSED, UNSTRESSED))


def onsets(fields: Fields) -> list[str]:
    """Class of the consonant before each vowel in its own syllable, NO_ONSET where it begins it."""
    inner = numbers(fields["p6"]) > 1
    rows = zip(fields["p2"].tolist(), inner.tolist(), strict=True)
    return [_onset(_phone(before)) if follows else NO_ONSET for before, follows in rows]


def body(vowels: pd.DataFrame) -> np.ndarray:
    """Unstressed vowels before the last BODY syllables of their phrases, bool [vowels]."""
    unstressed = vowels["prominence"] == UNSTRESSED
    return (unstressed & (vowels["to_end"] > BODY)).to_numpy(dtype=bool)


def last_of_body(vowels: pd.DataFrame, phrases_back: int = 0) -> np.ndarray:
    """Row of the last vowel of the body of each vowel's phrase, or of an earlier phrase.

    int64 [vowels], -1 where that phrase has none. The table has rows 0, 1, …
    """
    ends = vowels[body(vowels)].groupby(["id", "phrase"])["syllable"].idxmax()
    wanted = pd.MultiIndex.from_arrays([vowels["id"], vowels["phrase"] - phrases_back])
    return ends.reindex(wanted).fillna(-1).to_numpy(dtype=int)


def _phone(symbol: str) -> Phone:
    """A phone of the table; one without any feature where the table has none of that symbol."""
    return BY_SYMBOL.get(str(symbol), Phone("", "", "", ""))


def _onset(phone: Phone) -> str:
    if phone.manner in SONORANT:
        return SONOROUS
    if phone.manner in ("", "vowel"):
        return NO_ONSET
    return VOICED if phone.voiced else VOICELESS


def heard(table: pd.DataFrame, utterance: Utterance) -> pd.DataFrame:
    """The table with onset_semitones (mean of the first ONSET_MS) and time_s from the recording."""
    starts, ends = (ticks[table["phone"]] / TICKS_PER_S for ticks in utterance.labels.times)
    times_s, spoken = utterance.times_s, utterance.f0_semitones
    bounds = np.searchsorted(times_s, [starts, np.minimum(starts + ONSET_MS / 1000, ends)])
    first = [_mean(spoken[low:high]) for low, high in bounds.T]
    return table.assign(onset_semitones=first, time_s=(starts + ends) / 2)


def contours(utterance: Utterance, phones: Sequence[int]) -> np.ndarray:
    """F0 around the start of each phone: float32 [phones, bins of AROUND_MS], NaN unvoiced."""
    starts_ms = utterance.labels.times[0][np.asarray(phones, dtype=int)] / TICKS_PER_S * 1000
    frames = np.rint((starts_ms[:, None] + AROUND_MS) / FRAME_SHIFT_MS - 0.5).astype(int)
    spoken = utterance.f0_semitones
    inside = (frames >= 0) & (frames < len(spoken))
    taken = spoken[np.clip(frames, 0, len(spoken) - 1)]
    return np.where(inside, taken, np.nan).astype(np.float32)


def parts(utterance: Utterance, phones: Sequence[int]) -> np.ndarray:
    """Mean F0 in equal parts of each phone: float32 [phones, PARTS], NaN where unvoiced."""
    starts, ends = (
        ticks[np.asarray(phones, int)] / TICKS_PER_S for ticks in utterance.labels.times
    )
    edges_s = starts[:, None] + (ends - starts)[:, None] * np.linspace(0, 1, PARTS + 1)
    bounds = np.searchsorted(utterance.times_s, edges_s)
    spoken = utterance.f0_semitones
    rows = [[_mean(spoken[a:b]) for a, b in zip(row, row[1:], strict=False)] for row in bounds]
    return np.array(rows, dtype=np.float32).reshape(-1, PARTS)


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else np.nan
