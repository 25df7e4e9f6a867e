"""Training: targets, batches, learning, determinism, interrupts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from builders import planted_corpus

from intonation.corpus.features import load_features, save_features
from intonation.errors import ModelError
from intonation.model import training
from intonation.model.batches import Example, LengthBatches, collate, examples, inputs_of
from intonation.model.learning import F0Training
from intonation.model.network import F0Model, load_model
from intonation.model.target import TARGETS
from intonation.model.training import (
    DECISIVE_CODE,
    DECISIVE_PARAMETERS,
    main,
    new_model,
    train,
    train_on,
)
from intonation.parameters import parameters, parameters_table
from intonation.provenance import with_imported

SMALL = {"epochs": 3, "num_layers": 2, "hidden_size": 8, "batch_size": 4, "device": "cpu"}


@pytest.fixture
def planted():
    return planted_corpus(train=16, validation=4)


def test_padding_has_no_weight(planted):
    corpus, features = planted
    items = examples(corpus, features, "train", "log_f0")[:3]
    task = collate(items)
    assert task.weight.sum() == sum(len(item.target) for item in items)
    assert not task.weight[0, len(items[0].target) :].any()


@pytest.mark.parametrize("target", ["semitones", "log_f0"])
def test_an_example_made_when_asked_for_is_what_it_would_have_been(planted, target):
    corpus, features = planted
    for stored in examples(corpus, features, "train", target):
        utterance = corpus[stored.utterance_id]
        learnt = TARGETS[target].learnt(utterance)
        told = inputs_of(utterance)
        pairs = (
            *zip((stored.target, stored.weight), learnt, strict=True),
            *((getattr(stored.inputs, name), getattr(told, name)) for name in vars(told)),
        )
        for found, expected in pairs:
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)


def test_examples_hold_no_answers_and_five_bytes_a_frame():
    corpus, features = planted_corpus(train=30)
    made = examples(corpus, features, "train", "semitones")
    frames = sum(len(item.target) for item in made)
    held = [array for item in made for array in vars(item).values() if hasattr(array, "nbytes")]
    phones = sum(len(item.frames) for item in made)
    assert sum(array.nbytes for array in held) <= 4 * frames + frames / 8 + 30 + 4 * phones
    assert all(item.features is features for item in made)


def test_weights_are_those_of_examples_held_in_memory(planted, tmp_path):
    """Bit by bit, from answers mapped from a file and from those unpacked beforehand."""
    corpus, features = planted
    chosen = parameters("default", SMALL)
    save_features(tmp_path / "features.npz", features)
    mapped = load_features(tmp_path / "features.npz")
    held = (
        [
            Example(item.inputs, item.target, item.weight)
            for item in examples(corpus, features, split, "semitones")
        ]
        for split in ("train", "validation")
    )
    one, history = train(corpus, mapped, chosen, tmp_path / "mapped")
    two, same = train_on(features.questions, *held, chosen, tmp_path / "held")
    pd.testing.assert_frame_equal(history, same, check_exact=True)
    for name, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[name]), name


def test_mean_and_variance_are_numpys_to_the_bit():
    corpus, features = planted_corpus(train=40)
    made = examples(corpus, features, "train", "semitones")
    target, weight = (np.concatenate([getattr(m, n) for m in made]) for n in ("target", "weight"))
    mean = np.average(target, weights=weight)
    variance = np.average((target - mean) ** 2, weights=weight)
    assert training._mean_and_variance(made) == (float(mean), float(variance))


def test_batches_hold_every_utterance_once_and_change_with_the_epoch():
    lengths = list(np.random.default_rng(0).integers(100, 900, 41))
    batches = LengthBatches(lengths, 8, seed=3)
    first = list(batches)
    assert sorted(i for batch in first for i in batch) == list(range(41))
    assert len(first) == len(batches) == 6
    assert first == list(batches)
    batches.set_epoch(1)
    assert first != list(batches)
    spread = [np.ptp([lengths[i] for i in batch]) for batch in first]
    assert np.mean(spread) < 0.5 * np.ptp(lengths)


def test_the_last_bias_starts_at_the_mean():
    model = new_model(("q",), parameters("default", {"target": "log_f0"}), 3.25)
    assert model.output.bias.item() == 3.25


@pytest.mark.parametrize("target", ["semitones", "log_f0"])
def test_a_planted_law_is_learned_and_files_are_whole(planted, tmp_path, target):
    chosen = parameters(
        "default",
        {
            **SMALL,
            "target": target,
            "epochs": 10,
            "learning_rate": 0.02,
            "input_dropout": 0.0,
            "dropout": 0.0,
        },
    )
    model, history = train(*planted, chosen, tmp_path / "model")
    # the law's variance is about 4 semitones², voicing's alone about 5 (ln Hz)²
    assert history["validation_loss"].min() < (1.0 if target == "semitones" else 0.3)
    assert history["validation_loss"].iloc[0] > 1.5 * history["validation_loss"].min()
    names = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert names == ["config.json", "history.csv", "made_from", "model.safetensors"]
    assert not model.training


def test_same_seed_same_weights_other_seed_others(planted, tmp_path):
    trained = [
        train(*planted, parameters("default", {**SMALL, "seed": seed}), tmp_path / str(run))[0]
        for run, seed in enumerate([1, 1, 2])
    ]
    weights = [model.project.weight for model in trained]
    assert torch.equal(weights[0], weights[1])
    assert not torch.allclose(weights[0], weights[2])


def test_an_interrupted_training_goes_on_where_it_was(planted, tmp_path, monkeypatch):
    chosen = parameters("default", SMALL)
    whole, history = train(*planted, chosen, tmp_path / "whole")
    step, calls = training.History.on_train_epoch_end, []

    def interrupt(self, trainer, module):
        step(self, trainer, module)
        calls.append(trainer.current_epoch)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training.History, "on_train_epoch_end", interrupt)
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            train(*planted, chosen, tmp_path / "resumed")
    assert not (tmp_path / "resumed" / "model.safetensors").exists()
    resumed, continued = train(*planted, chosen, tmp_path / "resumed")
    pd.testing.assert_frame_equal(continued, history)
    torch.testing.assert_close(resumed.project.weight, whole.project.weight)


def test_lightning_moves_the_batches_on(planted, tmp_path, monkeypatch):
    epochs, set_epoch = [], LengthBatches.set_epoch
    note = lambda self, epoch: (epochs.append(epoch), set_epoch(self, epoch))  # noqa: E731
    monkeypatch.setattr(LengthBatches, "set_epoch", note)
    train(*planted, parameters("default", SMALL), tmp_path)
    assert set(epochs) >= {0, 1, 2}


def test_other_parameters_start_afresh(planted, tmp_path):
    train(*planted, parameters("default", SMALL), tmp_path)
    _, history = train(*planted, parameters("default", {**SMALL, "epochs": 1}), tmp_path)
    assert len(history) == 1


@pytest.fixture
def trainings(monkeypatch):
    """Epochs asked for in each training that really took place."""
    done, fit = [], training.pl.Trainer.fit
    note = lambda self, *given, **named: (done.append(self.max_epochs), fit(self, *given, **named))  # noqa: E731
    monkeypatch.setattr(training.pl.Trainer, "fit", note)
    return done


def test_what_was_trained_from_the_same_is_loaded(planted, tmp_path, trainings):
    chosen = parameters("default", SMALL)
    first, history = train(*planted, chosen, tmp_path)
    unimportant = {"resamples": 50, "figures": 3, "seeds": 9, "small_epochs": 7, "cpu_count": 2}
    again, same = train(*planted, replace(chosen, **unimportant), tmp_path)
    assert trainings == [3] and not again.training
    assert torch.equal(again.project.weight, first.project.weight)
    pd.testing.assert_frame_equal(same, history)


@pytest.mark.parametrize("change", ["parameter", "examples", "code", "library", "file", "note"])
def test_what_was_trained_from_something_else_is_trained_again(
    planted, tmp_path, trainings, monkeypatch, change
):
    corpus, features = planted
    chosen = parameters("default", {**SMALL, "epochs": 1})
    train(corpus, features, chosen, tmp_path)
    if change == "parameter":
        chosen = replace(chosen, learning_rate=0.5)
    elif change == "examples":
        one = corpus["train3"]
        one.f0_semitones[one.voiced] += 0.5
    elif change == "code":
        monkeypatch.setattr(training, "code_digest", lambda modules: "another")
    elif change == "library":
        monkeypatch.setattr(training, "library_versions", lambda modules: {"torch": "99"})
    elif change == "file":
        (tmp_path / "model.safetensors").write_bytes(b"half of it")
    else:
        (tmp_path / "made_from" / "weights.json").write_text("{")
    train(corpus, features, chosen, tmp_path)
    assert trainings == [1, 1]


def test_the_note_beside_weights_names_all_code_of_the_room_that_makes_them():
    used = with_imported(["intonation.model.training"])
    assert {name for name in used if name.startswith("intonation.model.")} == {*DECISIVE_CODE}


# --- what goes wrong ------------------------------------------------------------------------------


def test_nothing_to_learn_from(planted, tmp_path):
    corpus, features = planted_corpus(validation=4)
    with pytest.raises(ModelError, match="no utterance of the training split has a frame to learn"):
        train(corpus, features, parameters("default", SMALL), tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_rate_that_diverges_at_once_is_told(planted, tmp_path):
    chosen = parameters("default", {**SMALL, "learning_rate": 1.0})
    with pytest.raises(ModelError, match=r"epoch 1 ended with .*lower learning_rate \(now 1.0\)"):
        train(*planted, chosen, tmp_path)
    assert not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("become", [float("nan"), float("inf"), 1e9])
def test_when_the_loss_runs_away_the_last_good_weights_are_kept(
    planted, tmp_path, monkeypatch, become
):
    chosen = parameters("default", {**SMALL, "epochs": 5, "patience": 5})
    good, _ = train(*planted, replace(chosen, epochs=5), tmp_path / "good")
    error = F0Training._error

    def run_away(self, task, said):
        found = error(self, task, said)
        return found * become if self.training and self.current_epoch == 3 else found

    monkeypatch.setattr(F0Training, "_error", run_away)
    with pytest.raises(ModelError, match=r"epoch 4 ended with .* the weights of epoch \d are kept"):
        train(*planted, chosen, tmp_path / "model")
    kept, history = load_model(tmp_path / "model"), pd.read_csv(tmp_path / "model" / "history.csv")
    assert len(history) == 4 and history["validation_loss"][:3].min() > 0
    assert all(torch.isfinite(value).all() for value in kept.state_dict().values())
    monkeypatch.undo()
    mended, _ = train(*planted, chosen, tmp_path / "model")  # goes on from epoch 3
    assert torch.equal(mended.project.weight, good.project.weight)


@pytest.mark.parametrize(
    ("size", "fix"), [(4, "set batch_size=2 and"), (1, "set a smaller hidden_size and")]
)
@pytest.mark.parametrize("memory", ["cpu", "gpu", "python"])
def test_out_of_memory_proposes_a_smaller_batch(planted, tmp_path, monkeypatch, size, fix, memory):
    def greedy(self, task, said):
        if memory == "gpu":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return np.zeros(2**50) if memory == "python" else torch.zeros(2**55)

    monkeypatch.setattr(F0Training, "_error", greedy)
    message = f"ran out of memory with batch_size={size}; {fix} train again"
    with pytest.raises(ModelError, match=message):
        train(*planted, parameters("default", {**SMALL, "batch_size": size}), tmp_path)


def test_an_error_has_a_line_of_its_own(planted, tmp_path, monkeypatch, capsys):
    error = F0Training._error

    def greedy(self, task, said):
        return torch.zeros(2**55) if self.current_epoch == 1 else error(self, task, said)

    monkeypatch.setattr(F0Training, "_error", greedy)
    with pytest.raises(ModelError):
        train(*planted, parameters("default", SMALL), tmp_path)
    printed = capsys.readouterr().out
    assert "Epoch 1:" in printed and printed.endswith("\n")


def test_another_error_is_left_as_it_is(planted, tmp_path, monkeypatch):
    def wrong(self, task, said):
        raise RuntimeError("a size does not fit")

    monkeypatch.setattr(F0Training, "_error", wrong)
    with pytest.raises(RuntimeError, match="a size does not fit"):
        train(*planted, parameters("default", SMALL), tmp_path)


# --- precision, command line ----------------------------------------------------------------------


def test_half_precision_learns_about_the_same(planted, tmp_path):
    chosen = parameters("default", {**SMALL, "dropout": 0.0, "input_dropout": 0.0})
    _, full = train(*planted, chosen, tmp_path / "32")
    model, half = train(*planted, replace(chosen, precision="bf16"), tmp_path / "16")
    assert model.project.weight.dtype == torch.float32
    difference = (half - full)["train_loss"].abs()
    assert 0 < difference.max() < 0.05 * full["train_loss"].mean()


def test_a_network_is_compiled_if_asked(planted, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(F0Model, "compile", lambda self, **options: asked.append(options))
    train(*planted, parameters("default", SMALL), tmp_path / "not")
    assert asked == []
    train(*planted, parameters("default", {**SMALL, "compile": True}), tmp_path / "compiled")
    assert asked == [{"dynamic": True}]


def test_help_tells_every_parameter_that_decides_the_weights(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    told, table = capsys.readouterr().out, parameters_table()
    for name in DECISIVE_PARAMETERS:
        row = table.loc[name]
        assert f"  {name}={row['default']} ({row['allowed']})\n      {row['meaning']}" in told


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--set", "epohcs=3"], "parameter 'epohcs' is unknown; did you mean epochs?"),
        (["--set", "learning_rate=nan"], "parameter learning_rate is nan, expected 1e-07 to 1.0"),
        (["--set", "devices=many"], "parameter devices is 'many', expected int or auto"),
        (["--target", "f0"], "parameter target is 'f0', expected one of semitones, log_f0"),
        ([], "has no utterances.csv; run the corpus chapter first"),
    ],
)
def test_a_wrong_command_is_one_line(tmp_path, capsys, given, message):
    assert main([str(tmp_path / "corpus"), str(tmp_path / "model"), *given]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and message in line
    assert not (tmp_path / "model").exists()
