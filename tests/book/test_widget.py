"""The inspector in Jupyter: traits both ways, and what the browser asks Python for."""

import json
import shutil

import pytest
import traitlets
from browser import browser, open_pages  # noqa: F401
from inspectors import evaluate, make_data, make_run

from intonation.book.inspector.from_run import RunUtterances, publish
from intonation.book.inspector.page import inspector_html, widget_module
from intonation.book.inspector.widget import Inspector
from intonation.errors import ModelError, UtteranceError


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("run"))


class Counting(RunUtterances):
    """Counts what is computed."""

    def __init__(self, *given):
        super().__init__(*given)
        self.computed = []

    def data(self, name):
        self.computed.append(name)
        return super().data(name)


def asked(widget, ask, of=None):
    """What the browser gets for a message."""
    replies = []
    widget.send = replies.append
    widget._answer(widget, {"ask": ask, "of": of, "number": "n1"}, [])
    (reply,) = replies
    assert reply.pop("number") == "n1"
    json.dumps(reply)  # plain values
    return reply


def test_widget_follows_the_choice_and_refuses_unknown_utterances():
    widget = Inspector([make_data(), make_data(utterance_id="u2", text="Nie.")])
    assert (widget.selected, widget.level, widget.utterance["text"]) == ("u1", "general", "Tak.")
    assert widget.index[1]["id"] == "u2" and widget.index[1]["type"] == "statement"
    widget.selected = "u2"
    assert widget.utterance["text"] == "Nie."
    with pytest.raises(traitlets.TraitError, match="utterance 'u3' is not among the 2 given"):
        widget.selected = "u3"
    with pytest.raises(ValueError, match="at least one utterance"):
        Inspector([])


@pytest.mark.parametrize("name", ["window", "selection"])
def test_stretches_have_a_start_and_an_end(name):
    widget = Inspector([make_data()])
    setattr(widget, name, [0.1, 0.3])
    setattr(widget, name, [])
    for wrong in ([0.1], [0.3, 0.1], [0.1, 0.2, 0.3]):
        with pytest.raises(traitlets.TraitError, match=f"{name} is .*, expected \\[start, end\\]"):
            setattr(widget, name, wrong)


def test_widget_output_carries_the_page_version_where_there_is_one(tmp_path):
    assert "text/html" not in Inspector([make_data()])._repr_mimebundle_()[0]
    page = inspector_html([make_data()], tmp_path, name="x")
    shown, _ = Inspector([make_data()], page=page)._repr_mimebundle_()
    assert "intonation-inspector" in shown["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_given_utterances_offer_neither_sound_nor_network():
    widget = Inspector([make_data()])
    assert widget.offers == []
    for what in ("sound", "network", "say", "data", None):
        assert "is not offered here" in asked(widget, what, "u1")["error"]


def test_utterances_of_a_run_are_computed_when_they_are_chosen(run):
    known = Counting(run, "semitones")
    widget = Inspector(known)
    ids = known.ids
    assert [entry["id"] for entry in widget.index] == ids and known.computed == ids[:1]
    assert widget.index[1]["rmse"] == 1.5 and widget.index[0]["seconds"] > 0.5
    widget.selected = ids[1]
    assert known.computed == ids[:2] and widget.utterance["id"] == ids[1]


def test_python_answers_with_sounds_and_the_network(run):
    widget = Inspector.from_run(run, "semitones")
    found = asked(widget, "sound", widget.selected)["answer"]
    assert {"original", "predicted", "flat"} < set(found["versions"]) and not found["missing"]
    assert asked(widget, "network")["answer"]["format"] >= 1
    assert "has no utterance 'no such'" in asked(widget, "sound", "no such")["error"]


def test_any_polish_sentence_is_said_explained_and_heard(run):
    widget = Inspector.say("Czy to prawda?", run)
    assert widget.utterance["text"] == "Czy to prawda?" and widget.selected == "said1"
    assert widget.index[-1]["type"] == "question" and widget.index[-1]["rmse"] is None
    assert {"original", "predicted"} < set(asked(widget, "sound", "said1")["answer"]["versions"])
    widget.selection = [0.1, 0.2]
    assert widget.add("Tak, to prawda!") == "said2" == widget.selected
    assert widget.utterance["text"] == "Tak, to prawda!" and widget.selection == []
    assert [entry["id"] for entry in widget.index][-2:] == ["said1", "said2"]
    assert asked(widget, "say", "Nie.")["answer"] == "said3"


def test_a_sentence_that_cannot_be_read_is_refused_in_words(run):
    with pytest.raises(UtteranceError, match="3q7"):
        Inspector.say("Kup 3q7 chleb.", run)
    widget = Inspector.from_run(run)
    before = widget.selected
    assert "Kup 3q7 chleb" not in str(widget.index)
    assert "3" in asked(widget, "say", "Kup 3q7 chleb.")["error"] and widget.selected == before


def test_a_run_without_errors_is_told(run, tmp_path):
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "results" / "semitones" / "errors.csv").unlink()
    with pytest.raises(ModelError, match="run the predictions chapter first"):
        Inspector.from_run(tmp_path / "run")


