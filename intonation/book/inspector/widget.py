"""The inspector: one utterance, its F0, and what pushes it up or down in a chosen window.

The same JavaScript draws it in Jupyter, as a widget, and on a published page, where the
data lie in script files beside the page and nothing else is needed.
"""

import functools
import html
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from IPython.display import HTML

from intonation.files import write_text

FRONT = Path(__file__).with_name("front")
# In the order in which they are read; each defines one global. The last is for pages alone.
SCRIPTS = (
    *("data.js", "frame.js", "pens.js", "spectrogram.js", "draw.js", "map.js", "panel.js"),
    *("praat.js", "export.js", "pointer.js", "keys.js", "transport.js", "address.js", "asking.js"),
    *("jupyter.js", "inspector.js", "page.js"),
)
STYLE = "inspector.css"


class Inspector(anywidget.AnyWidget):
    """The inspector in Jupyter; `utterances` are what `inspector_data` returned.

    `selected` (utterance id), `level` (slug), `window` (start and end of what is seen, in seconds)
    and `selection` (start and end of what is explained and played) follow the reader's choice and
    can be set from Python: an empty window is the whole utterance, an empty selection none. With
    `static_dir`, the data are also written there, under `name`, and the cell's output carries the
    published page's version.
    """

    index = traitlets.List().tag(sync=True)
    utterance = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    level = traitlets.Unicode().tag(sync=True)
    window = traitlets.List(traitlets.Float()).tag(sync=True)
    selection = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        utterances: Iterable[Mapping[str, Any]],
        *,
        static_dir: Path | None = None,
        name: str = "inspector",
    ) -> None:
        self._utterances = {data["id"]: dict(data) for data in utterances}
        if not self._utterances:
            raise ValueError("the inspector needs at least one utterance, found none")
        self._page = None
        if static_dir is not None:
            self._page = inspector_html(list(self._utterances.values()), static_dir, name=name)
        first = next(iter(self._utterances.values()))
        self._esm, self._css = widget_module(), _package_text(STYLE)
        super().__init__(
            index=_index(self._utterances.values()),
            utterance=first,
            selected=first["id"],
            level=first["levels"][0]["slug"],
        )

    @traitlets.validate("selected")
    def _known(self, proposal) -> str:
        if proposal["value"] not in self._utterances:
            known = ", ".join(list(self._utterances)[:5])
            raise traitlets.TraitError(
                f"utterance '{proposal['value']}' is not among the {len(self._utterances)} "
                f"given; choose one of {known}, …"
            )
        return proposal["value"]

    @traitlets.observe("selected")
    def _send_utterance(self, change) -> None:
        self.utterance = self._utterances[change["new"]]

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self._page is not None:
            data["text/html"] = self._page.data
        return data, metadata


def inspector_html(
    utterances: Sequence[Mapping[str, Any]], static_dir: Path, *, name: str = "inspector"
) -> HTML:
    """Write the data under `static_dir`/inspector/`name` and return what the page shows.

    Each utterance is a script file, loaded when it is chosen (a page opened from a disk may
    not fetch files, but it may load scripts). The page itself must load `SCRIPTS` and `STYLE`
    from its folder of static files.
    """
    folder = Path(static_dir) / "inspector" / name
    index = _index(utterances)
    for position, (entry, data) in enumerate(zip(index, utterances, strict=True)):
        entry["file"] = f"{position:04d}.js"
        _write_script(folder / entry["file"], f"{name}/{position:04d}", data)
    _write_script(folder / "index.js", f"{name}/index", index)
    return HTML(
        f'<div class="intonation-inspector" data-name="{html.escape(name, quote=True)}">'
        "<noscript>Choosing an utterance, a level and a window needs JavaScript. The figures "
        "of the other chapters show the same numbers without it.</noscript></div>"
    )


@functools.cache
def widget_module() -> str:
    """Return the inspector as the ES module that anywidget loads."""
    shared = "\n".join(_package_text(name) for name in SCRIPTS[:-1])
    return f"{shared}\nexport default {{ render: IntonationInspector.renderWidget }};\n"


def _package_text(name: str) -> str:
    return (FRONT / name).read_text(encoding="utf-8")


def _index(utterances: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{key: data[key] for key in ("id", "text", "speaker")} for data in utterances]


def _write_script(path: Path, key: str, value: Any) -> None:
    # ASCII only and no "<": nothing in a text can end the call or the script.
    encoded = json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    write_text(path, f"intonationInspectorData({json.dumps(key)},{encoded});\n")
