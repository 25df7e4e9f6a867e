"""Finding recordings and texts in folders as people really lay them out."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import assume, example, given
from hypothesis import strategies as st

from intonation.corpus.intake.finding import File, Lookup, audio_kind, files_below, source_stamp
from intonation.corpus.intake.listing import list_recordings, speaker_finder
from intonation.corpus.intake.names import LONGEST_ID, SAFE_ID, id_of, name_of, shown
from intonation.corpus.intake.recording import Recording
from intonation.corpus.preparing.table import written_facts
from intonation.errors import CorpusError

RATE_HZ = 16_000


def sound(kind="WAV", seconds=0.1, **more):
    """A tone as the bytes of a file."""
    packed = io.BytesIO()
    tone = 0.3 * np.sin(np.arange(round(seconds * RATE_HZ)) / 20)
    soundfile.write(packed, tone, RATE_HZ, format=kind, **more)
    return packed.getvalue()


WAV = sound()


def lay_out(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return folder


def listed(folder, **asked):
    """Text and speaker of what can be used, reason for what cannot, both by id."""
    listing = list_recordings(folder, **asked)
    usable, unusable = listing.recordings, listing.unusable
    ids = [item.id for item in (*usable, *(item for item, _ in unusable))]
    assert len({*ids}) == len(ids) and all(map(SAFE_ID.fullmatch, ids))
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
    lay_out(tmp_path, {"data.tsv": table, "samples/AB1_1.wav": WAV, "samples/CD2_1.wav": WAV})
    usable, unusable = listed(tmp_path)
    assert usable == {"AB1_1": ('Rzekł: "tak, wiem".', "AB1"), "CD2_1": ("Pada; wieje.", "CD2")}
    assert unusable == {}


def test_a_table_like_ljspeechs(tmp_path):
    table = (
        'LJ-1|Rzekł: "tak", a potem nic.|rzekł tak a potem nic\nLJ-2|"Pada", rzekł.|pada rzekł\n'
    )
    lay_out(tmp_path, {"metadata.csv": table, "wavs/LJ-1.wav": WAV, "wavs/LJ-2.flac": WAV})
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
    lay_out(tmp_path, {"metadata.csv": table, "clips/a.wav": WAV})
    usable, unusable = listed(tmp_path)
    assert usable == {"a": ("Pada, wieje.", "speaker")}
    assert unusable == {}


def test_a_table_without_header_may_name_the_speaker_third(tmp_path):
    lay_out(tmp_path, {"utterances.tsv": "a\tPada.\tEwa\n", "a.wav": WAV})
    assert listed(tmp_path)[0] == {"a": ("Pada.", "Ewa")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250"])
def test_encodings_of_tables_and_texts(tmp_path, encoding):
    text = "Zażółć gęślą jaźń."
    files = {
        "data.tsv": f"id\ttext\na\t{text}\n".encode(encoding),
        "a.wav": WAV,
        "b.wav": WAV,
        "b.txt": text.encode(encoding),
    }
    assert listed(lay_out(tmp_path, files))[0] == {"a": (text, "speaker"), "b": (text, "speaker")}


def test_a_dotted_name_is_not_shortened(tmp_path):
    files = {"data.tsv": "id\ttext\nv1.02\tPada.\nv1.03.wav\tWieje.\n"}
    lay_out(tmp_path, files | {"v1.02.wav": WAV, "v1.03.WAV": WAV})
    assert listed(tmp_path)[0] == {"v1.02": ("Pada.", "speaker"), "v1.03": ("Wieje.", "speaker")}


def test_a_recording_named_twice_is_listed_before_a_wrong_text_is_used(tmp_path):
    table = "id\ttext\na\tPada.\nx/a.wav\tWieje.\nb\tGrzmi.\nb.wav\tGrzmi.\n"
    lay_out(tmp_path, {"data.tsv": table, "a.wav": WAV, "b.wav": WAV})
    usable, unusable = listed(tmp_path)
    assert usable == {"b": ("Grzmi.", "speaker")}  # twice the same is no contradiction
    assert unusable == {"a": "a table names it twice, with different texts; keep one line"}


def test_a_row_without_recording_is_reported(tmp_path):
    lay_out(tmp_path, {"data.tsv": "id\ttext\na\tPada.\nb\tWieje.\n", "a.wav": WAV})
    usable, unusable = listed(tmp_path)
    assert set(usable) == {"a"}
    assert unusable == {
        "b": "data.tsv names 'b', but there is no such recording; add it or remove the row"
    }


@pytest.mark.parametrize(
    "escape",
    ["../../etc/a", "/etc/a.wav", "..", "../outside/secret.wav", "..\\\\a.wav", "C:\\\\a.wav"],
)
def test_a_table_cannot_reach_outside_its_folder(tmp_path, escape):
    lay_out(tmp_path, {"outside/secret.wav": WAV, "outside/secret.txt": "Tajne."})
    inside = tmp_path / "inside"
    lay_out(inside, {"data.tsv": f"id\ttext\na\tPada.\n{escape}\tWieje.\n", "a.wav": WAV})
    listing = list_recordings(inside)
    assert [item.audio for item in listing.recordings] == [inside / "a.wav"]
    ((item, reason),) = listing.unusable
    assert item.audio is None and "leads out of the folder; write names relative" in reason


def test_bytes_that_are_no_table(tmp_path):
    lay_out(tmp_path, {"metadata.csv": b'a,b\n"' + b"x" * 200_000, "a.wav": WAV})
    with pytest.raises(CorpusError, match=r"metadata\.csv"):
        list_recordings(tmp_path)


# --- text beside recordings -----------------------------------------------------------------------


def test_text_and_textgrid_beside_recordings(tmp_path):
    files = {
        "x/a.wav": WAV,
        "x/a.txt": "  Pada,\n wieje.\r\n",
        "y/b.FLAC": WAV,
        "y/b.txt": "Grzmi.",
        "y/b.TextGrid": "",
        "y/notes.txt": "Nic.",
    }
    listing = list_recordings(lay_out(tmp_path, files))
    first, second = tmp_path / "x/a.wav", tmp_path / "y/b.FLAC"
    own = tmp_path / "y/b.TextGrid"
    assert listing.recordings == [
        Recording("a", "Pada, wieje.", "speaker", first, None, "x/a.wav"),
        Recording("b", "Grzmi.", "speaker", second, own, "y/b.FLAC"),
    ]
    assert listing.unusable == []


def test_the_table_wins_where_it_has_a_text(tmp_path):
    files = {"data.tsv": "id\ttext\tspeaker\na\tZ tabeli.\tEwa\nb\t\tJan\n"}
    files |= {"a.wav": WAV, "a.txt": "Z pliku.", "b.wav": WAV, "b.txt": "Z pliku."}
    assert listed(lay_out(tmp_path, files))[0] == {
        "a": ("Z tabeli.", "Ewa"),
        "b": ("Z pliku.", "Jan"),
    }


@pytest.mark.parametrize("text", [None, "", " \n\t"])
def test_a_recording_without_text(tmp_path, text):
    files = {"a.wav": WAV, "b.wav": WAV, "b.txt": "Pada."}
    lay_out(tmp_path, files if text is None else files | {"a.txt": text})
    usable, unusable = listed(tmp_path)
    assert set(usable) == {"b"}
    assert unusable == {"a": "no text: neither a table nor a .txt beside the recording has any"}


# --- names ----------------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60)
AWKWARD = (
    "nagranie 1",
    "Łódź/żółw",
    "x-a",
    "y-a",
    "-rf",
    "a$(x)",
    "..",
    "a\nb",
    "\udcf3",
    "ó",
    "-u61.",
)


@given(NAMES)
def test_any_name_has_a_safe_id_that_tells_it_again(name):
    found = id_of(name)
    assert SAFE_ID.fullmatch(found) and len(found) <= LONGEST_ID
    assume(not found.startswith("y-"))
    assert name_of(found) == name


@given(st.lists(st.one_of(NAMES, st.text("abxy_.-/ ą", max_size=8), st.sampled_from(AWKWARD))))
def test_different_names_have_different_ids(names):
    assert len({id_of(name) for name in names}) == len({*names})


@given(st.text(min_size=200, max_size=220), st.text(min_size=1, max_size=3))
@example("a" * 200, "b")
def test_long_names_too(name, more):
    assert len(id_of(name)) <= LONGEST_ID and id_of(name) != id_of(name + more)
    with pytest.raises(ValueError, match="stands in the column source"):
        name_of(id_of(name))


@given(NAMES)
def test_a_name_is_shown_in_one_line_that_can_be_written(name):
    assert len(f".{shown(name)}.".encode().splitlines()) == 1
    assert len(f".{shown(name)}.".splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((safe, safe) for safe in ("a", "A-1_b.c", "0", "v1.02")),
        ("nagranie 1", "x-nagranie_1"),
        ("żółw", "x--x-o-lw"),
        ("Łódź/ŻÓŁW_2", "x--L-od-z.-X-O-LW-_2"),
        ("-rf", "x---rf"),
        (".hidden", "x--.hidden"),
        ("a$(x)", "x-a-u24.-u28.x-u29."),
    ],
)
def test_ids_can_be_read(tmp_path, name, expected):
    assert id_of(name) == expected
    lay_out(tmp_path, {f"{name}.wav": WAV, f"{name}.txt": "Pada."})
    assert listed(tmp_path) == ({id_of(name.split("/")[-1]): ("Pada.", "speaker")}, {})


def test_recordings_of_one_name_in_two_folders_are_told_apart(tmp_path):
    files = {"x/a.wav": WAV, "x/a.txt": "Pada.", "y/z/a.wav": WAV, "y/z/a.txt": "Wieje."}
    lay_out(tmp_path, files | {"y/b.wav": WAV, "y/b.txt": "Grzmi."})
    usable, unusable = listed(tmp_path)
    assert {name: text for name, (text, _) in usable.items()} == {
        "x-x.a": "Pada.",
        "x-y.z.a": "Wieje.",
        "b": "Grzmi.",
    }
    assert unusable == {}


def test_an_id_does_not_depend_on_other_recordings(tmp_path):
    lay_out(tmp_path, {"x/a 1.wav": WAV, "x/a 1.txt": "Pada."})
    (before,) = listed(tmp_path)[0]
    lay_out(tmp_path, {f"{n}.wav": WAV for n in "abcx"} | {f"{n}.txt": "Wieje." for n in "abcx"})
    assert before in listed(tmp_path)[0]


def test_of_one_name_and_folder_the_uncompressed_one_is_used(tmp_path):
    files = {"a.mp3": sound("MP3"), "a.wav": WAV, "a.flac": sound("FLAC"), "a.txt": "Pada."}
    listing = list_recordings(lay_out(tmp_path, files))
    assert [item.source for item in listing.recordings] == ["a.wav"]
    reason = "a.wav has the same name and is used; rename or remove one"
    assert [(item.source, why) for item, why in listing.unusable] == [
        ("a.flac", reason),
        ("a.mp3", reason),
    ]


@pytest.mark.parametrize("name", ["a\nb", "a\x07", os.fsdecode(b"nagra\xf1")])
def test_a_name_that_cannot_stand_in_a_table_is_listed(tmp_path, name):
    lay_out(tmp_path, {f"{name}.wav": WAV, f"{name}.txt": "Pada."})
    usable, unusable = listed(tmp_path)
    assert usable == {} and "rename it" in unusable[id_of(name)]


def test_decomposed_letters_are_the_same_letters(tmp_path):
    """As macOS takes them apart."""
    lay_out(tmp_path, {"data.tsv": "id\ttext\n\u017c\u00f3\u0142w\tPada.\n"})
    lay_out(tmp_path, {"z\u0307o\u0301\u0142w.wav": WAV})
    usable, unusable = listed(tmp_path)
    assert usable == {"x--x-o-lw": ("Pada.", "speaker")} and unusable == {}


# --- sounds by content ----------------------------------------------------------------------------

KINDS = {
    "WAV": dict(subtype="PCM_U8"),
    "RF64": {},
    "WAVEX": dict(subtype="PCM_24"),
    "FLAC": {},
    "AIFF": dict(subtype="PCM_32"),
    "OGG": {},
    "MP3": {},
    "AU": {},
}


@pytest.mark.parametrize("suffix", [".bin", "", ".WAV", ".mp3", ".v2"])
@pytest.mark.parametrize("kind", [*KINDS, "OPUS"])
def test_a_sound_is_known_by_what_it_holds(tmp_path, kind, suffix):
    content = sound("OGG", subtype="OPUS") if kind == "OPUS" else sound(kind, **KINDS[kind])
    lay_out(tmp_path, {f"a{suffix}": content, "data.tsv": f"id\ttext\na{suffix}\tPada.\n"})
    usable, unusable = listed(tmp_path)
    assert list(usable.values()) == [("Pada.", "speaker")] and unusable == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1250"])
def test_a_text_is_no_sound(tmp_path, encoding):
    path = tmp_path / "a"
    path.write_bytes("Zażółć gęślą jaźń.".encode(encoding))
    assert audio_kind(path) == ""


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.opus", "a.m4a", "a.WMA"])
@pytest.mark.parametrize("content", [b"", b"to nie jest nagranie", bytes(5000)])
def test_what_is_called_a_sound_but_is_none_is_listed(tmp_path, name, content):
    lay_out(tmp_path, {name: content, "a.txt": "Pada."})
    usable, unusable = listed(tmp_path)
    assert usable == {} and f"{name} is no audio file that can be read" in unusable["a"]


def test_three_hours_are_told_what_to_do(tmp_path):
    header = sound(seconds=0)
    data = 3 * 3600 * 2 * RATE_HZ
    size = (data + 36).to_bytes(4, "little"), data.to_bytes(4, "little")
    lay_out(tmp_path, {"a.txt": "Pada.", "b.wav": sound(seconds=61), "b.txt": "Pada."})
    with open(tmp_path / "a.wav", "wb") as file:  # sparse
        file.write(header[:4] + size[0] + header[8:40] + size[1])
        file.truncate(44 + data)
    usable, unusable = listed(tmp_path)
    assert usable == {}
    assert "lasts 1.08e+04 s" in unusable["a"] and "cut it into" in unusable["a"]
    assert "lasts 61 s" in unusable["b"] and "put a TextGrid" in unusable["b"]


# --- links ----------------------------------------------------------------------------------------


def test_links_are_followed_within_the_folder_only(tmp_path):
    lay_out(tmp_path, {"outside/a.wav": WAV, "outside/a.txt": "Tajne.", "outside/t": "x"})
    inside = lay_out(tmp_path / "inside", {"b.wav": WAV, "b.txt": "Pada.", "c.wav": WAV})
    (inside / "a.wav").symlink_to(tmp_path / "outside/a.wav")
    (inside / "c.txt").symlink_to("../outside/a.txt")
    (inside / "folder").symlink_to(tmp_path / "outside")
    (inside / "nowhere.wav").symlink_to("gone.wav")
    (inside / "loop").symlink_to(inside)
    (inside / "d.wav").symlink_to("b.wav")
    (inside / "d.txt").symlink_to("b.txt")
    listing = list_recordings(inside)
    assert [item.source for item in listing.recordings] == ["b.wav", "d.wav"]
    reasons = {item.source: reason for item, reason in listing.unusable}
    assert reasons.pop("c.wav").startswith("no text")
    assert reasons.keys() == {"a.wav", "c.txt", "folder", "nowhere.wav"}
    assert all("leads out of the folder or nowhere" in reason for reason in reasons.values())
    files, _ = files_below(inside)
    assert not any("outside" in str(file.path.resolve()) for file in files)


def test_a_folder_that_is_itself_a_link(tmp_path):
    lay_out(tmp_path / "real", {"b.wav": WAV, "b.txt": "Pada."})
    (tmp_path / "link").symlink_to("real")
    assert listed(tmp_path / "link") == ({"b": ("Pada.", "speaker")}, {})


def test_what_macos_adds_and_finished_trees_are_passed_over(tmp_path):
    files = {"b.wav": WAV, "b.txt": "Pada.", "._b.wav": b"\0\5\x16\7", "__MACOSX/b.wav": WAV}
    files |= {
        ".git/b.wav": WAV,
        "out/corpus/data/labels/full/b.lab": "",
        "out/corpus/data/b.wav": WAV,
    }
    assert listed(lay_out(tmp_path, files)) == ({"b": ("Pada.", "speaker")}, {})


# --- known corpora --------------------------------------------------------------------------------


def test_every_book_of_m_ailabs_has_a_table_of_its_own(tmp_path):
    """Fields as its documentation has them: name|text|text with numbers written out."""
    first, second = "pl_PL/by_book/female/ewa/ksiega", "pl_PL/by_book/male/jan/ksiega"
    files = {
        f"{first}/metadata.csv": "k_01|Mam 3 koty.|Mam trzy koty.\nk_02|Pada.|Pada.\n",
        f"{second}/metadata.csv": "k_01|Wieje.|Wieje.\n",
    }
    files |= {f"{first}/wavs/k_0{n}.wav": WAV for n in (1, 2)} | {f"{second}/wavs/k_01.wav": WAV}
    listing = list_recordings(lay_out(tmp_path, files))
    found = {
        item.source.split("/wavs/")[0] + item.source[-6:-4]: item for item in listing.recordings
    }
    assert {key: (item.text, item.speaker) for key, item in found.items()} == {
        f"{first}01": ("Mam trzy koty.", "ewa"),
        f"{first}02": ("Pada.", "ewa"),
        f"{second}01": ("Wieje.", "jan"),
    }
    assert listing.unusable == [] and len({item.id for item in listing.recordings}) == 3
    assert [line.split(" ")[0] for line in listing.said] == ["M-AILABS-like"] * 2


def test_mls_names_the_speaker_in_the_file(tmp_path):
    files = {"train/transcripts.txt": "12_34_000001\tpada i wieje\n56_78_000000\tgrzmi\n"}
    files |= {"train/audio/12/34/12_34_000001.flac": sound("FLAC")}
    files |= {"train/audio/56/78/56_78_000000.opus": sound("OGG", subtype="OPUS")}
    listing = list_recordings(lay_out(tmp_path, files))
    assert [(r.text, r.speaker) for r in listing.recordings] == [
        ("pada i wieje", "12"),
        ("grzmi", "56"),
    ]
    assert listing.said[0].startswith("MLS-like table train/transcripts.txt: 2 rows")


def test_common_voice_takes_what_was_validated(tmp_path):
    header = "client_id\tpath\tsentence_id\tsentence\tup_votes\tage\tgender\n"
    rows = {"a": f"{'c' * 128}\ta.mp3\t1\tPada.\t2\t\tfemale_feminine\n"}
    rows["b"] = f"{'d' * 128}\tb.mp3\t2\tWieje.\t2\ttwenties\t\n"
    files = {"validated.tsv": header + rows["a"] + rows["b"], "train.tsv": header + rows["a"]}
    files |= {"clip_durations.tsv": "clip\tduration[ms]\na.mp3\t100\n"}
    files |= {f"clips/{name}.mp3": sound("MP3") for name in "ab"}
    listing = list_recordings(lay_out(tmp_path, files))
    assert [(r.text, r.speaker) for r in listing.recordings] == [
        ("Pada.", "c" * 12),
        ("Wieje.", "d" * 12),
    ]
    assert listing.said[0].startswith("Common-Voice-like table validated.tsv: 2 rows")
    assert "not used: table train.tsv" in listing.said
    facts = dict(listing.recordings[1].facts)
    assert facts == {"sentence_id": "2", "up_votes": "2", "age": "twenties", "gender": ""}


@pytest.mark.parametrize("name", ["transcripts.tsv", "metadata.csv"])
def test_a_third_column_of_texts_is_no_speaker(tmp_path, name):
    table = "a\tMam 3 koty.\tmam trzy koty\nb\tPada, wieje.\tpada wieje\n"
    lay_out(tmp_path, {name: table, "wavs/a.wav": WAV, "wavs/b.wav": WAV})
    usable, _ = listed(tmp_path)
    assert usable == {"a": ("mam trzy koty", "speaker"), "b": ("Pada, wieje.", "speaker")}


def test_columns_are_declared(tmp_path):
    table = "lp;Nagranie;Zdanie;Kto mówi;uwagi\n1;a b.wav;Pada.;Ewa;cicho\n2;c;Wieje.;Jan;\n"
    lay_out(tmp_path, {"lista.csv": table, "x/a b.wav": WAV, "x/c.wav": WAV})
    columns = "file:nagranie,text:zdanie,speaker:kto_mówi"
    listing = list_recordings(tmp_path, columns=columns)
    assert [(r.text, r.speaker) for r in listing.recordings] == [
        ("Pada.", "Ewa"),
        ("Wieje.", "Jan"),
    ]
    assert dict(listing.recordings[0].facts) == {"lp": "1", "uwagi": "cicho"}
    with pytest.raises(
        CorpusError, match="no table has the columns nagranie, tekst .*lp, Nagranie"
    ):
        list_recordings(tmp_path, columns="file:nagranie,text:tekst")


@pytest.mark.parametrize("columns", ["file", "file:a", "text:a,file:", "file:a,text:b,mood:c"])
def test_what_declares_no_columns(tmp_path, columns):
    with pytest.raises(CorpusError, match="expected file:…,text:…"):
        list_recordings(lay_out(tmp_path, {"a.wav": WAV}), columns=columns)


# --- speakers and filters -------------------------------------------------------------------------

SPOKEN = {"ewa_1.wav": WAV, "jan/ewa_2.wav": WAV, "jan/3.wav": WAV}


@pytest.mark.parametrize(
    ("pattern", "speakers", "lost"),
    [
        (r"(?P<speaker>[a-z]+)_\d", ["ewa", "ewa"], ["3"]),
        (r"^(?P<speaker>[^/]+)/", ["jan", "jan"], ["ewa_1"]),
        ("", ["speaker"] * 3, []),
    ],
)
def test_speakers_by_a_pattern(tmp_path, pattern, speakers, lost):
    lay_out(tmp_path, SPOKEN | {f"{name[:-4]}.txt": "Pada." for name in SPOKEN})
    usable, unusable = listed(tmp_path, speaker_pattern=pattern)
    assert [speaker for _, speaker in usable.values()] == speakers
    assert list(unusable) == lost
    assert all("speaker_pattern does not find" in reason for reason in unusable.values())


@pytest.mark.parametrize(
    ("pattern", "told"), [("(", "no regular expression"), ("(.*)_", "no group called speaker")]
)
def test_what_is_no_pattern_of_speakers(pattern, told):
    with pytest.raises(CorpusError, match=told):
        speaker_finder(pattern)


MOODS = "file\ttext\tEmotion\tid\na\tPada.\tneutral\t7\nb\tWieje.\tHappy\t8\nc\tGrzmi.\tsad\t9\n"


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ("emotion:neutral", "a"),
        ("Emotion:neutral|happy", "ab"),
        ("emotion:happy|sad,id:8", "b"),
        ("speaker:speaker", "abc"),
        ("", "abc"),
    ],
)
def test_facts_are_kept_and_filter(tmp_path, keep, left):
    lay_out(tmp_path, {"data.tsv": MOODS} | {f"{name}.wav": WAV for name in "abc"})
    listing = list_recordings(tmp_path, keep=keep)
    assert "".join(r.id for r in listing.recordings) == left and listing.unusable == []
    assert [line for line in listing.said if line.startswith("keep=")] == (
        [f"keep={keep} leaves {len(left)} of 3"] if keep else []
    )


@pytest.mark.parametrize("keep", ["mood:sad", "emotion:angry", "emotion"])
def test_a_filter_that_nothing_can_pass_is_an_error(tmp_path, keep):
    lay_out(tmp_path, {"data.tsv": MOODS} | {f"{name}.wav": WAV for name in "abc"})
    with pytest.raises(CorpusError, match="known columns are emotion, id, speaker"):
        list_recordings(tmp_path, keep=keep)


def test_a_fact_overwrites_no_column_of_ours():
    facts = (("seconds", "1"), ("table_seconds", "2"), ("emotion", "sad"))
    found = written_facts(Recording("a", "Pada.", "Ewa", facts=facts), ("id", "seconds"))
    assert list(found.values()) == ["1", "2", "sad"]
    assert list(found) == ["table_seconds", "table_table_seconds", "emotion"]


def test_looking_up_is_by_folder_name_and_ending():
    names = ["x/a.wav", "y/a.wav", "y/b.flac", "v1.02.wav"]
    lookup = Lookup([File(name, Path(name)) for name in names])
    assert lookup.find("x/a.wav") == lookup.find("x/a") == lookup.find("./x/a.mp3") == [0]
    assert lookup.find("a") == [0, 1] and lookup.find("a", "y") == [1]
    assert lookup.find("elsewhere/b.wav") == lookup.find("b") == [2] and lookup.find("B") == []
    assert lookup.find("v1.02") == [3] and lookup.find("v1") == []


# --- folders --------------------------------------------------------------------------------------


def test_a_missing_folder(tmp_path):
    for look in (list_recordings, lambda folder: source_stamp(str(folder))):
        with pytest.raises(CorpusError, match="nowhere does not exist; give CORPUS="):
            look(tmp_path / "nowhere")


@pytest.mark.parametrize("files", [{}, {"a.txt": "Pada.", "b.wav/c.txt": "x"}])
def test_a_folder_without_recordings(tmp_path, files):
    with pytest.raises(CorpusError, match=r"has no recordings \(WAV, FLAC"):
        list_recordings(lay_out(tmp_path, files))


def test_the_stamp_of_a_source_changes_with_any_of_its_files(tmp_path):
    lay_out(tmp_path, {"a.wav": WAV, "x/a.txt": "Pada."})
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
    path = lay_out(tmp_path, {"a.wav": WAV}) / "a.wav"
    recording = Recording("a", "Pada.", "Ewa", path)
    before = recording.stamp
    path.write_bytes(b"123")
    assert recording.stamp != before
    assert Recording("a", "Pada.", "Ewa").stamp == ""
