"""How many written cases are read aloud as a person would: book/measured/reading.csv.

    PYTHONPATH=. python benchmarks/reading.py

The cases and the readings expected of them lie in tests/polish: `written_cases.tsv`, on which the
rules were made; `written_held_out.tsv`, which was written before the rules and never used to change
them; and sentences of running text that were written when rules stood: `written_unseen.tsv`, whose
misses have been mended since, and `written_running.tsv`, for whose misses nothing was changed but
that one of them is listed now. A case is right if the text that is read is the expected one, letter
by letter. Cases that are read otherwise are printed.
"""

from collections import defaultdict
from pathlib import Path

import pandas as pd

from intonation.files import write_csv
from intonation.polish import read_out

ROOT = Path(__file__).resolve().parent.parent
LISTS = {
    "written_cases.tsv": "tuned on",
    "written_held_out.tsv": "held out",
    "written_unseen.tsv": "mended since",
    "written_running.tsv": "unseen",
}


def judged(path: Path) -> dict[str, list[bool]]:
    """Whether each case of a list is right, by category; prints those that are not."""
    found = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        category, written, expected = line.split("\t")
        read = read_out(written).text
        found[category].append(read == expected)
        if read != expected:
            print(f"{category}: {written}\n  expected {expected}\n  read     {read}")
    return found


def main() -> None:
    rows = []
    for name, title in LISTS.items():
        categories = judged(ROOT / "tests" / "polish" / name)
        if title == "tuned on":
            rows += [(category, title, marks) for category, marks in categories.items()]
        rows.append(("all", title, [mark for marks in categories.values() for mark in marks]))
    table = pd.DataFrame(
        [
            (category, title, len(marks), sum(marks), round(sum(marks) / len(marks), 3))
            for category, title, marks in rows
        ],
        columns=["category", "list", "cases", "right", "share"],
    )
    print(table.to_string(index=False))
    write_csv(ROOT / "book" / "measured" / "reading.csv", table)


if __name__ == "__main__":
    main()
