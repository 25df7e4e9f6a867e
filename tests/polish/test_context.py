"""Full-context labels: fields consistent on spoken sentences, exact on one made by hand."""

from itertools import groupby

import numpy as np
import pytest

from intonation import polish
from intonation.corpus.alignment.praat import align, synthesize
from intonation.errors import UtteranceError
from intonation.labels.full_context import Labels, read_labels, write_labels
from intonation.labels.intervals import Alignment, Interval
from intonation.polish.phones import BY_SYMBOL, VOWELS
from intonation.polish.words import tokenise

SENTENCES = [
    "W parku rośnie ogromne drzewo, a na nim — jak zwykle — siedzą dzięcioły.",
    "Nie chcę cię widzieć!",
    "Z kim? Z nim. A ty, z czym wracasz do mnie?",
    "„Idź już” – powiedział ojciec (był zły), po czym wyszedł.",
    "Gdybyśmy wiedzieli, zrobilibyśmy to w październiku…",
    "Jeden, dwa, trzy, cztery, pięć.",
    "Źdźbło",
    "Chcę pięć dżdżownic, matematykę i biało-czerwony szalik.",
]


@pytest.fixture(scope="module")
def spoken() -> list[tuple[str, Alignment, Labels]]:
    """Text, alignment and labels of a sample of synthesised sentences."""
    texts = SENTENCES + polish.sentences()[::50]
    alignments = [synthesize(text)[1] for text in texts]
    return [
        (text, alignment, polish.full_context_labels(text, alignment))
        for text, alignment in zip(texts, alignments, strict=True)
    ]


def numbers(labels: Labels, name: str) -> np.ndarray:
    return np.array([int(value) if value != "x" else -1 for value in labels.fields(name)])


def phones_only(labels: Labels) -> np.ndarray:
    return labels.fields("p3") != "pau"


def runs(labels: Labels, *names: str) -> list[tuple[str, ...]]:
    """Values of the fields at each change among phones (pauses left out)."""
    keep = phones_only(labels)
    rows = zip(*(labels.fields(name)[keep] for name in names), strict=True)
    return [key for key, _ in groupby(rows)]


def syllable_starts(labels: Labels) -> np.ndarray:
    return np.flatnonzero(labels.fields("p6") == "1")


def test_labels_are_contiguous_and_cover_the_recording(spoken):
    for _, alignment, labels in spoken:
        assert labels.starts[0] == 0
        assert labels.ends[-1] == round(alignment.phones[-1].end_s * 1e7)
        assert (labels.starts[1:] == labels.ends[:-1]).all()
        assert (labels.ends > labels.starts).all()
        assert labels.starts.dtype == labels.ends.dtype == np.int64


def test_boundaries_are_those_of_the_alignment(spoken):
    for _, alignment, labels in spoken:
        known = {round(phone.start_s * 1e7) for phone in alignment.phones}
        assert set(labels.starts.tolist()) <= known


def test_phones_are_of_the_inventory_and_quinphones_shift(spoken):
    for _, _, labels in spoken:
        p1, p2, p3, p4, p5 = (labels.fields(f"p{i}").tolist() for i in range(1, 6))
        assert set(p3) <= {"pau", *BY_SYMBOL}
        padded = ["x", "x", *p3, "x", "x"]
        assert p1 == padded[:-4]
        assert p2 == padded[1:-3]
        assert p4 == padded[3:-1]
        assert p5 == padded[4:]


def test_every_syllable_has_its_vowel_and_every_count_agrees(spoken):
    for _, _, labels in spoken:
        vowels = np.isin(labels.fields("p3"), list(VOWELS))
        assert (labels.fields("b16")[vowels] == labels.fields("p3")[vowels]).all()
        assert vowels.sum() == len(syllable_starts(labels)) == numbers(labels, "j1")[0]


def test_words_are_those_of_the_text(spoken):
    for text, _, labels in spoken:
        vowelless = sum(token.text in ("w", "z") for token in tokenise(text))
        assert numbers(labels, "j2")[0] == len(tokenise(text)) - vowelless


def test_utterance_counts_are_sums_over_phrases(spoken):
    for _, _, labels in spoken:
        phrases = runs(labels, "h3", "h1", "h2", "h4")
        assert sum(int(syllables) for _, syllables, _, _ in phrases) == numbers(labels, "j1")[0]
        assert sum(int(words) for _, _, words, _ in phrases) == numbers(labels, "j2")[0]
        assert len(phrases) == numbers(labels, "j3")[0]
        assert [int(row[0]) for row in phrases] == list(range(1, len(phrases) + 1))


