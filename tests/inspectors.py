"""Inspectors for tests: data of a small utterance, and a page that shows it."""

import base64

import numpy as np
import pandas as pd
import pytest
from browser import open_pages
from builders import save_small_model

from intonation.book.inspector.data import inspector_data
from intonation.book.inspector.page import FRONT, SCRIPTS, front_style
from intonation.corpus.corpus import open_corpus
from intonation.corpus.preparation import Asked, prepare_corpus
from intonation.files import write_csv
from intonation.labels.intervals import Interval

PHONES = [("", 0.0, 0.1), ("t", 0.1, 0.15), ("a", 0.15, 0.25), ("k", 0.25, 0.3), ("", 0.3, 0.4)]
FRAMES = [0, 0, 20, 4, 0]
HOSTILE = '</script><img src=x onerror="window.hacked=1">&"żółć"'


def make_data(**changes):
    """Data of a small utterance: two levels, the first of which adds up."""
    values = np.array([[0.0, 0, 30, 2, 0], [0, 0, -10, -6, 0]])
    absorbed = np.array([0.0, 0, 4, 1, 0])
    f0_hz = np.zeros(80)
    f0_hz[30:54] = np.linspace(180, 220, 24)
    arguments = {
        "utterance_id": "u1",
        "text": "Tak.",
        "speaker": "Female1",
        "phones": PHONES,
        "words": [Interval(0.0, 0.1, ""), Interval(0.1, 0.3, "Tak.")],
        "f0_true_hz": f0_hz,
        "f0_predicted_hz": np.where(f0_hz > 0, f0_hz * 1.1, np.nan),
        "levels": {
            "general": {"title": "General", "groups": ["STRESS", "PHRASE"], "values": values},
            "word": {"title": "Word", "groups": ["PHRASE"], "values": values[1:]},
        },
        "explained_frames": FRAMES,
        "explained": values.sum(axis=0) + absorbed,
        "absorbed": absorbed,
        "reference_hz": 200.0,
    }
    return inspector_data(**{**arguments, **changes})


TIERS = {
    "phrases": [[0.1, 0.3, "L-L%"]],
    "words": [[0.1, 0.3, "Tak.", "qub"]],
    "syllables": [[0.1, 0.3, "tak", 1, 1]],
    "phones": [[start, end, name] for name, start, end in PHONES],
}

# A player that takes the time it is given, and says what it was asked.
SOUND = """
window.played = [];
IntonationSound.Player = class {
  constructor({ rate, versions }) { Object.assign(this, { rate, versions, playing: null }); }
  async ready(version) {
    const bytes = Uint8Array.from(atob(this.versions[version]), (c) => c.charCodeAt(0));
    const samples = Float32Array.from(new Int16Array(bytes.buffer), (value) => value / 32768);
    return { samples, rate: this.rate };
  }
  play(version, start, end, events) {
    this.playing = version;
    window.played.push([version, start, end]);
    window.soundEvents = events;
  }
  stop() { this.playing = null; }
};
"""


def make_sound(*, seconds=0.4, rate=16000):
    """A tone of 1 kHz in three versions."""
    time_s = np.arange(int(seconds * rate)) / rate
    tone = (20000 * np.sin(2 * np.pi * 1000 * time_s)).astype("<i2")
    encoded = base64.b64encode(tone.tobytes()).decode()
    versions = dict.fromkeys(("original", "predicted", "group:stress"), encoded)
    return {"rate": rate, "versions": versions, "titles": {"group:stress": "stress alone"}}


def make_run(folder, *, utterances=6, targets=("semitones", "log_f0")):
    """A run folder with a small corpus of the synthetic voice and networks that nobody trained."""
    prepare_corpus("", folder / "corpus", Asked(dataset_size_limit=utterances))
    table = pd.read_csv(folder / "corpus" / "utterances.csv")
    write_csv(folder / "corpus" / "utterances.csv", table.assign(split="test"))
    corpus = open_corpus(folder / "corpus")
    for target in targets:
        save_small_model(folder / "model" / target, target)
        errors = pd.DataFrame({"id": corpus.ids("test")})
        for name in ("rmse_semitones", "rmse_hz", "mae_hz", "nrmse", "correlation"):
            errors[name] = np.arange(len(errors)) + 0.5
        (folder / "results" / target).mkdir(parents=True)
        errors.to_csv(folder / "results" / target / "errors.csv", index=False)
    return folder


def scripts():
    """The inspector without what loads data on a page."""
    return "\n".join((FRONT / name).read_text(encoding="utf-8") for name in SCRIPTS)


def style():
    return front_style()


@pytest.fixture
def page(browser):
    """An empty page with the inspector's scripts and style, as a published page has them."""
    with open_pages(browser, width=900) as (page, complaints):
        page.goto("about:blank")
        page.add_style_tag(content=style())
        page.add_script_tag(content=scripts())
        yield page
        assert not complaints


def evaluate(page, body, *args):
    return page.evaluate(f"(args) => {{ {body} }}", list(args))


MOUNT = (
    "const el = document.createElement('div'); document.body.append(el);"
    "const [index, data, sound, name] = args; window.states = [];"
    "const source = { index, name, load: (id) => Promise.resolve(data[id]),"
    " onChange: (state) => window.states.push(state) };"
    "if (sound) source.loadSound = () => Promise.resolve(sound);"
    "window.view = IntonationInspector.mount(el, source);"
    "return window.view.ready;"
)


def mount(page, *utterances, sound=None, name=""):
    """Show utterances; `states` of the page collects what is reported, `view` is the inspector."""
    index = [{key: data[key] for key in ("id", "text", "speaker")} for data in utterances]
    if sound:
        page.add_script_tag(content=SOUND)
    evaluate(page, MOUNT, index, {data["id"]: data for data in utterances}, sound, name)
    page.wait_for_selector(".ins-bars caption")
    if sound:
        page.wait_for_function("window.view.transport.sound")


def state(page):
    """What was reported last."""
    return page.evaluate("window.states.at(-1)")
