"""Phone-level answers of a question set: this package beside nnmnkwii 0.1.3, in one run.

    python benchmarks/features.py [--corpus FOLDER] [--copies 10] [--repeats 3]

The corpus folder holds `questions_qst001.hed` and `labels_gen/*.lab` (the HTS demo's CMU
set: 1,483 questions, 3,664 phones). Every figure comes from a process of its own that reads
the question set, compiles it, reads the label files and answers all questions, keeping the
answers. Seconds are processor time (both packages use one thread), so that other processes
do not count; peak memory is what the work adds to the process once its modules are loaded.
Best of the repeats, in turns. Where nnmnkwii is not installed it is put into build/peers.

For more phones than there are, the label files are copied with changed contexts: phones are
exchanged for others and utterance lengths grow, the same way throughout an utterance, so that
no label occurs twice and neighbouring phones share what they share in real labels.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("INTONATION_SHARED", ROOT.parent / "shared"))
PEER = "nnmnkwii==0.1.3"
_PHONES = re.compile(r"^(\w+)\^(\w+)-(\w+)\+(\w+)=(\w+)@")
_TOTALS = re.compile(r"/J:(\d+)\+(\d+)-(\d+)$")


def changed_label(label: str, copy: int, phones: list[str]) -> str:
    """The label with its phones shifted in the inventory and the utterance made longer."""

    def shifted(phone: str) -> str:
        """The phone that is so many places further on."""
        return phones[(phones.index(phone) + copy) % len(phones)] if phone in phones else phone

    match = _PHONES.match(label)
    if match:
        five = [shifted(phone) for phone in match.groups()]
        label = "{}^{}-{}+{}={}@".format(*five) + label[match.end() :]
    return _TOTALS.sub(lambda found: f"/J:{int(found[1]) + copy}+{found[2]}-{found[3]}", label)


def inventory(files: list[Path]) -> list[str]:
    """The phones of the corpus, pauses apart."""
    labels = (label for file in files for label in file.read_text().split())
    matches = filter(None, map(_PHONES.match, labels))
    return sorted({match[3] for match in matches} - {"pau", "x"})


def write_copies(files: list[Path], copies: int, folder: Path) -> Path:
    """The files, and copies of them with changed contexts; the folder."""
    folder.mkdir()
    phones = inventory(files)
    for copy in range(copies):
        for file in files:
            labels = (changed_label(label, copy, phones) for label in file.read_text().split())
            (folder / f"{copy:03d}_{file.name}").write_text("\n".join(labels) + "\n")
    return folder


def peak_mb() -> float:
    """Peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(questions_file: Path, files: list[Path], form: str) -> Iterator:
    """The answers of this package, per file: uint8 (passing: none kept), or eight to a byte."""
    from intonation.labels.full_context import read_labels
    from intonation.labels.question_set import read_questions

    yield  # modules are loaded
    questions = read_questions(questions_file)
    for labels in map(read_labels, files):
        yield questions.pack(labels)[0] if form == "packed" else questions.answer(labels)


def peer(questions_file: Path, files: list[Path]) -> Iterator:
    """The answers of nnmnkwii, per file."""
    from nnmnkwii.frontend.merlin import linguistic_features
    from nnmnkwii.io import hts

    yield
    binary, numeric = hts.load_question_set(str(questions_file))
    for file in files:
        labels = hts.load(str(file))
        yield linguistic_features(
            labels, binary, numeric, subphone_features=None, add_frame_features=False
        )


def work(way: str, questions_file: Path, folder: Path) -> dict:
    """One measurement in this process."""
    files = sorted(folder.glob("*.lab"))
    answers = peer(questions_file, files) if way == "peer" else ours(questions_file, files, way)
    next(answers)
    before, start = peak_mb(), time.process_time()
    kept, phones = [], 0
    for matrix in answers:
        phones += len(matrix)
        if way != "passing":
            kept.append(matrix)
    seconds = time.process_time() - start
    size = sum(matrix.nbytes for matrix in kept) / 2**20
    return {
        "seconds": seconds,
        "phones": phones,
        "answers_mb": size,
        "peak_mb": peak_mb() - before,
    }


