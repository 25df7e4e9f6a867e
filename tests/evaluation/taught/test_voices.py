"""Networks that go on with each speaker: whom they serve, and that what is worse is not taken."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from builders import question_names

from intonation.evaluation.reach import networks
from intonation.evaluation.reach.folds import HELD_BACK, folds
from intonation.evaluation.reach.spoken import Spoken
from intonation.evaluation.reach.taught.voices import Voices, voices
from intonation.evaluation.reach.yardsticks import fit_line
from intonation.parameters import Parameters

SMALL = Parameters(
    **{"small_hidden_size": 8, "input_dropout": 0.0, "dropout": 0.0, "reach_epochs": 30},
    **{"law_batch_size": 4, "law_learning_rate": 0.05},
)
NAMES = question_names(4)


def spoken(number, speaker, sign):
    """F0 rises where the first answer is yes, by one speaker; falls, by another."""
    random = np.random.default_rng(number)
    answers = (random.random((20, 4)) < 0.5).astype(np.uint8)
    means, weight = sign * (2.0 * answers[:, 0] - 1), np.ones(20)
    about = f"u{number}", speaker, f"sentence {number % 20}"
    return Spoken(*about, answers, np.arange(20), means, weight > 0, means, weight)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    said = [spoken(n, "up", 1) for n in range(20)] + [spoken(n + 20, "down", -1) for n in range(20)]
    said += [spoken(40 + n, "few", 1) for n in range(3)]
    fold = folds(said, 4, seed=0)[0]
    made = networks.learner(fold, networks.OURS, fit_line(fold, ranged=True))
    chosen = networks.network_parameters(SMALL, networks.OURS, 1)
    folder = tmp_path_factory.mktemp("voices")
    return SimpleNamespace(**locals())


def off(model, run, speaker):
    test = [one for one in run.fold.test if one.speaker == speaker]
    told = zip(model.predict(run.made, test), test, strict=True)
    return np.mean([(values - run.made.scale.down(one)) ** 2 for values, one in told])


def test_each_speaker_is_learnt_after_all_and_one_with_few_sentences_is_not(run, monkeypatch):
    monkeypatch.setattr(f"{voices.__module__}.SLOWER", 1.0)
    given = run.fold, run.made, NAMES
    shared = voices(*given, run.chosen, run.folder, turn=0)
    assert shared.own == {}
    own = voices(*given, replace(run.chosen, reach_tuned=True), run.folder, turn=0)
    assert set(own.own) == {"up", "down"}, "few has too few sentences to tell"
    assert own.of("few") is own.shared is own.of("never heard")
    for speaker in ("up", "down"):
        assert off(own, run, speaker) < 0.5 * off(shared, run, speaker)


def test_what_is_no_better_on_sentences_held_back_is_not_taken(run, monkeypatch):
    worse = networks.train(
        run.fold, run.made, NAMES, replace(run.chosen, epochs=1), run.folder / "worse", turn=0
    )
    real = networks.train
    shared = real(run.fold, run.made, NAMES, run.chosen, run.folder / "network_0_1", turn=0)
    seen = iter([shared, worse, worse])
    monkeypatch.setattr(f"{voices.__module__}.train", lambda *given, **more: next(seen))
    monkeypatch.setattr(f"{voices.__module__}._error", lambda model, *rest: float(model is worse))
    chosen = replace(run.chosen, reach_tuned=True)
    assert voices(run.fold, run.made, NAMES, chosen, run.folder, turn=0).own == {}


def test_speakers_learn_from_themselves_and_never_from_what_is_judged(run, monkeypatch):
    taught, real = [], networks.train

    def watched(fold, *rest, **more):
        taught.append((fold, more["turn"]))
        return real(fold, *rest, **more)

    monkeypatch.setattr(f"{voices.__module__}.train", watched)
    brief = replace(run.chosen, reach_tuned=True, epochs=1)
    voices(run.fold, run.made, NAMES, brief, run.folder / "brief", turn=1)
    (whole, _), *parts = taught
    held = {one.sentence for one in whole.parted(HELD_BACK, 1)[1]}
    assert len(parts) == 2
    for part, turn in parts:
        assert len({one.speaker for one in part.training}) == 1
        assert {one.id for one in part.training} < {one.id for one in whole.training}
        assert {one.sentence for one in part.parted(HELD_BACK, turn)[1]} <= held


def test_each_utterance_is_told_by_its_speakers_network(run):
    models = [
        networks.train(
            run.fold,
            run.made,
            NAMES,
            replace(run.chosen, seed=seed, epochs=1),
            run.folder / f"{seed}",
            turn=0,
        )
        for seed in (5, 6)
    ]
    several = Voices(models[0], {"down": models[1]})
    told = several.predict(run.made, run.fold.test)
    for one, values in zip(run.fold.test, told, strict=True):
        (own,) = networks.predict(models[one.speaker == "down"], run.made, [one])
        assert values == pytest.approx(own, abs=1e-5)
