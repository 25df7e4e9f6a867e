"""The planted law: its terms by hand, its effects, and groups that really have none."""

from types import SimpleNamespace

import numpy as np
import pytest
from builders import FIRST, LAST, PAUSE

from intonation.errors import CorpusError, ParameterError
from intonation.evaluation.planted_law import (
    FIELDS,
    GROUPS,
    LAW,
    contributions,
    effects_of,
    group_of_field,
    law_times,
    observe,
    plant,
    plant_utterance,
    planted_effects,
    planted_f0,
    question_groups,
    read_fields,
    stacked,
    told_by_others,
)
from intonation.labels.full_context import Labels
from intonation.labels.label_shape import LabelShape
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet
from intonation.polish import polish_questions

REAL = {term.group for term in LAW}
NULL = [group for group in GROUPS if group not in REAL]
BY_HAND = {
    "SYLLABLE_POSITION": (-0.3 * 7, 0, 0),
    "PHRASE_BOUNDARY_TONE": (6.0, 0, 0),
    "SYLLABLE_ACCENT": (2.8, 0, 0),
    "PHRASE_POSITION": (-0.9, 0, 0),
    "QUINTPHONE": (1.4, 0, 0),
    "PHRASE_LEN": (0.96, 0.96, 0),
    "SYLLABLE_STRESS": (1.0, 0, 0),
    "SYLLABLE_NUCLEUS": (-0.6, 0, 0),
    "WORD_PART_OF_SPEECH": (0, -0.8, 0),
    "SEG_POS_IN_SYL": (0.25, 0, 0),
}


def label(**fields):
    """A label whose fields are those of LAST, but for the ones given."""
    shape = Labels([LAST]).shape
    known = read_fields(Labels([LAST]))
    values = {name: fields.get(name, known[name][0]) for name in shape.field_names}
    parts = [shape.separators[0]]
    for name, after in zip(shape.field_names, shape.separators[1:], strict=True):
        parts += [values[name], after]
    return "".join(parts)


def some_labels(seed, phones=40):
    """Labels with fields drawn at random, each on its own."""
    random = np.random.default_rng(seed)
    choices = {
        **{name: ["1", "2", "3", "4"] for name in ("p6", "b4", "b5", "b6", "b7", "h3", "j1")},
        **{name: ["3", "9", "14"] for name in ("h1", "g1", "i1")},
        **{"b1": ["0", "1"], "b2": ["0", "1", "2", "3"], "b16": ["a", "e", "i", "u"]},
        **{"p1": ["a", "t"], "p2": ["t", "m", "e"], "p3": ["a", "i", "n"]},
        **{"e1": ["content", "in"], "e3": ["1", "2"], "h5": ["L-L%", "H-H%", "L-H%"]},
    }
    texts = [
        label(**{name: random.choice(values) for name, values in choices.items()})
        for _ in range(phones)
    ]
    return Labels(texts)


def make_utterance(labels, *, name="u", frames_per_phone=3):
    phones = len(labels)
    index = np.repeat(np.arange(phones), frames_per_phone)
    voiced = np.ones(len(index), dtype=bool)
    voiced[:frames_per_phone] = False  # the first phone
    voiced[frames_per_phone] = False  # and a frame of the second
    semitones = np.where(voiced, 0.0, np.nan)
    return SimpleNamespace(
        id=name, labels=labels, frame_to_phone=index, voiced=voiced, f0_semitones=semitones
    )


def make_planted(seed, *, phones=40, questions=None, noise_semitones=0.5):
    labels = some_labels(seed, phones)
    answers = np.ones((phones, 4), dtype=np.uint8) if questions is None else questions(labels)
    return plant_utterance(
        make_utterance(labels, name=f"u{seed}"),
        answers,
        noise_semitones=noise_semitones,
        seed=(seed, phones),
    )


def test_every_term_of_the_law_by_hand():
    found = contributions(read_fields(Labels([LAST, FIRST, PAUSE])))
    assert set(found) == set(BY_HAND)
    for group, semitones in BY_HAND.items():
        np.testing.assert_allclose(found[group], semitones, atol=1e-12, err_msg=group)


def test_the_law_is_the_sum_of_its_terms():
    expected = np.sum(list(BY_HAND.values()), axis=0)
    np.testing.assert_allclose(planted_f0(read_fields(Labels([LAST, FIRST, PAUSE]))), expected)


