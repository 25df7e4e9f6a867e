"""The published site, as a run of the book leaves it: what a reader meets on its pages."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np
import pytest
from browser import browser, open_pages  # noqa: F401
from bs4 import BeautifulSoup
from PIL import Image

from intonation.book import site
from intonation.plots.html import MOST_BYTES

REMOTE = re.compile(r"^(?:https?:)?//")
RESOURCES = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
}
TALLEST = 9000  # pixels of a page that holds many figures
LINKED_RESOURCES = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


@pytest.fixture(scope="session")
def pages(built_site):
    """The parsed pages of the built site by their path."""
    names = [*site.toc_pages(site.ROOT / "_toc.yml"), "index", "search", "genindex"]
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in (built_site / f"{name}.html" for name in names)
        if path.is_file()
    }


def local_links(path, soup):
    """Yield (target file, fragment) of every address in a page that stays on the disk."""
    for tag in soup.find_all(True):
        for attribute in ("href", "src"):
            address = tag.get(attribute)
            if address is None or urlsplit(address).scheme or REMOTE.match(address):
                continue
            parts = urlsplit(address)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            yield target, unquote(parts.fragment)


def test_every_page_of_the_contents_exists(built_site):
    names = [*site.toc_pages(site.ROOT / "_toc.yml"), "index"]
    missing = [name for name in names if not (built_site / f"{name}.html").is_file()]
    assert not missing


def test_nothing_that_shows_content_comes_from_the_network(pages, built_site):
    remote = []
    for path, soup in pages.items():
        for name, attribute in RESOURCES.items():
            remote += [(path.name, tag) for tag in soup.find_all(name, attrs={attribute: REMOTE})]
        for link in soup.find_all("link", href=REMOTE):
            if LINKED_RESOURCES & set(link.get("rel", [])):
                remote.append((path.name, link))
    for sheet in (built_site / "_static").rglob("*.css"):
        text = sheet.read_text(encoding="utf-8", errors="replace")
        remote += [(sheet.name, found) for found in re.findall(r"url\([\"']?https?:[^)]*", text)]
    assert not remote


def test_links_within_the_site_lead_somewhere(pages):
    anchors = {
        path.resolve(): {tag["id"] for tag in soup.find_all(id=True)}
        for path, soup in pages.items()
    }
    broken = []
    for path, soup in pages.items():
        for target, fragment in local_links(path, soup):
            place = "" if "=" in fragment else fragment  # an inspector's state, checked below
            lost = place and target in anchors and place not in anchors[target]
            if not target.is_file() or lost:
                broken.append(f"{path.name}: {target}#{fragment}")
    assert not broken


def test_links_to_the_inspector_ask_for_utterances_that_it_has(pages, built_site):
    asked = set()
    for path, soup in pages.items():
        for target, fragment in local_links(path, soup):
            if "=" in fragment:
                assert target == built_site / "notebooks" / "13_inspector.html"
                asked.add(
                    (dict(parse_qsl(fragment))["target"], dict(parse_qsl(fragment))["utterance"])
                )
    for target, utterance in asked:
        index = built_site / "_static" / "inspector" / target / "index.js"
        assert f'"{utterance}"' in index.read_text(encoding="utf-8")


def test_no_chapter_shows_a_failed_cell_or_injected_parameters(pages):
    for path, soup in pages.items():
        shown = soup.find("article").get_text() if soup.find("article") else ""
        assert "Traceback (most recent call last)" not in shown, path
        assert not re.search(r"<[\w.]+ (object|at 0x)", shown), f"{path} shows a type, not a thing"
        assert not soup.select(".output.traceback, .output.error"), path
        assert not soup.select(".tag_injected-parameters"), path


def pictures_of(path, soup):
    """Each figure of a page with the file of its picture."""
    for figure in soup.select("figure.book-figure"):
        ((file, _),) = local_links(path, BeautifulSoup(str(figure.img), "html.parser"))
        yield figure, file


def test_every_figure_says_what_is_seen_and_gives_its_data(pages):
    found = [(path, *pair) for path, soup in pages.items() for pair in pictures_of(path, soup)]
    assert found, "the site shows no figure at all"
    for path, figure, _ in found:
        alt = figure.img["alt"]
        assert re.search(r"\d", alt) and not re.search(r"\.(png|svg|csv)\b", alt), path
        assert figure.find("figcaption").get_text().startswith("Figure "), path
        ((data, _),) = local_links(path, BeautifulSoup(str(figure.a), "html.parser"))
        assert data.stat().st_size > 0


def test_no_picture_is_blank_or_large(pages):
    files = {file for path, soup in pages.items() for _, file in pictures_of(path, soup)}
    assert [file.name for file in files if is_blank(file)] == []
    assert [file.name for file in files if file.stat().st_size > MOST_BYTES] == []


def is_blank(file):
    if file.suffix == ".svg":
        return "<text" not in file.read_text(encoding="utf-8")
    with Image.open(file) as image:
        return np.asarray(image.convert("L")).std() < 1


def test_every_table_scrolls_in_a_region_that_has_a_name_of_its_own(pages):
    written = {path: soup for path, soup in pages.items() if path.stem != "genindex"}
    for path, soup in written.items():
        regions = [table.find_parent("div", class_="table-scroll") for table in outermost(soup)]
        assert all(regions), path
        names = [region["aria-label"] for region in regions]
        assert len(set(names)) == len(names), path


def outermost(soup):
    body = soup.find("article")
    tables = body.find_all("table") if body else []
    return [table for table in tables if not table.find_parent("table")]


def test_a_term_is_linked_at_most_once_on_a_page_and_on_most_pages(pages):
    linked = 0
    for path, soup in pages.items():
        addresses = [link["href"] for link in soup.select("article a.term-link")]
        assert len(set(addresses)) == len(addresses), path
        linked += bool(addresses)
    assert linked > len(pages) / 2


def test_every_chapter_shows_its_answer_under_its_question(pages):
    chapters = {path.stem: soup for path, soup in pages.items() if path.stem[:2].isdigit()}
    for name, soup in chapters.items():
        if name in ("13_inspector", "20_run"):
            continue
        first = soup.select_one("article div.cell")
        shown = soup.select("article div.tag_answer-first")
        assert shown and shown[0] is first, name
        assert any(cell.find("img") for cell in shown) or name == "07_positions", name


def test_solutions_are_there_for_a_reader_without_scripts(pages):
    for path, soup in pages.items():
        for solution in soup.select("article div.tag_solution"):
            assert solution.details.summary.get_text(strip=True).startswith("Solution of"), path


def test_the_cover_begins_with_an_utterance_that_its_inspector_has(pages, built_site):
    soup = next(soup for path, soup in pages.items() if path.name == "intro.html")
    start = soup.select_one("article .intonation-inspector")["data-id"]
    index = built_site / "_static" / "inspector" / "semitones" / "index.js"
    assert start and f'"id":"{start}"' in index.read_text(encoding="utf-8")
    assert [card.get_text(strip=True) for card in soup.select(".front-cards .sd-card-title")] == [
        *("Read", "Run", "Inspect", "Your recordings")
    ]
    assert soup.select_one(".build-facts dd") and not soup.find(string=re.compile("% cover"))


@pytest.mark.parametrize("name", ["05_relevance", "06_rankings"])
def test_pages_of_many_figures_can_be_browsed(browser, built_site, name):  # noqa: F811
    with open_pages(browser, width=1440) as (page, complaints):
        page.goto((built_site / "notebooks" / "semitones" / f"{name}.html").as_uri())
        last = page.locator("details.choice").last
        last.locator("> summary").press("Enter")
        assert last.evaluate("one => one.open")
        assert not complaints


def test_no_page_is_longer_than_a_reader_scrolls(browser, built_site):  # noqa: F811
    heights = {}
    with open_pages(browser, width=1440) as (page, complaints):
        for name in site.toc_pages(site.ROOT / "_toc.yml"):
            page.goto((built_site / f"{name}.html").as_uri(), wait_until="load")
            page.evaluate("document.fonts.ready.then(() => null)")
            heights[name] = page.evaluate("document.documentElement.scrollHeight")
        assert not complaints
    assert {name: height for name, height in heights.items() if height >= TALLEST} == {}


def test_names_of_rows_stay_in_sight_on_a_phone(browser, built_site):  # noqa: F811
    with open_pages(browser, width=390) as (page, complaints):
        page.goto((built_site / "notebooks" / "semitones" / "06_rankings.html").as_uri())
        frame = page.locator(".book-figure-frame:has(.book-figure-names)").first
        frame.scroll_into_view_if_needed()
        frame.evaluate("frame => { frame.scrollLeft = 120; }")
        left = "one => one.getBoundingClientRect().left"
        picture, names = frame.locator("img").first, frame.locator(".book-figure-names")
        assert picture.evaluate(left) == pytest.approx(frame.evaluate(left) - 120, abs=1)
        assert names.evaluate(left) == pytest.approx(frame.evaluate(left), abs=1)
        widths = frame.locator("img").evaluate_all("all => all.map((one) => one.clientWidth)")
        assert widths[0] == pytest.approx(widths[1], abs=1), "the same picture at the same size"
        assert not complaints


def test_a_term_is_explained_by_keyboard_and_pointer(browser, built_site):  # noqa: F811
    with open_pages(browser) as (page, complaints):
        page.goto((built_site / "notebooks" / "10_rule.html").as_uri())
        link, tip = page.locator("article a.term-link").first, page.locator(".tippy-box")
        link.focus()
        tip.wait_for()
        assert page.locator(f"#{link.get_attribute('aria-describedby')}").inner_text().strip()
        link.blur()
        tip.wait_for(state="detached")
        page.locator("article a[href*='bibliography.html#']").first.hover()
        tip.wait_for()
        assert not complaints


@pytest.mark.parametrize("width, theme", [(1400, "light"), (390, "dark")])
def test_every_page_opens_without_network_error_or_overflow(
    browser,  # noqa: F811
    built_site,
    width,
    theme,
):
    with open_pages(browser, width=width, theme=theme) as (page, complaints):
        for name in [*site.toc_pages(site.ROOT / "_toc.yml"), "search"]:
            page.goto((built_site / f"{name}.html").as_uri(), wait_until="load")
            page.evaluate("document.fonts.ready.then(() => null)")
            complaints += check_open_page(page, name, theme)
    assert not complaints


def test_index_leads_a_first_visitor_to_the_first_page(browser, built_site):  # noqa: F811
    first = site.toc_pages(site.ROOT / "_toc.yml")[0]
    with open_pages(browser, theme="") as (page, complaints):
        page.goto((built_site / "index.html").as_uri())
        page.wait_for_url((built_site / f"{first}.html").as_uri())
        assert page.locator("article h1").first.inner_text()
        assert not complaints


def check_open_page(page, name, theme):
    """List what is wrong with the page that is open."""
    page.evaluate("for (const image of document.images) image.loading = 'eager'")
    page.evaluate(
        "Promise.all([...document.images].map((image) => image.decode().catch(() => null)))"
    )
    found = page.evaluate(
        """() => ({
          broken: [...document.images].filter((image) => !image.naturalWidth).map((i) => i.src),
          wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          theme: document.documentElement.dataset.theme,
          slabs: [...document.querySelectorAll(".book-figure img")]
            .filter((image) => getComputedStyle(image).filter === "none").length,
        })"""
    )
    wrong = [f"{name}: {address} was not loaded" for address in found["broken"]]
    if found["wide"] > 0:
        wrong.append(f"{name}: {found['wide']} px wider than the screen")
    if theme == "dark" and found["slabs"]:
        wrong.append(f"{name}: {found['slabs']} figures are white slabs in the dark")
    if found["theme"] != theme:
        wrong.append(f"{name}: theme {found['theme']}, expected {theme}")
    return wrong


@pytest.fixture(scope="session")
def inspector_page(pages) -> Path:
    """The page that carries the inspector."""
    return next(path for path, soup in pages.items() if soup.select(".intonation-inspector"))


def test_inspector_answers_for_another_utterance_level_and_window(browser, inspector_page):  # noqa: F811
    with open_pages(browser) as (page, complaints):
        page.goto(inspector_page.as_uri())
        page.wait_for_selector(".ins-bars tbody tr")
        root = page.locator(".ins").first
        utterance, level = root.locator(".ins-utterance"), root.locator(".ins-level")
        assert level.locator("option").count() == 15
        seen = [root.locator(".ins-box").inner_text()]
        choices = utterance.locator("option").evaluate_all("all => all.map((one) => one.value)")
        utterance.select_option(choices[-1])
        page.wait_for_function(
            "before => document.querySelector('.ins-box').innerText !== before", arg=seen[-1]
        )
        seen.append(root.locator(".ins-box").inner_text())
        level.select_option("relation_types")
        seen.append(root.locator(".ins-box").inner_text())
        root.locator(".ins-word").first.click()
        seen.append(root.locator(".ins-box").inner_text())
        assert len(set(seen)) == 4
        assert not complaints


def test_inspector_is_a_note_where_scripts_do_not_run(browser, inspector_page):  # noqa: F811
    with open_pages(browser, scripts=False) as (page, _):
        page.goto(inspector_page.as_uri())
        assert "needs JavaScript" in page.locator(".intonation-inspector").first.inner_text()
