"""Reproduced or not: what is compared, what counts as close, and what a bad file is answered."""

import json
import shutil

import pandas as pd
import pytest

from intonation.book.dependencies import LAST, chapters
from intonation.book.verify.__main__ import DEFAULT_RUN, main
from intonation.book.verify.comparison import compare, other_conditions
from intonation.book.verify.kinds import kind_of_column
from intonation.book.verify.prose import VerificationError, numbers, paragraphs, words
from intonation.book.verify.summary import read_summary, summarise, write_summary
from intonation.parameters import Parameters

SAID = """RMSE 0.63 semitones against 0.81 for ridge; mean correlation 0.88. In `pl0039` 36,502
phones of 70 utterances; biases took 39 %.

The network's error is lower than both."""
ERRORS = {"id": ["a", "b"], "rmse_hz": [6.0, 8.0], "correlation": [0.8, 0.9]}
GROUPS = [f"G{n:02}" for n in range(20)]
RANKING = "results/semitones/rankings/abs_sum/general.csv"


def notebook(*told):
    outputs = [{"output_type": "display_data", "data": {"text/markdown": text}} for text in told]
    return json.dumps({"cells": [{"cell_type": "code", "outputs": outputs}]})


def write_ranking(out, groups):
    table = pd.DataFrame({"group": groups, "sum": range(len(groups), 0, -1)})
    table.to_csv(out / RANKING, index=False)


@pytest.fixture
def run(tmp_path):
    """A run folder with a chapter, the last chapter, a table and a ranking."""
    out = tmp_path / "run"
    for folder in ("notebooks/semitones", "results/semitones/rankings/abs_sum", "site/html"):
        (out / folder).mkdir(parents=True)
    (out / "notebooks/semitones/04_predictions.ipynb").write_text(notebook(SAID))
    (out / "notebooks" / f"{LAST}.ipynb").write_text(notebook("It took 7 minutes."))
    pd.DataFrame(ERRORS).to_csv(out / "results/semitones/errors.csv", index=False)
    write_ranking(out, GROUPS)
    (out / "site/html/index.html").write_text("")
    record = {"profile": "smoke", "parameters": {"seed": 1, "cpu_count": 2}}
    record |= {"corpus": {"source": "nemo"}, "versions": {"torch": "2"}}
    (out / "run.json").write_text(json.dumps(record))
    return out


@pytest.fixture
def other(run, tmp_path):
    return shutil.copytree(run, tmp_path / "other")


def unlike(run, other, verdict="different"):
    """What is not the same, as (what, about)."""
    rows = compare(summarise(run), summarise(other))
    found = rows[rows["verdict"] != "same"]
    assert set(found["verdict"]) <= {verdict}
    return found


def test_numbers_are_found_in_sentences_and_not_in_names():
    text = "At 10⁻⁶ in `pl0039`, version 2.1.2, 1,265 ms: −0.5 and 3.8e-07, 5 %, 2, 3-fold (x1)."
    assert [one.value for one in numbers(text)] == [1265, -0.5, 3.8e-07, 5, 2, 3]
    assert words("2 of 3") == "# of #"


@pytest.mark.parametrize(
    "text, kind",
    [
        ("RMSE 0.63 semitones", "semitones"),
        ("between 6.0 Hz", "Hz"),
        ("differs by +0.077 ln Hz", "ln Hz"),
        ("absorbed 39 % of it", "percent"),
        ("Kendall's tau between them: 0.76", "correlation"),
        ("70 test utterances", "count"),
        ("a median of 15.5 in all", "number"),
        ("The largest gap of an utterance is 0.0016", "rounding"),
        ("lies within 1.1 ranks", "ranks"),
    ],
)
def test_a_number_is_of_the_kind_that_the_words_beside_it_say(text, kind):
    (number,) = numbers(text)
    assert number.kind.name == kind


@pytest.mark.parametrize(
    "column, kind",
    [
        ("rmse_semitones", "semitones"),
        ("p_holm", "probability"),
        ("rows", "count"),
        ("z", "number"),
    ],
)
def test_a_column_is_of_the_kind_that_its_name_says(column, kind):
    assert kind_of_column(column).name == kind


