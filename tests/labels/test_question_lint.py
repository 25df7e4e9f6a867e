import random
import re
import subprocess
import sys

import pytest
from patterns import LABEL, matches

from intonation.labels.full_context import Labels, read_labels
from intonation.labels.label_shape import ENGLISH, JAPANESE, KNOWN_SHAPES, LabelShape
from intonation.labels.question_file import Question, parse_questions
from intonation.labels.question_lint import (
    always_matches,
    can_match,
    likely_shape,
    lint_questions,
    main,
)
from intonation.labels.question_set import read_questions

SMALL = LabelShape("small", "{a}-{b}/A:{c}")


def problems(text, corpus=None):
    questions = list(parse_questions(text, "test"))
    return [(item.line, item.name, item.problem) for item in lint_questions(questions, corpus)]


def test_a_sound_set_has_no_findings():
    assert problems('QS "a" {*-a+*}\nQS "b" {*-b+*}\nCQS "c" {*@%d_*} MIN=1 MAX=7') == []


@pytest.mark.parametrize(
    ("patterns", "problem"),
    [
        ("-a+", r"can never match .* \(stars missing\?\)"),
        ("*/B:*/A:*", "can never match"),
        ("", "can never match"),
        ("*", "matches every label"),
        ("*/A:*", "matches every label"),
        ("*-*+*=*", "matches every label"),
        ("*-x+*,-aa+*/B", "pattern '-aa.*' can never match"),
        ("*-x+*,", "pattern '' can never match"),
        ("*zz*", "reads no known label field, or several"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(patterns, problem):
    found = problems(f'# comment\nQS "fine" {{*-b+*}}\nQS "odd" {{{patterns}}}')
    assert {(line, name) for line, name, _ in found} == {(3, "odd")}
    assert any(re.match(problem, text) for _, _, text in found)


def test_duplicates_in_name_and_in_patterns():
    found = problems('QS "a" {*-a+*,*-b+*}\nQS "b" {*-b+*,*-a+*}\nQS "a" {*-c+*}\n')
    assert found == [
        (2, "b", "duplicates 'a' in line 1: the same patterns"),
        (3, "a", "has the name of the question in line 1"),
    ]


def test_unclear_numeric_questions():
    (finding,) = problems('CQS "n" {*@1_*}')
    assert "expected a numeric question" in finding[2]
    assert problems('CQS "n" {*@%d_*} MIN=2 MAX=1')[0][2] == "expected MIN below MAX, found 2 and 1"


FORM = LABEL.replace("-b+", "-{}+").replace("@1_", "@{}_")


def test_constant_and_equal_answers_on_a_corpus():
    corpus = [Labels([FORM.format("a", 1), FORM.format("b", 2)])]
    text = (
        'QS "a" {*-a+*}\nQS "c" {*-c+*}\nQS "first" {*@1_*}\nQS "hh" {hh^*}\n'
        'CQS "n" {*@%d_*}\nCQS "four" {*_%d/A:*}\n'
    )
    assert problems(text, corpus) == [
        (2, "c", "is 0 for all 2 phones of the corpus"),
        (3, "first", "has the answers of 'a' (line 1) on all 2 phones"),
        (4, "hh", "is 1 for all 2 phones of the corpus"),
        (6, "four", "is 4 for all 2 phones of the corpus"),
    ]


def test_the_demo_set_and_corpus(shared):
    questions = read_questions(shared / "hts_demo_cmu" / "questions_qst001.hed").questions
    assert [item.name for item in lint_questions(questions)] == [
        f"{place}-Glide" for place in ("LL", "L", "C", "R", "RR")
    ]
    files = sorted((shared / "hts_demo_cmu" / "labels_gen").glob("*.lab"))
    findings = lint_questions(questions, [read_labels(path) for path in files])
    assert sum(item.problem.startswith("is ") for item in findings) == 186


def test_the_likely_shape():
    assert likely_shape([Question("a", ("*-a+*",)), Question("b", ("*_4/A:*",))]) is ENGLISH
    japanese = [Question("a", ("*/K:1+*",)), Question("b", ("*-a+*",))]
    assert likely_shape(japanese) is JAPANESE


def test_can_match_against_labels_of_the_shape():
    """Every pattern cut from a label of the shape can match; a few others cannot."""
    generator = random.Random(1)
    for _ in range(300):
        values = ["".join(generator.choices("xy?", k=generator.randint(0, 2))) for _ in range(3)]
        label = f"{values[0]}-{values[1]}/A:{values[2]}"
        pattern = "".join(generator.choice((char, char, "?", "*")) for char in label)
        if matches(pattern, label):
            assert can_match(pattern, SMALL), (pattern, label)
    for pattern in ("x/A:y", "-", "*/B:*", "*/A:*/A:*", "x-y/A:z/", "*--x-*/A:*-/A", "?-?/A"):
        assert not can_match(pattern, SMALL), pattern
    assert all(can_match("*", shape) for shape in KNOWN_SHAPES)


@pytest.mark.parametrize(
    ("patterns", "always"),
    [
        (["*-*"], True),
        (["*-*/A:*"], True),
        (["*/A:*", "zz*"], True),
        (["-*", "?*-*"], True),
        (["*?-*"], False),
        (["*x*"], False),
        (["*-?*"], True),
        (["*-*", ""], True),
        ([], False),
        ([""], False),
        (["*/*A*:*"], True),
        (["*:?*"], False),
    ],
)
def test_always_matches(patterns, always):
    assert always_matches(patterns, SMALL) is always


def test_the_command_line_lints(tmp_path, capsys):
    path = tmp_path / "a.hed"
    path.write_text('QS "a" {*-a+*}\n')
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == "1 questions, 0 findings\n"
    path.write_text('QS "a" {*-a+*}\nQS "b" {-a+}\n')
    assert main([str(path)]) == 1
    assert f"{path}:2: b: can never match" in capsys.readouterr().out
    (tmp_path / "l.lab").write_text("\n".join([FORM.format("a", 1), FORM.format("b", 2)]))
    assert main([str(path), "--labels", str(tmp_path)]) == 1
    assert "b: is 0 for all 2 phones" in capsys.readouterr().out
    path.write_text("QS {")
    assert main([str(path)]) == 2
    assert "expected a question name" in capsys.readouterr().err


def test_the_module_is_a_command(tmp_path):
    path = tmp_path / "a.hed"
    path.write_text('QS "a" {*}\n')
    command = [sys.executable, "-m", "intonation.labels.question_lint", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "a: matches every label" in done.stdout
    assert done.stderr == ""
