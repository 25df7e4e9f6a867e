"""The Polish phones: symbols, IPA, articulatory classes, and mending of eSpeak NG's IPA.

One symbol per phone, lower-case ASCII letters only, so that no delimiter of an HTS label
can occur in it. "x" is taken by HTS for 'not applicable'; the velar fricative is "h".

The inventory follows the usual description of standard Polish (Gussmann 2007, The
Phonology of Polish; Jassem 2003, JIPA 33:1): six oral vowels, the nasal vowels as they
remain before fricatives and word-finally, and the palatal stops and the palatal and velar
fricative of k, g and ch before i and j as phones of their own.
"""

import re
from dataclasses import dataclass

from intonation.errors import UtteranceError
from intonation.labels.intervals import Interval

PAUSE = "pau"


@dataclass(frozen=True)
class Phone:
    """One phone: its label symbol, its IPA and its articulatory features.

    manner: vowel, stop, affricate, fricative, nasal, lateral, trill or glide.
    place: for consonants labial, dental, postalveolar, alveolopalatal, palatal or velar;
        for vowels front, central or back.
    voiced: False for the voiceless obstruents.
    height: high, mid or low for vowels, "" for consonants.
    rounded, nasal: lips and velum.
    """

    symbol: str
    ipa: str
    manner: str
    place: str
    voiced: bool = True
    height: str = ""
    rounded: bool = False
    nasal: bool = False


INVENTORY: tuple[Phone, ...] = (
    Phone("a", "a", "vowel", "central", height="low"),
    Phone("e", "ɛ", "vowel", "front", height="mid"),
    Phone("i", "i", "vowel", "front", height="high"),
    Phone("o", "ɔ", "vowel", "back", height="mid", rounded=True),
    Phone("u", "u", "vowel", "back", height="high", rounded=True),
    Phone("y", "ɨ", "vowel", "central", height="high"),
    Phone("en", "ɛ̃", "vowel", "front", height="mid", nasal=True),
    Phone("on", "ɔ̃", "vowel", "back", height="mid", rounded=True, nasal=True),
    Phone("p", "p", "stop", "labial", voiced=False),
    Phone("b", "b", "stop", "labial"),
    Phone("t", "t", "stop", "dental", voiced=False),
    Phone("d", "d", "stop", "dental"),
    Phone("kj", "c", "stop", "palatal", voiced=False),
    Phone("gj", "ɟ", "stop", "palatal"),
    Phone("k", "k", "stop", "velar", voiced=False),
    Phone("g", "ɡ", "stop", "velar"),
    Phone("c", "ts", "affricate", "dental", voiced=False),
    Phone("dz", "dz", "affricate", "dental"),
    Phone("cz", "tʃ", "affricate", "postalveolar", voiced=False),
    Phone("dzh", "dʒ", "affricate", "postalveolar"),
    Phone("ci", "tɕ", "affricate", "alveolopalatal", voiced=False),
    Phone("dzi", "dʑ", "affricate", "alveolopalatal"),
    Phone("f", "f", "fricative", "labial", voiced=False),
    Phone("v", "v", "fricative", "labial"),
    Phone("s", "s", "fricative", "dental", voiced=False),
    Phone("z", "z", "fricative", "dental"),
    Phone("sz", "ʃ", "fricative", "postalveolar", voiced=False),
    Phone("zh", "ʒ", "fricative", "postalveolar"),
    Phone("si", "ɕ", "fricative", "alveolopalatal", voiced=False),
    Phone("zi", "ʑ", "fricative", "alveolopalatal"),
    Phone("hj", "ç", "fricative", "palatal", voiced=False),
    Phone("h", "x", "fricative", "velar", voiced=False),
    Phone("m", "m", "nasal", "labial", nasal=True),
    Phone("n", "n", "nasal", "dental", nasal=True),
    Phone("ni", "ɲ", "nasal", "palatal", nasal=True),
    Phone("ng", "ŋ", "nasal", "velar", nasal=True),
    Phone("l", "l", "lateral", "dental"),
    Phone("r", "r", "trill", "dental"),
    Phone("w", "w", "glide", "velar", rounded=True),
    Phone("j", "j", "glide", "palatal"),
)

BY_SYMBOL: dict[str, Phone] = {phone.symbol: phone for phone in INVENTORY}
VOWELS = frozenset(p.symbol for p in INVENTORY if p.manner == "vowel")

