"""The book in other forms: notebooks to download, a PDF, GitHub Pages, Binder, JupyterLab."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import jupytext
import nbformat
import pytest
import yaml
from browser import browser  # noqa: F401

from intonation.book.dependencies import ROOT, chapters
from intonation.book.publishing import downloads, pdf

pypdf = pytest.importorskip("pypdf")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


# --- chapters as notebooks ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A folder of static files with three chapters."""
    static = tmp_path_factory.mktemp("static")
    downloads.write_downloads(static, ["01_corpus", "log_f0/06_rankings", "semitones/06_rankings"])
    return static / downloads.FOLDER


def test_a_download_is_the_chapters_source_without_outputs(written):
    names = {path.name for path in written.iterdir()}
    assert names == {
        *("01_corpus.ipynb", "log_f0_06_rankings.ipynb", "semitones_06_rankings.ipynb")
    }
    for path in written.iterdir():
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"
        assert "`run_folder`" in notebook.cells[1].source
        assert not [cell for cell in notebook.cells if cell.get("outputs")]
        assert "TIME_TAKEN" not in path.read_text()


def test_a_download_asks_for_the_target_of_its_page(written):
    for target in ("log_f0", "semitones"):
        text = (written / f"{target}_06_rankings.ipynb").read_text(encoding="utf-8")
        assert f'target = \\"{target}\\"' in text


def test_a_download_is_the_same_in_every_build(written, tmp_path):
    downloads.write_downloads(tmp_path, ["01_corpus"])
    name = "01_corpus.ipynb"
    assert (tmp_path / downloads.FOLDER / name).read_bytes() == (written / name).read_bytes()


@pytest.mark.book
def test_a_download_runs_in_an_empty_folder(written, tmp_path):
    shutil.copy(written / "01_corpus.ipynb", tmp_path)
    command = [sys.executable, "-m", "papermill", "01_corpus.ipynb", "done.ipynb"]
    command += ["-p", "dataset_size_limit", "24", "--no-progress-bar"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # as if the package were installed
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "build/default/corpus/utterances.csv").is_file()


# --- JupyterLab -----------------------------------------------------------------------------------


def test_a_chapter_and_its_pair_follow_each_other(tmp_path):
    """What Jupytext does in JupyterLab at each opening and saving, in both directions."""
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    (tmp_path / "notebooks").mkdir()
    source, pair = tmp_path / "notebooks/01_x.py", tmp_path / "build/paired/01_x.ipynb"
    source.write_text("# %%\n1 + 1\n")

    def sync(path):
        command = [sys.executable, "-m", "jupytext", "--sync", str(path)]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    sync(source)
    notebook = jupytext.read(pair)
    notebook.cells[0].source = "2 + 2"
    jupytext.write(notebook, pair)
    os.utime(pair, (2e9, 2e9))
    sync(pair)
    assert "2 + 2" in source.read_text()
    source.write_text(source.read_text().replace("2 + 2", "3 + 3"))
    os.utime(source, (3e9, 3e9))
    sync(source)
    assert jupytext.read(pair).cells[0].source == "3 + 3"


def recipe(target):
    """The commands of a target of the Makefile."""
    return re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, flags=re.M)[1]


def test_jupyterlab_sees_chapters_and_pairs_and_executes_where_the_book_is_executed():
    told = recipe("lab")
    formats = tomllib.loads((ROOT / "jupytext.toml").read_text(encoding="utf-8"))["formats"]
    assert formats == {"notebooks/": "py:percent", "build/paired/": "ipynb"}
    assert "--ServerApp.root_dir=." in told and "/lab/tree/notebooks" in told
    assert "IPYTHONDIR=build/lab" in told and "os.chdir" in told


# --- GitHub Pages and Binder ----------------------------------------------------------------------


def test_the_workflow_makes_the_book_and_publishes_what_was_made():
    text = (ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    triggers = workflow[True]  # YAML 1.1 reads the word "on" so
    assert set(triggers) == {"push", "workflow_dispatch"}
    assert workflow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    build, deploy = workflow["jobs"]["build"], workflow["jobs"]["deploy"]
    assert deploy["needs"] == "build" and deploy["environment"]["name"] == "github-pages"
    for job in (build, deploy):
        assert re.fullmatch(r"ubuntu-\d\d\.04", job["runs-on"])
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step.get("uses", "actions/a@v1"))
            assert "${{" not in step.get("run", ""), "inputs reach a shell by its environment"
    (make,) = (step["run"] for step in build["steps"] if "run" in step)
    out = re.search(r"OUT=(\S+)", make)[1]
    uploaded = next(
        s["with"]["path"] for s in build["steps"] if "upload-pages" in s.get("uses", "")
    )
    assert uploaded == f"{out}/site/html"
    offered = triggers["workflow_dispatch"]["inputs"]["profile"]["options"]
    assert {"smoke", "default"} == set(offered)
    ids = re.findall(r"steps\.(\w+)\.outputs", text)
    assert set(ids) <= {step.get("id") for step in deploy["steps"]}


