"""The smallest whole run: every file that it promises, and numbers that agree with each other."""

import dataclasses
import json
import math
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from intonation.book import site
from intonation.book.__main__ import main
from intonation.book.dependencies import ROOT, chapters, versions
from intonation.book.drawing import choose_utterances
from intonation.book.record import read_run_record
from intonation.corpus.corpus import open_corpus
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.methods import explain
from intonation.lrp.ranking import (
    AGGREGATES,
    NEGATIVE_AGGREGATES,
    RANKING_COLUMNS,
    Aggregator,
    load_aggregates,
)
from intonation.lrp.store import load_relevance
from intonation.model.network import load_model
from intonation.parameters import TARGETS, parameters

KEYS = chapters()
VOICED = ["rmse_hz", "mae_hz", "nrmse", "rmse_semitones", "mae_semitones", "correlation"]
BASELINES = [
    f"{name}_{error}"
    for name in ("ridge", "speaker_mean")
    for error in ("rmse_hz", "rmse_semitones", "correlation")
]
ALL_FRAMES = [f"all_frames_{name}" for name in ("mse_hz2", "mae_hz", "rmse_hz", "nrmse")]
VUV_LEVELS = {"general", "detailed", "all"}


@dataclasses.dataclass(frozen=True)
class Result:
    """What the run left for one target."""

    target: str
    folder: object
    corpus: object
    model: object

    @property
    def test_ids(self):
        return self.corpus.ids("test")

    @property
    def errors(self):
        return pd.read_csv(self.folder / "errors.csv", dtype={"id": str})

    def ranking(self, aggregate, level):
        path = self.folder / "rankings" / aggregate / f"{level}.csv"
        return pd.read_csv(path, keep_default_na=False)


@pytest.fixture(scope="module", params=TARGETS)
def result(request, smoke_run):
    target = request.param
    model = load_model(smoke_run / "model" / target)
    return Result(target, smoke_run / "results" / target, open_corpus(smoke_run / "corpus"), model)


@pytest.fixture
def copied(smoke_run, tmp_path):
    """The run without its site, to be changed."""
    leave = shutil.ignore_patterns("site", "logs")
    return shutil.copytree(smoke_run, tmp_path / "copied", ignore=leave)


def is_blank(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("L")).std() < 1


def names_in(folder, pattern="*"):
    return {str(path.relative_to(folder)) for path in folder.rglob(pattern) if path.is_file()}


def stamps(run):
    found = (run / "notebooks").rglob("*.json")
    return {str(p.relative_to(run / "notebooks")): p.stat().st_mtime_ns for p in found}


def test_the_corpus_has_every_part_of_every_utterance(smoke_run):
    corpus = open_corpus(smoke_run / "corpus")
    assert len(corpus) + len(corpus.excluded) == 24
    assert len(corpus) > 20
    ids = set(corpus.table["id"])
    for part, suffix in [
        *(("labels/full", ".lab"), ("lf0", ".lf0"), ("txt", ".txt")),
        *(("wav", ".wav"), ("textgrid", ".TextGrid")),
    ]:
        assert names_in(smoke_run / "corpus" / "data" / part) == {f"{i}{suffix}" for i in ids}
    assert {split: bool(corpus.ids(split)) for split in ("train", "validation", "test")} == {
        "train": True,
        "validation": True,
        "test": True,
    }


def test_a_model_is_that_of_the_profile(result):
    config, chosen = result.model.config, parameters("smoke")
    assert config.target == result.target
    assert (config.num_layers, config.hidden_size) == (chosen.num_layers, chosen.hidden_size)
    assert list(config.questions) == result.corpus.questions.names
    folder = result.folder.parents[1] / "model" / result.target
    files = {"model.safetensors", "config.json", "history.csv", "made_from/weights.json", "card.md"}
    assert names_in(folder) == files
    history = pd.read_csv(folder / "history.csv")
    assert history["epoch"].tolist() == [1, 2]
    assert np.isfinite(history[["train_loss", "validation_loss"]]).all(axis=None)