@pytest.mark.parametrize(
    ("forward", "backward", "length"),
    [
        ("p6", "p7", "b3"),
        ("b4", "b5", "e2"),
        ("b6", "b7", "h1"),
        ("e3", "e4", "h2"),
        ("h3", "h4", "j3"),
    ],
)
def test_positions_from_both_ends_add_up(spoken, forward, backward, length):
    for _, _, labels in spoken:
        keep = phones_only(labels)
        total = numbers(labels, forward) + numbers(labels, backward) - 1
        assert (total[keep] == numbers(labels, length)[keep]).all()
        assert (numbers(labels, forward)[keep] >= 1).all()


@pytest.mark.parametrize(("now", "before", "after"), [("b1", "a1", "c1"), ("b2", "a2", "c2"),
                                                      ("b3", "a3", "c3")])  # fmt: skip
def test_neighbouring_syllables(spoken, now, before, after):
    for _, _, labels in spoken:
        starts = syllable_starts(labels)
        row = labels.fields(now)[starts].tolist()
        assert labels.fields(before)[starts].tolist() == ["0", *row[:-1]]
        assert labels.fields(after)[starts].tolist() == [*row[1:], "0"]


@pytest.mark.parametrize(("now", "before", "after"), [("e1", "d1", "f1"), ("e2", "d2", "f2")])
def test_neighbouring_words(spoken, now, before, after):
    for _, _, labels in spoken:
        starts = np.flatnonzero((labels.fields("p6") == "1") & (labels.fields("b4") == "1"))
        row = labels.fields(now)[starts].tolist()
        assert labels.fields(before)[starts].tolist() == ["0", *row[:-1]]
        assert labels.fields(after)[starts].tolist() == [*row[1:], "0"]


def test_neighbouring_phrases(spoken):
    for _, _, labels in spoken:
        rows = runs(labels, "h3", "h1", "h2", "g1", "g2", "i1", "i2")
        sizes = [("0", "0"), *((row[1], row[2]) for row in rows), ("0", "0")]
        assert [(row[3], row[4]) for row in rows] == sizes[:-2]
        assert [(row[5], row[6]) for row in rows] == sizes[2:]


@pytest.mark.parametrize(
    ("property_field", "before", "after", "previous", "following"),
    [("b1", "b8", "b9", "b12", "b13"), ("b2", "b10", "b11", "b14", "b15")],
)
def test_stressed_and_accented_neighbourhood(
    spoken, property_field, before, after, previous, following
):
    for _, _, labels in spoken:
        starts = syllable_starts(labels)
        marked = numbers(labels, property_field)[starts] > 0
        phrase = numbers(labels, "h3")[starts]
        for place, start in enumerate(starts):
            same = phrase == phrase[place]
            chosen = np.flatnonzero(same & marked)
            left, right = chosen[chosen < place], chosen[chosen > place]
            assert numbers(labels, before)[start] == len(left)
            assert numbers(labels, after)[start] == len(right)
            assert numbers(labels, previous)[start] == (place - left[-1] if len(left) else 0)
            assert numbers(labels, following)[start] == (right[0] - place if len(right) else 0)


def test_content_word_neighbourhood(spoken):
    for _, _, labels in spoken:
        starts = np.flatnonzero((labels.fields("p6") == "1") & (labels.fields("b4") == "1"))
        content = labels.fields("e1")[starts] == "content"
        phrase = numbers(labels, "h3")[starts]
        for place, start in enumerate(starts):
            chosen = np.flatnonzero((phrase == phrase[place]) & content)
            left, right = chosen[chosen < place], chosen[chosen > place]
            found = [numbers(labels, name)[start] for name in ("e5", "e6", "e7", "e8")]
            distances = [
                place - left[-1] if len(left) else 0,
                right[0] - place if len(right) else 0,
            ]
            assert found == [len(left), len(right), *distances]


def test_pauses_know_only_their_surroundings(spoken):
    for _, _, labels in spoken:
        pauses = np.flatnonzero(~phones_only(labels))
        unknown = ["p6", "p7", *(f"b{i}" for i in range(1, 17)), *(f"e{i}" for i in range(1, 9))]
        for name in [*unknown, "h1", "h2"]:
            assert set(labels.fields(name)[pauses]) <= {"x"}, name
        assert set(labels.fields("h5")[pauses]) <= {"0"}
        for pause in pauses:
            if pause > 0:
                assert labels.fields("a3")[pause] == labels.fields("b3")[pause - 1]
                assert labels.fields("g1")[pause] == labels.fields("h1")[pause - 1]
            if pause + 1 < len(labels):
                assert labels.fields("f1")[pause] == labels.fields("e1")[pause + 1]
                assert labels.fields("i2")[pause] == labels.fields("h2")[pause + 1]


