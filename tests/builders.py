"""What tests are made of: small networks, inputs, labels spelt out, utterances, corpora."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import combinations, cycle
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pandas as pd
import torch
from matplotlib.text import Text
from torch import nn

from intonation.corpus.corpus import Utterance
from intonation.corpus.f0 import hz_to_semitones
from intonation.corpus.features import FeatureTable
from intonation.labels.full_context import Labels
from intonation.labels.intervals import Alignment, Interval
from intonation.labels.label_shape import ENGLISH
from intonation.labels.question_set import read_questions
from intonation.lrp.positions import Profile
from intonation.model.batches import Inputs
from intonation.model.network import F0Model, ModelConfig, save_model
from intonation.polish import write_question_set
from intonation.polish.words import orthographic_syllables, words_in

TARGETS = ("semitones", "log_f0")


def make_inputs(seed, phones=9, frames=70, questions=11):
    random = np.random.default_rng(seed)
    index = np.sort(random.integers(0, phones, frames))
    answers = (random.random((phones, questions)) < 0.4).astype(np.uint8)
    return Inputs(answers, index, random.random(frames) < 0.6)


def question_names(count=11):
    return tuple(f"q{i}" for i in range(count))


def as_if_trained(model):
    """Batch norms with nothing at its default."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.weight, 1.0, 0.3)
            nn.init.normal_(module.bias, 0.0, 0.3)
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    return model


def make_model(target, *, questions=11, channels=6, layers=3, stacks=2, seed=0, **more):
    """A small network in float64 and evaluation mode, as if trained."""
    torch.manual_seed(seed)
    names = question_names(questions)
    config = ModelConfig(target, names, channels, layers, stacks=stacks, **more)
    model = F0Model(config).double()
    nn.init.constant_(model.output.bias, 2.0)
    return as_if_trained(model).eval()


def utterance_of(item, *, name="u1", split="test", speaker="s", text="Ala ma kota.", **more):
    """As much of an utterance as networks, explanations and errors need, from its inputs."""
    return SimpleNamespace(
        **{"id": name, "text": text, "speaker": speaker, "split": split},
        **{"answers": item.answers, "frame_to_phone": item.frame_to_phone, "voiced": item.voiced},
        questions=SimpleNamespace(names=list(question_names(item.answers.shape[1]))),
        labels=SimpleNamespace(texts=["x"] * len(item.answers)),
        **more,
    )


def following(item, semitones, *, median_hz=100.0, **more):
    """An utterance whose F0 lies so many semitones above the speaker's median [frames]."""
    f0_hz = np.where(item.voiced, median_hz * 2 ** (semitones / 12), 0.0).astype(np.float32)
    spoken = {"f0_hz": f0_hz, "f0_semitones": hz_to_semitones(f0_hz, median_hz)}
    return utterance_of(item, **spoken, speaker_median_hz=median_hz, **more)


def utterance(seed, **more):
    """An utterance whose F0 follows its first question: 4 semitones up where it is answered yes."""
    item = make_inputs(seed, frames=60 + seed)
    return following(item, 4.0 * item.answers[item.frame_to_phone, 0] - 2.0, **more)


@dataclass(frozen=True)
class FakeCorpus:
    """As much of a corpus as training and explaining need."""

    table: pd.DataFrame
    made: dict
    questions = SimpleNamespace(names=[], readings=[])  # none reads a field

    def ids(self, split):
        return self.table.loc[self.table["split"] == split, "id"].tolist()

    def __getitem__(self, name):
        return self.made[name]

    def __len__(self):
        return len(self.table)

    def __iter__(self):
        return (self.made[name] for name in self.table["id"])


def corpus_of(utterances):
    made = {one.id: one for one in utterances}
    rows = [(one.id, one.split, len(one.frame_to_phone)) for one in made.values()]
    return FakeCorpus(pd.DataFrame(rows, columns=["id", "split", "frames"]), made)


def features_of(answers):
    """The table of answers by utterance: {id: uint8 [phones, questions]}."""
    stacked = np.concatenate(list(answers.values()))
    offsets = np.cumsum([0, *map(len, answers.values())])
    numbers = np.zeros(0, dtype=np.int64), np.zeros((len(stacked), 0), dtype=np.float32)
    names = question_names(stacked.shape[1])
    return FeatureTable(tuple(answers), names, offsets, np.packbits(stacked, axis=1), *numbers)


def planted_corpus(make=utterance, **counts):
    """A corpus with so many utterances in each split, and its features."""
    splits = [split for split, count in counts.items() for _ in range(count)]
    named = enumerate(splits)
    corpus = corpus_of(make(n, name=f"{split}{n}", split=split) for n, split in named)
    return corpus, features_of({one.id: one.answers for one in corpus})


