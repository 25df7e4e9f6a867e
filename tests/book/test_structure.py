"""Facts that a reader can change: from Python, edited in the page as the Polish rules have it."""

import json
import os
import re
from dataclasses import replace
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random

import numpy as np
import pytest
from browser import browser, open_pages  # noqa: F401
from builders import make_utterance, spelt_alignment

from intonation import polish
from intonation.book.dependencies import ROOT
from intonation.book.inspector.structure import question_table, structure_data, structure_of
from intonation.corpus.alignment.praat import synthesize
from intonation.corpus.corpus import Utterance
from intonation.errors import UtteranceError
from intonation.labels.full_context import Labels, read_labels
from intonation.labels.label_shape import ENGLISH
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet
from intonation.polish.context import label_texts
from intonation.polish.lexicon import PARTS_OF_SPEECH
from intonation.polish.prosody import phrases, word_facts
from intonation.polish.transcript import segments, spoken_words

SHARED = Path(os.environ.get("INTONATION_SHARED", ROOT.parent / "shared")) / "hts_demo_cmu"
GAPS_S = ((0, 0.06, 0, 0.15, 0, 0.25), (0,), (0.06, 0.12))
HARD = [
    "W parku rośnie ogromne drzewo, a na nim — jak zwykle — siedzą dzięcioły.",
    "Nie chcę cię widzieć!",
    "Z kim? Z nim. A ty, z czym wracasz do mnie?",
    "Gdybyśmy wiedzieli, zrobilibyśmy to w październiku…",
    "Nie wiem, nie ma, nie chcę.",
    "No i?",
    "Czy wiesz, kto to?",
    "Chcę pięć dżdżownic i biało-czerwony szalik; daj mi go",
]
MARKS = {"statement": ".", "question": "?", "exclamation": "!"}


@cache
def questions():
    return QuestionSet([Question(*pair) for pair in polish.polish_questions()])


@cache
def spelt():
    """(text, alignment) of every embedded sentence and of some hard ones, as if spoken."""
    texts = [*HARD, *polish.sentences()]
    return [(text, spelt_alignment(text, gaps_s=g)) for text, g in zip(texts, cycle(GAPS_S))]


@cache
def voiced():
    """(text, alignment) of some sentences, read by the synthetic voice."""
    return [(text, synthesize(text)[1]) for text in (*HARD, *polish.sentences()[::120])]


def front_end(text, alignment):
    """What the rules start from, the row of phones and pauses, and what their labels begin as."""
    words = spoken_words(text, alignment)
    start_s, end_s = alignment.phones[0].start_s, alignment.phones[-1].end_s
    return word_facts(words), segments(words, start_s=start_s, end_s=end_s)


def given(text, alignment):
    return structure_of(polish.full_context_labels(text, alignment), text, alignment)


# ---- Python ----


def test_every_embedded_sentence_can_be_changed():
    for text, alignment in [*spelt(), *voiced()]:
        labels = polish.full_context_labels(text, alignment)
        structure = structure_of(labels, text, alignment)
        assert structure["row"] == labels.fields("p3").tolist()
        assert len(structure["words"]) == int(labels.fields("j2")[0])
        assert json.loads(json.dumps(structure)) == structure


def utterance_of(labels, text, set_=None, **more):
    return Utterance(
        "u", text, "s", "test", labels, set_ or questions(), np.zeros(9), 100.0, **more
    )


def test_own_answers_are_those_of_the_table():
    table = question_table(questions())
    for text, alignment in voiced():
        labels = polish.full_context_labels(text, alignment)
        data = structure_data(utterance_of(labels, text), table, alignment=alignment)
        assert data["structure"] and data["structure_missing"] is None
        assert [row[2] for row in data["tiers"]["phones"]] == data["structure"]["row"]


def test_labels_that_other_rules_made_cannot_be_changed():
    text, alignment = voiced()[1]
    labels = polish.full_context_labels(text, alignment)
    other = Labels(
        [one.replace("H-L%", "L-L%") for one in labels.texts], labels.starts, labels.ends
    )
    data = structure_data(
        utterance_of(other, text), question_table(questions()), alignment=alignment
    )
    assert data["structure"] is None and data["tiers"]["words"]
    assert "differ from phone 1 on" in data["structure_missing"]
    with pytest.raises(UtteranceError, match="differ"):
        structure_of(other, text, alignment)


def test_without_an_alignment_nothing_can_be_changed():
    data = structure_data(make_utterance([("L-L%", "'^ta.no")]), question_table(questions()))
    assert data["structure"] is None and data["structure_missing"].startswith("The corpus has no")
    assert [row[2] for row in data["tiers"]["words"]] == ["tano"]


