"""What a request may look like, and that the answer is what the library says."""

import json
import os
from dataclasses import replace

import numpy as np
import pandas as pd
import parselmouth
import pytest
import torch
from builders import QUESTIONS, TARGETS, labels_of, save_small_model
from hypothesis import given, settings
from hypothesis import strategies as st
from live_service import spoken

from intonation import explain
from intonation.book.service import answering, schema
from intonation.book.service.answering import Engine, speak
from intonation.book.service.answers import choose_form
from intonation.book.service.received import ReadLabels, media_type, read_body
from intonation.book.service.received import labels_of as read
from intonation.book.service.refusals import Refused
from intonation.book.service.schema import CSV, F0, HTS, JSON, PITCH_TIER, Options
from intonation.book.service.settings import MEDIAN_HZ, Limits, find_source
from intonation.corpus.corpus import TABLE_COLUMNS
from intonation.errors import CorpusError, ModelError, ParameterError, QuestionError
from intonation.labels.label_shape import MERLIN
from intonation.labels.taxonomy import LEVELS
from intonation.lrp.ranking import group_matrix, input_groups
from intonation.model.prediction import predict_hz

FUZZ_EXAMPLES = int(os.environ.get("INTONATION_FUZZ", "300"))
LIMITS = Limits(labels=50, speech_s=10.0, characters=100)
LABELS = labels_of([1_000_000, 2_200_000, 3_000_000, 4_040_000])
ROWS = [
    f"{start} {end} {text}"
    for start, end, text in zip(LABELS.starts, LABELS.ends, LABELS.texts, strict=True)
]
LAB = "\n".join(ROWS) + "\n"
AS_CSV = LAB.replace(" ", ",")


@pytest.fixture(scope="module", params=TARGETS)
def engine(request, tmp_path_factory):
    folder = save_small_model(tmp_path_factory.mktemp("model"), request.param)
    threads = torch.get_num_threads()
    yield Engine(find_source(folder, None, None), LIMITS)
    torch.set_num_threads(threads)


def ask(engine, body, content_type=JSON, accept=JSON, **options):
    task = read_body(body.encode(), content_type, Options(**options), LIMITS)
    return engine.answer(task, accept)


def refusal(function, *arguments):
    with pytest.raises(Refused) as caught:
        function(*arguments)
    return caught.value


def refused(body, content_type, limits=LIMITS, **options):
    """Status, sentence and line of what is refused while it is read."""
    error = refusal(lambda: read(read_body(body, content_type, Options(**options), limits), limits))
    return error.status, error.sentence, error.line


# what is read


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (LAB, HTS),
        (LAB, CSV),
        (AS_CSV, CSV),
        ("start,end,label\n" + AS_CSV, CSV),
        ("Start, End, Label\r\n\r\n" + AS_CSV.replace("\n", "\r\n"), CSV),
        (json.dumps({"labels": LAB}), JSON),
        (json.dumps({"labels": ROWS}), "Application/JSON; charset=UTF-8"),
        (LAB, "text/plain; charset=iso-8859-2"),
    ],
)
def test_all_forms_say_the_same(body, content_type):
    found = read(read_body(body.encode(), content_type, Options(), LIMITS), LIMITS)
    assert found.labels.texts == LABELS.texts and found.voiced_phones is None
    assert np.array_equal(found.labels.starts, LABELS.starts)
    assert np.array_equal(found.labels.ends, LABELS.ends)


def test_csv_can_tell_voicing():
    rows = [f"{row.replace(' ', ',')},{voiced}" for row, voiced in zip(ROWS, "0110", strict=True)]
    body = "start,end,label,voiced\n" + "\n".join(rows)
    found = read(read_body(body.encode(), CSV, Options(), LIMITS), LIMITS)
    assert found.voiced_phones == [False, True, True, False]
    assert found.labels.texts == LABELS.texts


