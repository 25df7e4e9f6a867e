"""The inspector: packing, and the script that draws what was packed."""

import base64
import json

import numpy as np
import pytest
from browser import browser  # noqa: F401
from builders import ASKING, TARGETS, make_model, make_utterance, some
from inspectors import FRAMES, HOSTILE, PHONES, evaluate, make_data, mount, page  # noqa: F401

from intonation.book.inspector.data import inspect_utterance, inspector_data
from intonation.labels.intervals import Interval
from intonation.labels.taxonomy import LEVELS
from intonation.labels.words import in_words
from intonation.lrp.methods import attribute
from intonation.model.batches import choose_frames, inputs_of


def decode(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype=dtype)


def test_packed_values_are_those_given():
    values = np.random.default_rng(0).normal(size=(7, 5)) * np.logspace(-6, 3, 7)[:, None]
    level = {"title": "All", "groups": list("abcdefg"), "values": values}
    data = make_data(levels={"all": level})
    rows = decode(data["rows"]["values"], "<i2").reshape(7, 5)
    unpacked = rows * np.array(data["rows"]["scale"])[:, None]
    assert (np.abs(unpacked - values).max(axis=1) <= np.abs(values).max(axis=1) * 2e-5).all()


def test_f0_is_kept_to_a_tenth_of_a_hertz_and_gaps_are_zero():
    data = make_data(f0_true_hz=[0, 100.04, None, float("nan"), 251.26], explained_frames=FRAMES)
    assert decode(data["f0_true"], "<u2").tolist() == [0, 1000, 0, 0, 2513]


def test_equal_groups_of_several_levels_are_kept_once():
    data = make_data()
    assert [level["rows"] for level in data["levels"]] == [[0, 1], [1]]
    assert len(data["rows"]["scale"]) == 2


def test_only_a_level_that_shares_out_the_output_is_complete():
    assert [level["complete"] for level in make_data()["levels"]] == [True, False]
    assert not any(level["complete"] for level in make_data(absorbed=None)["levels"])


def test_frames_are_counted_by_their_centres():
    assert make_data(explained_frames=None)["frames"] == [20, 10, 20, 10, 20]


def test_silent_words_are_left_out():
    assert make_data()["words"] == [[0.1, 0.3, "Tak."]]


