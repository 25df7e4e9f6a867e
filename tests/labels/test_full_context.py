import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patterns import REST

from intonation.errors import LabelError
from intonation.labels.full_context import Labels, parse_labels, read_labels, write_labels
from intonation.labels.label_shape import JAPANESE, LabelShape

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "300"))
FIRST, SECOND = "x^x-pau+a=l" + REST, "x^pau-a+l=a" + REST
TIMED = f"0 1250000 {FIRST}\n1250000 2000000 {SECOND}\n"


def save(tmp_path, content):
    path = tmp_path / "a.lab"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def assert_same_bytes(tmp_path, path):
    write_labels(tmp_path / "copy.lab", read_labels(path))
    assert (tmp_path / "copy.lab").read_bytes() == path.read_bytes()


def test_times_and_texts(tmp_path):
    labels = read_labels(save(tmp_path, TIMED))
    assert labels.texts == [FIRST, SECOND]
    assert labels.starts.tolist() == [0, 1_250_000]
    assert labels.ends.tolist() == [1_250_000, 2_000_000]
    assert labels.starts.dtype == labels.ends.dtype == np.int64
    assert labels.state_ends is None


def test_without_times(tmp_path):
    labels = read_labels(save(tmp_path, f"{FIRST}\n{SECOND}\n"))
    assert labels.starts is None and labels.ends is None
    assert len(labels) == 2


def test_fields_are_columns(tmp_path):
    labels = read_labels(save(tmp_path, TIMED))
    assert labels.fields("p3").tolist() == ["pau", "a"]
    assert labels.fields("h5").tolist() == ["L-L%", "L-L%"]
    with pytest.raises(LabelError, match="found 'k9'"):
        labels.fields("k9")


def test_fields_of_labels_that_were_not_read_say_which_phone_is_wrong():
    with pytest.raises(LabelError, match="phone 2: .*found 'a'"):
        Labels([FIRST, "a"]).fields("p3")


def state_rows(first_state=2, count=5, texts=(FIRST, SECOND), after=""):
    rows, time = [], 0
    for text in texts:
        for state in range(first_state, first_state + count):
            rows.append(f"{time} {time + 50_000} {text}[{state}]{after}\n")
            time += 50_000
    return rows


def test_states_are_joined_into_phones(tmp_path):
    labels = read_labels(save(tmp_path, "".join(state_rows())))
    assert labels.texts == [FIRST, SECOND]
    assert labels.states == (2, 3, 4, 5, 6)
    assert labels.starts.tolist() == [0, 250_000]
    assert labels.ends.tolist() == [250_000, 500_000]
    assert labels.state_ends.tolist()[1] == [300_000, 350_000, 400_000, 450_000, 500_000]


def test_states_without_times(tmp_path):
    labels = read_labels(save(tmp_path, f"{FIRST}[2]\n{FIRST}[3]\n{SECOND}[2]\n{SECOND}[3]\n"))
    assert labels.texts == [FIRST, SECOND]
    assert labels.state_ends is None


def test_two_phones_with_the_same_label_stay_two(tmp_path):
    labels = read_labels(save(tmp_path, "".join(state_rows(texts=(FIRST, FIRST)))))
    assert labels.texts == [FIRST, FIRST]


