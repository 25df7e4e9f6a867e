"""Whole-label matching as HTS defines it, slow and plain: what the package is held against."""

import re


def matches(pattern: str, text: str) -> bool:
    """`*` any run, `?` exactly one character, all else itself, from end to end."""
    reached = {0}
    for symbol in pattern:
        if symbol == "*":
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        else:
            wanted = (place for place in reached if place < len(text))
            reached = {place + 1 for place in wanted if symbol in ("?", text[place])}
    return len(text) in reached


def as_expression(pattern: str) -> re.Pattern[str]:
    """The same as a regular expression, for many labels."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
