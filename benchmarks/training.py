"""Training: frames a second, memory and gradients of three ways to make a step, in one run.

    python benchmarks/training.py [--utterances 8] [--questions 1500] [--rounds 12]

A step is what a training repeats: make the batch, forward, backward, clip, optimizer. All ways
train the same network of the book's default size on the same synthetic utterances of 600 to 1,000
frames with phones of 80 ms. What differs:

    original  features frame by frame, every utterance padded to 1,900 frames, module by module
    modules   the first layer once per phone, padded to the longest, module by module
    package   what intonation.model does

Rounds take turns, and ratios are medians over rounds, so that a busy machine is unfair to nobody.
With one thread, times are of the processor, with more, of the clock. The machine's limit is what
its matrix products reach in the same run; a step's operations are those that real frames need.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from intonation.model.batches import Batch, Example, Inputs, Task, collate
from intonation.model.network import F0Model, ModelConfig

FRAMES_PER_PHONE, SHORTEST, LONGEST, PADDED = 16, 600, 1000, 1900
ORIGINAL, MODULES, PACKAGE = WAYS = "original", "modules", "package"


class ModuleByModule(F0Model):
    """The network as its modules compute it in training, with padding."""

    def forward(self, batch: Batch) -> Tensor:
        return self.behind(self.projection(batch), batch.mask[:, None])

    def behind(self, frames: Tensor, mask: Tensor) -> Tensor:
        """Everything behind the first layer: [utterances, frames]."""
        x = frames.transpose(1, 2) * mask  # [batch, channels, frames]
        skips = torch.zeros_like(x)
        for block in self.blocks:
            y = block.drop1(block.relu1(block.norm1(block.conv1(x)))) * mask
            skip = block.drop2(block.relu2(block.norm2(block.conv2(y)))) * mask
            x, skips = block.relu_out(x + skip), skips + skip
        y = nn.functional.conv1d(self.relu_skip(skips), self.dense.weight, self.dense.bias)
        y = nn.functional.conv1d(self.relu_dense(y), self.output.weight, self.output.bias)
        return (self.relu_output(y) * mask)[:, 0]


class FrameByFrame(ModuleByModule):
    """The same on features of every frame, [utterances, frames, questions]."""

    def forward(self, batch: Batch) -> Tensor:
        frames = self.project(self.drop_input(batch.answers))
        return self.behind(frames, batch.mask[:, None])


NETWORKS = dict(zip(WAYS, (FrameByFrame, ModuleByModule, F0Model), strict=True))


def make_items(utterances: int, questions: int) -> list[Example]:
    """Utterances of random answers, a quarter of them yes, and random targets."""
    random = np.random.default_rng(0)
    items = []
    for frames in np.linspace(SHORTEST, LONGEST, utterances).round().astype(int):
        phones = frames // FRAMES_PER_PHONE
        answers = (random.random((phones, questions)) < 0.25).astype(np.uint8)
        index = np.minimum(np.arange(frames) // FRAMES_PER_PHONE, phones - 1)
        inputs = Inputs(answers, index, np.ones(frames, dtype=bool))
        target = random.normal(size=frames).astype(np.float32)
        items.append(Example(inputs, target, np.ones(frames, dtype=np.float32)))
    return items


def collate_frames(items: list[Example]) -> Task:
    """Features of every frame, padded to 1,900 frames."""
    questions = items[0].inputs.answers.shape[1]
    features = torch.zeros(len(items), PADDED, questions)
    rest = torch.zeros(3, len(items), PADDED)  # mask, target, weight
    for row, item in enumerate(items):
        frames = len(item.target)
        features[row, :frames] = torch.from_numpy(item.inputs.answers[item.inputs.frame_to_phone])
        rest[0, row, :frames] = 1.0
        rest[1, row, :frames] = torch.from_numpy(item.target)
        rest[2, row, :frames] = torch.from_numpy(item.weight)
    mask, target, weight = rest
    lengths = tuple(len(item.target) for item in items)
    return Task(Batch(features, mask, mask, mask, lengths), target, weight, float(weight.sum()))


def make_network(way: str, questions: int) -> F0Model:
    """The same weights whatever the way."""
    torch.manual_seed(0)
    names = tuple(f"q{number}" for number in range(questions))
    return NETWORKS[way](ModelConfig("semitones", names)).train()


def error(model: F0Model, task: Task) -> Tensor:
    """Mean squared error, as in `intonation.training`."""
    return ((model(task.batch) - task.target) ** 2 * task.weight).sum() / task.counted


def make_step(way: str, items: list[Example]) -> Callable[[], None]:
    """A whole training step."""
    model = make_network(way, items[0].inputs.answers.shape[1])
    fused = True if way == PACKAGE else None
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0, fused=fused)
    make_batch = collate_frames if way == ORIGINAL else collate

    def step() -> None:
        loss = error(model, make_batch(items))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return step


def product(rows: int, inner: int, columns: int) -> Callable[[], None]:
    """A matrix product, float32."""
    a, b, out = torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns)
    return lambda: torch.mm(a, b, out=out)


def take_turns(found: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every round, the first two left out."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in found}
    for turn in range(rounds + 2):
        for name, run in found.items():
            started = clock()
            run()
            if turn > 1:
                times[name].append(clock() - started)
    return times


def operations(items: list[Example]) -> float:
    """Multiplications and additions that a step cannot do without: real frames, each phone once."""
    config = ModelConfig("semitones", ("q",))
    size, layers = config.hidden_size, 2 * config.num_layers * config.stacks
    frames = sum(len(item.target) for item in items)
    per_frame = layers * config.kernel_size * size**2 + size**2 + size
    first = sum(item.inputs.answers.size for item in items) * size
    return 2 * (3 * frames * per_frame + 2 * first)  # backward twice forward; answers need none


def tell_times(items: list[Example], threads: int, rounds: int) -> None:
    """Ratios first: paired within rounds, so that they hold on a busy machine too."""
    torch.set_num_threads(threads)
    frames = sum(len(item.target) for item in items)
    shapes = {"[frames, 128] x [128, 64]": (frames, 128, 64), "[1024, 1024] squared": (1024,) * 3}
    steps = {way: make_step(way, items) for way in WAYS}
    times = take_turns(steps | {n: product(*s) for n, s in shapes.items()}, rounds)
    ratio = {way: statistics.median(np.divide(times[way], times[PACKAGE])) for way in WAYS}
    seconds = {name: statistics.median(values) for name, values in times.items()}
    speed = {name: 2 * np.prod(shape) / seconds[name] / 1e9 for name, shape in shapes.items()}
    print(
        f"{threads} thread(s): times package; real frames/s, Gflop/s that are needed, this machine"
    )
    for way in WAYS:
        reached = operations(items) / seconds[way] / 1e9
        shares = "  ".join(f"{reached / limit:4.0%} of {name}" for name, limit in speed.items())
        print(
            f"  {way:9} {ratio[way]:5.2f} x {frames / seconds[way]:9,.0f} {reached:6.1f}  {shares}"
        )
    print("  products: " + ", ".join(f"{n} {value:.0f} Gflop/s" for n, value in speed.items()))


def peak_mb(way: str, utterances: int, questions: int) -> tuple[float, float]:
    """MB that steps add to a process of their own at its peak, and the whole process."""
    torch.set_num_threads(1)
    items = make_items(utterances, questions)
    before = memory_mb("VmRSS")
    step = make_step(way, items)
    step()
    step()
    return memory_mb("VmHWM") - before, memory_mb("VmHWM")


def memory_mb(line: str) -> float:
    """VmRSS (now) or VmHWM (highest) of this process, from the kernel."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(text for text in status if text.startswith(line)).split()[1]) / 1e3


