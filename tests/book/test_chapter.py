"""One chapter, executed by papermill: what is kept and told where it fails."""

import json

import pytest

from intonation.book import chapter, dependencies

CHAPTER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A chapter

# %% tags=["parameters"]
run_folder = "build/default"

# %%
from pathlib import Path

path = Path(run_folder) / "results" / "rule" / "a.txt"
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text("a")


# %%
def look_up(table):
    return table["what is missing"]


print("the cell before")

# %%
if not (Path(run_folder) / "mended").exists():
    look_up({})
"""


@pytest.mark.book
def test_a_failing_cell_is_told_with_its_traceback_and_the_notebook_kept(
    tmp_path, monkeypatch, capfd
):
    import nbformat  # three seconds, which other tests need not wait

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "10_rule.py").write_text(CHAPTER)
    for module in (dependencies, chapter):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    out = tmp_path / "out"
    given = ["10_rule", "--run", str(out), "--made-from", '{"code": "x"}']
    given += ["--writes", "digests/results/rule", "digests/notebooks/10_rule.ipynb"]
    assert chapter.main(given) == 1
    message = capfd.readouterr().err
    assert "error: chapter 10_rule failed" in message
    assert "KeyError: 'what is missing'" in message
    assert 'return table["what is missing"]' in message
    assert not list((out / "notebooks").iterdir()) and not (out / "digests").exists()
    shown = nbformat.read(out / "logs" / "10_rule.ipynb", as_version=4)
    outputs = [output for cell in shown.cells for output in cell.get("outputs", ())]
    assert any("the cell before" in output.get("text", "") for output in outputs)
    assert any(output.output_type == "error" for output in outputs)

    (out / "mended").touch()
    assert chapter.main(given) == 0
    executed = nbformat.read(out / "notebooks" / "10_rule.ipynb", as_version=4)
    (injected,) = [c for c in executed.cells if "injected-parameters" in c.metadata.get("tags", [])]
    assert f'run_folder = "{out.resolve()}"' in injected.source
    receipt = json.loads((out / "notebooks" / "10_rule.json").read_text())
    assert list(receipt["files"]) == ["results/rule/a.txt", "notebooks/10_rule.ipynb"]
    assert not [path for path in out.rglob("*") if ".part" in path.name]


@pytest.mark.book
def test_a_killed_kernel_is_told_from_a_failed_cell(tmp_path, monkeypatch, capfd):
    """Whoever runs out of memory sees no traceback."""
    (tmp_path / "notebooks").mkdir()
    dying = CHAPTER + "\nimport os\n\nos.kill(os.getpid(), 9)\n"
    (tmp_path / "notebooks" / "10_rule.py").write_text(dying)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mended").touch()
    for module in (dependencies, chapter):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    given = ["10_rule", "--run", str(tmp_path / "out"), "--writes", "digests/results/rule"]
    assert chapter.main(given) == 1
    assert "its process was killed; is memory short?" in capfd.readouterr().err
