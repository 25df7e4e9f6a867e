"""A run in numbers: what chapters say, the columns of its tables, its rankings.

A summary is small enough to be kept with the source code: `--write` stores one as JSON. It holds no
name of an utterance and no text of the corpus beyond what chapters quote.
"""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import pandas as pd

from intonation.book.dependencies import LAST
from intonation.book.run_folder import RunFolder
from intonation.book.verify.prose import VerificationError, paragraphs
from intonation.files import write_text
from intonation.parameters import MANY, TARGETS

FORMAT = 1
FOLDERS = ("corpus", "features", "model", "results")
# who worked, and where, decides no result
UNDECISIVE = ("cpu_count", "device", "devices", "nodes", "compile")
DIGITS = 8
RANKED = ("sum", "mean")  # of a ranking's columns: the others tell how sure these are
NAMES = {dict: "an object", list: "a list", str: "a text", int: "a count", Real: "a number"}
PICTURES = (".png", ".svg", ".webp", ".jpg")
REMAKE = "make it again with --write, from a finished run"

# mean, least and greatest value of a column
Column = tuple[float, float, float]


@dataclass(frozen=True)
class Summary:
    """What can be compared of a run.

    run: corpus, parameters and versions. prose: paragraphs by chapter. rows, columns: of tables,
    by path below the run folder. rankings: groups in their order, by path. names: figures, pages.
    """

    run: dict[str, dict[str, str]]
    prose: dict[str, list[str]]
    rows: dict[str, int]
    columns: dict[str, dict[str, Column]]
    rankings: dict[str, list[str]]
    names: list[str]


def summarise(out: Path) -> Summary:
    """Sum up a finished run. Raises VerificationError for a folder that holds none."""
    rows, columns, rankings = {}, {}, {}
    for path in _tables(out):
        name, table = path.relative_to(out).as_posix(), _table(path)
        rows[name] = len(table)
        ranked = _rankings(name, table)
        kept = [one for one in _numeric(table) if name not in ranked or one in RANKED]
        columns[name] = {column: _column(table[column]) for column in kept}
        rankings |= ranked
    return Summary(_identity(out), _prose(out), rows, columns, rankings, sorted(_names(out)))


