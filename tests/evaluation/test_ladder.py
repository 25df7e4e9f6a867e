"""The input ladder: words matched, columns by hand, ridge as scikit-learn has it, planted F0."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from builders import FakeCorpus, make_utterance
from sklearn.linear_model import Ridge

from intonation.errors import CorpusError
from intonation.evaluation.ladder import climbing, ridge, rungs
from intonation.evaluation.ladder.before import NAMES as BEFORE_NAMES
from intonation.evaluation.ladder.before import by_name, ids_before, summary
from intonation.evaluation.ladder.boosting import blocks_of, boosted, field_columns
from intonation.evaluation.ladder.frequency import NAMES as FREQUENCY_NAMES
from intonation.evaluation.ladder.frequency import frequency, surprisal_bits, zipf
from intonation.evaluation.ladder.grammar import NAMES as GRAMMAR_NAMES
from intonation.evaluation.ladder.grammar import grammar
from intonation.evaluation.ladder.material import gather
from intonation.evaluation.ladder.punctuation import NAMES as PUNCTUATION_NAMES
from intonation.evaluation.ladder.punctuation import punctuation
from intonation.evaluation.ladder.written import (
    MARKS,
    SENTENCE_ENDS,
    is_polish,
    stretches,
    words_of,
)
from intonation.labels.full_context import Labels
from intonation.labels.label_shape import ENGLISH
from intonation.polish.words import word_set
from intonation.statistics import draw_counts, percentiles

POLISH = word_set(
    """dom kot pies woda ręka noga głowa ulica miasto rzeka las pole góra morze słońce księżyc
    gwiazda ogród kwiat drzewo liść ptak ryba koń krowa mleko chleb masło hipopotam parasol"""
)


def words_labels(counts, phones=2):
    """Labels of phrases with so many words each, of so many phones, a pause after each phrase."""
    empty = dict.fromkeys(ENGLISH.field_names, "x")
    rows = []
    for phrase, count in enumerate(counts, start=1):
        for word in range(1, count + 1):
            own = {"p3": "a", "h3": str(phrase), "e3": str(word)}
            rows += [{**empty, **own, "p6": str(n)} for n in range(phones)]
        rows.append({**empty, "p3": "pau"})
    texts = [ENGLISH.template.format(**row) for row in rows]
    edges = np.arange(len(texts) + 1, dtype=np.int64) * 4 * 50_000
    return Labels(texts, edges[:-1], edges[1:], shape=ENGLISH)


def test_words_of_a_text_are_matched_with_those_of_the_labels():
    found = words_of("Ala ma kota, w domu.", words_labels([3, 1]))
    assert [(word.text, word.mark) for word in found.words] == [
        *(("ala", ""), ("ma", ""), ("kota", "comma"), ("domu", "full stop"))
    ]
    np.testing.assert_array_equal(found.index, [0, 0, 1, 1, 2, 2, -1, 3, 3, -1])
    np.testing.assert_array_equal(found.phrase, [1, 1, 1, 2])


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("Idę z psem.", 2, ["idę", "psem"]),  # z is a part of the next word
        ("Idę z psem.", 3, ["idę", "z", "psem"]),
        ("Mam z", 1, ["mam"]),
        ("biało-czerwony", 2, ["biało", "czerwony"]),
        ("Don't look up!", 3, ["don't", "look", "up"]),
        ("A well-known 2 men", 4, ["a", "well-known", "2", "men"]),
        ("Ala ma kota.", 4, []),
        ("", 1, []),
    ],
)
def test_the_way_to_cut_a_text_is_the_one_that_fits(text, count, expected):
    found = words_of(text, words_labels([count]))
    assert [word.text for word in found.words] == expected


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Czy prof. Nowak śpi?", ["", "full stop", "", "question mark"]),
        ("ul. mała – tak...", ["", "dash", "three dots"]),
        ("On: „tak”; nie!", ["colon", "semicolon", "exclamation mark"]),
        ("tak (nie) tak", ["bracket or quotation mark", "bracket or quotation mark", ""]),
    ],
)
def test_the_strongest_mark_counts(text, marks):
    found = words_of(text, words_labels([len(marks)]))
    assert [word.mark for word in found.words] == marks
    assert {*marks} <= {*MARKS, ""}


def test_stretches_lie_between_marks_and_cover_all_words():
    words = words_of("Tak, nie wiem. Kto tam", words_labels([5])).words
    assert stretches(words) == [(0, 1), (1, 3), (3, 5)]
    assert stretches(words, SENTENCE_ENDS) == [(0, 3), (3, 5)]


def columns_of(text, count, told, names):
    found = words_of(text, words_labels([count]))
    return pd.DataFrame(told(found.words, found.phrase), columns=list(names))


def test_punctuation_by_hand():
    text = "Ala, która śpi, jest mała. Czy śpi?"
    told = columns_of(text, 7, punctuation, PUNCTUATION_NAMES)
    assert told["comma behind the word"].tolist() == [1, 0, 1, 0, 0, 0, 0]
    assert told["comma ends the stretch"].tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert told["comma precedes the stretch"].tolist() == [0, 1, 1, 1, 1, 0, 0]
    assert told["full stop precedes the stretch"].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert told["question mark ends the sentence"].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert told["the sentence is with czy"].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert told["words since the mark before"].tolist() == [0, 0, 1, 0, 1, 0, 1]
    assert told["words to the next mark"].tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert told["commas before in the sentence"].tolist() == [0, 1, 1, 2, 2, 0, 0]
    assert told["commas after in the sentence"].tolist() == [2, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Czy śpisz?", "with czy"),
        ("Gdzie śpisz?", "with a question word"),
        ("Śpisz już?", "by word order or tone alone"),
    ],
)
def test_how_a_question_is_asked(text, kind):
    told = columns_of(text, 2, punctuation, PUNCTUATION_NAMES).filter(like="the sentence is")
    assert told.columns[(told == 1).all()].tolist() == [
        "the sentence is a question",
        f"the sentence is {kind}",
    ]


def test_forms_are_shares_of_the_ways_to_take_a_word():
    told = columns_of("W domu śpiąca Anna qwarx widzi kota.", 6, grammar, GRAMMAR_NAMES)
    assert told["the word: noun"][0] == 1  # domu: genitive, locative, vocative
    assert 0 < told["the word: case gen"][0] < 1
    assert told["the word: case nom"][0] == 0
    assert told["the word: not in the dictionary"].tolist() == [0, 0, 0, 1, 0, 0]
    assert told["the word: finite verb"].tolist() == [0, 0, 0, 0, 1, 0]
    assert told["the word after: finite verb"].tolist() == [0, 0, 0, 1, 0, 0]
    assert told["the word before: finite verb"].tolist() == [0, 0, 0, 0, 0, 1]
    assert told["a finite verb before in the stretch"].tolist() == [0, 0, 0, 0, 0, 1]
    assert told["a finite verb after in the stretch"].tolist() == [1, 1, 1, 1, 0, 0]


def test_surprisal_and_zipf_are_those_of_the_table():
    wordfreq = pytest.importorskip("wordfreq")
    for word in ("dom", "się", "hipopotam"):
        share = wordfreq.word_frequency(word, "pl")
        assert surprisal_bits(word) == pytest.approx(-np.log2(share), abs=0.02)
        assert zipf(word) == pytest.approx(wordfreq.zipf_frequency(word, "pl"), abs=0.006)
    rarest = min(wordfreq.get_frequency_dict("pl").values())
    assert surprisal_bits("qwrtzx") == -np.log2(rarest)


def test_surprisal_is_added_up_over_the_phrase():
    found = words_of("Ala ma kota, hipopotam śpi.", words_labels([3, 2]))
    told = pd.DataFrame(frequency(found.words, found.phrase), columns=list(FREQUENCY_NAMES))
    bits = [surprisal_bits(word.text) for word in found.words]
    np.testing.assert_allclose(told["surprisal of the word"], bits, rtol=1e-6)
    of_phrase = [sum(bits[:3])] * 3 + [sum(bits[3:])] * 2
    np.testing.assert_allclose(told["surprisal of the phrase"], of_phrase, rtol=1e-6)
    so_far = [0, bits[0], bits[0] + bits[1], 0, bits[3]]
    np.testing.assert_allclose(told["of it before the word"], so_far, rtol=1e-6)
    np.testing.assert_allclose(told["surprisal of the word before"], [0, *bits[:-1]], rtol=1e-6)
    np.testing.assert_allclose(told["surprisal of the word after"], [*bits[1:], 0], rtol=1e-6)


def test_polish_is_what_the_dictionary_knows():
    assert is_polish(["Babcia postawiła na stole barszcz.", "Qwrx tam śpi."])
    assert not is_polish(["The cat sat on the mat.", "He would not look at them."])
    assert not is_polish([])


def test_the_sentence_before_is_that_of_the_name_before():
    assert sorted(["a10", "a2", "b1"], key=by_name) == ["a2", "a10", "b1"]
    table = pd.DataFrame({"id": ["a10", "a2", "a9", "c1"], "speaker": ["s", "s", "s", "t"]})
    assert ids_before(table) == {"a9": "a2", "a10": "a9"}


def test_a_sentence_is_summed_up_by_level_end_range_and_length():
    semitones = np.concatenate([np.full(30, 2.0), np.full(20, -1.0), np.full(10, np.nan)])
    voiced = np.isfinite(semitones)
    one = SimpleNamespace(f0_semitones=semitones, voiced=voiced, f0_hz=np.zeros(60))
    np.testing.assert_allclose(summary(one), [0.8, -1.0, 3.0, 0.3])
    dumb = SimpleNamespace(f0_semitones=semitones, voiced=voiced & False, f0_hz=np.zeros(60))
    np.testing.assert_array_equal(summary(dumb), [np.nan, np.nan, np.nan, 0.3])


def regression(seed, phones=120, columns=7, folds=4):
    random = np.random.default_rng(seed)
    answers = random.integers(0, 2, (phones, columns)).astype(np.float32)
    f0 = answers @ random.normal(0, 1, columns) + random.normal(2, 0.5, phones)
    weight = random.integers(1, 20, phones).astype(float)
    return answers, f0, weight, np.arange(phones) % folds


def fitted(answers, f0, weight, rows, penalty):
    return Ridge(alpha=penalty).fit(answers[rows], f0[rows], weight[rows])


def test_ridge_of_sums_is_that_of_scikit_learn():
    answers, f0, weight, fold = regression(0)
    found, penalties = ridge.sums(answers, f0, weight, fold), np.full((2, 4), 30.0)
    predicted = ridge.held_out(found, answers, fold, [3, 7], penalties)
    for row, size in enumerate((3, 7)):
        for one in range(4):
            known = fitted(answers[:, :size], f0, weight, fold != one, 30.0)
            expected = known.predict(answers[fold == one, :size])
            np.testing.assert_allclose(predicted[row, fold == one], expected, atol=1e-5)


def test_columns_left_out_by_the_inverse_are_left_out():
    answers, f0, weight, fold = regression(1)
    left_out = [np.array([0, 1]), np.array([4]), np.array([2, 6])]
    found, penalties = ridge.sums(answers, f0, weight, fold), np.array([1.0, 10.0, 10.0, 100.0])
    predicted = ridge.held_out_without(found, answers, fold, left_out, penalties)
    for row, columns in enumerate(left_out):
        kept = np.setdiff1d(np.arange(7), columns)
        for one, penalty in enumerate(penalties):
            known = fitted(answers[:, kept], f0, weight, fold != one, penalty)
            expected = known.predict(answers[np.ix_(fold == one, kept)])
            np.testing.assert_allclose(predicted[row, fold == one], expected, atol=1e-5)


def test_the_penalty_is_chosen_without_the_fold_that_is_predicted():
    answers, f0, weight, fold = regression(2)
    penalties = (1.0, 1e2, 1e4)
    chosen = ridge.choose_penalties(ridge.sums(answers, f0, weight, fold), [7], penalties)
    for outer in range(4):
        losses = np.zeros(3)
        for inner in {*range(4)} - {outer}:
            rows, held = (fold != outer) & (fold != inner), fold == inner
            for place, penalty in enumerate(penalties):
                off = fitted(answers, f0, weight, rows, penalty).predict(answers[held]) - f0[held]
                losses[place] += weight[held] @ off**2
        assert chosen[0, outer] == penalties[losses.argmin()]
    spoilt = np.where(fold == 0, 1e3, f0)
    again = ridge.choose_penalties(ridge.sums(answers, spoilt, weight, fold), [7], penalties)
    assert again[0, 0] == chosen[0, 0]


class Questions:
    """Of three levels of the taxonomy."""

    names = [f"q{n}" for n in range(6)]

    def groups(self, level):
        assert level == "linguistic_levels"
        return {"segmental": np.array([0, 5]), "word": np.array([1]), "utterance": np.array([2, 3])}


class Answers:
    def __init__(self, made):
        self.answers = made.__getitem__


def polish_corpus(count=40, texts=None, speakers=2):
    """Sentences of four Polish words in two phrases, each of them read by every speaker."""
    random, made, answers, rows = np.random.default_rng(0), {}, {}, []
    for sentence in range(count):
        words = random.choice(sorted(POLISH), 4)
        mark = "?" if sentence % 3 == 0 else "."
        text = texts[sentence] if texts else f"{words[0]} {words[1]}, {words[2]} {words[3]}{mark}"
        for speaker in range(speakers):
            name = f"{'st'[speaker]}{sentence}"
            one = make_utterance(
                [("L-L%", "a")], name=name, text=text, seed=sentence + 99 * speaker
            )
            labels = words_labels([2, 2])
            f0_hz = 120 + 30 * np.random.default_rng((sentence, speaker)).random(40)
            f0_hz.reshape(10, 4)[[4, 9]] = 0  # pauses
            one = replace(one, labels=labels, f0_hz=f0_hz, speaker="st"[speaker], split="train")
            made[name] = one
            answers[name] = random.integers(0, 2, (len(labels), 6)).astype(np.uint8)
            rows.append((name, text, one.speaker))
    table = pd.DataFrame(rows, columns=["id", "text", "speaker"])
    return FakeCorpus(table, made), Answers(answers)


@pytest.fixture(scope="module")
def material():
    return gather(*polish_corpus(), at_most=0, folds=4, seed=0)


@pytest.fixture(scope="module")
def ladder(material):
    return rungs.rungs(material, Questions())


def test_a_phone_is_gathered_with_its_mean_and_its_voiced_frames(material):
    corpus, _ = polish_corpus()
    one = corpus[material.ids[3]]
    here = material.owner == 3
    assert (material.weight[here] == 4).all() and here.sum() == 8
    frames = one.f0_semitones.reshape(-1, 4)[[0, 1, 2, 3, 5, 6, 7, 8]]
    np.testing.assert_allclose(material.f0[here], frames.mean(axis=1))
    within = ((frames - frames.mean(axis=1, keepdims=True)) ** 2).sum()
    np.testing.assert_allclose(material.within[3], within)
    assert material.matched.all()


def test_who_reads_the_same_sentence_is_in_the_same_fold(material):
    pairs = pd.DataFrame({"sentence": material.sentence, "fold": material.fold})
    assert (pairs.groupby("sentence")["fold"].nunique() == 1).all()
    assert pairs.drop_duplicates("sentence")["fold"].value_counts().tolist() == [10] * 4


def test_three_sentences_are_the_fewest():
    few = polish_corpus(texts=["To jest dom, tak.", "to jest dom tak"], count=2)
    with pytest.raises(CorpusError, match="1 different sentences"):
        gather(*few, at_most=0, folds=3, seed=0)


def test_rungs_come_from_the_taxonomy_and_say_what_is_missing(ladder):
    assert [rung.key for rung in ladder] == list(rungs.TITLES)
    named = {rung.key: rung.names for rung in ladder}
    assert (named["phone"], named["word"], named["phrase"]) == (("q0", "q5"), ("q1",), ("q2", "q3"))
    missing = {rung.key: rung.missing for rung in ladder if rung.missing}
    assert missing == {"syllable": "no question asks about it"}
    assert named["before"] == (*BEFORE_NAMES[:3], "no sentence before")  # all are equally long


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        (["the big cat"] * 3, "as many words as the labels"),
        ([""] * 3, "the corpus has no texts"),
    ],
)
def test_without_matching_texts_the_rungs_of_text_say_why(texts, missing):
    corpus, features = polish_corpus(count=3, texts=texts)
    spread = replace(corpus, table=corpus.table.assign(text=[f"{n} x" for n in range(6)]))
    found = rungs.rungs(gather(spread, features, at_most=0, folds=3, seed=0), Questions())
    why = {rung.key: rung.missing for rung in found}
    assert all(missing in why[key] for key in rungs.TEXT_RUNGS)
    assert not why["before"]


def test_on_another_language_only_punctuation_can_be_asked():
    texts = [
        "Is he tall, Bob?",
        "She looked young, Bob.",
        "We eat, we should.",
        "Go now, you early?",
    ]
    material = gather(*polish_corpus(count=4, texts=texts), at_most=0, folds=3, seed=0)
    why = {rung.key: rung.missing for rung in rungs.rungs(material, Questions())}
    assert (why["grammar"], why["frequency"]) == ("the text is not Polish",) * 2
    assert not why["punctuation"]


def test_columns_are_scaled_by_two_deviations_and_the_unknown_is_their_mean():
    values = np.array([[1.0, 0], [3, 1], [np.nan, 1]])
    np.testing.assert_allclose(rungs.scaled(values), [[-0.5, 0], [0.5, 1], [0, 1]])


@pytest.mark.parametrize("key", ["punctuation", "frequency"])
def test_f0_planted_at_a_rung_is_found_there_and_not_before(material, ladder, key):
    column = {
        "punctuation": "question mark ends the sentence",
        "frequency": "surprisal of the word",
    }
    rung = next(rung for rung in ladder if rung.key == key)
    law = 4.0 * rung.values[:, rung.names.index(column[key])]
    planted = replace(material, f0=law - law.mean(), within=np.zeros(len(material.ids)))
    errors = climbing.errors_table(planted, climbing.climbed(planted, ladder))
    drawn = climbing.Drawn(errors, least=0, resamples=50, seed=0)
    table = climbing.ladder_table(drawn, ladder).set_index("rung")["share"]
    before = table[: list(table.index).index(key)].dropna()
    # thirty nouns can in part be told by their genders and cases
    assert (before.drop("grammar", errors="ignore") < 0.1).all() and before.max() < 0.5
    assert table[key] > 0.8
    worth = climbing.own_table(drawn, ladder).set_index(["rung", "when"])["share"]
    assert worth[key, "last"] > 0.3 and worth[key, "first"] > 0.8
    assert worth["phone", "last"] < 0.05


def test_boosting_finds_what_acts_together(material, ladder):
    """An effect of two fields that cancel each other alone."""
    random = np.random.default_rng(3)
    a, b = random.integers(0, 2, (2, len(material.f0)))
    fields = {**material.fields, "p3": np.where(a, "a", "e"), "b4": (b + 1).astype(str)}
    law = 2.0 * (a != b)
    blocks = blocks_of(fields, [rung for rung in ladder if rung.key in ("phone", "phrase")])
    both = [blocks["phone"], field_columns(fields, "syllable")]
    given = (law - 1, material.weight, material.fold_of_phone)
    found = boosted(both, *given, trees=40, seed=0)
    alone = boosted(both[:1], *given, trees=40, seed=0)
    assert np.square(found - given[0]).mean() < 0.1 < 0.9 < np.square(alone - given[0]).mean()


def test_fields_of_a_rung_are_numbers_or_categories():
    texts = {"p3": ["a", "e", "x", "a"], "p6": ["1", "x", "3", "2"], "e1": ["in", "md", "x", "in"]}
    others = {name: np.full(4, "x") for name in ENGLISH.field_names}
    fields = others | {name: np.array(values) for name, values in texts.items()}
    values, kinds = field_columns(fields, "phone")
    np.testing.assert_array_equal(kinds, [True, False])
    np.testing.assert_array_equal(values[:, 0], [0, 1, np.nan, 0])
    np.testing.assert_array_equal(values[:, 1], [1, np.nan, 3, 2])


def test_errors_over_frames_are_those_of_phones_and_within_them(material):
    corpus, _ = polish_corpus()
    guess = np.linspace(-1, 1, len(material.f0))
    found = climbing.utterance_rmse(material, guess)
    frames = corpus[material.ids[5]].f0_semitones
    frames = frames[np.isfinite(frames)]
    off = frames - np.repeat(guess[material.owner == 5], 4)
    assert found[5] == pytest.approx(np.sqrt(np.mean(off**2)))


def test_shares_and_paired_gains_by_hand():
    errors = pd.DataFrame({"id": list("abcd"), "sentence": [0, 0, 1, 2], "median": [3.0, 3, 4, 2]})
    errors["climbed phone"], errors["climbed word"] = [2.0, 2, 3, 2], [2.0, 1, 2, 2]
    drawn = climbing.Drawn(errors, least=1.0, resamples=200, seed=4)
    ladder = [
        rungs.Rung("phone", ("q",)),
        rungs.Rung("syllable", missing="none"),
        rungs.Rung("word"),
    ]
    table = climbing.ladder_table(drawn, ladder).set_index("rung")
    assert table.loc["phone", "share"] == pytest.approx((9 - 2.25**2) / (9 - 1))
    assert table.loc["word", "gain_semitones"] == pytest.approx(0.5)
    assert table.loc["syllable", "missing"] == "none" and np.isnan(table.loc["syllable", "share"])
    weights = draw_counts(3, 200, 4)[:, errors["sentence"]]
    gains = weights @ [0, 1, 1, 0] / weights.sum(axis=1)
    found = table.loc["word", ["gain_low", "gain_high"]].astype(float)
    np.testing.assert_allclose(found, percentiles(gains))


def test_a_ceiling_is_read_where_it_is_known(tmp_path):
    path = tmp_path / "ceiling.csv"
    assert climbing.known_ceiling(path, 2.5) == 0
    path.write_text("k,rmse_semitones\n1,2.7\ninf,\n")
    assert climbing.known_ceiling(path, 2.5) == 0
    path.write_text("k,rmse_semitones\n1,2.7\ninf,1.92\n")
    assert climbing.known_ceiling(path, 2.5) == 1.92
    assert climbing.known_ceiling(path, 1.9) == 0


def test_the_control_is_never_the_sentence_itself(material):
    """The row of a sentence after another one tells that one's own F0."""
    corpus, _ = polish_corpus()
    numbered = replace(material, before=np.arange(len(material.ids) * 4.0).reshape(-1, 4))
    after = {earlier: name for name, earlier in ids_before(corpus.table).items()}
    far = rungs.another_before(numbered)
    order = numbered.before[:, 0]
    place = (order - order.mean()) / (2 * order.std())
    first = np.unique(material.owner, return_index=True)[1]
    for row, name in enumerate(material.ids):
        taken = material.ids[int(np.argmin(np.abs(place - far.values[first[row], 0])))]
        assert taken not in (name, after.get(name)) and taken[0] == name[0]
