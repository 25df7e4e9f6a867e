"""A label, and whole-label matching as HTS defines it, to hold the package against."""

import re

LABEL = (
    "hh^aw-b+r=ey@1_4/A:1_0_2/B:1-1-4@1-1&2-7#1-7$1-3!1-1;0-1|ey/C:1+1+3/D:wp_1"
    "/E:content+1@2+7&1+4#0+1/F:content_1/G:0_0/H:8=8^1=1|L-L%/I:0=0/J:8+8-1"
)
REST = LABEL[LABEL.index("@") :]


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
