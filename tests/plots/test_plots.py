"""Figures: they show what they were given, name it, and nothing is cut off."""

import io
import subprocess
import sys
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from intonation.plots.__main__ import main
from PIL import Image

from intonation import plots
from intonation.errors import ModelError
from intonation.evaluation.ranking_intervals import APART_COLUMNS
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import AGGREGATES, INTERVAL_COLUMNS, RANKING_COLUMNS
from intonation.plots import heatmaps, rankings, style

TITLE = "Żółta łódź płynęła, choć wiał wiatr."
PHONES = ((0.0, 0.1, "pau"), (0.1, 0.3, "ʐ"), (0.3, 0.6, "u"), (0.6, 0.605, "w"), (0.605, 1.0, "x"))
WORDS = ((0.0, 0.1, ""), (0.1, 0.6, "Żółta"), (0.6, 0.61, "niewidoczne"), (0.61, 1.0, "łódź"))


@pytest.fixture
def view():
    f0_hz = np.full(200, 150.0)
    f0_hz[:40] = 0
    return plots.UtteranceView(
        title=TITLE,
        f0_true_hz=f0_hz,
        f0_predicted_hz=np.full(200, 160.0),
        phones=PHONES,
        words=WORDS,
        errors={"rmse_hz": 23.16, "nrmse": float("nan"), "all_frames_mse_hz2": 1604.2},
    )


@pytest.fixture
def relevance():
    return np.random.default_rng(3).normal(size=(200, 6))


def pixels(figure):
    buffer = io.BytesIO(figure._repr_png_())
    return np.asarray(Image.open(buffer).convert("RGB")).astype(int)


def texts(figure):
    """Everything that is written in a figure."""
    figure.canvas.draw()
    found = figure.findobj(mpl.text.Text)
    return [text.get_text() for text in found if text.get_visible() and text.get_text()]


def check(figure):
    """A figure is drawn, keeps a margin of paper on all sides, and so cuts nothing off."""
    image = pixels(figure)
    assert image.std() > 5
    paper = image[0, 0]
    assert paper.min() > 245
    for edge in (image[0], image[-1], image[:, 0], image[:, -1]):
        assert (edge == paper).all()


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


def test_relevance_of_groups(view, relevance):
    names = ["SYLLABLE_STRESS", "PHRASE_LEN", "A", "B", "C", "VUV"]
    figure = plots.relevance_heatmap(relevance, names, view, label="relevance (ln Hz)")
    check(figure)
    written = texts(figure)
    for text in (TITLE, *names, "F0 (Hz)", "time (s)", "relevance (ln Hz)", "natural F0"):
        assert text in written
    assert {"RMSE (Hz)", "23.2", "NRMSE", "–", "All frames MSE (Hz²)", "1,604"} <= set(written)
    image = figure.axes[0].images[0]
    np.testing.assert_array_equal(image.get_array(), relevance.T)
    assert image.get_cmap().name == "PiYG"
    assert image.norm.vmin == -image.norm.vmax == -np.abs(relevance).max()


def test_heatmap_and_contours_share_one_time_axis(view, relevance):
    figure = plots.relevance_heatmap(relevance, list("abcdef"), view)
    heat, strip, contour = figure.axes[:3]
    assert heat.get_xlim() == strip.get_xlim() == contour.get_xlim() == (0, 1.0)
    assert heat.images[0].get_extent() == [0, 1.0, 6, 0]
    boxes = [axes.get_position() for axes in (heat, strip, contour)]
    assert len({box.x0 for box in boxes}) == len({box.x1 for box in boxes}) == 1
    assert boxes[0].y1 <= boxes[1].y0 < boxes[1].y1 <= boxes[2].y0 + 1e-9


def test_words_and_phones_that_fit_are_written(view):
    written = texts(plots.f0_figure(view))
    assert {"Żółta", "łódź", "ʐ", "u", "x"} <= set(written)
    assert not {"niewidoczne", "w", "pau"} & set(written)