def test_errors_are_told_for_every_test_utterance(result):
    errors = result.errors
    columns = ["id", "speaker", "seconds", "voiced_frames", *VOICED, *BASELINES]
    if result.target == "log_f0":
        columns += [*ALL_FRAMES, "levelled_rmse_semitones"]
    assert list(errors) == columns
    assert errors["id"].tolist() == result.test_ids
    constant = ["speaker_mean_correlation"]  # a constant contour has none
    assert errors[constant].isna().all(axis=None)
    assert np.isfinite(errors.drop(columns=["id", "speaker", *constant])).all(axis=None)
    voiced = [int(result.corpus[i].voiced.sum()) for i in result.test_ids]
    assert errors["voiced_frames"].tolist() == voiced


def test_contours_are_those_that_the_errors_tell_of(result):
    assert names_in(result.folder / "f0") == {f"{i}.f0" for i in result.test_ids}
    for row in result.errors.itertuples():
        utterance = result.corpus[row.id]
        path = result.folder / "f0" / f"{row.id}.f0"
        track = np.frombuffer(path.read_bytes(), dtype="<f4")
        assert len(track) == len(utterance.f0_hz)
        assert np.isfinite(track).all() and (track > 0).all()
        difference = (track - utterance.f0_hz)[utterance.voiced].astype(float)
        assert math.sqrt(np.mean(difference**2)) == pytest.approx(row.rmse_hz, rel=1e-4)
        assert np.mean(np.abs(difference)) == pytest.approx(row.mae_hz, rel=1e-4)


def test_prompts_are_the_sentences(result):
    folder = result.folder / "prompts"
    assert names_in(folder) == {f"{i}.txt" for i in result.test_ids}
    for utterance_id in result.test_ids:
        text = (folder / f"{utterance_id}.txt").read_text(encoding="utf-8")
        assert text == result.corpus[utterance_id].text + "\n"


def test_summary_is_pooled_from_the_errors(result):
    summary = pd.read_csv(result.folder / "summary.csv").set_index("predictor")
    assert list(summary.index) == ["network", "ridge", "speaker's median"]
    errors = result.errors
    weights = errors["voiced_frames"] / errors["voiced_frames"].sum()
    for name, prefix in (
        ("network", ""),
        ("ridge", "ridge_"),
        ("speaker's median", "speaker_mean_"),
    ):
        pooled = math.sqrt((errors[f"{prefix}rmse_semitones"] ** 2 * weights).sum())
        assert summary.loc[name].iloc[0] == pytest.approx(pooled)
        assert summary.loc[name].iloc[1] == pytest.approx(errors[f"{prefix}rmse_hz"].mean())


def test_there_is_a_ranking_of_every_aggregate_at_every_level(result):
    folder = result.folder / "rankings"
    assert names_in(folder) == {f"{a}/{level.slug}.csv" for a in AGGREGATES for level in LEVELS}
    assert len(names_in(folder)) == 120


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_rankings_are_those_of_the_aggregate(result, aggregate):
    """Every group from the stored aggregates, added up here in the plainest way."""
    aggregator, inputs = load_aggregates(result.folder / "aggregates.npz")
    assert inputs == list(result.model.config.inputs)
    values = aggregator.aggregate(aggregate).sum(axis=0)
    for level in LEVELS:
        table = result.ranking(aggregate, level.slug)
        assert tuple(table) == RANKING_COLUMNS
        groups = dict(result.corpus.questions.groups(level.slug))
        if result.target == "log_f0" and level.slug in VUV_LEVELS:
            groups["VUV"] = np.array([len(inputs) - 1])
        assert sorted(table["group"]) == sorted(groups)
        for row in table.itertuples():
            members = [values[index] for index in groups[row.group]]
            assert row.n_features == len(members) == len(set(groups[row.group]))
            assert row.sum == pytest.approx(math.fsum(members), rel=1e-9, abs=1e-12)
            assert row.mean == pytest.approx(row.sum / row.n_features, rel=1e-9, abs=1e-12)
            assert row.variance == pytest.approx(np.var(members), rel=1e-9, abs=1e-15)
            assert row.std == pytest.approx(math.sqrt(row.variance), rel=1e-9, abs=1e-12)
        means = table["mean"].tolist()
        assert means == sorted(means, reverse=aggregate not in NEGATIVE_AGGREGATES)


