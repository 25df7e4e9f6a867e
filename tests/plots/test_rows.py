"""Row charts: what stands in each row, with values that are missing, too."""

import numpy as np
import pandas as pd
import pytest
from builders import inside, texts
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from intonation import plots
from intonation.evaluation import published as study
from intonation.labels.words import in_words
from intonation.lrp.contrast import Contrast
from intonation.plots.rankings import contrast_bars
from intonation.plots.style import BLUE, ORANGE

EFFECTS = pd.Series({"SMALL": 0.2, "LARGE": 2.0, "NONE": 0.0})
GROUPS = ["SYLLABLE_STRESS", "PHRASE_LEN", "QUINTPHONE_SEGMENT_ARTICULATORY_TYPE"]


def names_of(axes):
    """Names of the rows of a chart, from top to bottom."""
    named = [text for text in axes.texts if text.get_ha() == "right"]
    heights = [text.get_position()[1] for text in named]
    assert heights == list(range(len(named))) and axes.get_ylim()[0] > axes.get_ylim()[1]
    return [text.get_text() for text in named]


def lines(axes, label):
    (line,) = [line for line in axes.get_lines() if line.get_label() == label]
    return line


@pytest.mark.parametrize("count", [1, 3, 40])
def test_marks_stand_in_the_order_of_the_table(count):
    names = [f"GROUP_WITH_A_LONG_NAME_{number}" for number in range(count)]
    values = np.random.default_rng(0).random((count, 2))
    table = pd.DataFrame(values, names, ["one", "two"])
    look = {"title": "Side by side", "label": "per frame (semitones)"}
    figure = plots.marks_figure(table, least=0, **look)
    (axes,) = figure.axes
    assert names_of(axes) == names and axes.get_xlim()[0] == 0
    for name in table:
        np.testing.assert_allclose(lines(axes, name).get_xdata(), table[name])
    (joined,) = axes.collections
    ends = [segment[:, 0] for segment in joined.get_segments()]
    np.testing.assert_allclose(ends, np.sort(values))
    assert {"Side by side", "per frame (semitones)", "one", "two"} <= set(texts(figure))
    inside(figure)


def test_groups_relative_to_their_average():
    table = pd.DataFrame({"study": [6.0, 2, 1], "ours": [0.3, 0.6, 0.0]}, index=GROUPS)
    figure = plots.compared_groups(table, "General feature categories")
    written = inside(figure)
    assert {*map(in_words, GROUPS), "study", "ours"} <= set(written)
    (axes,) = figure.axes
    assert lines(axes, "study").get_xdata() == pytest.approx([2.0, 2 / 3, 1 / 3])
    assert lines(axes, "ours").get_xdata() == pytest.approx([1.0, 2.0, 0.0])
    assert list(lines(axes, "ours").get_ydata()) == [0, 1, 2]
    low, high = axes.get_xlim()
    assert low < 0 and high > 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rows", [0, 1])
def test_few_groups_or_none(rows):
    table = pd.DataFrame({"study": [1.0], "ours": [0.0]}, index=GROUPS[:1]).head(rows)
    figure = plots.compared_groups(table, "Word features")
    inside(figure)
    assert ("no group in common" in texts(figure)) == (rows == 0)


def test_errors_in_two_panels():
    ours = {"ln F0, voiced": pd.Series([10.0, 20.0]), "semitones": pd.Series([5.0])}
    tables = [study.errors_beside_study(error, ours) for error in ("rmse_hz", "nrmse")]
    figure = plots.error_ranges(list(zip(("RMSE (Hz)", "NRMSE"), tables, strict=True)), "Errors")
    inside(figure)
    assert {"RMSE (Hz)", "NRMSE", "study", "ln F0, voiced"} <= set(texts(figure))
    top = figure.axes[0].collections[0]
    assert [segment[:, 0].tolist() for segment in top.get_segments()] == [
        [24.1, 60.1],
        [10.0, 20.0],
        [5.0, 5.0],
    ]


