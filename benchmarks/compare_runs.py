"""Two runs of the book side by side: tables, figures, pages.

    python benchmarks/compare_runs.py BEFORE AFTER [--tolerance 1e-6]

Every CSV of the runs' results and corpus is compared cell by cell: texts must be equal, numbers may
differ by the tolerance, absolute or relative. Figures and pages are compared by name. Ends with 1
where anything differs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDERS = ("corpus", "features", "model", "results")


def tables(run: Path) -> set[str]:
    """All CSV files of a run, relative to it."""
    found = (path for folder in FOLDERS for path in (run / folder).rglob("*.csv"))
    return {str(path.relative_to(run)) for path in found}


def figures(run: Path) -> set[str]:
    """All figures of a run."""
    return {str(path.relative_to(run)) for path in (run / "results").rglob("*.png")}


def pages(run: Path) -> set[str]:
    """All pages of a run's site."""
    html = run / "site" / "html"
    return {str(path.relative_to(html)) for path in html.rglob("*.html")}


def difference(before: Path, after: Path, tolerance: float) -> str:
    """What differs between two tables, "" for nothing."""
    old, new = (pd.read_csv(path, keep_default_na=False, dtype=str) for path in (before, after))
    if list(old) != list(new) or len(old) != len(new):
        return f"{old.shape} with {list(old)[:8]} became {new.shape} with {list(new)[:8]}"
    worst, where = 0.0, ""
    for name in old:
        a, b = (pd.to_numeric(table[name], errors="coerce") for table in (old, new))
        texts = (old[name] != new[name]) & (a.isna() | b.isna())
        if texts.any():
            row = texts.idxmax()
            return f"{name}, row {row}: {old[name][row]!r} became {new[name][row]!r}"
        scale = np.maximum(1.0, np.maximum(a.abs(), b.abs()))
        off = float(((a - b).abs() / scale).max())
        if off > max(worst, tolerance):
            worst, where = off, f"{name} by {off:.2g}"
    return where


def compare_names(kind: str, before: set[str], after: set[str]) -> int:
    """Print what only one run has; returns how many."""
    for title, names in (("only before", before - after), ("only after", after - before)):
        for name in sorted(names):
            print(f"{kind} {title}: {name}")
    print(f"{len(before)} {kind}s before, {len(after)} after, {len(before & after)} in both")
    return len(before ^ after)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-6)
    given = parser.parse_args()
    both = given.before, given.after
    differing = sum(
        compare_names(kind, *map(find, both))
        for kind, find in (("table", tables), ("figure", figures), ("page", pages))
    )
    unequal = 0
    for name in sorted(tables(given.before) & tables(given.after)):
        found = difference(given.before / name, given.after / name, given.tolerance)
        if found:
            unequal += 1
            print(f"{name}: {found}")
    print(f"{unequal} tables differ by more than {given.tolerance:g}")
    return int(bool(differing or unequal))


if __name__ == "__main__":
    sys.exit(main())
