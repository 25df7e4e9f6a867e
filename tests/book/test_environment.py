"""One source of truth for versions, and nothing forgotten when the package is installed."""

import ast
import importlib.util
import re
import sys
import tomllib
from importlib.metadata import (
    PackageNotFoundError,
    metadata,
    packages_distributions,
    requires,
    version,
)

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from intonation.book.dependencies import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = {"": PROJECT["project"]["dependencies"], **PROJECT["project"]["optional-dependencies"]}
# every virtual environment has them, and pip freeze leaves them out
INSTALLERS = {"pip", "setuptools", "wheel"}
OF_GPU_TORCH = re.compile(r"nvidia-.*|cuda-.*|triton")  # the CPU build, which is locked, has none
LOCKED_FOR = (3, 11)
PEERS = {"nnmnkwii", "zennit"}  # benchmarks install them, or do without
UNNAMED = {"parselmouth": ["praat-parselmouth"]}  # its metadata do not name the module
LOCK_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][0-9A-Za-z.!]*)")


def pinned(requirement):
    """Name and version of a requirement that allows exactly one."""
    parsed = Requirement(requirement)
    (specifier,) = parsed.specifier
    assert specifier.operator == "==" and "*" not in specifier.version, requirement
    return canonicalize_name(parsed.name), specifier.version


@pytest.fixture(scope="module")
def lock():
    """Name and version of every line of the lock."""
    found = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        match = LOCK_LINE.fullmatch(line)
        assert match, f"{line!r} is no pin"
        name = canonicalize_name(match[1])
        assert name not in found, f"{name} is locked twice"
        found[name] = match[2]
    return found


@pytest.mark.parametrize("extra", list(PINS))
def test_what_is_chosen_is_locked(lock, extra):
    chosen = dict(pinned(requirement) for requirement in PINS[extra])
    assert len(chosen) == len(PINS[extra])
    assert chosen == {name: lock.get(name) for name in chosen}


def test_every_extra_names_packages_of_its_own():
    names = [pinned(requirement)[0] for pins in PINS.values() for requirement in pins]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module")
def needed():
    """Whatever the chosen packages need, by name, with the package that asks for it."""
    found, seen = {}, set()
    waiting = [(Requirement(one), "pyproject.toml") for pins in PINS.values() for one in pins]
    while waiting:
        requirement, wanted_by = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in INSTALLERS or OF_GPU_TORCH.fullmatch(name):
            continue
        found.setdefault(name, wanted_by)
        for extra in {"", *requirement.extras} - {e for n, e in seen if n == name}:
            seen.add((name, extra))
            waiting += [(one, name) for one in needs(name, extra)]
    return found


def test_what_every_package_is_trusted_with_is_told():
    audit = module("audit", "containers/audit.py")
    needed = {one.partition("==")[0] for extra in PINS if extra != "test" for one in PINS[extra]}
    assert audit.TRUSTED_WITH.keys() == needed
    listed = {}
    for line in (ROOT / "DEPENDENCIES.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| package"):
            name, pin, *_, licence, _, told = (cell.strip() for cell in line.split("|")[1:-1])
            assert licence and told
            listed[name] = pin
    pins = dict(one.split("==") for some in PINS.values() for one in some)
    assert listed == pins, "make audit writes the list anew"


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, ROOT / path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_what_the_chosen_packages_need_is_locked(lock, needed):
    assert {name: asked for name, asked in needed.items() if name not in lock} == {}


@pytest.mark.skipif(
    sys.version_info[:2] != LOCKED_FOR, reason="another Python needs fewer packages than are locked"
)
def test_nothing_is_locked_that_no_package_needs(lock, needed):
    assert set(lock) == set(needed)


