"""Sphinx extension: what the theme and its companions write that is no valid or accessible HTML.

Found by `make check-site`; each repair can go when the package that it is about has its own:

- myst-nb: paragraphs in the summary of folded code, and a name for it that is not what it says;
- pandas: tables bring their style sheets with them, which belong into a page's head;
- pydata-sphinx-theme: the search button's name hides its words, the search page has an id twice;
- sphinxcontrib-bibtex: roles that ARIA no longer has;
- tables and formulas that scroll inside themselves, which keys could not reach.
"""

import re
from pathlib import Path

SUMMARY = re.compile(r"<summary\b[^>]*>.*?</summary>", flags=re.DOTALL)
PARAGRAPH = re.compile(r"<(/?)p\b")
STYLE = re.compile(r"<style\b[^>]*>.*?</style>\s*", flags=re.DOTALL)
SEARCH_NAME = re.compile(r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"')
SEARCH_ID = re.compile(r'id="search-input"')
ROLES = re.compile(r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")')
SCROLLING = re.compile(
    r'<div class="(?:pst-scrollable-table-container|math notranslate nohighlight)'
)
FOLDS = re.compile(r"(details\.hide(?:\[open\]|:not\(\[open\]\))?\s*>\s*summary\s*>\s*)p\b")


def repaired(html: str) -> str:
    """A page without these faults; whatever else it holds stays as it is."""
    html = SUMMARY.sub(_summary, html)
    html = SEARCH_NAME.sub(r"\1", html)
    html = ROLES.sub("", html)
    html = SCROLLING.sub(lambda found: found[0].replace("<div", '<div tabindex="0"', 1), html)
    return _one_search_id(_styles_in_head(html))


def _summary(found: re.Match) -> str:
    words = PARAGRAPH.sub(r"<\1span", found[0])
    return words.replace(' aria-label="Toggle hidden content"', "")


def _styles_in_head(html: str) -> str:
    head, end, body = html.partition("</head>")
    moved = "".join(STYLE.findall(body)).replace("<style scoped>", "<style>")
    return head + moved + end + STYLE.sub("", body)


def _one_search_id(html: str) -> str:
    """The first field of that name is the theme's own; only the search page has another."""
    first, *others = SEARCH_ID.split(html)
    if len(others) < 2:
        return html
    return f'{first}id="search-input"' + 'id="search-page-input"'.join(others)


def repair(app, exception) -> None:
    """Repair all pages, and the rules for folded code, which name the paragraphs."""
    if exception is not None:
        return
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(repaired(page.read_text(encoding="utf-8")), encoding="utf-8")
    for sheet in (Path(app.outdir) / "_static").glob("mystnb*.css"):
        sheet.write_text(FOLDS.sub(r"\1span", sheet.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app) -> dict:
    """Register after whatever else works on finished pages."""
    app.connect("build-finished", repair, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
