"""The Polish question set: names and patterns in the conventions of the HTS demo.

Generated from the phone inventory and the label fields. A numeric field is asked ==n and
<=n; as in the demo, <=n is also true of x, the pause. Where the demo's patterns can match
another field than the one meant (accents), these are anchored.
"""

import os
from collections.abc import Sequence

from intonation.labels.question_file import Question, write_questions
from intonation.polish.lexicon import PARTS_OF_SPEECH
from intonation.polish.phones import INVENTORY, PAUSE, Phone
from intonation.polish.prosody import ACCENT_TYPES, TONES

NamedPatterns = tuple[str, tuple[str, ...]]

_QUINPHONE = {"LL": "{}^*", "L": "*^{}-*", "C": "*-{}+*", "R": "*+{}=*", "RR": "*={}@*"}
_NUCLEUS = "*|{}/C:*"
_PARTS_OF_SPEECH = {"L": "*/D:{}_*", "C": "*/E:{}+*", "R": "*/F:{}_*"}
_TONE = "*|{}/I:*"
_STRESS = {"L": "*/A:{}_*", "C": "*/B:{}-*", "R": "*/C:{}+*"}
_ACCENT = {"L": "*/A:?_{}_*", "C": "*/B:?-{}-*", "R": "*/C:?+{}+*"}

# name, pattern, smallest and largest value asked for, whether pauses have x
_NUMERIC = (
    ("Seg_Fw", "*@{}_*", 1, 7, True),
    ("Seg_Bw", "*_{}/A:*", 1, 7, True),
    ("L-Syl_Num-Segs", "*_{}/B:*", 0, 7, False),
    ("C-Syl_Num-Segs", "*-{}@*", 1, 7, True),
    ("R-Syl_Num-Segs", "*+{}/D:*", 0, 7, False),
    ("Pos_C-Syl_in_C-Word(Fw)", "*@{}-*", 1, 7, True),
    ("Pos_C-Syl_in_C-Word(Bw)", "*-{}&*", 1, 7, True),
    ("Pos_C-Syl_in_C-Phrase(Fw)", "*&{}-*", 1, 22, True),
    ("Pos_C-Syl_in_C-Phrase(Bw)", "*-{}#*", 1, 22, True),
    ("Num-StressedSyl_before_C-Syl_in_C-Phrase", "*#{}-*", 0, 10, True),
    ("Num-StressedSyl_after_C-Syl_in_C-Phrase", "*-{}$*", 0, 10, True),
    ("Num-AccentedSyl_before_C-Syl_in_C-Phrase", "*${}-*", 0, 8, True),
    ("Num-AccentedSyl_after_C-Syl_in_C-Phrase", "*-{}!*", 0, 8, True),
    ("Num-Syl_from_prev-StressedSyl", "*!{}-*", 0, 7, True),
    ("Num-Syl_from_next-StressedSyl", "*-{};*", 0, 7, True),
    ("Num-Syl_from_prev-AccentedSyl", "*;{}-*", 0, 9, True),
    ("Num-Syl_from_next-AccentedSyl", "*-{}|*", 0, 9, True),
    ("L-Word_Num-Syls", "*_{}/E:*", 0, 7, False),
    ("C-Word_Num-Syls", "*+{}@*", 1, 7, True),
    ("R-Word_Num-Syls", "*_{}/G:*", 0, 7, False),
    ("Pos_C-Word_in_C-Phrase(Fw)", "*@{}+*", 1, 12, True),
    ("Pos_C-Word_in_C-Phrase(Bw)", "*+{}&*", 1, 12, True),
    ("Num-ContWord_before_C-Word_in_C-Phrase", "*&{}+*", 0, 8, True),
    ("Num-ContWord_after_C-Word_in_C-Phrase", "*+{}#*", 0, 8, True),
    ("Num-Words_from_prev-ContWord", "*#{}+*", 0, 5, True),
    ("Num-Words_from_next-ContWord", "*+{}/F:*", 0, 5, True),
    ("L-Phrase_Num-Syls", "*/G:{}_*", 0, 20, False),
    ("L-Phrase_Num-Words", "*_{}/H:*", 0, 12, False),
    ("C-Phrase_Num-Syls", "*/H:{}=*", 1, 20, True),
    ("C-Phrase_Num-Words", "*={}^*", 1, 12, True),
    ("R-Phrase_Num-Syls", "*/I:{}=*", 0, 20, False),
    ("R-Phrase_Num-Words", "*={}/J:*", 0, 12, False),
    ("Pos_C-Phrase_in_Utterance(Fw)", "*^{}=*", 1, 8, False),
    ("Pos_C-Phrase_in_Utterance(Bw)", "*={}|*", 1, 8, False),
    ("Num-Syls_in_Utterance", "*/J:{}+*", 1, 45, False),
    ("Num-Words_in_Utterance", "*+{}-*", 1, 25, False),
    ("Num-Phrases_in_Utterance", "*-{}", 1, 8, False),
)  # fmt: skip

