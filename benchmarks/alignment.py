"""How near the truth times of words and phones are: Praat alone, and found anew.

    python benchmarks/alignment.py [--sentences 60] [--jobs 2]

The embedded voice knows its times: its sentences are aligned after their tempo and pitch were
changed and noise was added. Of a real voice, the starts of words are known
(INTONATION_SHARED/corpora/nathalie, 250 Dutch recordings, times from Kaldi; skipped where it is
not there). Written to book/measured/alignment.csv.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import parselmouth
import torch
from parselmouth.praat import call

from intonation import polish
from intonation.corpus.alignment import praat
from intonation.corpus.realignment.features import SHIFT_S, mel_frames
from intonation.corpus.realignment.learning import Heard, learn
from intonation.corpus.realignment.rows import row_of
from intonation.corpus.realignment.times import better_times
from intonation.corpus.sounds import STORED_SAMPLING_HZ, read_sound
from intonation.errors import UtteranceError
from intonation.files import write_csv
from intonation.labels.intervals import Alignment, Interval
from intonation.statistics import evenly

MEASURED = Path(__file__).parents[1] / "book" / "measured" / "alignment.csv"
SHARED = Path(os.environ.get("INTONATION_SHARED", Path(__file__).parents[1] / ".." / "shared"))
NOISE_DB, FLOOR_HZ, CEILING_HZ = 20, 75, 600
NEAR_MS = 20


class Spoken(NamedTuple):
    """A recording with the truth about it. words, phones: (text, start in seconds)."""

    sound: parselmouth.Sound
    text: str
    words: list[tuple[str, float]]
    phones: list[tuple[str, float]]


def starts(tier: tuple[Interval, ...]) -> list[tuple[str, float]]:
    return [(one.text, one.start_s) for one in tier if one.text]


def with_noise(sound: parselmouth.Sound, seed: int) -> parselmouth.Sound:
    """The sound with white noise NOISE_DB below it."""
    rms = float(np.sqrt(np.mean(sound.values**2))) * 10 ** (-NOISE_DB / 20)
    noise = np.random.default_rng(seed).normal(0, rms, sound.values.shape)
    return parselmouth.Sound(sound.values + noise, sound.sampling_frequency)


def lengthened(sound: parselmouth.Sound, factor: float) -> parselmouth.Sound:
    return call(sound, "Lengthen (overlap-add)", FLOOR_HZ, CEILING_HZ, factor)


def other_voice(sound: parselmouth.Sound) -> parselmouth.Sound:
    """Formants 15 % lower, F0 a third lower: another speaker, of the same times."""
    return call(sound, "Change gender", FLOOR_HZ, CEILING_HZ, 0.85, 150, 1.0, 1.0)


# a change of the sound, and by what it stretches time
CONDITIONS: dict[str, tuple[Callable[[parselmouth.Sound], parselmouth.Sound], float]] = {
    "same voice": (lambda sound: sound, 1.0),
    "slower by a quarter": (lambda sound: lengthened(sound, 1.25), 1.25),
    "other voice": (other_voice, 1.0),
}


def embedded(condition: str, noisy: bool, count: int) -> Iterator[Spoken]:
    """Sentences of the embedded voice, changed."""
    change, factor = CONDITIONS[condition]
    for number, text in enumerate(evenly(polish.sentences(), count)):
        sound, truth = praat.synthesize(text)
        changed = change(sound)
        tiers = [
            [(name, start_s * factor) for name, start_s in starts(tier)]
            for tier in (truth.words, truth.phones)
        ]
        yield Spoken(with_noise(changed, number) if noisy else changed, text, *tiers)


def nathalie(folder: Path) -> Iterator[Spoken]:
    """Real recordings; no times of phones, whose symbols are others than eSpeak NG's."""
    truth = map(json.loads, (folder / "align.jsonl").read_text("utf-8").splitlines())
    words = {one["id"]: one["words"] for one in truth}
    for line in (folder / "metadata.csv").read_text("utf-8").splitlines():
        name, text = line.split("|")[:2]
        # Kaldi's silences are words as well
        spoken = [one for one in words[name] if one["phones"] and one["word"] != "<eps>"]
        known = [(one["word"], one["phones"][0]["start"]) for one in spoken]
        yield Spoken(read_sound(folder / "flac" / f"{name}.flac"), text, known, [])


def first_alignment(
    samples: np.ndarray, text: str, language: str
) -> tuple[Alignment | None, float]:
    """Praat's, and processor time in seconds; None where it finds none."""
    praat.LANGUAGE, before = language, time.process_time()
    try:
        found = praat.align(parselmouth.Sound(samples, STORED_SAMPLING_HZ), text)
    except UtteranceError:
        found = None
    return found, time.process_time() - before


