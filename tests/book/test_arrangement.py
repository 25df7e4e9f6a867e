"""Where things stand on a chapter's page: the answer under the question, solutions folded."""

import copy

import pandas as pd
import pytest

from intonation.book.pages.arrangement import (
    LONG,
    LONG_CODE,
    MOST_ROWS,
    SHUT,
    WIDGET,
    arrange,
)
from intonation.book.prose import choice

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


def titled(number):
    html = f'<figure class="book-figure"><span class="book-figure-title">Part {number}.</span>'
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}


def test_of_several_figures_of_a_cell_each_gets_a_title():
    figures = [titled(1), titled(2)]
    (_, cell) = arranged(code("draw()", outputs=[*figures[:1], SENTENCE, *figures[1:]]))
    heads = [choice(f"Part {number}").data for number in (1, 2)]
    shown = [output["data"].get("text/html") for output in cell["outputs"]]
    assert shown[0::3] == heads and cell["outputs"][1::3] == figures
    assert cell["outputs"][2] == SENTENCE
    (_, alone) = arranged(code("draw()", outputs=[titled(1), SENTENCE]))
    assert alone["outputs"] == [titled(1), SENTENCE]


def test_a_choice_that_a_chapter_made_stays_as_it_is():
    head = {**titled(1), "data": {"text/html": choice("Mine").data}}
    outputs = [head, titled(1), {**head}, titled(2)]
    (_, cell) = arranged(code("draw()", outputs=outputs))
    assert cell["outputs"] == outputs


def test_the_figure_of_the_answer_is_folded_where_it_is_drawn():
    figure, prose = titled(1), copy.deepcopy(SENTENCE)
    _, above, _, below = arranged(code("draw()", "answer", outputs=[figure, prose]))
    assert above["outputs"] == [figure, prose]
    head, *rest = below["outputs"]
    assert head["data"]["text/html"] == choice("Shown above: Part 1").data
    assert rest == [figure, prose] and SHUT in below["metadata"]["tags"]


@pytest.mark.parametrize(("rows", "folded"), [(MOST_ROWS, False), (MOST_ROWS + 1, True)])
def test_a_long_table_is_folded_under_the_names_of_its_columns(rows, folded):
    table = pd.DataFrame({"group": range(rows), "<b>": 1}).style.hide().format(escape="html")
    data = {"text/html": table.to_html().replace("<b>", "&lt;b&gt;")}
    shown = {"output_type": "execute_result", "metadata": {}, "data": data}
    _, cell, _ = arranged(code("table", outputs=[shown]), code("x", "solution"))
    assert (SHUT in cell["metadata"]["tags"]) == folded and cell["outputs"][-1] == shown
    heads = [output["data"]["text/html"] for output in cell["outputs"][:-1]]
    assert heads == [choice(f"Table, {rows} rows: group, <b>").data] * folded


def test_code_that_shows_nothing_begins_the_code_that_follows():
    text = {"cell_type": "markdown", "metadata": {}, "source": "And."}
    trained = code("b", "remove-output", outputs=PROGRESS[:1])
    _, joined, said, apart = arranged(
        *(
            code("a"),
            trained,
            code(["c\n", "d"], outputs=[SENTENCE]),
        ),
        *(text, code("e"), code("f", "hide-input")),
    )
    assert joined["source"] == "a\n\nb\n\nc\nd" and joined["outputs"] == [SENTENCE]
    assert said == text and apart["source"] == "e\n\nf" and not apart["metadata"]["tags"]


def test_code_of_a_solution_stays_its_own():
    _, usual, solution = arranged(code("a"), code("b", "solution"))
    assert (usual["source"], solution["source"]) == ("a", "b")


def test_long_code_is_folded_and_says_how_long_it_is():
    long = "\n".join(["line"] * (LONG + 1))
    _, folded, hidden, short = arranged(
        code(long), code(long, "remove-input"), code("\n".join(["line"] * LONG))
    )
    assert folded["metadata"]["tags"] == ["hide-input", LONG_CODE]
    assert set(folded["metadata"]["mystnb"].values()) == {f"Code, {LONG + 1} lines"}
    assert hidden["metadata"]["tags"] == ["remove-input"] and not short["metadata"]["tags"]


def test_parameters_are_folded_and_other_cells_are_not():
    _, given, usual = arranged(code("seed = 1", "parameters"), code("train()"))
    assert given["metadata"]["tags"] == ["parameters", "hide-input"]
    assert usual == code("train()")
