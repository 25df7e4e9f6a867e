"""Exercises of chapters 8 to 13, solved on the small run with nothing but public calls."""

import base64
import dataclasses
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from builders import read_chapter

from intonation import explain, load_model, open_corpus
from intonation.book.dependencies import ROOT
from intonation.book.drawing import Results
from intonation.book.inspector.data import inspect_utterance
from intonation.book.inspector.widget import Inspector
from intonation.book.run_folder import RunFolder
from intonation.corpus.features import load_features
from intonation.evaluation import faithfulness, innvestigate, recovery, stability
from intonation.evaluation import planted_law as planted
from intonation.evaluation import published as study
from intonation.evaluation import randomisation as sanity
from intonation.evaluation import three_neurons as toy
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import group_matrix, input_groups, read_ranking
from intonation.lrp.rules import Epsilon, Gamma
from intonation.model.batches import inputs_of
from intonation.parameters import parameters

SMOKE = parameters("smoke")
PATHS = [path for path in sorted((ROOT / "notebooks").glob("*.py")) if 8 <= int(path.stem[:2]) < 14]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_exercise_is_solved_here(path):
    closing = read_chapter(path).cells[-1].source.partition("**Exercises.**")[2]
    numbers = re.findall(r"^(\d+)\. \S", closing, flags=re.M)
    assert numbers and numbers == [str(number + 1) for number in range(len(numbers))]
    solved = [name for name in globals() if name.startswith(f"test_exercise_{int(path.stem[:2])}_")]
    assert sorted(name.rpartition("_")[2] for name in solved) == sorted(numbers)


@cache
def opened(run_folder, target="semitones"):
    run = RunFolder(run_folder)
    corpus, model = open_corpus(run.corpus), load_model(run.model(target))
    groups = input_groups(corpus.questions, "general", vuv=model.config.uses_vuv)
    return corpus, model, groups


# --- 8: faithfulness ------------------------------------------------------------------------------


def test_exercise_8_1(smoke_run):
    """Only the first group that `alone` replaces is certain to move the contour furthest."""
    corpus, model, groups = opened(smoke_run)
    samples = faithfulness.take_samples(corpus, "test", 1, "semitones")
    donors = faithfulness.draw_donors(corpus, 1, 1, seed=1)
    curves, _ = faithfulness.measure_curves(
        model, samples, donors, groups, inner_points=1000, steps=4
    )
    deletion = curves[curves["way"] == faithfulness.DELETION]
    wide = deletion.pivot(index="groups", columns="method", values="distance")
    assert list(wide.index) == list(range(len(groups) + 1))
    assert (wide.loc[1, faithfulness.ALONE] >= wide.loc[1] - 1e-6).all()
    np.testing.assert_allclose(wide.loc[len(groups)], wide.loc[len(groups), "z"], rtol=1e-4)


def test_exercise_8_2(smoke_run):
    """A group has no effect where the donor gives the answers that were there."""
    corpus, model, groups = opened(smoke_run)
    (sample,) = faithfulness.take_samples(corpus, "test", 1, "semitones")
    phones = len(sample.inputs.answers)
    others = [inputs_of(corpus[name]) for name in corpus.ids("train")]
    nearest = min(others, key=lambda donor: abs(len(donor.answers) - phones))
    for donor in (nearest, sample.inputs):
        foreign = faithfulness.transplant(sample.inputs, donor)
        same = [
            np.array_equal(foreign.answers[:, members], sample.inputs.answers[:, members])
            for members in groups.values()
        ]
        tried = faithfulness.Replacement(model, sample, donor, groups)
        alone = tried.distances(np.eye(len(groups), dtype=bool))
        assert (alone[same] == 0).all()
        assert all(same) == (donor is sample.inputs)
        assert (alone[~np.array(same)] > 0).any() == (donor is not sample.inputs)


def test_exercise_8_3(smoke_run):
    """Another draw of the output layer leaves something else; the same draw the same."""
    corpus, model, groups = opened(smoke_run)
    samples = faithfulness.take_samples(corpus, "test", 1, "semitones")
    found = []
    for seed in (1, 1, 2):
        _, name, spoilt = next(sanity.cascade(model, samples, seed=seed))
        assert name == "output"
        found.append(sanity.explain_all(spoilt, samples, groups)[0].values)
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2])


# --- 9: seeds -------------------------------------------------------------------------------------


def test_exercise_9_1(smoke_run, tmp_path):
    """Longer trainings give other networks, whose rankings are compared as the run's were."""
    corpus, _, groups = opened(smoke_run)
    features = load_features(RunFolder(smoke_run).features)
    longer = dataclasses.replace(SMOKE, small_epochs=SMOKE.small_epochs + 2)
    models = stability.train_seeds(corpus, features, longer, tmp_path)
    assert len(models) == SMOKE.seeds
    for seed in models:
        history = pd.read_csv(tmp_path / str(seed) / "history.csv")
        assert len(history) == longer.small_epochs
    sums = stability.explain_seeds(models, corpus, features, tmp_path)
    totals = {seed: stability.absolute_sums(kept, groups).sum(0) for seed, kept in sums.items()}
    tau = pd.DataFrame(totals).corr(method="kendall")
    assert (tau.abs() <= 1 + 1e-9).all(axis=None)
    before = pd.read_csv(RunFolder(smoke_run).results("semitones").seeds / "agreement.csv")
    names = {f"seed {seed}" for seed in models}
    assert names <= {*before["first"], *before["second"]}


