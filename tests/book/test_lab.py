"""The inspector in JupyterLab: Chromium before a live kernel, each seeing what the other does."""

import json
import re
import time
from types import SimpleNamespace

import nbformat
import pytest
from browser import browser, open_pages  # noqa: F401
from inspectors import make_run
from live_lab import WAIT_S, LiveLab

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed; `make lab` installs it")
pytestmark = pytest.mark.processes

CELLS = [
    "import json\n\nfrom intonation.book.inspector.widget import Inspector",
    'widget = Inspector.from_run("run")\nwidget',
    "print(len(widget.index))",
]
TOLD = "print(json.dumps([widget.selected, widget.level, widget.window, widget.selection]))"
TIMES = {"abs": 1e-6}


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):  # noqa: F811
    """JupyterLab's page with a notebook that has been run, and what the page complained of."""
    notebooks, own = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    make_run(notebooks / "run", utterances=3, targets=("semitones",))
    cells = [nbformat.v4.new_code_cell(code) for code in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), notebooks / "n.ipynb")
    server = LiveLab(notebooks, own)
    try:
        address = server.ready()
        with open_pages(browser, height=1400, server=address) as (page, complaints):
            page.set_default_timeout(1000 * WAIT_S)
            page.goto(f"{address}lab/tree/n.ipynb?token={server.token}")
            run_all(page)
            yield SimpleNamespace(page=page, complaints=complaints)
    finally:
        server.stop()


@pytest.fixture
def page(lab):
    """The same page, the first utterance whole, nothing selected; complaints fail the test."""
    lab.complaints.clear()
    first = "widget.window, widget.selection = [], []; widget.selected = widget.index[0]['id']"
    run(lab.page, f"{first}; widget.level = widget.utterance['levels'][0]['slug']")
    yield lab.page
    assert not lab.complaints


def run_all(page):
    """As a reader does: from the menu, once the kernel is there."""
    page.wait_for_selector("#jp-main-statusbar :text('| Idle')")
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()
    page.wait_for_selector(".ins-bars tbody tr")


def run(page, code):
    """What the last cell prints when it is made this code and run."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").last
    number = "() => [...document.querySelectorAll('.jp-Notebook .jp-InputPrompt')].at(-1).innerText"
    page.wait_for_function(f"/\\d/.test(({number})())")
    before = page.evaluate(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(code)
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        f"(before) => {{ const now = ({number})(); return /\\d/.test(now) && now !== before; }}",
        arg=before,
    )
    return cell.locator(".jp-Cell-outputWrapper").inner_text()


def told(page):
    """Python's [selected, level, window, selection]."""
    return json.loads(run(page, TOLD))


def until(page, known):
    """What Python is told, once it is as it should be: messages take their time."""
    end = time.monotonic() + WAIT_S
    while not known(*(found := told(page))):
        assert time.monotonic() < end, found
    return found


def asked(page, expression):
    """The value of an expression in Python."""
    return json.loads(run(page, f"print(json.dumps({expression}))"))


def words_of(page):
    return asked(page, "widget.utterance['tiers']['words']")


def test_what_is_chosen_in_the_browser_is_known_in_python(page):
    second = asked(page, "widget.index[1]")
    page.select_option(".ins-utterance", second["id"])
    page.select_option(".ins-level", index=1)
    level = page.input_value(".ins-level")
    _, _, window, selection = until(page, lambda *state: state[:2] == (second["id"], level))
    assert window == pytest.approx([0, second["seconds"]], abs=0.05) and selection == []
    start, end, text = words_of(page)[-1][:3]
    page.locator(".ins-word").last.click()
    assert page.locator(".ins-word").last.inner_text().strip(".?! ") in text
    found = until(page, lambda *state: state[3] != [])
    assert found[3] == pytest.approx([start, end], **TIMES)
    page.locator(".ins-plot").press("n")
    found = until(page, lambda *state: state[2] != window)
    assert found[2] == pytest.approx([start, end], **TIMES)
    assert asked(page, "widget.utterance['id']") == second["id"]


def test_what_is_dragged_over_is_known_in_python(page):
    plot = page.locator(".ins-plot")
    width = plot.bounding_box()["width"]
    plot.hover(position={"x": 0.4 * width, "y": 30})
    page.mouse.down()
    plot.hover(position={"x": 0.6 * width, "y": 30})
    page.mouse.up()
    *_, (start, end) = until(page, lambda *state: state[3] != [])
    assert f"From {start:.2f} to {end:.2f} s" in page.inner_text(".ins-answer")


def test_what_python_chooses_is_shown_in_the_browser(page):
    second = asked(page, "widget.index[1]")
    level = asked(page, "widget.utterance['levels'][1]['slug']")
    run(page, f"widget.selected, widget.level = '{second['id']}', '{level}'")
    page.wait_for_function(f"document.querySelector('.ins-level').value === '{level}'")
    assert page.input_value(".ins-utterance") == second["id"]
    assert page.locator(".ins-word").first.inner_text() in second["text"]
    start, end = words_of(page)[1][:2]
    run(page, f"widget.selection = [{start}, {end}]")
    page.wait_for_selector(".ins-word:nth-child(2)[aria-pressed=true]")
    assert f"From {start:.2f} to {end:.2f} s" in page.inner_text(".ins-answer")
    assert not page.locator(".ins-pan").is_visible()
    run(page, f"widget.window = [{start}, {end}]")
    page.wait_for_selector(".ins-pan:visible")
    assert told(page) == [second["id"], level, [start, end], [start, end]]


def test_sound_comes_from_the_kernel_and_plays(page):
    page.wait_for_selector(".ins-sounding:visible")
    page.locator(".ins-plot").press("Tab")
    page.wait_for_selector(".ins-sounding [aria-pressed=true]")
    page.wait_for_selector(".ins-head:visible")
    page.wait_for_selector(".ins-sounding [aria-pressed=false]")  # to the end


def test_what_if_is_answered_with_the_network_of_the_kernel(page):
    page.click(".ins-what-if summary")
    page.locator(".ins-wi-sentence input:not(:checked)").first.check()
    page.wait_for_selector(".ins-wi-means tbody tr")
    assert page.locator(".ins-wi-parts caption").count() == 1


def test_a_sentence_that_is_asked_for_is_shown_in_both(page):
    run(page, 'Inspector.say("Czy to prawda?", "run")')
    page.wait_for_function("document.querySelectorAll('.ins-bars tbody').length === 2")
    shown = page.locator(".ins").last
    assert re.sub(r"\s+", " ", shown.locator(".ins-text").inner_text()) == "Czy to prawda?"
    page.locator(".ins-say input").first.fill("To prawda.")
    page.locator(".ins-say button").first.click()
    page.wait_for_function("document.querySelector('.ins-text').innerText.includes('prawda.')")
    assert asked(page, "[widget.selected, widget.utterance['text']]") == ["said1", "To prawda."]
