"""Command line of `make check-site`.

    python -m check_site OUT [--pages PATTERN] [--all]      with tests/ on the path

Opens every page of OUT/site/html and prints a table of what was measured beside its bound; ends
with 1 where a bound is missed. Every finding is in OUT/check_site.csv.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from check_site.documents import (
    Finding,
    Site,
    bad_descriptions,
    broken_links,
    invalid_html,
)
from check_site.opened import answer_times, front_files, inaccessible, inspector_pages, weight
from check_site.tools import ToolError

PAGE_BYTES = 1_500_000
INSPECTOR_BYTES = 1_000_000
P95_MS = 50
PERCENTILE = 95
SHOWN = 12  # findings of a kind


@dataclass(frozen=True)
class Measure:
    """One line of the table. worst: the number measured, bound: what it may be at most."""

    name: str
    worst: float
    bound: float
    unit: str
    where: str
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the bound is kept; a number that could not be measured keeps none."""
        return self.worst <= self.bound


def counted(name: str, findings: Iterable[Finding], pages: int) -> Measure:
    """A measure that allows no finding."""
    found = tuple(findings)
    on = len({finding.page for finding in found})
    return Measure(name, len(found), 0, "", f"on {on} of {pages} pages", found)


def heaviest(name: str, weights: dict[str, int], bound: int) -> Measure:
    """The heaviest of these pages; all above the bound are findings."""
    above = [
        Finding(page, f"{size / 1e6:.2f} MB") for page, size in weights.items() if size > bound
    ]
    worst = max(weights, key=weights.get, default="no page")
    size = weights.get(worst, 0) / 1e6
    return Measure(name, round(size, 2), bound / 1e6, "MB", worst, tuple(above))


def check(folder: Path, wanted: str, browser) -> list[Measure]:
    """Everything that is measured of a site. Raises ToolError."""
    site = Site(folder)
    measures = [
        counted("links", broken_links(site), len(site.pages)),
        counted("descriptions of pictures", bad_descriptions(site), len(site.pages)),
        counted("HTML", invalid_html(site), len(site.pages)),
    ]
    names = [name for name in site.pages if fnmatch(name, wanted)]
    found = [pair for name in names for pair in inaccessible(browser, site.folder, name)]
    for title, of_contrast in (("axe-core, A and AA", False), ("contrast", True)):
        some = [finding for finding, contrast in found if contrast == of_contrast]
        measures.append(counted(title, some, len(names)))
    weights = {name: weight(browser, site.folder, name) for name in names}
    measures.append(heaviest("weight of a page", weights, PAGE_BYTES))
    inspectors = [name for name in inspector_pages(site) if name in weights]
    measures.append(heaviest("inspector before data", front_files(site.folder), INSPECTOR_BYTES))
    times = [(answer_times(browser, site.folder, name), name) for name in inspectors]
    measures += [p95(*pair) for pair in times]
    return measures


def p95(times: np.ndarray, name: str) -> Measure:
    """How long all but the slowest answers to the pointer take."""
    worst = float(np.percentile(times, PERCENTILE)) if len(times) else float("nan")
    where = f"{name}, {len(times)} moves"
    return Measure(f"answer, {PERCENTILE}th percentile", round(worst, 1), P95_MS, "ms", where)


def report(measures: list[Measure], shown: int) -> str:
    """The table, then what was found, most frequent first."""
    rows = [("", "measured", "at most", "", "")]
    rows += [
        (m.name, f"{m.worst:g} {m.unit}", f"{m.bound:g}", "ok" if m.holds else "MISSED", m.where)
        for m in measures
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    for measure in (one for one in measures if one.findings):
        kinds = Counter(finding.what for finding in measure.findings)
        lines += ["", f"{measure.name}:"]
        for what, times in kinds.most_common(shown):
            first = next(one for one in measure.findings if one.what == what)
            lines.append(f"  {times} × {what}\n      first: {first.page} {first.where[:120]}")
    return "\n".join(lines)


def write_findings(path: Path, measures: list[Measure]) -> None:
    """Every finding as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["measure", "page", "what", "where"])
        for measure in measures:
            rows.writerows((measure.name, f.page, f.what, f.where) for f in measure.findings)


def main(arguments: list[str] | None = None) -> int:
    """Measure a site; 1 where a bound is missed, 2 where it cannot be measured."""
    from browser import launch

    parser = argparse.ArgumentParser(prog="make check-site", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="run folder")
    parser.add_argument("--pages", default="*", help="of the pages that a browser opens, a pattern")
    parser.add_argument("--all", action="store_true", help="print every kind of finding")
    given = parser.parse_args(arguments)
    folder = given.out / "site" / "html"
    if not (folder / "index.html").is_file():
        print(f"error: no site in {folder}; make the book first", file=sys.stderr)
        return 2
    try:
        measures = check(folder, given.pages, launch())
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    write_findings(given.out / "check_site.csv", measures)
    print(report(measures, 10**6 if given.all else SHOWN))
    print(f"\nevery finding is in {given.out / 'check_site.csv'}")
    return int(not all(measure.holds for measure in measures))


if __name__ == "__main__":
    sys.exit(main())