def test_single_features_in_bands(view, relevance):
    relevance[:, 4] = 0
    bands = {"TWO": np.array([5, 0]), "GONE": np.array([4]), "THREE": np.array([1, 2, 3])}
    figure = plots.relevance_heatmap(relevance, bands, view)
    check(figure)
    written = [text.replace("\n", " ") for text in texts(figure)]
    assert {"TWO", "THREE", "5 features with relevance, of 6"} <= set(written)
    assert "GONE" not in written
    drawn = heatmaps.arrange(relevance, bands)
    rows = drawn.edges
    np.testing.assert_array_equal(drawn.image[0], relevance[:, 5])
    np.testing.assert_array_equal(drawn.image[rows[1] - 1], relevance[:, 0])
    np.testing.assert_array_equal(drawn.image[rows[1]], relevance[:, 1])
    np.testing.assert_array_equal(drawn.image[-1], relevance[:, 3])
    assert np.diff(rows).min() >= heatmaps.BAND_IN / heatmaps.FEATURE_IN


def test_a_feature_is_never_thinner_than_a_pixel():
    drawn = heatmaps.arrange(np.ones((3, 1300)), {"ALL": np.arange(1300)})
    assert drawn.height_in * style.DPI == pytest.approx(1300)


def test_rows_must_have_names(relevance, view):
    with pytest.raises(ValueError, match="2 names for 6 rows"):
        plots.relevance_heatmap(relevance, ["a", "b"], view)


def test_relevance_that_is_zero_throughout(view):
    check(plots.relevance_heatmap(np.zeros((200, 2)), ["a", "b"], view))
    check(plots.relevance_heatmap(np.zeros((200, 2)), {"a": np.array([0, 1])}, view))


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_the_linear_part_of_the_colours_follows_the_data(scale):
    values = scale * np.concatenate([np.full(900, 0.02), np.full(99, -0.5), [1.0], np.zeros(500)])
    norm = style.relevance_norm(values)
    assert norm.vmax == scale and norm.vmin == -scale
    assert norm.linthresh == pytest.approx(0.02 * scale)
    assert style.relevance_norm(np.zeros(3)).vmax == 1.0


def test_contours_have_gaps_where_natural_f0_is_unvoiced(view):
    figure = plots.f0_figure(view)
    check(figure)
    natural, predicted = figure.axes[0].get_lines()[:2]
    for line, hz in ((natural, 150.0), (predicted, 160.0)):
        assert np.isnan(line.get_ydata()[:40]).all()
        assert (line.get_ydata()[40:] == hz).all()
    assert natural.get_xdata()[0] == pytest.approx(0.0025)
    assert {"natural F0", "predicted F0", "F0 (Hz)", "time (s)", TITLE} <= set(texts(figure))


def test_natural_f0_alone(view):
    figure = plots.natural_f0_figure(view)
    check(figure)
    assert "natural F0" in texts(figure) and "predicted F0" not in texts(figure)


def test_long_titles_are_wrapped_and_keep_every_word(view, relevance):
    sentence = " ".join([TITLE] * 6)
    long = plots.UtteranceView(title=sentence, f0_true_hz=view.f0_true_hz)
    for figure in (
        plots.natural_f0_figure(long),
        plots.relevance_heatmap(relevance, "abcdef", long),
    ):
        check(figure)
        title = figure.get_suptitle()
        assert title.count("\n") >= 1 and title.replace("\n", " ") == sentence


def test_a_dollar_sign_is_no_formula(view):
    figure = plots.natural_f0_figure(
        plots.UtteranceView(title="Za $5 lub $_6.", f0_true_hz=view.f0_true_hz)
    )
    check(figure)
    (title,) = figure.findobj(
        lambda item: isinstance(item, mpl.text.Text) and "$" in item.get_text()
    )
    assert not title.get_parse_math()


def test_the_view_of_an_utterance():
    utterance = SimpleNamespace(text=TITLE, f0_hz=np.ones(4), phones=PHONES, words=WORDS)
    row = pd.Series({"id": "a", "rmse_hz": 1.5, "ridge_rmse_hz": 2.0, "correlation": 0.5})
    view = plots.utterance_view(utterance, f0_predicted_hz=np.ones(4), errors=row)
    assert (view.title, view.phones, view.words) == (TITLE, PHONES, WORDS)
    assert view.errors == {"rmse_hz": 1.5, "correlation": 0.5}
    assert view.seconds == pytest.approx(0.02)
    assert plots.utterance_view(utterance).errors == {}


