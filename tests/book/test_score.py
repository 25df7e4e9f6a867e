"""The inspector as a score, in a browser: what adds up, pointer, keys, sound, links, files."""

import csv
import io
import json
import re

import numpy as np
import parselmouth
import pytest
from browser import browser, open_pages  # noqa: F401
from builders import ASKING, TARGETS, make_model, make_utterance, some
from inspectors import (  # noqa: F401
    HOSTILE,
    PHONES,
    TIERS,
    evaluate,
    make_data,
    make_sound,
    mount,
    page,
    scripts,
    state,
    style,
)
from parselmouth.praat import call

from intonation.book.inspector.data import inspect_utterance, inspector_data
from intonation.model.prediction import predict

pytestmark = pytest.mark.browser


def tiered(**changes):
    return {**make_data(**changes), "tiers": TIERS}


def drawn(page):  # noqa: F811
    """Wait until what a pointer asked for is drawn."""
    evaluate(page, "return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));")


def number(text):
    return float(text.replace("\u2212", "-").replace("+", ""))


def place(page, seconds, row):  # noqa: F811
    """Where on the screen a time lies, in the middle of a row."""
    body = (
        "const { place, ui } = window.view; const box = ui.plot.getBoundingClientRect();"
        "const row = place.rows[args[1]] || { y: place.height, height: place.map.row };"
        "return [box.left + place.x(args[0]), box.top + row.y + row.height / 2];"
    )
    return evaluate(page, body, seconds, row)


# --- what adds up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
def test_the_reasons_of_every_frame_add_up_to_its_prediction(page, target):  # noqa: F811
    model, utterance = make_model(target), make_utterance(ASKING, voiced=some)
    mount(page, inspect_utterance(model, utterance))
    frames = np.flatnonzero(utterance.voiced)
    body = (
        "const { utterance, slug } = window.view; return args[0].map((time) => {"
        " const phone = IntonationData.phoneAt(utterance, time);"
        " const { parts, total } = IntonationData.reasons(utterance, slug, phone, phone, { time });"
        " return [parts.reduce((sum, part) => sum + part.value, 0), total]; });"
    )
    found = np.array(evaluate(page, body, ((frames + 0.5) * 0.005).tolist()))
    assert np.abs(found - predicted(model, utterance)[frames, None]).max() < 0.01


def predicted(model, utterance):
    """The model's own outputs [frames], in the unit in which they are explained."""
    return np.asarray(predict(model, utterance), dtype=float)


def test_what_is_read_adds_up_too(page):  # noqa: F811
    mount(page, tiered())
    for seconds in (0.16, 0.2, 0.245, 0.262):
        page.mouse.move(*place(page, seconds, "f0"))
        drawn(page)
        read = page.locator(".ins-reasons li:visible .ins-value").all_inner_texts()
        line = page.inner_text(".ins-here-sum")
        told = number(re.search(r"=\s+([+\u2212]?[\d.]+) semitones", line)[1])
        assert sum(map(number, read)) == pytest.approx(told, abs=1e-9)
        hertz = float(re.search(r"(\d+) Hz predicted", line)[1])
        assert hertz == pytest.approx(200 * 2 ** (told / 12), abs=1)
        assert f"predicted {hertz:.0f} Hz" in page.inner_text(".ins-here-head")


def test_a_level_that_overlaps_says_by_how_much(page):  # noqa: F811
    mount(page, tiered())
    page.select_option(".ins-level", "word")
    assert "left out at this level" in page.inner_text(".ins-reasons")
    total = evaluate(page, "return window.view.reasons.total;")
    parts = evaluate(page, "return window.view.reasons.parts.map(({ value }) => value);")
    assert sum(parts) == pytest.approx(total)


def test_names_are_words_and_constants_are_tooltips(page):  # noqa: F811
    data = tiered()
    data["levels"][0]["words"] = ["stress of the syllable", "place in the phrase"]
    mount(page, data)
    names = page.locator(".ins-bars tbody th")
    assert names.all_inner_texts() == ["stress of the syllable", "place in the phrase"]
    assert names.first.get_attribute("title") == "STRESS"
    page.mouse.move(*place(page, 0.2, "map"))
    page.wait_for_selector(".ins-tip:visible")
    tip = page.locator(".ins-tip")
    assert "stress of the syllable" in tip.inner_text() and "STRESS" in tip.inner_text()


