"""Sentences around computed values, and titles of what a page shows one at a time."""

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd
from IPython.display import HTML, Markdown

from intonation.plots.style import ACRONYMS, pretty

HEADINGS = {
    "ci_low": "95 % from",
    "ci_high": "95 % to",
    "share_low": "share from",
    "share_high": "share to",
    "rmse_semitones": "RMSE (semitones)",
}
VERDICTS = {True: "yes", False: "no"}


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


def headed(table: pd.DataFrame, words: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A table as a page shows it: its columns in words, with units in brackets; yes and no.

    words: for columns whose name alone says too little.
    """
    known = words or {}
    shown = table.rename(columns=lambda name: known.get(name) or heading(name))
    verdicts = shown.select_dtypes(bool).columns
    return shown.assign(**{name: shown[name].map(VERDICTS) for name in verdicts})


def heading(name: Any) -> Any:
    """A column's name in words, with its unit in brackets; what is no text stays as it is."""
    if not isinstance(name, str):
        return name
    if name in HEADINGS:
        return HEADINGS[name]
    words = pretty(name) if "_" in name or name in ACRONYMS else name
    return words if words[:2].isupper() else words[:1].lower() + words[1:]
