"""A copy of the project in which the book is made in seconds.

The Snakefile, the package and the sources of the chapters are the real ones; in place of papermill
stands a module that writes what a chapter promises to write.
"""

import json
import shutil
import subprocess
import sys

from intonation.book.dependencies import ROOT, chapters
from intonation.book.receipts import DIGESTS
from intonation.parameters import TARGETS

ORDER = chapters()
PER_TARGET = [key.partition("/")[2] for key in ORDER if key.startswith("log_f0/")]


def of(*keys):
    """Keys of chapters in the order of the book; names stand for both targets."""
    both = [f"{target}/{key}" if key in PER_TARGET else key for key in keys for target in TARGETS]
    return sorted(set(both), key=ORDER.index)


PAPERMILL = '''
"""Notes who is executed and writes a file for everything that the chapter promises."""

import json, os, signal, sys, time
from pathlib import Path


def execute_notebook(source, target, values, **settings):
    key = target.split("/logs/")[1].removesuffix(".ipynb")
    out = Path(values["run_folder"])
    orders = json.loads(Path("orders.json").read_text()).get(key, {})
    with open("executed.txt", "a") as file:
        file.write(json.dumps([key, values]) + "\\n")
    Path(target).write_text("{}")
    time.sleep(orders.get("sleep", 0))
    if orders.get("fail"):
        raise RuntimeError(orders["fail"])
    if "touch" in orders:
        os.utime(orders["touch"])
    if "no space" in orders:
        raise OSError(28, "No space left on device")
    for digest in sys.argv[sys.argv.index("--writes") + 1 :]:
        path = out / digest.removeprefix("digests/")
        if path.suffix not in (".csv", ".npz", ".ipynb"):
            path = path / f"{key.replace('/', '_')}.txt"
        if path.suffix != ".ipynb":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(orders.get("text", path.name))
    Path(target).write_text(json.dumps({"executed": time.time()}))
'''
ENGINES = """
class NBClientEngine: pass
class papermill_engines: register = print
"""
JUPYTEXT = """
def read(path): return path
def write(notebook, path): path.write_text("{}")
"""
SITE = """
from pathlib import Path
import sys
from intonation.book.receipts import write_receipt

out = Path(sys.argv[2])
(out / "site" / "html").mkdir(parents=True, exist_ok=True)
(out / "site" / "html" / "index.html").write_text("a page")
write_receipt(out / "site" / "html.json", out, ["site/html"])
"""
SHARD = """
from pathlib import Path
import sys

out, what, shard = sys.argv[2:5]
with open("shards.txt", "a") as file:
    file.write(f"{what} {shard}\\n")
mark = Path(out) / sys.argv[-1]
mark.parent.mkdir(parents=True, exist_ok=True)
mark.write_text("done")
"""
RECORD = """
from pathlib import Path
import sys, time

(Path(sys.argv[2]) / "run.json").write_text(str(time.time()))
"""
CARD = """
from pathlib import Path
import sys

(Path(sys.argv[2]) / "model" / sys.argv[3] / "card.md").write_text("a card")
"""
CRATE = """
from pathlib import Path
import sys

(Path(sys.argv[2]) / "ro-crate-metadata.json").write_text("{}")
"""


def remark(path):
    """Edit a comment."""
    mark = "//" if path.suffix == ".js" else "#"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{mark} a remark\n")


class Book:
    """A copy of the project, in which chapters are not really executed, and a run folder."""

    def __init__(self, root, out):
        self.root, self.out = root, out

    def make(self, *given, jobs=2, code=0):
        """Call `make book`; returns what was printed."""
        command = [sys.executable, "-m", "intonation.book", "--out", str(self.out)]
        command += ["--profile", "smoke", "--jobs", str(jobs), *given]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stderr

    def take(self):
        """Chapters executed since the last call, in the order of the book."""
        return sorted(self.take_values(), key=ORDER.index)

    def take_values(self):
        """Chapters executed since the last call, in the order of execution, and their values."""
        noted = self.root / "executed.txt"
        lines = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        values = dict(map(json.loads, lines))
        assert len(values) == len(lines), "a chapter was executed twice"
        return values

    def take_shards(self):
        """Shards that were worked on since the last call, in their order."""
        noted = self.root / "shards.txt"
        lines = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        return lines

    def order(self, key="", **orders):
        """Tell the chapter what to do when it is executed."""
        (self.root / "orders.json").write_text(json.dumps({key: orders}))

    def would_run(self, *given):
        """Chapters that are out of date themselves; those after them run if they read new results.

        A dry run would say of a chapter after one that would run only that it comes after it.
        """
        lines = [line.split("\t") for line in self.make("--summary", *given).splitlines()]
        status, plan = lines[0].index("status"), lines[0].index("plan")
        found = set()
        for line in lines[1:]:
            if line[0].endswith(".ipynb") and line[status] != "ok":
                assert line[plan] == "update pending"
                found.add(line[0].removeprefix(f"{DIGESTS}/notebooks/").removesuffix(".ipynb"))
        return sorted(found, key=ORDER.index)

    def copy(self, folder):
        """Another one in the same state."""
        root, out = folder / "root", folder / "out"
        shutil.copytree(self.root, root)
        shutil.copytree(self.out, out)
        return Book(root, out)


def make_project(folder):
    """A book that has been made once."""
    root = folder / "root"
    without = shutil.ignore_patterns("__pycache__")
    for name in ("intonation", "notebooks", "book", "profiles"):
        shutil.copytree(ROOT / name, root / name, ignore=without)
    for name in ("Snakefile", "_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, root)
    (root / "papermill").mkdir()
    (root / "papermill" / "__init__.py").write_text(PAPERMILL)
    (root / "papermill" / "engines.py").write_text(ENGINES)
    (root / "jupytext.py").write_text(JUPYTEXT)
    (root / "intonation" / "book" / "site.py").write_text(SITE)
    (root / "intonation" / "book" / "record.py").write_text(RECORD)
    (root / "intonation" / "book" / "cluster" / "shard.py").write_text(SHARD)
    (root / "intonation" / "book" / "metadata" / "card.py").write_text(CARD)
    (root / "intonation" / "book" / "metadata" / "crate.py").write_text(CRATE)
    book = Book(root, root.parent / "out")
    book.order()
    printed = book.make()
    assert printed == f"read the book: {book.out}/site/html/index.html\n"
    assert book.take() == ORDER
    return book
