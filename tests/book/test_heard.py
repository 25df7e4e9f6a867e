"""Recordings that are heard on a page, and links to the inspector."""

import base64
import io
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import parselmouth
import pytest
import soundfile
from bs4 import BeautifulSoup

from intonation.book.pages.heard import RATE_HZ, inspector_link, player


@pytest.mark.parametrize("rate_hz", [8000, 22_050, 48_000])
def test_a_recording_is_heard_as_mp3_whatever_its_rate(rate_hz):
    times_s = np.arange(rate_hz) / rate_hz
    tone = parselmouth.Sound(1.5 * np.sin(2 * np.pi * 200 * times_s), sampling_frequency=rate_hz)
    tag = BeautifulSoup(player(tone, 'Recording <"x">').data, "html.parser").audio
    assert tag.has_attr("controls") and tag["aria-label"] == 'Recording <"x">'
    kind, encoded = tag["src"].split(";base64,")
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(encoded)))
    assert kind == "data:audio/mpeg" and rate == RATE_HZ
    assert len(samples) == pytest.approx(RATE_HZ, abs=2)
    inner = samples[2400:-2400]  # a decoder overshoots where a tone begins at once
    assert 0.7 < np.abs(inner).max() <= 1, "loud, and not clipped"
    spectrum = np.abs(np.fft.rfft(samples))
    assert spectrum.argmax() == pytest.approx(200, abs=2)


def test_a_quiet_recording_stays_quiet():
    quiet = parselmouth.Sound(0.01 * np.sin(np.arange(24_000) / 20), sampling_frequency=24_000)
    tag = BeautifulSoup(player(quiet, "quiet").data, "html.parser").audio
    samples, _ = soundfile.read(io.BytesIO(base64.b64decode(tag["src"].partition(",")[2])))
    assert np.abs(samples).max() < 0.02


def test_a_link_asks_the_inspector_for_the_utterance():
    link = BeautifulSoup(inspector_link("a-1.b", "<i>"), "html.parser").a
    address = urlsplit(link["href"])
    assert address.path == "13_inspector.html" and link.get_text() == "<i>"
    assert parse_qsl(address.fragment) == [("target", "semitones"), ("utterance", "a-1.b")]
