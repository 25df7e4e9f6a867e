"""How many written cases are read aloud as a person would: book/measured/reading.csv.

    PYTHONPATH=tests python benchmarks/reading.py

The cases and the readings expected of them lie in tests/polish: `written_cases.tsv` and
`written_prose.tsv`, on which the rules were made; `written_held_out.tsv`, which was written before
the rules and never used to change them; and sentences that were written when rules stood and read
once before anything was changed for them: `written_unseen.tsv`, `written_running.tsv`,
`written_last.tsv` and `written_fresh_1.tsv` to `written_fresh_5.tsv`. What these showed has been
mended since, so the table has both how many were right when they were first read (and how many of
the others had something listed as unread), and how many are now. A case is right if the text that
is read is an expected one, letter by letter, and nothing is listed as unread. Cases that are read
otherwise are printed.
"""

from collections import defaultdict
from pathlib import Path

import pandas as pd
from written import cases, is_right

from intonation.files import write_csv
from intonation.polish import read_out

ROOT = Path(__file__).resolve().parent.parent
LISTS = {
    "cases": "tuned on",
    "prose": "tuned on: prose",
    "held_out": "held out",
    "unseen": "mended since: first",
    "running": "mended since: second",
    "last": "mended since: prose",
    "fresh_1": "mended since: dense prose, first",
    "fresh_2": "mended since: dense prose, second",
    "fresh_3": "mended since: dense prose, third",
    "fresh_4": "mended since: dense prose, fourth",
    "fresh_5": "mended since: dense prose, fifth",
}
# right when first read, and listed as unread then, which is neither right nor wrong
FIRST_RIGHT = {
    **{"unseen": 26, "running": 27, "last": 49},
    **{"fresh_1": 65, "fresh_2": 69, "fresh_3": 65, "fresh_4": 68, "fresh_5": 63},
}
FIRST_LISTED = {"fresh_1": 1, "fresh_2": 2, "fresh_3": 4, "fresh_4": 4, "fresh_5": 4}


def judged(name: str) -> dict[str, list[bool]]:
    """Whether each case of a list is right, by category; prints those that are not."""
    found = defaultdict(list)
    for category, written, expected in cases(name):
        reading = read_out(written)
        read = reading.text
        found[category].append(not reading.unread and is_right(read, expected))
        if not found[category][-1]:
            print(f"{category}: {written}\n  expected {expected}\n  read     {read}")
    return found


def main() -> None:
    rows = []
    for name, title in LISTS.items():
        categories = judged(name)
        if name == "cases":
            rows += [(category, title, marks, "", "") for category, marks in categories.items()]
        marks = [mark for some in categories.values() for mark in some]
        first = FIRST_RIGHT.get(name, ""), FIRST_LISTED.get(name, "")
        rows.append(("all", title, marks, *first))
    table = pd.DataFrame(
        [
            (category, title, len(marks), *first, sum(marks), round(sum(marks) / len(marks), 3))
            for category, title, marks, *first in rows
        ],
        columns=[
            *("category", "list", "cases", "right when first read", "listed then"),
            *("right", "share"),
        ],
    )
    print(table.to_string(index=False))
    write_csv(ROOT / "book" / "measured" / "reading.csv", table)


if __name__ == "__main__":
    main()