@pytest.mark.parametrize(
    "changed, group, semitones",
    [
        ({"b6": "40"}, "SYLLABLE_POSITION", -0.3 * 15),  # no further down
        ({"b7": "2"}, "PHRASE_BOUNDARY_TONE", 2.5),
        ({"b7": "3"}, "PHRASE_BOUNDARY_TONE", 0.0),
        ({"h5": "L-L%"}, "PHRASE_BOUNDARY_TONE", -3.5),
        ({"h5": "no tone of ours"}, "PHRASE_BOUNDARY_TONE", 0.0),
        ({"h1": "33"}, "PHRASE_LEN", 2.4),
        ({"p2": "m"}, "QUINTPHONE", 0.0),
        ({"p3": "n"}, "QUINTPHONE", 0.0),
        ({"b16": "i"}, "SYLLABLE_NUCLEUS", 0.6),
        ({"b2": "x"}, "SYLLABLE_ACCENT", 0.0),
        ({"h3": "9"}, "PHRASE_POSITION", -3.6),
    ],
)
def test_terms_where_they_change_or_end(changed, group, semitones):
    found = contributions(read_fields(Labels([label(**changed)])))
    assert found[group][0] == pytest.approx(semitones)


def test_a_term_reads_fields_of_its_group_alone_but_for_the_tones_place():
    fields = read_fields(some_labels(0))
    for term in LAW:
        for name in FIELDS:
            before, shuffled = term.semitones(fields), {**fields, name: fields[name][::-1]}
            changed = not np.array_equal(term.semitones(shuffled), before)
            of_term = group_of_field(name) == term.group
            place = term.group == "PHRASE_BOUNDARY_TONE" and name == "b7"
            assert not changed or of_term or place, (term.group, name)


def test_groups_without_effect_leave_the_law_as_it_is():
    fields = read_fields(some_labels(1))
    before, random = planted_f0(fields), np.random.default_rng(0)
    assert len(NULL) == 8
    for group in NULL:
        names = [name for name in FIELDS if group_of_field(name) == group]
        assert names
        replaced = {name: random.choice(["0", "1", "7", "x", "content"], 40) for name in names}
        np.testing.assert_array_equal(planted_f0({**fields, **replaced}), before)


def test_effects_are_zero_for_null_groups_and_only_for_them():
    effects = planted_effects([make_planted(seed) for seed in (1, 2)], draws=10).set_index("group")
    values = effects["effect_semitones"]
    assert set(values.index) == set(GROUPS)
    assert (values[NULL] == 0).all()
    assert (values[sorted(REAL)] > 0).all()
    assert values.is_monotonic_decreasing


def test_the_effect_of_a_term_alone_is_its_standard_deviation():
    items = [make_planted(seed, phones=300) for seed in (1, 2, 3)]
    fields, weight = stacked(items)
    effects = planted_effects(items, draws=20).set_index("group")["effect_semitones"]
    for group in ("SYLLABLE_STRESS", "SYLLABLE_NUCLEUS", "PHRASE_LEN", "PHRASE_POSITION"):
        term = contributions(fields)[group]
        mean = np.average(term, weights=weight)
        deviation = np.sqrt(np.average((term - mean) ** 2, weights=weight))
        assert effects[group] == pytest.approx(deviation, rel=0.05), group


def test_what_terms_do_together_is_charged_to_both():
    items = [make_planted(seed, phones=400) for seed in (1, 2)]
    fields, weight = stacked(items)
    alone = contributions(fields)["SYLLABLE_POSITION"]
    deviation = np.sqrt(
        np.average((alone - np.average(alone, weights=weight)) ** 2, weights=weight)
    )
    effects = planted_effects(items, draws=10).set_index("group")["effect_semitones"]
    assert effects["SYLLABLE_POSITION"] > 1.5 * deviation  # it also decides where tones are


def test_planting_is_deterministic_and_follows_its_seed():
    one, same, other = (
        plant_utterance(
            make_utterance(some_labels(3)), np.ones((40, 2)), noise_semitones=0.5, seed=(seed,)
        )
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.target, same.target)
    np.testing.assert_array_equal(one.f0_semitones, other.f0_semitones)
    assert not np.array_equal(one.target, other.target)


def test_effects_are_deterministic():
    items = [make_planted(1)]
    one, same, other = (planted_effects(items, draws=2, seed=seed) for seed in (4, 4, 5))
    assert one.equals(same) and not one.equals(other)


