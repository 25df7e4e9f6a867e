"""The figures that the study published, and how a run's rankings agree with them.

The study is T. Kuczmarski's model of Polish read speech, explained over 191 test utterances. Its
groups carry the names of `intonation.labels.taxonomy` here.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from intonation.errors import ModelError
from intonation.labels.taxonomy import VUV, find_level
from intonation.lrp import ranking
from intonation.statistics import rank_correlation

STUDY = "study"
TEST_UTTERANCES = 191
TIE = 1e-9  # correlations closer than this are equal

# Mean absolute relevance of a group's features, summed over frames and test utterances.
PUBLISHED: dict[str, dict[str, float]] = {
    "linguistic_levels": {
        "syllabic": 3368,
        "utterance": 2881,
        "word": 2743,
        "segmental": 2713,
        "phrasal": 2524,
    },
    "relation_types": {
        "positional absolute": 3408,
        "composition of the superior unit": 3072,
        "qualitative": 2774,
        "positional relative": 2768,
        "compositional": 2723,
    },
    "general": {
        VUV: 172585,
        "PHRASE_POSITION": 5688,
        "SYLLABLE_ACCENT_TYPE": 4807,
        "SYLLABLE_LEN_IN_SEGMENTS": 4097,
        "SYLLABLE_POSITION": 3727,
        "SYLLABLE_STRESS": 3304,
        "SYLLABLE_NEIGHBOURHOOD": 3212,
        "RELATIVE_WORD_POSITION": 3164,
        "SEG_POS_IN_SYL": 3133,
        "SYLLABLE_ACCENTED": 3044,
        "WORD_LEN_IN_SYLS": 2965,
        "UTTERANCE_LEN": 2881,
        "WORD_SURROUNDINGS": 2785,
        "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE": 2695,
        "QUINTPHONE_SEGMENTAL_FEATURES": 2681,
        "RELATIVE_SYLLABLE_POSITION": 2661,
        "WORD_POSITION": 2333,
        "PHRASE_LEN": 2315,
        "SYLLABLE_NUCLEUS": 2153,
        "QUINTPHONE_SEGMENT_VC": 2099,
    },
    # only the first five of this level were published
    "levels_and_relations": {
        "phrasal positional absolute": 5688,
        "syllabic compositional": 4097,
        "syllabic positional absolute": 3727,
        "syllabic qualitative": 3499,
        "syllabic composition of the superior unit": 3212,
    },
}


# an error per test utterance as published: lowest, about the mean, highest
PUBLISHED_ERRORS = {"rmse_hz": (24.1, 40.0, 60.1), "nrmse": (0.156, math.nan, 0.383)}


class Agreement(NamedTuple):
    """How two rankings of the same groups agree; NaN where that cannot be said.

    groups: how many are compared. spearman, kendall: rank correlations from -1 to 1.
    *_p: probability of one as large, whatever its sign, were the order of groups arbitrary.
    """

    groups: int
    spearman: float = math.nan
    spearman_p: float = math.nan
    kendall: float = math.nan
    kendall_p: float = math.nan


def read_ranking(results_folder: Path, level: str, *, by: str = "mean") -> pd.Series:
    """Absolute relevance of each group in a run, its features' mean or sum.

    results_folder: results/<target> of a run. by: "mean", as the study has it, or "sum". Raises
    ModelError where the ranking chapter has left no table, ParameterError for an unknown level.
    """
    folder = Path(results_folder) / "rankings" / "abs_sum"
    table = ranking.read_ranking(folder / f"{find_level(level).slug}.csv")
    return table.set_index("group")[by].astype(float)


def beside_study(level: str, rankings: Mapping[str, pd.Series], *, vuv: bool = False):
    """The study's figures beside those of a run, for the groups that all of them have.

    rankings: name of the column -> mean by group. vuv: whether to keep VUV, which is no
    linguistic group and exceeds all others.
    Returns a DataFrame by group, in the study's order, first column "study".
    """
    published = pd.Series(PUBLISHED[find_level(level).slug], dtype=float)
    kept = [g for g in published.index if all(g in table.index for table in rankings.values())]
    kept = [group for group in kept if vuv or group != VUV]
    columns = {STUDY: published[kept]} | {name: table[kept] for name, table in rankings.items()}
    return pd.DataFrame(columns).rename_axis("group")


def all_beside_study(
    run: Path, targets: Mapping[str, str], *, by: str = "mean"
) -> dict[str, pd.DataFrame]:
    """`beside_study` for every published level of a run; targets: name of the column -> target.

    by: see `read_ranking`.
    """
    folders = {name: Path(run) / "results" / target for name, target in targets.items()}
    return {
        level: beside_study(level, {n: read_ranking(f, level, by=by) for n, f in folders.items()})
        for level in PUBLISHED
    }


def agreement(first: pd.Series, second: pd.Series, *, permutations: int, seed: int = 0):
    """Rank correlations of two columns of `beside_study`, with permutation tests.

    The test is exact (all orders) where there are no more orders than `permutations`, else that
    many are drawn at random from `seed`. Kendall's tau-b [Kendall 1938] has its own exact test
    where nothing ties.
    """
    n = len(first)
    if n < 3 or first.nunique() < 2 or second.nunique() < 2:
        return Agreement(n)
    rho = rank_correlation(first, second)
    null = _null(first.to_numpy(), second.to_numpy(), permutations, seed)
    tau = stats.kendalltau(first, second)
    return Agreement(n, rho, _two_sided(null, rho), float(tau.statistic), float(tau.pvalue))


def agreements(table: pd.DataFrame, *, permutations: int, seed: int = 0) -> pd.DataFrame:
    """`agreement` of the study with every other column, one row each; index: the columns."""
    others = table.drop(columns=STUDY)
    asked = {"permutations": permutations, "seed": seed}
    rows = [agreement(table[STUDY], others[name], **asked) for name in others]
    return pd.DataFrame(rows, index=list(others), columns=list(Agreement._fields))


def smallest_telling(groups: int, *, permutations: int, level: float = 0.05) -> float:
    """The smallest Spearman correlation that a permutation test of `groups` calls significant.

    NaN where not even 1 is: with four groups, 2 of the 24 orders correlate perfectly.
    """
    if groups < 3:
        return math.nan
    order = np.arange(groups, dtype=float)
    null = _null(order, order, permutations, seed=0)
    telling = [rho for rho in np.unique(null[null > 0]) if _two_sided(null, rho) <= level]
    return float(min(telling, default=math.nan))


def _null(first: np.ndarray, second: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Spearman correlations [orders] of `first` in every order, or in random ones.

    The order as it is counts among random ones too [Phipson & Smyth 2010]: no p-value is 0.
    """
    kept, moved = (stats.zscore(stats.rankdata(values)) for values in (second, first))
    test = stats.permutation_test(
        (moved,),
        lambda values, axis: np.mean(values * kept, axis=axis),  # Pearson's, of ranks
        permutation_type="pairings",
        vectorized=True,
        n_resamples=permutations,
        rng=np.random.default_rng(seed),
    )
    exact = math.factorial(len(first)) <= permutations
    return test.null_distribution if exact else np.append(test.null_distribution, test.statistic)


