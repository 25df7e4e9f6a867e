"""What several test files share: the corpora beside the checkout, one small run, its site."""

import functools
import os
import re
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent
MARKED_BY_FIXTURE = {"smoke_run": "book", "made_book": "book", "browser": "browser"}


def pytest_collection_modifyitems(items):
    """Mark what needs the executed book or a browser, so that `make test-fast` can leave it out."""
    for item in items:
        for fixture in MARKED_BY_FIXTURE.keys() & set(item.fixturenames):
            item.add_marker(MARKED_BY_FIXTURE[fixture])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Run by files in several processes, tests of the executed book in one: it takes minutes.

    Marks of groups, which xdist has for this, are not seen under this version of pytest.
    """
    if config.getvalue("dist") == "loadfile":
        return OneBook(config, log)
    return None


class OneBook(LoadFileScheduling):
    """A file at a time, and all files that need the book as if they were one."""

    def _split_scope(self, nodeid):
        file = super()._split_scope(nodeid)
        return "the book" if needs_book(ROOT / file) else file


@functools.cache
def needs_book(path):
    return bool(re.search("smoke_run|built_site", path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real corpora, or a skip."""
    folder = Path(os.environ.get("INTONATION_SHARED", ROOT / ".." / "shared")).resolve()
    if not (folder / "corpora").is_dir():
        pytest.skip(f"no real corpora at {folder}; point INTONATION_SHARED to them")
    return folder


@pytest.fixture(scope="session")
def smoke_run(tmp_path_factory) -> Path:
    """Run folder of the whole book in its smallest form: every chapter executed, the site built."""
    from intonation.book.__main__ import main  # not needed by the tests of one module

    out = tmp_path_factory.mktemp("smoke")
    assert main(["--out", str(out), "--profile", "smoke", "--jobs", "2"]) == 0
    return out


@pytest.fixture(scope="session")
def built_site(smoke_run) -> Path:
    """Folder of the published pages of the smoke run."""
    return smoke_run / "site" / "html"


@pytest.fixture(scope="session")
def made_book(tmp_path_factory):
    """A copy of the project whose book was made once, without executing chapters really."""
    from book_copy import make_project

    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def book(made_book, tmp_path):
    """The same, to be changed."""
    return made_book.copy(tmp_path)
