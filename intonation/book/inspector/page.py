"""The inspector on a published page: one script, one style sheet, and data in files of their own.

A page that was opened from a disk may not fetch files, but it may load scripts. So the data of each
utterance are a script, loaded when the utterance is chosen; its sounds are another, the network a
third, thumbnails of a hundred utterances one together. The page itself loads only what
`write_front` writes, and the index.
"""

import base64
import functools
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from IPython.display import HTML

from intonation.corpus.intake.names import SAFE_ID
from intonation.files import write_text

FRONT = Path(__file__).with_name("front")
# In the order in which they are read; each defines one global.
SCRIPTS = (
    *("data.js", "frame.js", "pens.js", "spectrogram.js", "draw.js", "map.js", "panel.js"),
    *("praat.js", "export.js", "pointer.js", "keys.js", "sound.js", "transport.js", "address.js"),
    *("kernel.js", "network_loops.js", "network_core.js", "network.js", "structure.js"),
    *("what_if.js", "asking.js", "jupyter.js", "inspector.js", "gallery.js"),
)
PAGE_SCRIPT = "page.js"  # for pages alone
FIRST_STYLE = "inspector.css"
STATIC = "front"  # folder of what every page loads
CHUNK = 100  # utterances whose thumbnails are one file
THUMB_LEVEL = "linguistic_levels"
THUMB_FRAMES, THUMB_COLUMNS = 64, 40
STEPS_PER_SEMITONE, LOWEST_STEP = 8, 15.9  # of F0 in a thumbnail
TYPES = {"?": "question", "!": "exclamation"}
CLOSED = "The figures of the other chapters show the same numbers without it."


@dataclass(frozen=True)
class Shown:
    """What a page has of one utterance.

    data: what `inspector_data` returned. sounds: what `Sounds.data` returned. rmse: of the
    predicted contour, in semitones; None where it is not known.
    """

    data: Mapping[str, Any]
    sounds: Mapping[str, Any] | None = None
    rmse: float | None = None


# ---- what every page loads ----


@functools.cache
def front_script() -> str:
    """The front end as one classic script."""
    return _front((*SCRIPTS, PAGE_SCRIPT))


@functools.cache
def widget_module() -> str:
    """The same front end as the ES module that anywidget loads."""
    return f"{_front(SCRIPTS)}\nexport default {{ render: IntonationInspector.renderWidget }};\n"


@functools.cache
def front_style() -> str:
    """All style sheets as one, that of the inspector first."""
    names = sorted(path.name for path in FRONT.glob("*.css"))
    return _front((FIRST_STYLE, *(name for name in names if name != FIRST_STYLE)))


def _front(names: Sequence[str]) -> str:
    return "\n".join((FRONT / name).read_text(encoding="utf-8") for name in names)


def write_front(static: Path) -> None:
    """Write script and style of every page below a site's folder of static files."""
    write_text(static / STATIC / "inspector.js", front_script())
    write_text(static / STATIC / "inspector.css", front_style())


# ---- data ----


def inspector_html(
    shown: Iterable[Shown | Mapping[str, Any]],
    static_dir: Path,
    *,
    name: str = "inspector",
    network: Mapping[str, Any] | None = None,
) -> HTML:
    """Write data under `static_dir`/inspector/`name`; return the place where a page shows them.

    shown: `Shown`, or bare data without sound, each; only one at a time is held in memory. network:
    what `network_data` returned. Raises ValueError where there is no utterance, or where `name` is
    no plain file name.
    """
    folder = data_folder(static_dir, name)
    entries = []
    for position, one in enumerate(shown):
        what = one if isinstance(one, Shown) else Shown(one)
        entries.append(write_utterance(folder, position, what))
    write_index(folder, entries, network)
    return place(name)


def data_folder(static_dir: Path, name: str) -> Path:
    """Where the data of the inspector of that name lie; ValueError for what is no file name."""
    if not SAFE_ID.fullmatch(name):
        raise ValueError(f"name is {name!r}, expected letters, digits, '_', '-', '.'")
    return Path(static_dir) / "inspector" / name


def write_utterance(folder: Path, position: int, shown: Shown) -> dict[str, Any]:
    """Write the files of the utterance with that number; return what the index says of it.

    sound: whether anything of it can be heard, None where no sounds were made.
    """
    _write_script(folder, f"{position:04d}", shown.data)
    if shown.sounds is not None:
        _write_script(folder, f"{position:04d}.sound", shown.sounds)
    heard = None if shown.sounds is None else bool(shown.sounds["versions"])
    return {**entry_of(shown.data, shown.rmse), "sound": heard, "thumb": thumbnail(shown.data)}


