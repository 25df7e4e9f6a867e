"""The inspector on a page: its files, how they are loaded, the gallery, and what plays."""

import base64
import io
import json

import numpy as np
import pytest
import soundfile
from browser import browser, open_pages  # noqa: F401
from inspectors import HOSTILE, PHONES, make_data

from intonation.book.inspector.page import (
    FRONT,
    PAGE_SCRIPT,
    SCRIPTS,
    Shown,
    entry_of,
    front_script,
    front_style,
    inspector_html,
    place,
    sentence_type,
    thumbnail,
    widget_module,
    write_front,
)
from intonation.book.inspector.sounds import RATE_HZ
from intonation.corpus.sounds import encoded_mp3
from intonation.files import write_text

SECONDS = 2.0


def read(path):
    """Key and value of a data file."""
    inner = path.read_text(encoding="ascii").removeprefix("intonationInspectorData(")
    return json.loads(f"[{inner.removesuffix(');' + chr(10))}]")


def test_every_script_and_style_is_part_of_the_page():
    assert {path.name for path in FRONT.glob("*.js")} == {*SCRIPTS, PAGE_SCRIPT}
    assert len(SCRIPTS) == len(set(SCRIPTS))
    for name in (*SCRIPTS, PAGE_SCRIPT):
        assert (FRONT / name).read_text(encoding="utf-8") in front_script()
    for path in FRONT.glob("*.css"):
        assert path.read_text(encoding="utf-8") in front_style()
    assert "intonationInspectorData" not in widget_module()
    assert len(front_script()) + len(front_style()) < 400_000


def test_page_files_hold_the_data_and_no_markup(tmp_path):
    data = make_data(text=HOSTILE, speaker=HOSTILE, utterance_id=HOSTILE)
    shown = inspector_html([data], tmp_path, name="x.1").data
    assert HOSTILE not in shown and 'data-name="x.1"' in shown and "<noscript>" in shown
    folder = tmp_path / "inspector" / "x.1"
    assert all("<" not in path.read_text(encoding="ascii") for path in folder.iterdir())
    assert read(folder / "0000.js") == ["x.1/0000", data]
    _, index = read(folder / "index.js")
    assert index["utterances"] == [{**entry_of(data), "sound": None}] and not index["network"]


@pytest.mark.parametrize("name", ["../x", "a/b", "", 'a"b', "ą", ".hidden"])
def test_names_that_are_no_file_names_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="expected letters, digits"):
        inspector_html([make_data()], tmp_path, name=name)
    assert not list(tmp_path.rglob("*.js"))


def test_an_inspector_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one utterance"):
        inspector_html([], tmp_path)


def test_utterances_are_taken_one_at_a_time(tmp_path):
    folder = tmp_path / "inspector" / "x"

    def make():
        for number in range(3):
            assert not (folder / f"{number:04d}.js").exists()
            assert number == 0 or (folder / f"{number - 1:04d}.js").exists()
            yield make_data(utterance_id=f"u{number}")

    inspector_html(make(), tmp_path, name="x")
    assert [entry["id"] for entry in read(folder / "index.js")[1]["utterances"]] == [
        "u0",
        "u1",
        "u2",
    ]


def test_sounds_and_network_lie_in_files_of_their_own(tmp_path):
    silent = {"rate": 24000, "versions": {}, "titles": {}, "missing": "why"}
    heard = {**silent, "versions": {"original": "T2dn"}, "missing": ""}
    shown = [Shown(make_data(), heard, 1.236), Shown(make_data(utterance_id="u2"), silent)]
    inspector_html(shown, tmp_path, name="x", network={"format": 1})
    folder = tmp_path / "inspector" / "x"
    assert read(folder / "0000.sound.js") == ["x/0000.sound", heard]
    assert read(folder / "network.js") == ["x/network", {"format": 1}]
    index = read(folder / "index.js")[1]
    told = [(entry["sound"], entry["rmse"]) for entry in index["utterances"]]
    assert told == [(True, 1.24), (False, None)] and index["network"]


def test_an_entry_has_what_one_searches_sorts_and_filters_by():
    entry = entry_of(make_data(text="Czy to tak?"), 0.5)
    assert entry == {
        **{"id": "u1", "text": "Czy to tak?", "speaker": "Female1", "type": "question"},
        **{"words": 3, "rmse": 0.5, "seconds": 0.4},
    }