@pytest.mark.parametrize(
    ("body", "content_type", "status", "sentence", "line"),
    [
        ("", HTS, 400, "expected at least one label, found an empty file", None),
        ("", CSV, 400, "expected at least one label, found an empty file", None),
        (LAB + "x\n", HTS, 400, "expected start, end and label, found ['x']", 5),
        (LAB + LAB, HTS, 400, "expected a start at or after 4040000", 5),
        (LABELS.texts[0], HTS, 400, "the request has no times; align the labels", None),
        ("0 9000000 nonsense", HTS, 400, "expected a full-context label", 1),
        ("0 10 " + LABELS.texts[0], HTS, 400, None, None),
        ("a,b\n", CSV, 400, "expected start, end, label, found 2 cells", 1),
        (AS_CSV + "1,2,3,4\n", CSV, 400, "expected start, end, label, found 4 cells", 5),
        ("\nstart,end,label\n1,,x\n", CSV, 400, "without blanks, found '1,,x'", 3),
        ('0,1,"a"b\n', CSV, 400, "expected CSV, found what is none", 1),
        ("0,1,a\n1,2,b,1\n", CSV, 400, "expected start, end, label, found 4 cells", 2),
        (f"0,9000000,{LABELS.texts[0]},yes", CSV, 400, "expected voiced 1 or 0, found 'yes'", 1),
        ("\x00", HTS, 400, "expected text, found binary data", 1),
        ("{", JSON, 400, "Invalid JSON: EOF", None),
        ("[" * 5000, JSON, 400, "Invalid JSON: recursion limit", None),
        ("[]", JSON, 422, "expected a request in JSON", None),
        ("{}", JSON, 422, "expected either 'labels' or 'text'", None),
        ('{"labels": 3, "text": "a"}', JSON, 422, "labels.str: Input should be", None),
        ('{"texts": "Ala"}', JSON, 422, "texts: this name is not known", None),
        ('{"text": "Ala", "explain": "12b"}', JSON, 422, "explain: level of abstraction", None),
        ('{"text": "Ala", "start_s": NaN}', JSON, 422, "start_s: Input should be a finite", None),
        ('{"labels": "", "times": {"words": [], "phones": []}}', JSON, 422, "times.words", None),
        ('{"text": "' + "a" * 101 + '"}', JSON, 413, "the text has 101 characters", None),
        (LAB, "application/pdf", 415, "expected Content-Type text/csv", None),
        (LAB, "", 415, "found 'none'", None),
        (LAB, "text/plain; charset=klingon", 415, "expected a charset such as utf-8", None),
    ],
)
def test_what_cannot_be_read_has_its_own_sentence(body, content_type, status, sentence, line):
    if sentence is None:  # half a frame is found out later
        assert read(read_body(body.encode(), content_type, Options(), LIMITS), LIMITS)
        return
    found = refused(body.encode(), content_type)
    assert found[0] == status and sentence in found[1] and found[2] == line
    assert "\n" not in found[1]


def test_too_many_labels_and_too_much_speech():
    many = "".join(f"{i}000000 {i + 1}000000 {LABELS.texts[1]}\n" for i in range(10_000))
    status, sentence, _ = refused(many.encode(), HTS)
    assert status == 413 and "10000 labels, expected at most 50" in sentence
    status, sentence, _ = refused("".join(many.splitlines(True)[:51]).encode(), HTS)
    assert status == 413 and "51 labels, expected at most 50" in sentence
    status, sentence, _ = refused(f"0 100000001 {LABELS.texts[1]}".encode(), HTS)
    assert status == 413 and "last 10.0 s, expected at most 10 s" in sentence


def test_options_of_the_query_hold_where_the_body_says_nothing():
    body = json.dumps({"text": "Ala", "per": "frame"}).encode()
    task = read_body(body, JSON, Options(per="phone", speaker_median_hz=99), LIMITS)
    assert task.options.per == "frame" and task.options.speaker_median_hz == 99
    assert task.must_be_spoken


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("text/csv", CSV),
        ("text/*;q=0.5, application/octet-stream", F0),
        ("application/*", JSON),
        ("text/csv;q=0.2, application/vnd.praat.pitchtier;q=0.3", PITCH_TIER),
        ("*/*, application/json;q=0", CSV),
        ("application/json;q=oops, text/csv;q=0.1", CSV),
    ],
)
def test_the_most_liked_form_is_chosen(accept, form):
    assert choose_form(accept, explains=False) == form