def test_every_ranking_says_how_certain_it_is(result):
    assert len(result.test_ids) > 1
    for aggregate in AGGREGATES:
        for level in LEVELS:
            table = result.ranking(aggregate, level.slug)
            assert (table["ci_low"] <= table["ci_high"]).all()
            if "mean" not in aggregate:  # in sums every utterance has its full weight
                assert (table["ci_low"] <= table["mean"] + 1e-9).mean() > 0.9
                assert (table["ci_high"] >= table["mean"] - 1e-9).mean() > 0.9
            assert table["rank_low"].between(1, len(table)).all()
            assert table["rank_high"].between(table["rank_low"], len(table)).all()


def test_several_seeds_were_trained_and_compared(result):
    folder = result.folder / "seeds"
    seeds = [path.name for path in folder.iterdir() if path.name.isdecimal()]
    assert len(seeds) == parameters("smoke").seeds
    models = [load_model(folder / seed) for seed in seeds]
    weights = [model.project.weight.detach().numpy() for model in models]
    assert np.abs(weights[0] - weights[1]).max() > 1e-3
    assert names_in(folder / "rankings") == {f"{level.slug}.csv" for level in LEVELS}


def test_positions_lose_no_relevance(result):
    folder = result.folder / "positions"
    axes = {"frame_index", "utterance", "phrase", "word", "accented", "stressed", "boundary"}
    assert {f"{axis}.csv" for axis in axes} <= names_in(folder)
    expected = pd.read_csv(result.folder / "conservation.csv")["relevance"].sum()
    table = pd.read_csv(folder / "frame_index.csv", keep_default_na=False, na_values={"mean": [""]})
    total = (table["mean"] * table["frames"]).sum()  # this axis leaves no frame out
    assert total == pytest.approx(expected, rel=1e-3, abs=1e-3)
    frames = table.groupby("group")["frames"].sum()
    assert set(frames) == {sum(len(result.corpus[i].f0_hz) for i in result.test_ids)}


@pytest.mark.parametrize("aggregate", AGGREGATES)
def test_group_sums_are_not_doubled(result, aggregate):
    aggregator, _ = load_aggregates(result.folder / "aggregates.npz")
    values = aggregator.aggregate(aggregate).sum(axis=0)
    groups = result.corpus.questions.groups("relation_types")
    grouped = sorted(set(np.concatenate(list(groups.values())).tolist()))
    table = result.ranking(aggregate, "relation_types")
    assert table["n_features"].sum() == len(grouped)
    assert table["sum"].sum() == pytest.approx(values[grouped].sum(), rel=1e-9)


def test_every_question_is_ranked_once_at_the_levels_of_all_categories(result):
    n_inputs = len(result.model.config.inputs)
    for level in VUV_LEVELS:
        assert result.ranking("sum", level)["n_features"].sum() == n_inputs


def test_vuv_is_a_group_of_log_f0_alone_at_three_levels(result):
    having = {
        (aggregate, level.slug)
        for aggregate in AGGREGATES
        for level in LEVELS
        if "VUV" in set(result.ranking(aggregate, level.slug)["group"])
    }
    expected = {(a, level) for a in AGGREGATES for level in VUV_LEVELS}
    assert having == (expected if result.target == "log_f0" else set())