def test_aggregates(relevance):
    counts = np.linspace(30, 1, 200).astype(int)
    figure = plots.aggregate_heatmap(
        relevance, list("abcdef"), title="Absolute sum", utterances_per_frame=counts
    )
    check(figure)
    written = set(texts(figure))
    assert {"Absolute sum", "utterances", "time from the start of the utterance (s)"} <= written
    check(plots.aggregate_heatmap(relevance, {"A": np.arange(6)}, title="Sum of single features"))


def test_answers():
    answers = np.eye(5, dtype=np.uint8)
    bands = {"FIRST": np.array([0, 1]), "SECOND": np.array([2, 3, 4])}
    figure = plots.label_figure(answers, bands, list("abcde"), title="Answers")
    check(figure)
    written = {text.replace("\n", " ") for text in texts(figure)}
    assert {"Answers", "phone", "FIRST", "a", "5 questions with a yes, of 5"} <= written


@pytest.mark.parametrize("n", [1, 5, 40, 120])
def test_rankings_of_any_length(n):
    figure = plots.ranking_figure(ranking(n), "General feature categories: sum", unit="ln Hz")
    check(figure)
    written = texts(figure)
    assert "General feature categories: sum" in written and "GROUP_0 (3)" in written
    assert any("(ln Hz)" in text for text in written)
    assert any("80 more groups are in the CSV" in text for text in written) == (n == 120)
    assert any("95 % interval over test utterances" in text for text in written)
    assert sum(text.startswith("GROUP_") for text in written) == min(n, 40)


def drawn_lines(axes):
    """Ends [left, right] of the lines of every collection of a ranking."""
    segments = [lines.get_segments() for lines in axes.collections]
    return [[line[:, 0].tolist() for line in lines if len(line)] for lines in segments]


def test_bars_their_spread_and_their_intervals():
    figure = plots.ranking_figure(ranking(4), "Sum")
    axes = figure.axes[0]
    bars, spread, intervals = drawn_lines(axes)[:3]
    assert bars == [[0, 3], [0, 2], [0, 1], [0, 0]]
    assert [line[:, 1].tolist() for line in axes.collections[0].get_segments()][2] == [2, 2]
    assert spread[:2] == [[1.5, 4.5], [0.5, 3.5]]
    assert intervals == [[2.75, 3.5], [1.75, 2.5], [0.75, 1.5], [-0.25, 0.5]]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first group is on top


def test_ranks_stand_on_a_scale_beside_the_bars():
    figure = plots.ranking_figure(ranking(5), "Sum")
    check(figure)
    axes = figure.axes[0]
    ranks = drawn_lines(axes)[4]
    place = {rank: rankings.rank_place(rank, 5) for rank in range(1, 6)}
    assert 1 < place[1] < place[3] < place[5]
    expected = [[place[low], place[high]] for low, high in ((1, 2), (1, 3), (2, 4), (3, 5), (4, 5))]
    np.testing.assert_allclose(ranks, expected)
    assert {"rank", "1", "3", "5"} <= set(texts(figure))


def test_without_intervals_only_bars_are_drawn():
    table = ranking(3)
    table[list(INTERVAL_COLUMNS)] = np.nan
    figure = plots.ranking_figure(table, "Sum")
    check(figure)
    lines = drawn_lines(figure.axes[0])
    assert len(lines[0]) == 3 and lines[2] == lines[4] == []


def test_a_line_separates_neighbours_that_are_apart():
    figure = plots.ranking_figure(ranking(4), "Sum", apart=[1, 3, 4])
    heights = [line[0, 1] for line in figure.axes[0].collections[-1].get_segments()]
    assert heights == [0.5, 2.5]  # none below the last


def test_a_level_without_groups():
    figure = plots.ranking_figure(ranking(0), "Phrasal features: sum")
    assert pixels(figure).std() > 1
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


