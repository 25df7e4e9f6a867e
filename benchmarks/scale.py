"""How far it scales: each stage's cost at three sizes of corpus, and at 100 and 10,000 hours.

    python benchmarks/scale.py [--utterances N] [--keep FOLDER]

Corpora of N, 2N and 4N utterances (N: as many as the embedded corpus has, unless told) are made of
the words of some embedded sentences in new orders, with the package's own labels and an F0 drawn by
lot; no sound. Each stage of the book then runs on each of them, one after the other, in a process
of its own with one thread. Measured are seconds of processor time, its children's included; the
highest memory of its own that the process held, sampled every 5 ms (pages of a mapped file, which
the kernel takes back when it needs them, do not count); bytes and files that it leaves.

    speaking      the synthetic voice, labels and pitch; on 12, 24 and 48 sentences
    importing     the tree of labels and F0 as a corpus
    features      all answers, and the statistics of their columns
    examples      what a training holds as long as it lasts
    training      the same, and one epoch of the default network with its validation
    explanation   the test split: stored relevance, aggregates, sums of utterances
    rankings      all of chapter 6, without figures
    inspector     its data, for 3, 6 and 12 test utterances
    figures       all of a test utterance, for 1 and 2

Speaking is told by the hour of its sentences. Inspector and figures are told as if every test
utterance were shown; the book shows so many as its parameter `figures` says, whatever the corpus.
A line through the sizes gives what is fixed and what an hour of speech costs. Explanation,
inspector and figures work utterance by utterance, and a training's steps need what their longest
batch needs: there the allocator's luck decides which peak is seen, so the highest is told for all
sizes, and for training with what `examples` grow by. (Explanation also holds 16 bytes an input for
each test utterance, which rankings read again.)
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from intonation import polish
from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.corpus import frame_index, open_corpus
from intonation.corpus.f0 import frame_count, write_lf0
from intonation.corpus.hts_tree import USUAL_QUESTIONS, part
from intonation.errors import UtteranceError
from intonation.files import write_text
from intonation.labels.full_context import write_labels
from intonation.labels.intervals import TICKS_PER_S, Alignment, Interval
from intonation.polish.words import words_in

ROOT = Path(__file__).resolve().parent.parent
FACTORS = (1, 2, 4)
SPOKEN, INSPECTED, DRAWN = (12, 24, 48), (3, 6, 12), (1, 2)
STEADY = ("training", "explanation", "inspector", "figures")  # in memory
HOURS = (100, 1_000, 10_000)
TARGET = "semitones"
MEMORY_MB, DISK_MB, FILES, DAYS = 16_000, 1_000_000, 1_000_000, 30  # where a stage counts as broken
COSTS = ("seconds", "memory_mb", "disk_mb", "files")
SAMPLED_S = 0.005


# --- a corpus without sound -----------------------------------------------------------------------

Word = tuple[str, list[Interval]]  # as spelled; its phones, from 0 s


def words_of(spoken: Path) -> list[Word]:
    """Words of spoken sentences, without punctuation, with the phones that were spoken."""
    found = []
    for path in sorted(spoken.rglob("*.TextGrid")):
        alignment = read_textgrid(path)
        for word in alignment.words:
            phones = [p for p in alignment.phones if word.start_s <= sum(p[:2]) / 2 < word.end_s]
            spelled = words_in(word.text)
            if len(spelled) == 1 and len(phones) > 2 and all(p.text for p in phones):
                first = phones[0].start_s
                moved = [Interval(p.start_s - first, p.end_s - first, p.text) for p in phones]
                found.append((spelled[0], moved))
    return found


def compose(words: list[Word]) -> tuple[str, Alignment]:
    """A sentence of these words, spoken one after the other between two pauses."""
    spelled, phones = [], [Interval(0.0, 0.2, "")]
    for number, (text, own) in enumerate(words):
        start = phones[-1].end_s
        phones += [Interval(start + a, start + b, symbol) for a, b, symbol in own]
        last = "." if number == len(words) - 1 else ""
        spelled.append(Interval(start, phones[-1].end_s, text + last))
    end = phones[-1].end_s
    phones.append(Interval(end, end + 0.2, ""))
    silences = Interval(0.0, 0.2, ""), Interval(end, end + 0.2, "")
    text = " ".join(word.text for word in spelled)
    return text, Alignment((silences[0], *spelled, silences[1]), tuple(phones))


def contour(labels, random: np.random.Generator) -> np.ndarray:
    """F0 in Hz [frames] that falls and moves with the phones, 0 in a third of them."""
    starts, ends = labels.times
    frames = frame_count(ends[-1] / TICKS_PER_S)
    moves = random.normal(0.0, 2.0, len(starts)) - np.linspace(0.0, 4.0, len(starts))
    voiced = random.random(len(starts)) > 1 / 3
    voiced[len(voiced) // 2] = True
    phone = frame_index(starts, frames)
    return np.where(voiced[phone], 140.0 * 2 ** (moves[phone] / 12), 0.0).astype(np.float32)


def make_tree(spoken: Path, utterances: int, folder: Path) -> Path:
    """An HTS-demo tree of so many sentences of 4 to 11 words."""
    random, pool, made = np.random.default_rng(0), words_of(spoken), 0
    (folder / "data" / "questions").mkdir(parents=True)
    polish.write_question_set(folder / "data" / "questions" / USUAL_QUESTIONS)
    while made < utterances:
        chosen = random.integers(len(pool), size=random.integers(4, 12))
        text, alignment = compose([pool[index] for index in chosen])
        try:
            labels = polish.full_context_labels(text, alignment)
        except UtteranceError:  # a clitic at the end, say
            continue
        made += 1
        name = f"s{made:06d}"
        for suffix in (".lab", ".lf0"):
            part(folder / "data", name, suffix).parent.mkdir(parents=True, exist_ok=True)
        write_labels(part(folder / "data", name, ".lab"), labels)
        write_lf0(part(folder / "data", name, ".lf0"), contour(labels, random))
        write_text(part(folder / "data", name, ".txt"), text + "\n")
    return folder


# --- stages, each in a process of its own ---------------------------------------------------------
# A stage imports what it needs, and is measured from the moment it yields.


@dataclass(frozen=True)
class Place:
    """Where a stage works: a run folder, the tree it is made of, and how many it looks at."""

    run: Path
    tree: Path
    count: int

    @property
    def corpus(self):
        """The imported corpus."""
        return open_corpus(self.run / "corpus")

    @property
    def results(self):
        """Results of the target."""
        from intonation.book.run_folder import RunFolder

        return RunFolder(self.run).results(TARGET)


Stage = Callable[[Place], Iterator[Path]]  # yields once ready, then whatever it left behind


def speaking(place: Place) -> Iterator[Path]:
    """Chapter 1 on embedded sentences."""
    from intonation.corpus.preparation import Asked, prepare_corpus

    yield place.run
    prepare_corpus("", place.run / "spoken", Asked(dataset_size_limit=place.count))
    yield place.run / "spoken"


def importing(place: Place) -> Iterator[Path]:
    """Chapter 1 on a tree."""
    from intonation.corpus.preparation import prepare_corpus

    yield place.run
    prepare_corpus(str(place.tree), place.run / "corpus")
    yield place.run / "corpus"


def features(place: Place) -> Iterator[Path]:
    """Chapter 2."""
    from intonation.book.run_folder import RunFolder
    from intonation.corpus.features import build_features, column_statistics

    corpus, path = place.corpus, RunFolder(place.run).features
    yield path
    column_statistics(build_features(corpus, path))
    yield path.parent


def examples(place: Place) -> Iterator[Path]:
    """What chapter 3 does before its first epoch."""
    from intonation.book.run_folder import RunFolder
    from intonation.corpus.features import load_features
    from intonation.model import batches
    from intonation.model.training import made_from
    from intonation.parameters import parameters

    path, corpus = RunFolder(place.run).features, place.corpus
    yield path
    table = load_features(path)
    learnt, held_out = (
        batches.examples(corpus, table, split, TARGET) for split in ("train", "validation")
    )
    made_from(table.questions, learnt, held_out, parameters("default", {}))
    yield place.run / "nothing"


def training(place: Place) -> Iterator[Path]:
    """Chapter 3."""
    import torch

    from intonation.book.run_folder import RunFolder
    from intonation.corpus.features import load_features
    from intonation.model.training import train
    from intonation.parameters import parameters

    torch.set_num_threads(1)
    run, corpus = RunFolder(place.run), place.corpus
    chosen = parameters("default", {"epochs": 1, "device": "cpu"})
    yield run.model(TARGET)
    train(corpus, load_features(run.features), chosen, run.model(TARGET))
    yield run.model(TARGET)


def explanation(place: Place) -> Iterator[Path]:
    """What chapter 5 stores."""
    import torch

    from intonation.book.run_folder import RunFolder
    from intonation.evaluation.ranking_intervals import UtteranceSums, save_sums
    from intonation.lrp.ranking import Aggregator, save_aggregates
    from intonation.lrp.store import explain_utterances, read_store
    from intonation.model.network import load_model

    torch.set_num_threads(1)
    corpus, model = place.corpus, load_model(RunFolder(place.run).model(TARGET))
    ids, inputs, results = corpus.ids("test"), list(model.config.inputs), place.results
    frames = corpus.table.set_index("id").loc[ids, "frames"]
    yield results.path
    explain_utterances(model, corpus, ids, results.relevance)
    aggregator, sums = Aggregator(len(inputs)), UtteranceSums(len(inputs), frames)
    for _, relevance in read_store(results.relevance, model, corpus, ids):
        aggregator.add(relevance.values)
        sums.add(relevance.values)
    save_aggregates(results.aggregates, aggregator, inputs)
    save_sums(results.sums, sums)
    yield results.path


def rankings(place: Place) -> Iterator[Path]:
    """What chapter 6 computes."""
    from intonation.evaluation import ranking_intervals
    from intonation.lrp.ranking import load_aggregates, write_rankings

    results, questions = place.results, place.corpus.questions
    asked = {"vuv": False, "resamples": 1000, "seed": 1}
    yield results.rankings
    aggregator, _ = load_aggregates(results.aggregates)
    sums = ranking_intervals.load_sums(results.sums)
    ranked = ranking_intervals.rankings_with_intervals(aggregator, sums, questions, **asked)
    write_rankings(ranked, results.rankings)
    ranking_intervals.neighbours_apart(aggregator, sums, questions, **asked)
    yield results.rankings


def inspector(place: Place) -> Iterator[Path]:
    """The data of chapter 13."""
    import torch

    from intonation.book.inspector.data import inspect_utterance
    from intonation.book.inspector.widget import inspector_html
    from intonation.book.run_folder import RunFolder
    from intonation.model.network import load_model

    torch.set_num_threads(1)
    corpus, model = place.corpus, load_model(RunFolder(place.run).model(TARGET))
    static = RunFolder(place.run).static
    yield static
    shown = [inspect_utterance(model, corpus[name]) for name in corpus.ids("test")[: place.count]]
    inspector_html(shown, static, name=TARGET)
    yield static


def figures(place: Place) -> Iterator[Path]:
    """All figures of single utterances."""
    import pandas as pd
    import torch

    from intonation import plots
    from intonation.book.drawing import SHOWN_ERRORS, Results, utterance_figures
    from intonation.files import write_csv

    torch.set_num_threads(1)
    ids = place.corpus.ids("test")[: place.count]
    errors = pd.DataFrame({"id": ids, **dict.fromkeys(SHOWN_ERRORS, 1.0)})
    write_csv(place.results.errors, errors)
    opened = Results(place.run, TARGET)
    yield opened.paths.figures
    for name in ids:
        for path, _, draw in utterance_figures(opened, name):
            plots.save_figure(draw(), path)
    yield opened.paths.figures


STAGES: dict[str, Stage] = {
    stage.__name__: stage
    for stage in (
        *(speaking, importing, features, examples, training),
        *(explanation, rankings, inspector, figures),
    )
}
SAMPLES = {"speaking": SPOKEN, "inspector": INSPECTED, "figures": DRAWN}


def hours_of(stage: str, place: Place) -> float:
    """Hours of speech that stand for what a stage did."""
    if stage == "speaking":
        return open_corpus(place.run / "spoken").table["seconds"].sum() / 3600
    whole = place.corpus
    hours = whole.table["seconds"].sum() / 3600
    return hours * place.count / len(whole.ids("test")) if place.count else hours


# --- measuring ------------------------------------------------------------------------------------


def processor_s() -> float:
    """Processor time of this process, of its children, and of those they have waited for."""
    own, children = os.times(), Path(f"/proc/self/task/{os.getpid()}/children")
    spent = sum(own[:4])
    for child in children.read_text().split():
        after_name = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        spent += sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")
    return spent


def own_memory_mb() -> float:
    """Memory of this process alone that is no page of a file."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1e3


