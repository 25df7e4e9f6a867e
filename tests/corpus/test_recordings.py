"""Finding recordings and texts in folders as people really lay them out."""

import os

import pytest

from intonation.corpus.recordings import Recording, list_recordings, source_stamp
from intonation.errors import CorpusError


def lay_out(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def listed(folder):
    """Text and speaker of what can be used, reason for what cannot, both by id."""
    usable, unusable = list_recordings(folder)
    assert len({item.id for item in usable}) == len(usable)
    return (
        {item.id: (item.text, item.speaker) for item in usable},
        {item.id: reason for item, reason in unusable},
    )


# --- tables ---------------------------------------------------------------------------------------


def test_a_table_like_nemos_with_stray_spaces(tmp_path):
    table = (
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tage\n"
        'AB1_1.wav\tneutral\tRzekł: "tak, wiem".\trzekł tak wiem\t        AB1\t27\n'
        " CD2_1.wav\tneutral\tPada; wieje.  \tpada wieje\tCD2 \t28\n"
    )
    lay_out(
        tmp_path, {"data.tsv": table, "samples/AB1_1.wav": b"RIFF", "samples/CD2_1.wav": b"RIFF"}
    )
    usable, unusable = listed(tmp_path)
    assert usable == {"AB1_1": ('Rzekł: "tak, wiem".', "AB1"), "CD2_1": ("Pada; wieje.", "CD2")}
    assert unusable == {}


def test_a_table_like_ljspeechs(tmp_path):
    table = (
        'LJ-1|Rzekł: "tak", a potem nic.|rzekł tak a potem nic\nLJ-2|"Pada", rzekł.|pada rzekł\n'
    )
    lay_out(tmp_path, {"metadata.csv": table, "wavs/LJ-1.wav": b"", "wavs/LJ-2.flac": b""})
    usable, unusable = listed(tmp_path)
    assert usable == {
        "LJ-1": ('Rzekł: "tak", a potem nic.', "speaker"),
        "LJ-2": ('"Pada", rzekł.', "speaker"),
    }
    assert unusable == {}


@pytest.mark.parametrize(
    "table",
    [
        'path,sentence\nclips/a.wav,"Pada, wieje."\n',
        'PATH;Sentence\nclips/a.wav;"Pada, wieje."\n',
        "id\ttext\nclips/a\tPada, wieje.\n",
        "sentence\tpath\nPada, wieje.\tclips/a.wav\n",
        "id|text\r\na|Pada, wieje.\r\n",
        "a\tPada, wieje.\n",
        "\n\na.wav\tPada, wieje.\n\n",
    ],
)
def test_delimiters_and_orders_of_columns(tmp_path, table):
    lay_out(tmp_path, {"metadata.csv": table, "clips/a.wav": b""})
    usable, unusable = listed(tmp_path)
    assert usable == {"a": ("Pada, wieje.", "speaker")}
    assert unusable == {}


def test_a_table_without_header_may_name_the_speaker_third(tmp_path):
    lay_out(tmp_path, {"utterances.tsv": "a\tPada.\tEwa\n", "a.wav": b""})
    assert listed(tmp_path)[0] == {"a": ("Pada.", "Ewa")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
def test_encodings_of_tables_and_texts(tmp_path, encoding):
    text = "Zażółć gęślą jaźń."
    files = {
        "data.tsv": f"id\ttext\na\t{text}\n".encode(encoding),
        "a.wav": b"",
        "b.wav": b"",
        "b.txt": text.encode(encoding),
    }
    assert listed(lay_out(tmp_path, files))[0] == {"a": (text, "speaker"), "b": (text, "speaker")}


def test_a_dotted_name_is_not_shortened(tmp_path):
    files = {"data.tsv": "id\ttext\nv1.02\tPada.\nv1.03.wav\tWieje.\n"}
    lay_out(tmp_path, files | {"v1.02.wav": b"", "v1.03.WAV": b""})
    assert listed(tmp_path)[0] == {"v1.02": ("Pada.", "speaker"), "v1.03": ("Wieje.", "speaker")}


def test_a_recording_named_twice_stops_before_a_wrong_text_is_used(tmp_path):
    lay_out(tmp_path, {"data.tsv": "id\ttext\na\tPada.\nx/a.wav\tWieje.\n", "a.wav": b""})
    with pytest.raises(CorpusError, match=r"data\.tsv names a twice; keep one line"):
        list_recordings(tmp_path)


def test_a_row_without_recording_is_reported(tmp_path):
    lay_out(tmp_path, {"data.tsv": "id\ttext\na\tPada.\nb\tWieje.\n", "a.wav": b""})
    usable, unusable = listed(tmp_path)
    assert set(usable) == {"a"}
    assert unusable == {"b": "the table names b, but there is no such recording"}


@pytest.mark.parametrize(
    "escape", ["../../etc/secret", "/etc/secret.wav", "..", "../outside/secret.wav"]
)
def test_a_table_cannot_reach_outside_its_folder(tmp_path, escape):
    lay_out(tmp_path, {"outside/secret.wav": b"", "outside/secret.txt": "Tajne."})
    inside = tmp_path / "inside"
    lay_out(inside, {"data.tsv": f"id\ttext\na\tPada.\n{escape}\tWieje.\n", "a.wav": b""})
    usable, unusable = list_recordings(inside)
    assert [item.audio for item in usable] == [inside / "a.wav"]
    assert [item.audio for item, _ in unusable] == [None]


def test_bytes_that_are_no_table(tmp_path):
    lay_out(tmp_path, {"metadata.csv": b"a,b" + bytes(range(14, 255)) * 1000, "a.wav": b""})
    with pytest.raises(CorpusError, match=r"metadata\.csv"):
        list_recordings(tmp_path)


# --- text beside recordings -----------------------------------------------------------------------


def test_text_and_textgrid_beside_recordings(tmp_path):
    files = {
        "x/a.wav": b"",
        "x/a.txt": "  Pada,\n wieje.\r\n",
        "y/b.FLAC": b"",
        "y/b.txt": "Grzmi.",
        "y/b.TextGrid": "",
        "y/notes.txt": "Nic.",
    }
    usable, unusable = list_recordings(lay_out(tmp_path, files))
    assert usable == [
        Recording("a", "Pada, wieje.", "speaker", tmp_path / "x/a.wav", None),
        Recording("b", "Grzmi.", "speaker", tmp_path / "y/b.FLAC", tmp_path / "y/b.TextGrid"),
    ]
    assert unusable == []


def test_the_table_wins_where_it_has_a_text(tmp_path):
    files = {"data.tsv": "id\ttext\tspeaker\na\tZ tabeli.\tEwa\nb\t\tJan\n"}
    files |= {"a.wav": b"", "a.txt": "Z pliku.", "b.wav": b"", "b.txt": "Z pliku."}
    assert listed(lay_out(tmp_path, files))[0] == {
        "a": ("Z tabeli.", "Ewa"),
        "b": ("Z pliku.", "Jan"),
    }


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_a_recording_without_text(tmp_path, text):
    files = {"a.wav": b"", "b.wav": b"", "b.txt": "Pada."}
    lay_out(tmp_path, files if text is None else files | {"a.txt": text})
    usable, unusable = listed(tmp_path)
    assert set(usable) == {"b"}
    assert unusable == {"a": "no text: neither a table nor a .txt beside the recording has any"}


def test_two_recordings_of_one_name_are_both_left_out(tmp_path):
    files = {"x/a.wav": b"", "y/a.wav": b"", "x/a.txt": "Pada.", "y/a.txt": "Wieje."}
    usable, unusable = listed(lay_out(tmp_path, files | {"b.wav": b"", "b.txt": "Grzmi."}))
    assert set(usable) == {"b"}
    assert unusable == {"a": "2 recordings share the name a; rename all but one"}


@pytest.mark.parametrize("name", ["a b", "-rf", ".hidden", "żółw", "a$(x)", "a\nb"])
def test_a_name_that_shells_and_files_might_misread(tmp_path, name):
    lay_out(tmp_path, {f"{name}.wav": b"", f"{name}.txt": "Pada."})
    usable, unusable = listed(tmp_path)
    assert usable == {}
    assert list(unusable) == [name]
    assert "rename the file" in unusable[name]


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "0"])
def test_a_name_that_is_safe(tmp_path, name):
    lay_out(tmp_path, {f"{name}.wav": b"", f"{name}.txt": "Pada."})
    assert listed(tmp_path) == ({name: ("Pada.", "speaker")}, {})


