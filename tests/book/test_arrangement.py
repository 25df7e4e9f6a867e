"""Where things stand on a chapter's page: the answer under the question, solutions folded."""

import copy

from intonation.book.pages.arrangement import WIDGET, arrange

OPENING = "# 5 · Relevance\n\n**Why?**\n\nReads: `corpus/`. Writes: `x/`. Time: 3 s.\n\nMore."
FIGURE = '<figure class="book-figure"{}><a id="x"></a></figure>'
PICTURE, AGAIN = (
    {"output_type": "display_data", "metadata": {}, "data": {"text/html": FIGURE.format(name)}}
    for name in (' id="figure-5-1"', "")
)
SENTENCE = {"output_type": "execute_result", "metadata": {}, "data": {"text/markdown": "It is."}}
PROGRESS = [
    {"output_type": "stream", "name": "stderr", "text": "100%"},
    {"output_type": "display_data", "metadata": {}, "data": {WIDGET: {}, "text/plain": "0%"}},
]


def code(source, *tags, outputs=(), **more):
    metadata = {"tags": list(tags)}
    return {"cell_type": "code", "metadata": metadata, "source": source, **more} | {
        "outputs": copy.deepcopy(list(outputs))
    }


def chapter(*cells):
    opening = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": OPENING}
    return {"cells": [opening, *cells]}


def arranged(*cells):
    notebook = chapter(*cells)
    arrange(notebook)
    return notebook["cells"]


def test_the_answer_stands_under_the_question_and_stays_where_it_was():
    cells = arranged(
        code("say(…)", "hide-input", "answer", outputs=[SENTENCE], id="b"),
        code("draw()", "answer", outputs=[PICTURE], id="c"),
    )
    shown = [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]
    assert shown == [[AGAIN], [SENTENCE], [SENTENCE], [PICTURE]]
    question, picture, sentence, made_from = cells[:4]
    assert question["source"] == "# 5 · Relevance\n\n**Why?**"
    assert made_from["source"].startswith("{.made-from}\nReads: `corpus/`")
    assert made_from["source"].endswith("More.")
    for cell in (picture, sentence):
        assert "remove-input" in cell["metadata"]["tags"] and "answer" not in cell["metadata"]
    names = [cell["id"] for cell in cells]
    assert len(set(names)) == len(names)


def test_an_answer_without_a_picture_or_output_changes_nothing():
    cells = arranged(code("if comparable: …", "answer"))
    assert len(cells) == 2 and cells[0]["source"] == OPENING


def test_solutions_are_folded_and_numbered_without_their_progress():
    first = code("a", "solution", outputs=[*PROGRESS, SENTENCE])
    _, one, other = arranged(first, code("b", "solution"))
    assert one["outputs"] == [SENTENCE] and other["outputs"] == []
    for number, cell in enumerate((one, other), start=1):
        assert cell["metadata"]["tags"] == ["solution", "hide-cell"]
        prompts = cell["metadata"]["mystnb"]
        assert set(prompts.values()) == {f"Solution of exercise {number}"}


def test_parameters_are_folded_and_other_cells_are_not():
    _, given, usual = arranged(code("seed = 1", "parameters"), code("train()"))
    assert given["metadata"]["tags"] == ["parameters", "hide-input"]
    assert usual == code("train()")
