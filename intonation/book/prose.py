"""Sentences around computed values, and titles of what a page shows one at a time."""

import html

from IPython.display import HTML, Markdown


def say(*paragraphs: str) -> Markdown | None:
    """Markdown for the end of a cell: lines may be broken anywhere, empty paragraphs go.

    A paragraph that begins with "- " keeps its lines, as a list must. None where there is nothing
    to say: an empty one would be shown by its type.
    """
    kept = [part.strip() for part in paragraphs if part.strip()]
    flowed = [part if part.startswith("- ") else " ".join(part.split()) for part in kept]
    return Markdown("\n\n".join(flowed)) if flowed else None


def choice(title: str) -> HTML:
    """Title of what a cell displays next, up to its next title.

    A page shows what stands under the titles of one cell one at a time, the reader's choice
    (`book/_ext/readable_pages.py`).
    """
    return HTML(f'<p class="choice">{html.escape(title)}</p>')
