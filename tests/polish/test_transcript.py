"""Phones to words, and pauses, on small alignments made by hand."""

import pytest

from intonation.errors import UtteranceError
from intonation.labels.intervals import Alignment, Interval
from intonation.polish.transcript import segments, spoken_words


def tier(*parts: tuple[str, float]) -> tuple[Interval, ...]:
    """Intervals from (text, duration in ms), one after the other."""
    intervals, start_s = [], 0.0
    for text, duration_ms in parts:
        end_s = start_s + duration_ms / 1000
        intervals.append(Interval(start_s, end_s, text))
        start_s = end_s
    return tuple(intervals)


def spoken(text: str, *parts: tuple[str, str], gap_ms: float = 20) -> Alignment:
    """An alignment: (word as in the tier, its IPA phones), 50 ms a phone, gaps between."""
    words, phones = [("", 100.0)], [("", 100.0)]
    for word, ipa in parts:
        words += [(word, 50.0 * len(ipa.split())), ("", gap_ms)]
        phones += [(phone, 50.0) for phone in ipa.split()] + [("", gap_ms)]
    return Alignment(tier(*words), tier(*phones))


def words_of(text: str, alignment: Alignment) -> list[tuple[str, str]]:
    return [(word.text, " ".join(word.symbols)) for word in spoken_words(text, alignment)]


def symbols_of(text: str, alignment: Alignment) -> list[str]:
    end_s = alignment.phones[-1].end_s
    row = segments(spoken_words(text, alignment), start_s=0.0, end_s=end_s)
    assert row[0].start_s == 0.0
    assert row[-1].end_s == end_s
    assert all(left.end_s == right.start_s for left, right in zip(row, row[1:], strict=False))
    assert all(segment.end_s > segment.start_s for segment in row)
    return [segment.symbol for segment in row]


@pytest.mark.parametrize(
    ("text", "interval", "ipa", "expected"),
    [
        ("Nie ma", "Nie ma", "ɲ ʲ ɛ m a", [("nie", "ni e"), ("ma", "m a")]),
        ("Nie chcę", "Nie chcę", "ɲ ʲ ɛ x ts ɛ", [("nie", "ni e"), ("chcę", "h c e")]),
        (
            "przeze mnie",
            "przeze mnie",
            "p ʃ ɛ z ɛ m ɲ ʲ ɛ",
            [("przeze", "p sz e z e"), ("mnie", "m ni e")],
        ),
        ("na nim", "na nim —", "n a ɲ i m", [("na", "n a"), ("nim", "ni i m")]),
        ("od nich", "od nich", "ɔ d ɲ i x", [("od", "o d"), ("nich", "ni i h")]),
        ("z tym tu", "z tym tu", "s t ɨ m t u", [("tym", "s t y m"), ("tu", "t u")]),
        ("biało-czarny", "biało-czarny", "b ʲ a w ɔ tʃ a r n ɨ",
         [("biało", "b j a w o"), ("czarny", "cz a r n y")]),
    ],
)  # fmt: skip
def test_words_in_one_interval_are_split(text, interval, ipa, expected):
    assert words_of(text, spoken(text, (interval, ipa))) == expected


def test_proclitics_join_the_next_word():
    alignment = spoken("", ("W", "v"), ("domu", "d ɔ m u"), ("z", "z"), ("nią.", "ɲ ʲ ɔ̃"))
    words = spoken_words("W domu z nią.", alignment)
    assert [(word.text, word.proclitic, word.mark) for word in words] == [
        ("domu", True, ""),
        ("nią", True, "."),
    ]
    assert [" ".join(word.symbols) for word in words] == ["v d o m u", "z ni on"]


def test_a_proclitic_before_a_pause_joins_the_word_before():
    alignment = spoken("", ("Dom", "d ɔ m"), ("w", "v"), ("lesie.", "l ɛ ɕ ɛ"), gap_ms=300)
    assert words_of("Dom w lesie.", alignment) == [("dom", "d o m v"), ("lesie", "l e si e")]


def test_short_gaps_are_closed():
    alignment = spoken("", ("ta", "t a"), ("pa", "p a"), ("fa", "f a"))
    text = "ta pa fa"
    assert symbols_of(text, alignment) == ["pau", "t", "a", "p", "a", "f", "a", "pau"]
    row = segments(spoken_words(text, alignment), start_s=0.0, end_s=0.46)
    by_symbol = {segment.symbol: segment for segment in row}
    # the closure of the stop begins where the vowel ends, the vowel lasts to the fricative
    assert by_symbol["p"].start_s == pytest.approx(0.200)
    assert by_symbol["f"].start_s == pytest.approx(0.340)


@pytest.mark.parametrize(
    ("text", "gap_ms", "pauses"),
    [("ta fa", 90, 2), ("ta fa", 110, 3), ("ta, fa", 40, 2), ("ta, fa", 60, 3)],
)
def test_pauses_by_length_and_punctuation(text, gap_ms, pauses):
    alignment = spoken("", ("ta", "t a"), ("fa", "f a"), gap_ms=gap_ms)
    assert symbols_of(text, alignment).count("pau") == pauses


def test_no_pause_where_the_recording_has_no_edge():
    phones = tier(("t", 50), ("a", 50), ("", 3))
    alignment = Alignment(tier(("ta", 100), ("", 3)), phones)
    assert symbols_of("ta", alignment) == ["t", "a"]


def test_phones_outside_word_intervals_go_to_the_word_before():
    words = tier(("", 100), ("zirkon,", 50), ("", 300), ("ta", 100))
    phones = tier(
        ("", 100), ("z", 50), ("i", 50), ("r", 50), ("k", 50), ("ɔ", 50), ("n", 50), ("", 50),
        ("t", 50), ("a", 50),
    )  # fmt: skip
    found = words_of("zirkon, ta", Alignment(words, phones))
    assert found == [("zirkon", "z i r k o n"), ("ta", "t a")]


def test_a_repeated_last_word_without_phones_is_left_out():
    words = tier(("ta.", 100), ("", 50), ("ta.”", 7))
    alignment = Alignment(words, tier(("t", 50), ("a", 50), ("", 57)))
    assert words_of("„ta.”", alignment) == [("ta", "t a")]


@pytest.mark.parametrize(
    ("text", "parts", "message"),
    [
        ("ta fa", [("ta", "t a")], 'the word "fa" of the text is not in the alignment'),
        ("ta", [("ta", "t a"), ("fa", "f a")], 'has "fa" at .* where the text has ""'),
        ("ta ba", [("ta", "t a"), ("fa", "f a")], 'has "fa" at .* where the text has "ba"'),
        ("ta", [("ta", "t æ")], '"ta": the phone "æ" is not in the Polish inventory'),
        ("pst", [("pst", "p s t")], '"pst" was aligned with no vowel'),
        ("ta fa", [("ta fa", "t")], "1 phones, too few for 2 words"),
    ],
)
def test_what_does_not_fit_is_named(text, parts, message):
    with pytest.raises(UtteranceError, match=message):
        spoken_words(text, spoken(text, *parts))


def test_a_word_without_phones_is_an_error():
    words = tier(("ta", 100), ("fa", 100))
    with pytest.raises(UtteranceError, match='"fa" at 0.10 s has 0 phones'):
        spoken_words("ta fa", Alignment(words, tier(("t", 50), ("a", 50), ("", 100))))


def test_an_empty_alignment_is_an_error():
    with pytest.raises(UtteranceError, match='the word "ta"'):
        spoken_words("ta", Alignment((), ()))
