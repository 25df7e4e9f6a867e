"""The walls of the house: which room imports which, what is loaded with it, how full it is."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "intonation"
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}
*ROOMS, HALL = CONTRACTS["rooms"]["layers"]
LINT = (
    "import sys; from importlinter.cli import lint_imports as lint; sys.exit(lint(no_cache=True))"
)
MOST_FILES = 10


def lint(folder):
    """Exit status and words of the linter on the package in a folder."""
    command = [sys.executable, "-c", LINT]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_every_contract_is_kept():
    status, told = lint(ROOT)
    assert status == 0, told


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("labels/taxonomy.py", "from intonation.corpus.f0 import frame_count", "rooms"),
        ("errors.py", "from intonation.labels.intervals import Interval", "rooms"),
        ("ninth/__init__.py", "", "rooms"),
        ("labels/label_shape.py", "import intonation.labels.full_context", "circles"),
        ("files.py", "import pandas", "network"),
        ("corpus/f0.py", "from intonation.corpus.pitch.tracking import track_f0", "network"),
        ("labels/intervals.py", "import torch", "text"),
        ("corpus/f0.py", "import matplotlib.pyplot", "figures"),
        ("plots/__init__.py", "import tests", "chapters"),
    ],
)
def test_a_wall_that_is_broken_through_is_named(tmp_path, module, line, broken):
    """Each contract can fail; without this, one that says nothing would pass as kept."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "intonation", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "intonation" / module
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    status, told = lint(tmp_path)
    assert status == 1
    assert f"{CONTRACTS[broken]['name']} BROKEN" in " ".join(told.split())


def test_there_are_eight_rooms_and_a_hall():
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == set(ROOMS) and len(rooms) == 8
    hall = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert hall <= {name.strip(" ()") for name in HALL.split(":")}


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_is_crowded(room):
    for folder in {path.parent for path in (PACKAGE / room).rglob("__init__.py")}:
        found = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
        assert len(found) <= MOST_FILES, (folder.name, sorted(found))


# figures and the book are tested as wholes, too
@pytest.mark.parametrize("room", [room for room in ROOMS if room not in ("plots", "book")])
def test_a_file_of_tests_has_a_module_to_test(room):
    modules = {path.stem for path in (PACKAGE / room).rglob("*")}
    modules |= {"sentences", "forms", "untidy"}  # of a room as a whole
    tested = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / room).glob("test_*.py")}
    assert tested <= modules


WIDGETS = {"IPython", "anywidget", "captum", "ipywidgets", "matplotlib", "traitlets"}
TABLES = {"lightning", "pandas", "parselmouth", "pytorch_lightning", "scipy", "sklearn"}
# in this order, what each brings into a fresh interpreter, of what takes long to load
LOADED = {
    "intonation": set(),
    "intonation.labels.question_set": {"numpy"},
    "intonation.polish": {"numpy"},
    "intonation.model.network": {"numpy", "torch"},
    "intonation.lrp.relevance": {"numpy", "torch"},
}
LOAD = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    print(name, *{module.partition(".")[0] for module in sys.modules})
"""


def test_what_is_loaded_with_a_module():
    command = [sys.executable, "-c", LOAD, *LOADED, "intonation.lrp.store"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names, *loaded = zip(*(line.split(" ", 1) for line in done.stdout.splitlines()), strict=True)
    loaded = dict(zip(names, (set(text.split()) for text in loaded[0]), strict=True))
    assert not loaded.pop("intonation.lrp.store") & WIDGETS
    heavy = WIDGETS | TABLES | {"numpy", "torch"}
    assert {name: found & heavy for name, found in loaded.items()} == LOADED
