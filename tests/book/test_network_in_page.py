"""The network and its relevance in the page: the same as Python has, however computed."""

import base64
import copy
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import browser, open_pages  # noqa: F401
from builders import TARGETS, make_inputs, make_model, utterance_of
from torch import nn

from intonation.book.inspector import weights
from intonation.book.inspector.weights import network_data
from intonation.errors import ModelError
from intonation.lrp.affine import FoldedNetwork
from intonation.lrp.methods import explain
from intonation.model.batches import make_batch
from intonation.model.target import TARGETS as MEANINGS

FOLDER = Path(weights.__file__).parent
SEMITONES = {"semitones": 1.0, "ln Hz": 12 / np.log(2)}  # per unit of a target
ENGINES = [{"worker": w, "wasm": fast} for w in (True, False) for fast in (True, False)]
FORMS = [
    {},
    {"causal": False},
    {"kernel_size": 3, "channels": 8},
    {"kernel_size": 4, "causal": False, "channels": 13, "layers": 2},
    {"stacks": 1, "layers": 1, "channels": 1},
    {"layers": 4, "stacks": 3, "channels": 17, "causal": False},
]
REAL = {"questions": 1477, "channels": 64, "layers": 6, "stacks": 2}
HELPERS = """
<script>
const typed = (told) => ({ ...told,
  answers: told.answers.map((indices) => Uint16Array.from(indices)),
  frameToPhone: Int32Array.from(told.frameToPhone),
  voiced: Uint8Array.from(told.voiced), frames: Uint8Array.from(told.frames),
  groupOf: Int16Array.from(told.groupOf) });
const plainly = (answer) =>
  answer && { ...answer, output: [...answer.output], sums: [...answer.sums] };
const engines = [];
const opened = (data, options) => { engines.push(IntonationNetwork.open(data, options)); };
const asked = async (which, told) => plainly(await engines[which].ask(typed(told)));
</script>
"""


def scripts():
    names = ("kernel.js", "network_loops.js", "network_core.js", "network.js")
    return "\n".join((FOLDER / "front" / name).read_text(encoding="utf-8") for name in names)


@pytest.fixture
def page(browser, tmp_path):  # noqa: F811
    """A page on the disk that has the scripts; whatever it complains of fails the test."""
    html = tmp_path / "network.html"
    html.write_text(f"<script>{scripts()}</script>{HELPERS}", encoding="utf-8")
    with open_pages(browser) as (page, complaints):
        page.goto(html.as_uri())
        yield page
        assert complaints == []


def open_engine(page, model, **options):
    """Returns the number of the new engine in the page."""
    return page.evaluate(
        "([data, options]) => { opened(data, options); return engines.length - 1; }",
        [network_data(model), options],
    )


def ask(page, engine, told):
    answer = page.evaluate("([engine, told]) => asked(engine, told)", [engine, told])
    return answer and {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in answer.items()
    }


def told_of(inputs, chosen, group_of, name="u1"):
    """A question as the page asks it."""
    return {
        "id": name,
        "answers": [np.flatnonzero(row).tolist() for row in inputs.answers],
        "frameToPhone": inputs.frame_to_phone.tolist(),
        "voiced": inputs.voiced.astype(int).tolist(),
        "frames": chosen.astype(int).tolist(),
        "groupOf": group_of.tolist(),
        "groups": int(group_of.max()) + 1,
    }


def case(target, seed=0, phones=9, frames=70, **form):
    """A model, an utterance, some frames to explain and a group for most inputs."""
    model = make_model(target, seed=seed, **form)
    inputs = make_inputs(seed, phones, frames, len(model.config.questions))
    random = np.random.default_rng(seed)
    group_of = random.integers(-1, 4, len(model.config.inputs)).astype(np.int16)
    return model, inputs, random.random(frames) < 0.5, group_of


def unpacked(entry):
    """Weights [rows, channels] and bias of one layer, as the page has them."""
    shape, *texts = entry
    kinds = ("<i2", "<f4", "<f4")
    integers, scales, bias = (
        np.frombuffer(base64.b64decode(text), kind) for text, kind in zip(texts, kinds, strict=True)
    )
    return torch.tensor(integers.reshape(shape) * scales), torch.tensor(bias)