def test_labels_of_another_tree_are_shown_but_cannot_be_changed():
    paths = sorted((SHARED / "labels_gen").glob("*.lab"))
    if not paths:
        pytest.skip(f"no labels in {SHARED}")
    table = question_table(questions())
    for path in paths[:8]:
        labels = read_labels(path)
        ends = np.arange(1, len(labels) + 1) * 500_000
        timed = replace(labels, starts=ends - 500_000, ends=ends)
        data = structure_data(utterance_of(timed, ""), table)
        assert data["structure"] is None and data["structure_missing"].endswith(".")
        assert len(data["tiers"]["words"]) == int(labels.fields("j2")[0])
        assert len(data["tiers"]["syllables"]) == int(labels.fields("j1")[0])
        assert len(data["tiers"]["phrases"]) == int(labels.fields("j3")[0])


def test_a_question_of_several_fields_takes_the_offer_back():
    more = QuestionSet([*questions(), Question("two", ("*/B:1-2-*", "*/A:1_*"))])
    text, alignment = voiced()[1]
    labels = polish.full_context_labels(text, alignment)
    data = structure_data(
        utterance_of(labels, text, more), question_table(more), alignment=alignment
    )
    assert data["structure"] is None
    assert "'two' reads several fields" in data["structure_missing"]


# ---- the page ----

SCRIPT = ROOT / "intonation" / "book" / "inspector" / "front" / "structure.js"
# every label, and the answers where they are wanted, of one utterance after each list of changes
MADE = """
({ structure, edits, wantAnswers, template }) => {
  const spoken = IntonationStructure.open(structure, window.table);
  return edits.map((changes) => {
    const edited = spoken.edited(changes);
    const labels = edited.fields().map((fields) =>
      template.replace(/\\{(\\w+)\\}/g, (_, name) => fields[name]));
    const answers = wantAnswers ? edited.answers().map((row) => row.join(" ")) : [];
    return [labels.join("\\n"), answers.join("\\n")];
  });
}
"""


@pytest.fixture(scope="module")
def page(browser):  # noqa: F811
    with open_pages(browser) as (page, complaints):
        page.goto("about:blank")
        page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
        page.evaluate("(table) => { window.table = table; }", question_table(questions()))
        yield page
        assert not complaints


def made(page, structure, edits, want_answers=False):
    told = {"structure": structure, "edits": edits, "template": ENGLISH.template}
    found = page.evaluate(MADE, {**told, "wantAnswers": want_answers})
    return [(labels.split("\n"), answers.split("\n")) for labels, answers in found]


def indices(answers):
    """As the page writes them: of the questions answered yes, for each phone."""
    return [" ".join(map(str, np.flatnonzero(row))) for row in answers]


def test_the_page_makes_the_labels_and_answers_of_what_was_spoken(page):
    for text, alignment in [*voiced(), *spelt()[::12]]:
        labels = polish.full_context_labels(text, alignment)
        ((texts, answers),) = made(page, given(text, alignment), [[]], want_answers=True)
        assert texts == labels.texts
        assert answers == indices(questions().answer(labels))


def test_another_sentence_type_is_another_final_mark(page):
    for text, alignment in [*voiced(), *spelt()]:
        bare = re.sub(r"[.?!…]+(?=\W*$)", "", text)
        edits = [[{"kind": "sentence", "to": kind}] for kind in MARKS]
        found = made(page, given(text, alignment), edits)
        for mark, (texts, _) in zip(MARKS.values(), found, strict=True):
            assert texts == polish.full_context_labels(bare + mark, alignment).texts


def test_a_boundary_is_a_comma_written_or_removed(page):
    compared = 0
    for text, alignment in [*voiced(), *spelt()[::4]]:
        facts, row = front_end(text, alignment)
        edits, expected = [], []
        for after in range(len(facts) - 1):
            edits.append([{"kind": "boundary", "after": after, "on": not facts[after].mark}])
            mark = "" if facts[after].mark else ","
            changed = [*facts]
            changed[after] = replace(facts[after], mark=mark)
            expected.append(label_texts(phrases(changed), row))
            compared += written_so(text, alignment, facts, row, after, expected[-1])
        assert [texts for texts, _ in made(page, given(text, alignment), edits)] == expected
    assert compared > 300


def written_so(text, alignment, facts, row, after, expected):
    """The text with the comma makes the same labels, where every word is written alone.

    Left out where the comma turns a silence into a pause, or a pause into none.
    """
    pieces = re.findall(r"\S+", text)
    bare = [piece.lower().strip(".,?!") for piece in pieces]
    if bare != [fact.text for fact in facts] or facts[after].mark not in ("", ","):
        return 0
    pieces[after] = pieces[after].rstrip(",") + ("" if facts[after].mark else ",")
    edited = " ".join(pieces)
    if front_end(edited, alignment)[1] != row:
        return 0
    assert polish.full_context_labels(edited, alignment).texts == expected
    return 1


