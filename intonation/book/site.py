"""The published book: executed notebooks and prose pages in, static pages out.

Everything that a page needs is copied into one folder (`stage`), and Jupyter Book builds
from there with warnings as errors (`build`), so that no stray file can leak into the site.

    python -m intonation.book.site --run DIR        (called by the Snakefile)
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from intonation.book.inspector.page import write_front
from intonation.book.pages.arrangement import ANSWER, arrange, tagged
from intonation.book.pages.cover import fill_cover
from intonation.book.pages.rulegraph import rule_figure, save_rule_figure
from intonation.book.publishing.downloads import write_downloads
from intonation.book.receipts import write_receipt
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError, IntonationError, exit_code
from intonation.model.target import TARGETS
from intonation.plots.html import is_figure, lifted

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = re.compile(r"^(\w+) = (.*)$", flags=re.MULTILINE)
FOLDERS = ("run_folder", "source")
TIME_MARK = "TIME_TAKEN"
RESULT = "site/html"
CHAPTERS = "notebooks/"  # begins the page of a chapter
RULES = "rules.svg"  # in the folder of static files
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class SiteError(IntonationError):
    """A site that could not be built from the chapters of a run."""


def toc_pages(toc: Path) -> list[str]:
    """List the pages of a table of contents in reading order, without suffix."""
    content = yaml.safe_load(toc.read_text(encoding="utf-8"))
    chapters = [chapter for part in content["parts"] for chapter in part["chapters"]]
    return [content["root"], *(chapter["file"] for chapter in chapters)]


def stage(out: Path, *, root: Path = ROOT) -> Path:
    """Copy what the site is made of to `out`/site/source and return that folder.

    out: a run folder; its executed chapters lie in `out`/notebooks, files that pages refer to
    (inspector data, audio) in `out`/static, model cards beside the models, whose pages are
    book/card_<target>. Only chapters of the table of contents are taken.
    Raises SiteError where a page is missing, ChapterError where a chapter holds a failed cell.
    """
    source = _absent(RunFolder(out).site / "source")
    shutil.copytree(root / "book", source / "book", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy2(root / name, source / name)
    _stage_static(RunFolder(out).static, source / "static")
    for target in TARGETS:
        if RunFolder(out).card(target).is_file():
            shutil.copyfile(RunFolder(out).card(target), source / "book" / f"card_{target}.md")
    if (root / "Snakefile").is_file():
        save_rule_figure(rule_figure(rule_edges(root)), source / "static" / RULES)
    pages = toc_pages(source / "_toc.yml")
    keys = (page.removeprefix(CHAPTERS) for page in pages if page.startswith(CHAPTERS))
    write_downloads(source / "static", keys)
    for page in pages:
        if page.startswith(CHAPTERS):
            _stage_chapter(Path(out) / f"{page}.ipynb", source, page)
        elif not (source / f"{page}.md").is_file():
            raise SiteError(f"{root / page}.md is in _toc.yml but missing; write it or remove it")
    fill_cover(source / f"{pages[0]}.md", Path(out))
    return source


def build(out: Path, *, root: Path = ROOT) -> Path:
    """Build the site of a run folder into `out`/site/html and return its index page.

    A build that fails or is interrupted leaves the site of the build before; its messages are in
    `out`/site/build.log. Raises SiteError, ChapterError.
    """
    site = RunFolder(out).site
    html = site / "html"
    _swap(_run_jupyter_book(stage(out, root=root), site), html)
    shutil.rmtree(site / "building")
    return html / "index.html"


def _absent(folder: Path) -> Path:
    """A folder's path, after the folder was removed if it was there."""
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def _stage_static(files: Path, target: Path) -> None:
    target.mkdir()
    if files.is_dir():
        shutil.copytree(files, target, dirs_exist_ok=True)
    write_front(target)