def needs(name, extra):
    """Requirements of an installed package, without extra or for one of its extras."""
    try:
        stated = [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return []
    return [one for one in stated if one.marker is None or one.marker.evaluate({"extra": extra})]


def test_what_is_installed_is_what_is_locked(lock):
    chosen = [pinned(requirement)[0] for requirement in (*PINS[""], *PINS["test"], *PINS["serve"])]
    found = {name: version(name).partition("+")[0] for name in chosen}
    assert found == {name: lock[name] for name in chosen}


def test_what_is_locked_takes_the_least_python(needed):
    """Not only the one that it was locked on: Debian 12, and images made of it, have 3.11.2."""
    (least,) = re.findall(r">=(\d+\.\d+)", PROJECT["project"]["requires-python"])
    refusing = {}
    for name in needed:
        try:
            taken = metadata(name)["Requires-Python"] or ""
        except PackageNotFoundError:
            continue
        if not SpecifierSet(taken).contains(f"{least}.2"):
            refusing[name] = taken
    assert refusing == {}


def imported(path):
    """The first part of every module's name that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("folder", ["intonation", "notebooks", "book", "tests", "benchmarks"])
def test_what_is_imported_is_declared(folder):
    """Not only installed, because some other package needs it today."""
    ours_too = ("serve", "print") if folder != "notebooks" else ()
    extras = ("", *ours_too, *(("test",) if folder in ("tests", "benchmarks") else ()))
    declared = {pinned(requirement)[0] for extra in extras for requirement in PINS[extra]}
    paths = list((ROOT / folder).rglob("*.py"))
    made_of = ("tests",) if folder == "benchmarks" else ()  # its lists of cases are the tests'
    ours = {"intonation", *PEERS}
    ours |= {path.stem for place in (folder, *made_of) for path in (ROOT / place).glob("*.py")}
    ours |= {path.parent.name for path in (ROOT / folder).glob("*/__init__.py")}
    names = {name for path in paths for name in imported(path)} - ours - sys.stdlib_module_names
    of_name = packages_distributions() | UNNAMED
    from_where = {name: set(map(canonicalize_name, of_name.get(name, ()))) for name in names}
    assert paths and {name for name, found in from_where.items() if not found & declared} == set()


def test_conda_takes_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PROJECT["project"]["name"]
    *packages, pip = environment["dependencies"]
    assert {name.partition("=")[0] for name in packages} == {"python", "pip"}, (
        "versions are chosen in pyproject.toml alone"
    )
    assert pip == {"pip": ["--requirement requirements.lock", "--editable ."]}


def test_all_name_the_same_python():
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    (least,) = re.findall(r">=(\d+\.\d+)", str(allowed))
    assert allowed.contains(".".join(map(str, sys.version_info[:3])))
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert f"python={least}" in environment["dependencies"]
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{least.replace('.', '')}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"Python {least} or newer" in makefile
    assert f"sys.version_info < ({least.replace('.', ', ')})" in makefile
    readme = (ROOT / PROJECT["project"]["readme"]).read_text(encoding="utf-8")
    assert set(re.findall(r"Python (\d+\.\d+)", readme)) <= {least}


def test_every_folder_with_code_is_a_package():
    """Folders are looked for by name, and taken where they are packages."""
    assert PROJECT["tool"]["setuptools"]["packages"] == {"find": {"include": ["intonation*"]}}
    folders = {path.parent for path in (ROOT / "intonation").rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


def test_every_file_beside_the_code_is_installed_with_it():
    stated = PROJECT["tool"]["setuptools"]["package-data"]
    taken = {
        path
        for package, patterns in stated.items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    kept = {
        path
        for path in (ROOT / "intonation").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert kept
    assert kept == taken


def test_the_licence_is_the_same_everywhere():
    licence = PROJECT["project"]["license"]["text"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["license"] == licence == "GPL-3.0-or-later"
    assert "GNU GENERAL PUBLIC LICENSE" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_make_commands_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, flags=re.M)[1].split())
    assert phony == rules
    named = set(re.findall(r"\bmake ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert {"book", "test"} <= named <= rules
