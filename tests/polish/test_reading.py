"""Written Polish as it is read aloud."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import cases, is_right

from intonation.errors import CorpusError, UtteranceError
from intonation.polish import Dictionary, check_text, read_dictionary, read_out, sentences, words_of
from intonation.polish.words import LETTERS

TUNED, PROSE, HELD_OUT, ONCE_UNSEEN, RUNNING, LAST = (
    cases(name) for name in ("cases", "prose", "held_out", "unseen", "running", "last")
)
FRESH = [cases(f"fresh_{number}") for number in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    "some",
    [TUNED, PROSE, HELD_OUT, ONCE_UNSEEN + RUNNING, LAST, sum(FRESH, [])],
    ids=["tuned on", "prose", "held out", "running text", "last", "fresh"],
)
def test_written_cases_are_read_as_a_person_would(some):
    wrong = {
        written: reading.text
        for _, written, expected in some
        if (reading := read_out(written)).unread or not is_right(reading.text, expected)
    }
    share = 1 - len(wrong) / len(some)
    assert share >= 0.95, "\n".join(f"{written} -> {read}" for written, read in wrong.items())


def test_there_are_enough_cases_and_none_is_in_two_lists():
    lists = (TUNED, PROSE, HELD_OUT, ONCE_UNSEEN, RUNNING, LAST, *FRESH)
    assert [len(some) for some in lists] == [748, 180, 60, 30, 30, 60, 79, 79, 80, 79, 78]
    written = [case[1] for some in lists[1:] for case in some]
    assert len(written) == len({*written}) and not {*written} & {case[1] for case in TUNED}


def test_only_an_expected_reading_is_right():
    assert is_right("dwa do jednego", "dwa {do jednego/jeden}") and is_right("pół", "{jeden /}pół")
    assert not is_right("dwa", "dwa {do jednego/jeden}") and not is_right("dwaj", "dwa")


def test_what_was_read_is_not_read_again():
    for _, _, expected in TUNED + HELD_OUT:
        assert read_out(expected).text == expected
        check_text(expected)


def test_plain_texts_are_as_they_were_and_load_nothing():
    program = (
        "import sys; from intonation.polish import read_out, sentences, words_of\n"
        "assert all(read_out(text).text is text for text in sentences())\n"
        "assert all(words_of(text) == text for text in sentences())\n"
        "print(sorted({'morfeusz2', 'num2words'} & {*sys.modules}))\n"
        "words_of('Mam 3 koty.'); print(sorted({'morfeusz2', 'num2words'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['morfeusz2', 'num2words']"], done.stderr


def test_changes_are_told():
    reading = read_out("Kupił 3 kg jabłek, np. renet.")
    assert reading.text == "Kupił trzy kilogramy jabłek, na przykład renet."
    assert reading.changes == (("3 kg", "trzy kilogramy"), ("np.", "na przykład"))
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("Program 3.11 wyszedł.", "3.11"),
        ("Pisz na jan@qxv.pl dziś.", "jan@qxv.pl"),
        ("Zobacz www.xkcd.com dziś.", "www.xkcd.com"),
        ("Policz 3x - 1.", "3x"),
        ("Było to 5-tym razem i 5-oro.", "5-oro"),
        ("Mówi o tym ABCDE.", "ABCDE"),
        ("Rozdano 12345678901234567890 ulotek.", "12345678901234567890"),
        ("Wynik 7–3 cieszy.", "7–3"),
        ("Pan Wang Xiao śpi.", "Xiao"),
        ("Lubię koty 😀.", "😀"),
        ("To było 14:30:15 po starcie.", "14:30:15"),
        ("Szedł przez km.", "km"),
        ("Zobacz XVII i wracaj.", "XVII"),
        ("Dostali po 17.", "17."),
        ("Przyszedł 3. z kolei.", "3."),
        ("Kup śred. młotek.", "śred"),
    ],
)
def test_what_no_rule_reads_is_listed_and_never_guessed(text, stretch):
    assert [unread.written for unread in read_out(text).unread] == [stretch]
    with pytest.raises(UtteranceError) as caught:
        words_of(text)
    message = str(caught.value)
    assert f'"{stretch}"' in message and "expected" in message and "dictionary.txt" in message


NASTY = [
    ("Lubię 🍕 i 👨‍👩‍👧.", ""),
    ("E=mc² to wzór.", ""),
    ("Pole to a_1 + b^2.", ""),
    ("Москва jest duża.", ""),
    ("Tytuł 中文 w środku.", ""),
    ("Numer 123456789012345678901234567890.", ""),
    ("Ala\x00ma kota.", ""),
    ("Ala\x07ma 3 koty.", ""),
    ("Ala\u200bma 3 koty.", ""),
    ("Miał 5\u00ad kotów.", ""),
    ("Zły \ud800 znak.", ""),
    ("Robot R2D2 wstał.", ""),
    ("Robot C-3PO wstał.", ""),
    ("#hashtag na dziś.", ""),
    ("50% rabatu * dotyczy.", ""),
    ("{klamra} otwarta.", ""),
    ("Plik C:\\dom\\plik.txt zginął.", ""),
    ("Adres 192.168.0.1 działa.", ""),
    ("Wydano v1.2.3-beta dziś.", ""),
    ("Dzielił 5/0 i 0/5.", ""),
    ("Dnia 32.13.2024 nic.", ""),
    ("Ma 1e10 atomów.", ""),
    ("Kod 0x1F działa.", ""),
    ("Zapisał IIII na murze.", ""),
    ("Było 1..2 lub 5,,3 tego.", ""),
    ("Wynik 3,-5 lub --5.", ""),
    ("Kupił $-5 akcji.", ""),
    ("Znak ∑ i ∫ tu są.", ""),
    ("Punkt 50°N leży tam.", ""),
    ("Kwota 1,234,567.89 przepadła.", ""),
    ("Kwota 1'000'000 przepadła.", ""),
    ("Liczba 10^5 jest duża.", ""),
    ("Napisał <b>tak</b> i już.", ""),
    ("Wpisz %s albo %d.", ""),
    ("Litera ⅷ i ①.", ""),
    ("Zje ñandú albo naïve.", ""),
    ("Otwarty (nawias 5 osób", "Otwarty (nawias pięć osób"),
    ("Zamknięty) 3 koty.", "Zamknięty) trzy koty."),
    ("Tab\ttu 3 koty.", "Tab\ttu trzy koty."),
    ("Nowa\nlinia za 5 zł.", "Nowa\nlinia za pięć złotych."),
    ("Pokój [1] jest tu.", "Pokój [jeden] jest tu."),
    ("ISBN 978-83-01-12345-6.", None),
    ("Wlej ½l mleka.", "Wlej pół litra mleka."),
    ("Mam ٣ koty.", "Mam trzy koty."),
    ("Wiemy, że x²+y²=z².", None),
    ("Dzwoń: tel.:+48(22)1234567.", None),
]


@pytest.mark.parametrize(("text", "read"), NASTY)
def test_nasty_texts_are_read_or_listed_and_never_dropped(text, read):
    """read: "" where something has to be listed, None where either will do."""
    reading = read_out(text)
    if read:
        assert reading.words() == read
    elif read == "":
        assert reading.unread
    for unread in reading.unread:
        assert unread.written in unicodedata.normalize("NFC", text) and unread.why
        assert unread.written in reading.text
    if not reading.unread:
        check_text(reading.words())


def test_many_stretches_are_counted():
    with pytest.raises(UtteranceError, match="and 7 more"):
        words_of("😀 " * 10)


def test_a_text_without_words_is_refused():
    with pytest.raises(UtteranceError, match="no words"):
        words_of("...!")


def test_decomposed_letters_are_read():
    written = unicodedata.normalize("NFD", "W 5 łóżkach śpią żółwie.")
    assert words_of(written) == "W pięciu łóżkach śpią żółwie."


def test_the_dictionary_goes_before_all_rules():
    own = Dictionary({"3x": "trzy razy", "ABC": "abecadło", "zamarza": "zamar-za", "3": "trójka"})
    assert words_of("Kup 3x chleb, ABC i 3.", own) == "Kup trzy razy chleb, abecadło i trójka."
    assert words_of("Zamarza rzeka. Woda zamarza.", own) == "Zamar-za rzeka. Woda zamar-za."
    assert words_of("Nie zamarzały 33 ABCD-y.".replace(" ABCD-y", ""), own).startswith("Nie zamarz")
    assert not Dictionary() and not Dictionary({})


def test_a_dictionary_is_read_from_a_file(tmp_path):
    path = tmp_path / "dictionary.txt"
    path.write_bytes("\ufeff# moje słowa\r\n\r\nXiao\tSiao\r\nR2-D2\ter dwa de dwa\r\n".encode())
    own = read_dictionary(path)
    assert words_of("Xiao ma R2-D2.", own) == "Siao ma er dwa de dwa."


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"Xiao Siao\n", "line 1: found 'Xiao Siao'"),
        (b"# a\nXiao\t\n", "line 2: found"),
        (b"Xiao\ta\tb\n", "line 1: found"),
        (b"Xiao\tX\n", 'line 1: the text "X" has characters outside Polish'),
        (b"kot\t/k o t/\n", "line 1: '/k o t/' looks like phones"),
        (b"Xiao\tSiao\nXiao\tSiau\n", 'line 2: "Xiao" was given before as "Siao"'),
        (b"Xiao\t\xff\n", "cannot be read"),
        (b"#" * 1_000_001, "at most"),
    ],
)
def test_a_bad_dictionary_names_file_and_line(tmp_path, content, found):
    path = tmp_path / "dictionary.txt"
    path.write_bytes(content)
    with pytest.raises(CorpusError) as caught:
        read_dictionary(path)
    assert found in str(caught.value) and "dictionary.txt" in str(caught.value)


_WRITTEN = """3 12 1989 007 0 1 2,5 3,14 12,50 1/2 ½ 10–15 2-3 14:30 7.15 03.05.2024 31.02.2024
    2024-05-03 1.500 zł $ €20 km km/h °C % tys. mln np. m.in. prof. dr dr. ul. św. hab. godz. r. w.
    nr § & + = / @ PKP ZUS UE ZUS-u XVII IV I V II Jan J. Kowalski roku wieku piętro maja kotów
    domach osobami w od do z przed po na o i a - – . , ? „ ” ( ) xero Xavier 3-letni A4 5G lata 90.
    klasa strona tel. min s. al. im. ok. ° − — 😀 ß ٣ ² x nie mam dzieci ludzie"""
PIECES = [*_WRITTEN.split(), "+48 600 700 800", "1 000 000", "\n", "\u00a0", "\u202f"]


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=9),
    st.sampled_from([" ", "", "\u00a0"]),
)
def test_any_text_is_read_or_refused(pieces, space):
    try:
        words = words_of(space.join(pieces))
    except UtteranceError:
        return
    check_text(words)


@given(st.lists(st.text(LETTERS, min_size=3, max_size=9), min_size=1, max_size=8))
def test_plain_words_stay(words):
    text = " ".join(word + "a" for word in words) + "."
    assert read_out(text).text == text == read_out(read_out(text).text).text


def test_sentences_of_the_corpus_have_nothing_to_read():
    assert not [text for text in sentences() if read_out(text).changes]