def rule_edges(root: Path) -> list[tuple[str, str]]:
    """Which rule of the Snakefile waits for which: pairs of the one before and the one after."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile")]
        command += ["--directory", folder, "--cores", "1", "--nolock", "--rulegraph", "dot"]
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SiteError(f"no graph of the rules; mend the Snakefile:\n{done.stderr}")
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', done.stdout, flags=re.MULTILINE))
    pairs = re.findall(r"^\s*(\d+) -> (\d+)", done.stdout, flags=re.MULTILINE)
    return [(names[before], names[after]) for before, after in pairs]


def _stage_chapter(executed: Path, source: Path, page: str) -> None:
    if not executed.is_file():
        raise SiteError(f"chapter {executed} is missing; execute it before the site is built")
    try:
        notebook = json.loads(executed.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SiteError(f"{executed} is no notebook ({error}); execute it again") from None
    target = source / f"{page}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    content = _publishable(notebook, executed)
    _lift_figures(content, source, page)
    arrange(content)
    _tell_time(content, executed.with_suffix(".json"))
    target.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _publishable(notebook: dict[str, Any], path: Path) -> dict[str, Any]:
    """Prepare an executed notebook for a reader without kernel."""
    # The state of live widgets is for a kernel; pages show the static output beside it.
    notebook["metadata"].pop("widgets", None)
    for output in (out for cell in notebook["cells"] for out in cell.get("outputs", ())):
        if output["output_type"] == "error":
            message = f"{output['ename']}: {output['evalue']}"
            raise ChapterError(f"chapter {path} holds a failed cell ({message}); run it again")
    _tell_parameters(notebook)
    if path.parent.name in TARGETS:
        _name_target(notebook, TARGETS[path.parent.name].title)
    return notebook


def _lift_figures(notebook: dict[str, Any], source: Path, page: str) -> None:
    """Number a chapter's figures as its page shows them, from its answer on; pictures and data
    become files that the page points to."""
    place = Path(*Path(page).parts[1:])  # below notebooks/
    first = tagged(notebook, ANSWER)
    cells = [*first, *(cell for cell in notebook["cells"] if cell not in first)]
    shown = (out.get("data", {}) for cell in cells for out in cell.get("outputs", ()))
    found = [data for data in shown if is_figure("".join(data.get("text/html", "")))]
    chapter, up = place.name.partition("_")[0].lstrip("0"), "../" * len(place.parts)
    for count, data in enumerate(found, start=1):

        def write(suffix: str, content: bytes, count: int = count) -> str:
            kind = "data" if suffix.startswith("csv") else "figures"
            name = Path(kind, place, f"figure-{chapter}-{count}.{suffix}")
            (source / "static" / name).parent.mkdir(parents=True, exist_ok=True)
            (source / "static" / name).write_bytes(content)
            return f"{up}_static/{name.as_posix()}"

        data["text/html"] = lifted("".join(data["text/html"]), write, f"{chapter}.{count}")


def _tell_parameters(notebook: dict[str, Any]) -> None:
    """Show the values of this run in the parameters cell, but not where its folders lie."""
    injected = tagged(notebook, "injected-parameters")
    values = dict(ASSIGNMENT.findall("\n".join("".join(cell["source"]) for cell in injected)))

    def told(line: re.Match) -> str:
        name = line[1]
        return line[0] if name in FOLDERS else f"{name} = {values.get(name, line[2])}"

    for cell in injected:
        cell["metadata"]["tags"].append("remove-cell")
    for cell in tagged(notebook, "parameters"):
        cell["source"] = ASSIGNMENT.sub(told, "".join(cell["source"]))


def _tell_time(notebook: dict[str, Any], stamp: Path) -> None:
    """Say in the chapter's opening how long it took, as its stamp recorded."""
    seconds = json.loads(stamp.read_text())["seconds"] if stamp.is_file() else None
    told = "not recorded" if seconds is None else _duration(seconds)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = "".join(cell["source"]).replace(TIME_MARK, told)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _name_target(notebook: dict[str, Any], target: str) -> None:
    """Add the target to a chapter's title: it is executed and published once per target."""
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    lines = "".join(first["source"]).split("\n")
    title = next((n for n, line in enumerate(lines) if line.startswith("# ")), None)
    if title is not None and target.lower() not in lines[title].lower():
        lines[title] = f"{lines[title].rstrip()} ({target})"
    first["source"] = "\n".join(lines)


def _run_jupyter_book(source: Path, site: Path) -> Path:
    """Build everything anew: a warning is only given when its page is read."""
    work, log = _absent(site / "building"), site / "build.log"
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(source), "--path-output", str(work), "-W", "--keep-going", "-n"]
    with log.open("w", encoding="utf-8") as messages:
        done = subprocess.run(command, stdout=messages, stderr=subprocess.STDOUT)
    if done.returncode:
        lines = list(_complaints(log)) or ["no warning was given"]
        raise SiteError(
            "the site was not built; mend the pages named here (all messages are in "
            f"{log}):\n" + "\n".join(lines)
        )
    return work / "_build" / "html"


def _complaints(log: Path, limit: int = 20) -> Iterator[str]:
    lines = COLOUR.sub("", log.read_text(encoding="utf-8", errors="replace")).splitlines()
    marks = ("WARNING", "ERROR", "Exception", "Error:")
    found = [line for line in lines if any(mark in line for mark in marks)]
    yield from found[:limit]
    if len(found) > limit:
        yield f"… and {len(found) - limit} more"


def _swap(built: Path, html: Path) -> None:
    """Put a finished site in the place of the one before."""
    old = _absent(html.with_name("html.old"))
    if html.exists():
        html.rename(old)
    built.rename(html)
    _absent(old)


def main(arguments: list[str] | None = None) -> int:
    """Build the site of a run folder; 1 after an error, 130 after an interrupt."""
    parser = argparse.ArgumentParser(prog="python -m intonation.book.site")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    out = parser.parse_args(arguments).run

    def work() -> None:
        build(out)
        write_receipt(out / f"{RESULT}.json", out, [RESULT])

    return exit_code(work)


if __name__ == "__main__":
    sys.exit(main())