class GroupedQuestions:
    """A question set that only knows its groups; levels it does not name have none."""

    def __init__(self, names, groups):
        self.names, self._groups = list(names), groups

    def groups(self, level):
        return self._groups.get(level, {})


REST = (
    "@1_2/A:0_0_0/B:1-1-2@1-1&1-1#1-1$1-1!0-1;0-1|a/C:0+0+0/D:0_0/E:content+1@1+1&1+1#0+0"
    "/F:0_0/G:0_0/H:1=1^1=1|0/I:0=0/J:1+1-1"
)


QUESTIONS = 'QS "C-pau" {*-pau+*}\nQS "C-a" {*-a+*}\nQS "C-l" {*-l+*}\n'


TICKS = 50_000  # 5 ms in units of 100 ns


def labels_of(ends, phones=("pau", "a", "l", "pau")):
    names = ["x", "x", *phones, "x", "x"]
    windows = (names[start : start + 5] for start in range(len(phones)))
    texts = [f"{a}^{b}-{c}+{d}={e}{REST}" for a, b, c, d, e in windows]
    ends = np.array(ends, dtype=np.int64)
    return Labels(texts, np.concatenate([[0], ends[:-1]]), ends)


VOWELS = "aeiou"


class Questions:
    """Answers that depend on the phone, the accent and the tone."""

    names = [f"q{i}" for i in range(11)]

    def answer(self, labels):
        keys = [labels.fields(name) for name in ("p3", "b2", "h5", "b4", "p6")]
        seeds = [abs(hash_of("".join(key))) for key in zip(*keys, strict=True)]
        return np.array([np.random.default_rng(s).random(11) < 0.4 for s in seeds], dtype=np.uint8)

    def groups(self, level):
        return {"A": np.arange(4), "B": np.arange(4, 11)}


def hash_of(text):
    return sum((place + 1) * ord(letter) for place, letter in enumerate(text))


def phone_rows(phrases):
    """Fields of every phone; phrases are (tone, words): ' is stress, ^ an accent, | a pause."""
    rows = []
    for tone, text in phrases:
        in_phrase = 0
        for item in text.split():
            if item == "|":
                rows.append({"p3": "pau", "h5": "0"})
                continue
            for in_word, written in enumerate(item.split("."), start=1):
                in_phrase += 1
                phones = written.strip("'^")
                stress, accent = str(int("'" in written)), "2" if "^" in written else "0"
                vowel = next((p for p in phones if p in VOWELS), "novowel")
                for place, symbol in enumerate(phones, start=1):
                    own = {"p3": symbol, "p6": str(place), "b1": stress, "b2": accent}
                    own |= {"b4": str(in_word), "b6": str(in_phrase), "b16": vowel, "h5": tone}
                    rows.append(own)
    return rows


def make_labels(phrases, frames_per_phone=4, shape=ENGLISH):
    rows = phone_rows(phrases)
    lengths = np.broadcast_to(frames_per_phone, len(rows))
    edges = np.concatenate([[0], np.cumsum(lengths)]) * TICKS
    empty = dict.fromkeys(shape.field_names, "x")
    texts = [shape.template.format(**{**empty, **row}) for row in rows]
    return Labels(texts=texts, starts=edges[:-1], ends=edges[1:], shape=shape)


