"""What a chapter depends on besides its input files: notebook, parameters, code, libraries.

Snakemake keeps what these functions return with what a chapter made, and executes the chapter again
when they return something else. Nothing here imports what a chapter computes with.
"""

import ast
import dataclasses
import functools
import json
import platform
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from intonation.corpus.intake.finding import source_stamp
from intonation.parameters import TARGETS, Parameters, parameters, parse_overrides
from intonation.provenance import (
    PACKAGE,
    code_digest,
    digest_of,
    import_graph,
    library_versions,
    module_path,
    with_imported,
)

ROOT = Path(__file__).resolve().parents[2]
CORPUS, LAST = "01_corpus", "20_run"
SITE = f"{PACKAGE}.book.site"
BUILDERS = ("jupyter_book", "sphinx", "sphinx_book_theme", "sphinx_tippy", "myst_nb", "docutils")
PARAMETERS_CELL = re.compile(
    r'^# %% tags=\[[^\]\n]*"parameters"[^\]\n]*\]\n(.*?)(?=^# %%|\Z)', flags=re.M | re.S
)
REPORTED = (  # in the record of a run
    *("torch", "pytorch-lightning", "numpy", "pandas", "matplotlib", "scikit-learn"),
    *("praat-parselmouth", "papermill", "jupytext", "jupyter-book", "sphinx", "snakemake"),
)
# that chapters take at the default profile, of a core; a guess, of which only the order counts
SECONDS = {
    **{"03_training": 340, "16_reach": 220, "11_truth": 160, "13_inspector": 120, "09_seeds": 85},
    **{"05_relevance": 75, "06_rankings": 75, "08_faithfulness": 65, "17_inputs": 55},
    **{"18_together": 50, "19_polish": 50, "04_predictions": 28, "10_rule": 22, "07_positions": 22},
}
SHORT = 10  # all others
UNDECISIVE = ("cpu_count", "run_folder")  # who works, or where, changes no result