def test_binder_installs_the_lock_and_the_package():
    environment = yaml.safe_load((ROOT / ".binder/environment.yml").read_text(encoding="utf-8"))
    ours = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == ours["name"]
    assert [one for one in environment["dependencies"] if isinstance(one, str)] == [
        one for one in ours["dependencies"] if isinstance(one, str)
    ]
    assert "--requirement ../requirements.lock" in environment["dependencies"][-1]["pip"]
    after = ROOT / ".binder/postBuild"
    assert after.stat().st_mode & 0o111, "Binder executes it only if it is executable"
    subprocess.run(["bash", "-n", str(after)], check=True)
    assert "pip install --no-cache-dir --no-deps --editable ." in after.read_text()


# --- serving, zip ---------------------------------------------------------------------------------


def test_the_site_is_served_to_this_machine_only():
    assert "--bind 127.0.0.1" in recipe("serve-site")


def test_the_zip_holds_the_site(tmp_path):
    html = tmp_path / "site" / "html"
    (html / "book").mkdir(parents=True)
    (html / "index.html").write_text("a")
    (html / "book" / "intro.html").write_text("b")
    command = recipe("site-zip").replace("$(BIN)/python", sys.executable)
    command = command.replace("$(OUT)", str(tmp_path)).strip()
    subprocess.run(command, shell=True, check=True)
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(tmp_path / "site.zip")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "html/index.html" in listed and "html/book/intro.html" in listed


# --- PDF ------------------------------------------------------------------------------------------


def printed(path, pages, headings):
    """A PDF as a browser prints it: so many pages, headings (title, page, those below)."""
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)

    def add(items, above):
        for title, page, below in items:
            add(below, writer.add_outline_item(title=title, page_number=page, parent=above))

    add(headings, None)
    writer.write(path)
    return path


def bookmarks(reader, outline=None, depth=0):
    for item in reader.outline if outline is None else outline:
        if isinstance(item, list):
            yield from bookmarks(reader, item, depth + 1)
        else:
            yield depth, item.title, reader.get_destination_page_number(item)


def test_pages_are_bound_with_parts_titles_and_headings_as_bookmarks(tmp_path):
    pages = {
        "intro": printed(tmp_path / "0.pdf", 1, [("Cover", 0, [])]),
        "one": printed(tmp_path / "1.pdf", 2, [("One", 0, [("How", 1, [])])]),
        "two": printed(tmp_path / "2.pdf", 1, [("Two", 0, [])]),
    }
    pdf.bind([("", ["intro"]), ("Part", ["one", "two"])], pages, tmp_path / "book.pdf")
    reader = pypdf.PdfReader(tmp_path / "book.pdf")
    assert len(reader.pages) == 4
    assert list(bookmarks(reader)) == [
        *((0, "Cover", 0), (0, "Part", 1), (1, "One", 1), (2, "How", 2), (1, "Two", 3))
    ]


def test_parts_are_those_of_the_contents():
    parts = pdf.parts_of(ROOT / "_toc.yml")
    assert parts[0] == ("", ["book/intro"]) and ("The corpus", parts[2][1]) == parts[2]
    pages = [page for _, names in parts for page in names]
    assert {f"notebooks/{key}" for key in chapters()} <= set(pages)


def test_a_book_without_a_site_is_not_printed(tmp_path, capsys):
    assert pdf.main([str(tmp_path)]) == 1
    assert "make the book first" in capsys.readouterr().err


@pytest.mark.browser
@pytest.mark.processes
def test_a_browser_prints_a_small_book(browser, tmp_path):  # noqa: F811
    """In a process of its own: Playwright allows no second browser beside that of the tests."""
    root, html = tmp_path / "root", tmp_path / "out" / "site" / "html"
    root.mkdir()
    html.mkdir(parents=True)
    parts = [{"caption": "Part", "chapters": [{"file": "two"}]}]
    (root / "_toc.yml").write_text(json.dumps({"root": "one", "parts": parts}))
    sheet = (ROOT / "book" / "_static" / "print.css").read_text(encoding="utf-8")
    cells = "".join(
        f'<div class="cell {kind}"><details class="hide">its {kind}</details></div>'
        for kind in ("tag_solution", "tag_long-code", "tag_parameters")
    )
    for name in ("one", "two"):
        body = f"<h1>{name}</h1><details><summary>s</summary>folded {name}</details><h2>sub</h2>"
        body += '<details name="a" open>first</details><details name="a">second</details>' + cells
        head = f"<title>{name}</title><style>{sheet}</style>"
        page = f'<!doctype html><html lang="en">{head}<body>{body}</body></html>'
        (html / f"{name}.html").write_text(page)
    code = "import sys; from pathlib import Path; from intonation.book.publishing import pdf; "
    code += "pdf.write_pdf(Path(sys.argv[1]), Path(sys.argv[2]), root=Path(sys.argv[3]))"
    made = tmp_path / "book.pdf"
    command = [sys.executable, "-c", code, str(tmp_path / "out"), str(made), str(root)]
    subprocess.run(command, cwd=ROOT, check=True)
    reader = pypdf.PdfReader(made)
    text = reader.pages[1].extract_text()
    for told in ("folded two", "first", "second", "its tag_solution", "its tag_long-code"):
        assert told in text
    assert "its tag_parameters" not in text
    titles = [(depth, title) for depth, title, _ in bookmarks(reader)]
    assert titles == [(0, "one"), (1, "sub"), (0, "Part"), (1, "two"), (2, "sub")]
