"""What the network predicts: its output per frame, in Hz, and as a contour to be heard."""

from pathlib import Path

import numpy as np
import torch
from scipy.interpolate import interp1d

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import write_f0
from intonation.files import replacing
from intonation.model.batches import check_questions, inputs_of, make_batch
from intonation.model.network import F0Model, at_rest


@torch.no_grad()
def predict(model: F0Model, utterance: Utterance) -> np.ndarray:
    """The network's output, float [frames], in the unit of its target.

    Raises ModelError where the question sets differ.
    """
    check_questions(model, utterance)
    parameter = next(model.parameters())
    batch = make_batch([inputs_of(utterance)]).to(parameter.device, parameter.dtype)
    with at_rest(model):
        return model(batch)[0].cpu().numpy()


def predict_hz(model: F0Model, utterance: Utterance) -> np.ndarray:
    """The predicted F0 of every frame in Hz, float [frames]; raises as `predict`."""
    return model.config.meaning.to_hz(predict(model, utterance), utterance.speaker_median_hz)


def predicted_track(predicted_hz: np.ndarray, voiced: np.ndarray) -> np.ndarray:
    """A contour for resynthesis: voicing from the natural F0, gaps bridged by quadratic
    interpolation, float32 [frames] in Hz [as the original study]."""
    return fill_gaps(np.where(voiced, predicted_hz, 0.0)).astype(np.float32)


def fill_gaps(f0_hz: np.ndarray) -> np.ndarray:
    """Bridge unvoiced gaps by quadratic interpolation, hold the ends [as the original study].

    f0_hz: [frames], 0 where unvoiced. Returns [frames] without zeros, unless all were.
    A parabola overshoots in long gaps, so it is kept between the lowest and highest voiced value.
    """
    voiced = np.flatnonzero(f0_hz > 0)
    known = f0_hz[voiced]
    if len(voiced) == 0:
        return f0_hz.copy()
    if len(voiced) < 3:  # too few for a parabola
        return np.interp(np.arange(len(f0_hz)), voiced, known).astype(f0_hz.dtype)
    spline = interp1d(
        voiced, known, kind="quadratic", bounds_error=False, fill_value=(known[0], known[-1])
    )
    filled = np.clip(spline(np.arange(len(f0_hz))), known.min(), known.max())
    return filled.astype(f0_hz.dtype)


def write_predictions(model: F0Model, corpus: Corpus, ids: list[str], folder: Path) -> None:
    """Write every predicted contour as `f0/<id>.f0` and its prompt as `prompts/<id>.txt`."""
    for utterance_id in ids:
        utterance = corpus[utterance_id]
        track = predicted_track(predict_hz(model, utterance), utterance.voiced)
        write_f0(folder / "f0" / f"{utterance_id}.f0", track)
        with replacing(folder / "prompts" / f"{utterance_id}.txt") as temporary:
            temporary.write_text(utterance.text + "\n", encoding="utf-8")
