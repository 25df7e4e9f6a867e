"""Kinds of numbers, and how far apart two of a kind may be to be called close.

Two machines that train the same network from the same seed end with weights that differ by
rounding, which training makes larger. What is called close leaves room for that; a network from
another seed is meant to fall outside of it.
"""

import re
from dataclasses import dataclass

SAME = 1e-6  # of the size of what is compared: as two runs on one machine differ, if at all
NEVER = "(?!)"  # matches nothing
RANKING_TAU = 0.95  # Kendall's tau from which two orders are close, if they also begin alike


@dataclass(frozen=True)
class Kind:
    """A kind of number.

    absolute: two numbers this far apart are close; relative: or this part of the larger one.
    column, unit: patterns of the columns that hold it, and of the words beside it in a sentence.
    """

    name: str
    absolute: float
    relative: float
    column: str
    before: str = NEVER
    after: str = NEVER

    def tolerance(self, size: float) -> float:
        """How far apart is still close; size: the larger of the absolute values."""
        return max(self.absolute, self.relative * size)


NUMBER = Kind("number", 0.0, 0.05, "")
COUNT = Kind(
    "count", 1.0, 0.02, r"^(rows|frames|utterances|groups|n_|phones|trimmed|epochs?$|voiced_frames)"
)
# in this order: the first that fits decides
KINDS = (
    Kind("rounding", 1e-2, 0.0, r"gap", r"\bgap\b[^.]*$|\bbalance to\s*$"),
    Kind("ln Hz", 0.01, 0.05, r"ln_hz|ln Hz", after=r"\s*ln Hz"),
    Kind(
        "correlation",
        0.03,
        0.0,
        r"correlation|spearman$|kendall$|^tau|^signed$|^absolute$|nrmse|r2$|precision",
        r"\b(correlat\w+|tau|rho)\b[^.;]{0,60}$|\((?:\w+ )*$",
    ),
    Kind("probability", 0.05, 0.0, r"^p$|_p$|^p_|^turned"),
    Kind("percent", 2.0, 0.0, r"percent|%", after=r"\s*%"),
    Kind("share", 0.02, 0.0, r"share|voiced_share"),
    Kind("ranks", 0.5, 0.0, r"rank", after=r"\s*ranks?\b"),
    Kind("semitones", 0.05, 0.05, r"semitones", after=r"\s*semitones?"),
    Kind("Hz", 0.5, 0.05, r"_hz|\bHz", after=r"\s*Hz"),
    COUNT,
)


def kind_of_column(name: str) -> Kind:
    """The kind of what stands in a column of a table."""
    return next((kind for kind in KINDS if re.search(kind.column, name)), NUMBER)


def kind_in_prose(number: str, before: str, after: str) -> Kind:
    """The kind of a number in a sentence, from its digits and the words before and after it."""
    for kind in KINDS:
        if re.match(kind.after, after) or re.search(kind.before, before):
            return kind
    return COUNT if re.fullmatch(r"[-+−]?\d+(,\d{3})*", number) else NUMBER