def test_exercise_9_2(smoke_run):
    """There are more fine groups than coarse ones, so they have more ranks to move over."""
    folder = RunFolder(smoke_run).results("semitones").seeds / "rankings"
    tables = {level: pd.read_csv(folder / f"{level}.csv") for level in ("general", "all")}
    assert len(tables["all"]) > len(tables["general"])
    for table in tables.values():
        spans = stability.rank_spans(table).dropna()
        assert ((spans >= 1) & (spans <= len(table))).all()
        assert spans["both"] >= 1


# --- 10: the rule ---------------------------------------------------------------------------------


def test_exercise_10_1():
    """The Z rule stays gradient x answer; epsilon takes most of what the weak neuron had."""
    network = toy.three_neurons(hidden_weight=[[2.0, -0.5, 1.0], [-1.99, 3.0, -2.0]])
    told = toy.answers()
    sums = network[0](told).detach()
    assert 0 < sums[1] < 0.02
    asked = told.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(network(asked).sum(), asked)
    exact = toy.relevance_by_rule(network, told, "z")
    np.testing.assert_allclose(exact.values, (gradient * told).numpy(), atol=1e-12)
    faded = toy.relevance_by_rule(network, told, Epsilon(0.1))
    # what the second neuron gives the second answer, 3 x -0.5 of the first layer's summand
    of_first = [-0.5, -0.5 * sums[0] / (sums[0] + 0.1) * exact.explained / (exact.explained + 0.1)]
    weak = [exact.values[1] - of_first[0], faded.values[1] - float(of_first[1])]
    assert abs(weak[1]) < 0.2 * abs(weak[0])
    assert faded.values.sum() + faded.absorbed == pytest.approx(faded.explained)


def test_exercise_10_2():
    """An answer may have no relevance and still matter; rules of one sign do not cancel."""
    network = toy.three_neurons(hidden_weight=[[2.0, 1.5, 1.0], [-1.0, 3.0, -2.0]])
    told = toy.answers()
    assert toy.relevance_by_rule(network, told, "z").values[1] == pytest.approx(0, abs=1e-12)
    without = told * torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
    with torch.no_grad():
        assert abs(float(network(told) - network(without))) > 0.1
    for rule in ("gamma", "alpha_beta"):
        assert abs(toy.relevance_by_rule(network, told, rule).values[1]) > 0.01


def test_exercise_10_3(smoke_run):
    """Whatever the strength, the same output is shared out, and completely."""
    corpus, model, _ = opened(smoke_run)
    utterance = corpus[corpus.ids("test")[-1]]
    weak, strong = (explain(model, utterance, rule=Gamma(g), per="phone") for g in (0.1, 1.0))
    assert weak.explained == pytest.approx(strong.explained)
    assert not np.allclose(weak.values, strong.values, rtol=1e-3, atol=0)
    for found in (weak, strong):
        assert abs(found.gap) < 1e-4 * max(abs(found.explained), 1)


# --- 11: known truth ------------------------------------------------------------------------------


def planted_on(run_folder, law=planted.LAW, split="test"):
    corpus, _, _ = opened(run_folder)
    features = load_features(RunFolder(run_folder).features)
    drawn = {"at_most": 12, "noise_semitones": 0.5, "seed": 1}
    return planted.plant(corpus, features, split, law=law, **drawn)


def effects_on(run_folder, law=planted.LAW):
    items = planted_on(run_folder, law)
    table = planted.planted_effects(items, draws=3, seed=1, law=law)
    return table.set_index("group")["effect_semitones"]


def network_uses(run_folder, law, folder):
    """What replacing each group's answers does to a sparse network that learnt a law."""
    corpus, _, _ = opened(run_folder)
    groups = planted.question_groups(corpus.questions)
    training, test = (planted_on(run_folder, law, split) for split in ("train", "test"))
    task = (training, corpus.questions.names, groups, recovery.recipes(SMOKE)[-1])
    model = recovery.train_on_law(*task, folder)
    return recovery.network_effects(model, test, groups, draws=1)[recovery.SPREAD]


def test_exercise_11_1(smoke_run, tmp_path):
    """The planted effect is tenfold, no other changes, and the network makes more of the group."""
    law = planted.law_times({"PHRASE_LEN": 10})
    usual, louder = effects_on(smoke_run), effects_on(smoke_run, law)
    assert louder["PHRASE_LEN"] == pytest.approx(10 * usual["PHRASE_LEN"])
    others = usual.index.drop("PHRASE_LEN")
    np.testing.assert_allclose(louder[others], usual[others], atol=1e-9)
    used = [
        network_uses(smoke_run, planted.LAW, tmp_path / "usual"),
        network_uses(smoke_run, law, tmp_path / "tenfold"),
    ]
    assert used[1]["PHRASE_LEN"] > used[0]["PHRASE_LEN"]