# Other spellings that eSpeak NG uses or may use for the same phones.
_IPA_VARIANTS = {
    "ɣ": "h", "ɦ": "h", "h": "h", "g": "g", "e": "e", "o": "o", "ɪ": "y", "ɾ": "r",
    "dʲ": "d", "tʲ": "t", "kʲ": "kj", "ɡʲ": "gj", "gʲ": "gj", "xʲ": "hj", "nʲ": "ni",
    "t͡s": "c", "d͡z": "dz", "t͡ʃ": "cz", "d͡ʒ": "dzh", "t͡ɕ": "ci", "d͡ʑ": "dzi",
    "ʂ": "sz", "ʐ": "zh", "tʂ": "cz", "dʐ": "dzh", "w̃": "w", "j̃": "ni",
}  # fmt: skip
_TO_SYMBOL = {phone.ipa: phone.symbol for phone in INVENTORY} | _IPA_VARIANTS
IPA_SPELLINGS = tuple(_TO_SYMBOL)
PALATALISATION = "ʲ"
_PALATAL_BEFORE_I = frozenset({"k", "g", "h"})
_PALATALISED = {"k": "kj", "g": "gj", "h": "hj", "n": "ni"}
# Letters for the dental and alveolopalatal affricates; those for the others match as "".
_AFFRICATE_LETTERS = re.compile(r"dż|drz|cz|ch|(dzi|dź|dz|ci|ć|c)")
_DENTAL_OR_SOFT = frozenset({"c", "dz", "ci", "dzi"})
_ALREADY_PALATAL = frozenset({"ni", "si", "zi", "ci", "dzi", "kj", "gj", "hj", "j", "l"})


def symbol_of(ipa: str, *, word: str) -> str:
    """Label symbol of one IPA symbol ("" stays "", silence).

    Raises UtteranceError naming the symbol and the word when it is no Polish phone.
    """
    if not ipa:
        return ""
    bare = _bare(ipa)
    if bare not in _TO_SYMBOL:
        raise UtteranceError(
            f'word "{word}": the phone "{ipa}" is not in the Polish inventory; expected one of '
            f"{' '.join(phone.ipa for phone in INVENTORY)}. Respell the word in Polish."
        )
    return _TO_SYMBOL[bare]


def is_espeaks(ipa: str) -> bool:
    """True for IPA that `polish_symbols` reads, silence and the mark of palatalisation too."""
    return not ipa or ipa == PALATALISATION or _bare(ipa) in _TO_SYMBOL


def _bare(ipa: str) -> str:
    return ipa.replace("ː", "").replace("ˈ", "").replace("ˌ", "")


def mend_palatals(phones: list[Interval]) -> list[Interval]:
    """Join or turn into a glide eSpeak's separate palatalisation marks, within one word.

    phones: IPA mark "ʲ" or label symbols, in order; the result has label symbols only.
    After k, g, h and n the mark makes the palatal phone; before i, or after a phone that is
    palatal anyway, it is only lengthening; elsewhere (pies, biały) it is the glide j of
    present-day pronunciation. k, g, h are palatal before i, however eSpeak writes them.
    """
    mended: list[Interval] = []
    for index, phone in enumerate(phones):
        following = phones[index + 1].text if index + 1 < len(phones) else ""
        if phone.text != PALATALISATION:
            mended.append(phone._replace(text=_before_i(phone.text, following)))
        elif mended and (joined := _joined(mended[-1].text, following)):
            mended[-1] = Interval(mended[-1].start_s, phone.end_s, joined)
        else:
            mended.append(phone._replace(text="j"))
    return mended


def _before_i(symbol: str, following: str) -> str:
    palatal = following == "i" and symbol in _PALATAL_BEFORE_I
    return _PALATALISED[symbol] if palatal else symbol


def _joined(symbol: str, following: str) -> str:
    """The one phone that `symbol` and a palatalisation mark make, "" if they are two."""
    if symbol in _PALATALISED:
        return _PALATALISED[symbol]
    return symbol if following == "i" or symbol in _ALREADY_PALATAL else ""


def mend_affricates(phones: list[Interval], spelling: str) -> list[Interval]:
    """Tell dz from dź, which eSpeak NG writes alike (bardzo, jedzą), by the spelling.

    phones: label symbols. A phone dzi that is spelled dz, or c made voiced by its neighbour
    (więc zawsze), becomes dz; if phones and letters cannot be paired, nothing changes.
    """
    spelled = [found for found in _AFFRICATE_LETTERS.findall(spelling.lower()) if found]
    heard = [index for index, phone in enumerate(phones) if phone.text in _DENTAL_OR_SOFT]
    if len(spelled) != len(heard):
        return phones
    mended = list(phones)
    for index, letters in zip(heard, spelled, strict=True):
        if phones[index].text == "dzi" and letters in ("dz", "c"):
            mended[index] = phones[index]._replace(text="dz")
    return mended


def polish_symbols(ipa_phones: list[Interval], *, word: str) -> list[Interval]:
    """Phones of one word (or of several written `word`), from eSpeak's IPA to label symbols.

    Raises UtteranceError for an unknown symbol, or a phone of no duration.
    """
    symbols = []
    for phone in ipa_phones:
        mark = phone.text == PALATALISATION
        text = phone.text if mark else symbol_of(phone.text, word=word)
        if phone.end_s <= phone.start_s:
            raise UtteranceError(
                f'word "{word}": the phone "{phone.text}" at {phone.start_s:.3f} s has no '
                "duration; expected an end after its start. Check the alignment."
            )
        symbols.append(Interval(phone.start_s, phone.end_s, text))
    return mend_affricates(mend_palatals(symbols), word)