# --- pointer --------------------------------------------------------------------------------------


def test_a_drag_selects_phones_and_a_click_takes_the_selection_away(page):  # noqa: F811
    mount(page, tiered())
    page.mouse.move(*place(page, 0.16, "f0"))
    page.mouse.down()
    page.mouse.move(*place(page, 0.29, "f0"), steps=4)
    page.mouse.up()
    assert state(page)["selection"] == [0.15, 0.3]
    assert state(page)["window"] == [0, 0.4]
    assert "From 0.15 to 0.30 s" in page.inner_text(".ins-answer")
    page.mouse.click(*place(page, 0.12, "f0"))
    assert state(page)["selection"] == []


@pytest.mark.parametrize(
    "tier, seconds, selection",
    [("words", 0.2, [0.1, 0.3]), ("syllables", 0.2, [0.1, 0.3]), ("phones", 0.2, [0.15, 0.25])],
)
def test_a_click_on_an_interval_selects_it(page, tier, seconds, selection):  # noqa: F811
    mount(page, tiered())
    page.mouse.click(*place(page, seconds, tier))
    assert state(page)["selection"] == selection
    page.keyboard.down("Shift")
    page.mouse.click(*place(page, 0.35, "phones"))
    page.keyboard.up("Shift")
    assert state(page)["selection"] == [selection[0], 0.4]


def test_choices_change_bars_and_are_reported(page):  # noqa: F811
    mount(page, make_data(), make_data(utterance_id="u2", text="Żółw śpi."))
    rows = page.locator(".ins-bars tbody th")
    assert rows.all_inner_texts() == ["STRESS", "PHRASE"]
    page.select_option(".ins-level", "word")
    assert rows.all_inner_texts() == ["PHRASE"]
    assert "need not add up" in page.inner_text(".ins-note")
    page.click(".ins-word")
    assert state(page)["selection"] == [0.1, 0.3]
    assert page.locator(".ins-word").first.get_attribute("aria-pressed") == "true"
    page.fill(".ins input[type=search]", "zolw")
    page.wait_for_function("window.states.at(-1).id === 'u2'")
    assert page.locator(".ins-utterance option").count() == 1


# --- keys -----------------------------------------------------------------------------------------


def press(page, *keys):  # noqa: F811
    for key in keys:
        page.locator(".ins-plot").press(key)


def test_arrows_move_and_extend_by_phone_and_by_tier(page):  # noqa: F811
    mount(page, tiered())
    evaluate(page, "window.view.select(null, 0.2);")
    press(page, "ArrowRight")
    assert state(page)["selection"] == [0.15, 0.25]
    press(page, "ArrowRight")
    assert state(page)["selection"] == [0.25, 0.3]
    press(page, "Shift+ArrowRight")
    assert state(page)["selection"] == [0.25, 0.4]
    press(page, "Home")
    assert state(page)["selection"] == [0, 0.1]
    press(page, "End", "ArrowLeft", "ArrowUp")
    assert state(page)["selection"] == [0.1, 0.3]  # the syllable of that phone
    assert "Syllable tak, stressed, accented" in page.inner_text(".ins-status")
    press(page, "ArrowUp", "ArrowUp")
    assert "Phrase L-L%" in page.inner_text(".ins-status")
    press(page, "ArrowDown", "Delete")
    assert state(page)["selection"] == []