def test_separators_come_from_the_table_beside_the_rankings(tmp_path, monkeypatch):
    write_tables(tmp_path)
    rows = [
        ("abs_sum", "general", rank, "a", "b", 1.0, 0.0, 0.0, 0.0, rank < 4) for rank in (1, 3, 4)
    ]
    pd.DataFrame(rows, columns=list(APART_COLUMNS)).to_csv(
        tmp_path / "rankings_apart.csv", index=False
    )
    seen, draw = {}, rankings.ranking_figure
    note = lambda table, title, **options: (  # noqa: E731
        seen.update({title: options["apart"]}) or draw(table, title, **options)
    )
    monkeypatch.setattr(rankings, "ranking_figure", note)
    plots.ranking_figures(tmp_path)
    assert seen["General feature categories: absolute sum"] == [1, 3]
    assert seen["General feature categories: absolute sum, without VUV"] == [2]
    assert seen["Phrasal features: absolute sum"] == []


def test_a_folder_without_rankings_is_an_error_with_advice(tmp_path, capsys):
    with pytest.raises(ModelError, match="found none; name the folder results/<target>"):
        plots.ranking_figures(tmp_path)
    assert main(["rankings", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_the_command(tmp_path):
    folder = tmp_path / "semitones"
    write_tables(folder)
    command = [sys.executable, "-m", "intonation.plots", "rankings", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("5 figures in ")
    assert (folder / "figures" / "rankings" / "neg_mean" / "general.png").is_file()


def test_a_damaged_ranking_is_named(tmp_path):
    path = tmp_path / "rankings" / "sum" / "general.csv"
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(ModelError, match="general.csv is no ranking"):
        plots.ranking_figures(tmp_path)


def test_the_digest_has_the_first_groups_of_all_rankings(tmp_path):
    for aggregate in AGGREGATES:
        (tmp_path / aggregate).mkdir()
        for level in LEVELS:
            n = 3 if level.slug == "word" else 7
            ranking(n, lead=aggregate).to_csv(tmp_path / aggregate / f"{level.slug}.csv")
    table = plots.ranking_digest(tmp_path).data
    assert len(table) == 120
    assert list(table.columns) == ["aggregate", "level", "1", "2", "3", "4", "5"]
    assert table["1"].unique().tolist() == list(AGGREGATES)
    words = table[table["level"] == "5 · Word features"]
    assert words["3"].unique().tolist() == ["GROUP_2"] and set(words["4"]) == {""}
    with pytest.raises(ModelError, match="abs_sum"):
        (tmp_path / "abs_sum" / "all.csv").unlink()
        plots.ranking_digest(tmp_path)


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
    check(figure)
    written = texts(figure)
    assert any("networks" in text for text in written) and "rank" in written
    dots = [line.get_xdata() for line in figure.axes[0].get_lines()[1:4]]
    means = ranking(n)["mean"].head(40)
    for shift, found in enumerate(dots):
        np.testing.assert_allclose(found, means + shift)


def test_vuv_does_not_press_the_other_groups_against_zero():
    table, networks = seed_table(5)
    first = table["group"].iloc[0]
    table["group"] = table["group"].replace(first, "VUV")
    figure = plots.seed_ranking_figure(table, networks.rename({first: "VUV"}), "Absolute sum")
    written = texts(figure)
    assert "Absolute sum, without VUV" in written
    assert not [text for text in written if text.startswith("VUV")]
    (dots, *_) = [line.get_xdata() for line in figure.axes[0].get_lines()[1:4]]
    assert len(dots) == 4


def test_agreement_is_written_into_its_matrix():
    values = [[1.0, -0.256, np.nan], [-0.256, 1.0, 0.5], [np.nan, 0.5, 1.0]]
    names = ["z", "integrated_gradients", "occlusion"]
    figure = plots.agreement_figure(pd.DataFrame(values, names, names), "Kendall's tau")
    check(figure)
    written = texts(figure)
    assert written.count("1.00") == 3 and written.count("\N{MINUS SIGN}0.26") == 2
    assert written.count("\N{EN DASH}") == 2 and "integrated gradients" in written
    assert figure.axes[0].images[0].get_clim() == (-1, 1)


def test_loss_curve():
    history = pd.DataFrame({"epoch": range(5), "train_loss": [5, 4, 3, 2, 1.0]})
    history["validation_loss"] = [5, 4, 3.25, 4, 5]
    figure = plots.loss_curve(history, unit="semitones²")
    check(figure)
    written = set(texts(figure))
    assert {"train loss", "validation loss", "best: 3.25 at epoch 2", "epoch"} <= written
    assert "loss (semitones²)" in written


def test_error_distribution():
    errors = {"network": np.array([1.0, 2, 3, np.nan]), "ridge": np.arange(9.0), "none": []}
    figure = plots.error_distribution(errors, label="RMSE (semitones)", title="Errors")
    check(figure)
    written = texts(figure)
    assert {"network (2)", "ridge (4)", "none", "Errors"} <= set(written)
    assert any(text.startswith("RMSE (semitones)") for text in written)


def test_f0_histogram_counts_voiced_frames():
    f0_hz = {"a": np.array([0, 0, 101, 102, 151.0, 152]), "b": np.array([200.0, 202])}
    figure = plots.f0_histogram(f0_hz)
    check(figure)
    assert {"F0 (Hz)", "a", "b"} <= set(texts(figure))
    shares = [patch.get_data().values for patch in figure.axes[0].patches]
    assert [share.sum() for share in shares] == [100.0, 100.0]
    assert shares[0].max() == 50.0
    check(plots.f0_histogram({"silent": np.zeros(3)}))
    assert plots.joined([f0_hz["b"], f0_hz["b"]]).tolist() == [200.0, 202.0, 200.0, 202.0]


@pytest.mark.parametrize("n", [1, 4, 60])
def test_speakers(n):
    generator = np.random.default_rng(0)
    f0_hz = {f"speaker {i}": generator.normal(100 + 2 * i, 20, 400) for i in range(n)}
    figure = plots.speaker_ranges(f0_hz)
    check(figure)
    assert sum(text.startswith("speaker ") for text in texts(figure)) == min(n, 24)
    check(plots.f0_histogram(f0_hz))


def test_lengths():
    figure = plots.duration_histogram(np.array([1.0, 2.0, 2.2, 9.0]))
    check(figure)
    assert {"length (s)", "utterances", " median 2.1 s"} <= set(texts(figure))


def test_the_callers_settings_stay_as_they_were(view):
    before = dict(mpl.rcParams)
    plots.f0_figure(view)
    assert dict(mpl.rcParams) == before


def test_saving_is_whole_or_nothing(tmp_path, view):
    path = plots.save_figure(plots.natural_f0_figure(view), tmp_path / "deep" / "f0.png")
    assert Image.open(path).format == "PNG"
    assert [file.name for file in path.parent.iterdir()] == ["f0.png"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("rmse_hz", "RMSE (Hz)"),
        ("mae_semitones", "MAE (semitones)"),
        ("nrmse", "NRMSE"),
        ("correlation", "Correlation"),
        ("all_frames_mse_hz2", "All frames MSE (Hz²)"),
    ],
)
def test_names_are_made_readable(name, shown):
    assert style.pretty(name) == shown


def test_taxonomy_figure_names_every_branch_and_its_size():
    branches = [
        ("segmental", "qualitative", "PHONES", 12),
        ("syllabic", "qualitative", "STRESS", 3),
        ("syllabic", "positional absolute", "POSITION", 20),
    ]
    figure = plots.taxonomy_figure(branches, title="What is asked")
    texts = [text.get_text() for text in figure.axes[0].texts]
    for word in ("segmental", "syllabic", "PHONES", "STRESS", "POSITION", "12", "3", "20"):
        assert texts.count(word) == 1
    assert texts.count("qualitative") == 2  # once for each level
    lengths = [bar.get_width() for bar in figure.axes[0].patches]
    assert lengths[2] / lengths[0] == pytest.approx(20 / 12)


def test_likeness_figure_shows_the_table():
    table = pd.DataFrame([[1.0, 0.25], [0.25, np.nan]], index=["A", "B"], columns=["A", "B"])
    figure = plots.likeness_figure(table, title="Alike", label="correlation")
    (image,) = figure.axes[0].images
    assert image.get_array()[0, 1] == 0.25 and image.get_clim() == (0, 1)
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["A", "B"]
