"""A planted law is found again: by matched pairs, and by replacement in the law itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from read_aloud import read_aloud

from intonation.evaluation.phonetics import asking
from intonation.evaluation.phonetics.designs import Draws
from intonation.evaluation.phonetics.facts import FACTS
from intonation.evaluation.phonetics.networks import Told
from intonation.evaluation.phonetics.replacement import law_effects, windows
from intonation.evaluation.planted_law import LAW, contributions, planted_f0, stacked

BY_NAME = {fact.name: fact for fact in FACTS}
# what each term of the law says of a fact; where it varies, within which bounds
PLANTED = {
    "accent": ("SYLLABLE_ACCENT", 1.8, 2.4),
    "stress": ("SYLLABLE_STRESS", 1.0, 1.0),
    "declination": ("SYLLABLE_POSITION", -1.5, -1.3),  # it ends after sixteen syllables
    "final_lowering": ("PHRASE_BOUNDARY_TONE", -3.5, -3.5),
    "yes_no_question": ("PHRASE_BOUNDARY_TONE", 9.5, 9.5),
    "wh_question": ("PHRASE_BOUNDARY_TONE", 1.5, 1.5),
    "intrinsic_pitch": ("SYLLABLE_NUCLEUS", 1.2, 1.2),
    "after_voiceless": ("QUINTPHONE", 1.4, 1.4),
    "after_sonorant": ("QUINTPHONE", 0.0, 0.0),
    "phrase_length": ("PHRASE_LEN", 0.55, 0.6),  # twenty syllables at most
}


@pytest.fixture(scope="module")
def speech():
    return read_aloud(300)


@pytest.fixture(scope="module")
def draws(speech):
    return Draws.of(speech.vowels["sentence"], resamples=40, seed=1)


def only(group):
    """The law's term about one group."""
    return [term for term in LAW if term.group == group]


def spoken_by(speech, law):
    """The vowels as if they followed a law."""
    fields, _ = stacked(speech.items)
    starts = np.cumsum([0, *(len(item.weight) for item in speech.items)])[:-1]
    rows = starts[speech.vowels["utterance"]] + speech.vowels["phone"]
    return speech.vowels.assign(semitones=planted_f0(fields, law)[rows])


def moved_in(speech, law):
    asked = windows(speech, 3)
    told = lambda fields: planted_f0(fields, law)  # noqa: E731
    return lambda change, chosen: law_effects(told, asked, change, chosen)


@pytest.mark.parametrize("name", PLANTED)
def test_a_term_alone_is_found_by_pairs_and_by_replacement(speech, draws, name):
    group, low, high = PLANTED[name]
    fact, law = BY_NAME[name], only(group)
    pairs = asking.from_recordings(fact, spoken_by(speech, law), draws)
    replaced = asking.from_replacement(fact, speech.vowels, draws, moved_in(speech, law))
    for found in (pairs, replaced):
        assert low - 0.06 <= found.value <= high + 0.06, found
        assert found.ci_low - 1e-9 <= found.value <= found.ci_high + 1e-9


@pytest.mark.parametrize("name", ["intrinsic_pitch", "after_voiceless", "declination"])
def test_pairs_find_a_term_among_all_others(speech, draws, name):
    group, low, high = PLANTED[name]
    found = asking.from_recordings(BY_NAME[name], spoken_by(speech, LAW), draws)
    assert low - 0.25 <= found.value <= high + 0.25


def test_replacement_finds_a_term_among_all_others(speech, draws):
    moved = moved_in(speech, LAW)
    for name, (_, low, high) in PLANTED.items():
        found = asking.from_replacement(BY_NAME[name], speech.vowels, draws, moved)
        assert low - 0.15 <= found.value <= high + 0.15, name


def test_an_accent_cannot_be_told_from_a_content_word(speech, draws):
    """Function words are lower in the law; vowels that bear no accent stand in them."""
    terms = [*only("SYLLABLE_ACCENT"), *only("WORD_PART_OF_SPEECH")]
    accent = BY_NAME["accent"]
    alone, both = (
        asking.from_recordings(accent, spoken_by(speech, law), draws).value
        for law in (terms[:1], terms)
    )
    assert both - alone == pytest.approx(0.8, abs=0.2)


def test_nothing_is_found_where_nothing_is_planted(speech):
    random = np.random.default_rng(0)
    noise = random.normal(0, 1, (2, len(speech.vowels)))
    noisy = speech.vowels.assign(semitones=noise[0], onset_semitones=noise[1])
    draws = Draws.of(noisy["sentence"], resamples=300, seed=1)
    found = [asking.from_recordings(fact, noisy, draws) for fact in FACTS]
    known = [one for one in found if np.isfinite(one.value)]
    misled = sum(one.ci_low > 0 or one.ci_high < 0 for one in known)
    assert len(known) >= 12 and misled <= 3


def told_of(speech, law):
    """Networks that know the law exactly: relevance is its terms."""
    fields, _ = stacked(speech.items)
    starts = np.cumsum([0, *(len(item.weight) for item in speech.items)])[:-1]
    rows = starts[speech.vowels["utterance"]] + speech.vowels["phone"]
    terms = {group: values[rows] for group, values in contributions(fields, law).items()}
    relevance = pd.DataFrame(terms)
    return Told([], np.zeros(len(rows), dtype=int), relevance, relevance.sum(axis=1).to_numpy())


def test_the_table_has_each_fact_from_each_source(speech, draws):
    told = told_of(speech, LAW)
    vowels = spoken_by(speech, LAW)
    some = [BY_NAME[name] for name in ("stress", "intrinsic_pitch", "after_voiceless_onset")]
    table = asking.facts_table(vowels, draws, [told], [moved_in(speech, LAW)], some)
    assert len(table) == 3 * len(asking.SOURCES)
    values = table.set_index(["fact", "source"])["value_semitones"]
    # what follows the law is predicted as it was spoken
    same = [
        values[name, asking.PREDICTED] - values[name, asking.RECORDINGS]
        for name in ("stress", "intrinsic_pitch")
    ]
    np.testing.assert_allclose(same, 0, atol=1e-9)
    assert values["stress", asking.RELEVANCE] == pytest.approx(1.0)
    assert values["intrinsic_pitch", asking.RELEVANCE] == pytest.approx(1.2, abs=0.06)
    notes = table.set_index(["fact", "source"])["note"]
    assert notes["after_voiceless_onset", asking.REPLACEMENT] == asking.ONE_VALUE
    agreed = asking.agreement(table)
    assert agreed["asked"] == agreed["predicted"] and agreed["found"] >= agreed["asked"]
    assert asking.sentences(table).count("\n- ") == 2


def test_a_corpus_without_questions_says_so(speech, draws):
    vowels = spoken_by(speech, LAW)
    stated = vowels.assign(tone="L-L%")
    fact = BY_NAME["yes_no_question"]
    networks = [told_of(speech, LAW)], [moved_in(speech, LAW)]
    table = asking.facts_table(stated, draws, *networks, [fact])
    assert table["value_semitones"].isna().all() and (table["note"] == asking.TOO_FEW).all()
    assert asking.sentences(table) == ""
    assert asking.agreement(table)["found"] == 0


def test_a_fact_without_questions_about_its_groups_has_no_relevance(speech, draws):
    fact = replace(BY_NAME["stress"], groups=("NOBODY_ASKS",))
    told = told_of(speech, LAW)
    found = asking.from_relevance(fact, speech.vowels, draws, told.relevance)
    assert np.isnan(found.value)