def test_relevance_is_json_only():
    assert choose_form("text/csv;q=0.9, application/json;q=0.1", explains=True) == JSON
    error = refusal(lambda: choose_form("text/csv", explains=True))
    assert error.status == 406 and "relevance is answered as JSON only" in error.sentence
    assert refusal(lambda: choose_form("image/png", explains=False)).status == 406


# what is answered


def expected(engine, utterance):
    """F0 in Hz as the library predicts it, 0 where unvoiced."""
    return np.where(utterance.voiced, predict_hz(engine.model, utterance), 0)


def test_f0_is_the_librarys_in_every_form(engine, tmp_path):
    utterance = spoken(LABELS, engine.questions, 180.0)
    f0_hz = expected(engine, utterance)
    assert 0 < (f0_hz > 0).sum() < len(f0_hz)
    found = json.loads(ask(engine, LAB, HTS, speaker_median_hz=180).body)
    assert found["f0_hz"] == f0_hz.tolist()
    assert found["voiced"] == utterance.voiced.tolist() and found["voicing"] == "from phones"
    assert found["speaker_median_hz"] == 180 and found["speaker_median"] == "given"
    told = np.array([value is not None for value in found["f0_semitones"]])
    assert np.array_equal(told, utterance.voiced)
    semitones = np.array(found["f0_semitones"], dtype=float)[told]
    assert np.allclose(180 * 2 ** (semitones / 12), f0_hz[told])
    assert [phone["phone"] for phone in found["phones"]] == ["pau", "a", "l", "pau"]
    raw = ask(engine, LAB, HTS, F0, speaker_median_hz=180).body
    assert np.array_equal(np.frombuffer(raw, "<f4"), f0_hz.astype(np.float32))
    header, *rows = ask(engine, LAB, HTS, CSV, speaker_median_hz=180).body.decode().splitlines()
    assert header == "frame,time_s,voiced,f0_hz,f0_semitones"
    assert [float(row.split(",")[3]) for row in rows] == f0_hz.tolist()
    assert rows[0].endswith(",0,0.0,") and rows[0].startswith("0,0.0025,")
    (tmp_path / "a.PitchTier").write_bytes(
        ask(engine, LAB, HTS, PITCH_TIER, speaker_median_hz=180).body
    )
    points = parselmouth.praat.call(
        parselmouth.read(str(tmp_path / "a.PitchTier")), "Get number of points"
    )
    assert points == (f0_hz > 0).sum()


@pytest.mark.parametrize("per", ["phone", "frame"])
@pytest.mark.parametrize("level", ["general", "6", "word"])
def test_relevance_is_the_librarys(engine, level, per):
    utterance = spoken(LABELS, engine.questions, MEDIAN_HZ)
    window = (utterance.times_s >= 0.15) & (utterance.times_s < 0.25)
    chosen = engine.model.config.meaning.valid(utterance.voiced) & window
    told = explain(engine.model, utterance, frames=chosen, per=per)
    slug = next(item.slug for item in LEVELS if level in (item.slug, str(item.number)))
    groups = input_groups(engine.questions, slug, vuv=engine.model.config.uses_vuv)
    body = json.dumps({"labels": LAB, "explain": level, "per": per, "start_s": 0.15, "end_s": 0.25})
    found = json.loads(ask(engine, body).body)["relevance"]
    assert found["level"] == slug and found["per"] == per
    assert found["unit"] == engine.model.config.meaning.unit
    assert found["groups"] == list(groups)
    assert found["features"] == [len(members) for members in groups.values()]
    assert found["values"] == group_matrix(told.values, groups, statistic="sum").tolist()
    assert found["frames"] == chosen.sum()
    sums = found["explained"], found["absorbed"], found["gap"]
    assert sums == (told.explained, told.absorbed, told.gap)
    assert found["relevance"] + found["absorbed"] + found["gap"] == found["explained"]
    if level == "general":  # the level has every input
        assert np.sum(found["values"]) == pytest.approx(found["relevance"], abs=1e-4)


def test_the_voice_gives_a_text_its_times(engine):
    labels = speak("Ala ma kota.")
    task = read_body(b'{"text": "Ala ma kota."}', JSON, Options(), LIMITS)
    found = json.loads(engine.answer(replace(task, labels=labels), JSON).body)
    utterance = spoken(labels, engine.questions, MEDIAN_HZ)
    assert found["f0_hz"] == expected(engine, utterance).tolist()
    assert refusal(speak, "Съешь же").status == 422


