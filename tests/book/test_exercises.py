"""The exercises: each is solved in its chapter, by a cell executed with it and shown folded.

A solution computes what the exercise asks for; where it says how large a rounding error is, or that
two things are the same, that is checked here on the small run.
"""

import json
import re

import pytest
from builders import read_chapter

from intonation.book.dependencies import ROOT, chapters
from intonation.book.pages.arrangement import SOLUTION, tagged

PATHS = [p for p in sorted((ROOT / "notebooks").glob("*.py")) if int(p.stem[:2]) < 20]
NUMBER = re.compile(r"^(\d+)\. \S", flags=re.M)
KEYS = [key for key in chapters() if int(key.rpartition("/")[2][:2]) < 20]
SMALL = 1e-2  # of what is rounding: relevance summed over thousands of inputs in 32 bits


def exercises(cells):
    """Number of each exercise and the cell after the Markdown that ends with it."""
    first = next(n for n, cell in enumerate(cells) if "## Exercises" in cell.source)
    closing = cells[first:]
    for cell, after in zip(closing, [*closing[1:], None], strict=True):
        if cell.cell_type == "markdown":
            text = cell.source.partition("## Exercises")[2] or cell.source
            yield [int(number) for number in NUMBER.findall(text)], after


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_exercise_is_numbered_and_its_solution_follows(path):
    found = list(exercises(read_chapter(path).cells))
    assert [numbers for numbers, _ in found] == [[n] for n in range(1, len(found) + 1)]
    for _, solution in found:
        assert solution.cell_type == "code" and SOLUTION in solution.metadata["tags"]


@pytest.fixture(scope="module", params=KEYS)
def solutions(request, smoke_run):
    """Outputs of the solutions of an executed chapter, as text, with the chapter's key."""
    path = smoke_run / "notebooks" / f"{request.param}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return request.param, [shown(cell) for cell in tagged(notebook, SOLUTION)]


def shown(cell):
    """What a cell shows, but for progress."""
    parts = [o for o in cell["outputs"] if o.get("name") != "stderr"]
    texts = [o.get("text") or o.get("data", {}).get("text/markdown") for o in parts]
    texts += [o["data"].get("text/html") or o["data"]["text/plain"] for o in parts if "data" in o]
    return "\n".join("".join(text) for text in texts if text)


def number(pattern, text):
    return float(re.search(pattern, text)[1].replace("\N{MINUS SIGN}", "-"))


def test_every_solution_shows_something_and_none_is_refuted(solutions):
    _, texts = solutions
    assert texts and all(texts)
    assert not [text for text in texts if re.search(r"\b(?:False|nan)\b", text)]


CLAIMS = {  # chapter, exercise, and what its solution must have found on any run
    ("01_corpus", 1): lambda text: "3 utterances" in text and "no text" in text,
    ("01_corpus", 3): lambda text: text.startswith("4 frames"),
    ("01_corpus", 4): lambda text: number(r"splits of a sentence: (\d+)", text) == 1,
    ("02_features", 2): lambda text: "as the field says: True" in text and "C-a" in text,
    ("02_features", 3): lambda text: "pairs, 0 phones" in text,
    ("03_training", 2): lambda text: (
        number(r"up to (\d+)", text) < number(r"reach: (\d+)", text) <= number(r"of (\d+)", text)
    ),
    ("03_training", 3): lambda text: (
        number(r"^causal: (\d+)", text) == 0 < number(r"not causal: (\d+)", text)
    ),
    ("04_predictions", 1): lambda text: number(r"table: (\S+)", text) < SMALL,
    # a network of log F0 that has hardly been trained may say what no voice has
    ("semitones/04_predictions", 3): lambda text: number(r"is (\S+) semi", text) < 1,
    ("05_relevance", 1): lambda text: abs(number(r"biases: (\S+)", text)) < SMALL,
    ("05_relevance", 2): lambda text: number(r"difference: (\S+)", text) < SMALL,
    ("06_rankings", 3): lambda text: "stay: True" in text,
    ("07_positions", 1): lambda text: (
        abs(number(r"outside (\S+),", text) - number(r"where (\S+)", text)) < SMALL
    ),
    ("07_positions", 3): lambda text: (
        abs(number(r"parts (\S+),", text) - number(r"predicted (\S+)", text)) < SMALL
    ),
    ("08_faithfulness", 2): lambda text: "itself" in text,
    ("10_rule", 2): lambda text: "'z': '0'" in text.replace("\N{MINUS SIGN}0'", "0'"),
    ("14_quality", 2): lambda text: "frame: 2 more" in text and "on: 1 more" in text,
    # the last rung errs least, as F0 was made of it
    ("17_inputs", 1): lambda text: (
        (found := re.findall(r"climbed \w+ +(\d+\.\d+)", text))[-1] == min(found, key=float)
    ),
    ("12_study", 2): lambda text: number(r"after: \w+ \w+ (\S+)", text) < 1e-6,
}


def test_a_solution_finds_what_must_be_so(solutions):
    key, texts = solutions
    for exercise, text in enumerate(texts, start=1):
        keys = (key, exercise), (key.rpartition("/")[2], exercise)
        claim = next((CLAIMS[known] for known in keys if known in CLAIMS), None)
        assert claim is None or claim(text), (key, exercise, text)
