"""Sentences around computed values."""

from IPython.display import Markdown


def say(*paragraphs: str) -> Markdown:
    """Markdown for the end of a cell: lines may be broken anywhere, empty paragraphs go.

    A paragraph that begins with "- " keeps its lines, as a list must.
    """
    kept = [part.strip() for part in paragraphs if part.strip()]
    flowed = [part if part.startswith("- ") else " ".join(part.split()) for part in kept]
    return Markdown("\n\n".join(flowed))
