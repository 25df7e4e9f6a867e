"""Where a training begins: at the weights of a network that learnt from something else.

What two networks share is known by the names of their questions. Of the first layer, the weights of
these are taken over; those of other questions are as drawn. All that lies behind it is taken over
whole, batch statistics included.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import torch

from intonation.errors import ModelError
from intonation.model.network import F0Model

FIRST = "project.weight"


@dataclass(frozen=True, eq=False)
class Beginning:
    """Another network's weights. model: as it was trained."""

    model: F0Model

    @torch.no_grad()
    def begin(self, model: F0Model) -> int:
        """Take over what `model` shares with ours; returns how many of its inputs that is.

        Raises ModelError where they share no question, or are of different size.
        """
        theirs, ours = self.model.config.inputs, model.config.inputs
        column = {name: place for place, name in enumerate(theirs)}
        shared = [(place, column[name]) for place, name in enumerate(ours) if name in column]
        if not shared:
            raise ModelError(
                "the network to begin with shares no question with this corpus; pre-train on a "
                "corpus that was prepared with the same question set"
            )
        taken, own = self.model.state_dict(), model.state_dict()
        fits = taken.keys() == own.keys() and all(
            taken[name].shape == own[name].shape for name in own if name != FIRST
        )
        if not fits or taken[FIRST].shape[0] != own[FIRST].shape[0]:
            raise ModelError(
                "the network to begin with has another size; train it with the same layers, "
                "channels and kernel"
            )
        here, there = (torch.tensor(places) for places in zip(*shared, strict=True))
        first = own[FIRST].clone()
        first[:, here] = taken[FIRST][:, there].to(first)
        model.load_state_dict({**taken, FIRST: first})
        return len(shared)

    def described(self) -> dict[str, Any]:
        """Digest of weights and names, for a note of what weights were made from."""
        digest = hashlib.sha256("\0".join(self.model.config.inputs).encode())
        for name, value in self.model.state_dict().items():
            digest.update(name.encode() + value.detach().cpu().contiguous().numpy().tobytes())
        return {"weights": digest.hexdigest()}
