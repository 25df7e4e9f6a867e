"""Laws drawn at random, to mark a way of ranking on more than the one law it was made with.

Every linguistic group has a form of effect of its own here, which reads only the group's fields; so
each group's part in a law is known exactly. Which third to half of the groups have no effect, and
how large the others' effects are, is drawn: always the same ladder of sizes, dealt out anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from intonation.evaluation import planted_law as planted
from intonation.evaluation.planted_law import LAW, Fields, Planted, Term, numbers

LARGEST_SEMITONES, SMALLEST_SEMITONES = 2.0, 0.3  # standard deviations of the terms of a drawn law
TONES = {"L-L%": -1.0, "H-H%": 2.0, "HL-L%": -0.5, "H-L%": 0.5, "L-H%": 1.0}


def _steps(name: str, semitones: float, most: int) -> Callable[[Fields], np.ndarray]:
    """So many semitones with every further unit that a field counts, up to so many."""
    return lambda fields: semitones * np.clip(numbers(fields[name]), 0, most)


# a tone of the law reads the syllable's place, too; here it lifts or lowers its whole phrase
_OTHERS = (
    Term(
        "PHRASE_BOUNDARY_TONE",
        "the whole phrase of a question higher than that of a statement",
        lambda fields: planted.looked_up(fields["h5"], TONES),
    ),
    Term(
        "SYLLABLE_LEN_IN_SEGMENTS",
        "longer syllables lower: with every phone, six at most",
        _steps("b3", -0.3, 6),
    ),
    Term(
        "SYLLABLE_NEIGHBOURHOOD",
        "lower with every accent that the phrase has had, six at most",
        _steps("b10", -0.4, 6),
    ),
    Term(
        "RELATIVE_SYLLABLE_POSITION",
        "lower with every syllable since the last accent, six at most",
        _steps("b14", -0.3, 6),
    ),
    Term(
        "WORD_LEN_IN_SYLS",
        "longer words higher: with every syllable, six at most",
        _steps("e2", 0.3, 6),
    ),
    Term(
        "WORD_POSITION",
        "higher the fewer words of the phrase follow: with each that is missing, eight at most",
        _steps("e4", -0.3, 8),
    ),
    Term(
        "WORD_SURROUNDINGS",
        "higher with every content word to come, eight at most",
        _steps("e6", 0.3, 8),
    ),
    Term(
        "RELATIVE_WORD_POSITION",
        "lower with every word since the last content word, four at most",
        _steps("e7", -0.4, 4),
    ),
    Term(
        "UTTERANCE_LEN",
        "longer utterances higher: with every syllable, forty at most",
        _steps("j1", 0.1, 40),
    ),
)
FORMS = {term.group: term for term in (*LAW, *_OTHERS)}


def drawn_law(seed: int, utterances: Sequence[Planted]) -> tuple[Term, ...]:
    """Terms of some of the groups, their standard deviations over voiced frames drawn.

    utterances: of the training split; the sizes hold there. A third to half of `planted.GROUPS` are
    left out, and so is a group whose fields do not vary in these utterances.
    """
    random = np.random.default_rng((seed, len(FORMS)))
    groups = random.permutation(list(planted.GROUPS))
    nulls = random.integers(-(-len(groups) // 3), len(groups) // 2 + 1)
    kept = groups[nulls:].tolist()
    sizes = np.geomspace(LARGEST_SEMITONES, SMALLEST_SEMITONES, len(kept))
    fields, weight = planted.stacked(utterances)
    terms = []
    for group, size in zip(kept, sizes.tolist(), strict=True):
        values = FORMS[group].semitones(fields)
        mean = np.average(values, weights=weight)
        deviation = np.sqrt(np.average((values - mean) ** 2, weights=weight))
        if deviation > 0:
            terms.append(replace(FORMS[group], times=size / float(deviation)))
    return tuple(terms)


def replant(
    utterances: Sequence[Planted],
    law: planted.Law,
    *,
    noise_semitones: float,
    seed: int | Sequence[int],
) -> list[Planted]:
    """The same utterances with another law, and noise drawn anew."""
    made = []
    for index, item in enumerate(utterances):
        f0_semitones = planted.planted_f0(item.fields, law)
        random = np.random.default_rng([*np.atleast_1d(seed), index, len(f0_semitones)])
        noisy = f0_semitones + random.normal(0.0, noise_semitones, len(f0_semitones))
        target = noisy.astype(np.float32)
        made.append(replace(item, f0_semitones=f0_semitones, target=target))
    return made
