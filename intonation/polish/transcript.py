"""Which phones belong to which word, and where the pauses are.

Praat's tiers give words with their punctuation, sometimes two words in one interval, and
phones in IPA with short silences between words. Here they become words as spelled, each with
the phones it was spoken with, and one contiguous row of phones and pauses.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from intonation.errors import UtteranceError
from intonation.labels.intervals import Alignment, Interval
from intonation.polish.phones import BY_SYMBOL, PAUSE, VOWELS, polish_symbols
from intonation.polish.words import (
    Token,
    final_consonants,
    orthographic_syllables,
    tokenise,
    words_in,
)

# A silence between words is a pause from this length on ...
PAUSE_S = 0.100
# ... at a punctuation mark already from this one; and at the edges of the recording always,
# unless it is shorter than the last.
PAUSE_AT_MARK_S = 0.050
EDGE_S = 0.005


@dataclass(frozen=True)
class SpokenWord:
    """A phonological word: a word as spelled, with its proclitics of one consonant.

    text: lower case, without the clitic. mark: the mark after it, as in Token.
    phones: its phones (symbols of phones.INVENTORY), times in seconds. proclitic: True if it
    begins with those of a word without a vowel (w parku).
    """

    text: str
    mark: str
    phones: tuple[Interval, ...]
    proclitic: bool = False

    @property
    def symbols(self) -> list[str]:
        return [phone.text for phone in self.phones]


class Segment(NamedTuple):
    """A phone or a pause; word is the index of its word, for a pause of the word before."""

    start_s: float
    end_s: float
    symbol: str
    word: int


def spoken_words(text: str, alignment: Alignment) -> list[SpokenWord]:
    """Words of the utterance with the phones they were spoken with.

    Raises UtteranceError where the words tier is not the text, a word has no phones, a phone
    is not Polish, or no word has a vowel.
    """
    tokens = tokenise(text)
    words: list[SpokenWord] = []
    first = 0
    for interval, ipa in _intervals(alignment):
        group = tokens[first : first + len(words_in(interval.text))]
        _check_match(interval, group)
        words += _split(polish_symbols(ipa, word=interval.text), group, interval)
        first += len(group)
    if first < len(tokens):
        raise UtteranceError(
            f'the word "{tokens[first].text}" of the text is not in the alignment; expected '
            f"{len(tokens)} words, found {first}. Align the recording with this very text."
        )
    return _with_clitics(words)


def segments(words: list[SpokenWord], *, start_s: float, end_s: float) -> list[Segment]:
    """Contiguous phones and pauses from start_s to end_s, short gaps closed.

    A silence too short for a pause is the closure of the stop or affricate after it, else
    the end of the phone before it.
    """
    phones = [(phone, index) for index, word in enumerate(words) for phone in word.phones]
    row = [Segment(*phones[0][0], phones[0][1])]
    for phone, index in phones[1:]:
        last, segment = row[-1], Segment(*phone, index)
        if index != last.word and is_pause(words[last.word], segment.start_s - last.end_s):
            row.append(Segment(last.end_s, segment.start_s, PAUSE, last.word))
        elif BY_SYMBOL[segment.symbol].manner in ("stop", "affricate"):
            segment = segment._replace(start_s=last.end_s)
        else:
            row[-1] = last._replace(end_s=segment.start_s)
        row.append(segment)
    return _with_edges(row, start_s, end_s)


def is_pause(before: SpokenWord, silence_s: float) -> bool:
    """True if a silence of this length after this word is a pause."""
    return silence_s >= (PAUSE_AT_MARK_S if before.mark else PAUSE_S)


def _with_edges(row: list[Segment], start_s: float, end_s: float) -> list[Segment]:
    if row[0].start_s - start_s >= EDGE_S:
        row.insert(0, Segment(start_s, row[0].start_s, PAUSE, -1))
    if end_s - row[-1].end_s >= EDGE_S:
        row.append(Segment(row[-1].end_s, end_s, PAUSE, row[-1].word))
    row[0] = row[0]._replace(start_s=start_s)
    row[-1] = row[-1]._replace(end_s=end_s)
    return row


def _intervals(alignment: Alignment) -> list[tuple[Interval, list[Interval]]]:
    """Word intervals, each with its phones: by their middle, else of the word last begun.

    Praat repeats the last word, with no phones, where the text ends in a full stop and a
    quotation mark; the repetition is left out.
    """
    words = [interval for interval in alignment.words if words_in(interval.text)]
    found: list[list[Interval]] = [[] for _ in words]
    for phone in alignment.phones:
        middle = (phone.start_s + phone.end_s) / 2
        begun = sum(word.start_s <= middle for word in words)
        if phone.text and words:
            found[max(0, begun - 1)].append(phone)
    if len(words) > 1 and not found[-1] and words_in(words[-1].text) == words_in(words[-2].text):
        del words[-1], found[-1]
    return list(zip(words, found, strict=True))


def _check_match(interval: Interval, group: list[Token]) -> None:
    expected = [token.text for token in group]
    if words_in(interval.text) != expected:
        raise UtteranceError(
            f'the alignment has "{interval.text}" at {interval.start_s:.2f} s where the text '
            f'has "{" ".join(expected)}". Align the recording with this very text.'
        )


def _split(phones: list[Interval], group: list[Token], interval: Interval) -> list[SpokenWord]:
    """The words of one interval, its phones cut so that each gets its syllables.

    Raises UtteranceError if there are too few phones or vowels for the words.
    """
    cuts = [0]
    for position in range(1, len(group)):
        cuts.append(_cut(phones, group[:position], group[position:], cuts[-1]))
    cuts.append(len(phones))
    if any(start >= end for start, end in pairwise(cuts)):
        raise UtteranceError(
            f'"{interval.text}" at {interval.start_s:.2f} s has {len(phones)} phones, too few '
            f"for {len(group)} words; expected at least one each. Check the recording and text."
        )
    return [
        SpokenWord(token.text, token.mark, tuple(phones[start:end]))
        for token, (start, end) in zip(group, pairwise(cuts), strict=True)
    ]


def _cut(phones: list[Interval], before: list[Token], after: list[Token], first: int) -> int:
    """Index of the first phone of `after`: vowels, then final consonants, as in the spelling."""
    nuclei = [index for index, phone in enumerate(phones) if phone.text in VOWELS]
    syllables = sum(orthographic_syllables(token.text) for token in before)
    rest = sum(orthographic_syllables(token.text) for token in after)
    wanted = round(syllables * len(nuclei) / max(1, syllables + rest))
    if not 0 < wanted < len(nuclei):
        return first + 1 if wanted == 0 else len(phones) - len(after)
    coda = final_consonants(before[-1].text)
    return min(nuclei[wanted - 1] + 1 + coda, nuclei[wanted])


def _with_clitics(words: list[SpokenWord]) -> list[SpokenWord]:
    """Join words without a vowel (w, z, ...) to the next word, or to the one before a pause.

    Labels need a syllable for every phone: the w of "w parku" belongs to the first syllable
    of parku, as it does in speech, and the two count as one word.
    """
    joined = list(words)
    while bare := [i for i, word in enumerate(joined) if not VOWELS & set(word.symbols)]:
        if len(joined) == 1:
            raise UtteranceError(
                f'the word "{joined[0].text}" was aligned with no vowel; expected at least one '
                "syllable in the utterance. Give it a text with a full word."
            )
        index = bare[-1]
        left = index - (index + 1 == len(joined) or _leans_back(joined, index))
        host = left if left < index else index + 1
        pair = joined[left], joined[left + 1]
        phones = pair[0].phones + pair[1].phones
        proclitic = host > left or joined[host].proclitic
        joined[left : left + 2] = [
            replace(joined[host], mark=pair[1].mark, phones=phones, proclitic=proclitic)
        ]
    return joined


def _leans_back(words: list[SpokenWord], index: int) -> bool:
    silence_s = words[index + 1].phones[0].start_s - words[index].phones[-1].end_s
    return index > 0 and is_pause(words[index], silence_s)
