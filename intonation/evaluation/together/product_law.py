"""A law with terms that are products: pairs of groups that really act together, by known amounts.

Two products are added to the law of `planted_law`, in which the boundary tone and the place of the
syllable act together already. A product of g, which reads one group, and of h, which reads
another, has a superset importance that can be worked out. With g and h measured from their means
over the phones, and both taken from one donor phone that is drawn like the phone itself,

    E[I²] / 4 = (E[g²h²] + E[g²] E[h²]) / 2 + E[gh]²,

since I = (g' - g)(h' - h). Where g and h are independent this is var(g) var(h), the variance of
what they only do together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from intonation.evaluation.planted_law import ACCENT, ACCENT_SEMITONES, LAW, Fields, Term, numbers


@dataclass(frozen=True)
class Product:
    """Semitones that are a product of two readings of the fields, each about one group.

    first, second: float64 [phones] of fields.
    """

    groups: tuple[str, str]
    words: str
    first: Callable[[Fields], np.ndarray]
    second: Callable[[Fields], np.ndarray]

    @property
    def term(self) -> Term:
        """The same as a term of a law."""
        name = " x ".join(self.groups)
        return Term(name, self.words, lambda fields: self.first(fields) * self.second(fields))


PRODUCTS = (
    Product(
        (ACCENT, "SYLLABLE_POSITION"),
        "accent peaks shrink by 0.2 with every syllable of the phrase, ten at most",
        lambda fields: np.isin(fields["b2"], list(ACCENT_SEMITONES)).astype(np.float64),
        lambda fields: -0.2 * np.clip(numbers(fields["b6"]) - 1, 0, 10),
    ),
    Product(
        ("SYLLABLE_STRESS", "SYLLABLE_POSITION"),
        "stressed syllables 1.5 lower among the last three of the phrase",
        lambda fields: (fields["b1"] == "1").astype(np.float64),
        lambda fields: np.where(np.isin(fields["b7"], ("1", "2", "3")), -1.5, 0.0),
    ),
)
ACTING_TOGETHER = (*LAW, *(product.term for product in PRODUCTS))


def product_size(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> float:
    """The size in semitones of how much two factors, [phones] each, act together, see above.

    weight: how often each phone counts, [phones].
    """
    g, h = (values - np.average(values, weights=weight) for values in (first, second))
    mean = lambda values: np.average(values, weights=weight)  # noqa: E731
    squares = (mean(g**2 * h**2) + mean(g**2) * mean(h**2)) / 2 + mean(g * h) ** 2
    return float(np.sqrt(squares))
