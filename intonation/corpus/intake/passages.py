"""One long recording of one text, cut into its sentences."""

import dataclasses
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile

from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.intake.following import Template, follow
from intonation.corpus.intake.recording import Recording
from intonation.corpus.intake.stretches import (
    Stretch,
    normalised,
    read_part,
    spectra,
    stretches,
)
from intonation.errors import UtteranceError
from intonation.polish.words import ABBREVIATIONS, words_in

# Shorter recordings are aligned as they are: Praat's aligner needs 2 GB for this many seconds, and
# finds its way; utterances of a few sentences are what people record.
LONGER_THAN_S = 40.0
STEP_S = 0.030
MARGIN_S = 0.300  # of silence kept on either side of a sentence, where the pause has as much
PIECE_S = 30.0  # of speech analysed at a time
# The shares of its usual time that a sentence may take, the reader's pace considered; else it was
# not read as written, or no pause parts it from its neighbour. LEAST_FOUND: of all sentences.
USUAL_SHARES, LEAST_FOUND = (0.55, 1.65), 0.5

_END = re.compile(r"[.!?…]+[\"”’»)\]]*\s+(?=[\"„‚«(–—-]*\s*([A-ZĄĆĘŁŃÓŚŹŻ]))|\n\s*\n")
_LAST_WORD = re.compile(r"\w+$")


class Sentence(NamedTuple):
    """A sentence and where it was found, seconds in the recording."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Passage:
    """What of a text was found in a recording.

    found: by number, counted from 1. left_out: why a sentence, by number, is not among these.
    strange: speech that is of no sentence.
    """

    found: dict[int, Sentence]
    left_out: dict[int, tuple[str, str]]
    strange: list[Stretch]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text: up to a full stop or the like before a capital letter, or an empty
    line. No sentence ends in an abbreviation or an initial."""
    parts, begun = [], 0
    for match in _END.finditer(text):
        last = _LAST_WORD.search(text[: match.start()])
        word = last.group() if last else ""
        abbreviated = word.lower() in ABBREVIATIONS or (len(word) == 1 and word.isupper())
        if match.group().strip() and match.group()[0] == "." and abbreviated:
            continue
        parts.append(text[begun : match.end()])
        begun = match.end()
    parts.append(text[begun:])
    return [" ".join(part.split()) for part in parts if words_in(part)]


def cut(path: Path, text: str) -> Passage:
    """Find each sentence of a text in a recording of it.

    Every sentence begins and ends in a pause. Raises UtteranceError where there is no speech, or
    that of another text.
    """
    sentences = sentences_of(text)
    speech = stretches(path)
    if not speech:
        raise UtteranceError(f"{path.name} has no speech in it; is it silent, or noise?")
    read = [_template(sentence) for sentence in sentences]
    frames, stretch_of = _frames(path, speech)
    spoken = sum(map(len, read))
    template = Template.of_sentences(_at_pace(read, len(frames) / max(spoken, 1)))
    pauses_s = np.zeros(len(frames))
    begins = np.flatnonzero(np.diff(stretch_of, prepend=-1))
    for index in begins[1:]:
        number = stretch_of[index]
        pauses_s[index] = speech[number].start_s - speech[stretch_of[index - 1]].end_s
    passage = _passage(sentences, speech, follow(template, frames, pauses_s), stretch_of)
    usable = _of_usual_length(passage, speech, dict(enumerate(map(len, read), start=1)))
    if len(usable.found) < LEAST_FOUND * len(sentences):
        raise UtteranceError(
            f"only {len(usable.found)} of the {len(sentences)} sentences of the text were found in "
            f"{path.name}; is it the text of this recording? Give it the text as it was read"
        )
    return usable


def _template(sentence: str) -> np.ndarray:
    """The sentence by the synthetic voice, without its pauses, [frames, coefficients]."""
    sound, alignment = synthesize(sentence)
    frames = spectra(sound, STEP_S)
    times_s = (np.arange(len(frames)) + 0.5) * STEP_S + (sound.duration - len(frames) * STEP_S) / 2
    ends_s = [phone.end_s for phone in alignment.phones]
    spoken = np.array([bool(phone.text) for phone in alignment.phones])
    kept = spoken[np.minimum(np.searchsorted(ends_s, times_s), len(spoken) - 1)]
    return frames[kept]


def _at_pace(read: list[np.ndarray], ratio: float) -> list[np.ndarray]:
    """All sentences as fast as the reader, and as spectra of one voice."""
    together = normalised(np.concatenate(read))
    edges = np.cumsum([0, *map(len, read)])
    paced = []
    for first, last in pairwise(edges):
        count = max(1, round((last - first) * ratio))
        places = np.linspace(first, last - 1, count).round().astype(int)
        paced.append(together[places])
    return paced