def make_utterance(phrases, *, text="", name="u1", frames_per_phone=4, voiced=None, seed=0):
    labels = make_labels(phrases, frames_per_phone)
    n_frames = int(labels.ends[-1] // TICKS)
    f0_hz = 120 + 30 * np.random.default_rng(seed).random(n_frames)
    f0_hz = f0_hz if voiced is None else np.where(voiced(n_frames), f0_hz, 0)
    return Utterance(name, text, "s", "test", labels, Questions(), f0_hz, 130.0)


#          phones:  | t a n o k u | m e l i
HAND = [("L-H%", "| 'ta.^no ku |"), ("L-L%", "'^me.li |")]


ASKING = [("L-H%", "'ta.no |"), ("H-H%", "'^ku.mi |")]


STATING = [("L-L%", "| '^la.pe.no |")]


BOTH = [("H-H%", "^ta.li |"), ("L-L%", "no.^ku")]


def some(n_frames):
    return np.arange(n_frames) % 5 != 0


def make_set():
    shapes = [ASKING, STATING, BOTH, ASKING, STATING, STATING]
    return [
        make_utterance(s, name=f"u{i}", frames_per_phone=3 + i % 3, voiced=some, seed=i)
        for i, s in enumerate(shapes)
    ]


# a in the accented last syllable of a question of 8 syllables, after a voiceless stop
LAST = (
    "m^p-a+n=t@2_3/A:0_0_2/B:1-3-4@2-1&8-1#2-0$1-0!2-0;3-0|a/C:0+0+0/D:in_1"
    "/E:content+2@3+1&1+0#1+0/F:0_0/G:0_0/H:8=3^2=1|H-H%/I:0=0/J:14+6-2"
)


# j at the start of a statement, in an unaccented function word
FIRST = (
    "x^pau-j+e=s@1_2/A:0_0_0/B:0-0-2@1-1&1-8#0-2$0-1!0-1;0-3|e/C:1+1+3/D:0_0"
    "/E:cc+1@1+3&0+2#0+1/F:content_2/G:0_0/H:8=3^1=2|L-L%/I:6=3/J:14+6-2"
)


PAUSE = (
    "x^x-pau+j=e@x_x/A:0_0_0/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x/C:0+0+2/D:0_0"
    "/E:x+x@x+x&x+x#x+x/F:cc_1/G:0_0/H:x=x^1=2|0/I:8=3/J:14+6-2"
)


def values_for(utterances, n_groups=3, seed=0):
    random = np.random.default_rng(seed)
    return [random.normal(size=(len(u.f0_hz), n_groups)) for u in utterances]


def profile_of(axis, utterances, values, **more):
    names = [f"g{i}" for i in range(values[0].shape[1])]
    profile = Profile(axis, names, **more)
    for pair in zip(utterances, values, strict=True):
        profile.add(*pair)
    return profile


def some_utterances(count=6):
    """Different tempo, length and accents; one without an accent, one of pauses alone."""
    shapes = [HAND, [("L-L%", "'^ta.no ku me")], [("H-H%", "ta | no 'ku |")], [("0", "| |")]]
    return [
        make_utterance(shapes[i % 4], name=f"u{i}", frames_per_phone=2 + i) for i in range(count)
    ]


def written(figure):
    """Everything that drawing a figure writes: (text, its box in pixels)."""
    found, draw = [], Text.draw

    def note(text, renderer):
        draw(text, renderer)
        if text.get_visible() and text.get_text().strip():
            found.append((text.get_text(), text.get_window_extent(renderer)))

    with mock.patch.object(Text, "draw", note):
        figure.canvas.draw()
    return found


def texts(figure):
    """Everything that is written in a figure, each text in one line."""
    return [text.replace("\n", " ") for text, _ in written(figure)]


def inside(figure):
    """Every text lies within the figure, none upon another, and the edges are clean paper.

    Returns what is written, as `texts` does.
    """
    width, height = figure.canvas.get_width_height()
    found = written(figure)
    for text, box in found:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text
    for (first, box), (second, other) in combinations(found, 2):
        # a pixel of rounding on either side
        across = min(box.x1, other.x1) - max(box.x0, other.x0)
        up = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert min(across, up) <= 2, (first, second)
    image = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    assert image.std() > 1
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        assert (edge == image[0, 0]).all() and edge.min() > 245
    return [text.replace("\n", " ") for text, _ in found]


@cache
def read_chapter(path):
    """A chapter as a notebook, not to be changed."""
    import jupytext  # three seconds, which tests that read no chapter need not wait

    return jupytext.read(path)


class Malicious:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def save_small_model(folder, target="semitones", *, spoilt=False):
    """A small network for the Polish question set, which lies beside it; as a container has both.

    spoilt: its weights are finite, its predictions are not.
    """
    write_question_set(folder / "questions.hed")
    names = tuple(read_questions(folder / "questions.hed").names)
    torch.manual_seed(0)
    model = as_if_trained(F0Model(ModelConfig(target, names, 6, 3)))
    nn.init.constant_(model.output.bias, 3.0e38 if spoilt else 4.0 if target == "log_f0" else 1.0)
    if spoilt:
        nn.init.constant_(model.dense.bias, 3.0e38)
        nn.init.constant_(model.output.weight, 1.0)
    save_model(model, folder)
    return folder


def spelt_alignment(text, *, gaps_s=(0.0,)):
    """A text as if spoken: each syllable of its spelling t and a, a word without one an f.

    gaps_s: of silence after each word, over and over again from the first one.
    """
    words, phones, now_s = [], [], 0.1
    phones.append(Interval(0.0, now_s, ""))
    pieces = [piece for piece in re.split(r"\s+", text) if words_in(piece)]
    for piece, gap_s in zip(pieces, cycle(gaps_s), strict=False):
        start_s = now_s
        for word in words_in(piece):
            for symbol in "ta" * orthographic_syllables(word) or "f":
                phones.append(Interval(now_s, now_s + 0.08, symbol))
                now_s += 0.08
        words.append(Interval(start_s, now_s, piece))
        if gap_s:
            phones.append(Interval(now_s, now_s + gap_s, ""))
            words.append(Interval(now_s, now_s + gap_s, ""))
            now_s += gap_s
    return Alignment(tuple(words), (*phones, Interval(now_s, now_s + 0.1, "")))