def test_rules_side_by_side():
    table = pd.DataFrame(
        {"z": [2.5, -2.0], "epsilon": [2.4, -1.9], "gamma": [2, -1.4], "alpha_beta": [3, -3.0]}
        | {"z_box": [2.0, -0.3]},
        index=["stressed?", "phrase-final?"],
    )
    figure = plots.marks_figure(table, title="By rule", label="relevance (semitones)")
    inside(figure)
    assert {"stressed?", "z_box", "relevance (semitones)"} <= set(texts(figure))
    assert lines(figure.axes[0], "gamma").get_xdata() == pytest.approx([2, -1.4])


@pytest.mark.parametrize("known", [True, False])
def test_bars_are_advantages_with_their_intervals(known):
    methods, ways = ("z", "gamma", "alone"), ("deletion", "insertion")
    summary = pd.DataFrame([(m, w) for m in methods for w in ways], columns=["method", "way"])
    summary["advantage"] = np.arange(6) - 1.5
    reach = 0.5 if known else np.nan
    summary["ci_low"], summary["ci_high"] = np.arange(6) - 1.5 - reach, np.arange(6) - 1.5 + reach
    figure = plots.advantage_figure(summary, title="Better than chance?", unit="ln Hz")
    (axes,) = figure.axes
    for container, way in zip(axes.containers, ("deletion", "insertion"), strict=True):
        part = summary[summary["way"] == way]
        np.testing.assert_allclose([bar.get_width() for bar in container], part["advantage"])
    (down, _) = (item for item in axes.collections if isinstance(item, LineCollection))
    ends = [segment[:, 0] for segment in down.get_segments() if len(segment)]
    expected = summary[summary["way"] == "deletion"][["ci_low", "ci_high"]].dropna()
    assert len(expected) == (3 if known else 0)
    np.testing.assert_allclose(np.reshape(ends, (-1, 2)), expected)
    assert names_of(axes) == [plots.method_name(method) for method in methods]
    inside(figure)


def make_contrast(n_groups=5, interval=True):
    random = np.random.default_rng(0)
    names = [("group", f"GROUP_{i}") for i in range(n_groups)]
    names += [("rest", "other inputs"), ("absorbed", "absorbed"), ("gap", "gap")]
    table = pd.DataFrame(names, columns=["kind", "part"])
    table["first"], table["second"] = random.normal(size=(2, len(table)))
    table.loc[table["kind"] == "gap", ["first", "second"]] = 1e-9
    total = {"kind": "explained", "part": "explained", **table[["first", "second"]].sum()}
    natural = {"kind": "natural", "part": "natural", "first": 2.0, "second": 1.0}
    table = pd.concat([table, pd.DataFrame([total, natural])], ignore_index=True)
    table["difference"] = table["first"] - table["second"]
    reach = 0.1 if interval else np.nan
    table["ci_low"], table["ci_high"] = table["difference"] - reach, table["difference"] + reach
    return Contrast(table, (10, 20), (2, 3))


@pytest.mark.parametrize("most", [2, 5, 12])
def test_the_bars_of_a_contrast_add_up_and_the_strongest_come_first(most):
    table = make_contrast().table
    bars, totals = contrast_bars(table, most)
    explained = table.loc[table["kind"] == "explained", "difference"].iloc[0]
    assert bars["difference"].sum() == pytest.approx(explained, abs=1e-6)
    assert totals["part"].tolist() == ["= predicted F0", "natural F0"]
    sizes = bars.loc[bars["part"].str.startswith("GROUP"), "difference"].abs()
    assert len(sizes) == min(most, 5) and sizes.is_monotonic_decreasing
    others = bars[bars["part"].str.endswith("other groups")]
    assert others["part"].tolist() == (["3 other groups"] if most == 2 else [])
    assert others["ci_low"].isna().all()


@pytest.mark.parametrize("interval", [True, False])
@pytest.mark.parametrize("n_groups", [1, 5, 30])
def test_a_contrast_is_drawn_with_bars_values_and_intervals(n_groups, interval):
    contrast = make_contrast(n_groups, interval)
    figure = plots.contrast_figure(
        contrast, title="Why", unit="semitones", names=("questions", "statements")
    )
    (axes,) = figure.axes
    bars, totals = contrast_bars(contrast.table, 12)
    drawn = [patch.get_width() for patch in axes.patches]
    np.testing.assert_allclose(drawn, [*bars["difference"], *totals["difference"]])
    assert "questions minus statements (semitones)" in axes.get_xlabel().replace("\n", " ")
    (lines,) = [part for part in axes.collections if isinstance(part, LineCollection)]
    known = pd.concat([bars, totals])[["ci_low", "ci_high"]].dropna()
    ends = [segment[:, 0] for segment in lines.get_segments() if len(segment)]
    np.testing.assert_allclose(np.reshape(ends, (-1, 2)), known)
    assert len(known) == (len(drawn) - (n_groups > 12) if interval else 0)
    inside(figure)


