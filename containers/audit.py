"""What the packages that this one needs are trusted with, as a table: DEPENDENCIES.md.

    python containers/audit.py

Pins are those of pyproject.toml; licences and whether a package brings compiled code are told by
what is installed. Only what a package is trusted with is written here, by hand.
"""

import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

from intonation.files import write_text

ROOT = Path(__file__).resolve().parents[1]
COMPILED = (".so", ".dylib", ".pyd", ".dll")
HEAD = """# What the needed packages are trusted with

Written by `make audit`, which then asks for known vulnerabilities of all that `requirements.lock`
names. **Outside**: it reads what somebody else made (recordings, labels, questions, models,
requests). **Network**: it opens connections when we use it. Where neither stands, it sees what this
package made. Compiled code is where a mistake in a parser can do most harm.

"""
OUTSIDE, NETWORK, BOTH = "**outside**: ", "**network**: ", "**outside**, **network**: "
TRUSTED_WITH = {
    "anywidget": "hands the inspector's own JavaScript to Jupyter",
    "captum": "attribution of a loaded network",
    "docutils": "pages of the book",
    "grimp": "reads this package's own sources",
    "ipykernel": NETWORK + "sockets of this machine, between a chapter and who executes it",
    "ipython": "what chapters show",
    "ipywidgets": "the inspector's widget in Jupyter",
    "jupyter-book": "builds pages from executed chapters; every text from outside is escaped",
    "jupytext": "chapters of this repository",
    "matplotlib": "figures; ids and texts of a corpus are drawn without its mathtext",
    "morfeusz2": OUTSIDE + "words of texts, their forms; the dictionary SGJP is in its wheel",
    "myst-nb": "pages of the book",
    "nbformat": "executed chapters, as files",
    "networkx": "the graph of rules",
    "num2words": "names of numbers that were read from texts",
    "numpy": OUTSIDE + "arrays of models and results (`intonation/files.py`), never with pickle",
    "pandas": OUTSIDE + "tables of a corpus, a model's losses",
    "papermill": "executes chapters of this repository",
    "pillow": "writes figures",
    "praat-parselmouth": OUTSIDE + "TextGrids; recordings only as samples that libsndfile read",
    "pyahocorasick": OUTSIDE + "patterns of a question set, as plain text",
    "pytorch-lightning": "the training loop; its checkpoints are pickles: neither written nor read",
    "pyyaml": "profiles and configuration of this repository, with its safe loader",
    "safetensors": OUTSIDE + "weights of models, state of interrupted trainings",
    "scikit-learn": "ridge regression, gradient boosting; no model of its is stored",
    "scipy": "ranks and intervals",
    "rocrate": "writes what a run was made of, as metadata; reads nothing from outside",
    "snakemake": "executes rules of this repository; with a profile, commands of a cluster",
    "snakemake-interface-logger-plugins": "the progress bar of the book",
    "soundfile": OUTSIDE + "recordings, with the libsndfile that its wheel brings",
    "soupsieve": "finds elements of the book's own pages",
    "sphinx": "builds pages; every text from outside is escaped",
    "sphinx-tippy": "previews of the book's own terms; the scripts it brings lie beside the pages",
    "sphinx-book-theme": "the look of the pages; what they load lies beside them",
    "swift-f0": "samples of recordings that libsndfile read; its network lies in its own package",
    "torch": NETWORK + "processes that train together; weights come as safetensors, not by its own "
    "loader, which unpickles",
    "tqdm": "progress",
    "traitlets": "the inspector's widget in Jupyter",
    "wordfreq": "a table of frequencies in its own wheel, which msgpack reads; words are looked up",
    "fastapi": BOTH + "requests to the service",
    "h11": BOTH + "bytes of requests to the service",
    "pebble": "processes of the service; what they exchange are pickles of our own making",
    "pydantic": OUTSIDE + "JSON of requests",
    "starlette": BOTH + "requests to the service",
    "uvicorn": BOTH + "sockets of the service; of this machine alone unless told",
    "playwright": NETWORK
    + "a browser of this machine, which prints and tests the book's own pages",
    "pypdf": "binds printed pages of the book",
    "snakemake-executor-plugin-cluster-generic": "commands that a profile names",
    "snakemake-executor-plugin-slurm": "calls `sbatch`, reads what `squeue` prints",
    "jupyterlab": NETWORK + "serves notebooks to a browser on this machine; whoever has its token "
    "executes what he likes",
}
FOR_TESTS = "tests and checks of this repository alone"


def required(project: dict) -> list[tuple[str, str, str]]:
    """Name, pin and extra ("" for all) of each direct requirement, from the table `project`."""
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return [
        (*requirement.split("=="), extra) for extra, some in groups.items() for requirement in some
    ]


def table(project: dict) -> str:
    """The rows, one a requirement; raises KeyError where nobody wrote what one is trusted with."""
    rows = ["| package | pin | extra | licence | compiled | trusted with |", "|---" * 6 + "|"]
    for name, pin, extra in required(project):
        found = distribution(name)
        trusted = FOR_TESTS if extra == "test" else TRUSTED_WITH[name]
        compiled = "yes" if _compiled(found) else ""
        rows.append(f"| {name} | {pin} | {extra} | {licence(found)} | {compiled} | {trusted} |")
    return "\n".join(rows) + "\n"


def licence(found: Distribution) -> str:
    """As its metadata say, in any of the three places where they may."""
    told = found.metadata
    if told["License-Expression"]:
        return told["License-Expression"]
    classes = [one.split(" :: ") for one in told.get_all("Classifier", [])]
    names = [one[-1] for one in classes if one[0] == "License" and len(one) > 2]
    first_line = (told["License"] or "not told").strip().splitlines()[0]
    return ", ".join(names) or first_line[:60]


def _compiled(found: Distribution) -> bool:
    return any(path.suffix in COMPILED for path in found.files or ())


def page() -> str:
    """The whole file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return HEAD + table(project)


if __name__ == "__main__":
    write_text(ROOT / "DEPENDENCIES.md", page())
