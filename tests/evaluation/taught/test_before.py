"""Another corpus that is learnt from first: what is shared, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from builders import planted_corpus, question_names

from intonation.errors import CorpusError, ParameterError
from intonation.evaluation.reach import judged, networks
from intonation.evaluation.reach.folds import folds
from intonation.evaluation.reach.spoken import Spoken
from intonation.evaluation.reach.taught import before as module
from intonation.evaluation.reach.taught.before import corpus_in, read_before
from intonation.parameters import Parameters

CHOSEN = Parameters(
    **{"small_hidden_size": 8, "input_dropout": 0.0, "dropout": 0.0, "reach_epochs": 1},
    **{"reach_seeds": 1, "reach_trees": 2, "reach_ablation_folds": 0, "law_batch_size": 4},
)
OTHERS = "elsewhere"


def spoken(number, sentence):
    random = np.random.default_rng(number)
    answers = (random.random((12, 3)) < 0.5).astype(np.uint8)
    means, weight = 2.0 * answers[:, 0], np.ones(12)
    frames = np.arange(12), means, weight > 0
    return Spoken(f"u{number}", "s", sentence, answers, *frames, means, weight)


@pytest.fixture
def elsewhere(monkeypatch):
    """Six utterances of another corpus, found wherever one looks."""
    corpus, features = planted_corpus(train=6)
    corpus.table["text"] = [f"zdanie {n}" for n in range(6)]
    monkeypatch.setattr(module, "corpus_in", lambda folder: corpus)
    monkeypatch.setattr(module, "build_features", lambda corpus: features)
    return corpus, features


def here(*sentences):
    return [spoken(number, sentence) for number, sentence in enumerate(sentences)]


def test_nothing_is_read_where_none_is_named():
    assert read_before("", ["q0"], here("a"), CHOSEN) is None


def test_questions_are_shared_by_name_in_our_order(elsewhere):
    corpus, features = elsewhere
    found = read_before(OTHERS, ["mine", "q4", "q1"], here("a"), CHOSEN)
    assert found.names == ("q4", "q1")
    one = next(one for one in found.fold.training if one.id == "train0")
    assert (one.answers == features.answers("train0")[:, [4, 1]]).all()
    assert len(found.fold.training) == 6 and not found.fold.test


def test_sentences_that_are_judged_here_are_not_learnt_from_there(elsewhere):
    found = read_before(OTHERS, ["q0"], here("zdanie 1", "zdanie 4"), CHOSEN)
    left = {one.sentence for one in found.fold.training}
    assert left == {"zdanie 0", "zdanie 2", "zdanie 3", "zdanie 5"} == {*found.fold.sentences}
    with pytest.raises(CorpusError, match="has 2 sentences that this corpus has not"):
        read_before(OTHERS, ["q0"], here(*(f"zdanie {n}" for n in range(4))), CHOSEN)


def test_where_no_question_is_shared_an_error_says_so(elsewhere):
    with pytest.raises(CorpusError, match="asks none of the 2 questions"):
        read_before(OTHERS, ["mine", "other"], here("a"), CHOSEN)


@pytest.mark.parametrize("given", ["", "/", "..", "no such folder", "a\0b", "x" * 300])
def test_a_folder_without_a_corpus_is_one_error(tmp_path, monkeypatch, given):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="reach_pretrained_on is"):
        corpus_in(given)


def test_a_broken_table_is_one_error(tmp_path):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "utterances.csv").write_bytes(b"\x80\x04\x95pickle\0")
    with pytest.raises(CorpusError, match=r"utterances\.csv"):
        corpus_in(tmp_path)


def test_networks_begin_there_and_the_original_does_not(elsewhere, tmp_path, monkeypatch):
    begun, real = {}, networks.train

    def watched(fold, made, names, parameters, folder, *, turn, beginning=None):
        if fold.test:
            begun[folder.name] = beginning
        return real(fold, made, names, parameters, folder, turn=turn, beginning=beginning)

    for place in ("before", "voices"):
        monkeypatch.setattr(f"intonation.evaluation.reach.taught.{place}.train", watched)
    said, names = here(*"abcdefgh"), [*question_names(2), "mine"]
    first = read_before(OTHERS, names, said, CHOSEN)
    parts = folds(said, 2, seed=0)
    judged.predict_all(parts, names, CHOSEN, tmp_path, first)
    assert {name for name, beginning in begun.items() if beginning is None} == {
        *("originals_kind_0_1", "originals_kind_1_1")
    }
    (one, other) = (begun[f"network_{n}_1"] for n in range(2))
    assert one.described() == other.described(), "learnt once, for all folds"
    assert one.model.config.questions == ("q0", "q1")
    asked = replace(CHOSEN, reach_pretrained_on=OTHERS, reach_ablation_folds=1)
    judged.predict_all(parts[:1], names, asked, tmp_path, first)
    assert begun["learns_from_no_other_corpus_0_1"] is None
    assert begun["looks_back_only_0_1"].model.config.causal
