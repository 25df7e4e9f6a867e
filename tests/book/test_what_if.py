"""The panel of "what if" in a browser, before an engine that adds up a weight for each answer."""

import base64
import re

import numpy as np
import pytest
from browser import browser, open_pages  # noqa: F401
from builders import spelt_alignment

from intonation import polish
from intonation.book.dependencies import ROOT
from intonation.book.inspector.structure import question_table, structure_of, tiers_of
from intonation.corpus.alignment.praat import synthesize
from intonation.labels.question_file import Question
from intonation.labels.question_set import QuestionSet

FRONT = ROOT / "intonation" / "book" / "inspector" / "front"
SCRIPTS = ("data.js", "frame.js", "structure.js", "what_if.js")
STYLES = ("inspector.css", "what_if.css")
HOSTILE = '<img src=x onerror="window.hacked=1">\u202e"żółć"' + "ż" * 300

# A network whose output is a sum: bias, and for each answered question a weight of its own.
ENGINE = """
const LINEAR = ({ raw, table, delay = 0 }) => {
  const spoken = IntonationStructure.open(raw.structure, table);
  const count = table.groups.general.length;
  const weights = Float64Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898) / 12);
  const groups = Math.max(...table.groups.general) + 1;
  const shift = raw.frame_shift_ms / 1000;
  const phoneOf = (frame) => {
    const phone = raw.phones.findIndex(([, end]) => (frame + 0.5) * shift < end);
    return phone < 0 ? raw.phones.length - 1 : phone;
  };
  window.asked = [];
  return async (changes) => {
    window.asked.push(changes);
    if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
    const answers = spoken.edited(changes).answers();
    const output = new Float32Array(window.utterance.f0Predicted.length);
    const sums = new Float64Array(groups);
    let explained = 0, absorbed = 0;
    const [from, to] = window.view.windowFrames();
    output.forEach((_, frame) => {
      const row = answers[phoneOf(frame)];
      output[frame] = 0.5 + row.reduce((sum, index) => sum + weights[index], 0);
      if (frame < from || frame >= to || !(window.utterance.f0Predicted[frame] > 0)) return;
      explained += output[frame];
      absorbed += 0.5;
      for (const index of row) sums[table.groups.general[index]] += weights[index];
    });
    if (changes.length) window.view.overlay(output);
    return { output, sums, explained, absorbed, level: window.utterance.levels[0] };
  };
};
"""
MOUNT = (
    ENGINE
    + """
  const [raw, table, options] = args;
  document.body.innerHTML = '<main class="ins"></main>';
  window.utterance = IntonationData.decode(raw);
  window.drawn = [];
  window.explainedFrames = [0, window.utterance.f0Predicted.length];
  window.view = {
    slug: 'general', windowFrames: () => window.explainedFrames,
    overlay: (f0) => window.drawn.push(f0 && f0.length),
  };
  window.panel = IntonationWhatIf.mount(document.querySelector('main'), {
    utterance: window.utterance, raw, table, view: window.view,
    ask: LINEAR({ raw, table, ...options }),
  });
"""
)

FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"


@pytest.fixture(scope="module")
def questions():
    return QuestionSet([Question(*pair) for pair in polish.polish_questions()])


