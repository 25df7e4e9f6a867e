"""Groups that the labels of a corpus cannot tell apart count as one entry of a ranking.

The rule was fixed before any ranking was seen. In sentences that were not learnt from, groups

1. become one entry where each tells at least `MUTUAL` of the other's variance,
2. or where one of them tells at least `WHOLE` of the other, which then is a part of what it says,
3. or where a count of one of them (of the phone's own syllable, word, phrase, utterance) is told
   to `counts.EXACT` by the others: it joins the one that tells most of this count;
   all by single linkage: what fits to a part of an entry has no place of its own beside it;
4. what all other entries together still tell to `WHOLE` joins the one that tells most of it, the
   most told first, and all is measured again, until there is none.

`MUTUAL` or more told by all others, but not enough to be merged, makes a place doubtful. Only
labels are asked, never F0, a network or a law; the rule is the same on every corpus.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from intonation.corpus.corpus import Corpus
from intonation.corpus.features import FeatureTable
from intonation.corpus.splits import sentence_keys
from intonation.evaluation.planted_law import Planted, observe
from intonation.evaluation.together.counts import exact_sums, told_counts
from intonation.evaluation.together.told import NEW, Answers, gather, pairwise, told_table
from intonation.labels.taxonomy import question_groups
from intonation.labels.words import in_words
from intonation.lrp.ranking import Groups

MUTUAL, WHOLE = 0.9, 0.95
JOIN = "+"  # between the names of an entry's parts
COLUMNS = ("entry", "words", "parts", NEW, "best_teller", "told_by_best", "doubtful")


class Entry(NamedTuple):
    """One line of a ranking: indices of its questions int64, and the groups that it is made of."""

    indices: np.ndarray
    parts: tuple[str, ...]


def closeness(pairs: pd.DataFrame, sums: Mapping[str, str] = MappingProxyType({})) -> pd.DataFrame:
    """How near two groups are to becoming one entry by rules 1 to 3: from 1 on they are one.

    pairs: share of the column's variance that the row tells; unknown ones count as 0. sums: of
    `counts.exact_sums`, whom a group joins by rule 3.
    """
    told = pairs.fillna(0.0).to_numpy()
    both, either = np.minimum(told, told.T) / MUTUAL, np.maximum(told, told.T) / WHOLE
    near = pd.DataFrame(np.maximum(both, either), index=pairs.index, columns=pairs.columns)
    for one, other in sums.items():
        near.loc[one, other] = near.loc[other, one] = max(1.0, near.loc[one, other])
    return near


def linked(pairs: pd.DataFrame, sums: Mapping[str, str] = MappingProxyType({})) -> list[list[str]]:
    """The names that are one entry by rules 1 to 3, in their order; as of `closeness`."""
    names = list(pairs.index)
    if len(names) < 2:
        return [[name] for name in names]
    distance = np.clip(1 - closeness(pairs, sums).to_numpy(), 0.0, None)
    np.fill_diagonal(distance, 0.0)
    labels = fcluster(linkage(squareform(distance), "single"), 1e-12, "distance")
    found: dict[int, list[str]] = {}
    for name, label in zip(names, labels.tolist(), strict=True):
        found.setdefault(label, []).append(name)
    return list(found.values())


def entries_of(
    planted: Sequence[Planted], sentences: pd.Series, groups: Groups, *, seed: int = 0
) -> dict[str, Entry]:
    """The entries of a ranking on these utterances; sentences: as of `told.gather`."""
    answers = gather(planted, sentences, groups)
    sums = exact_sums(told_counts(planted, answers, seed=seed))
    return merged_groups(groups, answers, sums=sums, seed=seed)


def corpus_entries(
    corpus: Corpus, features: FeatureTable, *, at_most: int, seed: int = 0
) -> dict[str, Entry]:
    """The entries of a ranking on a corpus, by labels of at most so many training utterances.

    Raises CorpusError where none of them has a voiced frame.
    """
    training = observe(corpus, features, "train", at_most=at_most)
    sentences = sentence_keys(corpus.table.set_index("id")["text"])
    return entries_of(training, sentences, question_groups(corpus.questions), seed=seed)


def merged_groups(
    groups: Groups,
    answers: Answers,
    *,
    sums: Mapping[str, str] = MappingProxyType({}),
    seed: int = 0,
) -> dict[str, Entry]:
    """The entries of a ranking by the rule, in the order of the groups: {name: Entry}.

    answers: of `told.gather`, for the same groups. sums: of `counts.exact_sums`, for rule 3. What
    cannot be measured is not merged.
    """
    parts = [tuple(some) for some in linked(pairwise(answers, seed=seed), sums)]
    while (most := _most_told(answers.joined(_named(parts)), seed)) is not None:
        first, second = sorted((tuple(name.split(JOIN)) for name in most), key=parts.index)
        parts[parts.index(first)] = (*first, *second)
        parts.remove(second)
    order = {name: place for place, name in enumerate(groups)}
    parts = [tuple(sorted(some, key=order.__getitem__)) for some in parts]
    return {
        name: Entry(np.concatenate([groups[part] for part in some]), some)
        for name, some in _named(parts).items()
    }


def _named(parts: Iterable[Sequence[str]]) -> dict[str, Sequence[str]]:
    return {JOIN.join(some): some for some in parts}


def _most_told(answers: Answers, seed: int) -> tuple[str, str] | None:
    """The entry that all others tell best, and the one that it joins by rule 4; None for none."""
    table = told_table(answers, pairwise(answers, seed=seed), seed=seed)
    table = table[(table[NEW] >= WHOLE) & (table["best_teller"] != "")]
    if table.empty:
        return None
    row = table.loc[table[NEW].idxmax()]
    return str(row["group"]), str(row["best_teller"])


def entry_groups(entries: Mapping[str, Entry]) -> dict[str, np.ndarray]:
    """Question indices by entry, as rankings take them."""
    return {name: entry.indices for name, entry in entries.items()}


def entry_words(name: str) -> str:
    """The name of an entry in words."""
    return " + ".join(map(in_words, name.split(JOIN)))


def entry_label(name: str, most: int = 2) -> str:
    """The name of an entry for a figure: of many parts, the first ones and how many more."""
    parts = name.split(JOIN)
    more = f" + {len(parts) - most} more" if len(parts) > most else ""
    return entry_words(JOIN.join(parts[:most])) + more


def merged_table(entries: Mapping[str, Entry], answers: Answers, *, seed: int = 0) -> pd.DataFrame:
    """One row per entry, columns `COLUMNS`; answers: as of `merged_groups`.

    told_by_others, best_teller, told_by_best: of the entry as a whole, by what is not part of it.
    doubtful: the others together tell at least `MUTUAL` of it.
    """
    joined = answers.joined({name: entry.parts for name, entry in entries.items()})
    known = told_table(joined, pairwise(joined, seed=seed), seed=seed).set_index("group")
    rows = []
    for name, entry in entries.items():
        share, teller, best = known.loc[name, [NEW, "best_teller", "told_by_best"]]
        words, parts = entry_words(name), "; ".join(entry.parts)
        rows.append((name, words, parts, share, teller, best, bool(share >= MUTUAL)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def merges_told(entries: Mapping[str, Entry]) -> str:
    """In words which groups became one entry; "" for none."""
    many = [entry for entry in entries.values() if len(entry.parts) > 1]
    return "; ".join(" with ".join(map(in_words, entry.parts)) for entry in many)
