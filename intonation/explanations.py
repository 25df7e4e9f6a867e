"""Relevance of many utterances: stored compactly, and packed for the inspector.

Stored is not relevance [frames, inputs] but the gradient at the first layer's output [frames,
channels], some twenty times smaller; relevance of every input in every frame follows from it.
"""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus import Corpus, Utterance
from intonation.errors import ModelError
from intonation.evaluation import output_hz, predict
from intonation.explain import Relevance, choose_frames, explain, explain_each
from intonation.features import Inputs
from intonation.files import replacing
from intonation.inspector import inspector_data
from intonation.model import F0Model
from intonation.relevance import Aggregator, input_groups
from intonation.taxonomy import LEVELS

FORMAT = 1


def save_relevance(path: Path, relevance: Relevance) -> None:
    """Write the explanation of one utterance as .npz of plain arrays."""
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(
            file,
            format=FORMAT,
            signal=relevance.signal,
            absorbed=relevance.absorbed,
            explained=relevance.explained,
        )


def load_relevance(
    path: Path, model: F0Model, utterance: Utterance, *, per: str = "frame"
) -> Relevance:
    """Read what `save_relevance` wrote, for the model and utterance it was made with.

    Raises ModelError where the file is missing, broken, or does not fit them.
    """
    inputs = Inputs(utterance.answers, utterance.frame_to_phone, utterance.voiced)
    try:
        with np.load(path, allow_pickle=False) as data:
            if int(data["format"]) != FORMAT:
                raise ValueError(f"format {int(data['format'])}, expected {FORMAT}")
            signal, numbers = data["signal"], [float(data[k]) for k in ("absorbed", "explained")]
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
        raise ModelError(
            f"{path} holds no relevance of this version ({error}); explain again"
        ) from None
    weight = model.project.weight.detach().cpu().numpy()
    if signal.shape != (len(inputs.frame_to_phone), len(weight)):
        raise ModelError(f"{path} belongs to another utterance or model; explain again")
    return Relevance(signal, weight, inputs, model.config.uses_vuv, *numbers, per)


def explain_utterances(
    model: F0Model, corpus: Corpus, ids: list[str], folder: Path
) -> tuple[Aggregator, pd.DataFrame]:
    """Explain and store utterances one by one; memory does not grow with their number.

    Returns the aggregates, and per utterance what was explained, what inputs and biases took of
    it, and the gap that is left.
    """
    aggregator, rows = Aggregator(len(model.config.inputs)), []
    for utterance_id in tqdm(ids, desc="explain", unit="utterance", mininterval=1.0):
        relevance = explain(model, corpus[utterance_id])
        save_relevance(folder / f"{utterance_id}.npz", relevance)
        aggregator.add(relevance.values)
        rows.append(
            {
                "id": utterance_id,
                "explained": relevance.explained,
                "relevance": relevance.explained - relevance.absorbed - relevance.gap,
                "absorbed": relevance.absorbed,
                "gap": relevance.gap,
            }
        )
    return aggregator, pd.DataFrame(rows)


def inspect_utterance(model: F0Model, utterance: Utterance) -> dict:
    """Everything the inspector shows of an utterance, at all levels of abstraction.

    Each phone's predicted F0 is explained on its own, so that the sum over a window answers why
    F0 is as it is in just that window.
    """
    target, questions = model.config.target, utterance.questions
    inputs = Inputs(utterance.answers, utterance.frame_to_phone, utterance.voiced)
    valid = choose_frames(target, inputs, None, utterance.id)
    members = [
        valid & (inputs.frame_to_phone == phone) for phone in range(len(utterance.labels.texts))
    ]
    explained = [phone for phone, frames in enumerate(members) if frames.any()]
    sums = np.zeros((len(members), len(model.config.inputs)))
    numbers = np.zeros((2, len(members)))
    found = explain_each(model, inputs, [members[phone] for phone in explained], per="phone")
    for phone, relevance in zip(explained, found, strict=True):
        sums[phone] = relevance.values.sum(axis=0)
        numbers[:, phone] = relevance.explained, relevance.absorbed
    predicted_hz = output_hz(target, predict(model, utterance), utterance.speaker_median_hz)
    return inspector_data(
        utterance_id=utterance.id,
        text=utterance.text,
        speaker=utterance.speaker,
        phones=[(phone.text, phone.start_s, phone.end_s) for phone in utterance.phones],
        words=utterance.words,
        f0_true_hz=utterance.f0_hz,
        f0_predicted_hz=np.where(utterance.voiced, predicted_hz, 0.0),
        levels={level.slug: _level(level, sums, questions, model) for level in LEVELS},
        unit="semitones" if target == "semitones" else "ln F0",
        explained_frames=[int(frames.sum()) for frames in members],
        explained=numbers[0],
        absorbed=numbers[1],
        reference_hz=utterance.speaker_median_hz,
    )


def _level(level, sums: np.ndarray, questions, model: F0Model) -> dict:
    groups = input_groups(questions, level.slug, vuv=model.config.uses_vuv)
    values = [sums[:, indices].sum(axis=1) for indices in groups.values()]
    values = np.array(values).reshape(len(groups), len(sums))
    return {"title": level.title, "groups": list(groups), "values": values}