@pytest.mark.parametrize("target, sounds", [("semitones", True), ("log_f0", False)])
def test_all_test_utterances_are_published(run, target, sounds):
    shown = publish(run, target, sounds=sounds)
    folder = run / "static" / "inspector" / target
    ids = RunUtterances(run, target).ids
    numbered = {f"{n:04d}" for n in range(len(ids))}
    expected = {"index", "network", "thumbs0", *numbered}
    expected |= {f"{number}.sound" for number in numbered} if sounds else set()
    assert {path.stem for path in folder.iterdir()} == expected
    assert f'data-name="{target}"' in shown.data
    for number, name in enumerate(ids):
        assert f'"id":"{name}"' in (folder / f"{number:04d}.js").read_text(encoding="ascii")


# ---- in a browser --------------------------------------------------------------------------------

FAKE_MODEL = """
  const values = args[1]; const handlers = {}; window.sent = [];
  const fire = (event, ...given) => (handlers[event] || []).slice().forEach((f) => f(...given));
  window.model = {
    get: (name) => values[name],
    set: (name, value) => {
      if (JSON.stringify(values[name]) === JSON.stringify(value)) return;
      values[name] = value;
      fire(`change:${name}`);
    },
    save_changes: () => {
      if (values.utterance.id !== values.selected) {
        window.model.set('utterance', args[2][values.selected]);
      }
    },
    send: (message) => window.sent.push(message),
    on: (event, handler) => (handlers[event] ||= []).push(handler),
    off: (event, handler) => { handlers[event] = handlers[event].filter((f) => f !== handler); },
  };
  window.arrived = (news) => {  // all at once, as from the kernel
    Object.assign(values, news);
    Object.keys(news).forEach((name) => fire(`change:${name}`));
  };
  window.reply = (message) => fire('msg:custom', message);
  window.listening = () => Object.values(handlers).flat().length;
  const address = `data:text/javascript,${encodeURIComponent(args[0])}`;
  import(address).then(({ default: widget }) => {  // not returned: Chromium 150 loses its promise
    const el = document.createElement('div'); document.body.append(el);
    window.dispose = widget.render({ model: window.model, el });
  });
"""


@pytest.fixture
def jupyter(browser):  # noqa: F811
    """A function that shows a widget's module with a model that a kernel might stand behind."""
    with open_pages(browser) as (page, complaints):

        def show(widget, *utterances):
            names = ("index", "offers", "utterance", "selected", "level", "window", "selection")
            traits = {name: getattr(widget, name) for name in names}
            page.goto("about:blank")
            known = {data["id"]: data for data in utterances}
            evaluate(page, FAKE_MODEL, widget_module(), traits, known)
            page.wait_for_selector(".ins-bars tbody tr")
            return page

        yield show
        assert not complaints


def test_jupyter_module_draws_the_same_inspector_and_keeps_the_traits(jupyter):
    first, second = make_data(), make_data(utterance_id="u2", text="Nie.", words=[])
    page = jupyter(Inspector([first, second]), first, second)
    page.select_option(".ins-utterance", "u2")
    page.wait_for_function("document.querySelector('.ins-text').textContent.includes('Nie')")
    assert page.evaluate("window.model.get('selected')") == "u2"
    page.evaluate("window.model.set('selection', [0.15, 0.3]); window.model.set('level', 'word')")
    page.wait_for_function("document.querySelector('.ins-level').value === 'word'")
    assert "From 0.15 to 0.30 s" in page.inner_text(".ins-answer")
    page.evaluate("window.model.set('window', [0.1, 0.35])")
    page.wait_for_selector(".ins-pan:visible")
    page.locator(".ins-plot").press("A")
    assert page.evaluate("window.model.get('window')") == [0, 0.4]
    assert page.evaluate("window.model.get('selection')") == [0.15, 0.3]
    assert page.locator(".ins-say").count() == 0 and page.evaluate("sent") == []
    page.evaluate("window.dispose()")
    assert page.locator(".ins").count() == 0 and page.evaluate("listening()") == 0


def test_sound_is_asked_for_and_answered(jupyter, run):
    widget = Inspector.from_run(run, "semitones")
    page = jupyter(widget, widget.utterance)
    page.wait_for_function("sent.some(({ ask }) => ask === 'sound')")
    message = page.evaluate("sent.find(({ ask }) => ask === 'sound')")
    assert message["of"] == widget.selected
    answer = asked(widget, "sound", message["of"])
    page.evaluate("(r) => reply(r)", {**answer, "number": message["number"]})
    page.wait_for_selector(".ins-sounding:visible")
    assert page.locator(".ins-sounding option").count() == len(answer["answer"]["versions"])


def test_a_sentence_is_asked_for_refused_and_shown(jupyter, run):
    widget = Inspector.from_run(run, "semitones")
    page = jupyter(widget, widget.utterance)
    page.fill(".ins-say input", "Kup 3q7 chleb.")
    page.click(".ins-say button")
    message = page.evaluate("sent.find(({ ask }) => ask === 'say')")
    assert message["of"] == "Kup 3q7 chleb."
    page.evaluate("(n) => reply({ number: n, error: 'no 3 here <b>' })", message["number"])
    page.wait_for_selector(".ins-say [role=alert]:text('no 3 here <b>')")
    said = widget.add("Czy to prawda?")
    traits = {"utterance": widget.utterance, "selected": said, "window": [], "index": widget.index}
    page.evaluate("(traits) => arrived(traits)", traits)
    page.wait_for_function("document.querySelector('.ins-text').textContent.includes('prawda')")
    assert page.locator(".ins").count() == 1
