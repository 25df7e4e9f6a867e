"""What goes in and what comes out, as Pydantic models: the service's OpenAPI page is made of them.

Units are in the names: Hz, seconds, milliseconds, semitones.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from intonation.errors import ParameterError
from intonation.labels.taxonomy import find_level

JSON, CSV, HTS = "application/json", "text/csv", "text/plain"
PITCH_TIER, F0 = "application/vnd.praat.pitchtier", "application/octet-stream"

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=200)]
Timed = tuple[Seconds, Seconds, Name]


class Strict(BaseModel):
    """A model that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Options(Strict):
    """What may be asked of any request: in the query, or beside labels and text in JSON."""

    explain: str | None = Field(
        None,
        max_length=40,
        description="Explain the prediction: name or number of a level of abstraction, such as "
        "'general' or '7'. Relevance of every group of questions is added to a JSON answer.",
    )
    per: Literal["phone", "frame"] = Field(
        "phone", description="Rows of the relevance: one per phone, or one per frame of 5 ms."
    )
    start_s: Seconds | None = Field(
        None, description="Explain only frames whose centre is at this time or later, in seconds."
    )
    end_s: Seconds | None = Field(
        None, description="Explain only frames whose centre is before this time, in seconds."
    )
    speaker_median_hz: float | None = Field(
        None,
        ge=30,
        le=1000,
        allow_inf_nan=False,
        description="Median F0 of the speaker in Hz, from which semitones are counted. Without "
        "it the service takes its own, and the answer says which.",
    )

    @field_validator("explain")
    @classmethod
    def _known_level(cls, level: str | None) -> str | None:
        if level is None:
            return None
        try:
            return find_level(int(level) if level.isascii() and level.isdigit() else level).slug
        except ParameterError as error:
            raise ValueError(str(error)) from None

    @property
    def window(self) -> tuple[float, float] | None:
        """Seconds between which frames are explained; None for all."""
        if self.start_s is None and self.end_s is None:
            return None
        return self.start_s or 0.0, float("inf") if self.end_s is None else self.end_s


class Times(Strict):
    """When the words and phones of a text were spoken: Praat's alignment, as in a TextGrid."""

    words: list[Timed] = Field(
        min_length=1,
        description="[start in s, end in s, word] of every word, as spelled in the text.",
    )
    phones: list[Timed] = Field(
        min_length=1,
        description="[start in s, end in s, IPA symbol] of every phone, contiguous; '' is silence.",
    )


class Request(Options):
    """A request in JSON: labels, or a Polish text."""

    labels: str | list[str] | None = Field(
        None,
        description="Timed full-context labels: the text of an HTS .lab file, or its lines "
        "'start end label', times in 100 ns.",
    )
    text: str | None = Field(
        None, description="Polish text; it is given the times of the synthetic voice, or `times`."
    )
    times: Times | None = Field(None, description="When the words and phones of `text` were said.")
    voiced_phones: list[bool] | None = Field(
        None, description="Whether each phone is voiced, [phones]."
    )
    voiced_frames: list[bool] | None = Field(
        None, description="Whether each frame of 5 ms is voiced, [frames]."
    )

    @model_validator(mode="after")
    def _one_of_each(self) -> Request:
        if (self.labels is None) == (self.text is None):
            raise ValueError("expected either 'labels' or 'text'")
        if self.times is not None and self.text is None:
            raise ValueError("'times' are those of a 'text'; labels have their own")
        if self.voiced_phones is not None and self.voiced_frames is not None:
            raise ValueError("expected 'voiced_phones' or 'voiced_frames', not both")
        return self


class Phone(BaseModel):
    """A phone with its times."""

    phone: str = Field(description="Symbol, field p3 of the label.")
    start_s: float = Field(description="Start in seconds.")
    end_s: float = Field(description="End in seconds.")


class GroupRelevance(BaseModel):
    """Which groups of questions pushed F0 up or down, by layer-wise relevance propagation.

    `explained` is `relevance` plus `absorbed` plus `gap`. A level need not have every input: what
    its groups lack of `relevance` is that of the others, such as voicing.
    """

    level: str = Field(description="Level of abstraction.")
    per: Literal["phone", "frame"] = Field(description="What a row of `values` is.")
    unit: str = Field(description="Of the network's output; values add it up over frames.")
    groups: list[str] = Field(description="Names of the groups, [groups].")
    features: list[int] = Field(description="Number of inputs in each group, [groups].")
    values: list[list[float]] = Field(
        description="Relevance [phones or frames, groups]: the sum over the inputs of the group."
    )
    frames: int = Field(description="Number of explained frames.")
    explained: float = Field(description="The network's output, summed over explained frames.")
    relevance: float = Field(description="The part of it that the inputs have, of all levels.")
    absorbed: float = Field(description="The part of it that the biases took.")
    gap: float = Field(description="Explained minus all relevance minus absorbed: rounding.")


class Prediction(BaseModel):
    """Predicted F0 of an utterance, in Hz and in semitones, one value per frame."""

    target: str = Field(description="What the network predicts: 'semitones' or 'log_f0'.")
    frame_shift_ms: float = Field(description="Distance of frames in milliseconds.")
    speaker_median_hz: float = Field(description="From which semitones are counted, in Hz.")
    speaker_median: Literal["given", "default"] = Field(
        description="Whether the request gave the median, or the service took its own."
    )
    voicing: Literal["given", "from phones", "unknown"] = Field(
        description="Where it is known from which frames are voiced: given by the request, or "
        "told by the phones; unknown where a phone is not Polish: then every frame is answered."
    )
    voiced: list[bool] = Field(description="[frames]")
    f0_hz: list[float] = Field(description="Predicted F0 in Hz [frames], 0 where unvoiced.")
    f0_semitones: list[float | None] = Field(
        description="The same in semitones from the median [frames], null where unvoiced."
    )
    phones: list[Phone] = Field(description="The phones, with the times that were used.")
    relevance: GroupRelevance | None = Field(None, description="Where `explain` asked for it.")


class Problem(BaseModel):
    """Why a request was not answered."""

    error: str = Field(description="One sentence: what was expected, found, and the remedy.")
    status: int = Field(description="The HTTP status.")
    request: str = Field(description="Under which the service's log has the request.")
    line: int | None = Field(None, description="Line of the body, where one is to blame.")


class Health(BaseModel):
    """Whether the service can answer."""

    status: Literal["ready", "loading", "broken"] = Field(
        description="ready: the model is loaded and a self-check gave finite numbers."
    )
    target: str = Field(description="What the model predicts.")
