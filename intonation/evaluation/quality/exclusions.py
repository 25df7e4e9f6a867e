"""Why recordings could not be used: reasons of one kind counted together, each with its fix.

A reason is a sentence about one recording, written where the recording was given up: it names the
file, what was found, and at its end what to do. Two are of one kind where they are the same but for
names, numbers and quoted text.
"""

import re

import pandas as pd

from intonation.corpus.corpus import REASON

ANY = "…"  # stands for what differs from one recording to the next
_FILE = re.compile(r"^.*?\.(?:wav|flac|ogg|mp3|txt|lab|lf0|cmp|TextGrid)(?=[\s:])", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|\([^()]*\)")
_NAMED = re.compile(r"(?<!\S)(?!F0\b)\S*[\d/\\]\S*?(?=[\s,;:]|$)")  # a number, a path, "anna_01"
_SEVERAL = re.compile(rf"{ANY}(?:[ ,]+{ANY})+")
_LAST = re.compile(r"^(.*)(?:[;:]|(?<=\w)\.) +(\S.*)$", re.DOTALL)  # what is found, what to do


def exclusions(excluded: pd.DataFrame) -> pd.DataFrame:
    """Reasons by how many recordings they excluded: recordings, reason, fix, example.

    excluded: columns id and reason. fix: what the reason proposes; "" where it proposes nothing.
    example: an id.
    """
    columns = ["recordings", "reason", "fix", "example"]
    if excluded.empty:
        return pd.DataFrame(columns=columns)
    pairs = zip(excluded["id"], excluded[REASON], strict=True)
    parts = [(*parted(general(reason, name)), name) for name, reason in pairs]
    found = pd.DataFrame(parts, columns=["reason", "fix", "example"])
    kinds = found.groupby(["reason", "fix"], sort=False)["example"].agg(["size", "first"])
    kinds = kinds.reset_index().rename(columns={"size": "recordings", "first": "example"})
    return kinds[columns].sort_values("recordings", ascending=False, kind="stable", ignore_index=1)


def general(reason: str, name: str) -> str:
    """A reason without what is said of this one recording."""
    text = " ".join(str(reason).split())
    text = re.sub(rf"^{re.escape(name)}(?=:)", ANY, _FILE.sub(ANY, text, count=1))
    for pattern in (_QUOTED, _NAMED):
        text = pattern.sub(ANY, text)
    return _SEVERAL.sub(ANY, text)


def parted(reason: str) -> tuple[str, str]:
    """What was found, and what to do about it: what follows the last pause of the sentence."""
    found = _LAST.match(reason)
    return (found[1], found[2]) if found else (reason, "")