class Highest(threading.Thread):
    """The highest of `own_memory_mb` until it is asked for."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.highest, self.ended = own_memory_mb(), threading.Event()

    def run(self) -> None:
        while not self.ended.wait(SAMPLED_S):
            self.highest = max(self.highest, own_memory_mb())

    def stop(self) -> float:
        self.ended.set()
        return self.highest


def measured(stage: str, place: Place) -> dict[str, float]:
    """Run a stage in this process; its costs and the hours that they are for."""
    steps = STAGES[stage](place)
    next(steps)
    memory, before = Highest(), processor_s()
    memory.start()
    left = next(steps)
    seconds, highest = processor_s() - before, memory.stop()
    files = [path for path in left.rglob("*") if path.is_file()]
    return {
        "hours": hours_of(stage, place),
        "seconds": seconds,
        "memory_mb": highest,
        "disk_mb": sum(path.stat().st_size for path in files) / 1e6,
        "files": max_in_a_folder(files),
    }


def max_in_a_folder(files: list[Path]) -> int:
    """Files of the fullest folder."""
    parents = [path.parent for path in files]
    return max(map(parents.count, set(parents)), default=0)


def in_own_process(stage: str, place: Place) -> dict[str, float]:
    """`measured`, by this script as a worker."""
    command = [sys.executable, __file__, "--worker", stage, *map(str, vars(place).values())]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **one, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def all_stages(folder: Path, utterances: int) -> dict[str, list[dict[str, float]]]:
    """Costs of every stage at the three sizes."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in STAGES}
    for count in SPOKEN:
        run = folder / f"spoken{count}"
        found["speaking"].append(in_own_process("speaking", Place(run, run, count)))
    for step, factor in enumerate(FACTORS):
        tree = make_tree(run / "spoken", factor * utterances, folder / f"tree{factor}")
        for stage in list(STAGES)[1:]:
            counts = SAMPLES.get(stage, (0,) * len(FACTORS))
            if step == len(counts):
                continue
            began, count = time.monotonic(), counts[step]
            costs = in_own_process(stage, Place(folder / f"run{factor}", tree, count))
            found[stage].append(costs)
            spent = f"{costs['seconds']:.1f} s of a core, {costs['memory_mb']:.0f} MB"
            print(f"{factor}x {stage}: {spent}; {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


# --- telling --------------------------------------------------------------------------------------


def line(costs: list[dict[str, float]], of: str) -> tuple[float, float]:
    """What is fixed, and what an hour costs, by least squares; never below nothing."""
    hours, values = (np.array([one[name] for one in costs]) for name in ("hours", of))
    slope, fixed = np.polyfit(hours, values, 1)
    return max(float(fixed), 0.0), max(float(slope), 0.0)


def lines_of(found: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, tuple[float, float]]]:
    """`line` of each stage and cost."""
    lines = {stage: {of: line(costs, of) for of in COSTS} for stage, costs in found.items()}
    for stage in STEADY:
        lines[stage]["memory_mb"] = max(costs["memory_mb"] for costs in found[stage]), 0.0
    highest, _ = lines["training"]["memory_mb"]
    lines["training"]["memory_mb"] = highest, lines["examples"]["memory_mb"][1]
    return lines