def test_a_planted_utterance_has_one_frame_per_phone_weighted_by_voiced_frames():
    item = make_planted(1)
    assert item.weight.tolist() == [0, 2, *[3] * 38]
    assert item.inputs.voiced.tolist() == [False, *[True] * 39]
    assert item.inputs.frame_to_phone.tolist() == list(range(40))
    assert item.example.target is item.target and item.target.dtype == np.float32
    noise = item.target - item.f0_semitones
    assert 0.3 < noise.std() < 0.7


def test_without_noise_the_target_is_the_law():
    item = make_planted(1, noise_semitones=0.0)
    np.testing.assert_allclose(item.target, item.f0_semitones, rtol=1e-6)


def test_fields_that_a_label_shape_lacks_have_no_effect():
    shape = LabelShape("short", "{p1}^{p2}-{p3}+{p4}={p5}")
    fields = read_fields(Labels(["m^p-a+n=t", "m^m-a+n=t"], shape=shape))
    assert fields["h5"].tolist() == ["x", "x"]
    np.testing.assert_allclose(planted_f0(fields), [1.4, 0.0])


@pytest.fixture(scope="module")
def questions():
    return QuestionSet(Question(name, patterns) for name, patterns in polish_questions())


def test_each_question_is_in_one_group_that_its_field_decides(questions):
    groups = question_groups(questions)
    assert set(groups) == set(GROUPS)
    members = np.concatenate(list(groups.values()))
    assert len(np.unique(members)) == len(members)
    general = questions.groups("general")
    phones = [name for name in general if name.startswith("QUINTPHONE")]
    assert sorted(np.concatenate([general[name] for name in phones])) == sorted(
        groups["QUINTPHONE"]
    )


def test_general_categories_are_credited_with_the_effect_of_their_fields(questions):
    effects = planted_effects([make_planted(1)], draws=10).set_index("group")["effect_semitones"]
    credited = effects_of(questions, questions.groups("general"), effects)
    assert credited["SYLLABLE_STRESS"] == pytest.approx(effects["SYLLABLE_STRESS"])
    for name in ("SYLLABLE_ACCENTED", "SYLLABLE_ACCENT_TYPE"):
        assert credited[name] == pytest.approx(effects["SYLLABLE_ACCENT"])
    assert credited["UTTERANCE_LEN"] == 0


def test_a_question_set_that_asks_little_has_few_groups(questions):
    stress = [question for question in questions if "Syl_Stress" in question.name]
    assert list(question_groups(QuestionSet(stress))) == ["SYLLABLE_STRESS"]


def test_a_term_is_told_by_others_where_its_fields_follow_from_theirs(questions):
    def answers(labels):
        """The vowel of the syllable is also asked for as phone, stress is asked for nowhere."""
        fields = read_fields(labels)
        vowels = np.column_stack([fields["b16"] == vowel for vowel in "aeiu"])
        return np.column_stack([vowels, vowels]).astype(np.uint8)

    items = [make_planted(seed, phones=200, questions=answers) for seed in (1, 2)]
    groups = {"SYLLABLE_NUCLEUS": np.arange(4), "QUINTPHONE": np.arange(4, 8)}
    told = told_by_others(items[:1], items[1:], groups)
    assert told["SYLLABLE_NUCLEUS"] > 0.99
    assert told["SYLLABLE_STRESS"] < 0.2


def test_a_term_that_does_not_vary_cannot_be_told():
    labels = Labels([label()] * 5)
    item = plant_utterance(
        make_utterance(labels), np.eye(5, dtype=np.uint8), noise_semitones=0.1, seed=(1,)
    )
    told = told_by_others([item], [item], {"SYLLABLE_NUCLEUS": np.arange(5)})
    assert all(np.isnan(value) for value in told.values())


NOISE = {"noise_semitones": 0.5}


class TwoUtterances:
    """As much of a corpus and of its features as planting needs."""

    def __init__(self, *, silent):
        self.utterances = {
            name: make_utterance(some_labels(n), name=name) for n, name in enumerate("ab")
        }
        for name in silent:
            self.utterances[name].voiced[:] = False

    def ids(self, split):
        return list(self.utterances)

    def __getitem__(self, name):
        return self.utterances[name]

    def answers(self, name):
        return np.ones((40, 3), dtype=np.uint8)


def test_utterances_without_voice_are_left_out():
    corpus = TwoUtterances(silent="a")
    assert [item.id for item in plant(corpus, corpus, "test", at_most=9, **NOISE)] == ["b"]


