"""What if, in the page: milliseconds from a question to its answer, in a headless Chromium.

    python benchmarks/in_page.py [--frames 800] [--questions 1477] [--rounds 40]

A network of the book's default size with random weights, an utterance of random answers, phones of
about 80 ms. Asked are: all of the utterance anew (what changing the sentence's type costs), one
word with other answers, explained in the word (what moving an accent costs), and another window of
what is computed already. Answered by WebAssembly and by plain JavaScript, in a worker, and beside
them by this package's Python on one thread, which always computes all. The contenders take turns,
so that a busy machine is unfair to nobody. `longest stall` is how late a timer of the page was at
most while a worker, or the page's own thread in slices, computed. `least` comes nearest to
a machine that has nothing else to do.
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from playwright.sync_api import Page, sync_playwright

from intonation.book.inspector import weights
from intonation.lrp.lrp import Explainer
from intonation.model.batches import Inputs
from intonation.model.network import F0Model, ModelConfig

FRONT = Path(weights.__file__).parent / "front"
SCRIPTS = ("kernel.js", "network_loops.js", "network_core.js", "network.js")
FRAMES_PER_PHONE, PHONES_OF_A_WORD, GROUPS = 16, 5, 15
GOAL_MS = 100
NOTHING = ("nothing", "100 ms")  # how late a timer is on this machine anyway
ENGINES = {
    "wasm": {},
    "plain": {"wasm": False},
    "wasm, no worker": {"worker": False},
    "plain, no worker": {"worker": False, "wasm": False},
}
HELPERS = """
const engines = {};
const typed = (told) => ({ ...told,
  answers: told.answers.map((indices) => Uint16Array.from(indices)),
  frameToPhone: Int32Array.from(told.frameToPhone),
  voiced: Uint8Array.from(told.voiced), frames: Uint8Array.from(told.frames),
  groupOf: Int16Array.from(told.groupOf) });
const questions = {}, NOTHING_MS = 100;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function ask(engine, question) {
  let last = performance.now(), stall = 0, going = true;
  const tick = () => {
    stall = Math.max(stall, performance.now() - last);
    last = performance.now();
    if (going) setTimeout(tick);
  };
  tick();
  const began = performance.now();
  await (engine ? engines[engine].ask(questions[question]) : sleep(NOTHING_MS));
  const ms = performance.now() - began;
  going = false;
  return [ms, stall];
}
"""


def make_case(frames: int, questions: int) -> tuple[F0Model, Inputs, Inputs, np.ndarray]:
    """A network, an utterance, the same with another word in its middle, and that word's frames."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    model = F0Model(ModelConfig("semitones", tuple(f"q{i}" for i in range(questions)))).eval()
    index = np.arange(frames) // FRAMES_PER_PHONE
    answers = (random.random((index[-1] + 1, questions)) < 0.25).astype(np.uint8)
    first = len(answers) // 2
    word = slice(first, first + PHONES_OF_A_WORD)
    other = answers.copy()
    other[word] = random.random(other[word].shape) < 0.25
    voiced = np.ones(frames, dtype=bool)
    inside = (index >= word.start) & (index < word.stop)
    return model, Inputs(answers, index, voiced), Inputs(other, index, voiced), inside


def told(inputs: Inputs, chosen: np.ndarray, name: str) -> dict:
    """A question as the page asks it."""
    n_questions = inputs.answers.shape[1]
    return {
        "id": name,
        "answers": [np.flatnonzero(row).tolist() for row in inputs.answers],
        "frameToPhone": inputs.frame_to_phone.tolist(),
        "voiced": inputs.voiced.astype(int).tolist(),
        "frames": chosen.astype(int).tolist(),
        "groupOf": (np.arange(n_questions) % GROUPS).tolist(),
        "groups": GROUPS,
    }


