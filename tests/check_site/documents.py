"""What can be read off the pages' files: links, descriptions of pictures, valid HTML."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from check_site.tools import installed

PATH = re.compile(r"[\w.]+/[\w./-]*\w|\.(?:png|svg|webp|jpe?g)\b", flags=re.IGNORECASE)
# the language's own rules, without those of style
PRESET = {"root": True, "extends": ["html-validate:standard"]}
AT_ONCE = 50  # pages a call of the validator


@dataclass(frozen=True)
class Finding:
    """Something that is wrong on a page. what: in a few words; where: an element or an address."""

    page: str
    what: str
    where: str = ""


class Site:
    """The pages of a site, parsed once, but those that only lead on. folder: its html folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        paths = sorted(self.folder.rglob("*.html"))
        names = [path.relative_to(self.folder).as_posix() for path in paths]
        parsed = {
            name: BeautifulSoup((self.folder / name).read_text(encoding="utf-8"), "html.parser")
            for name in names
            if not name.startswith("_static/")  # of the theme, and no pages
        }
        leads_on = 'meta[http-equiv="refresh" i]'
        self.pages = {k: soup for k, soup in parsed.items() if not soup.select(leads_on)}


def broken_links(site: Site) -> Iterator[Finding]:
    """Addresses within the site that lead to no file, or to no place in a page."""
    ids = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in site.pages.items()}
    for name, soup in site.pages.items():
        for tag in soup.find_all(lambda tag: tag.has_attr("href") or tag.has_attr("src")):
            address = tag.get("href", tag.get("src"))
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            here = site.folder / name
            target = (here.parent / unquote(parts.path)).resolve() if parts.path else here
            if not target.is_relative_to(site.folder) or not target.is_file():
                yield Finding(name, "no such file", address)
                continue
            lost = unquote(parts.fragment) not in ids.get(
                target.relative_to(site.folder).as_posix(), {unquote(parts.fragment)}
            )
            asks = "=" in parts.fragment  # of a page's script, as the inspector's addresses do
            if parts.fragment and lost and not asks:
                yield Finding(name, "no such place", address)


def bad_descriptions(site: Site) -> Iterator[Finding]:
    """Pictures that have no description, or one that is a path."""
    for name, soup in site.pages.items():
        for image in soup.find_all("img"):
            told = image.get("alt")
            heard = image.find_parent(["article", "figure"])  # others are a logo
            copy = image.find_parent(attrs={"aria-hidden": "true"})  # of a picture that is told
            decorative = told == "" and (copy or not heard)
            if told is None or (not told.strip() and not decorative):
                yield Finding(name, "no description", image.get("src", ""))
            elif PATH.search(told):
                yield Finding(name, "a path as description", told)


def invalid_html(site: Site) -> Iterator[Finding]:
    """What html-validate says of the pages by the rules of HTML itself. Raises ToolError."""
    names = list(site.pages)
    for start in range(0, len(names), AT_ONCE):
        yield from _validate(site.folder, names[start : start + AT_ONCE])


def _validate(folder: Path, names: list[str]) -> Iterator[Finding]:
    program = installed() / "html-validate" / "bin" / "html-validate.mjs"
    with tempfile.TemporaryDirectory() as work:
        configuration = Path(work) / "rules.json"
        configuration.write_text(json.dumps(PRESET))
        command = ["node", str(program), "--config", str(configuration), "--formatter", "json"]
        told = Path(work) / "told.json"
        with told.open("w") as file:  # node would end before a pipe has taken all
            done = subprocess.run([*command, *names], cwd=folder, stdout=file, stderr=PIPE)
        text = told.read_text(encoding="utf-8")
    if not text.strip():
        raise RuntimeError(f"html-validate said nothing: {done.stderr.decode()}")
    for page in json.loads(text):
        name = Path(page["filePath"]).resolve().relative_to(folder).as_posix()
        for message in page["messages"]:
            if message["severity"] == 2:
                where = message.get("selector") or f"line {message['line']}"
                yield Finding(name, f"{message['ruleId']}: {message['message']}", where)