def raw_of(questions, text, alignment, **changes):
    """Data of an utterance, as the inspector has them, without relevance."""
    labels = polish.full_context_labels(text, alignment)
    tiers = tiers_of(labels, alignment.words)
    groups = list(questions.groups("general"))
    zero = {"scale": [0.0], "values": base64_of(np.zeros(len(labels), "<i2"))}
    frames = int(labels.ends[-1] // 50_000)
    f0 = base64_of(np.where(np.arange(frames) % 7 < 5, 2000, 0).astype("<u2"))
    level = {"slug": "general", "title": "General", "groups": groups, "rows": [0] * len(groups)}
    return {
        **{"id": "u", "text": text, "speaker": "s", "audio": None, "unit": "semitones"},
        **{"rows": zero, "levels": [{**level, "complete": True}], "frame_shift_ms": 5.0},
        **{"explained": [0.0] * len(labels), "absorbed": [0.0] * len(labels)},
        **{"reference_hz": 180.0, "f0_true": f0, "f0_predicted": f0},
        "phones": tiers["phones"],
        "words": [[*row[:3]] for row in tiers["words"]],
        "frames": [1] * len(labels),
        "tiers": tiers,
        "structure": structure_of(labels, text, alignment),
        **changes,
    }


def base64_of(values):
    return base64.b64encode(values.tobytes()).decode("ascii")


def mount(page, raw, questions, **options):
    page.goto("about:blank")
    for name in STYLES:
        page.add_style_tag(content=(FRONT / name).read_text(encoding="utf-8"))
    for name in SCRIPTS:
        page.add_script_tag(content=(FRONT / name).read_text(encoding="utf-8"))
    body = f"(args) => {{ {MOUNT} }}"
    page.evaluate(body, [raw, question_table(questions), options])


@pytest.fixture
def page(browser):  # noqa: F811
    with open_pages(browser, width=900) as (page, complaints):
        yield page
        assert not complaints


@pytest.fixture
def panel(page, questions):
    text = "W parku rośnie drzewo, a na nim siedzą ptaki."
    mount(page, raw_of(questions, text, spelt_alignment(text)), questions)
    return page


def value(text):
    """A number as it is shown, in hundredths."""
    return round(float(text.replace("\u2212", "-")) * 100)


def parts(page):
    page.wait_for_selector(".ins-wi-parts")
    rows = page.locator(".ins-wi-parts tbody tr")
    names = rows.locator("th").all_inner_texts()
    return dict(
        zip(names, map(value, rows.locator("td:nth-child(2)").all_inner_texts()), strict=True)
    )


def test_a_question_changes_the_contour_and_the_list_adds_up(panel):
    panel.get_by_label("question", exact=True).check()
    shown = parts(panel)
    total = shown.pop("together")
    assert sum(shown.values()) == total != 0
    assert "absorbed by biases" in shown
    assert panel.evaluate("window.drawn.at(-1) === window.utterance.f0Predicted.length")
    assert (
        panel.locator(".ins-wi-changes li")
        .first.inner_text()
        .startswith("Sentence: statement → question")
    )
    assert panel.locator(".ins-wi-tone").last.inner_text() == "H-H%"
    assert re.search(r"phones have other labels; \d+ answers", panel.inner_text(".ins-note"))
    panel.wait_for_function(
        "document.querySelector('[role=status]').textContent.includes('Last word')"
    )


def test_differences_of_the_means_are_those_of_the_contours(panel):
    panel.get_by_label("exclamation").check()
    panel.wait_for_selector(".ins-wi-means")
    cells = panel.locator(".ins-wi-means tbody tr").nth(1).locator("td").all_inner_texts()
    before, after = (value(text.split("(")[1].split(" ")[0]) for text in cells[:2])
    assert value(cells[2].split(" ")[0]) == pytest.approx(after - before, abs=1)


def test_as_spoken_takes_everything_back(panel):
    panel.get_by_label("question", exact=True).check()
    panel.get_by_role("button", name="accent on siedzą").click()
    panel.get_by_label("Part of speech of rośnie").select_option("aux")
    panel.get_by_role("button", name="Boundary after rośnie").click()
    assert panel.locator(".ins-wi-changes li").count() == 4
    panel.get_by_role("button", name="As spoken").click()
    assert panel.locator(".ins-wi-changes li").count() == 0
    assert panel.get_by_label("statement", exact=True).is_checked()
    panel.wait_for_function("!document.querySelector('.ins-wi-parts')")
    panel.wait_for_function("window.drawn.at(-1) === null")
    assert panel.get_by_role("button", name="As spoken").is_disabled()


def test_what_is_changed_back_by_hand_is_no_change(panel):
    for _ in range(2):
        panel.get_by_role("button", name="accent on siedzą").click()
        panel.get_by_role("button", name="Boundary after drzewo").click()
    panel.get_by_label("question", exact=True).check()
    panel.get_by_label("statement", exact=True).check()
    assert panel.locator(".ins-wi-changes li").count() == 0


def test_one_change_is_undone_alone(panel):
    panel.get_by_label("question", exact=True).check()
    panel.get_by_role("button", name="accent on siedzą").click()
    panel.get_by_role("button", name="Undo: Sentence: statement → question").click()
    assert panel.get_by_label("statement", exact=True).is_checked()
    assert panel.locator(".ins-wi-changes li").count() == 1


def test_a_phrase_keeps_an_accent_and_says_so(page, questions):
    text = "Kot."
    mount(page, raw_of(questions, text, spelt_alignment(text)), questions)
    button = page.get_by_role("button", name="accent on Kot")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.wait_for_function(
        "document.querySelector('[role=status]').textContent.includes('keeps it')"
    )
    assert "No label says anything else" in page.inner_text(".ins-note")


def test_the_last_change_wins(page, questions):
    text = "Kot śpi, a pies je."
    mount(page, raw_of(questions, text, spelt_alignment(text)), questions, delay=60)
    page.evaluate(
        "for (const at of [1, 2, 1, 2, 1, 2]) document.querySelectorAll('[type=radio]')[at].click()"
    )
    page.wait_for_selector(".ins-wi-parts")
    asked = page.evaluate("window.asked")
    assert asked[-1] == [{"kind": "sentence", "to": "exclamation"}]
    assert len(asked) <= 3


def test_another_window_is_answered_anew(panel):
    panel.get_by_label("question", exact=True).check()
    before = parts(panel)
    panel.evaluate(
        "window.explainedFrames = [0, 40];"
        "document.querySelector('.ins').dispatchEvent(new Event('keyup'))"
    )
    panel.wait_for_function(
        "(text) => document.querySelector('.ins-wi-total').textContent !== text",
        arg=panel.inner_text(".ins-wi-total"),
    )
    after = parts(panel)
    assert after != before
    assert sum(after.values()) == 2 * after["together"]


def test_an_engine_that_fails_says_so_and_goes_on(panel):
    panel.evaluate(
        "const { ask } = window.panel;"
        "window.panel.ask = () => Promise.reject(new Error('no luck'));"
        "window.again = () => { window.panel.ask = ask; }; null"
    )
    panel.get_by_label("question", exact=True).check()
    panel.wait_for_function(
        "document.querySelector('.ins-wi-result').textContent.includes('no luck')"
    )
    panel.evaluate("window.again()")
    panel.get_by_label("exclamation").check()
    panel.wait_for_selector(".ins-wi-parts")


def test_everything_is_reached_by_keyboard(panel):
    panel.get_by_label("statement", exact=True).focus()
    panel.keyboard.press("ArrowRight")
    assert panel.get_by_label("question", exact=True).is_checked()
    seen = []
    for _ in range(8):
        panel.keyboard.press("Tab")
        seen.append(panel.evaluate(FOCUSED))
    assert seen[:3] == ["accent on W parku", "Part of speech of W parku", "Boundary after W parku"]
    panel.keyboard.press("Shift+Tab")
    panel.keyboard.press("Space")
    assert panel.locator(".ins-wi-changes li").count() == 2


def test_texts_never_become_markup_and_long_words_stay_inside(browser, questions):  # noqa: F811
    text = "Kot śpi."
    raw = raw_of(questions, text, spelt_alignment(text))
    raw["tiers"]["words"][0][2] = HOSTILE
    raw["structure"]["words"][0]["text"] = HOSTILE
    with open_pages(browser, width=390) as (page, complaints):
        mount(page, raw, questions)
        page.get_by_label("question", exact=True).check()
        page.get_by_role("button", name=re.compile("^accent on img src")).click()
        page.wait_for_selector(".ins-wi-parts")
        assert page.locator(".ins-wi img").count() == 0
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert not complaints


def test_an_utterance_of_forty_seconds(page, questions):
    text = "Kiedy wiatr cichnie, ptaki wracają na drzewa i zaczynają śpiewać, " * 7
    alignment = spelt_alignment(text + "a my słuchamy.", gaps_s=(0.1, 0, 0.25))
    raw = raw_of(questions, text + "a my słuchamy.", alignment)
    assert raw["phones"][-1][1] > 25
    mount(page, raw, questions)
    page.get_by_label("question", exact=True).check()
    assert sum(parts(page).values()) == 2 * parts(page)["together"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_page(browser, questions, theme, width):  # noqa: F811
    text = "Czy w parku rośnie drzewo, a na nim siedzą ptaki?"
    raw = raw_of(questions, text, synthesize(text)[1])
    with open_pages(browser, width=width, theme=theme) as (page, complaints):
        mount(page, raw, questions)
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        page.get_by_label("exclamation").check()
        page.wait_for_selector(".ins-wi-parts")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert not complaints