def any_changes(random, facts):
    """Some changes, and the facts after them."""
    changes, facts = [], [*facts]
    for _ in range(random.randint(1, 6)):
        word = random.randrange(len(facts))
        kind = random.choice(["sentence", "accent", "accent", "boundary", "part_of_speech"])
        if kind == "sentence":
            to = random.choice([*MARKS])
            changes.append({"kind": kind, "to": to})
            facts[-1] = replace(facts[-1], mark=MARKS[to])
        elif kind == "accent":
            on = random.random() < 0.5
            changes.append({"kind": kind, "word": word, "on": on})
            facts[word] = replace(facts[word], accented=on)
        elif kind == "part_of_speech":
            to = random.choice(PARTS_OF_SPEECH)
            changes.append({"kind": kind, "word": word, "to": to})
            facts[word] = replace(facts[word], part_of_speech=to)
        elif word + 1 < len(facts):
            on = not facts[word].mark
            changes.append({"kind": kind, "after": word, "on": on})
            facts[word] = replace(facts[word], mark="," if on else "")
    return changes, facts


def test_any_changes_together_give_what_the_rules_give(page):
    random = Random(11)
    for text, alignment in [*voiced(), *spelt()[::20]]:
        facts, row = front_end(text, alignment)
        written = [fact.mark for fact in facts]
        edits, expected = [], []
        for _ in range(4):
            changes, changed = any_changes(random, facts)
            # what is put back is the mark that was written
            marks = [own if fact.mark == "," and own else fact.mark
                     for fact, own in zip(changed[:-1], written, strict=False)]  # fmt: skip
            marks.append(changed[-1].mark)
            changed = [replace(f, mark=m) for f, m in zip(changed, marks, strict=True)]
            edits.append(changes)
            expected.append(Labels(label_texts(phrases(changed), row)))
        found = made(page, given(text, alignment), edits, want_answers=True)
        for labels, (texts, answers) in zip(expected, found, strict=True):
            assert texts == labels.texts
            assert answers == indices(questions().answer(labels))


def evaluate(page, body, *args):
    return page.evaluate(f"(args) => {{ {body} }}", list(args))


def test_changes_leave_the_utterance_as_spoken_alone(page):
    text, alignment = spelt()[0]
    body = (
        "const spoken = IntonationStructure.open(args[0], window.table);"
        "const before = JSON.stringify([spoken.fields(), spoken.words(), spoken.sentence()]);"
        "const all = [{ kind: 'sentence', to: 'question' }, { kind: 'accent', word: 2, on: false },"
        " { kind: 'boundary', after: 1, on: true }, { kind: 'part_of_speech', word: 0, to: 'cc' }];"
        "const edited = spoken.edited(all);"
        "return [before === JSON.stringify([spoken.fields(), spoken.words(), spoken.sentence()]),"
        " edited.sentence(), edited.words().slice(0, 3)];"
    )
    same, sentence, words = evaluate(page, body, given(text, alignment))
    assert same and sentence == "question"
    assert [word["part_of_speech"] for word in words] == ["cc", "content", "content"]
    assert [word["tone"] for word in words] == [None, "L-H%", None]
    assert [word["boundary"] for word in words] == [False, True, False]
    assert [word["accent"] for word in words] == [0, 2, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "sentence", "to": "song"},
        {"kind": "sentence", "to": "toString"},
        {"kind": "accent", "word": 99, "on": True},
        {"kind": "boundary", "after": 3, "on": True},
        {"kind": "part_of_speech", "word": 0, "to": "__proto__"},
        {"kind": "tone", "word": 0},
    ],
)
def test_a_change_that_cannot_be_made_is_refused(page, change):
    text, alignment = spelt()[1]
    body = (
        "try { IntonationStructure.open(args[0], window.table).edited([args[1]]); return null; }"
        " catch (error) { return error.message; }"
    )
    assert "cannot be made here" in evaluate(page, body, given(text, alignment), change)


def test_numbers_are_read_as_in_python(page):
    asked = [
        Question("raw", (r"/J:(\d+)+",), numeric=True),
        Question("place", ("*&%d-*",), numeric=True, limits=(1, 20)),
        Question("yes", ("*/B:1-*",)),
    ]
    numeric = QuestionSet(asked)
    text, alignment = spelt()[0]
    labels = polish.full_context_labels(text, alignment)
    table = question_table(numeric)
    assert table["missing"] is None
    body = (
        "const s = IntonationStructure.open(args[0], args[1]);"
        "return [s.numbers(), s.answers().map((row) => [...row])];"
    )
    numbers, yes = evaluate(page, body, given(text, alignment), table)
    expected = numeric.answer(labels)
    assert [[row[0][1], row[1][1]] for row in map(sorted, numbers)] == expected[:, :2].tolist()
    assert [row == [2] for row in yes] == (expected[:, 2] == 1).tolist()
