"""Resampled rankings: exact against drawing utterances by hand, honest where little is known."""

from types import SimpleNamespace

import numpy as np
import pytest
from builders import GroupedQuestions
from scipy import stats

from intonation.errors import ModelError
from intonation.evaluation.ranking_intervals import (
    UtteranceSums,
    influences,
    load_sums,
    neighbours_apart,
    rankings_with_intervals,
    save_sums,
    spread_ranking,
    tiers,
    utterances_per_frame,
)
from intonation.evaluation.recovery import spread
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import (
    AGGREGATES,
    COLUMNS,
    RANKING_COLUMNS,
    Aggregator,
    read_ranking,
    write_rankings,
)
from intonation.statistics import draw_counts

GROUPS = {"A": np.array([0]), "B": np.array([1, 2]), "C": np.array([3, 4, 4])}

FEW = {"vuv": False, "resamples": 50}


QUESTIONS = GroupedQuestions("abcde", {"general": GROUPS})


def utterances(lengths=(9, 4, 12, 4, 7), seed=0):
    generator = np.random.default_rng(seed)
    return [generator.normal(size=(n, 5)) + np.arange(5) / 4 for n in lengths]


def collected(items):
    aggregator, sums = Aggregator(5), UtteranceSums(5, [len(values) for values in items])
    for values in items:
        aggregator.add(values)
        sums.add(values)
    return aggregator, sums


def group_means(items, name):
    """Mean value of each group's features for an aggregate of these utterances, from scratch."""
    aggregator = Aggregator(5)
    for values in items:
        aggregator.add(values)
    by_input = aggregator.aggregate(name).sum(axis=0)
    return np.array([by_input[np.unique(members)].mean() for members in GROUPS.values()])


def redrawn(items, counts):
    return [values for values, count in zip(items, counts, strict=True) for _ in range(int(count))]


def ranked(items, **options):
    tables = rankings_with_intervals(*collected(items), QUESTIONS, vuv=False, **options)
    return {name: table for name, level, table in tables if level == "general"}


def test_how_many_utterances_reach_a_frame():
    assert utterances_per_frame(np.array([3, 1, 3])).tolist() == [3, 2, 2]


def test_four_sums_of_an_utterance_by_hand():
    sums = UtteranceSums(2, [2, 1])
    sums.add(np.array([[1.0, -2.0], [3.0, 4.0]]))
    sums.add(np.array([[-5.0, 6.0]]))
    # two utterances reach the first frame, one the second
    assert sums.values[0].tolist() == [[4, 4], [0, -2], [3.5, 4], [0, -1]]
    assert sums.values[1].tolist() == [[0, 6], [-5, 0], [0, 3], [-2.5, 0]]


@pytest.mark.parametrize("name", AGGREGATES)
def test_influences_add_up_to_nothing_or_to_the_whole(name):
    items = utterances()
    found = influences(*collected(items), GROUPS)[name]
    assert list(found.columns) == list(GROUPS)
    whole = 0 if name.endswith("mean") else group_means(items, name)
    np.testing.assert_allclose(found.sum(), whole, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in AGGREGATES if name.endswith("sum")])
def test_sums_of_redrawn_utterances_are_exact(name):
    items = utterances()
    influence = influences(*collected(items), GROUPS)[name].to_numpy()
    for counts in draw_counts(len(items), 20, seed=1):
        expected = group_means(redrawn(items, counts), name)
        found = group_means(items, name) + (counts - 1) @ influence
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in AGGREGATES if name.endswith("mean")])
def test_means_of_redrawn_utterances_hold_to_first_order(name):
    items = utterances()
    influence = influences(*collected(items), GROUPS)[name].to_numpy()

    def weighted(weights):
        """Means by frame with weights instead of counts, from their definition."""
        size = max(map(len, items))
        total, reached = np.zeros((size, 5)), np.zeros((size, 1))
        for values, weight in zip(items, weights, strict=True):
            part = {"pos": np.maximum(values, 0), "neg": np.minimum(values, 0), "abs": abs(values)}
            total[: len(values)] += weight * part.get(name.split("_")[0], values)
            reached[: len(values)] += weight
        by_input = (total / reached).sum(axis=0)
        return np.array([by_input[np.unique(members)].mean() for members in GROUPS.values()])

    np.testing.assert_allclose(weighted(np.ones(5)), group_means(items, name), rtol=1e-12)
    for utterance in range(len(items)):  # the derivative by an utterance's weight
        step = 1e-3 * (np.arange(5) == utterance)
        slope = (weighted(1 + step) - weighted(1 - step)) / 2e-3
        np.testing.assert_allclose(influence[utterance], slope, rtol=1e-4, atol=1e-4)


