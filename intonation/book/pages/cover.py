"""The cover: an utterance to begin with, the study beside this run, and what the build is made of.

`book/intro.md` holds marks, comments like `% cover: build`, where a run's own facts stand on the
page; they are filled in when the site is staged. Whatever comes from a run is escaped.
"""

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from intonation.book.inspector.page import place
from intonation.book.pages.arrangement import FIRST, tagged
from intonation.book.record import chapter_name
from intonation.book.run_folder import RunFolder
from intonation.plots.style import counted

TARGET = "semitones"  # whose inspector the cover has
SYNTHETIC = "eSpeak NG"  # in the record's name of a corpus that nobody spoke


def fill_cover(page: Path, out: Path) -> None:
    """Replace the marks of a staged cover by what the run in `out` has to say."""
    text = page.read_text(encoding="utf-8")
    for name, part in PARTS.items():
        mark = f"% cover: {name}\n"
        if mark in text:
            text = text.replace(mark, part(Path(out), page.parent))
    page.write_text(text, encoding="utf-8")


def first_utterance(errors: pd.DataFrame, texts: pd.Series) -> str:
    """Id of the question whose error is nearest to the median of all test utterances.

    errors: columns id and rmse_semitones; texts: by id. Where nobody asks, any utterance may be
    nearest; of two that are equally near it is the one whose id comes first.
    """
    by_id = errors.set_index("id")["rmse_semitones"].sort_index()
    distance = (by_id - by_id.median()).abs()
    asks = texts.reindex(by_id.index).fillna("").str.rstrip("\"'”» ").str.endswith("?")
    return str((distance[asks] if asks.any() else distance).idxmin())


def _inspector(out: Path, _: Path) -> str:
    run, asked = RunFolder(out), {"gallery": "none"}
    if run.results(TARGET).errors.is_file():
        errors = pd.read_csv(run.results(TARGET).errors, dtype={"id": str})
        known = pd.read_csv(run.corpus / "utterances.csv", dtype=str, keep_default_na=False)
        asked["id"] = first_utterance(errors, known.set_index("id")["text"])
    return _raw(place(TARGET, **asked).data)


def _voice(out: Path, _: Path) -> str:
    """One line, where nobody spoke."""
    if SYNTHETIC not in _record(out).get("corpus", {}).get("source", SYNTHETIC):
        return ""
    return (
        "The voice of this copy is a synthesiser's, not a person's: "
        "{ref}`what that means <synthetic-voice>`.\n"
    )


def _study(_: Path, folder: Path) -> str:
    """The picture with which chapter 12 answers its question, from its staged page."""
    path = folder.parent / "notebooks" / "12_study.ipynb"
    cells = tagged(json.loads(path.read_text(encoding="utf-8")), FIRST) if path.is_file() else []
    shown = [output["data"] for cell in cells for output in cell["outputs"]]
    figures = ["".join(data["text/html"]) for data in shown if "text/html" in data]
    return "\n".join(map(_raw, figures))


def _build(out: Path, _: Path) -> str:
    record = _record(out)
    if not record:
        return "Nothing was recorded of this run.\n"
    rows = [f"<dt>{_safe(name)}</dt><dd>{_safe(text)}</dd>" for name, text in facts(record).items()]
    return _raw(f'<dl class="build-facts">{"".join(rows)}</dl>')


def facts(record: dict[str, Any]) -> dict[str, str]:
    """What a build is made of, in words, from the record of its run."""
    corpus, versions, seconds = record["corpus"], record["versions"], record["seconds"]
    longest = max(seconds, key=seconds.get)
    packages = ("python", "torch", "praat-parselmouth", "jupyter-book")
    return {
        "Corpus": f"{corpus['source']}: {counted(corpus['utterances'], 'utterance')} of "
        f"{counted(corpus['speakers'], 'speaker')}, {corpus['minutes']} minutes, "
        f"{corpus['excluded'] or 'none'} could not be used",
        "Profile": f"{record['profile']}, on {record['machine']['cores']} cores "
        f"({record['machine']['system']}, {record['machine']['processor']})",
        "Run times": f"{sum(seconds.values()) / 60:.0f} minutes in all chapters together; longest "
        f"chapter {chapter_name(longest)}, {seconds[longest] / 60:.1f} minutes",
        "Versions": ", ".join(f"{name} {versions[name]}" for name in packages if name in versions),
    }


def _record(out: Path) -> dict[str, Any]:
    path = RunFolder(out).record
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _safe(text: Any) -> str:
    """Text for HTML within Markdown, whatever it holds."""
    return html.escape(str(text), quote=True).replace("`", "&#96;")


def _raw(markup: str) -> str:
    return f"```{{raw}} html\n{markup}\n```\n"


PARTS: dict[str, Callable[[Path, Path], str]] = {
    "inspector": _inspector,
    "voice": _voice,
    "study": _study,
    "build": _build,
}
