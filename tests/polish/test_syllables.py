"""Syllables of hand-checked words."""

import pytest

from intonation.polish.syllables import syllabify

# One syllable between hyphens, phones between spaces.
WORDS = {
    "matka": "m a t-k a",
    "okno": "o-k n o",
    "miasto": "m j a-s t o",
    "siostra": "si o-s t r a",
    "zawsze": "z a f-sz e",
    "perła": "p e r-w a",
    "wyspa": "v y-s p a",
    "ekspert": "e k-s p e r t",
    "jeszcze": "j e-sz cz e",
    "szczęście": "sz cz e ni-si ci e",
    "państwo": "p a ni-s t f o",
    "nigdy": "ni i g-d y",
    "jabłko": "j a p-k o",
    "dziecko": "dzi e c-k o",
    "książka": "k si on-sz k a",
    "poprawiać": "p o-p r a-v j a ci",
    "Henryk": "h e n-r y k",
    "historia": "hj i-s t o-r j a",
    "zmiana": "z m j a-n a",
    "łatwy": "w a-t f y",
    "zachwyt": "z a-h f y t",
    "pszczoła": "p sz cz o-w a",
    "źdźbło": "zi dzi b w o",
    "wstrząs": "f s t sz on s",
    "bezwzględny": "b e z v-z g l e n-d n y",
    "nauka": "n a-u-k a",
    "aorta": "a-o r-t a",
    "kakao": "k a-k a-o",
    "chmura": "h m u-r a",
    "trzmiel": "t sz m j e l",
    "kartka": "k a r t-k a",
    "pierwszy": "p j e r f-sz y",
    "gwiazda": "g v j a-z d a",
    "tęcza": "t e n-cz a",
    "sędzia": "s e ni-dzi a",
    "ziemia": "zi e-m j a",
    "robotnik": "r o-b o-t ni i k",
    "wanna": "v a n-n a",
    "oddać": "o d-d a ci",
    "ulga": "u l-g a",
    "wolny": "v o l-n y",
    "wiedźma": "v j e-dzi m a",
    "świat": "si f j a t",
}


@pytest.mark.parametrize("word", WORDS)
def test_syllables(word):
    expected = [part.split() for part in WORDS[word].split("-")]
    symbols = [symbol for part in expected for symbol in part]
    found = [[symbols[index] for index in part] for part in syllabify(symbols)]
    assert found == expected


def test_every_phone_is_in_one_syllable_in_order():
    symbols = list("kontrstratek")
    parts = syllabify(symbols)
    assert [index for part in parts for index in part] == list(range(len(symbols)))
    assert len(parts) == 3


def test_a_word_needs_a_vowel():
    with pytest.raises(ValueError, match="no vowel in the word p s t"):
        syllabify(["p", "s", "t"])