@pytest.mark.parametrize("modifier", ["", "Control+", "Alt+"])
def test_praats_keys_move_the_window(page, modifier):  # noqa: F811
    mount(page, tiered())
    evaluate(page, "window.view.select([0.1, 0.3]);")
    letter = str.upper if not modifier else str.lower
    if modifier == "Control+":
        press(page, "n")  # the browser keeps Ctrl-N
    else:
        press(page, modifier + letter("n"))
    assert state(page)["window"] == [0.1, 0.3]
    press(page, modifier + letter("i"))
    assert state(page)["window"] == pytest.approx([0.15, 0.25])
    press(page, modifier + letter("o"))
    assert state(page)["window"] == pytest.approx([0.1, 0.3])
    press(page, modifier + letter("a"))
    assert state(page)["window"] == [0, 0.4]
    press(page, modifier + letter("b"))
    assert state(page)["window"] == pytest.approx([0.1, 0.3])
    assert state(page)["selection"] == [0.1, 0.3]


@pytest.mark.parametrize("later, earlier", [("PageDown", "PageUp"), ("]", "[")])
def test_keys_go_through_the_utterances(page, later, earlier):  # noqa: F811
    mount(page, tiered(), make_data(utterance_id="u2", text="Nie."))
    press(page, later)
    page.wait_for_function("window.states.at(-1).id === 'u2'")
    press(page, later)
    assert "last utterance" in page.inner_text(".ins-status")
    press(page, earlier)
    page.wait_for_function("window.states.at(-1).id === 'u1'")


def test_tab_plays_until_escape_lets_it_go(page):  # noqa: F811
    mount(page, tiered(), sound=make_sound())
    evaluate(page, "window.view.select([0.1, 0.3]);")
    press(page, "Tab")
    assert page.evaluate("window.played") == [["original", 0.1, 0.3]]
    assert "Stop" in page.locator(".ins-main").inner_text()
    press(page, "v")  # at the same place
    page.evaluate("window.soundEvents.onTime(0.2)")
    assert page.locator(".ins-head").is_visible()
    press(page, "v")
    assert page.evaluate("window.played.slice(1)") == [
        ["predicted", 0.1, 0.3],
        ["original", 0.2, 0.3],
    ]
    page.evaluate("window.soundEvents.onEnd()")
    assert page.locator(".ins-head").is_hidden()
    press(page, "Shift+Tab", "Tab", "p", " ", "Shift+P")
    assert [span for _, *span in page.evaluate("window.played.slice(3)")] == [
        *([0, 0.4], [0.1, 0.3], [0, 0.4])
    ]
    press(page, "Escape")
    assert "Play" in page.locator(".ins-main").inner_text()
    press(page, "Tab")
    assert page.evaluate("document.activeElement !== window.view.ui.plot")
    assert len(page.evaluate("window.played")) == 6


def test_without_sound_tab_is_the_browsers(page):  # noqa: F811
    mount(page, tiered())
    press(page, "Tab")
    assert page.evaluate("document.activeElement !== window.view.ui.plot")


def test_all_keys_are_listed(page):  # noqa: F811
    mount(page, tiered())
    press(page, "?")
    dialog = page.locator("dialog.ins-help")
    assert dialog.is_visible()
    for word in ("Tab", "Escape", "Ctrl-N", "PageUp", "V", "Shift-Tab"):
        assert word in dialog.inner_text()
    page.keyboard.press("Escape")
    assert dialog.is_hidden()


# --- sound ----------------------------------------------------------------------------------------


def test_with_sound_there_are_waveform_spectrogram_and_voices(page):  # noqa: F811
    mount(page, tiered(), sound=make_sound())
    titles = page.locator(".ins-version option").all_inner_texts()
    assert titles == ["natural voice", "predicted contour", "stress alone"]
    page.wait_for_function("window.view.transport.spectrogram")
    page.click("button:has-text('Spectrogram')")
    assert evaluate(page, "return [...Object.keys(window.view.place.rows)];")[:3] == [
        *("time", "wave", "f0")
    ]
    page.select_option(".ins-version", "group:stress")
    evaluate(page, "window.view.select([0.15, 0.25]);")
    page.click("button[title='Play the selection']")
    page.click(".ins-main")  # stops
    page.click("button[title='Play the word at the cursor']")
    assert page.evaluate("window.played") == [
        ["group:stress", 0.15, 0.25],
        ["group:stress", 0.1, 0.3],
    ]


