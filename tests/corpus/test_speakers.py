"""Range of each speaker, and shares that count frames, not utterances."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from builders import FakeCorpus

from intonation.corpus.pitch.speakers import speaker_table


def corpus_of(tracks, **columns):
    """Utterances by name, the first letter the speaker's."""
    made = {
        name: SimpleNamespace(f0_hz=np.array(hz, dtype=float), voiced=np.array(hz) > 0)
        for name, hz in tracks.items()
    }
    table = pd.DataFrame({"id": list(tracks), "speaker": [name[0] for name in tracks], **columns})
    return FakeCorpus(table, made)


def test_range_and_shares_by_speaker():
    octave = np.geomspace(100, 200, 101)
    tracks = {"a1": [*octave, 0, 0], "b1": [150.0] * 30, "b2": [150.0] * 10 + [0.0] * 50}
    table = speaker_table(
        corpus_of(
            tracks,
            f0_floor_hz=[80.0, 110.0, 110.0],
            f0_ceiling_hz=[270.0, 240.0, 240.0],
            mended_frames=[3, 1, 2],
            creak_share=[0.0, 0.1, 0.5],
            disputed_share=[np.nan, 0.2, np.nan],
        )
    )
    assert table.loc["a", "range (semitones)"] == pytest.approx(12 * 0.9)
    assert table.loc["b", "range (semitones)"] == 0
    assert table["median (Hz)"].tolist() == pytest.approx([100 * 2**0.5, 150])
    assert table.loc["b", "creaky (%)"] == pytest.approx(20)  # 30 frames of 10 %, 10 of 50 %
    assert table.loc["b", "disputed (%)"] == pytest.approx(20)
    assert np.isnan(table.loc["a", "disputed (%)"])
    assert table["octaves mended (frames)"].tolist() == [3, 3]
    assert table["searched from (Hz)"].tolist() == [80, 110]


def test_a_tree_has_ranges_and_no_shares():
    nothing = dict.fromkeys(
        ("f0_floor_hz", "f0_ceiling_hz", "mended_frames", "creak_share", "disputed_share"), np.nan
    )
    (row,) = speaker_table(corpus_of({"a1": [100.0, 200.0]}, **nothing)).to_dict("records")
    assert row["median (Hz)"] == 150
    unknown = {name for name, value in row.items() if np.isnan(value)}
    assert len(unknown) == 5
