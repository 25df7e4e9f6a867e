"""Aggregates, groups and rankings: exact numbers on arrays small enough to add up by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from builders import GroupedQuestions

from intonation.errors import ModelError
from intonation.labels.question_set import read_questions
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import (
    AGGREGATES,
    COLUMNS,
    RANKING_COLUMNS,
    Aggregator,
    group_matrix,
    input_groups,
    load_aggregates,
    rank,
    rankings,
    read_ranking,
    save_aggregates,
    write_rankings,
)

LONG = np.array([[1.0, -2.0, 0.0], [3.0, 4.0, -1.0], [-5.0, 0.5, 2.0]])
SHORT = np.array([[-4.0, 2.0, 1.0]])


@pytest.fixture
def questions():
    return GroupedQuestions(
        ["a", "b", "c"],
        {
            "general": {"ONE": [0], "TWO": [1, 2]},
            "linguistic_levels": {"word": [0, 1, 2]},
            "phrasal": {},
        },
    )


@pytest.fixture
def aggregator():
    filled = Aggregator(3)
    filled.add(SHORT)
    filled.add(LONG)
    return filled


def test_the_eight_aggregates(aggregator):
    expected = {
        "sum": [[-3, 0, 1], [3, 4, -1], [-5, 0.5, 2]],
        "abs_sum": [[5, 4, 1], [3, 4, 1], [5, 0.5, 2]],
        "pos_sum": [[1, 2, 1], [3, 4, 0], [0, 0.5, 2]],
        "neg_sum": [[-4, -2, 0], [0, 0, -1], [-5, 0, 0]],
        # two utterances reach the first frame, one the others
        "mean": [[-1.5, 0, 0.5], [3, 4, -1], [-5, 0.5, 2]],
        "abs_mean": [[2.5, 2, 0.5], [3, 4, 1], [5, 0.5, 2]],
        "pos_mean": [[0.5, 1, 0.5], [3, 4, 0], [0, 0.5, 2]],
        "neg_mean": [[-2, -1, 0], [0, 0, -1], [-5, 0, 0]],
    }
    assert tuple(expected) == AGGREGATES
    for name, array in expected.items():
        found = aggregator.aggregate(name)
        np.testing.assert_array_equal(found, array, err_msg=name)
        assert found.dtype == np.float64
    np.testing.assert_array_equal(aggregator.utterances_per_frame, [2, 1, 1])


def test_an_aggregate_is_a_copy(aggregator):
    for name in AGGREGATES:
        aggregator.aggregate(name)[:] = 99.0
    assert aggregator.aggregate("pos_sum").max() == 4.0


def test_an_empty_aggregator_has_no_frames():
    assert all(Aggregator(2).aggregate(name).shape == (0, 2) for name in AGGREGATES)


def test_memory_does_not_grow_with_utterances():
    few, many = Aggregator(5), Aggregator(5)
    few.add(np.ones((9, 5)))
    for _ in range(50):
        many.add(np.ones((9, 5)))
    assert many.aggregate("sum").nbytes == few.aggregate("sum").nbytes
    arrays = [value for value in vars(many).values() if isinstance(value, np.ndarray)]
    assert sum(array.nbytes for array in arrays) == 2 * 9 * 5 * 8 + 9 * 8


def test_other_numbers_of_inputs_are_refused(aggregator):
    with pytest.raises(ValueError, match=r"expected \[frames, 3\], found \[1, 2\]"):
        aggregator.add(np.ones((1, 2)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_relevance_that_is_not_finite_is_refused_and_not_added(aggregator, bad):
    values = LONG.copy()
    values[1, 2] = bad
    with pytest.raises(ModelError, match="input 2 at frame 1"):
        aggregator.add(values)
    assert aggregator.utterances_per_frame[0] == 2


def test_unknown_aggregates_are_named(aggregator):
    with pytest.raises(ValueError, match="unknown aggregate 'median'"):
        aggregator.aggregate("median")


def test_ranking_by_hand():
    # features sum over the frames to -1, 2.5, 1, 7
    aggregate = np.array([[1.0, -2.0, 0.0, 3.0], [-2.0, 4.5, 1.0, 4.0]])
    groups = {"LOW": np.array([0, 2]), "HIGH": np.array([1, 3]), "ONE": np.array([2])}
    table = rank(aggregate, groups)
    assert tuple(table.columns) == COLUMNS
    assert table["group"].tolist() == ["HIGH", "ONE", "LOW"]
    assert table["sum"].tolist() == [9.5, 1.0, 0.0]
    assert table["mean"].tolist() == [4.75, 1.0, 0.0]
    assert table["std"].tolist() == [2.25, 0.0, 1.0]
    assert table["variance"].tolist() == [5.0625, 0.0, 1.0]
    assert table["n_features"].tolist() == [2, 1, 2]


def test_sums_are_not_doubled():
    aggregate = np.array([[2.0, 3.0]])
    assert rank(aggregate, {"G": np.array([0, 1, 0, 1])})["sum"].tolist() == [5.0]
    assert group_matrix(aggregate, {"G": [0, 1, 0, 1]}, statistic="sum").tolist() == [[5.0]]


def test_group_sums_add_up_to_the_whole(aggregator):
    groups = {"A": np.array([0]), "B": np.array([1, 2])}
    for name in AGGREGATES:
        array = aggregator.aggregate(name)
        assert rank(array, groups)["sum"].sum() == pytest.approx(array.sum()), name


def test_ties_keep_their_order_and_ascending_turns_the_rest():
    aggregate = np.array([[-1.0, -3.0, -1.0]])
    groups = {"FIRST": [0], "DEEP": [1], "SECOND": [2]}
    assert rank(aggregate, groups)["group"].tolist() == ["FIRST", "SECOND", "DEEP"]
    lowest_first = rank(aggregate, groups, ascending=True)
    assert lowest_first["group"].tolist() == ["DEEP", "FIRST", "SECOND"]


def test_vuv_is_a_group_where_features_of_every_kind_are_listed(questions):
    for level in LEVELS:
        groups = input_groups(questions, level.slug, vuv=True)
        expected = [3] if level.slug in ("general", "detailed", "all") else None
        found = groups["VUV"].tolist() if "VUV" in groups else None
        assert found == expected, level.slug
        assert "VUV" not in input_groups(questions, level.slug, vuv=False)
    assert input_groups(questions, "general", vuv=True)["TWO"].tolist() == [1, 2]


def test_120_rankings_are_made(questions):
    aggregator = Aggregator(4)
    aggregator.add(np.column_stack([LONG, [10.0, 10.0, -30.0]]))
    tables = {
        (name, level): table for name, level, table in rankings(aggregator, questions, vuv=True)
    }
    assert len(tables) == 120 and {name for name, _ in tables} == set(AGGREGATES)
    table = tables["pos_sum", "general"]
    assert table["group"].tolist() == ["VUV", "ONE", "TWO"]
    assert table["mean"].tolist() == [20.0, 4.0, 3.25]
    assert table["sum"].tolist() == [20.0, 4.0, 6.5]
    empty = tables["sum", "phrasal"]
    assert empty.empty and tuple(empty.columns) == COLUMNS


def test_negative_rankings_start_with_the_most_negative(questions, aggregator):
    ranked = rankings(aggregator, questions, vuv=False)
    tables = {name: table for name, level, table in ranked if level == "general"}
    for name in ("neg_sum", "neg_mean"):
        assert tables[name]["group"].tolist() == ["ONE", "TWO"], name
        assert tables[name]["mean"].is_monotonic_increasing
    assert tables["neg_sum"]["mean"].tolist() == [-9.0, -1.5]
    assert tables["abs_sum"]["mean"].is_monotonic_decreasing


def test_rankings_check_the_inputs(questions, aggregator):
    with pytest.raises(ValueError, match="3 inputs, but questions and vuv are 4"):
        next(rankings(aggregator, questions, vuv=True))


def test_a_question_file_is_ranked_at_every_level(tmp_path):
    path = tmp_path / "small.hed"
    path.write_text(
        'QS "C-Vowel" {*-a+*,*-o+*}\n'
        'QS "C-Syl_Stress==1" {*/B:1-*}\n'
        'QS "L-Syl_Stress==1" {*/A:1_*}\n'
        'QS "Num-Words_in_Utterance==2" {*+2-*}\n'
    )
    questions = read_questions(path)
    aggregator = Aggregator(5)
    aggregator.add(np.array([[1.0, 2.0, 4.0, 8.0, 16.0], [1.0, 2.0, 4.0, 8.0, 16.0]]))
    ranked = rankings(aggregator, questions, vuv=True)
    tables = {level: table.set_index("group") for name, level, table in ranked if name == "sum"}
    assert list(tables) == [level.slug for level in LEVELS]
    general = tables["general"]
    assert general.loc["SYLLABLE_STRESS", ["sum", "mean", "n_features"]].tolist() == [12.0, 6.0, 2]
    assert general.index[0] == "VUV" and general["n_features"].sum() == 5
    assert general["sum"].sum() == 62.0
    assert tables["linguistic_levels"].loc["syllabic", "sum"] == 12.0
    assert tables["phrasal"].empty


def test_group_matrix_by_hand():
    groups = {"A": np.array([0, 2]), "B": np.array([1])}
    np.testing.assert_array_equal(
        group_matrix(LONG, groups), [[0.5, -2.0], [1.0, 4.0], [-1.5, 0.5]]
    )
    np.testing.assert_array_equal(
        group_matrix(LONG, groups, statistic="sum"), [[1.0, -2.0], [2.0, 4.0], [-3.0, 0.5]]
    )
    assert group_matrix(LONG, {}).shape == (3, 0)
    with pytest.raises(ValueError, match="unknown statistic 'median'"):
        group_matrix(LONG, groups, statistic="median")


def test_group_matrix_adds_float32_in_double():
    values = np.full((1, 1000), 0.1, dtype=np.float32)
    found = group_matrix(values, {"G": np.arange(1000)}, statistic="sum")
    assert found.dtype == np.float64
    assert found[0, 0] == pytest.approx(1000 * float(np.float32(0.1)), rel=1e-12)


def test_aggregates_survive_storage(tmp_path, aggregator):
    path = tmp_path / "aggregates.npz"
    save_aggregates(path, aggregator, ["a", "ż", "vuv"])
    loaded, names = load_aggregates(path)
    assert names == ["a", "ż", "vuv"]
    for name in AGGREGATES:
        np.testing.assert_array_equal(loaded.aggregate(name), aggregator.aggregate(name))
    loaded.add(SHORT)
    assert loaded.utterances_per_frame[0] == 3
    assert [file.name for file in tmp_path.iterdir()] == ["aggregates.npz"]


def test_storage_wants_a_name_for_each_input(tmp_path, aggregator):
    with pytest.raises(ValueError, match="2 names for 3 inputs"):
        save_aggregates(tmp_path / "aggregates.npz", aggregator, ["a", "b"])


def _absent(path):
    pass


def _text(path):
    path.write_text("no archive")


def _cut_short(path):
    save_aggregates(path, Aggregator(1), ["a"])
    path.write_bytes(path.read_bytes()[:100])


def _of_another_kind(path):
    np.savez(path, something=np.ones(2))


def _pickled(path):
    np.savez(path, inputs=np.array([SimpleNamespace()], dtype=object))


@pytest.mark.parametrize("damage", [_absent, _text, _cut_short, _of_another_kind, _pickled])
def test_files_that_hold_no_aggregates_are_named(tmp_path, damage):
    path = tmp_path / "aggregates.npz"
    damage(path)
    with pytest.raises(ModelError, match="aggregates.npz: expected the aggregates of a run"):
        load_aggregates(path)


def test_a_ranking_without_intervals_is_of_an_older_version(tmp_path):
    path = tmp_path / "general.csv"
    pd.DataFrame(columns=list(COLUMNS)).to_csv(path, index=False)
    with pytest.raises(ModelError, match="lacks ci_low, ci_high, rank_low, rank_high"):
        read_ranking(path)
    with pytest.raises(ModelError, match="missing.csv is no ranking .*run the ranking chapter"):
        read_ranking(tmp_path / "missing.csv")


def test_a_group_may_be_called_na(tmp_path):
    row = dict.fromkeys(RANKING_COLUMNS, 1.0) | {"group": "NA"}
    write_rankings([("sum", "general", pd.DataFrame([row]))], tmp_path)
    assert read_ranking(tmp_path / "sum" / "general.csv")["group"].tolist() == ["NA"]