def test_the_spectrogram_shows_a_tone_where_it_is(page):  # noqa: F811
    body = (
        "const samples = Float32Array.from({ length: 8000 },"
        " (_, at) => Math.sin(2 * Math.PI * 1000 * at / 16000));"
        "const column = new Float32Array(128);"
        "IntonationSpectrogram.analyser({ samples, rate: 16000 })(0.25, column);"
        "return [...column];"
    )
    column = np.array(evaluate(page, body))
    assert (column.argmax() + 0.5) * 5000 / 128 == pytest.approx(1000, abs=60)
    assert column.max() - column[100] > 50


@pytest.mark.parametrize(
    "promise, reason",
    [
        ("reject(new Error('0001.js is missing'))", "0001.js is missing"),
        ("resolve({ rate: 1, versions: {} })", "No sound is stored for this utterance"),
    ],
)
def test_without_sound_one_sentence_says_so(page, promise, reason):  # noqa: F811
    body = (
        "const el = document.createElement('div'); document.body.append(el);"
        "window.view = IntonationInspector.mount(el, { index: [{ id: 'u1', text: 'x',"
        f" speaker: 's' }}], load: async () => args[0], loadSound: () => Promise.{promise} }});"
    )
    evaluate(page, body, tiered())
    page.wait_for_selector(".ins-silent:visible")
    assert page.inner_text(".ins-silent").startswith(reason)
    assert page.locator(".ins-sounding").is_hidden()
    assert "wave" not in evaluate(page, "return window.view.place.rows;")


# --- links ----------------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<style>{style}</style></head><body><div id="a" data-name="semitones"></div>
<div id="b" data-name="log_f0"></div><script>{scripts}
const load = async (id) => DATA[id], index = Object.values(DATA);
window.views = ["a", "b"].map((id) =>
  IntonationInspector.mount(document.getElementById(id), {{ index, load }}));
