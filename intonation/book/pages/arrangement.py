"""Where things stand in a published chapter: its answer under the question, its solutions folded.

A page is to be read, and no longer than that takes: long code is folded, too, and of several
figures that one cell shows a reader sees one at a time.

A chapter draws its answer where its results are, far down; a reader wants it at once. What the
cells with the tag `answer` show is therefore shown a second time, after the chapter's question. The
cells with the tag `solution` each solve the exercise before them; a page shows them folded.
"""

import re
from copy import deepcopy
from typing import Any

CHOICE = '<p class="choice">'  # as `intonation.book.prose.choice` begins
ANSWER, FIRST, SOLUTION = "answer", "answer-first", "solution"
FIGURE_NAME = re.compile(r'(?<=^<figure class="book-figure") id="[^"]*"')
WIDGET = "application/vnd.jupyter.widget-view+json"
SMALL = "{.made-from}"  # class of the paragraph that tells what a chapter reads and writes
MADE_FROM = re.compile(r"\n+(?=Reads: )")

LONG, LONG_CODE = 12, "long-code"  # lines of code; longer ones are folded, but not on paper
TITLE = re.compile(r'<span class="book-figure-title">(.*?)\.?</span>', flags=re.S)

Cell = dict[str, Any]


def arrange(notebook: dict[str, Any]) -> None:
    """Rearrange the cells of an executed chapter for its page, in place."""
    cells = notebook["cells"]
    for number, cell in enumerate(tagged(notebook, SOLUTION), start=1):
        cell["outputs"] = [out for out in cell.get("outputs", ()) if not _is_progress(out)]
        _fold(cell, "hide-cell", f"Solution of exercise {number}")
    for cell in tagged(notebook, "parameters"):
        _fold(cell, "hide-input", "Parameters of this run")
    for cell in cells:
        lines = len("".join(cell["source"]).splitlines())
        if cell["cell_type"] == "code" and lines > LONG and not _is_out_of_sight(cell):
            _fold(cell, "hide-input", f"Code, {lines} lines")
            cell["metadata"]["tags"].append(LONG_CODE)
        if cell["cell_type"] == "code":
            cell["outputs"] = _one_at_a_time(cell.get("outputs", []))
    answers = [_shown_again(cell) for cell in tagged(notebook, ANSWER) if cell.get("outputs")]
    answers.sort(key=_is_prose)
    if answers:
        opening, how = _parted(cells[0])
        notebook["cells"] = [opening, *answers, *how, *cells[1:]]


def tagged(notebook: dict[str, Any], tag: str) -> list[Cell]:
    """The cells of a notebook that have a tag."""
    return [cell for cell in notebook["cells"] if tag in cell["metadata"].get("tags", [])]


def _is_prose(cell: Cell) -> bool:
    return any("text/markdown" in output.get("data", ()) for output in cell["outputs"])


def _fold(cell: Cell, how: str, prompt: str) -> None:
    """Hide a cell, or its code, behind a line that opens it, with or without JavaScript."""
    cell["metadata"]["tags"] = [*cell["metadata"].get("tags", ()), how]
    cell["metadata"]["mystnb"] = {"code_prompt_show": prompt, "code_prompt_hide": prompt}


def _is_out_of_sight(cell: Cell) -> bool:
    return any(tag.startswith(("hide-", "remove-")) for tag in cell["metadata"].get("tags", ()))


def _one_at_a_time(outputs: list[Cell]) -> list[Cell]:
    """Outputs with a title before each figure, where there are several and none has one yet."""
    shown = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    titles = [found[1] if (found := TITLE.search(html)) else "" for html in shown]
    if sum(map(bool, titles)) < 2 or any(CHOICE in html for html in shown):
        return outputs
    begun = [
        [_titled(title), output] if title else [output]
        for title, output in zip(titles, outputs, strict=True)
    ]
    return [output for pair in begun for output in pair]


def _titled(title: str) -> Cell:
    data = {"text/html": f"{CHOICE}{title}</p>"}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _is_progress(output: dict[str, Any]) -> bool:
    return output.get("name") == "stderr" or WIDGET in output.get("data", ())


def _shown_again(cell: Cell) -> Cell:
    again = deepcopy(cell)
    again["metadata"] = {"tags": ["remove-input", FIRST]}
    for data in (output.get("data", {}) for output in again["outputs"]):
        if "text/html" in data:  # links to a figure lead to where it is explained
            data["text/html"] = FIGURE_NAME.sub("", "".join(data["text/html"]), count=1)
    return _named(again, cell, "answer")


def _parted(opening: Cell) -> tuple[Cell, list[Cell]]:
    """A chapter's title and question, and what follows them."""
    question, *how = MADE_FROM.split("".join(opening["source"]), maxsplit=1)
    first = {**opening, "source": question}
    marked = [f"{SMALL}\n{text}" for text in how]
    return first, [_named({**opening, "source": text}, opening, "how") for text in marked]


def _named(cell: Cell, origin: Cell, use: str) -> Cell:
    """A copied cell under a name of its own, where cells have names."""
    if "id" in origin:
        cell["id"] = f"{use}-{origin['id']}"
    return cell