def test_a_text_can_bring_its_times(engine):
    words = [[0.1, 0.4, "ma"]]
    phones = [[0, 0.1, ""], [0.1, 0.2, "m"], [0.2, 0.4, "a"], [0.4, 0.5, ""]]
    body = {"text": "Ma.", "times": {"words": words, "phones": phones}}
    found = json.loads(ask(engine, json.dumps(body)).body)
    assert [tuple(p.values()) for p in found["phones"]] == [
        *(("pau", 0, 0.1), ("m", 0.1, 0.2), ("a", 0.2, 0.4), ("pau", 0.4, 0.5))
    ]
    assert (
        len(found["f0_hz"]) == 100 and found["voiced"] == [False] * 20 + [True] * 60 + [False] * 20
    )
    body["text"] = "Da."
    error = refusal(lambda: ask(engine, json.dumps(body)))
    assert error.status == 422 and "Align the recording with this very text" in error.sentence


def test_voicing_as_given(engine):
    frames = [i % 3 > 0 for i in range(81)]
    found = json.loads(ask(engine, json.dumps({"labels": LAB, "voiced_frames": frames})).body)
    assert found["voiced"] == frames and found["voicing"] == "given"
    utterance = spoken(LABELS, engine.questions, MEDIAN_HZ, np.array(frames))
    assert found["f0_hz"] == expected(engine, utterance).tolist()
    phones = [True, False, True, False]
    found = json.loads(ask(engine, json.dumps({"labels": LAB, "voiced_phones": phones})).body)
    assert found["voiced"] == [True] * 20 + [False] * 24 + [True] * 16 + [False] * 21
    for name in ("voiced_frames", "voiced_phones"):
        error = refusal(lambda n=name: ask(engine, json.dumps({"labels": LAB, n: [True]})))
        assert error.status == 422 and f"{name}: expected" in error.sentence


def test_labels_of_another_question_set_are_refused(engine):
    foreign = LAB.replace("-l+", "-ll+")
    error = refusal(lambda: ask(engine, foreign, HTS))
    if engine.model.config.uses_vuv:
        assert error.status == 422 and "send voiced_phones or voiced_frames" in error.sentence
        body = json.dumps({"labels": foreign, "voiced_phones": [False, True, True, False]})
        error = refusal(lambda: ask(engine, body))
    assert error.status == 422 and "label 3 has the phone 'll', which no question" in error.sentence
    values = dict.fromkeys(MERLIN.field_names, "x") | {"p3": "a"}
    error = refusal(lambda: ask(engine, f"0 9000000 {MERLIN.template.format(**values)}", HTS))
    assert error.status == 422 and "the labels have the shape Merlin" in error.sentence


def test_relevance_of_too_many_rows_is_refused(engine, monkeypatch):
    monkeypatch.setattr(answering, "MOST_VALUES", 100)
    assert ask(engine, LAB, HTS, explain="6")
    error = refusal(lambda: ask(engine, LAB, HTS, explain="6", per="frame"))
    assert error.status == 413 and "81 rows of 5 groups, expected at most 100" in error.sentence


def test_what_is_too_short_or_explains_nothing_is_refused(engine):
    error = refusal(lambda: ask(engine, f"0 10 {LABELS.texts[0]}", HTS))
    assert error.status == 400 and "5 ms or more" in error.sentence
    error = refusal(lambda: ask(engine, LAB, HTS, explain="general", start_s=9.0))
    assert error.status == 422 and "no frame was chosen" in error.sentence


# what is answered from


def test_a_broken_model_is_told(tmp_path):
    folder = save_small_model(tmp_path / "m", spoilt=True)
    with pytest.raises(ModelError, match="predicts NaN or infinite F0"):
        Engine(find_source(folder, None, None), LIMITS)


