"""Written sentences with the readings that are expected of them: tests/polish/written_*.tsv.

A line has a category, what is written, and how it is read; {one/another} where both are right.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "polish"
_EITHER = re.compile(r"\{([^}]*)\}")


def cases(name: str) -> list[tuple[str, str, str]]:
    """Category, writing and expected reading of each line of written_<name>.tsv."""
    text = (FOLDER / f"written_{name}.tsv").read_text(encoding="utf-8")
    return [tuple(line.split("\t")) for line in text.splitlines()]


def is_right(read: str, expected: str) -> bool:
    """True if a reading is one of those expected, letter by letter."""
    return bool(_pattern(expected).fullmatch(read))


def _pattern(expected: str) -> re.Pattern[str]:
    parts = _EITHER.split(expected)
    either = ["|".join(map(re.escape, part.split("/"))) for part in parts[1::2]]
    plain = [re.escape(part) for part in parts[::2]]
    said = [f"{one}(?:{other})" for one, other in zip(plain, either, strict=False)]
    return re.compile("".join([*said, plain[-1]]))
