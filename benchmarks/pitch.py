"""Gross errors of F0 before and after mending, the second opinion, and times real time.

    python benchmarks/pitch.py [--sentences 24] [--write]

Embedded sentences, whose F0 is taken as tracked in the voice's own range, are made hard: in the
first 0.3 s of every second, every other cycle is half as strong, as where a voice begins to creak.
They are tracked in the wide range of the first pass, but as the second pass does, where such a
voice falls an octave. A gross error is one of more than 20 %. Seconds are processor time of one
thread. --write puts the table into book/measured/pitch.csv.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
import parselmouth
from parselmouth.praat import call

from intonation import polish
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.pitch.measurement import measure_f0
from intonation.corpus.pitch.octaves import mended_octaves
from intonation.corpus.pitch.tracking import (
    WIDE_RANGE,
    PitchRange,
    find_pitch,
    in_frames,
    speaker_range,
    track_f0,
)
from intonation.files import write_csv
from intonation.statistics import evenly

MEASURED = Path(__file__).parents[1] / "book" / "measured" / "pitch.csv"
WEAKENED_S, EVERY_S, GAIN = 0.3, 1.0, 0.5
GROSS = 0.2
STORED_HZ = 22_050


def weakened(sound: parselmouth.Sound, search: PitchRange) -> parselmouth.Sound:
    """The sound with every other cycle half as strong in the first 0.3 s of every second."""
    points = call(sound, "To PointProcess (periodic, cc)", search.floor_hz, search.ceiling_hz)
    count = call(points, "Get number of points")
    pulses = np.array([call(points, "Get time from index", n + 1) for n in range(count)])
    times_s, gain = sound.xs(), np.ones(sound.n_samples)
    for number, (pulse, period) in enumerate(zip(pulses, np.diff(pulses), strict=False)):
        if number % 2 and pulse % EVERY_S < WEAKENED_S and period < 1.3 / search.floor_hz:
            first, last = np.searchsorted(times_s, (pulse - period / 2, pulse + period / 2))
            bell = np.sqrt(np.hanning(last - first + 2)[1:-1])
            gain[first:last] = 1 - (1 - GAIN) * bell
    return parselmouth.Sound(sound.values[0] * gain, sound.sampling_frequency)


def gross_share(found: list[np.ndarray], true: list[np.ndarray]) -> float:
    """Of the frames voiced for both, in per cent."""
    ours, theirs = np.concatenate(found), np.concatenate(true)
    both = (ours > 0) & (theirs > 0)
    return 100 * float((np.abs(ours[both] / theirs[both] - 1) > GROSS).mean())


def mended(sound: parselmouth.Sound, search: PitchRange) -> tuple[np.ndarray, np.ndarray]:
    """F0 tracked in the wide range, before and after mending for a speaker of this range."""
    pitch = find_pitch(sound, WIDE_RANGE)
    own_hz, _ = mended_octaves(pitch, search)
    found = pitch.selected_array["frequency"], own_hz
    before, after = (in_frames(sound, pitch.xs(), hz) for hz in found)
    return before, after


def seconds_for(work, sounds: list[parselmouth.Sound]) -> float:
    """Processor time for all of them."""
    work(sounds[0])
    start = time.process_time()
    for sound in sounds:
        work(sound)
    return time.process_time() - start


def compare(sentences: int) -> pd.DataFrame:
    """One row a figure."""
    spoken = [synthesize(text)[0].resample(STORED_HZ, 10) for text in sentences_of(sentences)]
    search = speaker_range(map(track_f0, spoken))
    true = [track_f0(sound, search) for sound in spoken]
    before, after = zip(*(mended(weakened(one, search), search) for one in spoken), strict=True)
    found = [measure_f0(sound, search) for sound in spoken]
    same = all(np.array_equal(one.f0_hz, hz) for one, hz in zip(found, true, strict=True))
    duration_s = sum(sound.duration for sound in spoken)
    rates = {
        "first pass": seconds_for(track_f0, spoken),
        "second pass, tracking alone": seconds_for(lambda one: track_f0(one, search), spoken),
        "second pass, all of it": seconds_for(lambda one: measure_f0(one, search), spoken),
    }
    rows = [
        ("gross errors, every other cycle weakened (%)", gross_share(before, true)),
        ("the same, octaves mended (%)", gross_share(after, true)),
        ("embedded voice, frames mended", sum(one.mended_frames for one in found)),
        ("embedded voice, F0 the same to the bit (1: yes)", float(same)),
        ("embedded voice, SwiftF0 over 20 % away (%)", mean_share(found, "disputed_share")),
        ("embedded voice, creaky (%)", mean_share(found, "creak_share")),
        *((f"{name} (times real time, one core)", duration_s / s) for name, s in rates.items()),
    ]
    return pd.DataFrame(rows, columns=["what", "figure"]).round(2)


def sentences_of(count: int) -> list[str]:
    return evenly(polish.sentences(), count)


def mean_share(found: list, name: str) -> float:
    """In per cent, mean of utterances."""
    return 100 * float(np.nanmean([getattr(one, name) for one in found]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=24)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    table = compare(options.sentences)
    print(table.to_string(index=False))
    if options.write:
        MEASURED.parent.mkdir(exist_ok=True)
        write_csv(MEASURED, table)


if __name__ == "__main__":
    main()