def as_in_the_page(model):
    """The model in float64 with the page's weights, batch norms that do nothing."""
    data, twin = network_data(model)["tensors"], copy.deepcopy(model).double()
    for norm in (module for module in twin.modules() if isinstance(module, nn.BatchNorm1d)):
        norm.running_var.fill_(1 - norm.eps)
        norm.running_mean.zero_()
        nn.init.ones_(norm.weight)
        nn.init.zeros_(norm.bias)
    convolutions = [conv.conv for block in twin.blocks for conv in (block.conv1, block.conv2)]
    layers = {f"convolution{i}": conv for i, conv in enumerate(convolutions)}
    layers |= {"first": twin.project, "dense": twin.dense, "output": twin.output}
    assert layers.keys() == data.keys()
    with torch.no_grad():
        for name, layer in layers.items():
            weight, bias = unpacked(data[name])
            taps = layer.weight.shape[2] if layer.weight.ndim == 3 else 1
            kernel = weight.reshape(taps, -1, len(bias)).permute(2, 1, 0)
            layer.weight.copy_(kernel.reshape(layer.weight.shape))
            layer.bias.copy_(bias)
    return twin


def python_says(model, inputs, chosen, group_of):
    """What the page should answer."""
    with torch.no_grad():
        output = model(make_batch([inputs]).to("cpu", torch.float64))[0].numpy()
    found = explain(model, utterance_of(inputs), frames=chosen)
    sums = np.zeros(group_of.max() + 1)
    np.add.at(sums, group_of[group_of >= 0], found.values.sum(axis=0)[group_of >= 0])
    numbers = {"explained": found.explained, "absorbed": found.absorbed}
    return {"output": output, "sums": sums, **numbers}


def distance(found, expected):
    """The largest of all numbers, as a share of the largest where that is above 1."""
    return max(
        float(np.abs(found[name] - value).max() / max(1.0, np.abs(value).max()))
        for name, value in expected.items()
    )


def changed(inputs, phones, seed=9):
    """The same utterance, some phones with other answers."""
    answers = inputs.answers.copy()
    random = np.random.default_rng(seed)
    answers[phones] = (random.random(answers[phones].shape) < 0.4).astype(np.uint8)
    return replace(inputs, answers=answers)


def same(one, other):
    """Bit by bit, but for how much was computed."""
    return all(np.array_equal(one[name], other[name]) for name in one.keys() - {"rows"})


@pytest.mark.parametrize("target", TARGETS)
def test_weights_are_json_the_same_each_time_and_the_model_stays_as_it_was(target):
    model = make_model(target).float().train()
    before = copy.deepcopy(model.state_dict())
    data = network_data(model)
    assert json.dumps(data, allow_nan=False) == json.dumps(network_data(copy.deepcopy(model)))
    assert data["format"] == weights.FORMAT and model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_each_weight_is_kept_to_half_a_step_of_its_channel():
    model = make_model("semitones", kernel_size=3)
    network, data = FoldedNetwork(model), network_data(model)["tensors"]
    exact = {
        "first": network.first,
        "convolution3": network.blocks[1][1],
        "output": network.head[1],
    }
    for name, layer in exact.items():
        weight, bias = unpacked(data[name])
        step = layer.weight.abs().amax(dim=0) / 32767
        assert ((weight - layer.weight).abs() <= step * 0.501).all()
        assert torch.equal(bias, layer.bias.float())


def test_a_network_that_relevance_does_not_know_is_refused():
    model = make_model("semitones")
    model.relu_skip = nn.Sigmoid()
    with pytest.raises(ModelError, match="Sigmoid"):
        network_data(model)


@pytest.mark.browser
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_the_page_says_what_python_says(page, target, form):
    model, inputs, chosen, group_of = case(target, **form)
    told = told_of(inputs, chosen, group_of)
    answers = [ask(page, open_engine(page, model, **options), told) for options in ENGINES]
    assert distance(answers[0], python_says(as_in_the_page(model), inputs, chosen, group_of)) < 1e-4
    assert distance(answers[0], python_says(model, inputs, chosen, group_of)) < 5e-3
    assert all(same(answers[0], other) for other in answers[1:])