def test_nothing_is_lost_between_output_inputs_and_biases(result):
    table = pd.read_csv(result.folder / "conservation.csv", dtype={"id": str})
    assert list(table) == ["id", "explained", "relevance", "absorbed", "gap"]
    assert table["id"].tolist() == result.test_ids
    size = table[["explained", "relevance", "absorbed"]].abs().sum(axis=1)
    assert (size > 0).all()
    assert (table["gap"].abs() / size).max() < 1e-5
    rest = table["explained"] - table["relevance"] - table["absorbed"] - table["gap"]
    assert (rest.abs() / size).max() < 1e-12


def test_stored_relevance_is_what_explaining_again_gives(result):
    conservation = pd.read_csv(result.folder / "conservation.csv", dtype={"id": str})
    names = names_in(result.folder / "relevance", "*.npz")
    assert names == {f"{i}.npz" for i in result.test_ids}
    aggregator = Aggregator(len(result.model.config.inputs))
    for row in conservation.itertuples():
        utterance = result.corpus[row.id]
        path = result.folder / "relevance" / f"{row.id}.npz"
        stored = load_relevance(path, result.model, utterance)
        again = explain(result.model, utterance)
        assert stored.values.shape == (len(utterance.f0_hz), len(result.model.config.inputs))
        largest = np.abs(again.values).max()
        assert largest > 0
        np.testing.assert_allclose(stored.values, again.values, rtol=1e-3, atol=1e-5 * largest)
        assert stored.explained == pytest.approx(again.explained, rel=1e-4)
        assert (stored.explained, stored.absorbed) == (row.explained, row.absorbed)
        aggregator.add(stored.values)
    kept, _ = load_aggregates(result.folder / "aggregates.npz")
    assert kept.utterances_per_frame.tolist() == aggregator.utterances_per_frame.tolist()
    for name in AGGREGATES:
        expected = aggregator.aggregate(name)
        tolerance = 1e-5 * np.abs(expected).max()
        np.testing.assert_allclose(kept.aggregate(name), expected, rtol=1e-4, atol=tolerance)


