"""Predicted contours, their errors, and the baselines they must beat.

Lower is better for every error, higher for the correlation. Unless a name says `all_frames`,
a figure counts the frames where the natural F0 is voiced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from intonation.corpus.corpus import Corpus, Utterance
from intonation.corpus.f0 import semitones_to_hz
from intonation.corpus.features import FeatureTable
from intonation.model.network import F0Model
from intonation.model.prediction import predict_hz

RIDGE_PENALTIES = (1e1, 1e2, 1e3, 2e3, 4e3, 7e3, 1.2e4, 2e4, 4e4, 1e5, 3e5)
RIDGE_PHONES = 100_000  # enough to fit; bounds the memory on any corpus


def voiced_errors(true_hz: np.ndarray, predicted_hz: np.ndarray) -> dict[str, float]:
    """Errors over voiced frames (true_hz > 0), in Hz and in semitones.

    true_hz, predicted_hz: [frames]. NRMSE is RMSE / range of the natural F0. The correlation is
    Pearson's, of F0 in semitones; NaN where a contour is constant.
    """
    voiced = true_hz > 0
    true, predicted = true_hz[voiced].astype(float), predicted_hz[voiced].astype(float)
    difference = predicted - true
    semitones = 12 * np.log2(predicted / true)
    rmse_hz = float(np.sqrt(np.mean(difference**2)))
    extent = float(np.ptp(true))
    return {
        "rmse_hz": rmse_hz,
        "mae_hz": float(np.mean(np.abs(difference))),
        "nrmse": rmse_hz / extent if extent > 0 else float("nan"),
        "rmse_semitones": float(np.sqrt(np.mean(semitones**2))),
        "mae_semitones": float(np.mean(np.abs(semitones))),
        "correlation": _correlation(np.log2(true), np.log2(predicted)),
    }


def all_frame_errors(true_hz: np.ndarray, predicted_hz: np.ndarray) -> dict[str, float]:
    """The original study's figures over all frames in Hz, where silence counts as exp(0) = 1 Hz."""
    true = np.where(true_hz > 0, true_hz, 1.0).astype(float)
    difference = predicted_hz.astype(float) - true
    mse = float(np.mean(difference**2))
    return {
        "all_frames_mse_hz2": mse,
        "all_frames_mae_hz": float(np.mean(np.abs(difference))),
        "all_frames_rmse_hz": mse**0.5,
        "all_frames_nrmse": mse**0.5 / max(float(np.ptp(true)), 1e-9),
    }


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


@dataclass(frozen=True)
class RidgeBaseline:
    """Ridge regression of semitones on the features of the phone.

    penalty: chosen on the validation split. weights: [questions].
    """

    penalty: float
    weights: np.ndarray
    intercept: float

    def predict(self, utterance: Utterance) -> np.ndarray:
        """Semitones from the speaker's median, [frames]."""
        phones = utterance.answers @ self.weights + self.intercept
        return phones[utterance.frame_to_phone]


def fit_ridge(corpus: Corpus, features: FeatureTable) -> RidgeBaseline:
    """Fit on the training split; choose the penalty on the validation split."""
    x, y, weight = _phones(corpus, features, "train")
    held_x, held_y, held_weight = _phones(corpus, features, "validation")
    found = [
        Ridge(alpha=penalty, solver="cholesky").fit(x, y, sample_weight=weight)
        for penalty in RIDGE_PENALTIES
    ]
    squares = [(ridge.predict(held_x) - held_y) ** 2 for ridge in found]
    best = int(np.argmin([np.average(square, weights=held_weight) for square in squares]))
    return RidgeBaseline(RIDGE_PENALTIES[best], found[best].coef_, float(found[best].intercept_))


