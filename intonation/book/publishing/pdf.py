"""The whole book as one PDF: every page as a browser prints it, bound together with bookmarks.

    python -m intonation.book.publishing.pdf build/default

Chromium prints each page with its headings as an outline; pypdf binds the pages and puts each
outline below the page's title and the part of the book that it belongs to. Needs a Chromium and
the extra `print`, which brings Playwright and pypdf.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from intonation.book.dependencies import ROOT
from intonation.book.run_folder import RunFolder
from intonation.errors import IntonationError, exit_code
from intonation.files import replacing

NAME = "intonation.pdf"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
FOOTER = """<div style="width: 100%; font-size: 8px; text-align: center; color: #555">
<span class="title"></span> · <span class="pageNumber"></span></div>"""
# solutions are unfolded, pictures are loaded, and it is day; the rest is print.css
PREPARE = """async () => {
  document.documentElement.dataset.theme = "light";
  for (const folded of document.querySelectorAll("details")) {
    folded.removeAttribute("name"); // of those that share one, one is open
    folded.open = true;
  }
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  await document.fonts.ready;
}"""


class PrintError(IntonationError):
    """A book that could not be printed."""


def write_pdf(out: Path, path: Path, *, root: Path = ROOT) -> Path:
    """Print the site of a run folder into one PDF and return its path.

    Raises PrintError where there is no site, or a page is missing, or nothing that prints.
    """
    html = RunFolder(out).site / "html"
    parts = parts_of(root / "_toc.yml")
    names = [name for _, pages in parts for name in pages]
    missing = [name for name in names if not (html / f"{name}.html").is_file()]
    if missing:
        raise PrintError(f"{html} lacks {', '.join(missing)}; make the book first")
    with tempfile.TemporaryDirectory() as work, _browser() as browser:
        printed = {}
        for number, name in enumerate(names):
            printed[name] = Path(work) / f"{number}.pdf"
            _print(browser, html / f"{name}.html", printed[name])
        bind(parts, printed, path)
    return path


def parts_of(toc: Path) -> list[tuple[str, list[str]]]:
    """Parts of the book with their pages, in the order of reading; "" holds the first page."""
    content = yaml.safe_load(toc.read_text(encoding="utf-8"))
    found = [("", [content["root"]])]
    for part in content["parts"]:
        found.append((part["caption"], [chapter["file"] for chapter in part["chapters"]]))
    return found


@contextmanager
def _browser() -> Iterator[Any]:
    """A headless browser: an installed one, else Playwright's own."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise PrintError('a PDF needs Playwright; pip install ".[print]"') from None
    installed = next((path for path in map(shutil.which, BROWSERS) if path), None)
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        except Error as error:
            reason = str(error).splitlines()[0]
            raise PrintError(f"no browser prints ({reason}); install Chromium") from None
        yield running
        running.close()


def _print(browser: Any, page: Path, path: Path) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 1400}, color_scheme="light")
    opened = context.new_page()
    opened.goto(page.resolve().as_uri(), wait_until="load")
    opened.evaluate(PREPARE)
    opened.emulate_media(media="print")
    look = {"format": "A4", "print_background": True, "margin": MARGIN}
    look |= {"display_header_footer": True, "header_template": "<span></span>"}
    opened.pdf(path=path, outline=True, tagged=True, footer_template=FOOTER, **look)
    context.close()


def bind(parts: list[tuple[str, list[str]]], printed: dict[str, Path], path: Path) -> None:
    """Bind printed pages into one file, with bookmarks: part, page, headings of the page."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for caption, names in parts:
        above = None
        for name in names:
            first, reader = len(writer.pages), PdfReader(printed[name])
            writer.append(reader, import_outline=False)
            if caption and above is None:
                above = writer.add_outline_item(title=caption, page_number=first)
            _bookmark(writer, reader, reader.outline, above, first)
    writer.add_metadata({"/Title": "The intonation of Polish read speech"})
    with replacing(path) as temporary:
        writer.write(temporary)


def _bookmark(writer: Any, reader: Any, outline: list, above: Any, first: int) -> None:
    """Copy an outline, which nests as lists that follow the item that they belong to."""
    latest = above
    for item in outline:
        if isinstance(item, list):
            _bookmark(writer, reader, item, latest, first)
            continue
        page = first + (reader.get_destination_page_number(item) or 0)
        latest = writer.add_outline_item(title=item.title, page_number=page, parent=above)


def main(arguments: list[str] | None = None) -> int:
    """Print the book of a run folder; 1 after an error."""
    parser = argparse.ArgumentParser(prog="make pdf", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="run folder")
    out = parser.parse_args(arguments).out

    def work() -> None:
        print(f"printed: {write_pdf(out, out / NAME)}")

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