def test_questions_and_median_are_those_of_the_run(tmp_path):
    folder = save_small_model(tmp_path / "model" / "semitones")
    assert find_source(folder, None, None).speaker_median_hz == MEDIAN_HZ
    assert find_source(folder, None, 99.0).speaker_median_hz == 99.0
    data = tmp_path / "corpus" / "data" / "questions"
    data.mkdir(parents=True)
    (folder / "questions.hed").rename(data / "questions_qst001.hed")
    medians = {"a": ("x", 100), "b": ("x", 100), "c": ("y", 180)}
    rows = [
        dict.fromkeys(TABLE_COLUMNS, 1) | {"id": one, "speaker": who, "speaker_median_hz": hz}
        for one, (who, hz) in medians.items()
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "corpus" / "utterances.csv")
    source = find_source(folder, None, None)
    assert source.questions == data / "questions_qst001.hed" and source.target == "semitones"
    assert source.speaker_median_hz == 140


def test_what_does_not_fit_is_refused_at_the_start(tmp_path):
    folder = save_small_model(tmp_path / "m")
    (tmp_path / "other.hed").write_text(QUESTIONS)
    with pytest.raises(ModelError, match="has 3 others; give the question set of the training"):
        find_source(folder, tmp_path / "other.hed", None)
    with pytest.raises(QuestionError, match="expected a question file"):
        find_source(folder, tmp_path / "none.hed", None)
    (folder / "other.hed").write_text(QUESTIONS)
    with pytest.raises(CorpusError, match="2 .hed files; name one with --questions"):
        find_source(folder, None, None)
    with pytest.raises(CorpusError, match="should hold questions_qst001.hed"):
        find_source(tmp_path / "empty" / "m", None, None)
    with pytest.raises(ModelError, match="holds no config.json of a model"):
        find_source(tmp_path / "none", tmp_path / "other.hed", None)


def test_limits_are_above_zero():
    with pytest.raises(ParameterError, match="--body-bytes is 0, expected more than 0"):
        Limits(body_bytes=0)
    with pytest.raises(ParameterError, match="--compute-s is nan"):
        Limits(compute_s=float("nan"))


# whatever is sent

ANY = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(
        st.sampled_from([*ROWS, *AS_CSV.split(), "0", ",", '"', " ", "\n", "1e9", "[2]", "{", "}"])
    ).map(lambda parts: "\n".join(parts).encode()),
)
NUMBERS = st.floats(0, 1) | st.floats() | st.integers()
TIERS = st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from(["ma", "m", "a", "", "ʲ", "x"])))
JSONS = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.text(max_size=30) | st.lists(st.sampled_from([*ROWS, "x"])) | st.none(),
        "text": st.sampled_from(["Ma.", "Ma ma.", "", "?", "Я", "a b"]) | st.none(),
        "times": st.fixed_dictionaries({"words": TIERS, "phones": TIERS}),
        "voiced_phones": st.lists(st.booleans(), max_size=5),
        "voiced_frames": st.lists(st.booleans(), max_size=5),
        "explain": st.sampled_from(["general", "6", "99", "²"]),
        "per": st.sampled_from(["phone", "frame", "word"]),
        "start_s": NUMBERS,
        "speaker_median_hz": NUMBERS,
    },
).map(lambda value: json.dumps(value).encode())


def read_anything(data, content_type):
    try:
        task = read_body(data, content_type, Options(), LIMITS)
        return task, None if task.must_be_spoken else read(task, LIMITS)
    except Refused as error:
        assert error.status in (400, 413, 415, 422) and error.sentence
        return None, None


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(ANY, st.sampled_from([CSV, HTS, JSON, "text/csv; charset=utf-16", "text/plain; charset=u8"]))
def test_any_bytes_are_labels_or_refused(data, content_type):
    _, found = read_anything(data, content_type)
    assert found is None or isinstance(found, ReadLabels)


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(data=JSONS)
def test_any_text_in_json_is_answered_or_refused(engine, data):
    task, found = read_anything(data, JSON)
    if found is None:
        return
    try:
        answer = engine.answer(task, JSON)
    except Refused as error:
        assert error.status in (400, 413, 422) and error.sentence
    else:
        assert schema.Prediction.model_validate_json(answer.body).f0_hz


@settings(max_examples=FUZZ_EXAMPLES, deadline=None)
@given(st.text(max_size=60), st.booleans())
def test_any_text_is_a_header_or_refused(text, explains):
    for function in (media_type, lambda value: choose_form(value, explains=explains)):
        try:
            function(text)
        except Refused as error:
            assert error.status in (406, 415)
