"""A small classifier of phones, learnt from a corpus' own times: which phone is this frame of?

A perceptron of two hidden layers that sees a frame and others around it, as in hybrid recognition
[Bourlard & Morgan 1994]: posterior divided by prior stands for how well a phone explains a frame.
It is applied without PyTorch, which a process for a few recordings would wait for longest.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from intonation.corpus.realignment.features import BANDS
from intonation.corpus.realignment.viterbi import Durations
from intonation.errors import CorpusError
from intonation.files import replacing

# frames beside a frame: dense where the boundary is, sparse as far as a syllable reaches
OFFSETS = np.array([-24, -16, -11, -7, -4, -2, -1, 0, 1, 2, 4, 7, 11, 16, 24])
INPUTS = len(OFFSETS) * BANDS
LAYERS = 3
RAREST = 1e-4  # no prior is below it: a phone of three frames would explain everything


@dataclass(frozen=True)
class Classifier:
    """symbols: the classes, "" is silence. layers: (weight [out, in], bias [out]) from below.

    priors: share of each class in what it learnt from, float32 [classes]. usual: how long the
    classes last, and last of all a phone that was not there to be learnt.
    """

    symbols: tuple[str, ...]
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    priors: np.ndarray
    usual: Durations

    def places(self, symbols: Iterable[str]) -> np.ndarray:
        """The class of each symbol, int64; of one not learnt, a class behind all others."""
        known = {symbol: place for place, symbol in enumerate(self.symbols)}
        return np.array([known.get(symbol, len(known)) for symbol in symbols])

    def log_posteriors(self, frames: np.ndarray) -> np.ndarray:
        """Logarithm of each class' probability, float32 [frames, classes]."""
        hidden = spliced(padded(frames), np.arange(len(frames)))
        for number, (weight, bias) in enumerate(self.layers):
            hidden = hidden @ weight.T + bias
            if number < len(self.layers) - 1:
                hidden = np.maximum(hidden, 0)
        hidden -= hidden.max(1, keepdims=True)
        return hidden - np.log(np.exp(hidden).sum(1, keepdims=True))

    def log_likelihoods(self, posteriors: np.ndarray) -> np.ndarray:
        """Of each class, up to what all share: log posterior / prior, [frames, classes + 1].

        Of a phone that was not learnt nothing is known: 0, as if it were as likely as ever.
        """
        ratios = posteriors - np.log(np.maximum(self.priors, RAREST))
        return np.pad(ratios, ((0, 0), (0, 1)))

    def save(self, path: Path) -> None:
        """Write weights as safetensors, symbols in their header."""
        usual = self.usual
        arrays = {"priors": self.priors, "pause_share": np.array([usual.pause_share])}
        arrays |= {"duration_means": usual.means, "duration_deviations": usual.deviations}
        for number, (weight, bias) in enumerate(self.layers):
            arrays |= {f"weight{number}": weight, f"bias{number}": bias}
        with replacing(path) as temporary:
            save_file(arrays, temporary, {"symbols": json.dumps(self.symbols)})


def load_classifier(path: Path) -> Classifier:
    """Read what `Classifier.save` wrote; raises CorpusError where it is none."""
    try:
        with safe_open(path, "numpy") as stored:
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            symbols = tuple(json.loads(stored.metadata()["symbols"]))
        layers = tuple((arrays[f"weight{n}"], arrays[f"bias{n}"]) for n in range(LAYERS))
        share = float(arrays["pause_share"][0])
        usual = Durations(arrays["duration_means"], arrays["duration_deviations"], share)
        return Classifier(symbols, layers, arrays["priors"], usual)
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
        raise CorpusError(
            f"{path} is no phone classifier ({error}); remove it and run the corpus chapter again"
        ) from None


def padded(frames: np.ndarray) -> np.ndarray:
    """Frames with the first and the last repeated, as far as a frame's neighbours reach."""
    return np.pad(frames, ((-OFFSETS[0], OFFSETS[-1]), (0, 0)), mode="edge")


def spliced(padded_frames: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What the classifier sees of frames at these places before padding, [places, INPUTS]."""
    rows = places[:, None] + (OFFSETS - OFFSETS[0])
    return padded_frames[rows].reshape(len(places), -1)
