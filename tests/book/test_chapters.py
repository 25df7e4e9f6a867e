"""The chapters' sources: one form, one parameters cell each, short cells, contents that agree."""

import ast
import builtins
import dataclasses
import json
import re
import statistics
import tomllib

import pytest
from builders import read_chapter

from intonation.book import site
from intonation.book.dependencies import ROOT, Run, chapters, parameter_names
from intonation.book.pages.arrangement import ANSWER, SOLUTION
from intonation.parameters import TARGETS, Parameters

PATHS = sorted((ROOT / "notebooks").glob("*.py"))
LONGEST_CELL = 15
HIDING = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def chapter(request):
    """Each chapter's cells, in turn, with its path."""
    return request.param, read_chapter(request.param).cells


def code_of(cells):
    return [cell.source for cell in cells if cell.cell_type == "code"]


def contents(cells):
    return [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in cells]


def parameters_cells(cells):
    return [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]


def defaults(cells):
    """Name and value of every assignment in the parameters cell, which holds nothing else."""
    (cell,) = parameters_cells(cells)
    found = {}
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.Assign) and len(statement.targets) == 1, cell.source
        found[statement.targets[0].id] = ast.literal_eval(statement.value)
    return found


def lines_of_work(source):
    """Lines of a cell that do something: imports are a list, one name per line."""
    imported = {
        line
        for statement in ast.parse(source).body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for line in range(statement.lineno, statement.end_lineno + 1)
    }
    lines = enumerate(source.splitlines(), start=1)
    return [line for number, line in lines if line.strip() and number not in imported]


def imported_or_assigned(statement):
    """Names that a statement of a cell binds for the cells after it."""
    names = {a.asname or a.name.split(".")[0] for a in getattr(statement, "names", [])}
    stored = (
        n.id for n in ast.walk(statement) if hasattr(n, "id") and isinstance(n.ctx, ast.Store)
    )
    defined = {getattr(statement, "name", "")} - {""}
    return names | set(stored) | defined


def test_a_chapter_is_py_percent_and_survives_pairing(chapter, tmp_path):
    import jupytext  # see `read_chapter`

    path, cells = chapter
    kept = read_chapter(path).metadata["jupytext"]["text_representation"]
    assert kept["format_name"] == "percent" and kept["extension"] == ".py"
    assert path.read_text(encoding="utf-8").count("\n# %%") == len(cells)
    jupytext.write(jupytext.read(path), tmp_path / "paired.ipynb")
    again = jupytext.writes(jupytext.read(tmp_path / "paired.ipynb"), fmt="py:percent")
    assert contents(jupytext.reads(again, fmt="py:percent").cells) == contents(cells)


def test_a_chapter_opens_with_its_question_and_what_it_reads_and_writes(chapter):
    path, cells = chapter
    opening = cells[0]
    assert opening.cell_type == "markdown"
    lines = opening.source.split("\n")
    assert re.fullmatch(rf"# {int(path.stem[:2])} · \S.*", lines[0])
    questions = re.findall(r"^\*\*(.+\?)\*\*$", opening.source, flags=re.M)
    assert len(questions) == 1
    assert re.search(r"^Reads: \S", opening.source, flags=re.M)
    assert re.search(r"Writes:?\s\S", opening.source)
    assert opening.source.count(site.TIME_MARK) == 1


def test_a_result_chapter_closes_with_what_was_seen_its_limits_and_exercises(chapter):
    path, cells = chapter
    if path.stem == "20_run":
        pytest.skip("a record of the run has no findings to limit")
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", text, flags=re.M)
    assert headings[-3:] == ["What was seen", "What this does not show", "Exercises"]


def test_a_result_chapter_has_its_answer_in_a_picture_and_a_sentence(chapter):
    path, cells = chapter
    if path.stem in ("13_inspector", "20_run"):
        pytest.skip("the inspector and the tables are the answer")
    answers = [cell.source for cell in cells if ANSWER in cell.metadata.get("tags", [])]
    assert len(answers) == 2
    assert any("say(" in source for source in answers)


def test_there_is_one_parameters_cell_and_it_is_the_first_code(chapter):
    _, cells = chapter
    assert len(parameters_cells(cells)) == 1
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert "parameters" in code[0].metadata["tags"]


