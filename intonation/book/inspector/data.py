"""What the inspector shows of an utterance: F0, and relevance of each phone at every level."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from intonation.corpus.corpus import Utterance
from intonation.labels.intervals import Interval
from intonation.labels.taxonomy import LEVELS
from intonation.labels.words import in_words
from intonation.lrp.lrp import Explainer, Forward
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.model.batches import check_questions, choose_frames, inputs_of
from intonation.model.network import F0Model
from intonation.model.target import TARGETS

UNITS = tuple(target.unit for target in TARGETS.values())
INT16_MAX = 32767


def inspector_data(
    *,
    utterance_id: str,
    text: str,
    speaker: str,
    phones: Sequence[tuple[str, float, float]],
    f0_true_hz: Sequence[float | None],
    f0_predicted_hz: Sequence[float | None],
    levels: Mapping[str, Mapping[str, Any]],
    words: Sequence[Interval] = (),
    frame_shift_ms: float = 5.0,
    unit: str = "semitones",
    explained_frames: Sequence[int] | None = None,
    explained: Sequence[float] | None = None,
    absorbed: Sequence[float] | None = None,
    reference_hz: float | None = None,
) -> dict[str, Any]:
    """Pack one utterance for the inspector, as plain JSON values.

    phones: (symbol, start_s, end_s) each, in order.
    f0_true_hz, f0_predicted_hz: [frames], 0, NaN or None where unvoiced.
    levels: slug -> {"title": str, "groups": [names], "values": [groups, phones]}, also "words":
        [the names as a reader knows them]; a value is what the group contributes to the outputs of
        the phone's explained frames, summed over these frames (in `unit` times frames).
    words: orthographic words with their times; an empty text is silence.
    unit: of the explained output, "semitones" (from the speaker's median) or "ln Hz".
    explained_frames: [phones] frames of each phone whose output is explained; default all.
    explained, absorbed: [phones] sum of the outputs, and what the biases took of it.
    reference_hz: the speaker's median, drawn as a line.

    Values are kept as 16-bit integers with one scale per group, equal groups once, so that
    15 levels of an utterance of 80 phones take about 50 kB. Raises ValueError where shapes
    disagree, a value is not finite or the unit is unknown.
    """
    if unit not in UNITS:
        raise ValueError(f"unit is '{unit}', expected one of {', '.join(UNITS)}")
    if not len(phones) or not levels:
        raise ValueError(f"{utterance_id}: expected at least one phone and at least one level")
    sums = {
        "explained": _vector(explained, len(phones), "explained"),
        "absorbed": _vector(absorbed, len(phones), "absorbed"),
    }
    rows, packed = _pack_levels(levels, len(phones), utterance_id, sums)
    return {
        **{"id": utterance_id, "text": text, "speaker": speaker, "unit": unit},
        **{"rows": rows, "levels": packed, "frame_shift_ms": float(frame_shift_ms)},
        **{name: _short(values) for name, values in sums.items()},
        "reference_hz": None if reference_hz is None else round(float(reference_hz), 4),
        "f0_true": _pack_f0(f0_true_hz),
        "f0_predicted": _pack_f0(f0_predicted_hz),
        "phones": [[round(start, 4), round(end, 4), name] for name, start, end in phones],
        "words": [[round(w.start_s, 4), round(w.end_s, 4), w.text] for w in words if w.text],
        "frames": _frames_per_phone(phones, explained_frames, len(f0_true_hz), frame_shift_ms),
    }


def _frames_per_phone(phones, explained_frames, n_frames, frame_shift_ms) -> list[int]:
    if explained_frames is not None:
        return _vector(explained_frames, len(phones), "explained_frames").astype(int).tolist()
    centres_s = (np.arange(n_frames) + 0.5) * frame_shift_ms / 1000
    bounds_s = [[start, end] for _, start, end in phones]
    first, last = np.searchsorted(centres_s, np.array(bounds_s).reshape(-1, 2).T)
    return (last - first).tolist()


def _vector(values, length: int, name: str) -> np.ndarray | None:
    if values is None:
        return None
    vector = np.asarray(values, dtype=float)
    if vector.shape != (length,) or not np.isfinite(vector).all():
        raise ValueError(f"{name}: expected {length} finite values, one per phone")
    return vector


def _short(values: np.ndarray | None) -> list[float] | None:
    return None if values is None else [float(f"{value:.6g}") for value in values]


def _pack_f0(f0_hz: Sequence[float | None]) -> str:
    """Encode F0 [frames] in steps of 0.1 Hz as base64 of uint16, 0 where unvoiced."""
    values = np.nan_to_num(np.array(f0_hz, dtype=float))
    return _base64(np.clip(np.rint(values * 10), 0, 65535).astype("<u2"))


def _pack_levels(levels, n_phones: int, utterance_id: str, sums) -> tuple[dict, list]:
    """Encode all levels as shared rows of int16 and, per level, the rows that it shows."""
    seen: dict[bytes, int] = {}
    packed = []
    for slug, level in levels.items():
        values = np.asarray(level["values"], dtype=float)
        if values.shape != (len(level["groups"]), n_phones) or not np.isfinite(values).all():
            raise ValueError(
                f"{utterance_id}, level {slug}: expected finite values "
                f"[{len(level['groups'])} groups, {n_phones} phones], found {list(values.shape)}"
            )
        rows = [seen.setdefault(row.tobytes(), len(seen)) for row in values]
        known = {"slug": slug, "title": level["title"], "groups": list(map(str, level["groups"]))}
        if "words" in level:
            known["words"] = list(map(str, level["words"]))
        packed.append({**known, "rows": rows, "complete": _adds_up(values, sums)})
    table = np.frombuffer(b"".join(seen), dtype=float).reshape(len(seen), n_phones)
    scale = np.maximum(np.abs(table).max(axis=1, initial=0) / INT16_MAX, 1e-30)
    quantised = np.rint(table / scale[:, None]).astype("<i2")
    return {"scale": _short(scale), "values": _base64(quantised)}, packed


def _adds_up(values: np.ndarray, sums) -> bool:
    """Tell whether a level's groups, with the biases, share out the output without overlap."""
    if sums["explained"] is None or sums["absorbed"] is None:
        return False
    total = values.sum(axis=0) + sums["absorbed"]
    tolerance = 1e-4 * max(np.abs(sums["explained"]).max(initial=0), 1e-9)
    return bool(np.allclose(total, sums["explained"], rtol=0, atol=tolerance))


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")


def inspect_utterance(model: F0Model, utterance: Utterance) -> dict:
    """Everything the inspector shows of an utterance, at all levels of abstraction.

    Each phone's predicted F0 is explained on its own, so that the sum over a window answers why
    F0 is as it is in just that window.
    """
    target, questions = model.config.target, utterance.questions
    check_questions(model, utterance)
    inputs, explainer = inputs_of(utterance), Explainer(model)
    valid = choose_frames(target, inputs, None, utterance.id)
    members = [valid & (inputs.frame_to_phone == phone) for phone in range(len(inputs.answers))]
    done = explainer.forward(inputs)
    sums, numbers = _explain_phones(explainer, done, members)
    predicted_hz = model.config.meaning.to_hz(done.prediction, utterance.speaker_median_hz)
    return inspector_data(
        utterance_id=utterance.id,
        text=utterance.text,
        speaker=utterance.speaker,
        phones=[(phone.text, phone.start_s, phone.end_s) for phone in utterance.phones],
        words=utterance.words,
        f0_true_hz=utterance.f0_hz,
        f0_predicted_hz=np.where(utterance.voiced, predicted_hz, 0.0),
        levels={level.slug: _level(level, sums, questions, model) for level in LEVELS},
        unit=model.config.meaning.unit,
        explained_frames=[int(frames.sum()) for frames in members],
        explained=numbers[0],
        absorbed=numbers[1],
        reference_hz=utterance.speaker_median_hz,
    )


def _explain_phones(
    explainer: Explainer, done: Forward, members: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Explain each phone's own output, from one forward pass.

    members: bool [frames] of each phone. Returns relevance summed over the utterance [phones,
    inputs], and what was explained and absorbed [2, phones].
    """
    sums = np.zeros((len(members), len(explainer.network.config.inputs)))
    numbers = np.zeros((2, len(members)))
    for phone, frames in enumerate(members):
        if frames.any():
            relevance = explainer.explain_near(done, frames).relevance("phone")
            sums[phone] = relevance.values.sum(axis=0)
            numbers[:, phone] = relevance.explained, relevance.absorbed
    return sums, numbers


def _level(level, sums: np.ndarray, questions, model: F0Model) -> dict:
    groups = input_groups(questions, level.slug, vuv=model.config.uses_vuv)
    values = group_matrix(sums, groups, statistic="sum").T
    words = [in_words(group) for group in groups]
    return {"title": level.title, "groups": list(groups), "words": words, "values": values}
