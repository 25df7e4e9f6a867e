"""Octave errors of the tracker: found by their jumps, mended from the tracker's own candidates."""

from collections.abc import Iterator

import numpy as np
import parselmouth

from intonation.corpus.pitch.tracking import PitchRange

JUMP_SEMITONES = (9.0, 15.0)  # from frame to frame: about an octave; no voice moves so in 5 ms
BRIDGED_FRAMES = 12  # where cycles alternate, the tracker often loses the voice on the way
PRIOR_WEIGHT = 0.06  # of a squared z score from the speaker's middle, beside strengths of 0 to 1
PRIOR_LIMIT = 9.0  # three standard deviations; farther away is not more wrong
JUMP_WEIGHT = 0.7  # an octave from frame to frame: Praat's default of 0.35, at 5 instead of 10 ms
MENDED_SEMITONES = 9.0


def mended_octaves(pitch: parselmouth.Pitch, search: PitchRange) -> tuple[np.ndarray, np.ndarray]:
    """F0 in Praat's own frames with octave errors mended, and which frames those were.

    Only where a stretch of voice holds a jump of about an octave, its path through the candidates
    [Boersma 1993, section 4] is found again, the speaker's own F0 counting, too: what is farther
    from the middle of `search` is less likely. Frames are only taken up an octave: half of any F0
    is nearly as periodic as F0 itself, so that its candidate says nothing against a high voice.
    A frame that keeps its octave keeps its value to the bit; which are voiced never changes.
    Returns float64 [own frames] in Hz, 0 where unvoiced; bool [own frames].
    """
    found_hz = pitch.selected_array["frequency"]
    mended_hz, candidates = found_hz.copy(), pitch.to_array()
    for frames in _stretches_with_a_jump(found_hz):
        heard = candidates[:, frames]
        usable = (heard["frequency"] > 0) & (heard["frequency"] <= pitch.ceiling)
        path_hz = _best_path(heard["frequency"], heard["strength"], usable, search)
        off = 12 * np.log2(path_hz / found_hz[frames]) > MENDED_SEMITONES
        mended_hz[frames[off]] = path_hz[off]
    return mended_hz, mended_hz != found_hz


def _stretches_with_a_jump(f0_hz: np.ndarray) -> Iterator[np.ndarray]:
    """Indices of the voiced frames of each stretch that holds one; short gaps do not end it."""
    voiced = np.flatnonzero(f0_hz > 0)
    low, high = JUMP_SEMITONES
    for frames in np.split(voiced, np.flatnonzero(np.diff(voiced) > BRIDGED_FRAMES + 1) + 1):
        steps = np.abs(np.diff(12 * np.log2(f0_hz[frames])))
        if ((steps > low) & (steps < high)).any():
            yield frames


def _best_path(
    candidates_hz: np.ndarray, strengths: np.ndarray, usable: np.ndarray, search: PitchRange
) -> np.ndarray:
    """The likeliest F0 of each frame, float64 [frames] in Hz [Viterbi 1967].

    candidates_hz, strengths, usable: [candidates, frames].
    """
    octaves = np.log2(np.where(usable, candidates_hz, search.middle_hz))
    z = 12 * (octaves - np.log2(search.middle_hz)) / search.spread_semitones
    costs = PRIOR_WEIGHT * np.minimum(z**2, PRIOR_LIMIT) - strengths
    costs[~usable] = np.inf
    total, came_from = costs[:, 0], []
    for frame in range(1, costs.shape[1]):
        jumps = JUMP_WEIGHT * np.abs(octaves[:, frame, None] - octaves[None, :, frame - 1])
        ways = total[None, :] + jumps
        came_from.append(ways.argmin(axis=1))
        total = ways.min(axis=1) + costs[:, frame]
    path = [int(total.argmin())]
    for before in reversed(came_from):
        path.append(int(before[path[-1]]))
    return candidates_hz[path[::-1], np.arange(costs.shape[1])]
