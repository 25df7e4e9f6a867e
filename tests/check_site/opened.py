"""What only a browser can tell of a page: accessibility, contrast, weight, speed."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np

from check_site.documents import Finding
from check_site.tools import axe_script

WIDTHS = (1440, 390)
THEMES = ("light", "dark")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# in the dark only colours are other ones
OF_COLOURS = ["color-contrast", "link-in-text-block"]
CONTRAST = "color-contrast"
AUDIO = (".wav", ".mp3", ".ogg", ".opus", ".flac", ".webm", ".m4a")
MOVES = 150
RUN_AXE = """async (options) => {
  const found = await axe.run(document, {...options, resultTypes: ["violations"]});
  const places = (one) => one.nodes.map((node) => node.target.join(" "));
  return found.violations.map((one) => [one.id, one.help, places(one)]);
}"""
SETTLE = """async () => {
  await document.fonts.ready;
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 150)));
}"""
# from the pointer's event to the frame that answers it
LISTEN = """() => {
  window.answered = [];
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => window.answered.push(performance.now() - waiting.shift());
  addEventListener("pointermove", (event) => requestAnimationFrame(() => {
    waiting.push(event.timeStamp);
    channel.port2.postMessage(null);
  }), {capture: true});
}"""


def open_page(browser: Any, address: str, *, width: int, theme: str) -> tuple[Any, Any]:
    """A context and its page, opened in this theme; scripts of others are let alone."""
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    choose = "localStorage.setItem('mode', '{0}'); localStorage.setItem('theme', '{0}')"
    context.add_init_script(f"try {{ {choose.format(theme)} }} catch {{ }}")
    page = context.new_page()
    page.goto(address, wait_until="load")
    page.evaluate(SETTLE)
    return context, page


def inaccessible(browser: Any, folder: Path, name: str) -> Iterator[tuple[Finding, bool]]:
    """Violations of levels A and AA on one page, wide and narrow, light and dark; whether they are
    of contrast."""
    address = (folder / name).as_uri()
    for width in WIDTHS:
        for theme in THEMES:
            context, page = open_page(browser, address, width=width, theme=theme)
            with closing(context):
                page.evaluate(axe_script())
                for rule, told, places in page.evaluate(RUN_AXE, _options(theme)):
                    what = f"{rule}: {told} ({theme}, {width})"
                    for place in places:
                        yield Finding(name, what, place), rule == CONTRAST


def _options(theme: str) -> dict[str, Any]:
    if theme == THEMES[0]:
        return {"runOnly": {"type": "tag", "values": LEVELS}}
    return {"runOnly": {"type": "rule", "values": OF_COLOURS}}


def weight(browser: Any, folder: Path, name: str) -> int:
    """Bytes of a page and of what it loads when it is opened, but sounds and inspector data."""
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 900})
    with closing(context):
        page = context.new_page()
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        page.goto((folder / name).as_uri(), wait_until="load")
        page.evaluate(SETTLE)
    paths = {Path(unquote(urlsplit(url).path)) for url in asked if url.startswith("file:")}
    return sum(path.stat().st_size for path in paths if path.is_file() and not _is_data(path))


def front_files(folder: Path) -> dict[str, int]:
    """Bytes of what a page with an inspector loads for it, before any utterance; all together."""
    files = (folder / "_static" / "front").rglob("*")
    return {"_static/front": sum(path.stat().st_size for path in files if path.is_file())}


def _is_data(path: Path) -> bool:
    data = "inspector" in path.parts and path.suffix in (".js", ".json")
    return path.suffix in AUDIO or data


def inspector_pages(site: Any) -> list[str]:
    """Pages that carry an inspector."""
    return [name for name, soup in site.pages.items() if soup.select(".intonation-inspector")]


def longest_utterance(folder: Path) -> str:
    """Id of the longest utterance that an inspector of the site has; "" without any."""
    found = {}
    for index in (folder / "_static" / "inspector").rglob("index.js"):
        text = index.read_text(encoding="utf-8")
        entries = re.search(r"\[\{.*\}\]", text, flags=re.S)
        for entry in json.loads(entries[0]) if entries else ():
            found[entry["id"]] = entry.get("seconds", len(entry.get("text", "")))
    return max(found, key=found.get, default="")


def answer_times(browser: Any, folder: Path, name: str) -> np.ndarray:
    """Milliseconds from each move of the pointer to the frame that answers it, [moves].

    Over the longest utterance at the finest level of abstraction.
    """
    address = (folder / name).as_uri()
    context, page = open_page(browser, address, width=WIDTHS[0], theme=THEMES[0])
    with closing(context):
        page.wait_for_selector(".ins canvas, .ins svg")
        utterance = longest_utterance(folder)
        _choose(page, ".ins-utterance", utterance)
        _choose(page, ".ins-level", "all")
        page.evaluate(SETTLE)
        box = _largest(page)
        page.evaluate(LISTEN)
        for n in range(MOVES):
            across, down = (n * 7 % 97) / 97, (n * 5 % 89) / 89
            page.mouse.move(
                box["x"] + 2 + across * (box["width"] - 4),
                box["y"] + 2 + down * (box["height"] - 4),
            )
        page.evaluate(SETTLE)
        return np.array(page.evaluate("window.answered"))


def _choose(page: Any, selector: str, value: str) -> None:
    """Choose in a list, where the page has one with this value."""
    lists = page.locator(f"select{selector}")
    if lists.count() and lists.first.locator(f'option[value="{value}"]').count():
        lists.first.select_option(value)


def _largest(page: Any) -> dict[str, float]:
    """The place of the largest drawing of the inspector, scrolled into view."""
    drawings = page.locator(".ins canvas, .ins svg")
    boxes = [drawings.nth(n).bounding_box() for n in range(drawings.count())]
    sizes = [box["width"] * box["height"] if box else 0 for box in boxes]
    largest = drawings.nth(int(np.argmax(sizes)))
    largest.scroll_into_view_if_needed()
    return largest.bounding_box()