def _frames(path: Path, speech: list[Stretch]) -> tuple[np.ndarray, np.ndarray]:
    """Spectra of all stretches, one after the other, and the stretch of each frame."""
    frames, numbers = [], []
    for number, (start_s, end_s) in enumerate(speech):
        for place_s in np.arange(start_s, end_s, PIECE_S):
            piece = spectra(read_part(path, place_s, min(end_s, place_s + PIECE_S)), STEP_S)
            frames.append(piece)
            numbers.append(np.full(len(piece), number))
    return normalised(np.concatenate(frames)), np.concatenate(numbers)


def _passage(
    sentences: list[str],
    speech: list[Stretch],
    sentence_of: np.ndarray,
    stretch_of: np.ndarray,
) -> Passage:
    owner = dict(zip(stretch_of.tolist(), sentence_of.tolist(), strict=True))
    found, left_out = {}, {}
    for number, text in enumerate(sentences, start=1):
        mine = [index for index, whose in owner.items() if whose == number - 1]
        if mine:
            found[number] = Sentence(text, *_with_margins(speech, mine[0], mine[-1]))
        else:
            left_out[number] = (text, f'the sentence "{text}" was not found in the recording')
    return Passage(found, left_out, [speech[index] for index, of in owner.items() if of < 0])


def _of_usual_length(passage: Passage, speech: list[Stretch], lengths: dict[int, int]) -> Passage:
    """Without the sentences that took much more, or less, time than the voice takes.

    lengths: of each sentence as the voice says it, in frames.
    """
    spoken = {
        number: sum(b - a for a, b in speech if found.start_s <= a and b <= found.end_s)
        for number, found in passage.found.items()
    }
    pace = np.median([seconds / max(1, lengths[number]) for number, seconds in spoken.items()])
    found, left_out = dict(passage.found), dict(passage.left_out)
    for number, seconds in spoken.items():
        share = seconds / (pace * max(1, lengths[number]))
        if not USUAL_SHARES[0] <= share <= USUAL_SHARES[1]:
            text, start_s, end_s = found.pop(number)
            left_out[number] = (
                text,
                f'the sentence "{text}" would last {share:.1f} times as long as usual (from '
                f"{start_s:.1f} to {end_s:.1f} s); was it read as written, with a pause on either "
                "side?",
            )
    return Passage(found, left_out, passage.strange)


def _with_margins(speech: list[Stretch], first: int, last: int) -> tuple[float, float]:
    """From half of the pause before to half of that after, but no more than the margin."""
    start_s, end_s = speech[first].start_s, speech[last].end_s
    before_s = start_s - speech[first - 1].end_s if first else 2 * start_s
    after_s = speech[last + 1].start_s - end_s if last + 1 < len(speech) else 2 * MARGIN_S
    return start_s - min(MARGIN_S, before_s / 2), end_s + min(MARGIN_S, after_s / 2)


def is_passage(recording: Recording) -> bool:
    """True for a long recording of several sentences without times of its owner."""
    if recording.audio is None or recording.textgrid or len(sentences_of(recording.text)) < 2:
        return False
    try:
        with soundfile.SoundFile(recording.audio) as file:
            return file.frames / file.samplerate > LONGER_THAN_S
    except (soundfile.LibsndfileError, ZeroDivisionError):
        return False  # to be told where it is read


def cut_recording(recording: Recording) -> tuple[dict[str, Any], list[Path]]:
    """What came out of cutting, as JSON has it: pieces (name, text, start and end), and reasons
    (name, text, reason). No files are made."""
    if recording.audio is None:
        raise UtteranceError(f"{recording.id} has no sound to cut")
    passage = cut(recording.audio, recording.text)
    name = recording.id + "_{:03d}"
    pieces = [(name.format(n), *found) for n, found in passage.found.items()]
    reasons = [(name.format(n), *why) for n, why in sorted(passage.left_out.items())]
    if passage.strange:
        where = ", ".join(f"{a:.1f} to {b:.1f} s" for a, b in passage.strange)
        reasons.append((recording.id, "", f"speech that is of no sentence of the text: {where}"))
    return {"pieces": pieces, "reasons": reasons}, []


def pieces_of(recording: Recording, outcome: dict[str, Any]) -> list[Recording]:
    """The recordings of the sentences, from what `cut_recording` gave."""
    return [
        dataclasses.replace(recording, id=name, text=text, written="", start_s=start_s, end_s=end_s)
        for name, text, start_s, end_s in outcome.get("pieces", ())
    ]
