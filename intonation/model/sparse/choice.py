"""The curves that a corpus' network is held to, their strength chosen on its validation split."""

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.corpus.splits import sentence_keys
from intonation.labels.taxonomy import question_groups
from intonation.model.batches import examples
from intonation.model.sparse.curves import GroupCurves
from intonation.model.sparse.lasso import Lasso, group_lasso
from intonation.model.sparse.phones import Phones, phones_of
from intonation.parameters import Parameters
from intonation.statistics import evenly

MOST_UTTERANCES = 1000  # of a split, evenly chosen: memory and time do not grow with the corpus


def curves_of(corpus: Corpus, features: FeatureTable, parameters: Parameters) -> GroupCurves | None:
    """Of the training split; None where `group_penalty` is 0 or no question reads a known field."""
    groups = question_groups(corpus.questions)
    if parameters.group_penalty == 0 or not groups:
        return None
    training, validation = (
        _phones(corpus, features, split, parameters.target) for split in ("train", "validation")
    )
    if training is None:
        return None
    chosen = None if parameters.group_penalty == "auto" else float(parameters.group_penalty)
    lasso: Lasso = group_lasso(training, validation, groups, strength=chosen)
    return GroupCurves(groups, lasso) if lasso.weights.any() else None


def _phones(corpus: Corpus, features: FeatureTable, split: str, target: str) -> Phones | None:
    """None for a split without a voiced frame."""
    keys = dict(zip(corpus.table["id"], sentence_keys(corpus.table["text"]), strict=True))
    items = evenly(examples(corpus, features, split, target), MOST_UTTERANCES)
    voiced = [item for item in items if (item.weight * item.inputs.voiced).any()]
    return phones_of(voiced, [keys[item.utterance_id] for item in voiced]) if voiced else None
