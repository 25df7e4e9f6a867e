"""Relevance: time, agreement, balance and memory, beside Captum and Zennit, in one run.

    python benchmarks/explain.py [--frames 1000] [--questions 1500] [--utterances 191]

All explain the same utterance and the same network: one of the book's default size, with random
weights and its batch norm away from the defaults; phones last about 80 ms. For the peers the
network is written out in modules, and every operation is given the rule that makes it LRP-0, as a
user who reads their manuals would do. What each finds is compared with gradient x input in float64,
by autograd, on the written-out network; the tests compare with LRP neuron by neuron. Zennit is
measured where it can be imported. Rounds take turns, so that a busy machine is unfair to nobody.
"""

import argparse
import copy
import importlib.util
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import Tensor, nn

from intonation.lrp.lrp import Explainer
from intonation.lrp.store import model_digest, save_explanation
from intonation.model.batches import Inputs
from intonation.model.network import F0Model, ModelConfig

FRAMES_PER_PHONE = 16
TINY = 1e-9  # of stabilisers that cannot be switched off
Contender = Callable[[], np.ndarray]


class Sum(nn.Module):
    """A sum of two as a module, which peers can give a rule."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class PlainNetwork(nn.Module):
    """F0Model as one writes it without regard to phones: [1, inputs, frames] in, [1] out.

    Every operation is a module, used once; what comes out is the sum over frames.
    """

    def __init__(self, model: F0Model, frames: int, make_sum: Callable[[], nn.Module]) -> None:
        super().__init__()
        model = copy.deepcopy(model).eval()
        self.project = nn.Conv1d(len(model.config.inputs), model.config.hidden_size, 1)
        self.project.weight.data = model.project.weight.data[:, :, None].clone()
        self.project.bias.data = model.project.bias.data.clone()
        self.blocks = model.blocks
        self.sums = nn.ModuleList(make_sum() for _ in model.blocks)
        self.totals = nn.ModuleList(make_sum() for _ in model.blocks)
        self.dense, self.relu_dense, self.output = model.dense, model.relu_dense, model.output
        self.over_frames = nn.Linear(frames, 1, bias=False)
        nn.init.ones_(self.over_frames.weight)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        x = self.project(x)
        total = None
        for block, add, add_total in zip(self.blocks, self.sums, self.totals, strict=True):
            y = block.relu1(block.norm1(block.conv1(x)))
            skip = block.relu2(block.norm2(block.conv2(y)))
            total = skip if total is None else add_total(total, skip)
            x = block.relu_out(add(x, skip))
        return self.over_frames(self.output(self.relu_dense(self.dense(total)))[:, 0])[:, 0]


def make_case(frames: int, questions: int, seed: int = 0) -> tuple[F0Model, Inputs]:
    """A network as if trained, and an utterance of random answers, a quarter of them yes."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = F0Model(ModelConfig("semitones", tuple(f"q{i}" for i in range(questions)))).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.weight, 1.0, 0.3)
            nn.init.normal_(module.bias, 0.0, 0.3)
            module.running_mean.normal_(0.0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    phones = max(1, frames // FRAMES_PER_PHONE)
    answers = (random.random((phones, questions)) < 0.25).astype(np.uint8)
    index = np.sort(random.integers(0, phones, frames))
    return model, Inputs(answers, index, np.ones(frames, dtype=bool))


def dense_input(item: Inputs, dtype: torch.dtype = torch.float32) -> Tensor:
    """Frame by frame, as the peers take it: [1, inputs, frames]."""
    return torch.from_numpy(item.answers[item.frame_to_phone].T.copy()).to(dtype)[None]


def sum_phones(values: np.ndarray, item: Inputs) -> np.ndarray:
    """Per phone, from relevance [frames, inputs]."""
    sums = np.zeros(item.answers.shape, dtype=values.dtype)
    np.add.at(sums, item.frame_to_phone, values)
    return sums


def ours(model: F0Model, item: Inputs, per: str) -> Contender:
    """This package, the network made ready once, as a chapter does."""
    explainer, chosen = Explainer(model), np.ones(len(item.voiced), dtype=bool)
    return lambda: explainer.explain(explainer.forward(item), chosen).relevance(per).values


def autograd(model: F0Model, item: Inputs, dtype: torch.dtype = torch.float32) -> Contender:
    """Gradient x input on the written-out network."""
    network = PlainNetwork(model, len(item.voiced), Sum).to(dtype).requires_grad_(False)
    x = dense_input(item, dtype).requires_grad_()

    def run() -> np.ndarray:
        (gradient,) = torch.autograd.grad(network(x), x)
        return (gradient * x)[0].T.detach().numpy()

    return run


def captum(model: F0Model, item: Inputs) -> Contender:
    """Captum's LRP, every layer and sum with its epsilon rule."""
    network, x = PlainNetwork(model, len(item.voiced), Sum), dense_input(item)
    silent = (nn.ConstantPad1d, nn.Dropout1d)
    ruled = (nn.Conv1d, nn.BatchNorm1d, nn.Linear, Sum, *silent)
    modules = [module for module in network.modules() if isinstance(module, ruled)]

    def run() -> np.ndarray:
        for module in modules:  # Captum takes the rules off again after each call
            module.rule = EpsilonRule(TINY)
        return LRP(network).attribute(x.requires_grad_())[0].T.detach().numpy()

    return run


def zennit(model: F0Model, item: Inputs) -> Contender:
    """Zennit, batch norm merged, every layer with its epsilon rule, sums with its Norm rule."""
    from zennit.attribution import Gradient
    from zennit.canonizers import SequentialMergeBatchNorm
    from zennit.composites import LayerMapComposite
    from zennit.layer import Sum as SumOfAxis
    from zennit.rules import Epsilon, Norm, Pass
    from zennit.types import Activation, BatchNorm, Linear

    class StackedSum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.sum = SumOfAxis(-1)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return self.sum(torch.stack([a, b], -1))

    network, x = PlainNetwork(model, len(item.voiced), StackedSum), dense_input(item)
    rules = [(Activation, Pass()), (BatchNorm, Pass()), (SumOfAxis, Norm(stabilizer=TINY))]
    rules.append((Linear, Epsilon(epsilon=TINY)))
    composite = LayerMapComposite(rules, canonizers=[SequentialMergeBatchNorm()])

    def run() -> np.ndarray:
        with Gradient(network, composite, attr_output=lambda output: output) as attributor:
            _, relevance = attributor(x)
        return relevance[0].T.detach().numpy()

    return run


def contenders(model: F0Model, item: Inputs) -> dict[str, Contender]:
    """By name: what is timed."""
    found = {
        "intonation, per phone": ours(model, item, "phone"),
        "intonation, per frame": ours(model, item, "frame"),
        "autograd, gradient x input": autograd(model, item),
        "Captum LRP": captum(model, item),
    }
    if importlib.util.find_spec("zennit"):
        found["Zennit"] = zennit(model, item)
    return found


def take_turns(found: dict[str, Contender], rounds: int) -> dict[str, float]:
    """Median ms of each."""
    times: dict[str, list[float]] = {name: [] for name in found}
    for turn in range(rounds + 2):  # two to warm up
        for name, run in found.items():
            started = time.perf_counter()
            run()
            if turn > 1:
                times[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def tell_times(times: dict[str, float], threads: int) -> None:
    """Median ms of each, and times ours."""
    first = times["intonation, per phone"]
    print(f"median ms per utterance with {threads} thread(s), and times ours per phone:")
    for name, ms in times.items():
        print(f"  {name:28} {ms:8.1f} ms {ms / first:7.2f} x")


def peak_mb(name: str, frames: int, questions: int) -> float:
    """What one explanation adds to the memory of a process of its own at its peak, in MB."""
    model, item = make_case(frames, questions)
    run = contenders(model, item)[name]
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before = memory_mb("VmRSS")
    run()
    return memory_mb("VmHWM") - before


def memory_mb(name: str) -> float:
    """Of this process, from Linux."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) / 1024


def in_own_process(function: Callable, *arguments):
    """Call in a fresh process, so that its peak of memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def explain_many(utterances: int, frames: int, questions: int) -> tuple[float, float, float, float]:
    """Seconds on one core to explain and to store, MB of the store, peak MB of the process."""
    torch.set_num_threads(1)
    model, item = make_case(frames, questions)
    explainer, digest = Explainer(model), model_digest(model)
    chosen, spent, began = np.ones(frames, dtype=bool), 0.0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(utterances):
            started = time.perf_counter()
            explanation = explainer.explain(explainer.forward(item), chosen)
            explanation.relevance("phone")
            spent += time.perf_counter() - started
            save_explanation(Path(folder) / f"{number}.npz", explanation, digest)
        whole = time.perf_counter() - began
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    return spent, whole, size, memory_mb("VmHWM")


def tell_agreement(model: F0Model, item: Inputs, found: dict[str, Contender]) -> None:
    """Distance from float64, as a share of the largest relevance."""
    exact = autograd(model, item, torch.float64)()
    per_phone, double = sum_phones(exact, item), copy.deepcopy(model).double()
    print("largest distance from float64 gradient x input, as a share of the largest relevance:")
    for name, run in {**found, "intonation in float64": ours(double, item, "phone")}.items():
        values = run()
        oracle = per_phone if len(values) == len(per_phone) else exact
        print(f"  {name:28} {np.abs(values - oracle).max() / np.abs(oracle).max():.1e}")


def tell_balance(model: F0Model, item: Inputs) -> None:
    """Relevance + absorbed = explained, for every rule."""
    print("balance, as shares of the explained output:")
    chosen = np.ones(len(item.voiced), dtype=bool)
    for rule in ("z", "epsilon", "gamma", "alpha_beta", "z_box"):
        explainer = Explainer(model, rule=rule)
        found = explainer.explain(explainer.forward(item), chosen).relevance("phone")
        shares = [found.values.sum(), found.absorbed, found.gap]
        relevance, absorbed, gap = (value / found.explained for value in shares)
        print(f"  {rule:12} relevance {relevance:+.4f}  absorbed {absorbed:+.4f}  gap {gap:+.1e}")


def main() -> None:
    """Print everything, slowest parts last."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--questions", type=int, default=1500)
    parser.add_argument("--utterances", type=int, default=191)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    model, item = make_case(given.frames, given.questions)
    found = contenders(model, item)
    print(f"{given.frames} frames, {given.questions} questions; peak memory that one call adds:")
    for name in found:
        added = in_own_process(peak_mb, name, given.frames, given.questions)
        print(f"  {name:28} {added:8.1f} MB")
    for threads in sorted({1, os.cpu_count() or 1}):
        torch.set_num_threads(threads)
        tell_times(take_turns(found, given.rounds), threads)
    torch.set_num_threads(1)
    if "Zennit" not in found:
        print("  Zennit cannot be imported here, so it was not measured")
    tell_agreement(model, item, found)
    tell_balance(model, item)
    print("many utterances, one core: explained; with storing; store; peak of the process:")
    for number in (max(1, given.utterances // 10), given.utterances):
        numbers = in_own_process(explain_many, number, given.frames, given.questions)
        spent, whole, size, peak = numbers
        print(f"  {number:5} {spent:7.2f} s {whole:7.2f} s {size:7.1f} MB {peak:7.0f} MB")


if __name__ == "__main__":
    main()
