"""Which recordings are in doubt: times that are odd, pitch that two trackers dispute, leaps of F0.

What preparation found is in the corpus' table, in columns that a corpus need not have: labels of an
HTS tree come with times of unknown origin, and nothing is known of how F0 was tracked. What can be
told from labels and tracks alone is measured here, for every corpus. What is unknown is never taken
for good.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from intonation.corpus.corpus import Corpus, Utterance
from intonation.polish.phones import PAUSE

VOICE = "voice"  # `aligned_by` of the synthetic voice, which tells its times exactly
SILENT = frozenset({"", PAUSE, "sil", "sp", "_"})
KNOWN = ("phones_per_s", "oddity", "mended_frames", "creak_share", "disputed_share")
RANGE = ("f0_floor_hz", "f0_ceiling_hz")
LEAP_SEMITONES = 6.0  # from one frame to the next: in 5 ms no voice moves that far
MOST_Z = 3.5  # of a robust z score [Iglewicz & Hoaglin 1993]
MOST_DISPUTED, MOST_CREAK, MOST_MENDED = 0.1, 0.1, 0.05  # of a recording's voiced frames
FEWEST = 5  # recordings of a speaker before one of them can be unusual
CHECKS = {
    "odd_times": "times of phones are usual",
    "odd_rate": "rate is usual for the speaker",
    "disputed": "two pitch trackers agree",
    "mended": "few octaves had to be mended",
    "creaky": "hardly any creak",
    "leaping": "F0 never leaps",
}
SPEAKER_COLUMNS = (
    *("speaker", "recordings", "minutes", "phones_per_s", "f0_low_hz", "f0_median_hz"),
    *("f0_high_hz", "range_semitones", *RANGE, "mended_frames", "creak_share", "disputed_share"),
)


@dataclass(frozen=True)
class Recordings:
    """All that is told of a corpus' recordings.

    table: a row each; the corpus' columns, those of KNOWN and RANGE with NaN where unknown, `odd`
        and `aligned_by` with "" there, and what was measured: leaps, shortest_ms, rate_z.
    phones: columns phone, seconds; a row for each that is no pause.
    tracks: F0 of the utterances of each speaker, float [frames] in Hz, 0 where unvoiced.
    """

    table: pd.DataFrame
    phones: pd.DataFrame
    tracks: Mapping[str, Sequence[np.ndarray]]

    @property
    def exact(self) -> bool:
        """Whether all times are those of a synthetic voice, which knows them."""
        return bool((self.table["aligned_by"] == VOICE).all())


def recordings(corpus: Corpus, *, spoken: bool = False) -> Recordings:
    """Read every utterance once.

    spoken: whether a corpus that does not tell comes from the synthetic voice.
    """
    rows, phones, tracks = [], [], {}
    for utterance in corpus:
        said = [phone for phone in utterance.phones if phone.text not in SILENT]
        phones += [(phone.text, phone.end_s - phone.start_s) for phone in said]
        rows.append(_measured(utterance, [phone.end_s - phone.start_s for phone in said]))
        tracks.setdefault(utterance.speaker, []).append(utterance.f0_hz)
    table = _complete(corpus.table.reset_index(drop=True), pd.DataFrame(rows), spoken)
    return Recordings(table, pd.DataFrame(phones, columns=["phone", "seconds"]), tracks)


def _measured(utterance: Utterance, seconds: Sequence[float]) -> dict[str, float]:
    known = {"measured_rate": np.nan, "shortest_ms": np.nan}
    if seconds and sum(seconds) > 0:
        rate, shortest_ms = len(seconds) / sum(seconds), 1000 * min(seconds)
        known = {"measured_rate": rate, "shortest_ms": shortest_ms}
    return {**known, "leaps": leaps(utterance.f0_hz)}


def leaps(f0_hz: np.ndarray) -> int:
    """How often F0 [frames] moves by more than LEAP_SEMITONES between neighbours, both voiced."""
    both = (f0_hz[1:] > 0) & (f0_hz[:-1] > 0)
    moves = 12 * np.abs(np.log2(f0_hz[1:][both] / f0_hz[:-1][both]))
    return int((moves > LEAP_SEMITONES).sum())


def _complete(table: pd.DataFrame, measured: pd.DataFrame, spoken: bool) -> pd.DataFrame:
    """The corpus' table with every column that is asked for, whatever it has."""
    numbers = {name: _number(table, name) for name in (*KNOWN, *RANGE)}
    missing = pd.Series("", index=table.index)
    words = {name: table.get(name, missing).fillna("").astype(str) for name in ("odd",)}
    words["aligned_by"] = table.get("aligned_by", missing.replace("", VOICE * spoken))
    rate = numbers["phones_per_s"].fillna(measured.pop("measured_rate"))
    table = table.assign(**numbers, **words, **measured).assign(phones_per_s=rate.round(3))
    scores = table.groupby("speaker")["phones_per_s"].transform(robust_z)
    return table.assign(rate_z=scores.round(2))


