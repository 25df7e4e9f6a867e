"""The embedded sentences are many, varied, pronounceable and unlike each other."""

import collections
import re
from importlib import resources

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

LETTERS = "aąbcćdeęfghijklłmnńoóprsśtuwyzźż"
MARKS = ",.?!…;:–„”()"
WH_WORD = re.compile(
    "co|k(to|ogo|omu|im)|cz(ym|ego|emu)|gdzie|dokąd|skąd|którędy|kiedy|jak|jak(i|a|ie|iego)"
    "|któr(a|y|e|ego|ej)|ile|ilu|dlaczego"
)
# '-yka/-ika' nouns and the verb forms whose stress falls before the penultimate syllable.
LEARNED_NOUN = re.compile(r"\w+[iy](ka|kę|ce|ki)\b")
CONDITIONAL_PLURAL = re.compile(r"\w+(li|ły)by(śmy|ście)\b")
PAST_PLURAL = re.compile(r"\w+(li|ły)(śmy|ście)\b")
# What stands for a sound, or a cluster of sounds, that Polish has and many languages lack.
SPELLINGS = (
    *("dzi", "dź", "dż", "dz(?!i)", "dzw", "ch", "h", "ń", "ni", "ć", "ci", "ś", "si"),
    *("ź", "zi", "rz", "ż", "sz", "cz", "szcz", "ł", "j", "gi", "ki", "chi", "bi"),
    *("pi", "wi", "fi", "mi", "nk", "ng", "trz", "strz", "drz", "prz", "śl", "źr"),
    *("ść", "(źdź|ździ)", "żdż", "ół", "ów[^a-z]"),
)
# Letters that stand for nasal vowels, each before the sounds that change them.
NASAL_CONTEXTS = {
    "a labial stop": "[ąę][pb]",
    "a dental stop": "[ąę](t|d(?![zźż]))",
    "an alveolo-palatal affricate": "[ąę](ć|ci|dź|dzi)",
    "a retroflex affricate": "[ąę](cz|dż)",
    "a dental affricate": "[ąę](c(?![zhi])|dz(?!i))",
    "a velar stop": "[ąę][kg]",
    "a fricative": "[ąę](s|z|ż|rz|ś|ź|f|w|ch)",
    "a lateral or a glide": "[ąę][lł]",
    "a word boundary": r"[ąę]\b",
}


def clean_lines(text):
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def words(sentence):
    return re.findall(rf"[{LETTERS}]+", sentence.lower())


def kind(sentence):
    """Statement, question (yes/no or wh) or exclamation, from the final mark and first words."""
    final = sentence.rstrip("”)")[-1]
    if final != "?":
        return {"!": "exclamation"}.get(final, "statement")
    last_clause = words(re.split("[:;]", sentence)[-1])
    asks = any(WH_WORD.fullmatch(word) for word in last_clause[:2])
    return "wh-question" if asks else "yes/no question"


def stems(sentence):
    """The sentence's words cut to five letters, so that inflected copies still look alike."""
    return frozenset(word[:5] for word in words(sentence))


def near_duplicates(sentences, most_shared=0.35):
    """Pairs whose stems overlap by more than `most_shared` (Jaccard)."""
    found = CountVectorizer(analyzer=stems, dtype=float).fit_transform(sentences).toarray()
    shared, sizes = found @ found.T, found.sum(axis=1)
    pairs = np.argwhere(np.triu(shared > most_shared * (sizes[:, None] + sizes - shared), k=1))
    return [(sentences[i], sentences[j]) for i, j in pairs]


def shared_ngrams(sentences, length):
    """Word sequences of `length` that stand in more than one sentence."""
    counts = collections.Counter()
    for sentence in sentences:
        tokens = words(sentence)
        counts.update({tuple(tokens[k : k + length]) for k in range(len(tokens) - length + 1)})
    return [ngram for ngram, count in counts.items() if count > 1]


@pytest.fixture(scope="module")
def text():
    path = resources.files("intonation.polish") / "sentences.txt"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sentences(text):
    return clean_lines(text)


def matching(sentences, pattern):
    return [sentence for sentence in sentences if re.search(pattern, sentence.lower())]


def test_there_are_enough_sentences(sentences):
    assert len(sentences) >= 650


def test_lengths_are_readable_and_varied(sentences):
    lengths = [len(words(sentence)) for sentence in sentences]
    assert [s for s, n in zip(sentences, lengths, strict=True) if not 3 <= n <= 25] == []
    assert 9 <= sum(lengths) / len(lengths) <= 10
    assert sum(n >= 13 for n in lengths) >= 0.1 * len(lengths)


def test_every_character_is_polish(sentences):
    allowed = set(LETTERS + LETTERS.upper() + MARKS + " ")
    assert {s: set(s) - allowed for s in sentences if set(s) - allowed} == {}