def test_figures_of_the_chosen_utterances_are_drawn(result):
    shown = choose_utterances(result.errors, parameters("smoke").figures)
    middle = shown[len(shown) // 2]
    levels = [level.slug for level in LEVELS if result.corpus.questions.groups(level.slug)]
    assert len(levels) == 15
    figures = result.folder / "figures"
    expected = {f"{kind}/{i}.png" for kind in ("f0", "f0_natural") for i in shown}
    expected |= {f"relevance/features/{i}.png" for i in shown}
    expected |= {f"relevance/{level}/{middle}.png" for level in levels}
    expected |= {f"aggregates/{name}.png" for name in AGGREGATES}
    found = names_in(figures)
    later = ("rankings/", "positions/", "faithfulness/", "seeds/")
    assert expected == {name for name in found if not name.startswith(later)}
    assert {name.split("/")[0] + "/" for name in found} > set(later)
    assert [name for name in found if is_blank(figures / name)] == []


def test_every_ranking_is_drawn_and_again_without_vuv_where_it_leads(result):
    expected = {"three_ways.png", "three_ways_general.png"}
    expected |= {"three_ways_levels.png", "ways_agree.png"}
    for aggregate in AGGREGATES:
        for level in LEVELS:
            expected.add(f"{aggregate}/{level.slug}.png")
            first = result.ranking(aggregate, level.slug)["group"].iloc[0]
            if first == "VUV":
                expected.add(f"{aggregate}/{level.slug}_without_vuv.png")
    assert names_in(result.folder / "figures" / "rankings") == expected


def test_the_inspector_has_every_test_utterance_and_its_sounds(result, smoke_run):
    folder = smoke_run / "static" / "inspector" / result.target
    ids = list(result.errors["id"])
    numbered = {f"{n:04d}{ending}.js" for n in range(len(ids)) for ending in ("", ".sound")}
    assert names_in(folder) == {"index.js", "network.js", "thumbs0.js", *numbered}
    index = (folder / "index.js").read_text(encoding="ascii")
    assert [utterance_id for utterance_id in ids if f'"{utterance_id}"' not in index] == []
    assert '"sound":false' not in index


def test_the_record_says_what_was_run_and_how_long_it_took(smoke_run):
    record = read_run_record(smoke_run)
    assert record["versions"] == versions()
    assert record["profile"] == "smoke"
    expected = dataclasses.asdict(parameters("smoke", {"cpu_count": 2}))
    del expected["target"]
    assert record["parameters"] == expected
    corpus = open_corpus(smoke_run / "corpus")
    assert record["corpus"]["utterances"] == len(corpus)
    assert record["corpus"]["excluded"] == len(corpus.excluded)
    assert "eSpeak NG" in record["corpus"]["source"]
    assert set(record["seconds"]) == set(KEYS) - {"20_run"}
    assert min(record["seconds"].values()) > 0


@pytest.mark.parametrize("key", KEYS)
def test_executed_chapters_are_whole(smoke_run, key):
    import nbformat  # three seconds, which tests without the book need not wait

    notebook = nbformat.read(smoke_run / "notebooks" / f"{key}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in code for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert [cell.source for cell in code if cell.execution_count is None] == []
    (injected,) = [c for c in code if "injected-parameters" in c.metadata.get("tags", [])]
    assert f'run_folder = "{smoke_run}"' in injected.source
    visible = [cell for cell in code if "remove-output" not in cell.metadata.get("tags", [])]
    assert [o.text for cell in visible for o in cell.outputs if o.get("name") == "stderr"] == []
    shown = "".join(str(output.get("data", output.get("text"))) for output in outputs)
    shown = re.sub(r"[\w+/=\\]{200,}", "", shown)  # pictures, which may spell any word
    assert not re.search(r"\bnan\b", shown), "a number that is none was shown"


@pytest.mark.parametrize("key", KEYS)
def test_published_chapters_tell_how_long_they_took(built_site, smoke_run, key):
    page = (built_site / "notebooks" / f"{key}.html").read_text(encoding="utf-8")
    assert site.TIME_MARK not in page
    seconds = json.loads((smoke_run / "notebooks" / f"{key}.json").read_text())["seconds"]
    minutes, rest = divmod(round(seconds), 60)
    told = f"{minutes} min {rest} s" if minutes else f"{rest} s"
    assert f"Time: {told}." in page


def test_no_page_and_no_result_names_a_temporary_file(smoke_run):
    assert [name for name in names_in(smoke_run) if ".part" in name] == []


def test_a_second_time_nothing_is_executed_and_no_page_is_built(smoke_run):
    before, page = stamps(smoke_run), (smoke_run / "site" / "html" / "index.html").stat()
    assert main(["--out", str(smoke_run), "--profile", "smoke", "--jobs", "1"]) == 0
    assert stamps(smoke_run) == before
    assert len(before) == len(KEYS)
    now = (smoke_run / "site" / "html" / "index.html").stat()
    assert (now.st_ino, now.st_mtime_ns) == (page.st_ino, page.st_mtime_ns)


def test_a_chapter_alone_with_another_parameter(copied, smoke_run):
    """As a reader does it: papermill on one chapter, with the files of those before it."""
    import jupytext
    import papermill

    result = copied / "results" / "log_f0"
    shutil.rmtree(result)
    source = copied.parent / "chapter.ipynb"
    jupytext.write(jupytext.read(ROOT / "notebooks" / "04_predictions.py"), source)
    papermill.execute_notebook(
        source,
        copied.parent / "executed.ipynb",
        parameters={"run_folder": str(copied), "target": "log_f0", "figures": 1},
        kernel_name="python3",
        progress_bar=False,
    )
    first = smoke_run / "results" / "log_f0" / "errors.csv"
    again, before = (pd.read_csv(path) for path in (result / "errors.csv", first))
    pd.testing.assert_frame_equal(again, before, rtol=1e-4)
    drawn = names_in(result / "figures")
    assert len(drawn) == 2 and {name.split("/")[0] for name in drawn} == {"f0", "f0_natural"}
