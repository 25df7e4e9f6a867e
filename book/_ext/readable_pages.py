"""Sphinx extension: pages that can be browsed on any screen, with or without JavaScript.

Of several figures that a cell shows under titles (`intonation.book.prose.choice`) a page shows one
at a time: each becomes a `details` element, and opening one closes the others. Exercises are folded
with their solutions. A wide table scrolls inside a region of its own, which has a name and can be
reached by the keyboard; its columns of words stand left, as a column of numbers stands right.
"""

import html
import re
from itertools import count

from docutils import nodes

CHOICE = re.compile(r'<p class="choice">(.*?)</p>', flags=re.S)
LANDMARK = re.compile(r"<h[1-6]\b[^>]*>(?P<title>.*?)</h[1-6]>|<table\b|</table>", flags=re.S)
HEADER_LINK = re.compile(r'<a class="headerlink".*?</a>', flags=re.S)
TAG = re.compile(r"<[^>]+>")
# as pandas writes styled tables
CELL = re.compile(r'<td [^>]*class="data row\d+ (col\d+)[^>]*>(.*?)</td>', flags=re.S)
COLUMN = re.compile(r'class="((?:data row\d+|col_heading level\d+) (col\d+))')
NUMBER = re.compile(r"[\s\d.,%±×+–−-]*(?:e[+-]?\d+)?[⁻⁰¹²³⁴-⁹]*\s*|nan|True|False")


def fold_choices(app, doctree, docname) -> None:
    """Make what stands under the titles of a cell's choice a list of which one is open.

    A cell with the tag `shut` begins with none open.
    """
    numbers = count(1)
    for output in doctree.findall(nodes.container):
        if "cell_output" in output["classes"] and any(map(_title, output.children)):
            shut = "tag_shut" in output.parent["classes"]
            output.children = _folded(output.children, f"choice-{next(numbers)}", shut)
            for child in output.children:
                child.parent = output


def fold_exercises(app, doctree, docname) -> None:
    """Put the exercises of a chapter, solutions within, behind a line that says how many."""
    for section in doctree.findall(nodes.section):
        solutions = [node for node in section.findall(nodes.container) if _solves(node)]
        if "exercises" in section["ids"] and solutions:
            several = f"{len(solutions)} exercises, with solutions"
            told = several if len(solutions) > 1 else "1 exercise, with its solution"
            begin = _raw(f'<details class="choice"><summary>{told}</summary>')
            head, *rest = section.children
            section.children = [head, begin, *rest, _raw("</details>")]
            for child in section.children:
                child.parent = section


def _solves(node: nodes.container) -> bool:
    return "tag_solution" in node["classes"]


def _title(node) -> str:
    found = isinstance(node, nodes.raw) and CHOICE.search(node.astext())
    return found[1] if found else ""


def _folded(children: list, name: str, shut: bool) -> list:
    folded, begun = [], 0
    for child in children:
        title = _title(child)
        if not title:
            folded.append(child)
            continue
        folded += [_raw("</details>")] * bool(begun)
        first = " open" * (not begun and not shut)
        folded.append(
            _raw(f'<details class="choice" name="{name}"{first}><summary>{title}</summary>')
        )
        begun += 1
    return [*folded, _raw("</details>")]


def _raw(markup: str) -> nodes.raw:
    return nodes.raw("", markup, format="html")


def wrap_tables(app, pagename, templatename, context, doctree) -> None:
    """Give every table of a page a region that scrolls, named after its section."""
    body, numbers = context.get("body"), count(1)
    if not body or "<table" not in body:
        return
    section, depth, parts, done = "", 0, [], 0
    for found in LANDMARK.finditer(body):
        if found["title"] is not None:
            section = html.unescape(TAG.sub("", HEADER_LINK.sub("", found["title"]))).strip()
            continue
        opens = found[0] == "<table"
        depth += 1 if opens else -1
        if depth == opens:  # the outermost one begins or ends
            at = found.start() if opens else found.end()
            parts += [_words_left(body[done:at])]
            parts += [_region(section, next(numbers)) if opens else "</div>"]
            done = at
    context["body"] = "".join([*parts, body[done:]])


def _words_left(markup: str) -> str:
    """Mark the columns of a styled table that hold words."""
    cells = CELL.findall(markup)
    wordy = {name for name, text in cells if not NUMBER.fullmatch(TAG.sub("", text))}
    return COLUMN.sub(lambda m: f'class="{m[1]}{" words" * (m[2] in wordy)}', markup)


def _region(section: str, number: int) -> str:
    label = html.escape(f"Table {number}: {section}" if section else f"Table {number}", quote=True)
    return f'<div class="table-scroll" role="region" tabindex="0" aria-label="{label}">'


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-resolved", fold_choices)
    app.connect("doctree-resolved", fold_exercises)
    app.connect("html-page-context", wrap_tables, priority=900)  # previews copy plain tables
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