@pytest.mark.parametrize(
    "text, kind",
    [
        ("Tak.", "statement"),
        ("Czy to tak?", "question"),
        ("„Czy to tak?”", "question"),
        ("No nie!…", "exclamation"),
        ("Stój! Nie idź.", "statement"),
        ("", "statement"),
        ("Co?!", "exclamation"),
    ],
)
def test_the_type_of_a_sentence_is_that_of_its_last_mark(text, kind):
    assert sentence_type(text) == kind


def decoded(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def test_a_thumbnail_is_small_and_has_contours_and_relevance():
    thumb = thumbnail(make_data())
    assert len(json.dumps(thumb)) < 600
    true = decoded(thumb["true"], np.uint8)
    assert len(true) == 64 and (true[:24] == 0).all() and (true[44:] == 0).all()
    at = 24 + np.flatnonzero(true[24:44])[0]
    frame = int((at + 0.5) * 80 / 64)
    hertz = 180 + (frame - 30) * 40 / 23
    assert (true[at] - 1) / 8 - 15.9 == pytest.approx(12 * np.log2(hertz / 200), abs=0.13)
    heat = decoded(thumb["heat"], np.int8).reshape(thumb["rows"], thumb["columns"])
    assert heat[0].max() == 127 and thumb["most"] == pytest.approx(1.5, rel=1e-3)
    assert (heat[:, 0] == 0).all() and heat[1].min() == round(-1.5 / 1.5 * 127)
    assert decoded(thumb["predicted"], np.uint8)[at] > true[at]


def test_an_utterance_without_voice_or_relevance_has_a_thumbnail_too():
    level = {"g": {"title": "G", "groups": ["A"], "values": [[0.0] * 5]}}
    thumb = thumbnail(make_data(f0_true_hz=[0] * 80, levels=level, reference_hz=None))
    assert not decoded(thumb["true"], np.uint8).any() and not decoded(thumb["heat"], np.int8).any()


# ---- in a browser --------------------------------------------------------------------------------


def tone(hz):
    time_s = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    gate = (time_s % 0.5 < 0.25) * 0.5  # onsets at known places
    return gate * np.sin(2 * np.pi * hz * time_s)


@pytest.fixture(scope="module")
def sounds():
    tones = {"original": tone(300), "predicted": tone(500)}
    versions = {name: encoded_mp3(samples, RATE_HZ) for name, samples in tones.items()}
    encoded = {name: base64.b64encode(sound).decode() for name, sound in versions.items()}
    return {"rate": RATE_HZ, "versions": encoded, "titles": {}, "missing": ""}


TEXTS = ["Żółw śpi.", "Czy to prawda?", "Stój!", HOSTILE, "Zupełnie inne zdanie."]


def utterance(number, text):
    edges = np.linspace(0, SECONDS, len(PHONES) + 1)
    phones = [(name, a, b) for (name, *_), a, b in zip(PHONES, edges[:-1], edges[1:], strict=True)]
    f0_hz = np.where(np.arange(400) % 100 < 60, 180.0 + number, 0.0)
    return make_data(
        utterance_id=f"u{number}", text=text, phones=phones, words=[], f0_true_hz=f0_hz,
        f0_predicted_hz=f0_hz, speaker="one" if number % 2 else "two",
        explained_frames=[80] * 5,
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory, sounds):
    """Address of a page on the disk with five utterances, the third without sound."""
    folder = tmp_path_factory.mktemp("site")
    silent = {**sounds, "versions": {}, "missing": "There is nothing to hear: no recording."}
    shown = [
        Shown(utterance(n, text), silent if n == 2 else sounds, rmse=[2.0, 0.5, 1.0, 3.0, 0.7][n])
        for n, text in enumerate(TEXTS)
    ]
    return write_page(folder, inspector_html(shown, folder / "_static", name="x"))


def write_page(folder, *places):
    write_front(folder / "_static")
    body = "".join(one.data for one in places)
    write_text(
        folder / "page.html",
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>'
        '<link rel="stylesheet" href="_static/front/inspector.css">'
        '<script defer src="_static/front/inspector.js"></script></head>'
        f"<body>{body}</body></html>",
    )
    return (folder / "page.html").as_uri()


@pytest.fixture
def opened(browser, site):  # noqa: F811
    with open_pages(browser, width=1000) as (page, complaints):
        page.goto(site)
        page.wait_for_selector(".gal-card canvas")
        page.wait_for_selector(".ins-bars tbody tr")
        yield page
        assert page.evaluate("window.hacked") is None
        assert not complaints


def texts(page):
    return page.locator(".gal-text").all_inner_texts()


def test_cards_are_found_without_marks_filtered_and_sorted(opened):
    assert texts(opened) == TEXTS
    assert opened.inner_text(".gal-count") == "5 of 5 utterances"
    opened.get_by_label("Find").last.fill("zolw")
    assert texts(opened) == ["Żółw śpi."] and opened.inner_text(".gal-count").startswith("1 of 5")
    opened.get_by_label("Find").last.fill("")
    opened.get_by_label("Type").select_option("question")
    assert texts(opened) == ["Czy to prawda?"]
    opened.get_by_label("Type").select_option("")
    opened.get_by_label("Speaker").select_option("two")
    assert texts(opened) == [TEXTS[0], TEXTS[2], TEXTS[4]]
    opened.get_by_label("Order").select_option("worst")
    assert texts(opened) == [TEXTS[0], TEXTS[2], TEXTS[4]]
    opened.get_by_label("Order").select_option("best")
    assert texts(opened) == [TEXTS[4], TEXTS[2], TEXTS[0]]
    opened.get_by_label("Find").last.fill("nothing like it")
    assert texts(opened) == [] and opened.inner_text(".gal-count") == "0 of 5 utterances"


def test_a_card_opens_its_utterance_and_is_marked(opened):
    current = opened.locator(".gal-open[aria-current=true] .gal-text")
    assert current.all_inner_texts() == [TEXTS[0]]
    opened.locator(".gal-open").nth(1).click()
    opened.wait_for_function("document.querySelector('.ins-text').textContent.includes('prawda')")
    opened.wait_for_function("document.querySelectorAll('.gal-open[aria-current]').length === 1")
    assert current.all_inner_texts() == [TEXTS[1]]


def test_cards_are_reached_by_arrows_and_one_tab_stop(opened):
    stops = "[...document.querySelectorAll('.gal-list button')].filter((b) => b.tabIndex === 0)"
    assert opened.evaluate(f"{stops}.length") == 3
    opened.locator(".gal-open").first.focus()
    for key, at in {"ArrowDown": 1, "End": 4, "ArrowUp": 3, "Home": 0}.items():
        opened.keyboard.press(key)
        focused = "document.activeElement.closest('li').dataset.position"
        assert opened.evaluate(focused) == str(at)
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Enter")
    opened.wait_for_function("document.querySelector('.ins-text').textContent.includes('prawda')")


def test_thumbnails_are_drawn_in_colour(opened):
    opened.locator(".gal-thumb").first.scroll_into_view_if_needed()
    opened.wait_for_function(
        "(() => { const c = document.querySelector('.gal-thumb');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " const seen = new Set(); for (let i = 0; i < d.length; i += 4)"
        " if (d[i + 3] > 250) seen.add((d[i] << 16) | (d[i + 1] << 8) | d[i + 2]);"
        " return seen.size > 4; })()"
    )


def test_a_card_plays_and_stops_and_another_takes_over(opened):
    first, second = opened.locator(".gal-play").nth(0), opened.locator(".gal-play").nth(2)
    first.click()
    opened.wait_for_function("document.querySelector('.gal-play').ariaPressed === 'true'")
    second.click()
    opened.wait_for_function("document.querySelectorAll('.gal-play')[2].ariaPressed === 'true'")
    assert first.get_attribute("aria-pressed") == "false"
    second.click()
    opened.wait_for_function("!document.querySelector('.gal-play[aria-pressed=true]')")
    assert second.get_attribute("aria-label") == "Play, recorded: Czy to prawda?"


def test_an_utterance_without_sound_has_no_buttons_and_the_score_says_why(opened):
    cards = opened.locator(".gal-card")
    assert [cards.nth(n).locator(".gal-play").count() for n in range(5)] == [2, 2, 0, 2, 2]
    opened.locator(".gal-open").nth(2).click()
    opened.wait_for_function(
        "document.querySelector('.ins').textContent.includes('There is nothing to hear')"
    )


def test_only_what_is_chosen_is_loaded(browser, site):  # noqa: F811
    asked = []
    with open_pages(browser) as (page, complaints):
        page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
        page.goto(site)
        page.wait_for_selector(".ins-bars tbody tr")
        page.wait_for_selector(".gal-card")
        assert "0000.js" in asked and "0001.js" not in asked and "network.js" not in asked
        page.locator(".gal-open").nth(1).click()
        page.wait_for_function("document.querySelector('.ins-text').textContent.includes('prawda')")
        assert "0001.js" in asked and "0003.js" not in asked and not complaints


def test_a_missing_file_is_told_and_asked_for_again(browser, tmp_path):  # noqa: F811
    shown = [utterance(n, text) for n, text in enumerate(TEXTS)]
    address = write_page(tmp_path, inspector_html(shown, tmp_path / "_static", name="x"))
    missing = tmp_path / "_static" / "inspector" / "x" / "0001.js"
    content = missing.read_text(encoding="utf-8")
    missing.unlink()
    with open_pages(browser) as (page, _):
        page.goto(address)
        page.wait_for_selector(".gal-card")
        page.locator(".gal-open").nth(1).click()
        page.wait_for_function("document.body.textContent.includes('x/0001.js is missing')")
        missing.write_text(content, encoding="utf-8")
        page.locator(".gal-open").nth(1).click()
        page.wait_for_function("document.querySelector('.ins-text').textContent.includes('prawda')")


def test_a_page_may_ask_for_an_utterance_and_no_gallery(browser, site, tmp_path):  # noqa: F811
    shown = [utterance(n, text) for n, text in enumerate(TEXTS)]
    inspector_html(shown, tmp_path / "_static", name="x")
    address = write_page(
        tmp_path, place("x", id="u4", level="word", gallery="none"), place("x", id="no such")
    )
    with open_pages(browser) as (page, complaints):
        page.goto(address)
        page.wait_for_function("document.querySelectorAll('.ins-bars tbody tr').length >= 2")
        titles = page.locator(".ins-text").all_inner_texts()
        assert "inne zdanie" in titles[0] and "Żółw" in titles[1]
        assert page.locator(".ins-level").first.input_value() == "word"
        assert page.locator(".gal-folded").count() == 1 and page.locator(".gal-card").count() == 0
        page.locator(".gal-folded summary").click()
        page.wait_for_selector(".gal-card")
        assert not complaints


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_gallery_fits_a_phone(browser, site, theme):  # noqa: F811
    with open_pages(browser, width=390, theme=theme) as (page, complaints):
        page.goto(site)
        page.wait_for_selector(".gal-card")
        wide = page.evaluate(
            "[...document.querySelectorAll('.gal, .gal *')].filter((one) =>"
            " one.getBoundingClientRect().right > 391).map((one) => one.className)"
        )
        assert wide == [] and not complaints


def test_two_thousand_utterances_are_found_at_once(browser, tmp_path):  # noqa: F811
    """What is looked at is drawn, whatever the number: a few dozen cards."""
    data = utterance(0, "x")
    shown = [
        Shown({**data, "id": f"u{n}", "text": f"Zdanie numer {n} jest tu."}, rmse=n / 1000)
        for n in range(2000)
    ]
    address = write_page(tmp_path, inspector_html(shown, tmp_path / "_static", name="x"))
    assert len(list((tmp_path / "_static" / "inspector" / "x").glob("thumbs*.js"))) == 20
    with open_pages(browser) as (page, complaints):
        page.goto(address)
        page.wait_for_selector(".gal-card")
        assert page.locator(".gal-card").count() == 24
        page.get_by_label("Find").last.fill("numer 19")
        assert page.inner_text(".gal-count") == "111 of 2000 utterances"
        assert page.locator(".gal-card").count() == 24
        more = page.locator(".gal-more")
        assert more.inner_text() == "Show 24 more of 87"
        more.click()
        assert page.locator(".gal-card").count() == 48
        assert page.evaluate("document.activeElement.closest('li').dataset.position") == (
            page.locator(".gal-card").nth(24).get_attribute("data-position")
        )
        assert not complaints


# ---- sound ---------------------------------------------------------------------------------------


@pytest.fixture
def player(browser, sounds, tmp_path):  # noqa: F811
    """A page with a player of two tones."""
    (tmp_path / "p.html").write_text('<!doctype html><html lang="en"><title>t</title>', "utf-8")
    with open_pages(browser) as (page, complaints):
        page.goto((tmp_path / "p.html").as_uri())
        page.add_script_tag(content=(FRONT / "sound.js").read_text(encoding="utf-8"))
        page.evaluate(
            "(s) => { window.player = new IntonationSound.Player(s); window.times = [];"
            " window.ended = 0; window.play = (version, a, b) => player.play(version, a, b,"
            " { onTime: (t) => times.push(t), onEnd: () => { ended += 1; } }); }",
            sounds,
        )
        yield page
        assert not complaints


def test_decoded_samples_lie_where_they_were(player):
    found = player.evaluate(
        "player.ready('original').then(({ samples, rate }) => [rate, [...samples]])"
    )
    rate, samples = found[0], np.array(found[1])
    expected = tone(300)
    assert rate == RATE_HZ and abs(len(samples) - len(expected)) <= 0.001 * rate
    length = min(len(samples), len(expected)) - 48
    likeness = [
        np.corrcoef(samples[24 + lag :][: length - 24], expected[24:length])[0, 1]
        for lag in range(-24, 25)
    ]
    assert abs(int(np.argmax(likeness)) - 24) <= 0.001 * rate and max(likeness) > 0.95


def test_it_plays_from_a_place_to_a_place_and_says_where(player):
    player.evaluate("play('original', 0.5, 0.9)")
    player.wait_for_function("player.playing === 'original' && times.length > 3")
    player.wait_for_function("ended === 1", timeout=10_000)
    times = player.evaluate("times")
    assert times[0] == pytest.approx(0.5, abs=0.06) and 0.8 < max(times) <= 0.9
    assert times == sorted(times)
    assert player.evaluate("player.playing") is None and player.evaluate("player.position") is None


def test_another_version_goes_on_at_the_same_place(player):
    player.evaluate("play('original', 0, 1.9)")
    player.wait_for_function("times.at(-1) > 0.3")
    player.evaluate("window.before = player.position; play('predicted', 0, 1.9)")
    player.wait_for_function("player.playing === 'predicted'")
    here, before = player.evaluate("[player.position, before]")
    assert before <= here < before + 0.3 and player.evaluate("ended") == 0
    player.evaluate("player.stop()")
    assert player.evaluate("[player.playing, ended]") == [None, 1]


def test_the_same_version_begins_again(player):
    player.evaluate("play('original', 0, 1.9)")
    player.wait_for_function("times.at(-1) > 0.3")
    player.evaluate("play('original', 0, 1.9)")
    player.wait_for_function("player.playing && player.position < 0.25")
    assert player.evaluate("ended") == 1


def test_one_player_of_a_page_plays(player, sounds):
    player.evaluate(
        "(s) => { window.other = new IntonationSound.Player(s); return play('original', 0, 1.9); }",
        sounds,
    )
    player.evaluate("other.play('predicted', 0, 1)")
    assert player.evaluate("[player.playing, other.playing, ended]") == [None, "predicted", 1]


@pytest.mark.parametrize(
    "spoil, version, reason",
    [
        ("", "no such", 'there is no sound "no such"'),
        ("", "toString", 'there is no sound "toString"'),
        ("player.versions = { original: btoa('no sound') };", "original", "cannot decode MP3"),
        ("delete window.OfflineAudioContext;", "original", "this browser cannot play sound"),
        ("delete window.AudioContext;", "original", "this browser cannot play sound"),
    ],
)
def test_what_cannot_be_played_is_told_in_words(player, spoil, version, reason):
    told = player.evaluate(
        f"(() => {{ {spoil} return play('{version}', 0, 1).then(() => '', (e) => e.message); }})()"
    )
    assert reason in told and player.evaluate("player.playing") is None


def test_no_audio_device_is_opened_before_somebody_plays(player):
    player.evaluate(
        "window.opened = 0; const Real = AudioContext;"
        "window.AudioContext = class extends Real { constructor() { super(); opened += 1; } };"
        "player.ready('original')"
    )
    assert player.evaluate("opened") == 0
    player.evaluate("play('original', 0, 0.1)")
    assert player.evaluate("opened") == 1


def test_the_tones_of_these_tests_are_mp3(sounds):
    encoded = base64.b64decode(sounds["versions"]["original"])
    samples, rate = soundfile.read(io.BytesIO(encoded))
    assert soundfile.info(io.BytesIO(encoded)).format == "MP3" and rate == RATE_HZ
    assert len(samples) == SECONDS * RATE_HZ