def test_a_split_without_voice_is_an_error():
    corpus = TwoUtterances(silent="ab")
    with pytest.raises(CorpusError, match="'test' is voiced"):
        plant(corpus, corpus, "test", at_most=9, **NOISE)


def test_at_most_so_many_are_planted():
    corpus = TwoUtterances(silent="")
    for most, ids in ((1, "a"), (2, "ab"), (0, "ab")):
        assert [x.id for x in plant(corpus, corpus, "test", at_most=most, **NOISE)] == list(ids)


def test_utterances_are_taken_from_the_whole_split():
    corpus = TwoUtterances(silent="")
    corpus.utterances |= {name: corpus.utterances["b"] for name in "cde"}
    asked = []
    corpus.answers = lambda name: (asked.append(name), np.ones((40, 3), dtype=np.uint8))[1]
    plant(corpus, corpus, "test", at_most=3, **NOISE)
    assert asked == ["a", "c", "e"]


# --- the F0 that was spoken -----------------------------------------------------------------------

TEXTS = [PAUSE, FIRST, LAST]


def spoken_utterance():
    semitones = np.array([np.nan, np.nan, 1.0, 3.0, np.nan, -2.0, -4.0])
    times = np.arange(3) * 10_000_000
    return SimpleNamespace(
        id="u1",
        labels=Labels(TEXTS, times, times + 10_000_000),
        frame_to_phone=np.array([0, 0, 1, 1, 1, 2, 2]),
        voiced=np.isfinite(semitones),
        f0_semitones=semitones,
    )


def test_a_phone_has_the_mean_of_its_voiced_frames():
    item = plant_utterance(
        spoken_utterance(), np.eye(3, dtype=np.uint8), noise_semitones=0.0, law=None
    )
    assert item.f0_semitones.tolist() == [0.0, 2.0, -3.0]
    assert item.weight.tolist() == [0.0, 2.0, 2.0]
    assert item.inputs.voiced.tolist() == [False, True, True]
    assert item.inputs.frame_to_phone.tolist() == [0, 1, 2]
    assert item.example.target.tolist() == item.target.tolist() == [0.0, 2.0, -3.0]


def test_a_split_without_voice_is_refused():
    silent = spoken_utterance()
    silent.voiced = np.zeros(7, dtype=bool)
    features = SimpleNamespace(answers=lambda name: np.eye(3, dtype=np.uint8))

    class Corpus(dict):
        def ids(self, split):
            return ["u1"]

    with pytest.raises(CorpusError, match="no utterance of the split 'test' is voiced"):
        observe(Corpus(u1=silent), features, "test", at_most=5)
    assert len(observe(Corpus(u1=spoken_utterance()), features, "test", at_most=5)) == 1


def test_a_term_so_many_times_as_large_has_so_many_times_the_effect():
    louder = law_times({"PHRASE_LEN": 10})
    fields = read_fields(some_labels(2))
    before, after = contributions(fields), contributions(fields, louder)
    np.testing.assert_allclose(after["PHRASE_LEN"], 10 * before["PHRASE_LEN"])
    np.testing.assert_allclose(
        planted_f0(fields, louder) - planted_f0(fields), 9 * before["PHRASE_LEN"]
    )
    items = [make_planted(1)]
    small, large = (
        planted_effects(items, draws=3, law=law).set_index("group")["effect_semitones"]
        for law in (LAW, louder)
    )
    np.testing.assert_allclose(large["PHRASE_LEN"], 10 * small["PHRASE_LEN"])
    others = small.index.drop("PHRASE_LEN")
    np.testing.assert_allclose(large[others], small[others], atol=1e-9)


def test_an_utterance_can_be_planted_with_another_law():
    made = {
        law: plant_utterance(
            make_utterance(some_labels(3)), np.ones((40, 2)), noise_semitones=0, seed=(1,), law=law
        )
        for law in (LAW, law_times({"SYLLABLE_STRESS": 0}))
    }
    usual, without = (item.f0_semitones for item in made.values())
    stress = contributions(read_fields(some_labels(3)))["SYLLABLE_STRESS"]
    np.testing.assert_allclose(usual - without, stress, atol=1e-12)
    assert stress.any()


def test_a_term_that_the_law_lacks_cannot_be_made_larger():
    with pytest.raises(ParameterError, match="no term 'WORD_POSITION'"):
        law_times({"WORD_POSITION": 2})
