"""The published figures, and rank correlations against worked examples."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from intonation.errors import ModelError, ParameterError
from intonation.evaluation import published as study
from intonation.labels.taxonomy import FIELDS, VUV
from intonation.lrp.ranking import RANKING_COLUMNS, write_rankings

GENERAL = study.PUBLISHED["general"]


def series(**values):
    return pd.Series(values, dtype=float)


# --- the published tables ------------------------------------------------------------


def test_published_tables_are_complete_and_in_order():
    sizes = {level: len(table) for level, table in study.PUBLISHED.items()}
    expected = {"linguistic_levels": 5, "relation_types": 5, "general": 20}
    assert sizes == {**expected, "levels_and_relations": 5}
    for table in study.PUBLISHED.values():
        values = list(table.values())
        assert values == sorted(values, reverse=True) and min(values) > 0


def test_published_groups_are_groups_of_the_taxonomy():
    levels = {field.level for field in FIELDS.values()}
    relations = {field.relation for field in FIELDS.values()}
    assert set(study.PUBLISHED["linguistic_levels"]) == levels
    assert set(study.PUBLISHED["relation_types"]) == relations
    crossed = {f"{field.level} {field.relation}" for field in FIELDS.values()}
    assert set(study.PUBLISHED["levels_and_relations"]) <= crossed
    # the groups of phones and of accent types depend on the question, the others on the field
    by_question = {VUV, "SYLLABLE_ACCENT_TYPE"}
    named = {field.general for field in FIELDS.values()}
    rest = {name for name in GENERAL if not name.startswith("QUINTPHONE")} - by_question
    assert rest <= named


@pytest.mark.parametrize(
    ("level", "group", "category"),
    [
        ("linguistic_levels", "utterance", "UTTERANCE_LEN"),
        ("levels_and_relations", "phrasal positional absolute", "PHRASE_POSITION"),
        ("levels_and_relations", "syllabic compositional", "SYLLABLE_LEN_IN_SEGMENTS"),
        ("levels_and_relations", "syllabic positional absolute", "SYLLABLE_POSITION"),
        (
            "levels_and_relations",
            "syllabic composition of the superior unit",
            "SYLLABLE_NEIGHBOURHOOD",
        ),
    ],
)
def test_groups_of_one_category_have_that_category_s_figure(level, group, category):
    assert study.PUBLISHED[level][group] == GENERAL[category]


def test_a_level_lies_between_the_categories_it_consists_of():
    for level, value in study.PUBLISHED["linguistic_levels"].items():
        inside = [GENERAL.get(f.general) for f in FIELDS.values() if f.level == level]
        inside = [v for v in inside if v]
        more = {"segmental": "QUINTPHONE", "syllabic": "SYLLABLE_ACCENT_TYPE"}.get(level, "-")
        inside += [v for name, v in GENERAL.items() if name.startswith(more)]
        assert min(inside) <= value <= max(inside)


# --- beside a run ---------------------------------------------------------------------


def test_groups_in_common_in_the_study_s_order():
    ours = series(phrasal=1, syllabic=3, word=2, OTHER=9)
    table = study.beside_study("linguistic_levels", {"ours": ours})
    assert list(table.index) == ["syllabic", "word", "phrasal"]
    assert list(table.columns) == ["study", "ours"]
    assert list(table["study"]) == [3368, 2743, 2524] and list(table["ours"]) == [3, 2, 1]


def test_a_group_that_one_ranking_lacks_is_left_out():
    rankings = {"a": series(syllabic=1, word=2), "b": series(word=3, phrasal=1)}
    assert list(study.beside_study("linguistic_levels", rankings).index) == ["word"]


def test_vuv_is_left_out_unless_asked_for():
    ours = {"ours": pd.Series({VUV: 100.0, "PHRASE_LEN": 1.0})}
    assert list(study.beside_study("general", ours).index) == ["PHRASE_LEN"]
    assert list(study.beside_study("general", ours, vuv=True).index) == [VUV, "PHRASE_LEN"]
    assert study.lead_of_vuv(ours["ours"]) == 100
    assert math.isnan(study.lead_of_vuv(series(PHRASE_LEN=1)))
    assert math.isnan(study.lead_of_vuv(pd.Series({VUV: 1.0})))


def write_ranking(results_folder, level, means):
    rows = pd.Series(means, name="mean").rename_axis("group").reset_index()
    table = rows.reindex(columns=list(RANKING_COLUMNS))
    write_rankings(iter([("abs_sum", level, table)]), results_folder / "rankings")


def test_a_ranking_is_read_by_mean(tmp_path):
    write_ranking(tmp_path, "word", {"NA": 2.5, "B": 1})
    assert study.read_ranking(tmp_path, "word").to_dict() == {"NA": 2.5, "B": 1.0}
    path = tmp_path / "rankings" / "abs_sum" / "word.csv"
    table = pd.read_csv(path, keep_default_na=False).assign(sum=[5, 8])
    table.to_csv(path, index=False)
    assert study.read_ranking(tmp_path, "word", by="sum").to_dict() == {"NA": 5.0, "B": 8.0}


def test_what_is_no_ranking_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"general\.csv.*run the ranking chapter"):
        study.read_ranking(tmp_path, "general")
    path = tmp_path / "rankings" / "abs_sum" / "general.csv"
    path.parent.mkdir(parents=True)
    path.write_text("name,value\nA,1\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"general\.csv"):
        study.read_ranking(tmp_path, "general")
    with pytest.raises(ParameterError, match="level of abstraction"):
        study.read_ranking(tmp_path, "generall")


# --- agreement -------------------------------------------------------------------------

agreement, agreements, smallest_telling = (
    partial(function, permutations=9999)
    for function in (study.agreement, study.agreements, study.smallest_telling)
)


def test_same_and_reverse_order():
    first = pd.Series([5.0, 4, 3, 2, 1])
    same, reverse = (
        agreement(first, first**3),
        agreement(first, -first),
    )
    assert same.groups == 5
    assert (same.spearman, same.kendall) == pytest.approx((1, 1))
    assert (reverse.spearman, reverse.kendall) == pytest.approx((-1, -1))
    # 2 of the 120 orders agree or disagree perfectly
    assert [same.spearman_p, same.kendall_p, reverse.spearman_p] == pytest.approx([2 / 120] * 3)


def test_one_exchange_among_five_by_hand():
    first, second = pd.Series([1.0, 2, 3, 4, 5]), pd.Series([1.0, 2, 3, 5, 4])
    found = agreement(first, second)
    assert found.spearman == pytest.approx(1 - 6 * 2 / (5 * 24))  # 0.9
    assert found.kendall == pytest.approx(1 - 2 * 1 / 10)  # 0.8
    assert found.spearman_p == pytest.approx(10 / 120)  # 0.9 or more: 1 + 4 orders, twice


def test_many_groups_agree_with_scipy():
    random = np.random.default_rng(1)
    first = pd.Series(random.normal(size=19))
    second = first + pd.Series(random.normal(size=19))
    found = agreement(first, second)
    expected = stats.spearmanr(first, second)
    assert found.spearman == pytest.approx(expected.statistic)
    assert found.spearman_p == pytest.approx(expected.pvalue, abs=0.01)
    assert found == agreement(first, second, permutations=9999)  # the same seed, the same answer
    perfect = agreement(first, first, permutations=999)
    assert perfect.spearman_p == pytest.approx(1 / 1000)  # never 0


def test_ties_share_their_rank():
    first, second = pd.Series([1.0, 2, 2, 4]), pd.Series([1.0, 3, 2, 4])
    assert agreement(first, second).spearman == pytest.approx(
        stats.spearmanr(first, second).statistic
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0, 3.0, 3.0, 3.0]])
def test_nothing_is_said_where_nothing_can_be(values):
    found = agreement(pd.Series(range(len(values)), dtype=float), pd.Series(values))
    assert found.groups == len(values)
    assert math.isnan(found.spearman) and math.isnan(found.kendall_p)


def test_agreements_have_a_row_for_each_ranking():
    table = pd.DataFrame({"study": [3.0, 2, 1, 0], "a": [3.0, 2, 1, 0], "b": [0.0, 1, 2, 3]})
    found = agreements(table)
    assert list(found.index) == ["a", "b"]
    assert list(found["spearman"]) == pytest.approx([1, -1])
    assert list(found["groups"]) == [4, 4]


def test_how_much_few_groups_can_tell():
    assert math.isnan(smallest_telling(2)) and math.isnan(smallest_telling(4))
    assert smallest_telling(5) == pytest.approx(1.0)
    assert smallest_telling(6) == pytest.approx(31 / 35)  # 0.886, as in printed tables
    assert 0.4 < smallest_telling(19) < 0.5


# --- errors, biases --------------------------------------------------------------------


def test_errors_stand_below_the_study_s():
    ours = pd.Series([1.0, 3.0, math.nan])
    table = study.errors_beside_study("rmse_hz", {"ours": ours})
    assert list(table.index) == ["study", "ours"]
    assert table.loc["study"].tolist() == [191, 24.1, 40.0, 60.1]
    assert table.loc["ours"].tolist() == [2, 1.0, 2.0, 3.0]
    nrmse = study.errors_beside_study("nrmse", {}).loc["study"]
    assert (nrmse["lowest"], nrmse["highest"]) == (0.156, 0.383) and math.isnan(nrmse["mean"])


def test_both_targets_of_a_run(tmp_path):
    for target, mean in (("log_f0", 2.0), ("semitones", 5.0)):
        for level in study.PUBLISHED:
            write_ranking(tmp_path / "results" / target, level, {"word": mean})
    tables = study.all_beside_study(tmp_path, {"a": "log_f0", "b": "semitones"})
    assert list(tables) == list(study.PUBLISHED)
    assert tables["linguistic_levels"].loc["word"].tolist() == [2743, 2.0, 5.0]
    assert tables["general"].empty and list(tables["general"].columns) == ["study", "a", "b"]
    with pytest.raises(ModelError, match=r"errors\.csv.*predictions chapter"):
        study.all_errors_beside_study(tmp_path)
    header = "rmse_hz,nrmse,all_frames_rmse_hz,all_frames_nrmse"
    for target, row in (("log_f0", "1,0.1,2,0.2"), ("semitones", "3,0.3,4,0.4")):
        path = tmp_path / "results" / target / "errors.csv"
        path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    hz, relative = study.all_errors_beside_study(tmp_path).values()
    assert hz["mean"].tolist() == [40.0, 2.0, 1.0, 3.0]
    assert relative["highest"].tolist() == [0.383, 0.2, 0.1, 0.3]


def test_bias_share_adds_sizes():
    table = pd.DataFrame({"relevance": [1.0, -1.0], "absorbed": [-3.0, 3.0]})
    assert study.bias_share(table) == pytest.approx(0.75)
    assert math.isnan(study.bias_share(0 * table))
