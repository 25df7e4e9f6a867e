"""The phone inventory, and the mending of eSpeak NG's IPA."""

import pytest

from intonation.errors import UtteranceError
from intonation.labels.intervals import Interval
from intonation.polish.phones import BY_SYMBOL, INVENTORY, VOWELS, polish_symbols, symbol_of


def mended(word: str, ipa: str) -> str:
    """Symbols of a word whose phones last 0.1 s each."""
    parts = ipa.split()
    phones = [Interval(0.1 * i, 0.1 * (i + 1), part) for i, part in enumerate(parts)]
    return " ".join(phone.text for phone in polish_symbols(phones, word=word))


def test_symbols_are_unique_and_safe_in_hts_labels():
    symbols = [phone.symbol for phone in INVENTORY]
    assert len(set(symbols)) == len(symbols) == len({phone.ipa for phone in INVENTORY})
    for symbol in symbols:
        assert symbol.isascii()
        assert symbol.isalnum()
        assert symbol not in ("x", "pau", "sil", "no")


def test_every_phone_has_articulatory_classes():
    manners = {"vowel", "stop", "affricate", "fricative", "nasal", "lateral", "trill", "glide"}
    assert {phone.manner for phone in INVENTORY} == manners
    for phone in INVENTORY:
        assert (phone.height != "") == (phone.manner == "vowel") == (phone.symbol in VOWELS)
        assert phone.voiced or phone.manner in ("stop", "affricate", "fricative")


def test_voiced_and_voiceless_obstruents_pair_up():
    for phone in INVENTORY:
        if phone.manner in ("stop", "affricate"):
            twins = [p for p in INVENTORY if (p.manner, p.place) == (phone.manner, phone.place)]
            assert {twin.voiced for twin in twins} == {True, False}, phone.symbol


@pytest.mark.parametrize(
    ("word", "ipa", "expected"),
    [
        ("pies", "p ʲ ɛ s", "p j e s"),
        ("lubię", "l u b j ɛ", "l u b j e"),
        ("zrobili", "z r ɔ b ʲ i l i", "z r o b i l i"),
        ("nie", "ɲ ʲ ɛ", "ni e"),
        ("mnie", "m ɲ ʲ ɛ", "m ni e"),
        ("kiedy", "k ʲ ɛ d ɨ", "kj e d y"),
        ("kino", "k i n ɔ", "kj i n o"),
        ("ogień", "ɔ ɡ ʲ ɛ ɲ", "o gj e ni"),
        ("historia", "ç i s t ɔ r j a", "hj i s t o r j a"),
        ("dinozaur", "dʲ i n ɔ z a w r", "d i n o z a w r"),
        ("klechdy", "k l ɛ ɣ d ɨ", "k l e h d y"),
        ("bardzo", "b a r dʑ ɔ", "b a r dz o"),
        ("widzieć", "v i dʑ ɛ tɕ", "v i dzi e ci"),
        ("więc", "v j ɛ n dʑ", "v j e n dz"),
        ("podziemny", "p ɔ d ʑ ɛ m n ɨ", "p o d zi e m n y"),
        ("trzy", "t ʃ ɨ", "t sz y"),
        ("drzewa", "d ʒ ɛ v a", "d zh e v a"),
        ("dżem", "dʒ ɛ m", "dzh e m"),
        ("chce", "x ts ɛ", "h c e"),
        ("wąż", "v ɔ̃ ʃ", "v on sz"),
        ("kęs", "k ɛ̃ s", "k en s"),
        ("ręka", "r ɛ ŋ k a", "r e ng k a"),
    ],
)
def test_mending(word, ipa, expected):
    assert mended(word, ipa) == expected


def test_mended_phones_keep_the_whole_time():
    phones = [Interval(0.0, 0.1, "ɲ"), Interval(0.1, 0.15, "ʲ"), Interval(0.15, 0.3, "ɛ")]
    assert polish_symbols(phones, word="nie") == [
        Interval(0.0, 0.15, "ni"),
        Interval(0.15, 0.3, "e"),
    ]


def test_every_inventory_ipa_maps_back():
    for phone in INVENTORY:
        assert BY_SYMBOL[symbol_of(phone.ipa, word="")] is phone


def test_unknown_symbol_names_symbol_and_word():
    with pytest.raises(UtteranceError, match=r'"thriller".*"θ"'):
        symbol_of("θ", word="thriller")


def test_phone_without_duration_is_refused():
    with pytest.raises(UtteranceError, match=r'"a" at 0\.500 s has no duration'):
        polish_symbols([Interval(0.5, 0.5, "a")], word="a")
