"""Files made to do harm: every reader answers with its own error, and executes nothing.

State to resume: `model/test_resume.py`; archives of jobs: `book/test_cloud_parts.py`; ids in the
tables of recordings: `corpus/test_intake.py`; requests: `book/test_service_parts.py`.
"""

import json
import pickle
import struct
import subprocess
import sys
import zipfile

import pytest
from builders import QUESTIONS, Malicious, make_model, make_utterance

from intonation.book.cloud.hyperparameters import read_object
from intonation.book.service.settings import find_source
from intonation.book.verify.summary import read_summary
from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.corpus import TABLE_COLUMNS, open_corpus
from intonation.corpus.f0 import read_lf0
from intonation.corpus.features import load_features
from intonation.corpus.hts_tree import find_tree, read_cmp_column
from intonation.corpus.sounds import read_sound
from intonation.errors import IntonationError, ModelError
from intonation.evaluation.ranking_intervals import load_sums
from intonation.labels.full_context import read_labels
from intonation.labels.question_set import read_questions
from intonation.lrp.ranking import load_aggregates, read_ranking
from intonation.lrp.store import load_relevance
from intonation.model.network import CONFIG, WEIGHTS, load_model, save_model
from intonation.provenance import Note, read_json

HUGE = 10**12


def read_relevance(path):
    model = make_model("semitones")
    return load_relevance(path, model, make_utterance([("L-L%", "'ta.no")]))


def read_excluded(path):
    table = ",".join(TABLE_COLUMNS) + "\n"
    (path.parent / "utterances.csv").write_text(table)
    return open_corpus(path.parent).excluded


def read_served(path):
    (path.parent / "questions.hed").write_text(QUESTIONS)
    return find_source(path.parent, None, None)


def saved(folder):
    save_model(make_model("semitones").float(), folder)
    return folder


def read_weights(path):
    other = saved(path.parent / "other")
    (path.parent / CONFIG).write_bytes((other / CONFIG).read_bytes())
    return load_model(path.parent)


def read_config(path):
    other = saved(path.parent / "other")
    (path.parent / WEIGHTS).write_bytes((other / WEIGHTS).read_bytes())
    return load_model(path.parent)


ARRAYS = {
    "features": ("features.npz", load_features),
    "aggregates": ("aggregates.npz", load_aggregates),
    "sums": ("utterance_sums.npz", load_sums),
    "relevance": ("u1.npz", read_relevance),
}
READERS = ARRAYS | {
    "weights": (WEIGHTS, read_weights),
    "configuration": (CONFIG, read_config),
    "configuration served": (CONFIG, read_served),
    "configuration of a summary": ("summary.json", read_summary),
    "hyperparameters": ("hyperparameters.json", read_object),
    "labels": ("u1.lab", read_labels),
    "questions": ("questions.hed", read_questions),
    "times": ("u1.TextGrid", read_textgrid),
    "F0": ("u1.lf0", read_lf0),
    "F0 of HTK": ("u1.cmp", lambda path: read_cmp_column(path, 0)),
    "table": ("utterances.csv", lambda path: open_corpus(path.parent)),
    "exclusions": ("excluded.csv", read_excluded),
    "ranking": ("general.csv", read_ranking),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("protocol", [0, 4])  # as text, as bytes
def test_a_pickle_is_refused_and_not_executed(tmp_path, reader, protocol):
    evil = tmp_path / "evil"
    name, read = READERS[reader]
    (tmp_path / name).write_bytes(pickle.dumps(Malicious(evil), protocol))
    with pytest.raises(IntonationError, match=str(tmp_path)):
        read(tmp_path / name)
    assert not evil.exists()


@pytest.mark.parametrize("content", [b"[" * 100_000, b"[1]", b"\xff\xfe", b"null"])
def test_json_that_is_no_object(tmp_path, content):
    for name, read in (READERS[one] for one in READERS if one.startswith(("conf", "hyper"))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(IntonationError):
            read(tmp_path / name)
    assert read_json(tmp_path / CONFIG) == {}


@pytest.mark.parametrize("files", [["/etc/passwd"], "/etc/passwd", 1])
def test_a_note_whose_files_are_none_does_not_hold(tmp_path, files):
    note = Note(tmp_path, "weights", {})
    note.begin()
    note.path.write_text(json.dumps({"made_from": {}, "files": files}))
    assert not note.holds()


# --- arrays ---------------------------------------------------------------------------------------


def npy(shape, kind="<f8", content=bytes(16)):
    """The bytes of an array file that says anything."""
    head = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + content


def alter(path, content, suffix=".npy"):
    """Replace every array of an archive, whatever its name."""
    names = ["ids", "questions", "offsets", "packed", "numeric", "numbers", "positive", "negative"]
    names += ["reached", "inputs", "format", "frames", "values", "model", "signal"]
    names += ["absorbed", "explained"]
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(f"{name}{suffix}", content)


@pytest.mark.parametrize("reader", ARRAYS)
@pytest.mark.parametrize(
    "content",
    [
        npy((HUGE,)),
        npy((10**7, 10**7)),
        npy((2**63,)),
        npy((-1,)),
        npy((1,), "<U1000000000"),
        npy((1,), "|O", pickle.dumps(1)),
        npy((9,)),
        npy((2,)),  # of no use, but whole
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 300) + b"(" * 300,
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 60_000) + b"(" * 60_000,
        b"no array",
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ""])
def test_an_array_that_cannot_be_is_the_readers_own_error(tmp_path, reader, content, suffix):
    name, read = ARRAYS[reader]
    alter(tmp_path / name, content, suffix)
    with pytest.raises(IntonationError, match=name):
        read(tmp_path / name)


