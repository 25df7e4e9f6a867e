"""The tables of a prepared corpus: its utterances, and what could not be used."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from intonation.corpus.corpus import REASON, SOURCE, TABLE_COLUMNS, read_utterance
from intonation.corpus.intake.names import shown
from intonation.corpus.intake.recording import Recording
from intonation.corpus.realignment.scores import judged
from intonation.corpus.splits import sentence_keys, speaker_medians, split_utterances
from intonation.errors import CorpusError
from intonation.files import write_csv


def write_tables(
    folder: Path,
    rows: list[dict[str, Any]],
    recordings: Iterable[Recording],
    split_seed: int,
    *,
    split: str = "sentence",
    leave_out: str = "",
) -> None:
    """Write the table of a corpus whose utterances are in its `data`, and that of the exclusions.

    rows: as `describe` makes them, with trimmed_frames, clipped_share and what
    `realignment.scores` and `pitch.measurement` found; or id and reason, of what cannot be used.
    recordings: what they are of. split, leave_out: see `split_utterances`.
    Raises CorpusError where fewer than three sentences are usable.
    """
    by_id = {one.id: one for one in recordings}
    rows = [{**row, SOURCE: shown(by_id[row["id"]].source)} for row in rows]
    excluded = [row for row in rows if REASON in row]
    write_csv(folder / "excluded.csv", pd.DataFrame(excluded, columns=["id", REASON, SOURCE]))
    table = pd.DataFrame([row for row in rows if REASON not in row])
    _refuse_few(table, excluded, folder)
    by = {"by": split, "leave_out": leave_out}
    table["split"] = split_utterances(table["text"], table["speaker"], split_seed, **by)
    table["speaker_median_hz"] = speaker_medians(table, _voiced(folder, table["id"])).round(3)
    table = judged(table)
    facts = [written_facts(by_id[one], TABLE_COLUMNS) for one in table["id"]]
    added = pd.DataFrame(facts, index=table.index).fillna("")
    write_csv(folder / "utterances.csv", table.reindex(columns=list(TABLE_COLUMNS)).join(added))


def _refuse_few(table: pd.DataFrame, excluded: list[dict[str, Any]], folder: Path) -> None:
    if len(table) >= 3 and sentence_keys(table["text"]).nunique() >= 3:
        return
    reasons = "; ".join(f"{row['id']}: {row[REASON]}" for row in excluded[:3])
    raise CorpusError(
        f"only {len(table)} utterances are usable, but training, validation and test need "
        f"three different sentences. Excluded: {len(excluded)} ({reasons or 'none'}); "
        f"see {folder / 'excluded.csv'}"
    )


def _voiced(folder: Path, ids: Iterable[str]) -> dict[str, np.ndarray]:
    """F0 in Hz of the voiced frames, by utterance."""
    voiced = {}
    for utterance_id in ids:
        _, f0_hz, _ = read_utterance(folder / "data", utterance_id)
        voiced[utterance_id] = f0_hz[f0_hz > 0]
    return voiced


def written_facts(recording: Recording, ours: Iterable[str]) -> dict[str, str]:
    """The facts as columns that overwrite none of ours."""
    taken = {*ours}
    named: dict[str, str] = {}
    for column, value in recording.facts:
        while column in taken or column in named:
            column = f"table_{column}"
        named[column] = value
    return named