# Classes of phones, in the order in which they are asked for: a phone is in one if every part of
# its name says one thing, or one of several, that is true of the phone.
_CLASSES = """
    Vowel Consonant Front_Vowel Central_Vowel Back_Vowel High_Vowel Mid_Vowel NonHigh_Vowel
    Unrounded_Vowel Oral_Vowel Nasal_Vowel Rounded IVowel EVowel OVowel Stop Affricate Fricative
    Obstruent Sonorant_Consonant Voiced_Obstruent Unvoiced_Obstruent Voiced Voiced_Consonant
    Voiced_Stop Unvoiced_Stop Voiced_Fricative Unvoiced_Fricative Voiced_Affricate
    Unvoiced_Affricate Stop_or_Affricate Continuant_Consonant Nasal_Consonant Nasal Liquid Glide
    Approximant Labial Dental Postalveolar Alveolopalatal Palatal Velar Coronal Soft_Consonant
    Dorsal Labial_Obstruent Labial_Stop Dental_Stop Dorsal_Stop Velar_Stop Dental_Obstruent
    Labial_Fricative Dental_Fricative Dorsal_Fricative Coronal_Fricative Coronal_Sonorant
    Sibilant Voiced_Sibilant
"""
_ONE_OF = {
    "NonHigh": "mid low",
    "IVowel": "i y",
    "EVowel": "e en",
    "OVowel": "o on",
    "Obstruent": "stop affricate fricative",
    "Sonorant": "nasal lateral trill glide",
    "Stop_or_Affricate": "stop affricate",
    "Continuant": "fricative lateral trill glide",
    "Liquid": "lateral trill",
    "Approximant": "lateral trill glide",
    "Coronal": "dental postalveolar alveolopalatal",
    "Soft": "palatal alveolopalatal",
    "Dorsal": "palatal velar",
    "Sibilant": "s z sz zh si zi c dz cz dzh ci dzi",
}


def _belongs(phone: Phone, name: str) -> bool:
    true = {phone.symbol, phone.manner, phone.place, phone.height}
    true.add("voiced" if phone.voiced else "unvoiced")
    true.add("rounded" if phone.rounded else "unrounded")
    true.add("nasal" if phone.nasal else "oral")
    true.add("consonant" if phone.manner != "vowel" else "vowel")
    parts = [name] if name in _ONE_OF else name.split("_")
    return all(true & set(_ONE_OF.get(part, part.lower()).split()) for part in parts)


def polish_questions() -> list[NamedPatterns]:
    """All questions in order: (name, patterns), names unique, HTS pattern syntax."""
    questions: list[NamedPatterns] = []
    for position, pattern in _QUINPHONE.items():
        questions += _phone_questions(position, pattern, INVENTORY)
        questions += _equal(f"{position}-{{}}", pattern, [PAUSE])
    vowels = tuple(phone for phone in INVENTORY if phone.manner == "vowel")
    questions += [("C-Syl_Vowel==x", (_NUCLEUS.format("x"),))]
    questions += _phone_questions("C-Syl", _NUCLEUS, vowels, joint="_")
    questions += _qualitative_questions()
    for name, pattern, low, high, with_x in _NUMERIC:
        questions += _numeric_questions(name, pattern, low, high, with_x)
    return questions


def write_question_set(path: str | os.PathLike[str]) -> None:
    """Write the Polish question set as a standard .hed file."""
    write_questions(path, [Question(name, patterns) for name, patterns in polish_questions()])


def _phone_questions(
    position: str, pattern: str, phones: tuple[Phone, ...], joint: str = "-"
) -> list[NamedPatterns]:
    """Classes of two phones or more, each set of phones once, then every phone."""
    questions, asked = [], set()
    for name in _CLASSES.split():
        members = tuple(phone.symbol for phone in phones if _belongs(phone, name))
        if len(members) > 1 and members not in asked:
            asked.add(members)
            patterns = tuple(pattern.format(symbol) for symbol in members)
            questions.append((f"{position}{joint}{name}", patterns))
    return questions + _equal(f"{position}{joint}{{}}", pattern, [p.symbol for p in phones])


def _qualitative_questions() -> list[NamedPatterns]:
    questions = []
    for side in "LCR":
        absent = "x" if side == "C" else "0"
        accents = [0, *ACCENT_TYPES]
        none = ["x"] if side == "C" else []
        questions += _equal(f"{side}-Syl_Stress=={{}}", _STRESS[side], [0, 1, *none])
        questions += _equal(f"{side}-Syl_Accent=={{}}", _ACCENT[side], [*accents, *none])
        classes = [absent, *PARTS_OF_SPEECH]
        questions += _equal(f"{side}-Word_GPOS=={{}}", _PARTS_OF_SPEECH[side], classes)
    return questions + _equal("C-Phrase_TOBI_End-tone-{}", _TONE, [*TONES, "0"])


def _equal(name: str, pattern: str, values: Sequence[object]) -> list[NamedPatterns]:
    return [(name.format(value), (pattern.format(value),)) for value in values]


def _numeric_questions(
    name: str, pattern: str, low: int, high: int, with_x: bool
) -> list[NamedPatterns]:
    """==x, ==low to ==high, and <=n where it is more than one ==."""
    questions = _equal(f"{name}==x", pattern, ["x"]) if with_x else []
    questions += _equal(f"{name}=={{}}", pattern, list(range(low, high + 1)))
    for limit in range(low if with_x else low + 1, high + 1):
        values = _values_up_to(limit, low, with_x)
        questions.append((f"{name}<={limit}", tuple(pattern.format(value) for value in values)))
    return questions


def _values_up_to(limit: int, low: int, with_x: bool) -> list[str]:
    """What to put in a pattern for <=limit: ? for all of one digit, 1? for 10 to 19, ..."""
    if limit < 9:
        return (["x"] if with_x else []) + [str(value) for value in range(low, limit + 1)]
    whole_tens = (limit + 1) // 10
    values = ["?"] + [f"{ten}?" for ten in range(1, whole_tens)]
    return values + [str(value) for value in range(10 * whole_tens, limit + 1)]