@pytest.mark.browser
@pytest.mark.parametrize("target", TARGETS)
def test_a_network_of_the_real_size_says_what_python_says(page, target):
    model, inputs, chosen, group_of = case(target, 1, phones=50, frames=500, **REAL)
    told = told_of(inputs, chosen, group_of)
    fast, plain = (ask(page, open_engine(page, model, wasm=wasm), told) for wasm in (True, False))
    exact = python_says(model, inputs, chosen, group_of)
    assert same(fast, plain)
    assert distance(fast, python_says(as_in_the_page(model), inputs, chosen, group_of)) < 1e-4
    semitones = SEMITONES[MEANINGS[target].unit]
    assert np.abs(fast["output"] - exact["output"]).max() * semitones < 0.01


@pytest.mark.browser
@pytest.mark.parametrize("wasm", [True, False])
@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize("target", TARGETS)
def test_what_is_computed_for_a_change_is_what_is_computed_anew(page, target, form, wasm):
    model, inputs, chosen, group_of = case(target, frames=200, **form)
    kept, anew = (open_engine(page, model, wasm=wasm) for _ in range(2))
    shorter = (inputs.frame_to_phone[:150], inputs.voiced[:150])
    cut = replace(inputs, frame_to_phone=shorter[0], voiced=shorter[1])
    steps = [cut, inputs, changed(inputs, [6]), changed(inputs, [2, 8]), inputs]
    steps += [replace(inputs, voiced=~inputs.voiced), cut]
    for step, now in enumerate(steps):
        told = told_of(now, chosen[: len(now.voiced)], group_of)
        fresh = ask(page, anew, {**told, "id": f"{step}"})
        assert same(ask(page, kept, told), fresh), step


@pytest.mark.browser
def test_forty_seconds_are_computed_too(page):
    form = {"channels": 64, "layers": 6}
    model, inputs, chosen, group_of = case("semitones", phones=500, frames=8000, **form)
    found = ask(page, open_engine(page, model), told_of(inputs, chosen, group_of))
    assert distance(found, python_says(as_in_the_page(model), inputs, chosen, group_of)) < 1e-4


@pytest.mark.browser
@pytest.mark.parametrize("causal", [True, False])
def test_only_frames_that_a_change_can_reach_are_computed(page, causal):
    model, inputs, chosen, group_of = case("semitones", frames=400, phones=40, causal=causal)
    engine = open_engine(page, model)
    whole = ask(page, engine, told_of(inputs, chosen, group_of))
    again = ask(page, engine, told_of(inputs, chosen, group_of))
    phone = 20
    other = ask(page, engine, told_of(changed(inputs, [phone]), chosen, group_of))
    first, last = np.flatnonzero(inputs.frame_to_phone == phone)[[0, -1]]
    moved = np.flatnonzero(other["output"] != whole["output"])
    reach = model.config.receptive_field - 1
    layers = 2 * len(model.blocks) + 1
    assert whole["rows"]["forward"] == 400 * layers and again["rows"]["forward"] == 0
    assert 0 < other["rows"]["forward"] <= layers * (last - first + 1 + reach)
    assert moved.size and moved[-1] <= last + reach
    assert moved[0] >= (first if causal else first - reach)
    assert same(whole, again)


@pytest.mark.browser
@pytest.mark.parametrize("form", FORMS, ids=str)
def test_only_frames_that_the_asked_ones_look_at_are_walked_back(page, form):
    model, inputs, _, group_of = case("log_f0", frames=400, phones=40, **form)
    engine, everything = open_engine(page, model), np.ones(400, dtype=bool)
    window = np.arange(400) // 10 == 20
    parts = [
        ask(page, engine, told_of(inputs, chosen, group_of))
        for chosen in (everything, window, ~window, ~everything)
    ]
    rows = [part["rows"]["backward"] for part in parts]
    reach, layers = model.config.receptive_field - 1, 2 * len(model.blocks) + 1
    assert rows[0] == 400 * layers and 0 < rows[1] <= (10 + reach) * layers and rows[3] == 0
    np.testing.assert_allclose(parts[1]["sums"] + parts[2]["sums"], parts[0]["sums"], atol=1e-3)
    assert not parts[3]["sums"].any() and parts[3]["explained"] == parts[3]["absorbed"] == 0