def run(way: str, questions_file: Path, folder: Path, python: str = sys.executable) -> dict:
    """One measurement in a process of its own."""
    command = [python, __file__, "--worker", way, str(questions_file), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def best(results: list[dict]) -> dict:
    """The fastest of several measurements."""
    return min(results, key=lambda result: result["seconds"])


def peer_python() -> str:
    """An interpreter that has nnmnkwii: this one, or one in build/peers made for it."""
    probe = [sys.executable, "-c", "import nnmnkwii"]
    if subprocess.run(probe, capture_output=True).returncode == 0:
        return sys.executable
    folder = ROOT / "build" / "peers" / "nnmnkwii"
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"installing {PEER} into {folder}", flush=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True)
    return str(python)


def show(name: str, result: dict, peer_result: dict | None = None) -> None:
    """One line of a table; with the ratios to the peer."""
    rate = result["phones"] / result["seconds"]
    line = f"{name:28}{result['phones']:>10,}{result['seconds']:>10.3f}{rate:>12,.0f}"
    line += f"{result['answers_mb']:>12.1f}{result['peak_mb']:>10.1f}"
    if peer_result:
        peer_rate = peer_result["phones"] / peer_result["seconds"]
        line += f"{rate / peer_rate:>9.0f}x"
        line += f"{peer_result['answers_mb'] / max(result['answers_mb'], 1e-9):>9.0f}x"
        line += f"{peer_result['peak_mb'] / max(result['peak_mb'], 1e-9):>9.1f}x"
    print(line, flush=True)


def header(title: str) -> None:
    """Title and column names of a table."""
    print(f"\n{title}\n{'':28}{'phones':>10}{'seconds':>10}{'phones/s':>12}", end="")
    print(f"{'answers MB':>12}{'peak MB':>10}{'speed':>10}{'answers':>10}{'peak':>10}")


def compare(
    title: str, questions_file: Path, folder: Path, python: str, repeats: int, peer_repeats: int
) -> None:
    """Both packages on the same files, in turns."""
    peers, dense, packed = [], [], []
    for turn in range(repeats):
        if turn < peer_repeats:
            peers.append(run("peer", questions_file, folder, python))
        dense.append(run("dense", questions_file, folder))
        packed.append(run("packed", questions_file, folder))
    header(title)
    show("nnmnkwii 0.1.3, float64", best(peers))
    show("intonation, uint8", best(dense), best(peers))
    show("intonation, 8 to a byte", best(packed), best(peers))


def growth(questions_file: Path, files: list[Path], folder: Path, sizes: list[int]) -> None:
    """Time and memory of this package alone, with more and more phones."""
    header("growth (file by file, no answers kept)")
    for size in sizes:
        copies = write_copies(files, size, folder / f"growth{size}")
        show(f"{size} x", best([run("passing", questions_file, copies) for _ in range(2)]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=SHARED / "hts_demo_cmu")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, 10, 100, 280])
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        way, questions_file, folder = options.worker
        print(json.dumps(work(way, Path(questions_file), Path(folder))))
        return
    questions_file = options.corpus / "questions_qst001.hed"
    files = sorted((options.corpus / "labels_gen").glob("*.lab"))
    python = peer_python()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        once = write_copies(files, 1, folder / "once")
        compare("the corpus", questions_file, once, python, options.repeats, options.repeats)
        more = write_copies(files, options.copies, folder / "more")
        title = f"{options.copies} times as many, contexts changed"
        compare(title, questions_file, more, python, options.repeats, 1)
        growth(questions_file, files, folder, options.sizes)


if __name__ == "__main__":
    main()
