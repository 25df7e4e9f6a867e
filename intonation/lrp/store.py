"""Relevance of many utterances, stored compactly.

Stored is not relevance [frames, inputs] but what the first layer's channels received [frames,
channels], some twenty times smaller; relevance of every input in every frame follows from it.
"""

import functools
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from intonation.corpus.corpus import Corpus, Utterance
from intonation.errors import ModelError, ParameterError
from intonation.files import read_arrays, write_arrays
from intonation.lrp.lrp import Explainer
from intonation.lrp.relevance import Explanation, Relevance
from intonation.model.batches import Inputs, check_questions, choose_frames, inputs_of
from intonation.model.network import F0Model
from intonation.provenance import MADE_FROM, Note, code_digest, library_versions, with_imported

FORMAT = 2


def save_explanation(path: Path, explanation: Explanation, digest: str) -> None:
    """Write the explanation of one utterance as .npz of plain arrays.

    digest: of the network, see `model_digest`. Raises ParameterError for another rule than z,
    whose weights are not those of the network.
    """
    if explanation.rule != "z":
        raise ParameterError(f"rule is {explanation.rule!r}, but only 'z' is stored")
    write_arrays(
        path,
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
        stored = _load(_stored(folder, utterance_id), model, utterance, digest)
        yield utterance, stored.relevance(per)


def _load(path: Path, model: F0Model, utterance: Utterance, digest: str) -> Explanation:
    inputs = inputs_of(utterance)
    try:
        data = read_arrays(path, ("model", "signal", "absorbed", "explained"), format=FORMAT)
        absorbed, explained = (float(data[name][()]) for name in ("absorbed", "explained"))
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"{path} holds no relevance of this version ({error}); explain again"
        ) from None
    signal, weight = data["signal"], model.project.weight.detach().cpu().numpy()
    if str(data["model"]) != digest or signal.shape != (len(inputs.frame_to_phone), len(weight)):
        raise ModelError(f"{path} belongs to another utterance or model; explain again")
    return Explanation(signal, weight, None, inputs, model.config.uses_vuv, absorbed, explained)


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

    Only explained is what is not there already, explained by the same network and the same code.
    Returns per utterance what was explained, what inputs and biases took of it, and the gap; other
    utterances that the folder still holds are removed.
    """
    table = explain_shard(model, corpus, ids, folder)
    _remove_others(Path(folder), ids)
    return table


def explain_shard(model: F0Model, corpus: Corpus, ids: Sequence[str], folder: Path) -> pd.DataFrame:
    """Do for some utterances what `explain_utterances` then finds done; others may do others."""
    explainer, digest, rows = Explainer(model), model_digest(model), []
    made_with = {"network": digest, **_made_with()}
    for utterance_id in tqdm(ids, desc="explain", unit="utterance", mininterval=1.0):
        utterance = corpus[utterance_id]
        inputs = inputs_of(utterance)
        note = Note(folder, utterance_id, {"inputs": _digest_of(inputs), **made_with})
        if not note.holds():
            check_questions(model, utterance)
            chosen = choose_frames(model.config.target, inputs, None, utterance_id)
            explanation = explainer.explain(explainer.forward(inputs), chosen)
            path = _stored(folder, utterance_id)
            save_explanation(path, explanation, digest)
            note.finish([path], balance=explanation.relevance("phone").balance)
        rows.append({"id": utterance_id, **note.read()["balance"]})
    return pd.DataFrame(rows)


def _stored(folder: Path, utterance_id: str) -> Path:
    return Path(folder) / f"{utterance_id}.npz"


@functools.cache
def _made_with() -> dict[str, Any]:
    """Code and libraries that explain."""
    modules = with_imported([__name__])
    return {"code": code_digest(modules), "libraries": library_versions(modules)}


def _digest_of(inputs: Inputs) -> str:
    """What the network is told of an utterance."""
    digest = hashlib.sha256(str(inputs.answers.shape).encode())
    for array in (inputs.answers, inputs.frame_to_phone, inputs.voiced):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _remove_others(folder: Path, ids: Sequence[str]) -> None:
    """Remove what is stored of other utterances, with the notes about it."""
    for kept, suffix in ((folder, "npz"), (folder / MADE_FROM, "json")):
        for path in set(kept.glob(f"*.{suffix}")) - {kept / f"{one}.{suffix}" for one in ids}:
            path.unlink()