@pytest.mark.browser
@pytest.mark.parametrize("worker", [True, False])
def test_of_waiting_questions_only_the_last_is_answered(page, worker):
    model, inputs, chosen, group_of = case("semitones")
    engine = open_engine(page, model, worker=worker)
    told = [told_of(changed(inputs, [phone]), chosen, group_of, f"u{phone}") for phone in range(4)]
    answers = page.evaluate(
        "([engine, told]) => Promise.all(told.map((one) => asked(engine, one)))", [engine, told]
    )
    assert [answer is not None for answer in answers] == [True, False, False, True]
    alone = ask(page, open_engine(page, model), told[3])
    assert same(alone, {**answers[3], **{k: np.array(answers[3][k]) for k in ("output", "sums")}})


@pytest.mark.browser
@pytest.mark.parametrize("worker", [True, False])
def test_the_page_stays_alive_while_it_computes(page, worker):
    """A timer of the page goes off many times before the slow engine has answered."""
    model, inputs, chosen, group_of = case("semitones", phones=80, frames=1500, **REAL)
    engine = open_engine(page, model, worker=worker, wasm=False)
    assert page.evaluate("(engine) => engines[engine].ready", engine)["worker"] is worker
    ticks = page.evaluate(
        """async ([engine, told]) => {
          let ticks = 0;
          const timer = setInterval(() => { ticks += 1; }, 1);
          await engines[engine].ask(typed(told));
          clearInterval(timer);
          return ticks;
        }""",
        [engine, told_of(inputs, chosen, group_of)],
    )
    assert ticks >= 10


@pytest.mark.browser
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ("", {"worker": True, "wasm": True}),
        ("Worker = function () { throw new Error('refused'); };", {"worker": False, "wasm": True}),
        (
            "Worker = function () { setTimeout(() => this.onerror(new Event('error'))); };"
            "Worker.prototype = { postMessage() {}, terminate() {} };",
            {"worker": False, "wasm": True},
        ),
        ("delete window.Worker; delete window.WebAssembly;", {"worker": False, "wasm": False}),
        (
            "delete window.Worker; WebAssembly.validate = () => false;",
            {"worker": False, "wasm": False},
        ),
    ],
)
def test_without_workers_or_webassembly_it_is_slower_and_not_broken(page, spoil, expected):
    model, inputs, chosen, group_of = case("semitones")
    page.evaluate(f"() => {{ {spoil} }}")
    engine = open_engine(page, model)
    assert page.evaluate("(engine) => engines[engine].ready", engine) == expected
    found = ask(page, engine, told_of(inputs, chosen, group_of))
    assert distance(found, python_says(as_in_the_page(model), inputs, chosen, group_of)) < 1e-4


@pytest.mark.browser
def test_a_page_whose_rules_forbid_workers_and_webassembly_has_an_answer(browser, tmp_path):  # noqa: F811
    rules = "script-src 'unsafe-inline'; worker-src 'none'"
    html = tmp_path / "strict.html"
    meta = f'<meta http-equiv="Content-Security-Policy" content="{rules}">'
    html.write_text(f"{meta}<script>{scripts()}</script>{HELPERS}", encoding="utf-8")
    model, inputs, chosen, group_of = case("semitones")
    with open_pages(browser) as (page, complaints):
        page.goto(html.as_uri())
        engine = open_engine(page, model)
        ready = page.evaluate("(engine) => engines[engine].ready", engine)
        assert ready == {"worker": False, "wasm": False}
        found = ask(page, engine, told_of(inputs, chosen, group_of))
        assert found["output"].shape == (70,)
        assert complaints and all("Content Security Policy" in said for said in complaints)


