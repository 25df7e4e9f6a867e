"""Command line of `make verify`.

    python -m intonation.book.verify OUT [--with RUN_OR_SUMMARY] [--write SUMMARY]

Compares a run with another run's folder, or with a stored summary (default: that of the default
run, which is kept with the source code), and says of every number that a chapter quotes, of every
table's columns and of every ranking whether it is the same, close or different. The whole table is
written to OUT/verification/comparison.csv, the verdict to verdict.json beside it. Ends with 1 where
anything differs.
"""

import argparse
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd

from intonation.book.verify.comparison import VERDICTS, compare, other_conditions
from intonation.book.verify.summary import Summary, read_summary, summarise, write_summary
from intonation.errors import exit_code
from intonation.files import write_csv, write_text

DEFAULT_RUN = Path(__file__).with_name("default_run.json")
FOLDER = "verification"  # in the run folder
ALIKE = "Both runs were made alike: corpus, parameters, versions."
UNLIKE = "The runs were not made alike, so that results may differ (first / second):"
SHOWN = 30  # rows of each kind in the terminal
WIDEST = 60  # characters of a value there


def open_summary(path: Path) -> Summary:
    """Of a run folder, or as stored in a file. Raises VerificationError."""
    return summarise(path) if path.is_dir() else read_summary(path)


def verify(out: Path, other: Path) -> int:
    """Compare, print, write; 1 where anything differs. Raises VerificationError."""
    first, second = summarise(out), open_summary(other)
    rows, conditions = compare(first, second), other_conditions(first, second)
    counts = count(rows)
    verdict = next(name for name in reversed(VERDICTS) if counts[name].sum() or name == VERDICTS[0])
    told = {
        "run": out.resolve().name,
        "other": other.resolve().name,
        "verdict": verdict,
        "counts": counts.to_dict("index"),
        "other_conditions": conditions,
    }
    write_csv(out / FOLDER / "comparison.csv", rows)
    text = json.dumps(told, indent=1, ensure_ascii=False)
    write_text(out / FOLDER / "verdict.json", text + "\n")
    print(report(rows, conditions, counts))
    print(f"{verdict}; every row is in {out / FOLDER / 'comparison.csv'}")
    return int(verdict == VERDICTS[-1])


def count(rows: pd.DataFrame) -> pd.DataFrame:
    """How many of each kind are same, close, different: a row a kind."""
    counts = pd.crosstab(rows["what"], rows["verdict"])
    return counts.reindex(columns=list(VERDICTS), fill_value=0)


def report(rows: pd.DataFrame, conditions: list[str], counts: pd.DataFrame) -> str:
    """What is shown in a terminal: counts, and what is not the same, what differs first."""
    parts = [
        "\n  ".join([UNLIKE, *map(_plain, conditions)]) if conditions else ALIKE,
        counts.to_string(),
    ]
    for verdict in reversed(VERDICTS[1:]):
        for what, some in rows[rows["verdict"] == verdict].groupby("what", sort=False):
            more = f", the first {SHOWN}" if len(some) > SHOWN else ""
            shown = map(_line, some.head(SHOWN).itertuples())
            parts.append("\n  ".join([f"{verdict}: {what} ({len(some)}{more})", *shown]))
    return "\n\n".join(parts)


def _line(row: Any) -> str:
    told = f"{row.place}  {row.about}" if row.about else row.place
    values = (textwrap.shorten(_plain(text), WIDEST) for text in (row.first, row.second))
    return f"{_plain(told)}: {' / '.join(values)}"


def _plain(text: str) -> str:
    """Without what would move a terminal's cursor or colour it."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def main(arguments: list[str] | None = None) -> int:
    """Compare or store; 1 where something differs and after an error, 130 after an interrupt."""
    parser = argparse.ArgumentParser(
        prog="python -m intonation.book.verify", description=__doc__.splitlines()[0]
    )
    parser.add_argument("out", type=Path, help="run folder")
    parser.add_argument("--with", dest="other", type=Path, help="a run folder or stored summary")
    parser.add_argument("--write", type=Path, help="store the run's summary here, compare nothing")
    given = parser.parse_args(arguments)
    if given.write:
        return exit_code(lambda: write_summary(given.write, summarise(given.out)))
    return exit_code(lambda: verify(given.out, given.other or DEFAULT_RUN))


if __name__ == "__main__":
    sys.exit(main())
