"""The one statistic of the ranking that holds: how much of F0's movement a group answers for.

Net relevance by the Z rule of each group in each voiced frame's own output, in the unit of the
output; its standard deviation over all voiced frames ranks the groups. What is the same in every
frame, an offset, does not count, and neither does it count how many questions a group has.

Explaining every frame on its own costs as many passes as there are frames. For the Z rule the same
numbers come from one pass a group, in the other direction (`lrp.Explainer.shares`), and a group
whose weights are all zero costs nothing.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from tqdm.auto import tqdm

from intonation.corpus.corpus import Utterance
from intonation.evaluation.ranking_intervals import spread_moments
from intonation.lrp.lrp import Explainer
from intonation.lrp.ranking import Groups
from intonation.model.batches import Inputs, check_questions, inputs_of
from intonation.model.network import F0Model


def group_spread(model: F0Model, utterances: Iterable[Utterance], groups: Groups) -> np.ndarray:
    """What the spread over voiced frames needs of each utterance, float64 [utterances, 3, groups].

    utterances: of a corpus, or `Inputs`. groups: {name: indices of inputs}. Weight, weighted sum
    and weighted sum of squares of `net_relevance`; `ranking_intervals.rank_spreads` makes of them a
    ranking with intervals over utterances, `spread_of` the spreads alone. Utterances without voice
    have zeros. Raises ModelError where the network is not known or has other questions.
    """
    net = list(tqdm(net_relevance(model, utterances, groups), desc="explain", unit="utterance"))
    return spread_moments(net, [np.ones(len(part)) for part in net])


def net_relevance(
    model: F0Model, utterances: Iterable[Utterance | Inputs], groups: Groups
) -> Iterator[np.ndarray]:
    """Net relevance of each group in each voiced frame's own output, [voiced frames, groups].

    In the unit of the output: semitones, or ln Hz for the target `log_f0`.
    """
    explainer = Explainer(model)
    weight = explainer.network.first.weight  # [inputs, channels]
    used = {name: members for name, members in groups.items() if weight[members].any()}
    columns = [place for place, name in enumerate(groups) if name in used]
    for utterance in utterances:
        if not isinstance(utterance, Inputs):
            check_questions(model, utterance)
            utterance = inputs_of(utterance)
        net = np.zeros((int(utterance.voiced.sum()), len(groups)))
        if len(net) and used:
            shares = explainer.shares(explainer.forward(utterance), used.values())
            net[:, columns] = shares[:, utterance.voiced].T
        yield net