# --- folders --------------------------------------------------------------------------------------


def test_a_missing_folder(tmp_path):
    for look in (list_recordings, lambda folder: source_stamp(str(folder))):
        with pytest.raises(CorpusError, match="nowhere does not exist; give CORPUS="):
            look(tmp_path / "nowhere")


@pytest.mark.parametrize("files", [{}, {"a.txt": "Pada.", "a.mp3": b"", "b.wav/c.txt": "x"}])
def test_a_folder_without_recordings(tmp_path, files):
    with pytest.raises(CorpusError, match=r"has no recordings \(\.wav, \.flac\)"):
        list_recordings(lay_out(tmp_path, files))


def test_the_stamp_of_a_source_changes_with_any_of_its_files(tmp_path):
    lay_out(tmp_path, {"a.wav": b"12", "x/a.txt": "Pada."})
    before = source_stamp(str(tmp_path))
    assert source_stamp(str(tmp_path)) == before
    status = (tmp_path / "x/a.txt").stat()
    os.utime(tmp_path / "x/a.txt", ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    touched = source_stamp(str(tmp_path))
    lay_out(tmp_path, {"y.txt": ""})
    added = source_stamp(str(tmp_path))
    assert len({before, touched, added}) == 3
    assert source_stamp("") == ""


def test_the_stamp_of_a_recording_changes_with_its_audio(tmp_path):
    path = lay_out(tmp_path, {"a.wav": b"12"}) / "a.wav"
    recording = Recording("a", "Pada.", "Ewa", path)
    before = recording.stamp
    path.write_bytes(b"123")
    assert recording.stamp != before
    assert Recording("a", "Pada.", "Ewa").stamp == ""