def floats(*values):
    return base64.b64encode(np.array(values, "<f4").tobytes()).decode()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data.update(format=2), "format 2, expected 1"),
        (lambda data: data.pop("format"), "format undefined, expected 1"),
        (lambda data: data.pop("config"), "config has inputs undefined"),
        (lambda data: data["config"].update(channels=10**9), "channels 1000000000"),
        (lambda data: data["config"].update(channels=7), "first is [11,6], expected [11,7]"),
        (lambda data: data["config"]["convolutions"].pop(), "no pairs of convolutions"),
        (lambda data: data["config"]["convolutions"][0].__setitem__(1, 5), "no pairs of"),
        (lambda data: data["tensors"].pop("dense"), "there is no dense"),
        (lambda data: data["tensors"]["dense"].__setitem__(1, "%%"), "dense is no base64"),
        (lambda data: data["tensors"]["dense"].__setitem__(1, "AAAA"), "dense has 3 bytes"),
        (
            lambda data: data["tensors"]["output"].__setitem__(3, floats(np.nan)),
            "output has numbers that are not finite",
        ),
        (
            lambda data: data["tensors"]["output"].__setitem__(2, floats(1e38)),
            "output has numbers that are not finite",
        ),
    ],
)
def test_weights_that_do_not_fit_the_code_are_refused_in_one_sentence(page, spoil, message):
    data = network_data(make_model("semitones"))
    spoil(data)
    told = page.evaluate(
        "(data) => { try { IntonationNetwork.open(data); } catch (e) { return `${e}`; } }", data
    )
    assert told.startswith("Error: The weights do not fit this page's code:") and message in told
    assert told.endswith("Build the book again, so that weights and code are of one version.")


@pytest.mark.browser
@pytest.mark.parametrize("worker", [True, False])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"voiced": [1]}, "70 frames, whether 1 are voiced"),
        ({"frameToPhone": [], "voiced": [], "frames": []}, "0 frames"),
        ({"frameToPhone": [9] * 70}, "phone 9, but there are 9"),
        ({"answers": [[11]] * 9}, "Phone 0 answers question 11, but there are 11"),
        ({"groupOf": [0]}, "must give each of 12 inputs"),
        ({"groups": 0}, "a group below 0"),
    ],
)
def test_a_question_that_does_not_fit_is_refused_and_the_next_one_answered(
    page, worker, changes, message
):
    model, inputs, chosen, group_of = case("log_f0")
    engine, told = open_engine(page, model, worker=worker), told_of(inputs, chosen, group_of)
    refused = page.evaluate(
        "([engine, told]) => asked(engine, told).then(() => null, (error) => error.message)",
        [engine, {**told, **changes}],
    )
    assert message in refused
    assert same(ask(page, engine, told), ask(page, open_engine(page, model), told))


@pytest.mark.browser
@pytest.mark.parametrize("worker", [True, False])
def test_a_closed_engine_answers_null(page, worker):
    model, inputs, chosen, group_of = case("semitones")
    engine, told = open_engine(page, model, worker=worker), told_of(inputs, chosen, group_of)
    answers = page.evaluate(
        """([engine, told]) => {
          const answers = [asked(engine, told), asked(engine, told)];
          engines[engine].close();
          return Promise.all([...answers, asked(engine, told)]);
        }""",
        [engine, told],
    )
    assert answers == [None, None, None]


def test_the_kernel_is_what_its_source_compiles_to(tmp_path):
    npm, folder = shutil.which("npm"), tmp_path / "kernel"
    if npm is None:
        pytest.skip("npm is not installed")
    shutil.copytree(FOLDER / "kernel", folder, ignore=shutil.ignore_patterns("node_modules"))
    quick = ("--fetch-retries=0", "--fetch-timeout=20000")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run([npm, "ci", *quick, *quiet], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"npm could not fetch the compiler: {done.stderr.strip()[:200]}")
    made = tmp_path / "kernel.js"
    subprocess.run([npm, "run", "build", "--", str(made)], cwd=folder, check=True)
    assert made.read_text() == (FOLDER / "front" / "kernel.js").read_text()