def test_spacing_and_punctuation_are_orthographic(sentences):
    wrong = r"  | [,.?!…;:)”]|[,;:)”…–](?=[^\W\d])|[(„] |\.\.|[^ ]–|–[^ ]|[,.?!…;:][,;:.?!…]"
    assert matching(sentences, wrong) == []
    assert [s for s in sentences if not re.match(r"„?[^\W\d_]", s)] == []
    assert [s for s in sentences if s.lstrip("„")[0].islower()] == []
    assert [s for s in sentences if s.rstrip("”")[-1] not in ".?!…"] == []
    assert [s for s in sentences if s.count("„") != s.count("”")] == []
    assert [s for s in sentences if s.count("(") != s.count(")")] == []


def test_no_stray_blanks_or_marks_around_lines(text):
    assert "\ufeff" not in text and "\r" not in text and text.endswith("\n")
    assert [line for line in text.splitlines() if line != line.strip()] == []


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("statement", 0.55, 0.75),
        ("yes/no question", 0.09, 0.16),
        ("wh-question", 0.07, 0.14),
        ("exclamation", 0.06, 0.11),
    ],
)
def test_sentence_types_are_balanced(sentences, name, least, most):
    share = sum(kind(sentence) == name for sentence in sentences) / len(sentences)
    assert least <= share <= most


def test_yes_no_questions_come_with_and_without_czy(sentences):
    polar = [s for s in sentences if kind(s) == "yes/no question"]
    with_czy = [s for s in polar if words(s)[0] == "czy"]
    assert len(with_czy) >= 15
    assert len(polar) - len(with_czy) >= 30


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("„", 15),
        (r"\(", 10),
        ("…", 10),
        (" – ", 10),
        (";", 5),
        (r"[^,:]+, [^,]+(, [^,]+)* (i|oraz|lub|albo) ", 20),
        (LEARNED_NOUN, 20),
        (CONDITIONAL_PLURAL, 8),
        (PAST_PLURAL, 30),
        (r"\bgdyby", 8),
        (r", (że|żeby|który|która|które|którego|której|którym|którą|bo|choć|ponieważ)\b", 50),
    ],
)
def test_construction_is_common_enough(sentences, pattern, least):
    assert len(matching(sentences, pattern)) >= least


def test_at_least_a_quarter_have_two_or_more_phrases(sentences):
    several = matching(sentences, "[,;:–(][^,;:–()]*[^\\W\\d_]")
    assert len(several) >= len(sentences) / 4


def test_every_letter_occurs_often(sentences):
    counts = collections.Counter(letter for s in sentences for letter in s.lower())
    assert {letter: counts[letter] for letter in LETTERS if counts[letter] < 30} == {}


@pytest.mark.parametrize("pattern", SPELLINGS)
def test_spelling_of_each_sound_occurs(sentences, pattern):
    assert len(matching(sentences, pattern)) >= 3, pattern


@pytest.mark.parametrize("context", NASAL_CONTEXTS)
@pytest.mark.parametrize("letter", "ąę")
def test_nasal_vowels_meet_every_context(sentences, letter, context):
    pattern = NASAL_CONTEXTS[context].replace("[ąę]", letter)
    assert len(matching(sentences, pattern)) >= 2


def test_no_near_duplicates(sentences):
    assert near_duplicates(sentences) == []
    assert shared_ngrams(sentences, 4) == []


def test_openings_are_not_a_template(sentences):
    openings = collections.Counter(tuple(words(sentence)[:2]) for sentence in sentences)
    assert max(openings.values()) <= 3
    first = collections.Counter(words(sentence)[0] for sentence in sentences)
    assert max(first.values()) <= 0.04 * len(sentences)


def test_vocabulary_is_rich(sentences):
    tokens = [word for sentence in sentences for word in words(sentence)]
    assert len(set(tokens)) / len(tokens) > 0.5


def test_the_duplicate_measure_sees_templates_and_inflected_copies(sentences):
    swapped = re.sub(r"\w+(?=\.$)", "parasol", sentences[0])
    assert near_duplicates([sentences[0], swapped])
    assert near_duplicates(["Czerwony kot śpi na płocie.", "Czerwone koty śpią na płotach."]) == []
    assert near_duplicates(["Zielona ławka skrzypiała.", "Zielonej ławki skrzypienie."])
    assert shared_ngrams(["Kot śpi na płocie.", "Stary kot śpi na płocie."], 4)


def test_sentences_are_not_those_of_the_real_corpus(sentences, shared):
    table = shared / "corpora" / "nemo" / "data.tsv"
    if not table.is_file():
        pytest.skip(f"no real corpus at {table}")
    rows = [line.split("\t") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    theirs = sorted({row[2] for row in rows})
    mine = [stems(sentence) for sentence in sentences]
    close = [
        text
        for text in theirs
        if any(len(stems(text) & own) > 0.4 * len(stems(text) | own) for own in mine)
    ]
    assert theirs and close == []
