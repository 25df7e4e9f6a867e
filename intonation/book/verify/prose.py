"""What chapters say: the sentences that cells computed, and the numbers in them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intonation.book.verify.kinds import Kind, kind_in_prose
from intonation.errors import IntonationError

MARKDOWN = "text/markdown"
# no part of a word (`pl0039`), of a version (2.1.2), or a power whose exponent is raised (10⁻⁶)
NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w⁻⁰-⁹]|\.\d)")
PLACE = "#"  # of a number, in a sentence without them
AROUND = 60  # characters of a sentence that tell what a number is about


class VerificationError(IntonationError):
    """A run or a summary that cannot be compared."""


@dataclass(frozen=True)
class Quoted:
    """A number in a sentence. text: as printed; before, after: the sentence around it."""

    text: str
    before: str
    after: str

    @property
    def value(self) -> float:
        """The number."""
        return float(self.text.replace(",", "").replace("−", "-"))

    @property
    def kind(self) -> Kind:
        """What kind of number it is."""
        return kind_in_prose(self.text, self.before, self.after)

    @property
    def about(self) -> str:
        """The words around it, for a table."""
        return f"{self.before[-AROUND:]}[{PLACE}]{self.after[:AROUND]}".replace("\n", " ")


def numbers(paragraph: str) -> list[Quoted]:
    """The numbers of a paragraph in their order."""
    found = NUMBER.finditer(paragraph)
    return [Quoted(m[0], paragraph[: m.start()], paragraph[m.end() :]) for m in found]


def words(paragraph: str) -> str:
    """A paragraph with a mark for each number: what it says apart from them."""
    return NUMBER.sub(PLACE, paragraph)


def paragraphs(notebook: Path) -> list[str]:
    """Every paragraph that the cells of an executed chapter computed.

    Raises VerificationError for what is no notebook.
    """
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        told = [_text(output) for cell in content["cells"] for output in cell.get("outputs", ())]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VerificationError(
            f"{notebook} is no executed notebook ({error!r}); execute the chapter again"
        ) from None
    return [part.strip() for text in told for part in text.split("\n\n") if part.strip()]


def _text(output: dict[str, Any]) -> str:
    """The Markdown of an output; "" for a picture, a table or what was printed."""
    data = output.get("data", {})
    return "".join(data[MARKDOWN]) if "image/png" not in data and MARKDOWN in data else ""