def in_own_process(function: Callable, *arguments):
    """Call in a fresh process, so that its peak of memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def gradients(way: str, items: list[Example]) -> list[Tensor]:
    """In float64, with the dropout that a seed gives."""
    model = make_network(way, items[0].inputs.answers.shape[1]).double()
    task = collate(items)
    parts = task.batch.to("cpu", torch.float64), task.target.double(), task.weight.double()
    torch.manual_seed(1)
    error(model, Task(*parts, task.counted)).backward()
    return [parameter.grad for parameter in model.parameters()]


def tell_agreement(items: list[Example]) -> None:
    """Largest distance between the gradients of modules and package."""
    modules, package = gradients(MODULES, items), gradients(PACKAGE, items)
    pairs = list(zip(modules, package, strict=True))
    distance = max((one - other).abs().max().item() for one, other in pairs)
    largest = max(one.abs().max().item() for one in modules)
    print(
        f"gradients in float64: largest difference {distance:.1e}, largest gradient {largest:.1e}"
    )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--utterances", type=int, default=8)
    parser.add_argument("--questions", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--threads", type=int, nargs="*", default=sorted({1, os.cpu_count() or 1}))
    given = parser.parse_args()
    items = make_items(given.utterances, given.questions)
    for threads in given.threads:
        tell_times(items, threads, given.rounds)
    torch.set_num_threads(1)
    tell_agreement(items)
    print("peak memory: what steps add to their process, and the whole process")
    for way in WAYS:
        added, whole = in_own_process(peak_mb, way, given.utterances, given.questions)
        print(f"  {way:9} {added:6.0f} MB {whole:6.0f} MB")


if __name__ == "__main__":
    main()
