"""What a chapter depends on besides its input files: notebook, parameters, code, libraries.

Snakemake keeps what these functions return with what a chapter made, and executes the chapter again
when they return something else. Nothing here imports what a chapter computes with.
"""

import ast
import dataclasses
import functools
import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from intonation.corpus.recordings import source_stamp
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
CORPUS, LAST = "01_corpus", "14_run"
SITE = f"{PACKAGE}.book.site"
BUILDERS = ("jupyter_book", "sphinx", "sphinx_book_theme", "myst_nb", "docutils")
PARAMETERS_CELL = re.compile(
    r'^# %% tags=\[[^\]\n]*"parameters"[^\]\n]*\]\n(.*?)(?=^# %%|\Z)', flags=re.M | re.S
)
REPORTED = (  # in the record of a run
    *("torch", "pytorch-lightning", "numpy", "pandas", "matplotlib", "scikit-learn"),
    *("praat-parselmouth", "papermill", "jupytext", "jupyter-book", "sphinx", "snakemake"),
)
UNDECISIVE = ("cpu_count", "run_folder")  # who works, or where, changes no result


@dataclass(frozen=True)
class Run:
    """One `make book`: which recordings, how much work.

    source: absolute path of the recordings, or "" for the synthetic voice.
    assignments: parameters that are not those of the profile, as `name=value`.
    """

    source: str = ""
    profile: str = "default"
    assignments: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Run":
        """The run of a configuration of Snakemake's; checked, see `check`."""
        source, profile = config.get("source") or "", config.get("profile") or "default"
        run = cls(str(source), str(profile), tuple(map(str, config.get("set") or ())))
        run.check()
        return run

    def parameters(self, target: str = "") -> Parameters:
        """All parameters; raises ParameterError for an unknown or impossible one."""
        chosen = parameters(self.profile, parse_overrides(list(self.assignments)))
        return dataclasses.replace(chosen, target=target) if target else chosen

    def config(self) -> str:
        """What `of` takes, as JSON, but for how many work."""
        kept = [one for one in self.assignments if not one.startswith("cpu_count=")]
        return json.dumps({"source": self.source, "profile": self.profile, "set": kept})

    def check(self) -> None:
        """Raise ParameterError or CorpusError for what can be seen to be wrong before any work."""
        for target in TARGETS:
            self.parameters(target)
        source_stamp(self.source)

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

    def recordings(self, key: str) -> str:
        """Names, sizes and times of the recordings, of which only the first chapter is made."""
        return source_stamp(self.source) if key == CORPUS else ""


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


def notebook_digest(key: str) -> str:
    """Digest of a chapter's source."""
    return hashlib.sha256(notebook_path(key).read_bytes()).hexdigest()


@functools.cache
def chapter_code(name: str) -> str:
    """Digest of the modules that a chapter uses, and of all that these import."""
    used = used_names(notebook_path(name).read_text(encoding="utf-8"))
    return code_digest(with_imported(module for name in used if (module := defining_module(name))))


@functools.cache
def chapter_libraries(name: str) -> str:
    """Versions of the libraries that a chapter or a module used by it imports, as JSON."""
    used = used_names(notebook_path(name).read_text(encoding="utf-8"))
    modules = {module for name in used if (module := defining_module(name))}
    return json.dumps(library_versions({*with_imported(modules), *(used - modules)}))


def used_names(source: str) -> set[str]:
    """Dotted names that a source imports: `intonation.plots.save_figure`, `pandas`.

    Of a package of ours that is imported as a whole, the names that are read of it; itself where it
    is used in another way.
    """
    tree = ast.parse(source)
    found, bound = set(), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    read_of = {
        id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in bound:
            name, attribute = bound[node.id], read_of.get(id(node))
            found.add(f"{name}.{attribute}" if attribute and is_package(name) else name)
    return found | {name for name in bound.values() if not name.startswith(f"{PACKAGE}.")}


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
    """Where the names come from that an `__init__.py` hands on: by `from … import`, or by name in
    its table `DEFINED_IN`, from which it imports lazily."""
    found = {}
    for node in ast.parse(module_path(package).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEFINED_IN":
            found |= {n: f"{module}.{n}" for n, module in ast.literal_eval(node.value).items()}
    return found


def pages_digest() -> str:
    """Digest of the prose pages, their style and extensions, and of the configuration."""
    pages = (path for path in (ROOT / "book").rglob("*") if "__pycache__" not in path.parts)
    paths = [*pages, ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "Snakefile"]
    return digest_of(sorted(path for path in paths if path.is_file()), ROOT)


def site_code() -> str:
    """Digest of the modules that build the site."""
    return code_digest(with_imported([SITE]))


def site_libraries() -> str:
    """Versions of what builds pages, as JSON."""
    return json.dumps(library_versions([*with_imported([SITE]), *BUILDERS]))
