"""What became of a folder of recordings: told in lines, or refused where all had to be used."""

import pandas as pd

from intonation.corpus.sounds import MUCH_CLIPPED
from intonation.errors import CorpusError


def tell(*lines: str) -> None:
    """Print at once, into the log of whoever prepares."""
    for line in lines:
        print(line, flush=True)


def summary(table: pd.DataFrame, excluded: int) -> list[str]:
    """How many of a corpus' utterances are used, in a line; and what is used but clipped.

    table: of the utterances, with id and clipped_share. excluded: how many others there are.
    """
    lines = [f"{len(table)} of {len(table) + excluded} utterances are used, {excluded} excluded"]
    clipped = table.loc[table["clipped_share"] > MUCH_CLIPPED, "id"]
    if len(clipped):
        bound = f"{100 * MUCH_CLIPPED:g} % of their samples are clipped"
        lines.append(f"{len(clipped)} are used though more than {bound}: {', '.join(clipped[:5])}")
    return lines


def refuse_exclusions(excluded: list[tuple[str, str]], used: int) -> None:
    """Raise CorpusError for the first that cannot be used; excluded: ids and reasons."""
    if excluded:
        name, reason = excluded[0]
        raise CorpusError(
            f"{len(excluded)} of {used + len(excluded)} utterances cannot be used, and strict asks "
            f"for all: {name}: {reason}; make corpus-check lists them"
        )
