"""The embedded sentences as if read aloud: real labels of Polish, F0 of a law, no sound.

Letters are turned into phones one by one, which is not how Polish is said but enough for labels in
which sounds, stress, accents and phrases go together as they do in real sentences.
"""

import re
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from intonation.errors import IntonationError
from intonation.evaluation.phonetics.vowels import AROUND_MS, PARTS, Speech, vowel_table
from intonation.evaluation.planted_law import LAW, Planted, planted_f0, read_fields
from intonation.labels.intervals import Alignment, Interval
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet
from intonation.model.batches import Inputs
from intonation.polish import polish_questions
from intonation.polish.context import full_context_labels
from intonation.polish.phones import BY_SYMBOL
from intonation.polish.words import words_in

LETTERS = {
    **{"sz": "ʃ", "cz": "tʃ", "rz": "ʒ", "ch": "x", "dz": "dz", "dź": "dʑ", "dż": "dʒ"},
    **{"a": "a", "ą": "ɔ̃", "b": "b", "c": "ts", "ć": "tɕ", "d": "d", "e": "ɛ", "ę": "ɛ̃"},
    **{"f": "f", "g": "ɡ", "h": "x", "i": "i", "j": "j", "k": "k", "l": "l", "ł": "w"},
    **{"m": "m", "n": "n", "ń": "ɲ", "o": "ɔ", "ó": "u", "p": "p", "r": "r", "s": "s"},
    **{"ś": "ɕ", "t": "t", "u": "u", "w": "v", "y": "ɨ", "z": "z", "ź": "ʑ", "ż": "ʒ"},
}
SPELLING = re.compile("|".join(sorted(LETTERS, key=len, reverse=True)))
GLIDE = re.compile("i(?=[aąeęoóu])")  # which is no syllable of its own
PHONE_S = 0.08
QUESTIONS = QuestionSet(Question(name, patterns) for name, patterns in polish_questions())


def spelt(text):
    """An alignment of a sentence: every phone lasts PHONE_S."""
    words, phones, now_s = [], [Interval(0.0, 0.1, "")], 0.1
    for piece in (piece for piece in text.split() if words_in(piece)):
        start_s = now_s
        for letters in SPELLING.findall(GLIDE.sub("j", piece.lower())):
            phones.append(Interval(now_s, now_s + PHONE_S, LETTERS[letters]))
            now_s += PHONE_S
        words.append(Interval(start_s, now_s, piece))
    return Alignment(tuple(words), (*phones, Interval(now_s, now_s + 0.1, "")))


@cache
def read_labels_of(count):
    """Texts and labels of so many of the embedded sentences."""
    lines = files("intonation.polish").joinpath("sentences.txt").read_text(encoding="utf-8")
    texts = [line for line in lines.splitlines() if line and not line.startswith("#")]
    found = []
    for text in texts:
        try:
            found.append((text, full_context_labels(text, spelt(text))))
        except IntonationError:  # a word that has no vowel by these letters
            continue
        if len(found) == count:
            break
    return found


def read_aloud(count=150, *, law=LAW, answered=False, noise_semitones=0.0, seed=0):
    """Speech of so many sentences by one speaker; answers to the Polish questions where asked."""
    random, items, tables = np.random.default_rng(seed), [], []
    for number, (text, labels) in enumerate(read_labels_of(count)):
        fields = read_fields(labels)
        voiced = [symbol in BY_SYMBOL and BY_SYMBOL[symbol].voiced for symbol in fields["p3"]]
        spoken = planted_f0(fields, law)
        target = (spoken + random.normal(0, noise_semitones, len(spoken))).astype(np.float32)
        answers = QUESTIONS.answer(labels) if answered else np.zeros((len(spoken), 1), np.uint8)
        inputs = Inputs(answers, np.arange(len(spoken)), np.array(voiced))
        weight = np.where(voiced, 16, 0).astype(np.float32)
        item = Planted(f"u{number}", inputs, fields, spoken, target, weight)
        table = vowel_table(item, speaker="s", sentence=text)
        middle_s = (labels.starts + labels.ends)[table["phone"]] / 2e7
        tables.append(table.assign(time_s=middle_s, utterance=np.full(len(table), number)))
        items.append(item)
    vowels = pd.concat(tables, ignore_index=True)
    around = np.full((len(vowels), len(AROUND_MS)), vowels["semitones"].to_numpy()[:, None])
    return Speech(items, vowels, around, around[:, :PARTS])