def _phones(
    corpus: Corpus, features: FeatureTable, split: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voiced phones of a split: answers, mean semitones, number of voiced frames."""
    answers, means, counts = [], [], []
    for utterance_id in corpus.ids(split):
        mean, count = phone_means(corpus[utterance_id])
        answers.append(features.answers(utterance_id)[count > 0])
        means.append(mean[count > 0])
        counts.append(count[count > 0])
        if sum(map(len, answers)) > RIDGE_PHONES:
            break
    return np.concatenate(answers).astype(np.float32), np.concatenate(means), np.concatenate(counts)


def phone_means(utterance: Utterance) -> tuple[np.ndarray, np.ndarray]:
    """Mean F0 in semitones (0 without voice) and number of voiced frames of each phone."""
    index, phones = utterance.frame_to_phone, len(utterance.labels.texts)
    count = np.bincount(index, utterance.voiced, minlength=phones)
    total = np.bincount(index, np.nan_to_num(utterance.f0_semitones), minlength=phones)
    return total / np.maximum(count, 1), count


def evaluate(model: F0Model, ridge: RidgeBaseline, utterance: Utterance) -> dict[str, object]:
    """One row of errors.csv: errors of the model, then of ridge and of the speaker's median."""
    predicted_hz = predict_hz(model, utterance)
    ridge_hz = semitones_to_hz(ridge.predict(utterance), utterance.speaker_median_hz)
    mean_hz = np.full(len(utterance.f0_hz), utterance.speaker_median_hz)
    row = {
        "id": utterance.id,
        "speaker": utterance.speaker,
        "seconds": len(utterance.f0_hz) * 0.005,
        "voiced_frames": int(utterance.voiced.sum()),
        **voiced_errors(utterance.f0_hz, predicted_hz),
    }
    for name, baseline_hz in (("ridge", ridge_hz), ("speaker_mean", mean_hz)):
        errors = voiced_errors(utterance.f0_hz, baseline_hz)
        row |= {
            f"{name}_{key}": errors[key] for key in ("rmse_hz", "rmse_semitones", "correlation")
        }
    if model.config.meaning.vuv:
        row |= all_frame_errors(utterance.f0_hz, predicted_hz)
    return row


def levelled_rmse(model: F0Model, corpus: Corpus, ids: Sequence[str]) -> pd.Series:
    """RMSE in semitones by id, of contours that were moved to the height of who speaks.

    A network that learns Hz and is not told who speaks says the same height for all; ridge and the
    speaker's median know the speaker's. So that like is compared with like, the median of what is
    predicted in a speaker's voiced frames is brought to the speaker's median.
    """
    parts: dict[str, list[np.ndarray]] = {}
    for utterance in map(corpus.__getitem__, ids):
        predicted_hz = predict_hz(model, utterance)[utterance.voiced].astype(float)
        found = 12 * np.log2(predicted_hz / utterance.speaker_median_hz)
        parts.setdefault(utterance.speaker, []).append(found)
    height = {name: np.median(np.concatenate(found)) for name, found in parts.items()}
    rmse = {}
    for utterance in map(corpus.__getitem__, ids):
        moved = parts[utterance.speaker].pop(0) - height[utterance.speaker]
        natural = utterance.f0_semitones[utterance.voiced]
        rmse[utterance.id] = float(np.sqrt(np.mean((moved - natural) ** 2)))
    return pd.Series(rmse, name="levelled_rmse_semitones")


def pooled_rmse(errors: pd.DataFrame, column: str) -> float:
    """RMSE over all voiced frames of all utterances, from the RMSE of each utterance."""
    squares = errors[column] ** 2 * errors["voiced_frames"]
    return float(np.sqrt(squares.sum() / errors["voiced_frames"].sum()))


def summarise(errors: pd.DataFrame) -> pd.DataFrame:
    """The network beside its baselines, one row each, from the errors of all utterances."""
    rows = {"network": "", "ridge": "ridge_", "speaker's median": "speaker_mean_"}
    return pd.DataFrame(
        {
            name: {
                "RMSE (semitones), all frames pooled": pooled_rmse(
                    errors, f"{prefix}rmse_semitones"
                ),
                "RMSE (Hz), mean of utterances": errors[f"{prefix}rmse_hz"].mean(),
                "correlation, mean of utterances": errors[f"{prefix}correlation"].mean(),
            }
            for name, prefix in rows.items()
        }
    ).T