def _number(table: pd.DataFrame, name: str) -> pd.Series:
    """A column as numbers; NaN where it has none, or where there is no such column."""
    column = table.get(name, pd.Series(np.nan, index=table.index))
    return pd.to_numeric(column, errors="coerce").astype(float)


def robust_z(values: pd.Series) -> pd.Series:
    """0.6745 (x - median) / MAD, the median's own kind of z score [Iglewicz & Hoaglin 1993].

    0 where at least half of all values are the same; NaN for fewer than FEWEST values.
    """
    off = values - values.median()
    spread = off.abs().median()
    if values.notna().sum() < FEWEST:
        return values * np.nan
    return 0.6745 * off / spread if spread > 0 else off * 0.0


def verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """What each check says of each recording: 1 in doubt, 0 not, NaN unknown; by CHECKS."""
    exact = table["aligned_by"] == VOICE
    voiced = (table["voiced_share"] * table["frames"]).clip(lower=1)
    odd = (table["odd"] != "").astype(float).where(table["oddity"].notna())
    return pd.DataFrame(
        {
            "odd_times": odd.mask(exact, 0.0),
            "odd_rate": _above(table["rate_z"].abs(), MOST_Z),
            "disputed": _above(table["disputed_share"], MOST_DISPUTED),
            "mended": _above(table["mended_frames"] / voiced, MOST_MENDED),
            "creaky": _above(table["creak_share"], MOST_CREAK),
            "leaping": _above(table["leaps"], 0),
        }
    )


def _above(values: pd.Series, most: float) -> pd.Series:
    return (values > most).astype(float).where(values.notna())


def checks(table: pd.DataFrame, n_excluded: int) -> pd.DataFrame:
    """How many recordings each check passes, doubts, or says nothing of: check, fine, doubtful,
    unknown. The first row is about whether a recording could be used at all."""
    used = {"check": "recording could be used", "fine": len(table), "doubtful": n_excluded}
    found = verdicts(table)
    rows = [{**used, "unknown": 0}]
    for name, told in CHECKS.items():
        counts = {"fine": found[name] == 0, "doubtful": found[name] == 1}
        known = {key: int(rows_of.sum()) for key, rows_of in counts.items()}
        rows.append({"check": told, **known, "unknown": int(found[name].isna().sum())})
    return pd.DataFrame(rows)