def test_two_runs_that_are_alike_are_the_same(run, other, capsys):
    assert main([str(run), "--with", str(other)]) == 0
    told = json.loads((run / "verification/verdict.json").read_text())
    assert told["verdict"] == "same" and told["other_conditions"] == []
    assert told["counts"]["number"] == {"same": 6, "close": 0, "different": 0}
    assert set(pd.read_csv(run / "verification/comparison.csv")["verdict"]) == {"same"}
    assert "made alike" in capsys.readouterr().out


@pytest.mark.parametrize(
    "printed, verdict", [("0.64 semitones", "close"), ("0.93 semitones", "different")]
)
def test_a_number_in_prose(run, other, printed, verdict):
    path = other / "notebooks/semitones/04_predictions.ipynb"
    path.write_text(path.read_text().replace("0.63 semitones", printed))
    (row,) = unlike(run, other, verdict).itertuples()
    assert (row.what, row.first, row.second) == ("number", "0.63", printed.split()[0])
    assert "RMSE [#] semitones against 0.81" in row.about


def test_a_conclusion_that_turned_round_is_different(run, other):
    path = other / "notebooks/semitones/04_predictions.ipynb"
    path.write_text(path.read_text().replace("is lower", "is **not** lower"))
    (row,) = unlike(run, other).itertuples()
    assert row.what == "words" and "**not** lower" in row.second and "**not**" in row.about


def test_a_paragraph_that_only_one_says_moves_no_other(run, other):
    path = other / "notebooks/semitones/04_predictions.ipynb"
    path.write_text(notebook("A new one, of 3 words.", SAID))
    (row,) = unlike(run, other).itertuples()
    assert (row.what, row.first) == ("words", "–")


@pytest.mark.parametrize("factor, verdict", [(1.02, "close"), (1.5, "different")])
def test_a_column_of_a_table(run, other, factor, verdict):
    table = pd.DataFrame(ERRORS)
    table["rmse_hz"] *= factor
    table.to_csv(other / "results/semitones/errors.csv", index=False)
    (row,) = unlike(run, other, verdict).itertuples()
    assert (row.place, row.kind) == ("results/semitones/errors.csv", "Hz")
    assert row.about == "rmse_hz, greatest" and float(row.first) == 8


@pytest.mark.parametrize(
    "groups, verdict",
    [
        ([*GROUPS[:-2], GROUPS[-1], GROUPS[-2]], "close"),  # the last two turned
        ([GROUPS[1], GROUPS[0], *GROUPS[2:]], "different"),  # another one first
        (GROUPS[:10] + GROUPS[:9:-1], "different"),  # half of it turned
        ([*GROUPS[:-1], "NEW"], "different"),
    ],
)
def test_a_ranking(run, other, groups, verdict):
    write_ranking(other, groups)
    rows = unlike(run, other, verdict)
    assert list(rows["what"]) == ["ranking"] and list(rows["place"]) == [RANKING]


def test_what_only_one_run_has_is_different(run, other):
    (other / "site/html/index.html").rename(other / "site/html/cover.html")
    (other / RANKING).unlink()
    rows = unlike(run, other)
    assert set(zip(rows["what"], rows["place"], strict=True)) == {
        *(("file", f"site/html/{name}.html") for name in ("index", "cover")),
        *((what, RANKING) for what in ("table", "ranking")),
    }


def test_other_conditions_are_told_but_judged_by_results_alone(run, other, capsys):
    record = json.loads((other / "run.json").read_text())
    record["parameters"] |= {"seed": 2, "cpu_count": 9}
    record["corpus"]["source"] = "mine\x1b[31m"
    (other / "run.json").write_text(json.dumps(record))
    conditions = other_conditions(summarise(run), summarise(other))
    assert sorted(conditions) == ["corpus: source nemo / mine\x1b[31m", "parameters: seed 1 / 2"]
    assert main([str(run), "--with", str(other)]) == 0
    shown = capsys.readouterr().out
    assert "not made alike" in shown and "seed 1 / 2" in shown and "\x1b" not in shown


