"""What an utterance sounds like: as recorded, and the same voice with other contours.

Praat's overlap-add [Moulines & Charpentier 1990] moves the periods of the recording to where a
contour wants them; vowels, noise and timing stay. The contours are the predicted one, a flat one at
the speaker's median, and what single groups of features contribute to each frame: the median moved
by the group's relevance for that very frame. What the biases hold is of no group and is left out,
so that a group without relevance sings the flat contour.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import parselmouth
from parselmouth.praat import call

from intonation.corpus.corpus import Utterance
from intonation.corpus.f0 import FRAME_SHIFT_S, hz_to_semitones, semitones_to_hz
from intonation.corpus.pitch.tracking import WIDE_RANGE, pitch_tier, speaker_range
from intonation.corpus.sounds import encoded_mp3, read_sound
from intonation.errors import UtteranceError
from intonation.labels.words import in_words
from intonation.lrp.lrp import Explainer, Forward
from intonation.lrp.ranking import input_groups
from intonation.model.batches import check_questions, inputs_of
from intonation.model.network import F0Model

RATE_HZ = 24_000
PEAK = 0.9  # of full scale; a decoder overshoots what was encoded
ORIGINAL, PREDICTED, FLAT, GROUP = "original", "predicted", "flat", "group:"
ALL_OF, STRONGEST_OF, STRONGEST = "linguistic_levels", "general", 4  # whose groups are heard
UNIT = "semitones"
TITLES = {
    ORIGINAL: "as recorded",
    PREDICTED: "with the predicted contour",
    FLAT: "flat, at the speaker's median",
}


@dataclass(frozen=True)
class Sounds:
    """The versions of one utterance.

    versions: MP3, mono, by name: "original", "predicted", "flat", "group:<name>". titles: the
    same names in words. missing: why there are fewer, a sentence; "" where there are all.
    """

    versions: Mapping[str, bytes]
    titles: Mapping[str, str]
    missing: str = ""

    def data(self) -> dict[str, Any]:
        """As the page takes it: plain JSON values, sounds in base64."""
        encoded = {name: base64.b64encode(s).decode("ascii") for name, s in self.versions.items()}
        known = {"rate": RATE_HZ, "versions": encoded, "titles": dict(self.titles)}
        return {**known, "missing": self.missing}


def make_sounds(
    model: F0Model, utterance: Utterance, sound: parselmouth.Sound | None = None
) -> Sounds:
    """All versions of an utterance, equally loud.

    sound: the recording; default the corpus' own. Where there is none, where it cannot be read, or
    where nothing is voiced, there are fewer versions and a sentence. Raises ModelError where the
    network was trained with other questions.
    """
    try:
        original = (_recording(utterance) if sound is None else sound).resample(RATE_HZ)
    except UtteranceError as error:
        return Sounds({}, {}, f"There is nothing to hear: {error}.")
    if not utterance.voiced.any():
        reason = "No frame is voiced, so no other contour can be heard than the recording's."
        return _encoded({ORIGINAL: original}, reason)
    try:
        source = _manipulation(original, utterance.f0_hz)
        wanted = contours(model, utterance)
        sung = {name: _sing(source, f0_hz) for name, f0_hz in wanted.items()}
    except parselmouth.PraatError as error:
        told = str(error).partition("\n")[0].rstrip(".")
        reason = f"Praat could not give the recording another contour ({told})."
        return _encoded({ORIGINAL: original}, reason)
    median_hz = utterance.speaker_median_hz
    heard = {name: hz_to_semitones(f0_hz, median_hz) for name, f0_hz in wanted.items()}
    return _encoded({ORIGINAL: original, **sung}, heard=heard)


def contours(model: F0Model, utterance: Utterance) -> dict[str, np.ndarray]:
    """The contours to be heard: name -> Hz [frames], 0 where unvoiced.

    Groups are those of the level `linguistic_levels` and the strongest of `general`. They are left
    out for a network whose output is not in semitones: it answers silence too, with a value far
    below any voice, and a group's relevance is about that difference more than about melody.
    """
    check_questions(model, utterance)
    inputs, median_hz = inputs_of(utterance), utterance.speaker_median_hz
    explainer, meaning = Explainer(model), model.config.meaning
    done = explainer.forward(inputs)
    found = {PREDICTED: meaning.to_hz(done.prediction, median_hz)}
    found[FLAT] = np.full(len(inputs.voiced), median_hz)
    if meaning.unit == UNIT:
        for name, semitones in _strong_groups(explainer, done, utterance).items():
            found[GROUP + name] = semitones_to_hz(semitones, median_hz)
    low, high = WIDE_RANGE.floor_hz, WIDE_RANGE.ceiling_hz  # where overlap-add works
    return {n: np.where(inputs.voiced, np.clip(f0, low, high), 0.0) for n, f0 in found.items()}


def _strong_groups(
    explainer: Explainer, done: Forward, utterance: Utterance
) -> dict[str, np.ndarray]:
    """What each group contributes to every frame's own output, in semitones [frames].

    A group that has the same features as one before it is left out.
    """
    found: dict[str, np.ndarray] = {}
    for level, most in ((ALL_OF, None), (STRONGEST_OF, STRONGEST)):
        groups = input_groups(utterance.questions, level, vuv=False)
        shares = dict(zip(groups, explainer.shares(done, groups.values()), strict=True))
        strength = {name: np.abs(share[utterance.voiced]).mean() for name, share in shares.items()}
        names = sorted(shares, key=lambda name: -strength[name]) if most else list(shares)
        new = [n for n in names if not any(np.array_equal(shares[n], x) for x in found.values())]
        found |= {name: shares[name] for name in new[:most]}
    return found


def _recording(utterance: Utterance) -> parselmouth.Sound:
    if utterance.wav_path is None:
        raise UtteranceError("the corpus has labels and F0 of this utterance, but no recording")
    return read_sound(utterance.wav_path)


def _manipulation(sound: parselmouth.Sound, f0_hz: np.ndarray) -> parselmouth.Data:
    """Praat's Manipulation: the recording with its periods, sought where its F0 lies."""
    search = speaker_range([f0_hz])
    return call(sound, "To Manipulation", FRAME_SHIFT_S, search.floor_hz, search.ceiling_hz)


