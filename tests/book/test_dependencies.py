"""Which modules a chapter uses, found without executing it."""

import pytest

from intonation.book.dependencies import (
    ROOT,
    chapter_made_from,
    chapters,
    defining_module,
    notebook_path,
    seconds_to_the_end,
    used_names,
)
from intonation.provenance import import_graph

NAMES = sorted({key.rpartition("/")[2] for key in chapters()})


@pytest.mark.parametrize(
    "source, names",
    [
        ("import pandas as pd", {"pandas"}),
        ("from pathlib import Path\nPath()", {"pathlib.Path"}),
        ("from intonation.files import write_csv\nwrite_csv()", {"intonation.files.write_csv"}),
        ("from intonation import plots\nplots.loss_curve()", {"intonation.plots.loss_curve"}),
        ("from intonation import plots\nshow(plots)", {"intonation.plots"}),
        (
            "from intonation import plots as p\np.a()\np.b(p.a)",
            {"intonation.plots.a", "intonation.plots.b"},
        ),
        ("from intonation import toy\ntoy.answers()", {"intonation.toy"}),
        ("def f():\n    from intonation import toy\n    toy.x", {"intonation.toy"}),
    ],
)
def test_names_that_a_source_uses(source, names):
    assert used_names(source) == names


@pytest.mark.parametrize(
    "name, module",
    [
        ("intonation.files.write_csv", "intonation.files"),
        ("intonation.plots.loss_curve", "intonation.plots.curves"),
        ("intonation.plots.Shares", "intonation.plots.diagrams"),
        ("intonation.plots", "intonation.plots"),
        ("intonation.polish.check_text", "intonation.polish.words"),
        ("intonation.polish.sentences", "intonation.polish"),
        ("intonation.load_model", "intonation.model.network"),
        ("pandas", ""),
        ("pathlib.Path", ""),
    ],
)
def test_a_name_is_followed_to_the_module_that_defines_it(name, module):
    assert defining_module(name) == module


def test_every_name_that_a_chapter_takes_from_the_package_is_found():
    for name in NAMES:
        used = used_names(notebook_path(name).read_text(encoding="utf-8"))
        ours = {one for one in used if one.startswith("intonation.")}
        assert ours and {defining_module(one) for one in ours} <= import_graph().modules


def test_chapters_differ_in_what_they_depend_on():
    assert len({chapter_made_from(name)["code"] for name in NAMES}) > len(NAMES) // 2
    assert "torch" in chapter_made_from("03_training")["libraries"]
    assert "torch" not in chapter_made_from("02_features")["libraries"]


def test_a_lazy_name_of_the_package_is_what_its_module_defines():
    import intonation
    from intonation.model.network import load_model

    assert intonation.load_model is load_model
    with pytest.raises(AttributeError, match="no attribute 'load_modle'"):
        _ = intonation.load_modle


def test_everything_that_decides_lies_in_the_checkout():
    assert (ROOT / "Snakefile").is_file() and (ROOT / "intonation" / "book").is_dir()


def test_what_has_most_before_it_is_begun_first():
    made = {
        "01_corpus": ([], ["corpus"]),
        "03_training": (["corpus"], ["model"]),
        "04_predictions": (["corpus", "model"], ["errors"]),
        "15_ceiling": (["errors"], ["ceiling"]),
        "16_reach": (["corpus", "ceiling"], []),
        "11_truth": (["corpus"], []),
    }
    found = seconds_to_the_end(made)
    order = sorted(made, key=found.__getitem__, reverse=True)
    assert order == [
        "01_corpus",
        "03_training",
        "04_predictions",
        "15_ceiling",
        "16_reach",
        "11_truth",
    ]
    assert found["15_ceiling"] == found["16_reach"] + 10
    assert found["01_corpus"] == 10 + found["03_training"], "the longest way, not all of them"