def test_exercise_11_2(smoke_run, tmp_path):
    """The dearer weights are, the less of them is left."""
    corpus, _, _ = opened(smoke_run)
    training, groups = (
        planted_on(smoke_run, split="train"),
        planted.question_groups(corpus.questions),
    )
    recipe, sizes = recovery.recipes(SMOKE)[-1], []
    for times in (0.1, 10):
        other = dataclasses.replace(recipe, penalty=times * recipe.penalty)
        task = (training, corpus.questions.names, groups, other)
        model = recovery.train_on_law(*task, tmp_path / str(times))
        sizes.append(float(model.project.weight.detach().norm()))
    assert sizes[1] < sizes[0]


def test_exercise_11_3(smoke_run, tmp_path):
    """Two groups that know the vowel get the same effect; what is used is another thing."""
    usual, pair = effects_on(smoke_run), ["QUINTPHONE", "SYLLABLE_NUCLEUS"]
    law = planted.law_times({pair[1]: usual[pair[0]] / usual[pair[1]]})
    effects = effects_on(smoke_run, law)
    assert effects[pair[0]] == pytest.approx(effects[pair[1]])
    used = network_uses(smoke_run, law, tmp_path)
    assert (used[pair] >= 0).all() and used[pair].nunique() == 2


# --- 12: the published study ----------------------------------------------------------------------


def test_exercise_12_1(smoke_run):
    """The sum favours groups about which much is asked, the more so the more sizes differ."""
    targets = {"ln F0": "log_f0", "semitones": "semitones"}
    by_sum = study.all_beside_study(smoke_run, targets, by="sum")
    by_mean = study.all_beside_study(smoke_run, targets)
    for level, sums in by_sum.items():
        for name, target in targets.items():
            path = RunFolder(smoke_run).results(target).ranking("abs_sum", level)
            asked = read_ranking(path).set_index("group")["n_features"][sums.index]
            np.testing.assert_allclose(sums[name], by_mean[level][name] * asked)
        assert len(study.agreements(sums, permutations=99)) == len(targets)


def test_exercise_12_2(smoke_run):
    """With nothing to normalise, the wrong formula is the right one."""
    corpus, _, _ = opened(smoke_run)
    model = load_model(RunFolder(smoke_run).model("semitones"))
    some = [corpus[corpus.ids("test")[0]]]
    version = innvestigate.VERSION_2
    before = innvestigate.compare_forms(model, some).errors.set_index("form")["relative_error"]
    for block in model.blocks:
        for norm in (block.norm1, block.norm2):
            norm.running_mean.zero_()
            norm.running_var.fill_(1)
            torch.nn.init.ones_(norm.weight)
    after = innvestigate.compare_forms(model, some).errors.set_index("form")["relative_error"]
    assert after[version] < 1e-6 < before[version]


# --- 13: the inspector ----------------------------------------------------------------------------


def bars(widget, phones):
    """What the widget draws for some phones at its level: group -> sum over the phones."""
    rows = widget.utterance["rows"]
    packed = np.frombuffer(base64.b64decode(rows["values"]), "<i2").reshape(len(rows["scale"]), -1)
    values = packed * np.array(rows["scale"])[:, None]
    shown = next(level for level in widget.utterance["levels"] if level["slug"] == widget.level)
    return pd.Series(values[shown["rows"]][:, phones].sum(1), shown["groups"])


def test_exercise_13_1(smoke_run):
    """The widget looks where it is told to, and `explain` of the same frames says the same."""
    results = Results(smoke_run, "semitones")
    utterance = results.corpus[sorted(results.errors.index)[-1]]
    widget = Inspector([inspect_utterance(results.model, utterance)])
    word = [word for word in utterance.words if word.text][-1]
    widget.selected, widget.level = utterance.id, "general"
    widget.window = [word.start_s, word.end_s]
    inside = [
        number
        for number, phone in enumerate(utterance.phones)
        if word.start_s <= (phone.start_s + phone.end_s) / 2 < word.end_s
    ]
    frames = np.isin(utterance.frame_to_phone, inside) & utterance.voiced
    found = explain(results.model, utterance, frames=frames)
    _, _, groups = opened(smoke_run)
    expected = group_matrix(found.values, groups, statistic="sum").sum(0)
    drawn = bars(widget, inside)
    assert list(drawn.index) == list(groups)
    np.testing.assert_allclose(drawn, expected, atol=1e-3 * np.abs(expected).max())


def test_exercise_13_2(smoke_run):
    """A level adds up where its groups share out all questions, each of them once."""
    results = Results(smoke_run, "semitones")
    utterance = results.corpus[sorted(results.errors.index)[0]]
    data = inspect_utterance(results.model, utterance)
    complete = {level["slug"]: level["complete"] for level in data["levels"]}
    assert set(complete) == {level.slug for level in LEVELS}
    questions = utterance.questions
    for slug in complete:
        members = [index for group in questions.groups(slug).values() for index in group]
        if sorted(members) == list(range(len(questions))):
            assert complete[slug], slug
    assert any(complete.values()) and not all(complete.values())