</script></body></html>"""


@pytest.fixture
def address(tmp_path):
    """Address of a page on the disk with two inspectors of the same utterances."""
    data = {"u1": tiered(), 'u"2&': tiered(utterance_id='u"2&', text="Nie.")}
    content = PAGE.format(style=style(), scripts=f"const DATA = {json.dumps(data)};{scripts()}")
    (tmp_path / "page.html").write_text(content, encoding="utf-8")
    return (tmp_path / "page.html").as_uri()


STATE = (
    "views.map(({ utterance, slug, window, selection, unit }) =>"
    " [utterance.id, slug, window, selection, unit])"
)


def test_a_link_shows_the_same_view_again(browser, address):  # noqa: F811
    with open_pages(browser) as (page, complaints):  # noqa: F811
        page.goto(address)
        page.wait_for_selector("#b .ins-bars tr")
        inspector = page.locator("#b")
        inspector.locator(".ins-utterance").select_option('u"2&')
        inspector.locator(".ins-level").select_option("word")
        page.click("#b .ins-word")
        page.locator("#b .ins-plot").press("n")
        page.locator("#b button[title*='semitones from']").click()
        page.wait_for_function("location.hash.includes('unit=semitones')")
        link = page.url
        expected = page.evaluate(STATE)
        assert expected[1] == ['u"2&', "word", [0.1, 0.3], [0.1, 0.3], "semitones"]
        page.locator("#b button:has-text('Copy link')").click()
        page.wait_for_selector("#b button:has-text('Copied')")
        page.goto("about:blank")
        page.goto(link)
        page.wait_for_selector("#b .ins-bars tr")
        assert page.evaluate(STATE) == expected
        assert page.inner_text("#b .ins-notice") == ""
        assert not complaints


def test_what_a_link_asks_for_in_vain_is_told_in_one_sentence(browser, address):  # noqa: F811
    asked = "#target=semitones&utterance=u1&colour=%3Cb%3E&window=9&unit=ells"
    with open_pages(browser) as (page, complaints):  # noqa: F811
        page.goto(address + asked)
        page.wait_for_selector("#a .ins-bars tr")
        assert page.inner_text("#a .ins-notice") == (
            "The link also asks for colour=<b>, window=9, unit=ells, which this page does not "
            "know; the rest of it is shown."
        )
        assert page.evaluate(STATE)[0] == ["u1", "general", [0, 0.4], None, "hz"]
        assert page.inner_text("#b .ins-notice") == ""
        page.goto(address + "#target=log_f0&utterance=u1&level=word&selection=0.1,0.3")
        page.wait_for_function("views[1].slug === 'word'")
        assert page.evaluate(STATE)[1] == ["u1", "word", [0, 0.4], [0.1, 0.3], "hz"]
        page.goto(address + "#a-heading-of-the-page")
        assert page.evaluate(STATE)[1][1] == "word"
        assert not complaints


# --- files ----------------------------------------------------------------------------------------


def made(page, kind):  # noqa: F811
    return evaluate(page, "return IntonationExport.KINDS[args[0]].make(window.view);", kind)


def test_tiers_and_contours_open_in_praat(page, tmp_path):  # noqa: F811
    data = tiered(text='"Tak", rzekł.')
    data["tiers"] = {**TIERS, "words": [[0.1, 0.3, '"Żółw"', "subst"]]}
    mount(page, data)
    for kind in ("textgrid", "predicted", "measured"):
        (tmp_path / kind).write_text(made(page, kind), encoding="utf-8")
    grid = parselmouth.read(str(tmp_path / "textgrid"))
    names = [call(grid, "Get tier name", n) for n in range(1, 5)]
    assert names == ["phrases", "words", "syllables", "phones"]
    assert call(grid, "Get label of interval", 2, 2) == '"Żółw"'
    assert call(grid, "Get label of interval", 3, 2) == "ˈtak"
    ends = [call(grid, "Get end time of interval", 4, n) for n in range(1, 6)]
    assert ends == pytest.approx([0.1, 0.15, 0.25, 0.3, 0.4])
    tier = parselmouth.read(str(tmp_path / "predicted"))
    assert call(tier, "Get number of points") == 24
    assert call(tier, "Get value at time", 0.1525) == pytest.approx(198, abs=0.1)
    measured = parselmouth.read(str(tmp_path / "measured"))
    assert call(measured, "Get value at time", 0.1525) == pytest.approx(180, abs=0.1)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_tables_hold_what_is_shown(page):  # noqa: F811
    data = tiered(phones=[("=1+1", start, end) for _, start, end in PHONES])
    data["levels"][0]["words"] = ['stress, "strong"', "phrase"]
    mount(page, data)
    frames = rows_of(made(page, "frames"))
    assert len(frames) == 80 and frames[0]["f0_measured_hz"] == ""
    assert float(frames[30]["time_s"]) == pytest.approx(0.1525)
    assert float(frames[30]["f0_predicted_hz"]) == pytest.approx(198, abs=0.1)
    assert frames[30]["phone"] == "'=1+1"  # no formula
    relevance = rows_of(made(page, "relevance"))
    assert len(relevance) == 2 * 5 and relevance[0]["name"] == 'stress, "strong"'
    assert float(relevance[2]["relevance_semitones_per_frame"]) == pytest.approx(1.5, rel=1e-3)


def test_the_picture_is_one_vector_file_that_a_browser_reads(page):  # noqa: F811
    mount(page, tiered(text=HOSTILE), sound=make_sound())
    page.wait_for_function("window.view.transport.spectrogram")
    svg = made(page, "svg")
    body = (
        "const file = new DOMParser().parseFromString(args[0], 'image/svg+xml');"
        "const count = (tag) => file.querySelectorAll(tag).length;"
        "return [file.querySelector('parsererror')?.textContent, count('img'), count('rect'),"
        " file.querySelector('title').textContent];"
    )
    wrong, images, rects, title = evaluate(page, body, svg)
    assert wrong is None and images == 0 and rects > 20
    assert title == f"{HOSTILE} (u1)"
    assert 'href="data:image/png' in svg  # the spectrogram; nothing else lies outside
    assert set(re.findall(r'href="(\w+):', svg)) == {"data"}


def test_buttons_save_files(page):  # noqa: F811
    mount(page, tiered(utterance_id="../u 1"))
    page.click(".ins-menu summary")
    with page.expect_download() as download:
        page.click("button[data-kind=png]")
    assert download.value.suggested_filename.endswith("u_1.png")
    assert "/" not in download.value.suggested_filename
    with open(download.value.path(), "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"
    assert page.locator(".ins-menu > div").is_hidden()


# --- what if --------------------------------------------------------------------------------------

ASKED = """
window.updates = 0;
IntonationStructure.open = (structure, table) => ({
  edited: (changes) => ({ answers: () => [changes.length, table.groups.general.length] }),
});
IntonationNetwork.open = () => ({ ask: async (question) => {
  window.question = { ...question, frames: [...question.frames], groupOf: [...question.groupOf] };
  return { output: new Float32Array(80).fill(12), sums: [1, 2], explained: 3, absorbed: 0 };
} });
IntonationWhatIf.mount = (el, given) => {
  window.given = given;
  return { update() { window.updates += 1; }, destroy() { given.view.overlay(null); } };
};
const el = document.createElement('div'); document.body.append(el);
window.view = IntonationInspector.mount(el, {
  index: [{ id: 'u1', text: 'Tak.', speaker: 's' }], load: async () => args[0],
  loadNetwork: async () => ({ table: { groups: { general: [0, 1, -1] } } }),
});
"""


def test_a_changed_fact_draws_another_contour(page):  # noqa: F811
    evaluate(page, ASKED, {**tiered(), "structure": {"words": []}})
    page.click(".ins-what-if summary")
    page.wait_for_function("window.given")
    evaluate(page, "window.view.select([0.15, 0.25]);")
    answer = evaluate(page, "return window.given.ask([{ kind: 'sentence', to: 'question' }]);")
    assert (answer["explained"], answer["sums"]) == (3, [1, 2])
    question = page.evaluate("window.question")
    assert question["answers"] == [1, 3] and question["groupOf"] == [0, 1, -1]
    assert np.flatnonzero(question["frames"]).tolist() == list(range(30, 50))
    changed = evaluate(page, "return [...window.view.changed];")
    assert changed[:30] == [0] * 30 and changed[30] == pytest.approx(400)
    assert "if changed" in page.inner_text(".ins-legend")
    page.mouse.move(*place(page, 0.2, "f0"))
    drawn(page)
    assert "if changed 400 Hz" in page.inner_text(".ins-here-head")
    page.select_option(".ins-level", "word")
    assert page.evaluate("window.updates") > 0
    evaluate(page, "IntonationAsking.close(window.view);")  # as before another utterance
    assert "if changed" not in page.inner_text(".ins-legend")


def test_what_cannot_be_asked_says_why(page):  # noqa: F811
    missing = {**tiered(), "structure": None, "structure_missing": "The labels differ."}
    evaluate(page, ASKED, missing)
    page.wait_for_selector(".ins-what-if:visible")
    assert "The labels differ." in page.inner_text(".ins-what-if")


# --- anything -------------------------------------------------------------------------------------


def long_data(n_phones):
    """An utterance of 80 ms a phone, at 15 levels."""
    rng = np.random.default_rng(0)
    f0_hz = rng.uniform(100, 200, n_phones * 16)
    values = rng.normal(size=(104, n_phones))
    levels = {
        f"level{n}": {"title": f"Level {n}", "groups": [f"G_{k}" for k in range(104 - 7 * n)]}
        for n in range(15)
    }
    for level in levels.values():
        level["values"] = values[: len(level["groups"])]
    return inspector_data(
        utterance_id="long",
        text="bardzo " * 100,
        speaker="s",
        phones=[("a", k * 0.08, (k + 1) * 0.08) for k in range(n_phones)],
        f0_true_hz=f0_hz,
        f0_predicted_hz=f0_hz,
        levels=levels,
        explained=values.sum(axis=0),
        absorbed=np.zeros(n_phones),
        reference_hz=150.0,
    )


def test_an_utterance_of_40_seconds_is_dragged_and_zoomed(page):  # noqa: F811
    mount(page, long_data(500))
    page.mouse.move(*place(page, 5, "f0"))
    page.mouse.down()
    page.mouse.move(*place(page, 8, "f0"), steps=5)
    page.mouse.up()
    start, end = state(page)["selection"]
    assert (start, end) == pytest.approx((5, 8), abs=0.2)
    press(page, "n")
    assert state(page)["window"] == [start, end]
    assert page.locator(".ins-pan").is_visible()
    assert evaluate(page, "return IntonationExport.svg(window.view).length;") < 2e6


def test_an_utterance_without_a_voiced_frame_says_so(page):  # noqa: F811
    silent = np.zeros(80)
    data = make_data(
        f0_true_hz=silent,
        f0_predicted_hz=silent,
        explained_frames=[0] * 5,
        explained=[0.0] * 5,
        absorbed=[0.0] * 5,
        levels={"x": {"title": "X", "groups": ["A"], "values": np.zeros((1, 5))}},
    )
    mount(page, data)
    assert "No voiced frame" in page.inner_text(".ins-here-sum")
    assert "nothing to explain" in page.inner_text(".ins-answer")
    press(page, "ArrowRight", "n")
    assert "points: size = 0" in made(page, "measured")


@pytest.mark.parametrize("width", [390, 320])
def test_it_fits_a_phone(page, width):  # noqa: F811
    data = tiered(text="Konstantynopolitańczykowianeczka " * 4)
    sound = {**make_sound(), "titles": {"group:stress": "what stress alone sings " * 8}}
    mount(page, data, sound=sound)
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_function("width => window.view.place.width < width", arg=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert evaluate(page, "return window.view.place.map.name;") > 0  # names lie over their rows


def test_colours_follow_the_page(page):  # noqa: F811
    mount(page, tiered())
    paper = "return [window.view.colours.paper, window.view.colours.scale[256]];"
    light = evaluate(page, paper)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("before => window.view.colours.paper !== before", arg=light[0])
    for shown in (light, evaluate(page, paper)):
        channels = [int(shown[0][at : at + 2], 16) for at in (1, 3, 5)]
        assert shown[1] == f"rgb({','.join(map(str, channels))})"  # zero is the paper's colour


def test_every_control_has_a_name(page):  # noqa: F811
    mount(page, tiered(), sound=make_sound())
    body = (
        "return [...document.querySelectorAll('.ins :is(button, select, input, [tabindex])')]"
        " .filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label')"
        "   || one.labels?.length)).map((one) => one.outerHTML);"
    )
    assert evaluate(page, body) == []
    plot = page.locator(".ins-plot")
    assert plot.get_attribute("role") == "application"
    assert "Tak." in plot.get_attribute("aria-label")
    described = plot.get_attribute("aria-describedby")
    assert "Escape leaves" in page.locator(f"#{described}").inner_text()
    assert page.locator(".ins-status").get_attribute("aria-live") == "polite"


def test_what_is_chosen_while_an_utterance_is_on_its_way_waits_for_it(page):  # noqa: F811
    mount(page, make_data(), make_data(utterance_id="u2", text="Nie."))
    page.evaluate(
        "() => { const { source } = view; const load = source.load; states.length = 0;"
        " source.load = (id) => new Promise((met) => { window.arrive = () => met(load(id)); }); }"
    )
    page.select_option(".ins-utterance", "u2")
    page.select_option(".ins-level", "word")
    assert page.evaluate("states") == []
    page.evaluate("() => { view.follow({ selection: [0.15, 0.3] }); arrive(); }")
    page.wait_for_function("states.some(({ selection }) => selection.length)")
    assert {key: state(page)[key] for key in ("id", "level")} == {"id": "u2", "level": "word"}
    page.evaluate("() => { view.source.load = () => Promise.reject(new Error('gone')); }")
    page.select_option(".ins-utterance", "u1")
    page.wait_for_selector(".ins-answer:text('gone')")
    page.select_option(".ins-level", "general")
    assert {key: state(page)[key] for key in ("id", "level")} == {"id": "u2", "level": "general"}
