"""Phones as aligners and people write them: recognised by the file, read as Polish phones."""

import pytest

from intonation.errors import UtteranceError
from intonation.labels.intervals import Interval
from intonation.polish.alphabets import in_ipa, is_silence, recognise
from intonation.polish.phones import polish_symbols

CLARIN = "CLARIN-PL's letters"
# each phone set as its owner lists it: signs, and what they are in labels, word by word
WRITTEN = {
    "of eSpeak": ("IPA", "d ʑ i ɛ ɲ | ʃ ɨ tʃ ɔ̃", "d zi i e ni | sz y cz on"),
    "with ties": ("IPA", "d͡ʑ ɛ ɲ | t͡s a | t͡ʂ ɨ | ɡ u ʐ", "dzi e ni | c a | cz y | g u zh"),
    "ligatures": ("IPA", "ʥ ɛ ɲ | ʦ a | ʧ ɨ", "dzi e ni | c a | cz y"),
    "polish_mfa": ("IPA", "t̪s̪ ɔ ʎ i d̪z̪ a n̪ | d̪ ɔ̃ s̪", "c o l i dz a n | d on s"),
    "polish_mfa, soft": ("IPA", "pʲ ɛ s̪ | mʲ i t̪ | k ɔ j̃ s̪ c i", "p j e s | m i t | k o ni s kj i"),
    "polish_cv": ("IPA", "kʲ i t͡ɕ | ɡʲ ɛ w", "kj i ci | gj e w"),
    "WebMAUS in IPA": ("IPA of WebMAUS", "dzʲ ɛ nʲ | sʲ i | tʂ ɨ", "dzi e ni | si i | cz y"),
    "SAMPA": ("SAMPA", "dz' e n' | S I tS o~ | k' e | t_s a", "dzi e ni | sz y cz on | kj e | c a"),
    "SAMPA, nasal glides": ("SAMPA", "v e w~ x | k o j~ s k' i", "v en h | k o ni s kj i"),
    "WebMAUS": ("SAMPA", "dz_j e n_j | s` y tS o~ | p_j e s", "dzi e ni | sz y cz on | p j e s"),
    "X-SAMPA": ("X-SAMPA", "dz\\ E J | S 1 tS O~ | s` | C i", "dzi e ni | sz y cz on | sz | hj i"),
    "CLARIN-PL": (CLARIN, "dzi e ni | S I | tsi en | k j e", "dzi e ni | sz y | ci en | kj e"),
}  # fmt: skip


def read(written):
    """Alphabet and label symbols, word by word, of symbols that last 100 ms each."""
    words, place_s = [], 0.0
    for word in written.split(" | "):
        row = []
        for symbol in word.split():
            row.append(Interval(place_s, place_s + 0.1, symbol))
            place_s += 0.1
        words.append(row)
    ipa, name = in_ipa([phone for row in words for phone in row], source="a.TextGrid")
    symbols = []
    for row in words:
        inside = [one for one in ipa if row[0].start_s <= one.start_s < row[-1].end_s - 1e-9]
        symbols.append(" ".join(p.text for p in polish_symbols(inside, word="?")))
    return name, " | ".join(symbols)


@pytest.mark.parametrize("who", WRITTEN)
def test_every_alphabet_is_recognised_and_read(who):
    name, written, symbols = WRITTEN[who]
    assert read(written) == (name, symbols)


def test_one_symbol_of_two_meanings_is_read_by_its_neighbours():
    assert read("s' J e")[1] == "si gj e"  # in the SAMPA that has J for the stop in giełda
    assert read("s\\ J E")[1] == "si ni e"


def test_a_symbol_of_no_alphabet_is_named_with_its_time():
    phones = [Interval(0, 0.1, "ɕ"), Interval(0.1, 0.25, "θ"), Interval(0.25, 0.3, "a")]
    with pytest.raises(UtteranceError) as caught:
        in_ipa(phones, source="a.TextGrid")
    assert 'a.TextGrid: the phone "θ" at 0.100 s is no Polish phone in IPA' in str(caught.value)
    assert "Correct the label" in str(caught.value)


@pytest.mark.parametrize("label", ["", " ", "sil", "SP", "spn", "<p:>", "<eps>", "pau", "_", "#"])
def test_silence_has_many_names(label):
    assert is_silence(label)
    ipa, _ = in_ipa([Interval(0, 1, label), Interval(1, 2, "a")], source="a")
    assert ipa == (Interval(0, 1, ""), Interval(1, 2, "a"))


def test_what_is_no_phone_of_polish_is_silence_and_no_word_is():
    assert in_ipa([Interval(0, 1, "ʔ"), Interval(1, 2, "t̪")], source="a")[0][0].text == ""
    assert not any(is_silence(word) for word in ("a", "i", "o", "u", "w", "z", "psst"))


def test_a_soft_consonant_gives_its_end_to_the_glide():
    ipa, _ = in_ipa([Interval(1.0, 1.1, "pʲ"), Interval(1.1, 1.2, "ɛ")], source="a")
    pies = polish_symbols(list(ipa), word="pie")
    assert [phone.text for phone in pies] == ["p", "j", "e"]
    assert pies[0].end_s == pies[1].start_s == pytest.approx(1.06)


def test_nothing_recognised_is_an_error_that_names_the_alphabets():
    assert recognise(["q", "ß"]).name == "IPA"
    with pytest.raises(UtteranceError, match="IPA of WebMAUS, SAMPA, X-SAMPA"):
        in_ipa([Interval(0, 1, "ß")], source="a")
