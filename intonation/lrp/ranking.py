"""From relevance per input to aggregates, groups and rankings.

Relevance is an array [frames, inputs]; the inputs are the questions in their order, followed
by `vuv` for a network that has this input. Its unit is that of the explained output: semitones
for the target `semitones`, ln Hz for `log_f0`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from intonation.errors import ModelError
from intonation.files import read_arrays, write_arrays, write_csv
from intonation.labels.question_set import QuestionSet
from intonation.labels.taxonomy import LEVELS, VUV
from intonation.statistics import INTERVAL_COLUMNS

# weights of the positive and of the negative part of relevance in an aggregate
SIGNS = {"sum": (1, 1), "abs_sum": (1, -1), "pos_sum": (1, 0), "neg_sum": (0, 1)}
SIGNS |= {name.replace("sum", "mean"): signs for name, signs in SIGNS.items()}
AGGREGATES = tuple(SIGNS)
NEGATIVE_AGGREGATES = ("neg_sum", "neg_mean")
COLUMNS = ("group", "sum", "mean", "std", "variance", "n_features")
RANKING_COLUMNS = (*COLUMNS, *INTERVAL_COLUMNS)  # of a file
VUV_LEVELS = ("general", "detailed", "all")

Groups = Mapping[str, np.ndarray]


def input_groups(questions: QuestionSet, level: str, *, vuv: bool) -> dict[str, np.ndarray]:
    """Name the inputs [int64 indices] of every group of one level of abstraction.

    vuv: whether the network has the input `vuv` after the questions. It asks about sound, not
    about language, so it forms a group of its own, and only at the levels that list feature
    categories of every kind (general, detailed, all).
    """
    groups = {name: np.asarray(i, dtype=np.int64) for name, i in questions.groups(level).items()}
    if vuv and level in VUV_LEVELS:
        groups[VUV] = np.array([len(questions.names)], dtype=np.int64)
    return groups


class Aggregator:
    """Eight ways to add up the relevance of many utterances, aligned by frame index.

    Only the sums of positive and of negative relevance and the number of utterances that reach
    each frame are kept: two float64 arrays [max_frames, inputs], however large the corpus.
    """

    def __init__(self, n_inputs: int) -> None:
        self.n_inputs = n_inputs
        self._parts = np.zeros((2, 0, n_inputs))  # sums of what is positive, of what is negative
        self._reached = np.zeros(0, dtype=np.int64)

    @property
    def utterances_per_frame(self) -> np.ndarray:
        """How many utterances reach each frame, int64 [max_frames]; it never rises."""
        return self._reached

    def add(self, values: np.ndarray) -> None:
        """Add the relevance of one utterance, float [frames, inputs].

        Raises ModelError where a value is not finite, ValueError for another number of inputs.
        """
        values = np.asarray(values)
        self._check(values)
        frames, missing = len(values), max(len(values) - len(self._reached), 0)
        if missing:
            self._parts = np.pad(self._parts, ((0, 0), (0, missing), (0, 0)))
            self._reached = np.pad(self._reached, (0, missing))
        self._parts[0, :frames] += np.maximum(values, 0)
        self._parts[1, :frames] += np.minimum(values, 0)
        self._reached[:frames] += 1

    def aggregate(self, name: str) -> np.ndarray:
        """Return one of `AGGREGATES`, float64 [max_frames, inputs].

        A mean is over the utterances that reach the frame. No value is doubled: `sum` is
        pos_sum + neg_sum and `abs_sum` is pos_sum - neg_sum.
        """
        if name not in AGGREGATES:
            raise ValueError(f"unknown aggregate '{name}'; choose from {', '.join(AGGREGATES)}")
        positive, negative = SIGNS[name]
        total = positive * self._parts[0] + negative * self._parts[1]
        return total / self._reached[:, None] if name.endswith("mean") else total

    def _check(self, values: np.ndarray) -> None:
        if values.ndim != 2 or values.shape[1] != self.n_inputs:
            raise ValueError(f"expected [frames, {self.n_inputs}], found {list(values.shape)}")
        if not np.isfinite(values).all():
            frame, index = np.argwhere(~np.isfinite(values))[0]
            raise ModelError(
                f"relevance of input {index} at frame {frame} is {values[frame, index]}, expected "
                "a finite number; train the model again with a lower learning_rate"
            )


def save_aggregates(path: Path, aggregator: Aggregator, input_names: list[str]) -> None:
    """Write what an aggregator has seen, sums as float32.

    input_names: one per input, so that figures can be redrawn without the model.
    """
    if len(input_names) != aggregator.n_inputs:
        raise ValueError(f"{len(input_names)} names for {aggregator.n_inputs} inputs")
    write_arrays(
        path,
        positive=aggregator._parts[0].astype(np.float32),
        negative=aggregator._parts[1].astype(np.float32),
        reached=aggregator._reached,
        inputs=np.array(input_names, dtype=np.str_),
    )


def load_aggregates(path: Path) -> tuple[Aggregator, list[str]]:
    """Read what `save_aggregates` wrote: the aggregator and the names of its inputs.

    Raises ModelError where the file is absent, damaged or of another kind.
    """
    try:
        stored = read_arrays(path, ("positive", "negative", "reached", "inputs"))
        sums = (*stored["reached"].shape, *stored["inputs"].shape)
        if len(sums) != 2 or not stored["positive"].shape == stored["negative"].shape == sums:
            raise ValueError("arrays that do not fit each other")
    except ValueError as error:
        raise ModelError(
            f"{path}: expected the aggregates of a run, found {error}; explain the test set again"
        ) from None
    aggregator = Aggregator(len(stored["inputs"]))
    aggregator._parts = np.array([stored["positive"], stored["negative"]], dtype=np.float64)
    aggregator._reached = stored["reached"]
    return aggregator, stored["inputs"].tolist()


def rank(aggregate: np.ndarray, groups: Groups, *, ascending: bool = False) -> pd.DataFrame:
    """Rank the groups of one level by the mean relevance of their features.

    aggregate: float [frames, inputs]. The value of a feature is its sum over the frames; a
    group's `sum` adds the values of its features, each once, `mean` divides by `n_features`,
    and `std` and `variance` are over the features of the group (ddof=0, so 0 for one feature).

    Returns columns `COLUMNS`, sorted by mean: highest first, or lowest first if `ascending`
    (for the negative aggregates); groups with equal means keep their order.
    """
    values = np.asarray(aggregate, dtype=np.float64).sum(axis=0)
    # a question counts once in its group
    found = [(name, values[np.unique(indices)]) for name, indices in groups.items() if len(indices)]
    rows = [(name, v.sum(), v.mean(), v.std(), v.var(), len(v)) for name, v in found]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values("mean", ascending=ascending, kind="stable", ignore_index=True)


def rankings(
    aggregator: Aggregator, questions: QuestionSet, *, vuv: bool
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield (aggregate, level, table of `rank`) for all 8 aggregates x 15 levels.

    Raises ValueError where the aggregator's inputs are not those of the question set.
    """
    expected = len(questions.names) + vuv
    if aggregator.n_inputs != expected:
        raise ValueError(f"{aggregator.n_inputs} inputs, but questions and vuv are {expected}")
    levels = [level.slug for level in LEVELS]
    groups = {level: input_groups(questions, level, vuv=vuv) for level in levels}
    for name in AGGREGATES:
        values, ascending = aggregator.aggregate(name).sum(axis=0), name in NEGATIVE_AGGREGATES
        for level in levels:
            yield name, level, rank(values[None], groups[level], ascending=ascending)


