"""The inspector in Jupyter: the page's front end, with Python behind it.

inspector = Inspector.from_run("build/default", "semitones")
inspector                                  # choose, select, listen
inspector.selected, inspector.selection    # what the reader has chosen
Inspector.say("Czy to prawda?")            # any Polish sentence
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets
from IPython.display import HTML

from intonation.book.inspector.page import entry_of, front_style, widget_module
from intonation.errors import IntonationError

DEFAULT_RUN = "build/default"


class Utterances(Protocol):
    """What a widget can show, each utterance made when it is asked for.

    index: what can be searched. offers: which of sounds ("sound"), network ("network") and spoken
    sentences ("say") there are.
    """

    offers: tuple[str, ...]

    @property
    def index(self) -> list[dict[str, Any]]: ...
    @property
    def network(self) -> dict[str, Any]: ...
    def data(self, name: str) -> Mapping[str, Any]: ...
    def sounds(self, name: str) -> Mapping[str, Any]: ...
    def say(self, text: str) -> str: ...


class _Given:
    """Utterances that are there already, of which only the data are known."""

    offers = ()

    def __init__(self, utterances: Iterable[Mapping[str, Any]]) -> None:
        self._data = {data["id"]: dict(data) for data in utterances}
        self.index = [entry_of(data) for data in self._data.values()]

    def data(self, name: str) -> Mapping[str, Any]:
        return self._data[name]


class Inspector(anywidget.AnyWidget):
    """The inspector as a widget.

    utterances: what `inspector_data` returned, each; or, as `from_run` has it, something that makes
    them when they are asked for. page: what the published page shows instead of the widget.

    `selected` (utterance id), `level` (slug), `window` (start and end of what is seen, in seconds)
    and `selection` (start and end of what is explained and played) follow the reader's choice and
    can be set from Python: an empty window is the whole utterance, an empty selection none.
    `utterance` holds the data of the utterance that is shown.
    """

    index = traitlets.List().tag(sync=True)
    offers = traitlets.List().tag(sync=True)
    utterance = traitlets.Dict().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    level = traitlets.Unicode().tag(sync=True)
    window = traitlets.List(traitlets.Float()).tag(sync=True)
    selection = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(
        self,
        utterances: Utterances | Iterable[Mapping[str, Any]],
        *,
        selected: str = "",
        page: HTML | None = None,
    ) -> None:
        known = utterances if hasattr(utterances, "offers") else _Given(utterances)
        if not known.index:
            raise ValueError("the inspector needs at least one utterance, found none")
        self._known, self._page = known, page
        self._esm, self._css = widget_module(), front_style()
        first = selected or known.index[0]["id"]
        shown = known.data(first)
        super().__init__(
            index=known.index,
            offers=list(known.offers),
            utterance=shown,
            selected=first,
            level=shown["levels"][0]["slug"],
        )
        self.on_msg(self._answer)

    @classmethod
    def from_run(
        cls,
        run_folder: Path | str = DEFAULT_RUN,
        target: str = "semitones",
        *,
        page: HTML | None = None,
    ) -> Inspector:
        """All test utterances of a run, each explained when it is chosen.

        Raises CorpusError or ModelError where a chapter has not left what is shown.
        """
        from intonation.book.inspector.from_run import RunUtterances  # torch takes seconds

        return cls(RunUtterances(run_folder, target), page=page)

    @classmethod
    def say(
        cls, text: str, run_folder: Path | str = DEFAULT_RUN, target: str = "semitones"
    ) -> Inspector:
        """Any Polish sentence, read by the synthetic voice: predicted, explained, to be heard.

        The run's test utterances are there too. Raises UtteranceError for a sentence that cannot be
        read, else as `from_run`.
        """
        from intonation.book.inspector.from_run import RunUtterances

        run = RunUtterances(run_folder, target)
        return cls(run, selected=run.say(text))

    def add(self, text: str) -> str:
        """Let the voice read one more sentence and show it; return its id.

        Raises UtteranceError for a sentence that cannot be read.
        """
        name = self._known.say(text)
        with self.hold_sync():
            self.index = self._known.index
            self.window, self.selection = [], []
            self.selected = name
        return name

    @traitlets.validate("selected")
    def _is_known(self, proposal) -> str:
        ids = [entry["id"] for entry in self.index]
        if proposal["value"] not in ids:
            raise traitlets.TraitError(
                f"utterance '{proposal['value']}' is not among the {len(ids)} given; choose one of "
                f"{', '.join(ids[:5])}, …"
            )
        return proposal["value"]

    @traitlets.validate("window", "selection")
    def _is_a_stretch(self, proposal) -> list[float]:
        times = proposal["value"]
        if times and not (len(times) == 2 and times[0] < times[1]):
            raise traitlets.TraitError(
                f"{proposal['trait'].name} is {times}, expected [start, end] in seconds, or []"
            )
        return times

    @traitlets.observe("selected")
    def _send_utterance(self, change) -> None:
        if self.utterance.get("id") != change["new"]:
            self.utterance = self._known.data(change["new"])

    def _answer(self, _, asked: Mapping[str, Any], buffers) -> None:
        """Answer what the browser asks for: a sound, the network, a sentence to be spoken."""
        answers = {
            "sound": lambda: self._known.sounds(asked["of"]),
            "network": lambda: self._known.network,
            "say": lambda: self.add(str(asked["of"])),
        }
        reply = {"number": asked.get("number")}
        try:
            if asked.get("ask") not in self.offers:
                raise IntonationError(f"'{asked.get('ask')}' is not offered here")
            reply["answer"] = answers[asked["ask"]]()
        except IntonationError as error:
            reply["error"] = str(error)
        self.send(reply)

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self._page is not None:
            data["text/html"] = self._page.data
        return data, metadata
