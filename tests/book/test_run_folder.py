"""Paths of a run: each below its folder, none twice."""

import os
from pathlib import Path

from intonation.book.run_folder import Results, RunFolder


def paths_of(kind, folder):
    names = [name for name, part in vars(kind).items() if isinstance(part, property)]
    return {name: getattr(kind(folder), name) for name in names}


def test_every_path_lies_in_the_folder_and_no_two_are_the_same(tmp_path):
    for kind in (RunFolder, Results):
        paths = paths_of(kind, tmp_path)
        assert len(set(paths.values())) == len(paths) > 5
        assert all(tmp_path in path.parents for path in paths.values())


def test_targets_have_folders_of_their_own():
    run = RunFolder("build/default")
    assert run.model("log_f0") == Path("build/default/model/log_f0")
    assert run.results("log_f0").errors == Path("build/default/results/log_f0/errors.csv")
    assert os.fspath(run) == "build/default" and run / "corpus" == run.corpus


def test_names_of_figures_and_rankings_may_hold_dots_and_levels():
    results = RunFolder("run").results("semitones")
    assert results.ranking("abs_sum", "all") == results.rankings / "abs_sum" / "all.csv"
    assert results.figure("f0", "pl0001") == results.figures / "f0" / "pl0001.png"
    assert results.figure("f0", "a.b").name == "a.b.png"