def suspects(table: pd.DataFrame, most: int = 4) -> pd.DataFrame:
    """The worst recordings of each kind, worst first: kind, id, value, told.

    kind: "alignment" or "pitch". Times are ordered by `oddity`; where a corpus does not tell it, by
    how unusual the rate is; those of the synthetic voice are exact and never suspect. Pitch is
    ordered by what two trackers dispute, then by mended frames, then by leaps. A recording of
    which nothing bad is known is no suspect, so there may be fewer than `most`.
    """
    rest = table[table["aligned_by"] != VOICE]
    told = rest["oddity"].notna().any()
    rate = rest["rate_z"].abs().where(rest["rate_z"].abs() > MOST_Z)
    times = rest.assign(value=rest["oddity"] if told else rate)
    times = times[times["value"].notna()].sort_values("value", ascending=False, kind="stable")
    order = ["disputed_share", "mended_frames", "leaps"]
    bad = table[(table[order].fillna(0) > 0).any(axis=1)]
    pitch = bad.sort_values(order, ascending=False, kind="stable", na_position="last")
    pitch = pitch.assign(value=pitch["disputed_share"])
    rows = [
        {"kind": kind, "id": row["id"], "value": row["value"], "told": tell(row, told)}
        for kind, tell, worst in (("alignment", _times, times), ("pitch", _pitch, pitch))
        for row in worst.head(most).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["kind", "id", "value", "told"])


def _times(row: dict, scored: bool) -> str:
    usual = "not beyond the threshold" if scored else "times of unknown quality"
    score = f"oddity {row['oddity']:.1f}; " if scored else ""
    return f"{score}{row['odd'] or usual}; {row['phones_per_s']:.1f} phones/s"


def _pitch(row: dict, _: bool) -> str:
    said = {
        "disputed_share": "{:.1%} of frames disputed",
        "mended_frames": "{:.0f} frame(s) mended by an octave",
        "leaps": "{:.0f} leap(s) of F0",
    }
    return "; ".join(form.format(row[name]) for name, form in said.items() if row[name] > 0)


def speakers(found: Recordings) -> pd.DataFrame:
    """One row a speaker, lowest voice first, with SPEAKER_COLUMNS; NaN where unknown.

    f0_low_hz, f0_high_hz: 5th and 95th percentile of voiced frames, range_semitones: between them.
    Shares are those of all the speaker's voiced frames, mended frames their number.
    """
    rows = [
        _speaker(name, part, np.concatenate(found.tracks[name]))
        for name, part in found.table.groupby("speaker", sort=True)
    ]
    return pd.DataFrame(rows)[list(SPEAKER_COLUMNS)].sort_values("f0_median_hz", ignore_index=True)


def _speaker(name: str, part: pd.DataFrame, f0_hz: np.ndarray) -> dict[str, object]:
    low, middle, high = np.percentile(f0_hz[f0_hz > 0], (5, 50, 95))
    voiced = part["voiced_share"] * part["frames"]
    shares = ("creak_share", "disputed_share")
    return {
        "speaker": name,
        "recordings": len(part),
        "minutes": round(part["seconds"].sum() / 60, 2),
        "phones_per_s": part["phones_per_s"].median(),
        **{"f0_low_hz": low, "f0_median_hz": middle, "f0_high_hz": high},
        "range_semitones": 12 * np.log2(high / low),
        **{end: part[end].median() for end in RANGE},
        "mended_frames": part["mended_frames"].sum(min_count=1),
        **{share: _weighted(part[share], voiced) for share in shares},
    }


def _weighted(values: pd.Series, weights: pd.Series) -> float:
    known = values.notna() & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else np.nan


def phone_lengths(phones: pd.DataFrame) -> pd.DataFrame:
    """Each phone's count and its lengths: phone, count, low_ms, median_ms, high_ms.

    low, high: 5th and 95th percentile. Longest median first.
    """
    by = phones.assign(ms=1000 * phones["seconds"]).groupby("phone")["ms"]
    ends = {"low_ms": 0.05, "median_ms": 0.5, "high_ms": 0.95}
    found = pd.DataFrame({"count": by.size(), **{n: by.quantile(q) for n, q in ends.items()}})
    found = found.round(1).rename_axis("phone").reset_index()
    return found.sort_values(["median_ms", "phone"], ascending=[False, True], ignore_index=True)