@pytest.mark.parametrize(
    "content",
    [
        TIMED,
        TIMED.replace("\n", "\r\n"),
        TIMED.replace("\n", "\r"),
        TIMED.rstrip("\n"),
        TIMED + "\n\n",
        "\ufeff" + TIMED,
        TIMED.replace(" ", "\t"),
        TIMED.replace("0 1250000", "         0    1250000"),
        TIMED.replace("1250000 ", "01250000 "),
        f"{FIRST}\n{SECOND}\n",
        f"{FIRST} -86.5\n{SECOND} -10.25\n",
        f"0 1250000 {FIRST} -86.5 word -120.0 ; remark\n1250000 2000000 {SECOND}\n",
        "".join(state_rows()),
        "".join(state_rows(1, 3)).replace("\n", "\r\n"),
        "".join(state_rows(after=" -12.5 " + FIRST)),
        f'#!MLF!#\n"*/a.lab"\n{TIMED}.\n',
        f"0.0 0.125 {FIRST}\n0.125 0.2 {SECOND}\n",
        f"0 0.125 {FIRST}\n0.125 0.2 {SECOND}\n",
    ],
)
def test_every_form_is_read_alike_and_written_as_it_was(tmp_path, content):
    path = save(tmp_path, content.encode())
    labels = read_labels(path)
    assert labels.texts == [FIRST, SECOND]
    if "pau" in content and labels.ends is not None and not labels.states:
        assert labels.ends.tolist() == [1_250_000, 2_000_000]
    assert_same_bytes(tmp_path, path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1250"])
def test_utf_8_and_cp1250(tmp_path, encoding):
    text = TIMED.replace("pau", "ź").replace("+a=", "+ą=")
    path = save(tmp_path, text.encode(encoding))
    assert read_labels(path).fields("p3").tolist() == ["ź", "a"]
    assert read_labels(path, encoding=encoding).fields("p4")[0] == "ą"
    assert_same_bytes(tmp_path, path)


def test_a_no_break_space_parts_no_words(tmp_path):
    text = TIMED.replace("pau", "pa\u00a0u")
    assert read_labels(save(tmp_path, text)).fields("p3")[0] == "pa\u00a0u"


def test_changed_labels_are_written_as_they_are_now(tmp_path):
    read = read_labels(save(tmp_path, TIMED.replace("\n", "\r\n")))
    changed = Labels([SECOND, SECOND], read.starts, read.ends, source=read.source)
    write_labels(tmp_path / "b.lab", changed)
    assert read_labels(tmp_path / "b.lab").texts == [SECOND, SECOND]


def test_made_labels_are_written_plainly(tmp_path):
    ends = np.array([1_250_000, 2_000_000])
    labels = Labels([FIRST, SECOND], np.array([0, 1_250_000]), ends)
    write_labels(tmp_path / "new" / "b.lab", labels)
    assert (tmp_path / "new" / "b.lab").read_text() == TIMED
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["b.lab"]


def test_other_shapes_are_found_or_declared(tmp_path):
    text = (
        "xx^sil-k+o=N/A:-4+1+5/B:xx-xx_xx/C:09_xx+xx/D:xx+xx_xx/E:xx_xx!xx_xx-xx"
        "/F:5_5#0_xx@1_1|1_5/G:xx_xx%xx_xx_xx/H:xx_xx/I:1-5@1+1&1-1|1+5/J:xx_xx/K:1+1-5"
    )
    assert read_labels(save(tmp_path, text)).shape is JAPANESE
    path = save(tmp_path, "0 5 a-b+c/X:1\n5 9 b-c+d/X:2\n")
    with pytest.raises(LabelError, match=r"line 1: expected a full-context label .*shape="):
        read_labels(path)
    mine = LabelShape("mine", "{left}-{phone}+{right}/X:{number}")
    assert read_labels(path, shape=mine).fields("phone").tolist() == ["b", "c"]
    assert_same_bytes_with(tmp_path, path, mine)


def assert_same_bytes_with(tmp_path, path, shape):
    write_labels(tmp_path / "copy.lab", read_labels(path, shape=shape))
    assert (tmp_path / "copy.lab").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "found an empty file"),
        (b" \n\r\n", "found an empty file"),
        (TIMED[:-40].encode(), "line 2: expected a whole full-context label"),
        (b"RIFF\x00\x01\x02\x00WAVEfmt ", "line 1: expected text, found binary data"),
        (b"\x81\x83\x88", "declare encoding="),
        (b"1250000\n", "expected a start and an end time"),
        (b"0 1250000\n", "expected start, end and label"),
        (f"0 1250000 {FIRST}\n{SECOND}\n".encode(), "line 2: expected"),
        (f"{FIRST}\n0 1250000 {SECOND}\n".encode(), "line 2: expected a whole .*found '0'"),
        (f"0 1250000 {FIRST}\n1200000 2000000 {SECOND}".encode(), "line 2: expected a start at"),
        (f"9 12 {FIRST}\n0 8 {SECOND}".encode(), "line 2: expected a start at or after 12"),
        (f"0 0 {FIRST}".encode(), "line 1: expected an end after the start"),
        (f"5 3 {FIRST}".encode(), "line 1: expected an end after the start"),
        (f"-5 3 {FIRST}".encode(), "line 1: expected a time, found '-5'"),
        (f"0 999999999999999999 {FIRST}\n".encode(), "line 1: expected a time, found '9"),
        (f"٠ ٥ {FIRST}\n".encode(), "line 1: expected"),
        ("".join(state_rows()[:-1]).encode(), "the file is truncated"),
        ("".join(state_rows()[:7] + state_rows()[8:]).encode(), r"expected state \[4\]"),
        (f"{FIRST}[2]\n{SECOND}[3]\n".encode(), r"line 2: expected state \[3\] of a phone"),
        (f"{FIRST}[2]\n{SECOND}\n".encode(), r"line 2: expected state"),
        (f'#!MLF!#\n"a"\n{TIMED}.\n"b"\n{TIMED}.\n'.encode(), "line 6: .*one entry"),
        (b'#!MLF!#\n"a"\n.\n', "found an empty file"),
    ],
)
def test_bad_files_are_refused_with_the_line(tmp_path, content, message):
    with pytest.raises(LabelError, match=message):
        read_labels(save(tmp_path, content))