def test_recovery_puts_bars_beside_the_planted_effects():
    rankings = {
        "right": pd.Series({"NONE": 0.0, "SMALL": 1.0, "LARGE": 4.0}),
        "a wrong one with a name that does not fit into one line": EFFECTS.max() - EFFECTS,
    }
    figure = plots.recovery_figure(EFFECTS, rankings, title="found")
    first, second = figure.axes
    assert names_of(first) == ["LARGE", "SMALL", "NONE"] and set(names_of(second)) == {""}
    assert [bar.get_width() for bar in first.patches] == [1.0, 0.25, 0.0]
    assert [bar.get_width() for bar in second.patches] == pytest.approx([0.0, 0.9, 1.0])
    assert [to_hex(bar.get_facecolor()) for bar in first.patches] == [BLUE, BLUE, ORANGE]
    assert list(first.lines[0].get_xdata()) == pytest.approx([1.0, 0.1, 0.0])
    inside(figure)


def test_recovery_without_any_effect_or_relevance():
    figure = plots.recovery_figure(EFFECTS * 0, {"none": EFFECTS * 0}, title="nothing")
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0, 0, 0]


def test_methods_have_a_mark_for_each_statistic_they_have():
    table = pd.DataFrame(
        {"first": [0.4, np.nan], "second": [0.9, -0.7]}, index=["z", "some method of one's own"]
    )
    chance = np.linspace(-0.5, 0.5, 101)
    figure = plots.methods_figure(table, chance, wanted=0.9, ceiling=0.95, title="methods")
    axes = figure.axes[0]
    marks = {line.get_label(): list(line.get_xdata()) for line in axes.lines}
    assert marks["first"][0] == 0.4 and np.isnan(marks["first"][1])
    assert marks["second"] == [0.9, -0.7]
    assert marks["wanted: 0.9"] == [0.9, 0.9]
    assert names_of(axes) == ["LRP, Z rule", "some method of one's own"]
    band = axes.patches[0].get_bbox()
    assert (band.x0, band.x1) == pytest.approx((-0.475, 0.475))
    assert axes.get_xlim()[0] < -0.7
    inside(figure)


def test_methods_where_nothing_can_be_ranked():
    table = pd.DataFrame({"first": [np.nan]}, index=["z"])
    figure = plots.methods_figure(
        table, np.full(5, np.nan), wanted=0.9, ceiling=np.nan, title="none"
    )
    assert figure.axes[0].get_xlim()[0] <= 0
    inside(figure)


def test_error_distribution():
    errors = {"network": np.array([1.0, 2, 3, np.nan]), "ridge": np.arange(9.0), "none": []}
    figure = plots.error_distribution(errors, label="RMSE (semitones)", title="Errors")
    written = inside(figure)
    assert {"network (2)", "ridge (4)", "none", "Errors"} <= set(written)
    assert any(text.startswith("RMSE (semitones)") for text in written)


@pytest.mark.parametrize("n", [1, 4, 60])
def test_speakers(n):
    generator = np.random.default_rng(0)
    f0_hz = {f"speaker {i}": [generator.normal(100 + 2 * i, 20, 400)] for i in range(n)}
    silent = {"silent": [np.zeros(9)]}
    figure = plots.speaker_ranges(silent | f0_hz)
    inside(figure)
    shown = names_of(figure.axes[0])
    assert len(shown) == min(n, 24) and "silent" not in shown
    (ranges, dots) = figure.axes[0].collections
    low, middle, high = np.percentile(f0_hz["speaker 0"], (5, 50, 95))
    row = shown.index("speaker 0")
    np.testing.assert_allclose(ranges.get_segments()[row][:, 0], (low, high))
    np.testing.assert_allclose(dots.get_offsets()[row], (middle, row))