@dataclass(frozen=True)
class Run:
    """One `make book`: which recordings, how much work.

    source: absolute path of the recordings, or "" for the synthetic voice.
    assignments: parameters that are not those of the profile, as `name=value`.
    Raises ParameterError or CorpusError for what can be seen to be wrong before any work.
    """

    source: str = ""
    profile: str = "default"
    assignments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for target in TARGETS:
            self.parameters(target)
        source_stamp(self.source)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Run":
        """The run of a configuration of Snakemake's."""
        source, profile = config.get("source") or "", config.get("profile") or "default"
        return cls(str(source), str(profile), tuple(map(str, config.get("set") or ())))

    def parameters(self, target: str = "") -> Parameters:
        """All parameters."""
        chosen = parameters(self.profile, parse_overrides(list(self.assignments)))
        return dataclasses.replace(chosen, target=target) if target else chosen

    def config(self) -> str:
        """What `of` takes, as JSON, but for how many work."""
        kept = [one for one in self.assignments if not one.startswith("cpu_count=")]
        return json.dumps({"source": self.source, "profile": self.profile, "set": kept})

    def threads(self, cores: int | None, chains: int = 1) -> int:
        """Processes of a chapter that shares the cores with others of `chains`, itself included."""
        asked = parse_overrides(list(self.assignments)).get("cpu_count")
        return asked or max(1, (cores or 1) // chains)

    def values(self, key: str) -> str:
        """Those of the parameters that the chapter's parameters cell names, as JSON."""
        target, _, name = key.rpartition("/")
        known = {**dataclasses.asdict(self.parameters(target)), "source": self.source}
        chosen = {n: known[n] for n in parameter_names(name) if n not in UNDECISIVE}
        return json.dumps(chosen, sort_keys=True)

    def made_from(self, name: str) -> str:
        """What decides what a chapter makes besides its values and what it reads, as JSON."""
        recordings = source_stamp(self.source) if name == CORPUS else ""  # only it reads them
        return json.dumps({**chapter_made_from(name), "recordings": recordings})

    def made_from_module(self, module: str) -> str:
        """What decides what a module makes of recordings, of a corpus or of a network, as JSON."""
        return json.dumps({**_made_from([], {module}), "recordings": source_stamp(self.source)})


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the record of a run reports."""
    return {"python": platform.python_version()} | {name: version(name) for name in REPORTED}


def chapters() -> list[str]:
    """Keys of all chapters: those that have a target are executed once for each."""
    names = [path.stem for path in sorted((ROOT / "notebooks").glob("*.py"))]
    return [
        f"{target}/{name}" if target else name
        for name in names
        for target in (TARGETS if "target" in parameter_names(name) else ("",))
    ]


def notebook_path(key: str) -> Path:
    """Source of a chapter: the same for both targets."""
    return ROOT / "notebooks" / f"{key.rpartition('/')[2]}.py"


@functools.cache
def parameter_names(name: str) -> tuple[str, ...]:
    """Names that the parameters cell of a chapter gives a value to."""
    source = notebook_path(name).read_text(encoding="utf-8")
    tagged = PARAMETERS_CELL.findall(source)  # jupytext would take a second to be imported
    return tuple(re.findall(r"^(\w+) *=", "\n".join(tagged), flags=re.M))


def _made_from(files: Iterable[Path], used: set[str]) -> dict[str, Any]:
    """Digests of files, of the modules behind the names used and of all that these import, and
    the versions of the libraries."""
    modules = {module for name in used if (module := defining_module(name))}
    ours = with_imported(modules)
    libraries = library_versions({*ours, *(used - modules)})
    return {"files": digest_of(files, ROOT), "code": code_digest(ours), "libraries": libraries}


@functools.cache
def chapter_made_from(name: str) -> dict[str, Any]:
    """What every execution of a chapter is made from: its notebook, code, libraries."""
    path = notebook_path(name)
    return _made_from([path], used_names(path.read_text(encoding="utf-8")))


def site_made_from() -> str:
    """Prose pages, their style, extensions and configuration, and what builds the site; JSON."""
    pages = (path for path in (ROOT / "book").rglob("*") if "__pycache__" not in path.parts)
    paths = [*pages, ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "Snakefile"]
    return json.dumps(_made_from(sorted(filter(Path.is_file, paths)), {SITE, *BUILDERS}))


def used_names(source: str) -> set[str]:
    """Dotted names that a source imports: `intonation.plots.save_figure`, `pandas`.

    Of a package of ours that is imported as a whole, the names that are read of it; itself where
    none is.
    """
    nodes = list(ast.walk(ast.parse(source)))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    read_of = defaultdict(set)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            read_of[node.value.id].add(node.attr)
    for name, origin in _imported_from(nodes).items():
        parts = read_of[name] if is_package(origin) else ()
        found |= {f"{origin}.{part}" for part in parts} or {origin}
    return found


def _imported_from(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """What `from … import` binds: dotted names by the names that the source has for them."""
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return {a.asname or a.name: f"{node.module}.{a.name}" for node in imports for a in node.names}


def is_package(name: str) -> bool:
    """Whether the name is that of a folder of our modules."""
    return name in import_graph().modules and module_path(name).name == "__init__.py"


def defining_module(name: str) -> str:
    """The module of ours that defines a dotted name, found through re-exports; "" for others."""
    if name.partition(".")[0] != PACKAGE:
        return ""
    if name in import_graph().modules:
        return name
    module, _, attribute = name.rpartition(".")
    origin = _exports(module).get(attribute) if is_package(module) else None
    return defining_module(origin) if origin else defining_module(module)


@functools.cache
def _exports(package: str) -> dict[str, str]:
    """Where the names come from that an `__init__.py` hands on, lazily or at once."""
    return _imported_from(ast.walk(ast.parse(module_path(package).read_text(encoding="utf-8"))))


def seconds_to_the_end(reads_writes: Mapping[str, tuple[list[str], list[str]]]) -> dict[str, int]:
    """Seconds of the longest way from a chapter to the end, by what reads the results of what.

    Whichever chapter has most before it is begun first; so none is left that works alone at the
    end. reads_writes: what each chapter reads and writes, by name.
    """

    @functools.cache
    def rest(name: str) -> int:
        written = set(reads_writes[name][1])
        after = [other for other, (reads, _) in reads_writes.items() if written & set(reads)]
        return SECONDS.get(name, SHORT) + max(map(rest, after), default=0)

    return {name: rest(name) for name in reads_writes}