def hours_until(lines: dict[str, tuple[float, float]]) -> Iterator[tuple[float, str]]:
    """At how many hours of speech a stage reaches a limit, and which."""
    limits = {
        "memory_mb": (MEMORY_MB, f"memory of {MEMORY_MB / 1e3:.0f} GB"),
        "disk_mb": (DISK_MB, f"{DISK_MB / 1e6:.0f} TB on disk"),
        "files": (FILES, f"{FILES:,} files in a folder"),
        "seconds": (DAYS * 86_400, f"{DAYS} days of a core"),
    }
    for name, (limit, told) in limits.items():
        fixed, slope = lines[name]
        if slope * 1e6 > limit:
            yield (limit - fixed) / slope, told


def number(value: float) -> str:
    """With two or three digits that mean something."""
    return f"{float(f'{value:.3g}'):,.0f}" if value >= 100 else f"{value:.2g}"


def tell(found: dict[str, list[dict[str, float]]]) -> None:
    """The tables of the book's page."""
    lines = lines_of(found)
    sizes = ", ".join(f"{costs['hours']:.2f}" for costs in found["importing"])
    print(f"\ncorpora of {sizes} hours: fixed + for each hour of speech; core hours; GB\n")
    heads = [f"{hours:,} h" for hours in HOURS]
    print(f"| stage | seconds of a core | memory (MB) | on disk (MB) | {' | '.join(heads)} |")
    print(f"|---|{'---:|' * (3 + len(heads))}")
    for stage, of in lines.items():
        cells = [f"{number(fixed)} + {number(slope)}" for fixed, slope in list(of.values())[:3]]
        for hours in HOURS:
            seconds, memory = (a + b * hours for a, b in list(of.values())[:2])
            cells.append(f"{number(seconds / 3600)}; {number(memory / 1e3)}")
        print(f"| {stage} | {' | '.join(cells)} |")
    print("\nwhat breaks first, in hours of speech:")
    broken = [(at, stage, told) for stage, of in lines.items() for at, told in hours_until(of)]
    for hours, stage, told in sorted(broken):
        print(f"  {number(hours):>9}  {stage}: {told}")


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=int, default=len(polish.sentences()))
    parser.add_argument("--keep", type=Path, help="folder for what is made; else it is removed")
    parser.add_argument("--worker", nargs=4, metavar=("STAGE", "RUN", "TREE", "COUNT"))
    given = parser.parse_args()
    if given.worker:
        stage, run, tree, count = given.worker
        print(json.dumps(measured(stage, Place(Path(run), Path(tree), int(count)))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        found = all_stages(folder, given.utterances)
        write_text(folder / "costs.json", json.dumps(found, indent=1))
        tell(found)


if __name__ == "__main__":
    main()
