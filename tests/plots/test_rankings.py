"""Rankings as figures: bars, intervals, ranks, and all figures of a run."""

import numpy as np
import pandas as pd
import pytest
from builders import inside, texts
from PIL import Image

from intonation import plots
from intonation.errors import ModelError
from intonation.evaluation.ranking_intervals import APART_COLUMNS
from intonation.labels.taxonomy import LEVELS
from intonation.labels.words import in_words
from intonation.lrp.ranking import RANKING_COLUMNS
from intonation.plots import rankings
from intonation.statistics import INTERVAL_COLUMNS


def ranking(n, lead=None):
    means = np.linspace(n, 1, n) - n / 4
    names = [f"GROUP_{number}" for number in range(n)]
    if lead:
        names[0], means[0] = lead, 1000.0
    table = {"group": names, "sum": means * 3, "mean": means, "std": 1.5, "variance": 2.25}
    ends = {"ci_low": means - 0.25, "ci_high": means + 0.5}
    place = np.arange(1, n + 1)
    ranks = {"rank_low": np.maximum(place - 1, 1), "rank_high": np.minimum(place + 1, n)}
    return pd.DataFrame({**table, "n_features": 3, **ends, **ranks})[list(RANKING_COLUMNS)]


@pytest.mark.parametrize("n", [1, 5, 40, 120])
def test_rankings_of_any_length(n):
    figure = plots.ranking_figure(ranking(n), "General feature categories: sum", unit="ln Hz")
    written = inside(figure)
    assert "General feature categories: sum" in written and "GROUP_0 (3)" in written
    assert any("(ln Hz)" in text for text in written)
    assert any("80 more groups in the CSV" in text for text in written) == (n == 120)
    assert any("95 % interval over test utterances" in text for text in written)
    assert sum(text.startswith("GROUP_") for text in written) == min(n, 40)


def drawn_lines(axes):
    """Ends [left, right] of the lines of every collection of a ranking."""
    segments = [lines.get_segments() for lines in axes.collections]
    return [[line[:, 0].tolist() for line in lines if len(line)] for lines in segments]


def test_bars_their_spread_and_their_intervals():
    figure = plots.ranking_figure(ranking(4), "Sum", unit="ln Hz")
    axes = figure.axes[0]
    bars, spread, intervals = drawn_lines(axes)[:3]
    assert bars == [[0, 3], [0, 2], [0, 1], [0, 0]]
    assert [line[:, 1].tolist() for line in axes.collections[0].get_segments()][2] == [2, 2]
    assert spread[:2] == [[1.5, 4.5], [0.5, 3.5]]
    assert intervals == [[2.75, 3.5], [1.75, 2.5], [0.75, 1.5], [-0.25, 0.5]]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first group is on top


def test_ranks_stand_on_a_scale_beside_the_bars():
    figure = plots.ranking_figure(ranking(5), "Sum", unit="ln Hz")
    inside(figure)
    (axes,) = figure.axes
    (ranks,) = axes.child_axes
    assert drawn_lines(ranks) == [[[1, 2], [1, 3], [2, 4], [3, 5], [4, 5]]]
    assert list(ranks.lines[0].get_xdata()) == [1, 2, 3, 4, 5]
    assert ranks.get_ylim() == axes.get_ylim()
    assert ranks.get_window_extent().x0 > axes.get_window_extent().x1
    assert {"rank", "1", "3", "5"} <= set(texts(figure))


def test_without_intervals_only_bars_are_drawn():
    table = ranking(3)
    table[list(INTERVAL_COLUMNS)] = np.nan
    figure = plots.ranking_figure(table, "Sum", unit="ln Hz")
    inside(figure)
    (axes,) = figure.axes
    bars, spread, intervals, _apart = drawn_lines(axes)
    assert len(bars) == len(spread) == 3
    assert intervals == [] and drawn_lines(axes.child_axes[0]) == [[]]


def test_a_line_separates_neighbours_that_are_apart():
    figure = plots.ranking_figure(ranking(4), "Sum", unit="ln Hz", apart=[1, 3, 4])
    heights = [line[0, 1] for line in figure.axes[0].collections[-1].get_segments()]
    assert heights == [0.5, 2.5]  # none below the last


def test_a_level_without_groups():
    figure = plots.ranking_figure(ranking(0), "Phrasal features: sum", unit="ln Hz")
    inside(figure)
    assert "the question set asks about no group of this level" in texts(figure)


def test_vuv_is_left_out_only_where_it_leads():
    rest = plots.without_vuv(ranking(3, lead="VUV"))
    assert rest["group"].tolist() == ["GROUP_1", "GROUP_2"]
    assert rest["rank_low"].tolist() == [1, 1] and rest["rank_high"].tolist() == [2, 2]
    assert plots.without_vuv(ranking(3)) is None
    assert plots.without_vuv(ranking(0)) is None
    assert plots.without_vuv(ranking(1, lead="VUV")) is None


def write_tables(folder):
    for aggregate in ("abs_sum", "neg_mean"):
        path = folder / "rankings" / aggregate
        path.mkdir(parents=True)
        lead = "VUV" if aggregate == "abs_sum" else None
        ranking(6, lead=lead).to_csv(path / "general.csv", index=False)
        ranking(0).to_csv(path / "phrasal.csv", index=False)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_table_gets_its_figures(tmp_path, jobs):
    folder = tmp_path / "results" / "log_f0"
    write_tables(folder)
    drawn = plots.ranking_figures(folder, jobs=jobs)
    assert [path.relative_to(folder / "figures" / "rankings").as_posix() for path in drawn] == [
        "abs_sum/general.png",
        "abs_sum/general_without_vuv.png",
        "abs_sum/phrasal.png",
        "neg_mean/general.png",
        "neg_mean/phrasal.png",
    ]
    for path in drawn:
        assert np.asarray(Image.open(path).convert("L")).std() > 1
    assert len(list((folder / "figures").rglob("*"))) == 3 + len(drawn)