def _sing(source: parselmouth.Data, f0_hz: np.ndarray) -> parselmouth.Sound:
    """The recording with another contour; pauses and noise stay as they are.

    f0_hz: [frames] of 5 ms, 0 where unvoiced. Raises PraatError.
    """
    tier = pitch_tier(f0_hz)
    call([source, tier], "Replace pitch tier")
    return call(source, "Get resynthesis (overlap-add)")


def _encoded(
    versions: Mapping[str, parselmouth.Sound],
    missing: str = "",
    *,
    heard: Mapping[str, np.ndarray] | None = None,
) -> Sounds:
    """The versions as loud as the first, none of them clipped.

    heard: contours in semitones from the median, which titles tell the range of.
    """
    samples = {name: sound.values[0] for name, sound in versions.items()}
    levels = {name: np.sqrt(np.mean(wave**2)) for name, wave in samples.items()}
    gains = {name: levels[ORIGINAL] / max(level, 1e-9) for name, level in levels.items()}
    peak = max(np.abs(wave).max() * gains[name] for name, wave in samples.items())
    head = min(1.0, PEAK / peak)
    waves = {name: wave * gains[name] * head for name, wave in samples.items()}
    encoded = {name: encoded_mp3(wave, RATE_HZ) for name, wave in waves.items()}
    titles = {name: _title(name, (heard or {}).get(name)) for name in encoded}
    return Sounds(encoded, titles, missing)


def _title(version: str, semitones: np.ndarray | None) -> str:
    """A version in words; of a group also how far it moves the voice."""
    if not version.startswith(GROUP):
        return TITLES[version]
    low, high = np.nanmin(semitones), np.nanmax(semitones)
    moved = f"{low:+.1f} to {high:+.1f} semitones".replace("-", "\N{MINUS SIGN}")
    return f"{in_words(version.removeprefix(GROUP))} alone, {moved}"
