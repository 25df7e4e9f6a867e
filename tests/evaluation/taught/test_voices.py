"""Networks that go on with each speaker: whom they serve, and that what is worse is not taken."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from builders import question_names

from intonation.evaluation.reach import networks
from intonation.evaluation.reach.folds import HELD_BACK, folds
from intonation.evaluation.reach.spoken import Spoken
from intonation.evaluation.reach.taught.voices import Voices, chosen_speakers, voices
from intonation.evaluation.reach.yardsticks import fit_line
from intonation.parameters import Parameters

SMALL = Parameters(
    **{"small_hidden_size": 16, "input_dropout": 0.0, "dropout": 0.0, "reach_epochs": 30},
    **{"law_batch_size": 4, "law_learning_rate": 0.01},
)
NAMES = question_names(4)


def spoken(number, speaker, sign):
    """F0 rises with the first answer, and with the second by one speaker, against it by another."""
    random = np.random.default_rng(number)
    answers = (random.random((20, 4)) < 0.5).astype(np.uint8)
    means, weight = answers[:, 0] + sign * (2.0 * answers[:, 1] - 1), np.ones(20)
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


def tuning(run, most=12, **different):
    return replace(run.chosen, reach_tuned=most, **different)


def test_each_speaker_is_learnt_after_all_and_one_with_few_sentences_is_not(run):
    given = run.fold, run.made, NAMES
    shared = voices(*given, tuning(run, 0), run.folder, turn=0)
    assert shared.own == {}
    own = voices(*given, tuning(run), run.folder, turn=0)
    assert set(own.own) == {"up", "down"}, "few has too few sentences"
    assert own.of("few") is own.shared is own.of("never heard")
    for speaker in ("up", "down"):
        assert off(own, run, speaker) < 0.5 * off(shared, run, speaker)
    plain = networks.learner(run.fold, networks.Variant("one for all", tuned=False), run.made.line)
    again = voices(run.fold, plain, NAMES, tuning(run), run.folder, turn=0)
    assert again.own == {} and same(again.shared, own.shared), "the same network for all"


def same(one, other):
    return all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))


def test_what_is_no_better_on_sentences_held_back_is_not_taken(run, monkeypatch):
    monkeypatch.setattr(f"{voices.__module__}._error", lambda found, *rest: len(found.own))
    given = run.fold, run.made, NAMES, tuning(run, epochs=1), run.folder / "worse"
    assert voices(*given, turn=0).own == {}


def test_speakers_learn_from_themselves_and_never_from_what_is_judged(run, monkeypatch):
    learnt, real = [], networks.train_on

    def watched(names, training, validation, *rest, **more):
        learnt.append((training, validation))
        return real(names, training, validation, *rest, **more)

    monkeypatch.setattr(networks, "train_on", watched)
    folder = run.folder / "brief"
    voices(run.fold, run.made, NAMES, tuning(run, epochs=1), folder, turn=1)
    rest, held = run.fold.parted(HELD_BACK, 1)
    assert [len(part) for part in learnt[0]] == [len(rest), len(held)]
    for speaker, (training, validation) in zip(("down", "up"), learnt[1:], strict=True):
        own = [one for one in rest if one.speaker == speaker]
        assert not validation, "what is held back only tells which networks to take"
        assert all(
            (a.inputs.answers == b.answers).all() for a, b in zip(training, own, strict=True)
        )


def test_networks_of_their_own_have_those_with_the_most_sentences(run):
    assert chosen_speakers(run.fold, 12) == ["down", "up"]
    less = replace(run.fold, training=[x for x in run.fold.training if x.id not in ("u2", "u3")])
    assert chosen_speakers(less, 1) == ["down"] and chosen_speakers(less, 0) == []
    alone = replace(run.fold, training=[x for x in run.fold.training if x.speaker == "up"])
    assert chosen_speakers(alone, 12) == []


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
