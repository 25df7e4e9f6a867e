"""Relevance of the recipe: that of a weighted sum is the weighted sum of relevances."""

from collections.abc import Sequence

import numpy as np

from intonation.evaluation.reach.networks import inputs_of_rows
from intonation.evaluation.reach.spoken import Spoken
from intonation.evaluation.reach.yardsticks import Line
from intonation.lrp.methods import attribute
from intonation.lrp.relevance import Relevance
from intonation.model.network import F0Model


def relevance(
    models: Sequence[F0Model], line: Line, spoken: Spoken, *, share: float, rule: str = "z"
) -> Relevance:
    """Why the recipe says what it says of the voiced phones, added up, in parts of the range.

    models: of `networks.OURS`. share: theirs; ridge has the rest. Ridge's relevance is answer times
    weight, as every rule has it for one layer alone. Returns values [phones, questions].
    """
    inputs, each = inputs_of_rows(spoken), share / len(models)
    found = [attribute(model, inputs, inputs.voiced, rule).relevance() for model in models]
    rest = 1 - share
    straight = rest * spoken.answers * line.weights * inputs.voiced[:, None]
    values = straight + each * np.sum([one.values for one in found], axis=0)
    absorbed = rest * line.intercept * inputs.voiced.sum() + each * sum(x.absorbed for x in found)
    told = rest * line.predict(spoken)[inputs.voiced].sum() + each * sum(x.explained for x in found)
    return Relevance(values, float(absorbed), float(told), "frame", rule)