def test_parameters_stand_at_the_defaults_of_the_run(chapter):
    _, cells = chapter
    run = dataclasses.asdict(Parameters()) | {"run_folder": "build/default", "source": ""}
    found = defaults(cells)
    assert "run_folder" in found
    unknown = set(found) - set(run)
    assert not unknown
    assert found == {name: run[name] for name in found}
    assert {name: type(value) for name, value in found.items()} == {
        name: type(run[name]) for name in found
    }


def test_every_parameter_of_a_run_reaches_a_chapter():
    named = set().union(*(defaults(read_chapter(path).cells) for path in PATHS))
    assert named - {"run_folder", "source"} == {f.name for f in dataclasses.fields(Parameters)}


def test_the_run_fills_each_parameters_cell_by_name(chapter):
    path, cells = chapter
    assert list(parameter_names(path.stem)) == list(defaults(cells))
    run = Run("", "smoke", ("seed=7",))
    keys = [key for key in chapters() if key.rpartition("/")[2] == path.stem]
    assert len(keys) in (1, len(TARGETS))
    for key in keys:
        given = json.loads(run.values(key))
        assert set(given) == set(defaults(cells)) - {"run_folder", "cpu_count"}
        assert given.get("target", key.partition("/")[0]) == key.partition("/")[0]
        assert given.get("seed", 7) == 7 and given.get("epochs", 2) == 2


def test_a_chapter_that_depends_on_the_target_says_so(chapter):
    path, cells = chapter
    keys = {f"{target}/{path.stem}" for target in TARGETS}
    assert ("target" in defaults(cells)) == (keys <= set(chapters()))


def test_cells_are_short(chapter):
    _, cells = chapter
    work = [cell for cell in cells if "parameters" not in cell.metadata.get("tags", [])]
    sizes = {source: len(lines_of_work(source)) for source in code_of(work)}
    long = [source for source, size in sizes.items() if size > LONGEST_CELL]
    assert not long


def test_most_cells_hold_one_thought(chapter):
    _, cells = chapter
    assert statistics.median(len(source.splitlines()) for source in code_of(cells)) <= 8


def test_at_most_a_third_of_the_code_is_hidden(chapter):
    _, cells = chapter
    code = [cell for cell in cells if cell.cell_type == "code"]
    told = [cell for cell in code if SOLUTION not in cell.metadata.get("tags", [])]
    hidden = [cell for cell in told if HIDING.intersection(cell.metadata.get("tags", []))]
    assert 3 * len(hidden) <= len(told)


def test_a_chapter_needs_no_name_of_another_one(chapter):
    _, cells = chapter
    bound = set(dir(builtins)) | {"__name__"}
    unknown = set()
    for source in code_of(cells):
        tree = ast.parse(source)
        inner = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        for statement in tree.body:
            bound |= imported_or_assigned(statement)
        read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        unknown |= read - bound - inner
    assert not unknown


def test_no_chapter_defines_what_the_package_or_another_chapter_has():
    seen = {}
    for path in PATHS:
        for source in code_of(read_chapter(path).cells):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    assert node.name not in seen, (path.stem, seen[node.name])
                    seen[node.name] = path.stem
    package = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "intonation").rglob("*.py")
    )
    doubled = [name for name in seen if re.search(rf"^(?:def|class) {name}\b", package, flags=re.M)]
    assert not doubled


def test_contents_and_notebooks_name_the_same_chapters():
    pages = [page for page in site.toc_pages(ROOT / "_toc.yml") if "notebooks/" in page]
    assert sorted(pages) == sorted(f"notebooks/{key}" for key in chapters())
    assert {page.rpartition("/")[2] for page in pages} == {path.stem for path in PATHS}


def test_chapters_come_in_the_order_of_their_numbers():
    pages = [page for page in site.toc_pages(ROOT / "_toc.yml") if "notebooks/" in page]
    for target in TARGETS:
        others = [other for other in TARGETS if other != target]
        read = [p.rpartition("/")[2] for p in pages if not any(f"/{o}/" in p for o in others)]
        assert read == sorted(read)


def test_the_generated_twins_are_not_kept_beside_the_sources():
    pairs = tomllib.loads((ROOT / "jupytext.toml").read_text(encoding="utf-8"))["formats"]
    assert pairs["notebooks/"] == "py:percent"
    twins = [folder for folder, form in pairs.items() if form == "ipynb"]
    assert [folder.split("/")[0] for folder in twins] == ["build"]
    assert not list((ROOT / "notebooks").rglob("*.ipynb"))
