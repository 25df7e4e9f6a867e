"""How high each speaker's voice lies, how far it moves, and what measuring it met with."""

import numpy as np
import pandas as pd

from intonation.corpus.corpus import Corpus

ENDS = (5, 95)  # percentiles: the range of a speaker, without what a tracker mistakes at the ends


def speaker_table(corpus: Corpus) -> pd.DataFrame:
    """One row a speaker (the index): range, search range, and shares over all voiced frames.

    Shares are means of the utterances', weighted by their voiced frames; NaN where F0 came with a
    tree. Range: from the 5th to the 95th percentile of voiced frames, in semitones.
    """
    rows = {}
    for speaker, table in corpus.table.groupby("speaker", sort=True):
        voiced_hz = [one.f0_hz[one.voiced] for one in (corpus[name] for name in table["id"])]
        low, middle, high = np.percentile(np.concatenate(voiced_hz), (ENDS[0], 50, ENDS[1]))
        rows[speaker] = {
            "utterances": len(table),
            "median (Hz)": middle,
            "range (semitones)": 12 * np.log2(high / low),
            "searched from (Hz)": table["f0_floor_hz"].iloc[0],
            "to (Hz)": table["f0_ceiling_hz"].iloc[0],
            "octaves mended (frames)": table["mended_frames"].sum(min_count=1),
            "creaky (%)": 100 * _weighted(table["creak_share"], voiced_hz),
            "disputed (%)": 100 * _weighted(table["disputed_share"], voiced_hz),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("speaker")


def _weighted(shares: pd.Series, voiced_hz: list[np.ndarray]) -> float:
    """Mean over the voiced frames of utterances whose share is known; NaN where none is."""
    known = shares.notna().to_numpy()
    frames = np.array([len(one) for one in voiced_hz])[known]
    if not known.any():
        return float("nan")
    return float(np.average(shares[known], weights=frames))