def test_the_figures_of_one_ranking_are_drawn_for_a_page(tmp_path):
    folder = tmp_path / "results" / "log_f0"
    write_tables(folder)
    figures = plots.rankings_of(folder, "abs_sum", "general")
    assert [figure.title.endswith("without VUV") for figure in figures] == [False, True]
    assert len(plots.rankings_of(folder, "abs_sum", "phrasal")) == 1


def test_what_is_seen_of_a_ranking_are_its_first_groups_and_its_last():
    table = ranking(5, lead="VUV")
    figure = plots.ranking_figure(table, "Some level", unit="ln Hz", apart=[1])
    first = "from the top: voiced or unvoiced 1,000; GROUP_1 2.75; GROUP_2 1.75; last GROUP_4"
    assert f"ln Hz, 5 groups, {first}" in figure.alt
    assert "1 line parts neighbours" in figure.alt
    assert figure.data.equals(table)


def test_separators_come_from_the_table_beside_the_rankings(tmp_path, monkeypatch):
    folder = tmp_path / "semitones"
    write_tables(folder)
    rows = [
        ("abs_sum", "general", rank, "a", "b", 1.0, 0.0, 0.0, 0.0, rank < 4) for rank in (1, 3, 4)
    ]
    apart = pd.DataFrame(rows, columns=list(APART_COLUMNS))
    apart.to_csv(folder / "rankings_apart.csv", index=False)
    seen, draw = {}, rankings.ranking_figure
    note = lambda table, title, **options: (  # noqa: E731
        seen.update({title: options["apart"]}) or draw(table, title, **options)
    )
    monkeypatch.setattr(rankings, "ranking_figure", note)
    plots.ranking_figures(folder)
    assert seen["General feature categories: absolute sum"] == [1, 3]
    assert seen["General feature categories: absolute sum, without VUV"] == [2]
    assert seen["Phrasal features: absolute sum"] == []


def test_a_folder_without_rankings_is_an_error_with_advice(tmp_path):
    with pytest.raises(ModelError, match="found none; name the folder results/<target>"):
        plots.ranking_figures(tmp_path)


def test_a_damaged_ranking_is_named(tmp_path):
    path = tmp_path / "rankings" / "sum" / "general.csv"
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(ModelError, match="general.csv is no ranking"):
        plots.ranking_figures(tmp_path)


def test_the_digest_has_the_first_groups_of_all_levels(tmp_path):
    (tmp_path / "abs_sum").mkdir()
    for level in LEVELS:
        n = 3 if level.slug == "word" else 7
        ranking(n, lead="PHRASE_LEN").to_csv(tmp_path / "abs_sum" / f"{level.slug}.csv")
    table = plots.ranking_digest(tmp_path, "abs_sum").data
    assert len(table) == len(LEVELS)
    assert list(table.columns) == ["level", "1", "2", "3", "4", "5"]
    assert table["1"].unique().tolist() == [in_words("PHRASE_LEN")]
    words = table[table["level"] == "5 · Word features"]
    assert words["3"].tolist() == ["GROUP_2"] and set(words["4"]) == {""}
    with pytest.raises(ModelError, match="abs_sum"):
        (tmp_path / "abs_sum" / "all.csv").unlink()
        plots.ranking_digest(tmp_path, "abs_sum")


def seed_table(n):
    """A ranking over networks as `seeds.seed_ranking` makes it, and three networks' means."""
    base = ranking(n)
    ends = {"low": base["ci_low"], "high": base["ci_high"]}
    ends |= {"rank_low": base["rank_low"], "rank_high": base["rank_high"]}
    for source in ("utterances", "seeds", "both"):
        base = base.assign(**{f"{source}_{end}": values for end, values in ends.items()})
    networks = pd.DataFrame({k: base["mean"].to_numpy() + k for k in (0, 1, 2)}, base["group"])
    return base, networks[::-1]  # in another order than the ranking


@pytest.mark.parametrize("n", [0, 1, 5, 60])
def test_rankings_of_several_networks(n):
    figure = plots.seed_ranking_figure(*seed_table(n), "Absolute sum", unit="ln Hz")
    if n == 0:
        assert "the question set asks about no group of this level" in texts(figure)
        return
    written = inside(figure)
    assert any("networks" in text for text in written) and "rank" in written
    dots = [line.get_xdata() for line in figure.axes[0].get_lines()[-3:]]
    means = ranking(n)["mean"].head(40)
    for shift, found in enumerate(dots):
        np.testing.assert_allclose(found, means + shift)


def test_vuv_does_not_press_the_other_groups_against_zero():
    table, networks = seed_table(5)
    first = table["group"].iloc[0]
    table["group"] = table["group"].replace(first, "VUV")
    figure = plots.seed_ranking_figure(
        table, networks.rename({first: "VUV"}), "Absolute sum", unit=""
    )
    written = texts(figure)
    assert "Absolute sum, without VUV" in written
    assert not [text for text in written if text.startswith("VUV")]
    (dots, *_) = [line.get_xdata() for line in figure.axes[0].get_lines()[-3:]]
    assert len(dots) == 4
