"""A run as a Workflow Run RO-Crate: what was executed, with what, when, and what came out.

`ro-crate-metadata.json` in the run folder describes it in JSON-LD, for archives and for people who
have neither this package nor its files' names in mind. Profiles: Workflow Run Crate and Process Run
Crate [Leo et al. 2024, "Recording provenance of workflow runs with RO-Crate"], RO-Crate 1.1.

python -m intonation.book.metadata.crate --run DIR        (called by the Snakefile)
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from intonation.book.dependencies import ROOT, chapters
from intonation.book.receipts import files_of
from intonation.book.run_folder import RunFolder
from intonation.errors import ChapterError, exit_code
from intonation.files import replacing, write_text
from intonation.provenance import read_json

NAME = "ro-crate-metadata.json"
WORKFLOW = "workflow/Snakefile"  # a copy, below the run folder
CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
COMPLETED = "http://schema.org/CompletedActionStatus"
LICENCE = "https://spdx.org/licenses/GPL-3.0-or-later"
FORMATS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".safetensors": "application/octet-stream",
    ".npz": "application/zip",
}
# files that are told one by one; of the corpus, of figures and of pages only folders are
SINGLE = ("features", "model", "notebooks", "results")
TYPES = {bool: "Boolean", int: "Integer", float: "Float", str: "Text"}


@dataclass(frozen=True)
class Execution:
    """One chapter, or the site, as its receipt has it: what it wrote, when, for how long."""

    key: str
    digests: Mapping[str, str]
    ended: datetime
    seconds: float | None


def write_crate(out: Path) -> Path:
    """Write OUT/ro-crate-metadata.json and return its path. Raises ChapterError, OSError."""
    workflow = out / WORKFLOW
    with replacing(workflow) as temporary:
        shutil.copyfile(ROOT / "Snakefile", temporary)
    text = json.dumps(describe(out), indent=1, ensure_ascii=False)
    write_text(out / NAME, text + "\n")
    return out / NAME


def describe(out: Path) -> dict[str, Any]:
    """The crate as JSON-LD. Raises ChapterError where the run is not finished."""
    record, executions = read_json(RunFolder(out).record), list(_executions(out))
    if not (record and executions):
        raise ChapterError(f"{out} holds no finished run; make the book there first")
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(CONTEXT)
    _tell_root(crate, record, executions)
    workflow = _tell_workflow(crate, record)
    written: list[Entity] = []
    for execution in executions:
        results = [_tell_result(crate, out, *pair) for pair in execution.digests.items()]
        _tell_action(crate, execution, results)
        written += results
    run_record = _tell_file(crate, out, RunFolder(out).record)
    _tell_run(crate, workflow, record, executions, [*written, run_record])
    return crate.metadata.generate()


def _executions(out: Path) -> Iterator[Execution]:
    stamps = {key: RunFolder(out).notebooks / f"{key}.json" for key in chapters()}
    for key, path in {**stamps, "site": RunFolder(out).site / "html.json"}.items():
        receipt = read_json(path)
        if isinstance(receipt.get("digests"), dict):
            ended = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
            yield Execution(key, receipt["digests"], ended, receipt.get("seconds"))


def _tell_root(crate: ROCrate, record: dict[str, Any], executions: list[Execution]) -> None:
    corpus = record["corpus"]
    crate.name = "The intonation of Polish read speech: a run of the book"
    crate.description = (
        f"{corpus['utterances']} utterances ({corpus['source']}), networks that predict their F0, "
        "relevance of linguistic features, and the book that tells of them."
    )
    licence = _add(crate, LICENCE, "CreativeWork", name="GNU General Public License, version 3")
    crate.license = licence
    crate.datePublished = max(execution.ended for execution in executions)
    profiles = [
        _add(crate, url, "CreativeWork", name=name, version=version)
        for url, (name, version) in PROFILES.items()
    ]
    crate.root_dataset["conformsTo"] = profiles


def _tell_workflow(crate: ROCrate, record: dict[str, Any]) -> Entity:
    """The Snakefile with its parameters and the software that it was executed with."""
    version = record["versions"]["snakemake"]
    workflow = crate.add_workflow(
        dest_path=WORKFLOW, main=True, lang="snakemake", lang_version=version
    )
    workflow["encodingFormat"] = "text/plain"
    workflow["name"] = "From recordings to the book"
    workflow["license"] = {"@id": LICENCE}
    workflow["input"] = [
        _add(
            crate,
            f"#parameter-{name}",
            "FormalParameter",
            name=name,
            additionalType=TYPES.get(type(value), "Text"),
            conformsTo={"@id": PARAMETER},
        )
        for name, value in record["parameters"].items()
    ]
    workflow["softwareRequirements"] = [
        _add(crate, f"#software-{name}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in record["versions"].items()
    ]
    return workflow


def _tell_run(
    crate: ROCrate,
    workflow: Entity,
    record: dict[str, Any],
    executions: list[Execution],
    results: list[Entity],
) -> None:
    """The execution of the whole, with the values of its parameters."""
    values = [
        _add(
            crate,
            f"#value-{name}",
            "PropertyValue",
            name=name,
            value=value,
            exampleOfWork={"@id": f"#parameter-{name}"},
        )
        for name, value in record["parameters"].items()
    ]
    machine = record["machine"]
    _add(
        crate,
        "#run",
        "CreateAction",
        name=f"make book, profile {record['profile']}",
        description=f"{machine['cores']} cores, {machine['system']}, {machine['processor']}",
        instrument=workflow,
        object=values,
        result=results,
        startTime=min(map(_started, executions)).isoformat(),
        endTime=max(execution.ended for execution in executions).isoformat(),
        actionStatus=COMPLETED,
    )
    crate.root_dataset["mentions"] = crate.get_by_type("CreateAction")


def _tell_action(crate: ROCrate, execution: Execution, results: list[Entity]) -> None:
    name = execution.key.rpartition("/")[2]
    source = f"notebooks/{name}.py" if name != "site" else "intonation/book/site.py"
    told = f"{source} of the source code"
    program = _add(crate, f"#program-{name}", "SoftwareSourceCode", name=name, description=told)
    _add(
        crate,
        f"#executed-{execution.key.replace('/', '-')}",
        "CreateAction",
        name=f"execution of {execution.key}",
        instrument=program,
        result=results,
        startTime=_started(execution).isoformat(),
        endTime=execution.ended.isoformat(),
        actionStatus=COMPLETED,
    )


def _started(execution: Execution) -> datetime:
    seconds = int(execution.seconds or 0)
    return datetime.fromtimestamp(execution.ended.timestamp() - seconds, UTC)


def _tell_result(crate: ROCrate, out: Path, result: str, digest: str) -> Entity:
    """A file, or a folder with its files, size and the digest that its chapter noted."""
    path = out / result
    if path.is_file():
        return _tell_file(crate, out, path)
    files = files_of(path)
    folder = crate.add_dataset(dest_path=f"{result}/")
    folder["name"] = f"{result}, {len(files)} files"
    folder["contentSize"] = str(sum(file.stat().st_size for file in files))
    folder["identifier"] = _add(
        crate,
        f"#digest-{result.replace('/', '-')}",
        "PropertyValue",
        name="SHA-256 of names and contents",
        value=digest,
    )
    if result.partition("/")[0] in SINGLE:
        folder["hasPart"] = [_tell_file(crate, out, f) for f in files if f.suffix in FORMATS]
    return folder


def _tell_file(crate: ROCrate, out: Path, path: Path) -> Entity:
    content = path.read_bytes()
    entity = crate.add_file(dest_path=path.relative_to(out).as_posix())
    entity["name"] = path.name
    entity["contentSize"] = str(len(content))
    entity["sha256"] = hashlib.sha256(content).hexdigest()
    entity["encodingFormat"] = FORMATS.get(path.suffix, "application/octet-stream")
    return entity


def _add(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> Entity:
    """An entity that stands for no file; one of this identifier that is there already stays."""
    known = crate.dereference(identifier)
    return known or crate.add_jsonld({"@id": identifier, "@type": kind} | _plain(properties))


def _plain(properties: dict[str, Any]) -> dict[str, Any]:
    """Entities as references to them."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        return {"@id": value.id} if isinstance(value, Entity) else value

    return {name: plain(value) for name, value in properties.items()}


def main(arguments: list[str] | None = None) -> int:
    """Describe a run folder; 1 after an error."""
    parser = argparse.ArgumentParser(prog="python -m intonation.book.metadata.crate")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    out = parser.parse_args(arguments).run
    return exit_code(lambda: write_crate(out) and None)


if __name__ == "__main__":
    sys.exit(main())