def test_fifteen_levels_of_a_long_utterance_stay_small():
    rng = np.random.default_rng(1)
    phones = [("a", k * 0.08, (k + 1) * 0.08) for k in range(80)]
    f0_hz = rng.uniform(100, 200, 1280)
    levels = {
        f"level{n}": {
            "title": f"Level {n}",
            "groups": [f"GROUP_{n}_{k}" for k in range(15)],
            "values": rng.normal(size=(15, 80)),
        }
        for n in range(15)
    }
    data = inspector_data(
        utterance_id="u",
        text="x",
        speaker="s",
        phones=phones,
        f0_true_hz=f0_hz,
        f0_predicted_hz=f0_hz,
        levels=levels,
    )
    assert len(json.dumps(data, separators=(",", ":"))) < 65_000


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"unit": "Hz"}, "expected one of semitones, ln Hz"),
        ({"phones": []}, "at least one phone"),
        ({"levels": {}}, "at least one level"),
        ({"absorbed": [1.0, 2.0]}, "absorbed: expected 5 finite values"),
        ({"explained": [np.nan] * 5}, "explained: expected 5 finite values"),
        (
            {"levels": {"x": {"title": "X", "groups": ["A"], "values": [[1.0, 2.0]]}}},
            r"\[1 groups, 5 phones\], found \[1, 2\]",
        ),
        (
            {"levels": {"x": {"title": "X", "groups": ["A"], "values": [[np.inf] * 5]}}},
            "level x: expected finite values",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make_data(**changes)


@pytest.mark.parametrize("target", TARGETS)
def test_the_inspector_explains_each_phones_own_output(target):
    model, utterance = make_model(target), make_utterance(ASKING, voiced=some)
    data = inspect_utterance(model, utterance)
    assert [level["slug"] for level in data["levels"]] == [level.slug for level in LEVELS]
    item = inputs_of(utterance)
    valid = choose_frames(target, item, None)
    phone = int(np.bincount(item.frame_to_phone[valid]).argmax())
    own = valid & (item.frame_to_phone == phone)
    relevance = attribute(model, item, own).relevance()
    assert data["frames"][phone] == own.sum()
    assert data["explained"][phone] == pytest.approx(relevance.explained, rel=1e-5)
    assert data["absorbed"][phone] == pytest.approx(relevance.absorbed, rel=1e-5)
    general = next(level for level in data["levels"] if level["slug"] == "general")
    assert general["words"] == [in_words(group) for group in general["groups"]]
    rows = np.frombuffer(base64.b64decode(data["rows"]["values"]), dtype="<i2").reshape(
        len(data["rows"]["scale"]), -1
    )
    scale = data["rows"]["scale"][general["rows"][0]]
    expected = relevance.values.sum(axis=0)[:4].sum()
    assert rows[general["rows"][0], phone] * scale == pytest.approx(expected, abs=2 * scale)


def test_script_sums_a_window_as_python_does(page):  # noqa: F811
    summary = evaluate(
        page,
        "const u = IntonationData.decode(args[0]);"
        "return IntonationData.summarise(u, 'general', 2, 3);",
        make_data(),
    )
    means = {group["name"]: group["value"] for group in summary["groups"]}
    assert means["STRESS"] == pytest.approx(32 / 24, rel=1e-4)
    assert means["PHRASE"] == pytest.approx(-16 / 24, rel=1e-4)
    assert summary["explained"] == pytest.approx(21 / 24) and summary["frames"] == 24
    assert [group["name"] for group in summary["groups"]] == ["STRESS", "PHRASE"]
    assert summary["trueHz"] == pytest.approx(200, abs=0.1)


def test_answer_is_a_sentence_of_the_numbers(page):  # noqa: F811
    body = (
        "const u = IntonationData.decode(args[0]);"
        "const s = IntonationData.summarise(u, 'general', args[1], args[2]);"
        "return [IntonationData.question(u, s), IntonationData.answer(u, s)];"
    )
    question, answer = evaluate(page, body, make_data(), 2, 3)
    assert question == "Why is F0 high here?"
    assert answer == (
        "From 0.15 to 0.30 s (phones a k), the model puts F0 0.88 semitones above the speaker's "
        "median on average over 24 frames, 220 Hz (measured: 200 Hz). Up push STRESS (+1.33); "
        "down push PHRASE (\u22120.67); the biases hold +0.21."
    )
    assert "no voiced frame" in evaluate(page, body, make_data(), 0, 1)[1]
    assert "ln Hz on average" in evaluate(page, body, make_data(unit="ln Hz"), 2, 3)[1]


@pytest.mark.parametrize(
    "start, end, phones",
    [(0.0, 0.4, [0, 4]), (0.1, 0.3, [1, 3]), (0.16, 0.17, [2, 2]), (0.9, 1.0, [4, 4])],
)
def test_times_snap_to_phones(page, start, end, phones):  # noqa: F811
    body = (
        "const u = IntonationData.decode(args[0]);"
        "return IntonationData.phonesWithin(u, args[1], args[2]);"
    )
    found = evaluate(page, body, make_data(), start, end)
    assert [found["first"], found["last"]] == phones


def test_texts_from_data_never_become_markup(page):  # noqa: F811
    level = {"title": HOSTILE, "groups": [HOSTILE], "values": [[0, 1, 2, 3, 0]]}
    words = [Interval(0.1, 0.3, HOSTILE)]
    mount(
        page,
        make_data(
            utterance_id=HOSTILE,
            text=HOSTILE,
            speaker=HOSTILE,
            words=words,
            phones=[(HOSTILE, start, end) for _, start, end in PHONES],
            levels={"x": level},
        ),
    )
    page.locator(".ins-plot").hover()
    assert page.locator(".ins img").count() == 0
    assert page.evaluate("window.hacked") is None
    assert page.locator(".ins-word").inner_text() == HOSTILE
    assert HOSTILE in page.inner_text(".ins-here-labels")


def test_one_utterance_that_cannot_be_loaded_says_so(page):  # noqa: F811
    body = (
        "const el = document.createElement('div'); document.body.append(el);"
        "IntonationInspector.mount(el, { index: [{ id: 'x', text: 'x', speaker: 'x' }],"
        " load: () => Promise.reject(new Error('0000.js is missing')) });"
    )
    evaluate(page, body)
    page.wait_for_function("document.querySelector('.ins-answer').textContent.includes('missing')")
