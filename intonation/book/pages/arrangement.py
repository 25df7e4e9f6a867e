"""Where things stand in a published chapter: its answer under the question, its solutions folded.

A page is to be read, and no longer than that takes: code that shows nothing is joined to the code
that follows; long code, long tables, and the answer's figure where it is drawn are folded; of
several figures that one cell shows a reader sees one at a time.

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

AGAIN, SHUT = "Shown above: ", "shut"  # before the title of an answer's figure; `readable_pages.py`
LONG, LONG_CODE = 3, "long-code"  # lines of code; longer ones are folded, but not on paper
MOST_ROWS = 8  # of a table; a longer one is folded
INDEX = re.compile(r"<th\b[^>]*\bindex_name\b[^>]*>(.*?)</th>", flags=re.S)
HEADING = re.compile(r"<th\b[^>]*\bcol_heading\b[^>]*>(.*?)</th>", flags=re.S)
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
    cells = _joined(cells)
    for cell in cells:
        if cell["cell_type"] == "code":
            _fold_long(cell)
            cell["outputs"] = _one_at_a_time(cell.get("outputs", []))
            if tagged(notebook, SOLUTION):
                _fold_tables(cell)
    notebook["cells"] = cells
    drawn = [cell for cell in tagged(notebook, ANSWER) if cell.get("outputs")]
    answers = [_shown_again(cell) for cell in drawn]
    for cell in drawn:
        _shut(cell)
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


def _joined(cells: list[Cell]) -> list[Cell]:
    """Code that shows nothing becomes the beginning of the code that follows."""
    kept: list[Cell] = []
    for cell in cells:
        if kept and _is_silent(kept[-1]) and _is_joined(cell):
            source = "\n\n".join("".join(part["source"]) for part in (kept.pop(), cell))
            tags = [tag for tag in cell["metadata"].get("tags", ()) if tag != "hide-input"]
            cell = {**cell, "source": source, "metadata": {**cell["metadata"], "tags": tags}}
        kept.append(cell)
    return kept


def _is_joined(cell: Cell) -> bool:
    """Whether a cell's code may begin with that of the cell before it."""
    beside = {"hide-input", "remove-output", ANSWER}
    return cell["cell_type"] == "code" and set(cell["metadata"].get("tags", ())) <= beside


def _is_silent(cell: Cell) -> bool:
    """Whether a cell shows its code alone."""
    tags = set(cell["metadata"].get("tags", ())) - {"remove-output"}
    shows = "remove-output" not in cell["metadata"].get("tags", ()) and cell.get("outputs")
    return cell["cell_type"] == "code" and not tags and not shows


def _fold_long(cell: Cell) -> None:
    lines = len("".join(cell["source"]).splitlines())
    if lines > LONG and not _is_out_of_sight(cell):
        _fold(cell, "hide-input", f"Code, {lines} lines")
        cell["metadata"]["tags"].append(LONG_CODE)


def _fold_tables(cell: Cell) -> None:
    """Fold a long table under a title that names its columns, where it is all that a cell shows."""
    if len(cell["outputs"]) != 1 or "<table" not in (html := _html(cell["outputs"][0])):
        return
    rows = html.partition("<tbody")[2].count("<tr")
    if rows > MOST_ROWS and CHOICE not in html:
        found = [*INDEX.findall(html), *HEADING.findall(html)]
        names = ", ".join(filter(None, (name.replace("&nbsp;", "").strip() for name in found)))
        title = f"Table, {rows} rows: {names}" if names else f"Table, {rows} rows"
        cell["outputs"] = [_titled(title), *cell["outputs"]]
        cell["metadata"]["tags"] = [*cell["metadata"].get("tags", ()), SHUT]


def _shut(cell: Cell) -> None:
    """Fold the figures of an answer, which the page has shown already."""
    outputs = [out for out in cell["outputs"] if CHOICE not in _html(out)]
    if any(TITLE.search(_html(out)) for out in outputs):
        cell["outputs"] = _one_at_a_time(outputs, least=1, before=AGAIN)
        cell["metadata"]["tags"] = [*cell["metadata"]["tags"], SHUT]


def _html(output: Cell) -> str:
    return "".join(output.get("data", {}).get("text/html", ""))


def _is_out_of_sight(cell: Cell) -> bool:
    tags = set(cell["metadata"].get("tags", ())) - {"remove-output"}
    return any(tag.startswith(("hide-", "remove-")) for tag in tags)


def _one_at_a_time(outputs: list[Cell], *, least: int = 2, before: str = "") -> list[Cell]:
    """Outputs with a title over each figure, where there are so many and none has one yet."""
    titles = [found[1] if (found := TITLE.search(_html(out))) else "" for out in outputs]
    if sum(map(bool, titles)) < least or any(CHOICE in _html(out) for out in outputs):
        return outputs
    begun = []
    for title, output in zip(titles, outputs, strict=True):
        begun += [_titled(before + title), output] if title else [output]
    return begun


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