def letters(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))


def errors_s(found: list[tuple[str, float]], truth: list[tuple[str, float]]) -> np.ndarray:
    """Found minus true starts of what begins with the same letter of the text."""
    tiers = []
    for tier in (found, truth):
        at, places = 0, {}
        for text, start_s in tier:
            if letters(text):
                places[at] = start_s
                at += len(letters(text))
        tiers.append((places, at))
    (ours, our_end), (known, end) = tiers
    if our_end != end:  # not read word by word: nothing is compared
        return np.empty(0)
    return np.array([ours[place] - known[place] for place in ours.keys() & known.keys()])


def phone_errors_s(found: Alignment, truth: list[tuple[str, float]]) -> np.ndarray:
    """Of the phones, where they are the same."""
    ours = starts(found.phones)
    if [name for name, _ in ours] != [name for name, _ in truth]:
        return np.empty(0)
    return np.array([a - b for (_, a), (_, b) in zip(ours, truth, strict=True)])


def summary(errors: list[np.ndarray]) -> dict[str, float]:
    """Of all errors, in ms and per cent."""
    all_ms = 1000 * np.concatenate(errors)
    if not len(all_ms):
        return {}
    return {
        "starts": len(all_ms),
        "median_ms": round(float(np.median(np.abs(all_ms))), 1),
        "p90_ms": round(float(np.percentile(np.abs(all_ms), 90)), 1),
        "late_ms": round(float(np.mean(all_ms)), 1),
        "within_20_ms_percent": round(100 * float(np.mean(np.abs(all_ms) <= NEAR_MS)), 1),
    }


def measure(name: str, spoken: list[Spoken], language: str, jobs: int) -> list[dict]:
    """Rows of the table for one condition."""
    stored = [one.sound.resample(STORED_SAMPLING_HZ).values[0] for one in spoken]
    with ProcessPoolExecutor(jobs) as pool:
        given = zip(stored, (one.text for one in spoken), [language] * len(stored), strict=True)
        firsts = list(pool.map(first_alignment, *zip(*given, strict=True)))
    used = [n for n, (found, _) in enumerate(firsts) if found is not None]
    praats = [firsts[n][0] for n in used]
    aligning_s = sum(seconds for _, seconds in firsts)
    began = time.process_time()
    frames = [mel_frames(stored[n], STORED_SAMPLING_HZ) for n in used]
    heard = [Heard(f, row_of(a)) for f, a in zip(frames, praats, strict=True)]
    classifier = learn(heard, seed=1)
    learning_s, began = time.process_time() - began, time.process_time()
    anew = [better_times(a, f, classifier)[0] for a, f in zip(praats, frames, strict=True)]
    finding_s = time.process_time() - began
    speech_s = sum(map(len, frames)) * SHIFT_S
    costs = {"Praat": aligning_s, "anew": learning_s + finding_s}
    rows = []
    for way, alignments in (("Praat", praats), ("anew", anew)):
        pairs = [(found, spoken[n]) for found, n in zip(alignments, used, strict=True)]
        tiers = {
            "words": [errors_s(starts(found.words), one.words) for found, one in pairs],
            "phones": [phone_errors_s(found, one.phones) for found, one in pairs if one.phones],
        }
        rows += [
            {"speech": name, "minutes": round(speech_s / 60, 1), "times": way, "of": tier}
            | summary(errors)
            | {"processor_s_per_minute": round(60 * costs[way] / speech_s, 1)}
            for tier, errors in tiers.items()
            if errors
        ]
    return rows


def conditions(
    given: argparse.Namespace,
) -> Iterator[tuple[str, Callable[[], Iterator[Spoken]], str]]:
    """Name, recordings and language of each condition asked for."""
    folder = SHARED / "corpora" / "nathalie"
    if folder.is_dir():
        yield "real voice (Dutch)", lambda: nathalie(folder), "Dutch"
    for name in CONDITIONS:
        for noisy in (False, True):
            told = f"{name}, {NOISE_DB} dB of noise" if noisy else name
            yield told, lambda n=name, y=noisy: embedded(n, y, given.sentences), "Polish"


def main() -> None:
    """Measure every condition; print and write the table, row by row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=60, help="of the embedded voice")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows: list[dict] = []
    for name, recordings, language in conditions(given):
        rows += measure(name, list(recordings()), language, given.jobs)
        print(pd.DataFrame(rows).tail(4).to_string(index=False), flush=True)
        write_csv(MEASURED, pd.DataFrame(rows))


if __name__ == "__main__":
    main()