def _tables(out: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        found = sorted((out / folder).rglob("*.csv"))
        yield from (path for path in found if path.is_file() and not path.is_symlink())


def _table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
    except (ValueError, OverflowError) as error:  # pandas' own errors and those of encodings
        raise VerificationError(
            f"{path} is no table ({error}); execute the chapter that wrote it again"
        ) from None


def _rankings(name: str, table: pd.DataFrame) -> dict[str, list[str]]:
    """Groups in their order: of a file of one ranking, or of each method and statistic of one."""
    if "group" not in table:
        return {}
    if Path(name).stem == "rankings":
        by = ["name", "statistic"]
        parts = {f"{name} {' '.join(key)}": part for key, part in table.groupby(by)}
    else:
        parts = {name: table} if "rankings" in Path(name).parts else {}
    return {key: part["group"].astype(str).tolist() for key, part in parts.items()}


def _numeric(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.select_dtypes("number") if table[name].notna().any()]


def _column(values: pd.Series) -> Column:
    known = values[values.map(math.isfinite)]
    numbers = (known.mean(), known.min(), known.max())
    return tuple(float(f"{number:.{DIGITS}g}") for number in numbers)


def _identity(out: Path) -> dict[str, dict[str, str]]:
    record = read_object(RunFolder(out).record, "execute the whole book first")
    parts = {name: record.get(name) for name in ("corpus", "parameters", "versions")}
    if not all(isinstance(part, dict) for part in parts.values()):
        raise VerificationError(
            f"{RunFolder(out).record} does not tell corpus, parameters and versions; "
            "execute the whole book first"
        )
    kept = {"profile": record.get("profile"), **parts["parameters"]}
    parts["parameters"] = {name: kept[name] for name in kept if name not in UNDECISIVE}
    return {part: {k: str(v) for k, v in values.items()} for part, values in parts.items()}


def _prose(out: Path) -> dict[str, list[str]]:
    """Of all chapters but the last, which tells of machine and times."""
    folder = RunFolder(out).notebooks
    found = [path for path in sorted(folder.rglob("*.ipynb")) if path.stem != LAST]
    if not found:
        raise VerificationError(f"no executed chapter in {folder}; make the book there first")
    keys = [path.relative_to(folder).with_suffix("").as_posix() for path in found]
    return {key: paragraphs(path) for key, path in zip(keys, found, strict=True)}


def _names(out: Path) -> Iterator[str]:
    """Figures and pages, by their names: what is in them is compared as numbers."""
    for target in (*TARGETS, "rule", "truth", "study"):
        found = RunFolder(out).results(target).figures.rglob("*")
        yield from (p.relative_to(out).as_posix() for p in found if p.suffix in PICTURES)
    for page in (RunFolder(out).site / "html").rglob("*.html"):
        yield page.relative_to(out).as_posix()


def read_object(path: Path, fix: str) -> dict[str, Any]:
    """Read a JSON object. Raises VerificationError, which proposes the fix."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
        if not isinstance(found, dict):
            raise ValueError(f"a {type(found).__name__} where an object was expected")
    except (OSError, ValueError, RecursionError) as error:
        raise VerificationError(f"{path} cannot be read ({error}); {fix}") from None
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number that can be compared")


def write_summary(path: Path, summary: Summary) -> None:
    """Store a summary as JSON: a line a chapter or table, groups by their place in one list."""
    groups = sorted({group for ranking in summary.rankings.values() for group in ranking})
    place = {group: n for n, group in enumerate(groups)}
    rankings = {k: [place[group] for group in v] for k, v in summary.rankings.items()}
    content = {"format": FORMAT, **vars(summary), "groups": groups, "rankings": rankings}
    parts = [f"{json.dumps(name)}: {_lines(part)}" for name, part in content.items()]
    write_text(path, "{\n" + ",\n".join(parts) + "\n}\n")


def _lines(part: Any) -> str:
    if not isinstance(part, dict):
        return json.dumps(part, ensure_ascii=False)
    pairs = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in part.items())
    return "{\n" + ",\n".join(pairs) + "\n}"


def read_summary(path: Path) -> Summary:
    """Read what `write_summary` wrote. Raises VerificationError for anything else."""
    content = read_object(path, REMAKE)
    try:
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']!r}, expected {FORMAT}")
        groups = _list(_text)(content["groups"])
        return Summary(
            _dict(_dict(_text))(content["run"]),
            _dict(_list(_text))(content["prose"]),
            _dict(_count)(content["rows"]),
            _dict(_dict(_three))(content["columns"]),
            _dict(_list(lambda n: groups[_count(n)]))(content["rankings"]),
            _list(_text)(content["names"]),
        )
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        raise VerificationError(f"{path} is no summary of a run ({error}); {REMAKE}") from None


def _dict(of: Callable) -> Callable[[Any], dict]:
    return lambda found: {key: of(value) for key, value in _is(dict, found).items()}


def _list(of: Callable) -> Callable[[Any], list]:
    return lambda found: [of(value) for value in _is(list, found)]


def _is(kind: type, found: Any) -> Any:
    if not isinstance(found, kind) or isinstance(found, bool):
        raise ValueError(f"{str(found)[:60]!r} where {NAMES[kind]} was expected")
    return found


def _text(found: Any) -> str:
    return _is(str, found)


def _count(found: Any) -> int:
    if not 0 <= _is(int, found) < MANY:
        raise ValueError(f"{found} where a number of things was expected")
    return found


def _three(found: Any) -> Column:
    mean, least, greatest = (float(_is(Real, one)) for one in _is(list, found))
    return mean, least, greatest