def test_each_phrase_has_one_nuclear_accent(spoken):
    for _, _, labels in spoken:
        starts = syllable_starts(labels)
        phrase = numbers(labels, "h3")[starts]
        accents = numbers(labels, "b2")[starts]
        stressed = numbers(labels, "b1")[starts]
        assert (stressed[accents > 0] == 1).all()
        for index in set(phrase):
            assert (accents[phrase == index] > 1).sum() == 1


def test_written_labels_read_back(spoken, tmp_path):
    for _, _, labels in spoken[:5]:
        write_labels(tmp_path / "one.lab", labels)
        back = read_labels(tmp_path / "one.lab")
        assert back.texts == labels.texts
        assert (back.starts == labels.starts).all()
        assert (back.ends == labels.ends).all()


def tier(*parts: tuple[str, float, float]) -> tuple[Interval, ...]:
    return tuple(Interval(start_s, end_s, text) for text, start_s, end_s in parts)


BY_HAND = Alignment(
    words=tier(("", 0, 0.1), ("Nie", 0.1, 0.2), ("", 0.2, 0.22), ("tata,", 0.22, 0.62),
               ("", 0.62, 0.8), ("oko.", 0.8, 1.1), ("", 1.1, 1.3)),
    phones=tier(("", 0, 0.1), ("ɲ", 0.1, 0.12), ("ʲ", 0.12, 0.15), ("ɛ", 0.15, 0.2),
                ("", 0.2, 0.22), ("t", 0.22, 0.3), ("a", 0.3, 0.4), ("t", 0.4, 0.5),
                ("a", 0.5, 0.62), ("", 0.62, 0.8), ("ɔ", 0.8, 0.9), ("k", 0.9, 1.0),
                ("ɔ", 1.0, 1.1), ("", 1.1, 1.3)),
)  # fmt: skip


def test_labels_by_hand():
    labels = polish.full_context_labels("Nie tata, oko.", BY_HAND)
    found = dict(zip(labels.starts.tolist(), labels.texts, strict=True))
    assert list(found) == [
        0, 1_000_000, 1_500_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_200_000,
        8_000_000, 9_000_000, 10_000_000, 11_000_000,
    ]  # fmt: skip
    assert found[0] == (
        "x^x-pau+ni=e@x_x/A:0_0_0/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x/C:0+0+2/D:0_0"
        "/E:x+x@x+x&x+x#x+x/F:part_1/G:0_0/H:x=x^1=2|0/I:3=2/J:5+3-2"
    )
    assert found[2_000_000] == (
        "ni^e-t+a=t@1_2/A:0_0_2/B:1-2-2@1-2&2-2#0-0$0-0!0-0;0-0|a/C:0+0+2/D:part_1"
        "/E:content+2@2+1&0+0#0+0/F:content_2/G:0_0/H:3=2^1=2|L-H%/I:2=1/J:5+3-2"
    )
    assert found[6_200_000] == (
        "t^a-pau+o=k@x_x/A:0_0_2/B:x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x/C:1+2+1/D:content_2"
        "/E:x+x@x+x&x+x#x+x/F:content_2/G:3_2/H:x=x^1=2|0/I:2=1/J:5+3-2"
    )
    assert found[10_000_000] == (
        "o^k-o+pau=x@2_1/A:1_2_1/B:0-0-2@2-1&2-1#1-0$1-0!1-0;1-0|o/C:0+0+0/D:content_2"
        "/E:content+2@1+1&0+0#0+0/F:0_0/G:3_2/H:2=1^2=1|L-L%/I:0=0/J:5+3-2"
    )


def test_text_that_is_not_polish_is_refused():
    with pytest.raises(UtteranceError, match="DIGIT THREE"):
        polish.full_context_labels("Nie tata, oko 3.", BY_HAND)


def test_backward_times_are_refused():
    phones = list(BY_HAND.phones)
    phones[-1] = Interval(1.1, 0.95, "")
    with pytest.raises(UtteranceError, match="expected an end after the start"):
        polish.full_context_labels("Nie tata, oko.", Alignment(BY_HAND.words, tuple(phones)))


def test_real_speech(shared):
    import parselmouth  # a heavy import that only this test needs

    folder = shared / "corpora" / "nemo"
    rows = (folder / "data.tsv").read_text(encoding="utf-8").splitlines()[1:60:12]
    for row in rows:
        name, _, text, *_ = row.split("\t")
        sound = parselmouth.Sound(str(folder / "samples" / name))
        labels = polish.full_context_labels(text, align(sound, text))
        assert labels.ends[-1] == pytest.approx(sound.duration * 1e7, abs=50_000)
        assert (labels.ends > labels.starts).all()
