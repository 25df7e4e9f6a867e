"""The checks of `make check-site` find what they look for, and nothing where nothing is wrong."""

import numpy as np
import pytest
from browser import browser  # noqa: F401
from check_site import __main__ as command
from check_site.documents import Site, bad_descriptions, broken_links, invalid_html
from check_site.opened import answer_times, inaccessible, inspector_pages, longest_utterance, weight
from check_site.tools import ToolError, installed

GOOD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body><img src="a.png" alt=""><main><article><h1 id="top">A page</h1>
<p><a href="other.html#below">Another page</a> <a href="https://example.org/x">elsewhere</a></p>
<img src="a.png" alt="F0 falls from 200 to 150 Hz.">
{more}</article></main></body></html>
"""
OTHER = GOOD.replace("other.html#below", "index.html#top").replace(
    'id="top">', 'id="top">Below</h1><h1 id="below">'
)
INSPECTOR = """<div class="intonation-inspector ins"><select class="ins-level" aria-label="level">
<option value="general">a</option><option value="all">b</option></select>
<canvas width="300" height="100"></canvas></div><script>
document.querySelector("select").onchange = (event) => { window.level = event.target.value; };
document.querySelector("canvas").onpointermove = () => {
  const end = performance.now() + SLOW; while (performance.now() < end) {}
};</script>"""


@pytest.fixture(scope="session")
def tools():
    """What npm installs; skips, saying why, where it cannot."""
    try:
        return installed()
    except ToolError as error:
        pytest.skip(str(error))


@pytest.fixture
def folder(tmp_path):
    html = tmp_path / "site" / "html"
    (html / "_static" / "inspector" / "x").mkdir(parents=True)
    (html / "a.png").write_bytes(bytes(1000))
    (html / "other.html").write_text(OTHER.format(more=""))
    leading_on = '<meta http-equiv="refresh" content="0; url=index.html">'
    (html / "start.html").write_text(leading_on)
    write(html)
    return html


def write(folder, more=""):
    (folder / "index.html").write_text(GOOD.replace("{more}", more))


def test_pages_that_only_lead_on_are_none(folder):
    assert set(Site(folder).pages) == {"index.html", "other.html"}


@pytest.mark.parametrize(
    "more, wrong",
    [
        ("", []),
        ('<a href="none.html">x</a>', ["no such file"]),
        ('<a href="other.html#none">x</a>', ["no such place"]),
        ('<a href="#none">x</a>', ["no such place"]),
        ('<a href="../../../up.html">x</a>', ["no such file"]),
    ],
)
def test_links(folder, more, wrong):
    write(folder, more)
    assert [finding.what for finding in broken_links(Site(folder))] == wrong


@pytest.mark.parametrize(
    "image, wrong",
    [
        ('<img src="a.png">', "no description"),
        ('<img src="a.png" alt=" ">', "no description"),
        ('<img src="a.png" alt="">', "no description"),
        ('<img src="a.png" alt="../_images/9762.png">', "a path as description"),
        ('<img src="a.png" alt="figure.svg">', "a path as description"),
    ],
)
def test_descriptions(folder, image, wrong):
    assert list(bad_descriptions(Site(folder))) == []
    write(folder, image)
    assert [finding.what for finding in bad_descriptions(Site(folder))] == [wrong]


def test_html(tools, folder):
    assert list(invalid_html(Site(folder))) == []
    write(folder, "<ul><p>no item</p></ul>")
    (finding,) = invalid_html(Site(folder))
    assert finding.page == "index.html" and finding.what.startswith("element-permitted-content")


@pytest.mark.browser
def test_accessibility_and_contrast(tools, browser, folder):  # noqa: F811
    assert list(inaccessible(browser, folder, "index.html")) == []
    write(folder, '<p style="color: #999; background: #fff">pale</p><input type="text">')
    found = list(inaccessible(browser, folder, "index.html"))
    rules = {finding.what.partition(":")[0]: contrast for finding, contrast in found}
    assert rules == {"color-contrast": True, "label": False}
    seen = {finding.what.rpartition("(")[2] for finding, contrast in found if contrast}
    assert seen == {"light, 1440)", "light, 390)", "dark, 1440)", "dark, 390)"}


@pytest.mark.browser
def test_weight_counts_what_is_loaded_but_sounds_and_data(browser, folder):  # noqa: F811
    (folder / "a.wav").write_bytes(bytes(5000))
    (folder / "_static/inspector/x/0.js").write_bytes(b" " * 7000)
    write(folder, '<audio src="a.wav" preload="auto"></audio><img src="b.png" loading="lazy">')
    script = '<script src="_static/inspector/x/0.js"></script>'
    page = folder / "index.html"
    page.write_text(page.read_text() + script)
    assert weight(browser, folder, "index.html") == page.stat().st_size + 1000


@pytest.mark.browser
@pytest.mark.parametrize("slow, at_least", [(0, 0), (60, 60)])
def test_answers_to_the_pointer_are_timed(browser, folder, slow, at_least):  # noqa: F811
    write(folder, INSPECTOR.replace("SLOW", str(slow)))
    assert inspector_pages(Site(folder)) == ["index.html"]
    times = answer_times(browser, folder, "index.html")
    assert len(times) > 10 and np.median(times) >= at_least


def test_the_longest_utterance_is_found(folder):
    assert longest_utterance(folder) == ""
    index = '[{"id": "a", "seconds": 2.5}, {"id": "b", "seconds": 7}]'
    text = f'intonationInspectorData("x/index", {index});'
    (folder / "_static/inspector/x/index.js").write_text(text)
    assert longest_utterance(folder) == "b"


def test_a_bound_that_is_missed_is_told_with_its_findings():
    weights = {"a.html": 2_000_000, "b.html": 10}
    measure = command.heaviest("weight", weights, command.PAGE_BYTES)
    assert not measure.holds and [finding.page for finding in measure.findings] == ["a.html"]
    assert "2 MB" in command.report([measure], 3) and "MISSED" in command.report([measure], 3)
    assert command.heaviest("weight", {"b.html": 10}, 20).holds
    assert command.p95(np.full(100, 20.0), "a.html").holds
    assert not command.p95(np.array([]), "a.html").holds, "what could not be measured keeps none"


def test_a_folder_without_a_site_is_refused(tmp_path, capsys):
    assert command.main([str(tmp_path)]) == 2
    assert "make the book first" in capsys.readouterr().err
