"""Phonetic alphabets in which aligners and people write Polish phones, read as the front-end's IPA.

Sources: SAMPA for Polish (Wells, UCL; with the signs that Wypych, Baranowska & Demenko 2003 added)
and X-SAMPA (Wells 1995); what WebMAUS lists for `pol-PL` (its service `runMAUSGetInventar`: SAMPA
in which `s'` is ś, and IPA in which that is sʲ); the phone set of the Montreal Forced Aligner's
dictionary `polish_mfa` 2.0.0, and `polish_cv`; that of the CLARIN-PL studio corpus and its aligner.
A file is written in one alphabet: the first that knows all of its symbols, else most of them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from intonation.errors import UtteranceError
from intonation.labels.intervals import Interval
from intonation.polish.phones import IPA_SPELLINGS, PALATALISATION, is_espeaks
from intonation.polish.words import word_set

SILENCES = word_set(
    "sil sp spn pau pause _ __ - # ## h# ... … <p:> <p> <usb> <nib> <eps> <sil> <s> </s> <b> "
    "(...) (..) (.) [sil] noise <noise> [noise] breath <breath> [breath] br"
)
# Of a palatalised consonant before another vowel than i (pʲɛs), the end is the glide j; the share
# is a convention, nothing measured.
GLIDE_SHARE = 0.4
NASAL_GLIDE, NASAL_VOWELS = "w̃", {"ɛ": "ɛ̃", "e": "ɛ̃", "ɔ": "ɔ̃", "o": "ɔ̃"}
PALATAL_WITH_J = frozenset({"k", "g", "ɡ", "x"})

Pieces = tuple[str, ...]  # IPA of the front-end; () for what is no phone of Polish, as ʔ


@dataclass(frozen=True)
class Alphabet:
    """A way to write phones; read: the IPA of a symbol, None for one that is not of it."""

    name: str
    read: Callable[[str], Pieces | None]


def is_silence(label: str) -> bool:
    """True for an empty label and for all that aligners write where nothing is said."""
    return label.strip().lower() in SILENCES or not label.strip()


def recognise(symbols: Iterable[str]) -> Alphabet:
    """The alphabet of these symbols (silences apart): the one that knows the most of them."""
    distinct = set(symbols)
    return max(ALPHABETS, key=lambda one: sum(one.read(symbol) is not None for symbol in distinct))


def in_ipa(phones: Iterable[Interval], *, source: str) -> tuple[tuple[Interval, ...], str]:
    """Phones in the IPA that the front-end reads, "" for silence; and the name of their alphabet.

    source: what the phones are from, for the message. Raises UtteranceError for a symbol that the
    alphabet does not have.
    """
    phones = [phone._replace(text=unicodedata.normalize("NFC", phone.text)) for phone in phones]
    phones = [phone._replace(text="" if is_silence(phone.text) else phone.text) for phone in phones]
    symbols = {phone.text.strip(): None for phone in phones if phone.text}
    alphabet = recognise(symbols)
    found: list[Interval] = []
    for phone in phones:
        pieces = alphabet.read(phone.text.strip()) if phone.text else ()
        if pieces is None:
            raise UtteranceError(_unknown(phone, alphabet, source))
        found += _shared(phone, pieces or ("",))
    if alphabet.read is _espeak:  # as it is: the front-end was made for it
        return tuple(found), alphabet.name
    return tuple(_joined(found)), alphabet.name


def _unknown(phone: Interval, alphabet: Alphabet, source: str) -> str:
    return (
        f'{source}: the phone "{phone.text}" at {phone.start_s:.3f} s is no Polish phone in '
        f"{alphabet.name}, as which the others were recognised; expected one alphabet of "
        f"{', '.join(dict.fromkeys(one.name for one in ALPHABETS))}. Correct the label, or empty "
        "it where nothing is said"
    )


def _shared(phone: Interval, pieces: Pieces) -> list[Interval]:
    """One interval a piece; the last of two has GLIDE_SHARE of the time."""
    if len(pieces) == 1:
        return [phone._replace(text=pieces[0])]
    cut_s = phone.end_s - GLIDE_SHARE * (phone.end_s - phone.start_s)
    return [Interval(phone.start_s, cut_s, pieces[0]), Interval(cut_s, phone.end_s, pieces[1])]


def _joined(phones: list[Interval]) -> list[Interval]:
    """Phones that are two in narrow or in broad transcriptions made one, as in the inventory.

    A nasal glide after e or o makes the nasal vowel; a j after k, g or x is the mark of a palatal
    one (kj ɛ is cɛ; the front-end takes a mark that begins a word for the glide).
    """
    joined: list[Interval] = []
    for phone in phones:
        before = joined[-1] if joined else phone
        if phone.text == NASAL_GLIDE and before.text in NASAL_VOWELS:
            joined[-1] = Interval(before.start_s, phone.end_s, NASAL_VOWELS[before.text])
        elif phone.text == "j" and before.text in PALATAL_WITH_J:
            joined.append(phone._replace(text=PALATALISATION))
        else:
            joined.append(phone)
    return joined


def _espeak(symbol: str) -> Pieces | None:
    return (symbol,) if is_espeaks(symbol) else None


# --- IPA ------------------------------------------------------------------------------------------

_LIGATURES = str.maketrans(
    {"ʦ": "ts", "ʣ": "dz", "ʧ": "tʃ", "ʤ": "dʒ", "ʨ": "tɕ", "ʥ": "dʑ", "ꭧ": "tʂ", "ꭦ": "dʐ"}
)
# Ties, dental, laminal, apical, non-syllabic, syllabic, voiceless, unreleased, raised, lowered,
# retracted, advanced, centralised; length, stress, syllables, aspiration; brackets.
_IPA_DETAILS = re.compile("[\u035c\u0361\u032a\u033b\u033a\u032f\u0329\u0325\u030a\u031a\u031d"
                          "\u031e\u0320\u031f\u0308ːˑˈˌ.ʰ/\\[\\]]")  # fmt: skip


def _plain(symbol: str) -> str:
    bare = unicodedata.normalize("NFD", symbol.translate(_LIGATURES)).replace("g", "ɡ")
    return _IPA_DETAILS.sub("", bare)


_IPA: dict[str, Pieces] = {_plain(spelt): (spelt,) for spelt in IPA_SPELLINGS if spelt[-1] != "ʲ"}
_IPA |= {"ʎ": ("l",), "ɫ": ("w",), "ɱ": ("m",), "χ": ("x",), "ʔ": ()}
_IPA |= {_plain("ẽ"): ("ɛ̃",), _plain("õ"): ("ɔ̃",)}
_IPA |= {"kʲ": ("c",), "ɡʲ": ("ɟ",), "xʲ": ("ç",), "nʲ": ("ɲ",), PALATALISATION: (PALATALISATION,)}
# In WebMAUS's IPA the sibilants are palatalised, not alveolopalatal
_MAUS_IPA: dict[str, Pieces] = {"sʲ": ("ɕ",), "zʲ": ("ʑ",), "tsʲ": ("tɕ",), "dzʲ": ("dʑ",)}
_NOT_MAUS = frozenset({"ɕ", "ʑ", "tɕ", "dʑ"})


def _ipa(symbol: str) -> Pieces | None:
    plain = _plain(symbol)
    if plain in _MAUS_IPA and "\u032a" not in unicodedata.normalize("NFD", symbol):
        return None
    return _palatalised(plain, "ʲ", _IPA)


def _maus_ipa(symbol: str) -> Pieces | None:
    plain = _plain(symbol)
    return None if plain in _NOT_MAUS else _palatalised(plain, "ʲ", _IPA | _MAUS_IPA)


def _narrow_ipa(symbol: str) -> Pieces | None:
    return _palatalised(_plain(symbol), "ʲ", _IPA)


def _palatalised(symbol: str, mark: str, table: dict[str, Pieces]) -> Pieces | None:
    """As in the table; else with a mark of palatalisation after what is in it."""
    if symbol in table:
        return table[symbol]
    base = table.get(symbol.removesuffix(mark)) if symbol.endswith(mark) else None
    return (*base, PALATALISATION) if base and len(base) == 1 else None


# --- letters of ASCII -----------------------------------------------------------------------------


def _table(written: str) -> dict[str, Pieces]:
    """A table from pairs of a symbol and its IPA, the symbol first."""
    return {symbol: (ipa,) for symbol, ipa in (pair.split("=") for pair in written.split())}


_SHARED = _table(
    "a=a e=ɛ i=i I=ɨ o=ɔ u=u e~=ɛ̃ o~=ɔ̃ p=p b=b t=t d=d k=k g=ɡ c=c k'=c g'=ɟ f=f v=v s=s z=z S=ʃ "
    "Z=ʒ s`=ʃ z`=ʒ x=x h=x x'=ç ts=ts dz=dz tS=tʃ dZ=dʒ ts`=tʃ dz`=dʒ m=m n=n n'=ɲ N=ŋ l=l r=r "
    "w=w j=j w~=w̃ j~=j̃ s'=ɕ z'=ʑ ts'=tɕ dz'=dʑ"
) | {"?": ()}
_SAMPA = _SHARED | _table("y=ɨ J=ɟ")
_X_SAMPA = _SHARED | _table(
    "E=ɛ O=ɔ 1=ɨ y=ɨ E~=ɛ̃ O~=ɔ̃ J=ɲ J\\=ɟ C=ç s\\=ɕ z\\=ʑ ts\\=tɕ dz\\=dʑ F=m L=l 4=r G=x h\\=x"
)
_CLARIN = _table(
    "a=a e=ɛ i=i I=ɨ o=ɔ u=u en=ɛ̃ on=ɔ̃ p=p b=b t=t d=d k=k g=ɡ f=f v=v s=s z=z S=ʃ Z=ʒ si=ɕ zi=ʑ "
    "x=x ts=ts dz=dz tS=tʃ dZ=dʒ tsi=tɕ dzi=dʑ m=m n=n ni=ɲ N=ŋ l=l r=r w=w j=j"
)
_TIES = re.compile(r"_(?=[szSZ])|\^|(?<=s|z|S|Z)\)")
_ASCII_DETAILS = re.compile(r'["%:]|_[BIE]$')  # stress, length; Kaldi's place in the word


def _in_letters(table: dict[str, Pieces]) -> Callable[[str], Pieces | None]:
    def read(symbol: str) -> Pieces | None:
        bare = _ASCII_DETAILS.sub("", _TIES.sub("", symbol)).replace("_j", "'").replace("_d", "")
        return _palatalised(bare, "'", table)

    return read


# In the order of preference where several know all symbols: what differs then has one meaning.
ALPHABETS: tuple[Alphabet, ...] = (
    Alphabet("IPA", _espeak),
    Alphabet("IPA", _ipa),
    Alphabet("IPA of WebMAUS", _maus_ipa),
    Alphabet("IPA", _narrow_ipa),
    Alphabet("SAMPA", _in_letters(_SAMPA)),
    Alphabet("X-SAMPA", _in_letters(_X_SAMPA)),
    Alphabet("CLARIN-PL's letters", _in_letters(_CLARIN)),
)
