"""Two summaries side by side: a row for each number, sentence, ranking and file."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import pandas as pd
import scipy

from intonation.book.verify.kinds import COUNT, RANKING_TAU, SAME, Kind, kind_of_column
from intonation.book.verify.prose import numbers, words
from intonation.book.verify.summary import Summary

VERDICTS = ("same", "close", "different")
PARTS = ("mean", "least", "greatest")  # of a column
NONE = "–"
LONGEST = 200  # characters of a sentence in a row


@dataclass(frozen=True)
class Row:
    """One thing compared.

    what: "number" (in prose), "words", "table" (a column of one), "ranking", "file".
    place, about: where it stands, and what it is. first, second: as the two runs have it.
    distance, tolerance: of numbers, as `kind` says; of rankings Kendall's tau and the least.
    """

    what: str
    place: str
    about: str
    kind: str
    first: str
    second: str
    distance: float | None
    tolerance: float | None
    verdict: str


def compare(first: Summary, second: Summary) -> pd.DataFrame:
    """All rows, columns as in `Row`. What only one of the two has is different."""
    rows = [
        *_compare_prose(first.prose, second.prose),
        *_compare_tables(first, second),
        *_compare_rankings(first.rankings, second.rankings),
        *_only_in_one("file", dict.fromkeys(first.names, ""), dict.fromkeys(second.names, "")),
    ]
    return pd.DataFrame(map(asdict, rows), columns=list(Row.__dataclass_fields__))


def other_conditions(first: Summary, second: Summary) -> list[str]:
    """What the runs were told to do differently, or did it with: corpus, parameters, versions."""
    return [
        f"{part}: {name} {first.run[part].get(name, NONE)} / {second.run[part].get(name, NONE)}"
        for part in first.run.keys() & second.run.keys()
        for name in {**first.run[part], **second.run[part]}
        if first.run[part].get(name) != second.run[part].get(name)
    ]


def _only_in_one(what: str, first: Mapping, second: Mapping) -> Iterator[Row]:
    for name in sorted(first.keys() ^ second.keys()):
        there = ("there", NONE) if name in first else (NONE, "there")
        yield Row(what, name, "", "name", *there, None, None, "different")


def _compare_prose(first: Mapping, second: Mapping) -> Iterator[Row]:
    yield from _only_in_one("words", first, second)
    for chapter in sorted(first.keys() & second.keys()):
        for one, other in _pairs(first[chapter], second[chapter]):
            yield from _compare_paragraphs(chapter, one, other)


def _pairs(first: list[str], second: list[str]) -> Iterator[tuple[str, str]]:
    """Paragraphs that belong together; "" beside one that has no other."""
    said = [[words(paragraph) for paragraph in told] for told in (first, second)]
    matcher = difflib.SequenceMatcher(None, *said, autojunk=False)
    for _, a, a_end, b, b_end in matcher.get_opcodes():
        longer = max(a_end - a, b_end - b)
        ones, others = first[a:a_end], second[b:b_end]
        yield from zip(
            ones + [""] * (longer - len(ones)), others + [""] * (longer - len(others)), strict=True
        )


def _compare_paragraphs(chapter: str, first: str, second: str) -> Iterator[Row]:
    same = words(first) == words(second)
    apart = first if same else _where_they_part(first, second)
    told = (NONE, NONE) if same else (first[:LONGEST] or NONE, second[:LONGEST] or NONE)
    verdict = VERDICTS[0] if same else VERDICTS[2]
    yield Row("words", chapter, apart[:LONGEST], "words", *told, None, None, verdict)
    ones, others = numbers(first), numbers(second)
    for one, other in zip(ones, others, strict=True) if len(ones) == len(others) else ():
        where = "number", chapter, one.about
        yield _row(where, one.kind, (one.text, other.text), (one.value, other.value))


def _where_they_part(first: str, second: str) -> str:
    pairs = zip(first, second, strict=False)
    agreed = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
    start = max(0, agreed - 30)
    return f"…{first[start : agreed + 40]}… / …{second[start : agreed + 40]}…"


def _compare_tables(first: Summary, second: Summary) -> Iterator[Row]:
    yield from _only_in_one("table", first.rows, second.rows)
    for path in sorted(first.rows.keys() & second.rows.keys()):
        rows = first.rows[path], second.rows[path]
        yield _row(("table", path, "rows"), COUNT, tuple(map(str, rows)), rows)
        ones, others = first.columns[path], second.columns[path]
        for name in sorted(ones.keys() ^ others.keys()):
            there = ("there", NONE) if name in ones else (NONE, "there")
            yield Row("table", path, name, "name", *there, None, None, "different")
        for name in (name for name in ones if name in others):
            yield _compare_columns(path, name, ones[name], others[name])


def _compare_columns(path: str, name: str, first: tuple, second: tuple) -> Row:
    """The part of a column that is farthest apart, by the size of what is in the column."""
    size = max(map(abs, (*first, *second)))
    worst = max(range(len(PARTS)), key=lambda n: abs(first[n] - second[n]))
    values = first[worst], second[worst]
    where = "table", path, f"{name}, {PARTS[worst]}"
    texts = tuple(f"{value:.7g}" for value in values)
    return _row(where, kind_of_column(name), texts, values, size)


def _row(
    where: tuple[str, str, str], kind: Kind, texts: tuple, values: tuple, size: float | None = None
) -> Row:
    """Two numbers; size: of what they are part of, else their own."""
    scale = max(map(abs, values)) if size is None else size
    distance, tolerance = abs(values[0] - values[1]), kind.tolerance(scale)
    same = texts[0] == texts[1] or distance <= SAME * scale
    verdict = VERDICTS[0 if same else 1 if distance <= tolerance else 2]
    return Row(*where, kind.name, *texts, distance, tolerance, verdict)


def _compare_rankings(first: Mapping, second: Mapping) -> Iterator[Row]:
    yield from _only_in_one("ranking", first, second)
    for name in sorted(first.keys() & second.keys()):
        yield _compare_orders(name, first[name], second[name])


def _compare_orders(name: str, first: list[str], second: list[str]) -> Row:
    """Two orders of the same groups: close where they begin alike and few pairs are turned."""
    told = tuple(" > ".join(order[:3]) for order in (first, second))
    if sorted(first) != sorted(second) or len(set(first)) != len(first):
        same = first == second
        verdict = VERDICTS[0 if same else 2]
        about = "groups" if same else "other groups are ranked"
        return Row("ranking", name, about, "order", *told, None, None, verdict)
    place = {group: n for n, group in enumerate(second)}
    orders = range(len(first)), [place[group] for group in first]
    tau = float(scipy.stats.kendalltau(*orders).statistic) if len(first) > 1 else 1.0
    close = tau >= RANKING_TAU and first[:1] == second[:1]
    verdict = VERDICTS[0 if first == second else 1 if close else 2]
    return Row("ranking", name, "Kendall's tau", "order", *told, tau, RANKING_TAU, verdict)