def prepare(page: Page, model: F0Model, questions: dict) -> None:
    """Load the scripts, open all engines, keep the questions in the page."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = "\n".join((FRONT / name).read_text(encoding="utf-8") for name in SCRIPTS)
        html = Path(folder) / "page.html"
        html.write_text(f"<script>{scripts}\n{HELPERS}</script>", encoding="utf-8")
        page.goto(html.as_uri())
    page.evaluate(
        """async ([data, options, told]) => {
          for (const [name, how] of Object.entries(options)) {
            engines[name] = IntonationNetwork.open(data, how);
            await engines[name].ready;
          }
          for (const [name, one] of Object.entries(told)) questions[name] = typed(one);
        }""",
        [weights.network_data(model), ENGINES, questions],
    )


def measure(page: Page, rounds: int) -> dict[tuple[str, str], np.ndarray]:
    """(engine, what) -> [rounds, 2]: ms to the answer, longest stall."""
    found: dict[tuple[str, str], list] = {}
    for turn in range(rounds + 3):  # three to warm up
        if turn > 2:
            found.setdefault(NOTHING, []).append(page.evaluate("() => ask('', '')"))
        for engine in ENGINES:
            page.evaluate("(engine) => ask(engine, 'another')", engine)
            asked = {"whole": "whole", "one word": "word", "window": "word in whole window"}
            for what, question in asked.items():
                times = page.evaluate("([e, q]) => ask(e, q)", [engine, question])
                if turn > 2:
                    found.setdefault((engine, what), []).append(times)
    return {key: np.array(values) for key, values in found.items()}


def python_ms(model: F0Model, inputs: Inputs, chosen: np.ndarray, rounds: int) -> np.ndarray:
    """ms [rounds] of one forward pass and one explanation per phone."""
    torch.set_num_threads(1)
    explainer, times = Explainer(model), []
    for _ in range(rounds + 3):
        began = time.perf_counter()
        explainer.explain(explainer.forward(inputs), chosen).relevance("phone")
        times.append((time.perf_counter() - began) * 1000)
    return np.array(times[3:])


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=800)
    parser.add_argument("--questions", type=int, default=1477)
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    model, inputs, other, word = make_case(given.frames, given.questions)
    everything = np.ones(given.frames, dtype=bool)
    questions = {
        "another": told(inputs, everything, "v"),
        "whole": told(inputs, everything, "u"),
        "word": told(other, word, "u"),
        "word in whole window": told(other, everything, "u"),
    }
    installed = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        page = browser.new_page()
        prepare(page, model, questions)
        times = measure(page, given.rounds)
        browser.close()
    python = python_ms(model, inputs, everything, given.rounds)
    report(times, python, given)


def report(times: dict[tuple[str, str], np.ndarray], python: np.ndarray, given) -> None:
    """One line a contender and question."""
    print(f"{given.frames} frames, {given.questions} questions, {given.rounds} rounds; ms")
    print(f"longest stall while nothing is asked: {times.pop(NOTHING)[:, 1].max():.1f}")
    heads = ("least", "p50", "p95", "x Python", "longest stall")
    print(f"{'':16} {'asked':9}" + "".join(f"{head:>14}" for head in heads))
    rows = {("Python, torch", "whole"): np.column_stack([python, np.nan * python]), **times}
    for (name, what), values in rows.items():
        least, p50, p95 = np.percentile(values[:, 0], [0, 50, 95])
        found = (least, p50, p95, p50 / np.median(python), values[:, 1].max())
        met = "" if p95 <= GOAL_MS else f"   p95 over {GOAL_MS}"
        print(f"{name:16} {what:9}" + "".join(f"{value:14.2f}" for value in found) + met)
    for what in ("whole", "one word"):
        ratio = np.median(times["plain", what][:, 0]) / np.median(times["wasm", what][:, 0])
        print(f"plain JavaScript takes {ratio:.1f} times as long as WebAssembly: {what}")


if __name__ == "__main__":
    main()
