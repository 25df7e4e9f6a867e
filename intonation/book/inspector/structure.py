"""The facts of an utterance that a reader can change in the page, and its tiers.

The page makes labels from changed facts by the rules of polish/prosody.py and polish/context.py
and answers the questions from a table. Both are offered only where they give the utterance's own
labels and answers exactly; where they do not, a sentence says why.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from intonation.book.inspector.question_table import MOST, question_table, table_answers
from intonation.book.inspector.tiers import tiers_of
from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.corpus import Utterance
from intonation.errors import UtteranceError
from intonation.labels.full_context import Labels
from intonation.labels.intervals import Alignment
from intonation.polish.context import label_texts
from intonation.polish.prosody import WordFacts, phrases, word_facts
from intonation.polish.transcript import segments, spoken_words

__all__ = ["question_table", "structure_data", "structure_of", "tiers_of"]

_NOT_ALIGNED = (
    "The corpus has no text of this utterance or no times of its words and phones (TextGrid), so "
    "its labels cannot be made anew from changed facts"
)


def structure_data(
    utterance: Utterance, table: Mapping[str, Any], *, alignment: Alignment | None = None
) -> dict[str, Any]:
    """What the inspector's data of an utterance say of its structure, as plain JSON values.

    table: of the model's questions. alignment: of text and recording; default that of the corpus.
    Returns `tiers` (see `tiers_of`), `structure` (see `structure_of`) or None, and then
    `structure_missing`, the sentence that says why the facts cannot be changed. Raises
    UtteranceError where the corpus' TextGrid cannot be read.
    """
    if alignment is None and utterance.textgrid_path is not None:
        alignment = read_textgrid(utterance.textgrid_path)
    found = {"tiers": tiers_of(utterance.labels, alignment.words if alignment else ())}
    try:
        if alignment is None or not utterance.text:
            raise UtteranceError(_NOT_ALIGNED)
        structure = structure_of(utterance.labels, utterance.text, alignment)
        _check_answers(utterance, table)
    except UtteranceError as error:
        reason = str(error).rstrip(".")
        return {**found, "structure": None, "structure_missing": f"{reason}."}
    return {**found, "structure": structure, "structure_missing": None}


def structure_of(labels: Labels, text: str, alignment: Alignment) -> dict[str, Any]:
    """The facts that labels were made from.

    Returns `words`: text (lower case), part_of_speech, mark, syllables [phones, vowel], stress
    (index of its syllable), clitic, leans_as and pause_after, as in `prosody.WordFacts` and
    `stress.Stress`; and `row`, the symbols of all phones and pauses in order.
    Raises UtteranceError, saying why, unless the Polish front-end makes these very labels from
    text and alignment.
    """
    words = spoken_words(text, alignment)
    facts = word_facts(words)
    start_s, end_s = alignment.phones[0].start_s, alignment.phones[-1].end_s
    row = segments(words, start_s=start_s, end_s=end_s)
    made = label_texts(phrases(facts), row)
    if made != labels.texts:
        pairs = enumerate(zip(made, labels.texts, strict=False), start=1)
        where = next((f"from phone {n} on" for n, (own, its) in pairs if own != its), "in length")
        raise UtteranceError(
            f"The labels differ {where} from those that the Polish rules give for the text, so "
            "labels for changed facts would not be comparable"
        )
    if len(row) > MOST:
        raise UtteranceError(f"The utterance has more than {MOST} phones")
    return {"words": [_word(word) for word in facts], "row": [segment.symbol for segment in row]}


def _word(word: WordFacts) -> dict[str, Any]:
    return {
        "text": word.text,
        "part_of_speech": word.part_of_speech,
        "mark": word.mark,
        "syllables": [[len(syllable.phones), syllable.vowel] for syllable in word.syllables],
        "stress": word.stress.syllable,
        "clitic": word.stress.clitic,
        "leans_as": list(word.stress.leans_as),
        "pause_after": word.pause_after,
    }


def _check_answers(utterance: Utterance, table: Mapping[str, Any]) -> None:
    """Raise UtteranceError unless the table gives the utterance's own answers."""
    if table["missing"]:
        raise UtteranceError(table["missing"])
    answers = table_answers(table, utterance.labels)[:, : len(utterance.questions)]
    if not np.array_equal(answers, utterance.answers):
        phone, index = np.argwhere(answers != utterance.answers)[0]
        raise UtteranceError(
            f"The answer to '{utterance.questions.names[index]}' for phone {phone + 1} does not "
            "follow from the field that it reads"
        )