def _two_sided(null: np.ndarray, rho: float) -> float:
    return float(np.mean(np.abs(null) >= abs(rho) - TIE))


def all_errors_beside_study(run: Path) -> dict[str, pd.DataFrame]:
    """`errors_beside_study` of both kinds for both targets of a run, by a readable name.

    Raises ModelError where the predictions chapter has left no errors.
    """
    errors = {}
    for target in ("log_f0", "semitones"):
        path = Path(run) / "results" / target / "errors.csv"
        if not path.is_file():
            raise ModelError(f"{path} is missing; run the predictions chapter first")
        errors[target] = pd.read_csv(path)
    tables = {}
    for error, label in (("rmse_hz", "RMSE (Hz)"), ("nrmse", "RMSE ÷ range of F0")):
        rows = {
            "ln F0, all frames": errors["log_f0"][f"all_frames_{error}"],
            "ln F0, voiced": errors["log_f0"][error],
            "semitones, voiced": errors["semitones"][error],
        }
        tables[label] = errors_beside_study(error, rows)
    return tables


def errors_beside_study(error: str, errors: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Lowest, mean, highest of an error per utterance: the study's in the first row, then others.

    error: "rmse_hz" or "nrmse". errors: name of the row -> one value per utterance; NaN counts
    nowhere. The study's mean of NRMSE was not published and is NaN.
    """
    rows = {STUDY: (TEST_UTTERANCES, *PUBLISHED_ERRORS[error])}
    rows |= {name: (e.count(), e.min(), e.mean(), e.max()) for name, e in errors.items()}
    columns = ["utterances", "lowest", "mean", "highest"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.astype({"utterances": int})


def bias_share(conservation: pd.DataFrame) -> float:
    """What the biases absorbed, as a share of all that was handed down, sizes added: 0 to 1.

    conservation: one row per utterance with `relevance` and `absorbed`. Sizes are added because
    outputs of both signs cancel; NaN where nothing was handed down.
    """
    absorbed, relevance = (conservation[name].abs().sum() for name in ("absorbed", "relevance"))
    total = absorbed + relevance
    return float(absorbed / total) if total > 0 else math.nan


def lead_of_vuv(ranking: pd.Series) -> float:
    """How many times VUV exceeds the next group of a ranking; NaN without VUV or another group."""
    others = ranking.drop(VUV, errors="ignore")
    if VUV not in ranking.index or not len(others) or others.max() <= 0:
        return math.nan
    return float(ranking[VUV] / others.max())
