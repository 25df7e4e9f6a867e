"""A training job of SageMaker: preparation and the training notebook on what stands in /opt/ml.

    python -m intonation.book.cloud.train [--root /opt/ml]

The book's own engine executes chapters 1 to 3. Reads hyperparameters, hosts and the channel
'training'; prints losses; leaves the model in /opt/ml/model. What training needs to continue lies
in /opt/ml/checkpoints, so that the same job, started again after an interruption, ends with the
same weights. Ends with 1 and a paragraph in /opt/ml/output/failure where something is wrong.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from intonation.book.__main__ import make_book
from intonation.book.cloud.ending import chapter_error, do, end_gently
from intonation.book.cloud.hosts import Hosts, read_hosts
from intonation.book.cloud.hyperparameters import Hyperparameters, cores, read_hyperparameters
from intonation.book.cloud.losses import following
from intonation.book.cloud.places import CHANNEL, ROOT, Places, corpus_at, deliver
from intonation.book.dependencies import Run
from intonation.book.receipts import DIGESTS
from intonation.book.run_folder import RunFolder
from intonation.errors import ModelError, ParameterError

SUMMARY = __doc__.splitlines()[0]
FEATURES = "notebooks/02_features.ipynb"
CHAPTER = "notebooks/{target}/03_training.ipynb"
# What the service and a processing job need of a run; laid out as in the run folder.
DELIVERED = (
    *("model/{target}", CHAPTER, "run.json"),
    *("corpus/data/questions", "corpus/utterances.csv", "features/questions.csv"),
)


def train(places: Places) -> None:
    """Do a training job; raises IntonationError or OSError for what is wrong."""
    hosts = read_hosts(places.resources)
    asked = _asked(read_hyperparameters(places.hyperparameters), hosts)
    chosen = asked.parameters()
    _check_gpus(asked)
    run = Run(corpus_at(places.channel, f"channel '{CHANNEL}'"), asked.profile, asked.assignments)
    out = _run_folder(places)
    with following(out.model(chosen.target) / "history.csv"):
        if hosts.several:
            _make(run, out, FEATURES)
            _train_together(hosts, asked, out, chosen.target)
        if hosts.own == 0:  # loads what was trained, where it was
            _make(run, out, CHAPTER.format(target=chosen.target))
    if hosts.own == 0:
        _record(run, out.path, asked)
        deliver(out.path, places.model, [one.format(target=chosen.target) for one in DELIVERED])


def _make(run: Run, out: RunFolder, result: str) -> None:
    """Execute the chapter that writes this result, and those before it."""
    cores = run.parameters().cpu_count
    if make_book(run, out.path, cores, goals=[f"{DIGESTS}/{result}"]):
        raise chapter_error(out.path)


def _train_together(hosts: Hosts, asked: Hyperparameters, out: RunFolder, target: str) -> None:
    """This host's processes of a training on several hosts; raises ModelError where one fails."""
    log = out.logs / "training.log"
    with log.open("wb") as printed:
        child = subprocess.Popen(
            training_command(hosts, asked, out, target),
            stdin=subprocess.PIPE,  # its processes end when this is closed, however we end
            stdout=printed,
            stderr=subprocess.STDOUT,
            env={**os.environ, **hosts.environment()},
            start_new_session=True,
        )
        try:
            code = child.wait()
        finally:
            child.stdin.close()
            child.wait()
    if code:
        where = f"training on {len(hosts.names)} hosts failed on {hosts.names[hosts.own]}"
        raise ModelError(f"{where}: {_first_error(log)}")


def _first_error(log: Path) -> str:
    """What the process said that failed first; the others only tell that it is gone."""
    lines = re.split(r"[\r\n]", log.read_text(encoding="utf-8", errors="replace"))
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    silent = f"a process ended without a word (its log: {log}); is memory short?"
    return min(errors, key=lambda line: "another process" in line, default=silent)


def training_command(
    hosts: Hosts, asked: Hyperparameters, out: RunFolder, target: str
) -> list[str]:
    """The command line of the one training, as torchrun starts it on this host."""
    return [
        *(sys.executable, "-m", "torch.distributed.run", *hosts.options()),
        *("--nproc-per-node", asked.value("devices") or "1", "-m", "intonation.model.training"),
        *(str(out.corpus), str(out.model(target)), "--features", str(out.features)),
        *("--target", target, "--profile", asked.profile, "--end-with-stdin"),
        *("--set", *asked.assignments),
    ]


def _asked(asked: Hyperparameters, hosts: Hosts) -> Hyperparameters:
    """With what the job's machines decide."""
    asked = asked.with_default("cpu_count", cores())
    return asked.with_default("nodes", len(hosts.names)) if hosts.several else asked


def _check_gpus(asked: Hyperparameters) -> None:
    """Before hours of preparation; raises ParameterError for more GPUs than there are."""
    wanted = asked.gpus or (asked.parameters().device == "cuda")
    if not wanted:
        return
    import torch  # seconds, for those who want a GPU

    found = torch.cuda.device_count()
    if found < wanted:
        raise ParameterError(
            f"{int(wanted)} GPU(s) are requested, {found} found; lower gpu_count (0 trains on the "
            "CPU), or take an instance with GPUs and an image built for them"
        )


def _run_folder(places: Places) -> RunFolder:
    """The run folder, whose models lie where they outlive this machine."""
    out, kept = RunFolder(places.run), places.checkpoints / "model"
    kept.mkdir(parents=True, exist_ok=True)
    out.path.mkdir(parents=True, exist_ok=True)
    link = out.path / "model"
    link.unlink(missing_ok=True)
    link.symlink_to(kept.resolve(), target_is_directory=True)
    return out


def _record(run: Run, out: Path, asked: Hyperparameters) -> None:
    from intonation.book.record import write_run_record  # pandas takes a second

    write_run_record(out, run.source, run.profile, asked.parameters())


def main(arguments: list[str] | None = None) -> int:
    """A training job; 1 after an error, 143 after an interruption."""
    parser = argparse.ArgumentParser(prog="train", description=SUMMARY)
    parser.add_argument("--root", type=Path, default=ROOT, help="of all paths (%(default)s)")
    places = Places(parser.parse_args(arguments).root)
    return do(lambda: train(places), places)


if __name__ == "__main__":
    end_gently()
    sys.exit(main())
