"""F0 of one recording in its speaker's range, with what was found on the way."""

from dataclasses import dataclass
from math import gcd

import numpy as np
import parselmouth
from scipy.signal import resample_poly

from intonation.corpus.pitch.creak import creaky_frames
from intonation.corpus.pitch.octaves import mended_octaves
from intonation.corpus.pitch.second_opinion import HEARD_HZ, disputed_share
from intonation.corpus.pitch.tracking import PitchRange, find_pitch, in_frames
from intonation.corpus.pitch.treatment import Treatment
from intonation.errors import UtteranceError

CREAK_HZ = 8000  # sampling frequency that is enough for cycles of a voice


@dataclass(frozen=True)
class Measurement:
    """What the second pass finds in a recording.

    f0_hz: float32 [frames], 0 where unvoiced, treated as asked. mended_frames: whose octave was
    another before. creak_share: of the voiced frames, before any was left out. disputed_share: see
    `second_opinion`; of F0 that is mended, but not otherwise treated. search: the speaker's range.
    """

    f0_hz: np.ndarray
    mended_frames: int
    creak_share: float
    disputed_share: float
    search: PitchRange

    @property
    def row(self) -> dict[str, float]:
        """As the table of utterances tells it."""
        return {
            "mended_frames": self.mended_frames,
            "creak_share": round(self.creak_share, 4),
            "disputed_share": round(self.disputed_share, 4),
            "f0_floor_hz": round(float(self.search.floor_hz), 1),
            "f0_ceiling_hz": round(float(self.search.ceiling_hz), 1),
        }


def measure_f0(
    sound: parselmouth.Sound, search: PitchRange, treatment: Treatment | None = None
) -> Measurement:
    """F0 in the speaker's range, octave errors mended, creak flagged, a second opinion heard.

    Raises UtteranceError where the recording is too short, or where nothing is left without creak.
    """
    pitch = find_pitch(sound, search)
    own_hz, mended = mended_octaves(pitch, search)
    f0_hz = in_frames(sound, pitch.xs(), own_hz)
    heard = _resampled(sound.values[0], round(sound.sampling_frequency), HEARD_HZ)
    slower = _resampled(heard, HEARD_HZ, CREAK_HZ)
    creaky = creaky_frames(slower, CREAK_HZ, f0_hz, search)
    treated_hz = (treatment or Treatment()).of(f0_hz, creaky)
    if f0_hz.any() and not treated_hz.any():
        raise UtteranceError("all that is voiced is creaky and was left out; set creak=keep")
    return Measurement(
        treated_hz,
        int(in_frames(sound, pitch.xs(), np.where(mended, own_hz, 0.0)).astype(bool).sum()),
        float(creaky.sum() / max((f0_hz > 0).sum(), 1)),
        disputed_share(heard, f0_hz),
        search,
    )


def _resampled(samples: np.ndarray, from_hz: int, to_hz: int) -> np.ndarray:
    common = gcd(from_hz, to_hz)
    return resample_poly(samples, to_hz // common, from_hz // common)