def write_index(
    folder: Path, entries: Sequence[Mapping[str, Any]], network: Mapping[str, Any] | None = None
) -> None:
    """Write what the page knows of all utterances, their thumbnails, and the network."""
    if not entries:
        raise ValueError("the inspector needs at least one utterance, found none")
    known = [{key: e[key] for key in e if key != "thumb"} for e in entries]
    for start in range(0, len(entries), CHUNK):
        thumbs = [entry["thumb"] for entry in entries[start : start + CHUNK]]
        _write_script(folder, f"thumbs{start // CHUNK}", thumbs)
    if network is not None:
        _write_script(folder, "network", network)
    index = {"utterances": known, "chunk": CHUNK, "network": network is not None}
    _write_script(folder, "index", index)


def place(name: str, **asked: str) -> HTML:
    """Where a page shows the inspector of that name.

    asked: id, level, or gallery ("open", "folded", "none"), where the page shall not decide.
    """
    attributes = "".join(
        f' data-{key}="{html.escape(value, quote=True)}"'
        for key, value in {"name": name, **asked}.items()
    )
    return HTML(
        f'<div class="intonation-inspector"{attributes}><noscript>Choosing an utterance, a level '
        f"and a window needs JavaScript. {CLOSED}</noscript></div>"
    )


def index_entry(
    id: str, text: str, speaker: str, seconds: float, *, rmse: float | None = None
) -> dict[str, Any]:
    """What can be searched, filtered and sorted by; words: how many there are."""
    known = {"id": id, "text": text, "speaker": speaker, "type": sentence_type(text)}
    error = None if rmse is None else round(rmse, 2)
    return {**known, "words": len(text.split()), "rmse": error, "seconds": round(seconds, 2)}


def entry_of(data: Mapping[str, Any], rmse: float | None = None) -> dict[str, Any]:
    """The same of what `inspector_data` returned."""
    seconds = data["phones"][-1][1] - data["phones"][0][0]
    return index_entry(data["id"], data["text"], data["speaker"], seconds, rmse=rmse)


def sentence_type(text: str) -> str:
    """The type of a sentence, from the mark that it ends with: statement, question, exclamation."""
    end = text.rstrip().rstrip("\"'”’»)]…. ")[-1:]
    return TYPES.get(end, "statement")


# ---- thumbnails ----


def thumbnail(data: Mapping[str, Any]) -> dict[str, Any]:
    """Both contours and a heatmap of an utterance in some 400 bytes.

    true, predicted: bytes over time, 0 where unvoiced, else eighths of a semitone above 15.9
    semitones below the reference. heat: bytes [rows, columns] of relevance per frame at the level
    of linguistic levels, 127 for the strongest, which is `most` in the output's unit.
    """
    reference = data["reference_hz"] or _median(data)
    contours = {key: _contour(data[f"f0_{key}"], reference) for key in ("true", "predicted")}
    heat = _heat(data)
    most = float(np.abs(heat).max(initial=0))
    scaled = np.rint(heat * (127 / most if most else 0)).astype(np.int8)
    shape = {"rows": len(heat), "columns": THUMB_COLUMNS, "most": float(f"{most:.3g}")}
    return {**contours, **shape, "heat": base64.b64encode(scaled.tobytes()).decode("ascii")}


def _median(data: Mapping[str, Any]) -> float:
    f0_hz = _decoded(data["f0_true"], "<u2") / 10
    return float(np.median(f0_hz[f0_hz > 0])) if (f0_hz > 0).any() else 100.0


def _contour(packed: str, reference_hz: float) -> str:
    f0_hz = _decoded(packed, "<u2") / 10
    at = ((np.arange(THUMB_FRAMES) + 0.5) * len(f0_hz) / THUMB_FRAMES).astype(int)
    some = f0_hz[at]
    semitones = 12 * np.log2(np.where(some > 0, some, reference_hz) / reference_hz)
    steps = 1 + np.clip((semitones + LOWEST_STEP) * STEPS_PER_SEMITONE, 0, 254)
    return base64.b64encode(np.where(some > 0, steps, 0).astype(np.uint8).tobytes()).decode("ascii")


def _heat(data: Mapping[str, Any]) -> np.ndarray:
    """Relevance per frame, float [groups, columns]."""
    ends = np.array([end for _, end, _ in data["phones"]])
    start = data["phones"][0][0]
    times = start + (np.arange(THUMB_COLUMNS) + 0.5) * (ends[-1] - start) / THUMB_COLUMNS
    phones = np.minimum(np.searchsorted(ends, times, side="right"), len(ends) - 1)
    levels = data["levels"]
    level = next((one for one in levels if one["slug"] == THUMB_LEVEL), levels[0])
    values = _decoded(data["rows"]["values"], "<i2").reshape(-1, len(ends))[level["rows"]]
    values = values * np.array(data["rows"]["scale"])[level["rows"], None]
    return (values / np.maximum(data["frames"], 1))[:, phones]


def _decoded(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def _write_script(folder: Path, key: str, value: Any) -> None:
    # ASCII only and no "<": nothing in a text can end the call or the script.
    encoded = json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    called = json.dumps(f"{folder.name}/{key}")
    write_text(folder / f"{key}.js", f"intonationInspectorData({called},{encoded});\n")
