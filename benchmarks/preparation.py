"""How many times real time real recordings are prepared, stage by stage; whether that is linear.

    python benchmarks/preparation.py [FOLDER] [--set NAME=VALUE …] [--recordings N] [--write]

So many recordings of the folder (else of INTONATION_SHARED/corpora/nemo; skipped where there is
none) and twice as many, evenly chosen (half of them and all of them, unless told; where there are
not more, all of them only), are prepared from nothing, by two processes at a time; --set as of
chapter 1. `seconds` are those of a clock, which wants a machine that does nothing else;
`processor_s` of the processors, on all cores, which other work lengthens less:

    alignment         reading, Praat's aligner, F0 in the wide range that the speaker's comes from
    learning phones   one process for the whole corpus, of 20 minutes of speech at most
    times anew        the Viterbi search by what was learnt; one pass with the next two, whose
    pitch             seconds are shared out by what each takes of some recordings, one by one
    labels
    tables            listing, splits, what is usual, writing

`times_real_time` is seconds of speech for a second of the clock; `ratio` what twice the recordings
cost in processor seconds, for each second of speech: 1 where it is linear, less where something
fixed is spread. --write puts the table into book/measured/preparation.csv, in place of the rows
there with the same parameter `realign`.

    python benchmarks/preparation.py --set realign=no --write
    python benchmarks/preparation.py --recordings 539 --write
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import parselmouth
import psutil

from intonation import polish
from intonation.corpus.hts_tree import part
from intonation.corpus.pitch.measurement import measure_f0
from intonation.corpus.preparation import list_sources, prepare_corpus
from intonation.corpus.preparing import stages
from intonation.corpus.preparing.asked import Asked
from intonation.corpus.realignment.times import final_times
from intonation.files import write_csv
from intonation.labels.full_context import write_labels
from intonation.statistics import evenly

MEASURED = Path(__file__).parents[1] / "book" / "measured" / "preparation.csv"
SHARED = Path(os.environ.get("INTONATION_SHARED", Path(__file__).parents[1] / ".." / "shared"))
JOBS, SHARED_OUT = 2, 20  # processes; recordings that tell what the last pass is made of
PASSES = {"hear_all": "alignment", "learn": "learning phones", "track_all": "last pass"}
LAST_PASS = ("times anew", "pitch", "labels")


Cost = np.ndarray  # seconds of the clock, and of the processors


def now() -> Cost:
    """What was spent so far; of processors by this process and all that it started."""
    this = psutil.Process()
    times = [one.cpu_times() for one in (this, *this.children(recursive=True))]
    of = (t.user + t.system + t.children_user + t.children_system for t in times)
    return np.array([time.perf_counter(), sum(of)])


def prepared(source: str, folder: Path, asked: Asked) -> tuple[float, dict[str, Cost]]:
    """Seconds of speech, and what each stage cost."""
    spent = {name: np.zeros(2) for name in PASSES.values()}
    seen = {}

    def timed(name: str) -> Callable:
        work = getattr(stages, name)

        def call(*arguments):
            seen[name], began = arguments, now()
            found = work(*arguments)
            spent[PASSES[name]] += now() - began
            return found

        return mock.patch.object(stages, name, call)

    began = now()
    with timed("hear_all"), timed("learn"), timed("track_all"):
        corpus = prepare_corpus(source, folder, asked, jobs=JOBS)
    tables = now() - began - sum(spent.values())
    whole, of = spent.pop("last pass"), parts_of_last_pass(*seen["track_all"][:5])
    shares = {name: whole * value / sum(of.values()) for name, value in of.items()}
    return corpus.table["seconds"].sum(), {**spent, **shares, "tables": tables}


def parts_of_last_pass(folder, tracked, ranges, learned, asked) -> dict[str, float]:
    """Seconds that the parts of the last pass take of some recordings."""
    ids = frozenset(one.id for one in learned.recordings)
    spent = dict.fromkeys(LAST_PASS, 0.0)
    for recording, _ in evenly(tracked, SHARED_OUT):
        marks = [time.perf_counter()]
        alignment, _ = final_times(folder, recording, ids)
        marks.append(time.perf_counter())
        sound = parselmouth.Sound(str(part(folder / "data", recording.id, ".wav")))
        measure_f0(sound, ranges[recording.speaker], asked.treatment)
        marks.append(time.perf_counter())
        labels = polish.full_context_labels(recording.text, alignment)
        write_labels(part(folder / "data", recording.id, ".lab"), labels)
        marks.append(time.perf_counter())
        for name, start, end in zip(LAST_PASS, marks, marks[1:], strict=False):
            spent[name] += end - start
    return spent


def table_of(found: list[tuple[float, dict[str, Cost]]], counts: list[int], realign: str):
    """A row for each stage and size, and for the whole."""
    rows = []
    for count, (speech_s, spent) in zip(counts, found, strict=True):
        for stage, (seconds, processor_s) in {**spent, "all": sum(spent.values())}.items():
            rows.append((realign, stage, count, speech_s, seconds, processor_s))
    names = ["realign", "stage", "recordings", "minutes", "seconds", "processor_s"]
    table = pd.DataFrame(rows, columns=names)
    done, per_s = table["seconds"] > 0.05, table["processor_s"] / table["minutes"]
    first = table.assign(per_s=per_s).drop_duplicates("stage").set_index("stage")["per_s"]
    again = done & (table["recordings"] > counts[0])
    table["times_real_time"] = (table["minutes"] / table["seconds"]).where(done).round(1)
    table["ratio"] = (per_s / table["stage"].map(first)).where(again).round(2)
    table["minutes"] /= 60
    return table.round({"minutes": 1, "seconds": 1, "processor_s": 1})


def asked_of(given: list[str]) -> dict[str, str]:
    return dict(one.partition("=")[::2] for one in given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=SHARED / "corpora" / "nemo")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--recordings", type=int, help="of the smaller corpus; half of all")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if not given.folder.is_dir():
        print(f"skipped: there is no folder {given.folder}")
        return
    asked = asked_of(given.set)
    usable = len(list_sources(str(given.folder), None, Asked(**asked)).recordings)
    small = given.recordings or usable // 2
    large = 2 * small if given.recordings else usable
    counts = sorted({min(small, usable), min(large, usable)})
    found = []
    with tempfile.TemporaryDirectory() as temporary:
        for count in counts:
            of = Asked(**asked, dataset_size_limit=count)
            found.append(prepared(str(given.folder), Path(temporary) / str(count), of))
    table = table_of(found, counts, Asked(**asked).realign)
    print(table.to_string(index=False))
    if given.write:
        write_csv(MEASURED, with_others(table))


def with_others(table: pd.DataFrame) -> pd.DataFrame:
    """The table after what is stored of other values of `realign`."""
    if not MEASURED.is_file():
        return table
    stored = pd.read_csv(MEASURED)
    others = stored[~stored["realign"].isin(table["realign"])]
    both = [others, table] if (others["realign"] == "no").all() else [table, others]
    return pd.concat(both, ignore_index=True)


if __name__ == "__main__":
    main()