def test_frame_wise_means_spread_as_in_a_full_bootstrap():
    items = utterances(lengths=[30] * 40)  # of one length, so that no frame is ever lost
    influence = influences(*collected(items), GROUPS)["abs_mean"].to_numpy()
    counts = draw_counts(40, 300, seed=2)
    full = [group_means(redrawn(items, row), "abs_mean") for row in counts]
    fast = group_means(items, "abs_mean") + (counts - 1) @ influence
    np.testing.assert_allclose(fast, full, rtol=1e-4)


def test_intervals_are_percentiles_of_drawn_rankings():
    items = utterances(lengths=(9, 4, 12, 4, 7, 8, 8, 3))
    counts = draw_counts(len(items), 200, seed=5)
    for name in ("abs_sum", "neg_sum"):
        table = ranked(items, resamples=200, seed=5)[name].set_index("group")
        full = np.array([group_means(redrawn(items, row), name) for row in counts])
        low, high = np.quantile(full, (0.025, 0.975), axis=0)
        order = list(GROUPS)
        np.testing.assert_allclose(table.loc[order, "ci_low"], low, rtol=1e-4)
        np.testing.assert_allclose(table.loc[order, "ci_high"], high, rtol=1e-4)
        ranks = stats.rankdata(full if name == "neg_sum" else -full, axis=1)
        first = np.quantile(ranks, 0.025, axis=0, method="lower")
        assert table.loc[order, "rank_low"].tolist() == first.tolist()


def test_120_rankings_keep_their_columns_first(tmp_path):
    aggregator, sums = collected(utterances())
    tables = rankings_with_intervals(aggregator, sums, QUESTIONS, vuv=False, resamples=20)
    paths = write_rankings(tables, tmp_path)
    assert len(set(paths)) == 120 == len(AGGREGATES) * len(LEVELS)
    assert sorted(tmp_path.glob("*/*.csv")) == sorted(paths)
    assert RANKING_COLUMNS[:6] == COLUMNS
    table = read_ranking(tmp_path / "neg_sum" / "general.csv")
    assert tuple(table.columns) == RANKING_COLUMNS
    assert table["mean"].is_monotonic_increasing and (table["ci_high"] <= 0).all()
    empty = (tmp_path / "sum" / "phrasal.csv").read_text()
    assert empty == ",".join(RANKING_COLUMNS) + "\n"


def test_one_utterance_has_no_intervals(tmp_path):
    table = ranked(utterances(lengths=(6,)), resamples=20)["sum"]
    write_rankings([("sum", "general", table)], tmp_path)
    read = read_ranking(tmp_path / "sum" / "general.csv")
    assert read[list(RANKING_COLUMNS[6:])].isna().all(axis=None)
    assert read["mean"].notna().all()
    apart = neighbours_apart(
        *collected(utterances(lengths=(6,))), QUESTIONS, vuv=False, resamples=50
    )
    assert (apart["p"] == 1).all() and not apart["apart"].any()


def steady(lead):
    """Forty utterances in which B leads A by chance and C leads both by `lead`."""
    generator = np.random.default_rng(4)
    items = []
    for _ in range(40):
        values = np.abs(generator.normal(1.0, 0.1, size=(5, 5)))
        values[:, 3:] += lead
        items.append(values)
    return items


@pytest.mark.parametrize("sign, name", [(1, "abs_sum"), (1, "sum"), (-1, "neg_sum")])
def test_neighbours_are_apart_where_no_draw_turns_them(sign, name):
    items = [sign * values for values in steady(lead=0.5)]
    apart = neighbours_apart(*collected(items), QUESTIONS, vuv=False, resamples=100)
    rows = apart[apart["aggregate"] == name]
    assert rows["group"].iloc[0] == "C" and rows["rank"].tolist() == [1, 2]
    assert rows["apart"].tolist() == [True, False]
    assert (rows["difference"] >= 0).all() and rows["turned"].iloc[0] == 0
    assert rows["p_holm"].iloc[0] == pytest.approx(2 * rows["p"].iloc[0])
    assert tiers(apart, name, "general") == [["C"], rows["group"].tolist()[1:] + [rows.iloc[-1, 4]]]
    assert tiers(apart, name, "phrasal") == []


def test_a_draw_of_pairs_by_hand():
    """Share of draws in which the order turns, from rankings of redrawn utterances."""
    items = utterances(lengths=(5, 5, 5, 5, 5, 5), seed=3)
    apart = neighbours_apart(*collected(items), QUESTIONS, vuv=False, resamples=1000, seed=2)
    row = apart[apart["aggregate"] == "abs_sum"].iloc[0]
    first, second = (list(GROUPS).index(row[name]) for name in ("group", "next_group"))
    counts = draw_counts(6, 1000, seed=2)
    full = np.array([group_means(redrawn(items, drawn), "abs_sum") for drawn in counts])
    turned = (full[:, first] <= full[:, second]).mean()
    assert row["turned"] == pytest.approx(turned)
    floor = 2.0**-5  # what a sign test of six utterances can reach
    assert row["p"] == pytest.approx(max(min(2 * (1000 * turned + 1) / 1001, 1), floor))