def test_a_difference_ends_with_1_and_is_named(run, other, capsys):
    write_ranking(other, GROUPS[::-1])
    assert main([str(run), "--with", str(other)]) == 1
    shown = capsys.readouterr().out
    assert f"different: ranking (1)\n  {RANKING}" in shown
    assert "G00 > G01 > G02 / G19 > G18 > G17" in shown


def test_a_summary_stands_for_its_run(run, other, tmp_path):
    stored = tmp_path / "stored.json"
    assert main([str(run), "--write", str(stored)]) == 0
    assert read_summary(stored) == summarise(run)
    assert main([str(other), "--with", str(stored)]) == 0
    assert not (run / "verification").exists()


def test_the_stored_default_run_is_one_of_these_chapters_and_parameters():
    """Else it is to be stored again, from a default run: make verify WRITE=…"""
    stored = read_summary(DEFAULT_RUN)
    assert set(stored.prose) == set(chapters()) - {LAST}
    assert stored.run["parameters"].pop("profile") == "default"
    known = {k: str(v) for k, v in vars(Parameters()).items() if k in stored.run["parameters"]}
    assert known == stored.run["parameters"]
    assert {ranking.split("/")[1] for ranking in stored.rankings} == {
        *("semitones", "log_f0", "truth")
    }
    assert DEFAULT_RUN.stat().st_size < 300_000


BAD = [
    "",
    "[1]",
    "[" * 10_000,
    '{"format": 2}',
    '{"format": NaN}',
    '{"format": 1}',
    '{"format": 1, "groups": "G"}',
]


def changed(stored, name, value):
    return json.dumps(json.loads(stored) | {name: value})


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_summary_is_refused(run, tmp_path, text, capsys):
    path = tmp_path / "bad.json"
    path.write_text(text)
    assert main([str(run), "--with", str(path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ") and "bad.json" in told and "--write" in told


@pytest.mark.parametrize(
    "name, value",
    [
        ("rankings", {"a": [99]}),
        ("rankings", {"a": [-1]}),
        ("rankings", {"a": [True]}),
        ("rows", {"a": "7"}),
        ("rows", {"a": 10**400}),
        ("columns", {"a": {"b": [1, 2]}}),
        ("columns", {"a": {"b": [1, 2, "3"]}}),
        ("prose", ["a"]),
        ("names", {"a": 1}),
    ],
)
def test_a_spoilt_summary_is_refused(run, tmp_path, name, value):
    path = tmp_path / "spoilt.json"
    write_summary(path, summarise(run))
    path.write_text(changed(path.read_text(), name, value))
    with pytest.raises(VerificationError, match=r"spoilt\.json is no summary"):
        read_summary(path)


@pytest.mark.parametrize(
    "spoilt, content, told",
    [
        ("run.json", "{", "execute the whole book"),
        ("run.json", '{"corpus": 1}', "does not tell"),
        ("notebooks/semitones/04_predictions.ipynb", '{"cells": [3]}', "execute the chapter again"),
        ("notebooks/semitones/04_predictions.ipynb", None, "no executed chapter"),
        ("results/semitones/errors.csv", 'a\n"b', "no table"),
        ("results/semitones/errors.csv", "a,b\n1\n2,3,4\n", "no table"),
    ],
)
def test_a_spoilt_run_is_refused_by_the_name_of_its_file(run, spoilt, content, told):
    path = run / spoilt
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(VerificationError, match=told):
        summarise(run)


def test_the_last_chapter_tells_of_the_run_and_is_compared_with_nothing(run, other):
    (other / f"notebooks/{LAST}.ipynb").unlink()
    assert len(unlike(run, other)) == 0


def test_tables_without_rows_or_numbers_are_compared_too(run, other):
    for out in (run, other):
        (out / "results/semitones/errors.csv").write_text("")
        (out / "results/semitones/none.csv").write_text("id,rmse\n")
        (out / "results/semitones/inf.csv").write_text("id,rmse\n1,inf\n")
    assert len(unlike(run, other)) == 0


def test_a_picture_says_nothing(tmp_path):
    path = tmp_path / "a.ipynb"
    picture = {"data": {"text/markdown": "![](x.png)", "image/png": "aaaa"}}
    path.write_text(json.dumps({"cells": [{"outputs": [picture]}, {"source": "x"}]}))
    assert paragraphs(path) == []
