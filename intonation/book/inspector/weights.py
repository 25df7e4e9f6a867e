"""The network's weights as the page takes them: sixteen bits each, batch norm folded away.

The page computes predictions and relevance by the Z rule, which is gradient x input. Batch norm in
evaluation mode is an affine map, so that folding it into the convolution before it changes neither
the function nor its gradients. IEEE half precision would keep 11 bits of each weight: over the test
utterances of a default run it moves contours by up to 0.001 semitones (target semitones) and 0.013
(log_f0), where 0.01 is what the page promises. Integers of 16 bits with a scale for each output
channel take the same room and move them by up to 0.0002 and 0.0006.
"""

import base64
import copy
from typing import Any

import numpy as np

from intonation.lrp.affine import Affine, FoldedNetwork
from intonation.model.network import F0Model

FORMAT = 1  # the page's network.js takes this one and no other
LARGEST = 32767


def network_data(model: F0Model) -> dict[str, Any]:
    """Everything the page needs to compute what `model` does, as plain JSON values.

    format: a number that the page checks. config: sizes, and for each convolution, in order, its
    dilation and how many frames before its own it looks at. tensors: name -> [shape, weights,
    scales, bias], texts in base64: little-endian int16 [rows, channels] and float32 [channels]
    each; a weight is its integer times the scale of its channel. Rows are what a layer looks at:
    inputs, or taps x channels below. The same model always gives the same values.

    Raises ModelError where the network has an operation that is not known, or weights that are no
    numbers.
    """
    network = FoldedNetwork(copy.deepcopy(model).double().cpu())
    convolutions = [layer for block in network.blocks for layer in block]
    layers = {f"convolution{i}": layer for i, layer in enumerate(convolutions)}
    layers |= {"first": network.first, **dict(zip(("dense", "output"), network.head, strict=True))}
    config = model.config
    return {
        "format": FORMAT,
        "config": {
            **{"target": config.target, "unit": config.meaning.unit, "vuv": config.uses_vuv},
            **{"inputs": len(config.inputs), "channels": config.hidden_size},
            "taps": config.kernel_size,
            "convolutions": [[layer.dilation, layer.left] for layer in convolutions],
        },
        "tensors": {name: _packed(layer) for name, layer in layers.items()},
    }


def _packed(layer: Affine) -> list[Any]:
    """The entry of one layer in `tensors`."""
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    scales = np.maximum(np.abs(weight).max(axis=0) / LARGEST, 1e-30).astype("<f4")
    integers = np.clip(np.rint(weight / scales), -LARGEST, LARGEST).astype("<i2")
    return [list(weight.shape), _base64(integers), _base64(scales), _base64(bias.astype("<f4"))]


def _base64(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode("ascii")