def test_two_utterances_that_agree_are_no_proof():
    apart = neighbours_apart(*collected(steady(lead=50.0)[:2]), QUESTIONS, vuv=False, resamples=50)
    assert (apart["p"] >= 0.5).all() and not apart["apart"].any()


def test_equal_groups_are_never_apart():
    items = [np.ones((4, 5)) for _ in range(30)]
    apart = neighbours_apart(*collected(items), QUESTIONS, **FEW)
    assert (apart["turned"] == 1).all() and not apart["apart"].any()


def test_a_question_set_without_groups_has_no_neighbours():
    questions = SimpleNamespace(names=list("abcde"), groups=lambda level: {})
    assert len(neighbours_apart(*collected(utterances()), questions, **FEW)) == 0


def test_lengths_must_be_those_announced():
    sums = UtteranceSums(5, [3, 2])
    with pytest.raises(ModelError, match=r"utterance 1: relevance is \[4, 5\], expected \[3, 5\]"):
        sums.add(np.ones((4, 5)))
    sums.add(np.ones((3, 5)))
    with pytest.raises(ModelError, match="1 utterances was added, expected 2"):
        _ = sums.values
    sums.add(np.ones((2, 5)))
    with pytest.raises(ModelError, match="utterance 3"):
        sums.add(np.ones((2, 5)))


def test_sums_of_other_utterances_are_refused():
    aggregator, _ = collected(utterances())
    _, sums = collected(utterances(lengths=(9, 4)))
    with pytest.raises(ModelError, match="disagree; explain the test set again"):
        influences(aggregator, sums, GROUPS)


def test_sums_survive_storage(tmp_path):
    _, sums = collected(utterances())
    save_sums(tmp_path / "utterance_sums.npz", sums)
    loaded = load_sums(tmp_path / "utterance_sums.npz")
    np.testing.assert_array_equal(loaded.values, sums.values)
    np.testing.assert_array_equal(loaded.frames, sums.frames)
    assert [path.name for path in tmp_path.iterdir()] == ["utterance_sums.npz"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: None,
        lambda path: path.write_text("no archive"),
        lambda path: np.savez(path, format=99),
        lambda path: np.savez(path, format=1, frames=[2], values=np.zeros((2, 4, 3))),
        lambda path: np.savez(path, format=1, frames=[2], values=np.zeros(3)),
        lambda path: np.savez(path, format=np.array([SimpleNamespace()], dtype=object)),
    ],
)
def test_files_that_hold_no_sums_are_named(tmp_path, spoil):
    spoil(tmp_path / "sums.npz")
    with pytest.raises(ModelError, match=r"sums.npz: expected the sums of each test utterance"):
        load_sums(tmp_path / "sums.npz")


# --- by spread over frames ------------------------------------------------------------------------


def make_net(seed=0, utterances=12):
    random = np.random.default_rng(seed)
    scale = np.array([0.2, 3.0, 1.0])
    net = [random.normal(5.0, scale, (20 + n, 3)) for n in range(utterances)]
    weights = [random.integers(0, 9, len(part)).astype(float) for part in net]
    return net, weights


SPREAD_GROUPS = {"small": np.array([0]), "large": np.array([1]), "middle": np.array([2])}


def test_groups_are_ranked_by_their_spread():
    net, weights = make_net()
    table = spread_ranking(net, weights, SPREAD_GROUPS, resamples=200)
    assert table["group"].tolist() == ["large", "middle", "small"]
    np.testing.assert_allclose(table["spread"], spread(net, weights)[[1, 2, 0]])
    assert table["rank_low"].tolist() == table["rank_high"].tolist() == [1, 2, 3]
    assert (table["ci_low"] < table["spread"]).all() and (table["spread"] < table["ci_high"]).all()


def test_intervals_are_those_of_drawing_utterances_again():
    net, weights = make_net(1)
    table = spread_ranking(net, weights, SPREAD_GROUPS, resamples=3000, seed=3)
    random, drawn = np.random.default_rng(9), []
    for _ in range(1500):
        again = random.integers(0, len(net), len(net))
        drawn.append(spread([net[i] for i in again], [weights[i] for i in again])[[1, 2, 0]])
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    np.testing.assert_allclose(table["ci_low"], low, rtol=0.03)
    np.testing.assert_allclose(table["ci_high"], high, rtol=0.03)


def test_one_utterance_tells_nothing_of_others():
    net, weights = make_net(2, utterances=1)
    table = spread_ranking(net, weights, SPREAD_GROUPS, resamples=20)
    assert table[["ci_low", "ci_high", "rank_low", "rank_high"]].isna().all(axis=None)
    assert table["group"].tolist() == ["large", "middle", "small"]
