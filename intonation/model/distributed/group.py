"""Processes that train together, on one machine or more: who they are, what they tell each other.

torchrun starts them, tells each its number, and ends all when one dies.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import distributed

from intonation.errors import ModelError, ParameterError
from intonation.parameters import Parameters
from intonation.provenance import ROOT

LONGEST_SILENCE = timedelta(minutes=10)  # of a process, before the others give up
# how torch says it: gloo, for one, "Application timeout caused pair closure"
LOST = re.compile(r"\b(gloo|nccl|connection|socket|TCPStore|timed out|timeout)\b", re.IGNORECASE)
COMMAND = "torchrun --nnodes … --nproc-per-node … -m intonation.model.training CORPUS MODEL …"


def started() -> tuple[int, int]:
    """(processes of this machine, machines) as torchrun started them; (1, 1) without it."""
    if not distributed.is_torchelastic_launched():
        return 1, 1
    here, everywhere = (int(os.environ[name]) for name in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
    return here, everywhere // here


def rank() -> int:
    """Number of this process; 0 for the first, or the only one: it alone writes files."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def processes() -> int:
    """How many processes are in this training."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def on_gpu(parameters: Parameters) -> bool:
    """Whether a GPU trains; ParameterError where one is asked for and there is none."""
    found = torch.cuda.is_available()
    if parameters.device == "cuda" and not found:
        raise ParameterError(
            "device=cuda is asked for, but PyTorch finds no GPU here; set device=auto or "
            "device=cpu, or install the build of PyTorch that fits the GPU's driver"
        )
    return found and parameters.device != "cpu"


def asked(parameters: Parameters) -> tuple[int, int]:
    """(processes of a machine, machines) that are asked for.

    Raises ParameterError where a machine has fewer GPUs than that.
    """
    gpus = torch.cuda.device_count() if on_gpu(parameters) else None
    devices = (gpus or 1) if parameters.devices == "auto" else int(parameters.devices)
    if gpus is not None and devices > gpus:
        raise ParameterError(
            f"devices={devices} is asked for, but this machine has {gpus} GPU(s); set "
            f"devices={gpus}, or devices=auto for all that there are"
        )
    return devices, parameters.nodes


def check_started(parameters: Parameters) -> None:
    """Raise ParameterError where other processes were started than are asked for."""
    if asked(parameters) != started():
        (devices, nodes), (here, machines) = asked(parameters), started()
        raise ParameterError(
            f"devices={devices} and nodes={nodes} are asked for, but this training has {here} "
            f"process(es) on each of {machines} machine(s); start it as {COMMAND}"
        )


@contextmanager
def joined(
    parameters: Parameters, *, longest_silence: timedelta = LONGEST_SILENCE
) -> Iterator[None]:
    """Within it, the processes that torchrun started know of each other.

    Raises ModelError where another one ends, or says nothing for so long.
    """
    if started() == (1, 1) or distributed.is_initialized():
        yield
        return
    if on_gpu(parameters):
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    try:
        backend = "cpu:gloo,cuda:nccl" if on_gpu(parameters) else "gloo"
        distributed.init_process_group(backend, timeout=longest_silence)
        yield
        distributed.all_reduce(torch.zeros(1))  # nobody leaves before all are done
    except RuntimeError as error:  # all that torch raises when it cannot reach the others
        if not LOST.search(str(error)):
            raise
        raise ModelError(
            "another process of this training ended, hangs or cannot be reached; see what it said, "
            "then train again, which goes on from the last epoch"
        ) from error
    distributed.destroy_process_group()


def check_same(made_from: Mapping[str, Any]) -> None:
    """Raise ModelError, in every process, where they train from different things."""
    for name, value in made_from.items() if processes() > 1 else ():
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
        mine = torch.from_numpy(np.frombuffer(digest, dtype=np.uint8).copy())
        found = [torch.empty_like(mine) for _ in range(processes())]
        distributed.all_gather(found, mine)
        others = [n for n, one in enumerate(found) if not torch.equal(one, found[0])]
        if others:
            what = "corpora" if name == "examples" else name
            raise ModelError(
                f"process {others[0]} of this training has other {what} than process 0 (here, in "
                f"process {rank()}: {_shortly(value)}); give every process the same {what}"
            )


def _shortly(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 200 else f"{text[:200]} …"


def shared_bytes(path: Path) -> bytes | None:
    """A file as the first process reads it, in every process; None where there is none.

    So machines need no disk in common.
    """
    content = path.read_bytes() if rank() == 0 and path.is_file() else None
    if processes() == 1:
        return content
    size = torch.tensor([-1 if content is None else len(content)])
    distributed.broadcast(size, 0)
    if size.item() < 0:
        return None
    data = torch.empty(int(size), dtype=torch.uint8)
    if content:
        data = torch.from_numpy(np.frombuffer(content, dtype=np.uint8).copy())
    distributed.broadcast(data, 0)
    return data.numpy().tobytes()


def agreed(decision: bool) -> bool:
    """What the first process decided."""
    if processes() == 1:
        return decision
    said = torch.tensor([int(decision)])
    distributed.broadcast(said, 0)
    return bool(said)


def launch(arguments: Sequence[str], count: int) -> None:
    """Start the command line of the training in so many processes and wait for their end.

    What they print is printed here. Raises ModelError with what the first to fail had to say. They
    end when this process does, however it ends.
    """
    package = str(ROOT.resolve().parent)
    known = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([package, known] if known else [package])
    child = subprocess.Popen(
        [*(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node")]
        + [str(count), "-m", "intonation.model.training", *arguments, "--end-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    assert child.stdin and child.stdout
    try:
        errors = [
            line
            for line in _relayed(cast(BufferedReader, child.stdout))
            if line.startswith("error: ")
        ]
    finally:
        child.stdin.close()
        code = child.wait()
    if code:
        first = min(errors, key=lambda line: "another process" in line, default="error: no message")
        raise ModelError(f"a process of this training failed: {first.removeprefix('error: ')}")


def _relayed(stream: BufferedReader) -> Iterator[str]:
    """Lines as they come, printed until one tells of an error; a progress bar's end in \\r."""
    text, failed = "", False
    while piece := stream.read1(4096).decode(errors="replace"):
        *lines, text = re.split(r"[\r\n]", text + piece)
        failed |= any(line.startswith("error: ") for line in lines)
        if not failed:  # torchrun adds a page of its own
            sys.stderr.write(piece)
        yield from lines
    yield text


def end_with_stdin() -> None:
    """From now on this process ends when whoever holds its standard input does."""

    def wait() -> None:
        while os.read(0, 1):  # not sys.stdin, whose lock Python wants back when it ends
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