@pytest.mark.parametrize("reader", ARRAYS)
def test_members_that_leave_their_archive_are_not_even_read(tmp_path, reader):
    name, read = ARRAYS[reader]
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / name, "w") as archive:
        for member in ("../evil.npy", "/tmp/evil.npy", "../../evil"):
            archive.writestr(member, npy((2,)))
    with pytest.raises(IntonationError, match=name):
        read(tmp_path / "in" / name)
    assert {path.name for path in tmp_path.rglob("*")} == {"in", name}


# --- weights --------------------------------------------------------------------------------------


def tensors(described, content=b""):
    head = json.dumps(described).encode()
    return struct.pack("<Q", len(head)) + head + content


def one(shape, end):
    return {"project.weight": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}}


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 2**64 - 1) + b"{}",
        struct.pack("<Q", 50_000_000) + b"{}",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
        tensors(one([HUGE], 4 * HUGE)),
        tensors(one([1], 2**63), bytes(4)),
        tensors(one([1], 4), bytes(4)),
        b"",
    ],
)
def test_weights_that_cannot_be_are_refused(tmp_path, content):
    (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="holds no model of this version"):
        read_weights(tmp_path / WEIGHTS)


@pytest.mark.parametrize(
    "changes",
    [
        *({"num_layers": n} for n in (0, 2, 12, 10**6, True, "3", 2.0, None)),
        *({"hidden_size": n} for n in (7, 4096, HUGE, -6)),
        *({"stacks": n} for n in (8, HUGE)),
        *({"kernel_size": n} for n in (9, HUGE, -1)),
        *({"questions": n} for n in (["q"], [[1]], 5, {})),
        *({"target": n} for n in ("log_f0", "f0", ["semitones"])),
        *({"dropout": n} for n in (5, float("nan"))),
        {"__class__": "os.system"},
    ],
)
def test_a_configuration_cannot_ask_for_another_network_than_its_weights(tmp_path, changes):
    folder = saved(tmp_path)
    known = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(known | changes))
    with pytest.raises(ModelError, match="holds no model of this version"):
        load_model(folder)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "..", "a/b", ".hidden", "", "a\x00b"])
def test_the_id_of_an_utterance_cannot_leave_its_folder(tmp_path, name):
    row = dict.fromkeys(TABLE_COLUMNS, "1") | {"id": name}
    lines = [",".join(TABLE_COLUMNS), ",".join(row.values())]
    (tmp_path / "utterances.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(IntonationError, match=r"utterances\.csv"):
        open_corpus(tmp_path)


def test_a_file_that_is_just_being_written_is_no_question_set(tmp_path):
    folder = tmp_path / "data" / "questions"
    folder.mkdir(parents=True)
    (folder / ".questions_qst001.hed.7.part.hed").write_text('QS "half" {*-a+*}\n')
    (tmp_path / "data" / "labels" / "full").mkdir(parents=True)
    with pytest.raises(IntonationError, match="found none; keep just one"):
        _ = find_tree(tmp_path).questions


# --- times ----------------------------------------------------------------------------------------

TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 1
tiers? <exists>
size = {tiers}
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 1
        intervals: size = {intervals}
"""


@pytest.mark.parametrize(("tiers", "intervals"), [(HUGE, 1), (1, HUGE), (2, 10**9), (HUGE, -1)])
def test_a_textgrid_that_promises_more_than_it_has(tmp_path, tiers, intervals):
    path = tmp_path / "u1.TextGrid"
    path.write_text(TEXTGRID.format(tiers=tiers, intervals=intervals))
    with pytest.raises(IntonationError, match="is no TextGrid that Praat can read"):
        read_textgrid(path)


def test_a_script_of_praats_is_not_run(tmp_path):
    (tmp_path / "u1.TextGrid").write_text(f'writeFile: "{tmp_path}/evil", "x"\n')
    with pytest.raises(IntonationError):
        read_textgrid(tmp_path / "u1.TextGrid")
    assert not (tmp_path / "evil").exists()


def riff(promised, content=b""):
    """A WAV whose header promises so many bytes of sound."""
    head = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x80>\0\0\0}\0\0\2\0\x10\0"
    return head + b"data" + struct.pack("<I", promised) + content


def test_a_recording_that_promises_more_than_it_has(tmp_path):
    for content in (riff(2**26 - 1, b"\1\0"), riff(0)[:-4], pickle.dumps(1)):
        (tmp_path / "u1.wav").write_bytes(content)
        with pytest.raises(IntonationError, match=r"u1\.wav is (no audio file|d)"):
            read_sound(tmp_path / "u1.wav")


BOUNDED = """
import resource, sys
from pathlib import Path
from intonation.corpus.alignment.textgrids import read_textgrid
from intonation.corpus.sounds import read_sound
from intonation.errors import UtteranceError

most = 4 * 2**30  # bytes; Praat would ask for twice that, and use them
resource.setrlimit(resource.RLIMIT_AS, (most, most))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path, read in zip(map(Path, sys.argv[1:]), (read_sound, read_textgrid)):
    try:
        read(path)
    except UtteranceError as error:
        print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, "KiB more")
"""


def test_what_a_header_promises_is_not_allocated(tmp_path):
    """More than two gigabytes of samples in a file of 150 bytes, as a recording and as times."""
    paths = [tmp_path / "u1.wav", tmp_path / "u1.TextGrid"]
    for path in paths:
        path.write_bytes(riff(2**31 + 2**20, bytes(100)))
    command = [sys.executable, "-c", BOUNDED, *map(str, paths)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told[0] == (
        "u1.wav is damaged (its header promises 2148532224 bytes of sound, it has 100); copy it "
        "again"
    )
    assert told[1] == f"{paths[1]} is no TextGrid that Praat can read"
    assert int(told[2].split()[0]) < 50_000