def write_rankings(tables: Iterator[tuple[str, str, pd.DataFrame]], folder: Path) -> list[Path]:
    """Write rankings to `folder`/<aggregate>/<level>.csv; return their paths.

    A level without any group (a question set that does not ask about it) gives a file that
    holds only the header.
    """
    paths = []
    for name, level, table in tables:
        paths.append(Path(folder) / name / f"{level}.csv")
        write_csv(paths[-1], table)
    return paths


def read_ranking(path: Path) -> pd.DataFrame:
    """Read a ranking that `write_rankings` wrote; raises ModelError where it is none."""
    try:
        # a group may be called NA; a number may be missing
        missing = {name: [""] for name in INTERVAL_COLUMNS}
        table = pd.read_csv(path, keep_default_na=False, na_values=missing)
        lacking = [name for name in RANKING_COLUMNS if name not in table.columns]
        if lacking:
            raise ValueError(f"it lacks {', '.join(lacking)}")
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is no ranking ({error}); run the ranking chapter again") from None
    return table


def group_matrix(values: np.ndarray, groups: Groups, *, statistic: str = "mean") -> np.ndarray:
    """Relevance per group, float64 [frames, groups], from float [frames, inputs].

    statistic: "mean" divides the sum by the number of the group's features, "sum" does not.
    """
    if statistic not in ("mean", "sum"):
        raise ValueError(f"unknown statistic '{statistic}'; choose 'mean' or 'sum'")
    values = np.asarray(values, dtype=np.float64)
    members = [np.unique(indices).astype(np.int64) for indices in groups.values()]
    sizes = np.array([len(indices) for indices in members], dtype=np.int64)
    columns = np.repeat(np.arange(len(members)), sizes)
    rows = np.concatenate([*members, np.zeros(0, dtype=np.int64)])
    shape = (values.shape[1], len(members))
    indicator = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    sums = values @ indicator
    return sums / np.maximum(sizes, 1) if statistic == "mean" else sums
