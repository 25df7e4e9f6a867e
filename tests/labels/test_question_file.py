import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intonation.errors import QuestionError
from intonation.labels.question_file import (
    Question,
    format_question,
    load_questions,
    parse_questions,
    write_questions,
)

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "300"))


def parse(text):
    return list(parse_questions(text, "test.hed"))


@pytest.mark.parametrize(
    "text",
    [
        'QS "a b" {*-a+*,*-b+*}',
        'QS\t"a b"\t\t{*-a+*,*-b+*}\n',
        '  QS "a b" { *-a+* , *-b+* }  # both\n\n \n',
        "QS 'a b' {\"*-a+*\",'*-b+*'}",
        'QS "a b"\n{\n  *-a+*,\n\t*-b+*\n}',
        '# first\n#second\nQS "a b"{*-a+*,"*-b+*"}\r\n',
        '\ufeffQS "a b" {*-a+*, *-b+*}',
    ],
)
def test_every_way_to_write_a_question(text):
    assert parse(text) == [Question("a b", ("*-a+*", "*-b+*"))]


def test_bare_names_and_marks_in_patterns():
    assert parse("QS C-a==1 {*_1/A:*,*=h#@*,a'^*,x\"*}")[0] == Question(
        "C-a==1", ("*_1/A:*", "*=h#@*", "a'^*", 'x"*')
    )


def test_lines_are_where_questions_start():
    questions = parse('\nQS "a" {x}\n\n# no\nQS "b"\n{y,\nz}\nCQS "c" {%d}')
    assert [(item.name, item.line) for item in questions] == [("a", 2), ("b", 5), ("c", 8)]


@pytest.mark.parametrize(
    ("text", "patterns"),
    [("{}", ()), ("{ }", ()), ("{x,}", ("x", "")), ("{,}", ("", "")), ('{""}', ("",))],
)
def test_nothing_and_empty_patterns_are_kept(text, patterns):
    assert parse(f'QS "a" {text}')[0].patterns == patterns


def test_numeric_questions_may_declare_a_range():
    plain, ranged = parse('CQS "a" {@(\\d+)_}\nCQS "b" {*@%d_*} MIN=-1 MAX=7.5 # range\n')
    assert plain == Question("a", ("@(\\d+)_",), numeric=True)
    assert ranged == Question("b", ("*@%d_*",), numeric=True, limits=(-1.0, 7.5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('QS "a" {x}\nQS "b" {x\nQS "c" {x}', "line 3: expected ',' or '}'"),
        ('QS "a" {x', "expected ',' or '}' .*found the end of the file"),
        ('QS "a" x}', "expected '{' after the question name 'a', found 'x}'"),
        ('QS "a" {x}}', "line 1: expected QS or CQS, found '}'"),
        ('QS "a" {{x}', "expected ',' or '}'"),
        ('QS "a {x}\n"', "expected a closing quote on the same line"),
        ('QS "a" {"x}', "expected a closing quote"),
        ("QS {x}", "expected a question name"),
        ('QS "" {x}', "expected a question name"),
        ('TB 100 "a" {x}', "expected QS or CQS, found 'TB"),
        ('QS "a" {x y}', "expected ',' or '}'"),
        ('CQS "a" {%d} MIN=1', "expected QS or CQS, found 'MIN=1'"),
        ("QS", "expected a question name, found the end of the file"),
    ],
)
def test_broken_records_are_refused_with_the_line(text, message):
    with pytest.raises(QuestionError, match=f"test.hed, .*{message}"):
        parse(text)


def test_files_in_utf_8_or_cp1250_or_neither(tmp_path):
    path = tmp_path / "a.hed"
    for encoding in ("utf-8", "cp1250"):
        path.write_bytes('QS "ż" {*-ą+*}'.encode(encoding))
        assert load_questions(path) == [Question("ż", ("*-ą+*",))]
    path.write_bytes(b'QS "a" {x}\n\x00\x01')
    with pytest.raises(QuestionError, match="line 2: expected text, found binary"):
        load_questions(path)
    with pytest.raises(QuestionError, match="expected a question file"):
        load_questions(tmp_path / "none.hed")


def test_a_name_on_two_lines_cannot_be_written():
    with pytest.raises(QuestionError, match="on one line"):
        format_question(Question("a\nb", ("x",)))


words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=8)
numbers = st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.3f}"))


@st.composite
def any_question(draw):
    name = draw(words.filter(bool))
    patterns = tuple(draw(st.lists(words, max_size=4)))
    if draw(st.booleans()):
        return Question(name, patterns)
    limits = draw(st.one_of(st.none(), st.tuples(numbers, numbers)))
    return Question(name, patterns, True, limits)


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.lists(any_question(), max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory, questions):
    path = tmp_path_factory.mktemp("q") / "a.hed"
    write_questions(path, questions)
    assert load_questions(path) == questions


PIECES = ["QS", "CQS", " ", "\n", '"', "'", "{", "}", ",", "*", "?", "%d", "\\", "#", "a", "MIN=1"]


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=2))).map("".join))
def test_any_text_is_questions_or_a_question_error(text):
    try:
        questions = parse(text)
    except QuestionError:
        return
    again = "\n".join(map(format_question, questions))
    assert parse(again) == questions


@pytest.mark.parametrize(
    "text", ['QS "' + "a\\" * 500_000, "QS a {" + "," * 1_000_000, "#" * 10**6]
)
def test_a_megabyte_of_anything_is_read_or_refused(text):
    try:
        parse(text)
    except QuestionError as error:
        assert len(str(error)) < 500