def test_a_missing_file(tmp_path):
    with pytest.raises(LabelError, match=r"none\.lab: expected a label file"):
        read_labels(tmp_path / "none.lab")


def test_a_wrong_or_unknown_declared_encoding(tmp_path):
    path = save(tmp_path, TIMED.replace("pau", "ź"))
    for encoding in ("ascii", "no-such"):
        with pytest.raises(LabelError, match=f"expected text in {encoding}"):
            read_labels(path, encoding=encoding)


def test_a_label_of_a_megabyte(tmp_path):
    text = FIRST.replace("/H:8", "/H:" + "ab" * 500_000)
    assert len(read_labels(save(tmp_path, text)).fields("h1")[0]) == 1_000_000
    with pytest.raises(LabelError) as error:
        read_labels(save(tmp_path, "-" * 1_000_000))
    assert len(str(error.value)) < 1000


PIECES = [b"0", b" ", b"1250000", b"\n", b"\r\n", b"[2]", b"[3]", b"-86.1", b".", b"#!MLF!#"]
PIECES += [FIRST.encode(), SECOND.encode(), b"/A:", b"\x00", b"\xff", b"\xc5\xbc", b"9" * 30]


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4))).map(b"".join))
def test_any_bytes_are_labels_or_a_label_error(data):
    try:
        labels = parse_labels(data)
    except LabelError:
        return
    assert len(labels) == len(labels.fields("p3")) > 0


times = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)
values = st.text("abcąź019%", min_size=0, max_size=3)


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(durations=times, phone=values, states=st.integers(0, 5), newline=st.sampled_from("\n\r"))
def test_whatever_is_written_is_read_back(durations, phone, states, newline):
    ends = np.cumsum(durations)
    text = FIRST.replace("pau", phone)
    rows, start = [], 0
    for end in ends.tolist():
        for state in range(2, 2 + max(states, 1)):
            stop = end if state == 1 + max(states, 1) else start + 1
            if stop <= start:
                return
            rows.append(f"{start} {stop} {text}" + (f"[{state}]" if states else ""))
            start = stop
    data = newline.join(rows).encode()
    labels = parse_labels(data)
    assert labels.ends.tolist() == ends.tolist()
    assert labels.fields("p3").tolist() == [phone] * len(ends)


def test_the_demo_corpus_is_read_whole(shared, tmp_path):
    files = sorted((shared / "hts_demo_cmu" / "labels_gen").glob("*.lab"))
    assert len(files) == 40
    assert sum(len(read_labels(path)) for path in files) == 3664
    assert_same_bytes(tmp_path, files[0])
