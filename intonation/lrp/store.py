"""Relevance of many utterances: stored compactly, and packed for the inspector.

Stored is not relevance [frames, inputs] but what the first layer's channels received [frames,
channels], some twenty times smaller; relevance of every input in every frame follows from it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.book.inspector import inspector_data
from intonation.corpus.corpus import Corpus, Utterance
from intonation.errors import ModelError, ParameterError
from intonation.files import replacing
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.lrp import Explainer, Forward
from intonation.lrp.ranking import input_groups
from intonation.lrp.relevance import Explanation, Relevance
from intonation.model.batches import check_questions, choose_frames, inputs_of
from intonation.model.network import F0Model

FORMAT = 2


def save_explanation(path: Path, explanation: Explanation, digest: str) -> None:
    """Write the explanation of one utterance as .npz of plain arrays.

    digest: of the network, see `model_digest`. Raises ParameterError for another rule than z,
    whose weights are not those of the network.
    """
    if explanation.rule != "z":
        raise ParameterError(f"rule is {explanation.rule!r}, but only 'z' is stored")
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(
            file,
            format=FORMAT,
            model=digest,
            signal=explanation.signal,
            absorbed=explanation.absorbed,
            explained=explanation.explained,
        )


def load_relevance(
    path: Path, model: F0Model, utterance: Utterance, *, per: str = "frame"
) -> Relevance:
    """Read what `save_explanation` wrote, for the model and utterance it was made with.

    Raises ModelError where the file is missing, broken, of another version, or does not fit them.
    """
    return _load(path, model, utterance, model_digest(model)).relevance(per)


def read_store(
    folder: Path, model: F0Model, corpus: Corpus, ids: Sequence[str], *, per: str = "frame"
) -> Iterator[tuple[Utterance, Relevance]]:
    """Read the stored relevance of utterances one after the other; raises as `load_relevance`."""
    digest = model_digest(model)
    for utterance_id in ids:
        utterance = corpus[utterance_id]
        stored = _load(Path(folder) / f"{utterance_id}.npz", model, utterance, digest)
        yield utterance, stored.relevance(per)


def _load(path: Path, model: F0Model, utterance: Utterance, digest: str) -> Explanation:
    inputs = inputs_of(utterance)
    try:
        with np.load(path, allow_pickle=False) as data:
            if int(data["format"]) != FORMAT:
                raise ValueError(f"format {int(data['format'])}, expected {FORMAT}")
            signal, numbers = data["signal"], [float(data[k]) for k in ("absorbed", "explained")]
            made_with = str(data["model"])
    except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
        raise ModelError(
            f"{path} holds no relevance of this version ({error}); explain again"
        ) from None
    weight = model.project.weight.detach().cpu().numpy()
    if made_with != digest or signal.shape != (len(inputs.frame_to_phone), len(weight)):
        raise ModelError(f"{path} belongs to another utterance or model; explain again")
    return Explanation(signal, weight, None, inputs, model.config.uses_vuv, *numbers)


def model_digest(model: F0Model) -> str:
    """What tells one trained network from every other: SHA-256 of its weights."""
    digest = hashlib.sha256()
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def explain_utterances(
    model: F0Model, corpus: Corpus, ids: Sequence[str], folder: Path
) -> pd.DataFrame:
    """Explain and store utterances one by one; memory does not grow with their number.

    Returns per utterance what was explained, what inputs and biases took of it, and the gap.
    """
    explainer, digest, rows = Explainer(model), model_digest(model), []
    for utterance_id in tqdm(ids, desc="explain", unit="utterance", mininterval=1.0):
        utterance = corpus[utterance_id]
        check_questions(model, utterance)
        inputs = inputs_of(utterance)
        chosen = choose_frames(model.config.target, inputs, None, utterance_id)
        explanation = explainer.explain(explainer.forward(inputs), chosen)
        save_explanation(Path(folder) / f"{utterance_id}.npz", explanation, digest)
        rows.append({"id": utterance_id, **explanation.relevance("phone").balance})
    return pd.DataFrame(rows)


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
            relevance = explainer.explain(done, frames).relevance("phone")
            sums[phone] = relevance.values.sum(axis=0)
            numbers[:, phone] = relevance.explained, relevance.absorbed
    return sums, numbers


def _level(level, sums: np.ndarray, questions, model: F0Model) -> dict:
    groups = input_groups(questions, level.slug, vuv=model.config.uses_vuv)
    values = [sums[:, indices].sum(axis=1) for indices in groups.values()]
    values = np.array(values).reshape(len(groups), len(sums))
    return {"title": level.title, "groups": list(groups), "values": values}
