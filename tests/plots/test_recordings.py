"""Figures of recordings in doubt: what is drawn where, and what is not known."""

import numpy as np
import pandas as pd
import parselmouth
import pytest
from builders import inside, texts
from matplotlib.colors import to_hex

from intonation import plots
from intonation.plots.recordings import DYNAMIC_RANGE_DB
from intonation.plots.style import BLUE, ORANGE

RATE_HZ = 16_000
PHONES = ((0.0, 0.2, "pau"), (0.2, 0.5, "a"), (0.5, 1.0, "l"))
WORDS = ((0.2, 1.0, "<al>"),)


def view(f0_hz=None):
    f0_hz = np.where(np.arange(200) < 40, 0, 150.0) if f0_hz is None else f0_hz
    return plots.UtteranceView("Ależ tak.", f0_hz, phones=PHONES, words=WORDS)


def tone(f_hz, seconds=1.0):
    times_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return parselmouth.Sound(0.5 * np.sin(2 * np.pi * f_hz * times_s), sampling_frequency=RATE_HZ)


def test_bars_of_a_check_add_up_and_what_is_doubted_is_written_beside():
    table = pd.DataFrame({"check": ["used", "times"], "fine": [5, 2], "doubtful": [0, 1200]})
    figure = plots.checks_figure(table.assign(unknown=[0, 7]), title="Recordings")
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [5, 2, 0, 1200, 0, 7]
    assert [bar.get_x() for bar in axes.patches][1::2] == [0, 2, 1202]
    found = inside(figure)
    assert "1,200" in found and "not known" in found and "0" in found
    assert "times: 2 fine, 1,200 in doubt, 7 not known" in figure.alt


def test_unusual_rates_stand_out_in_the_row_of_their_speaker():
    table = pd.DataFrame(
        {
            "id": [*"abcdef"],
            "speaker": ["quick", "quick", "slow", "slow", "slow", "slow"],
            "phones_per_s": [15.0, 15.5, 9.0, 30.0, 9.5, np.nan],
            "rate_z": [0.0, np.nan, -0.1, 40.0, 0.1, np.nan],
        }
    )
    figure = plots.rate_figure(table, most_z=3.5)
    (axes,) = figure.axes
    points = {line.get_label(): line for line in axes.get_lines()}
    usual, unusual = points["recording"], points["unusual for the speaker"]
    assert sorted(usual.get_xdata()) == [9.0, 9.5, 15.0, 15.5]
    assert unusual.get_xdata().tolist() == [30.0]
    assert (to_hex(usual.get_color()), to_hex(unusual.get_color())) == (BLUE, ORANGE)
    names = {t.get_text(): t.get_position()[1] for t in axes.texts if t.get_ha() == "right"}
    assert names == {"slow": 0, "quick": 1}
    assert round(unusual.get_ydata()[0]) == 0
    assert "Rate of 5 recordings" in figure.alt and "1 unusual" in figure.alt
    inside(figure)


def test_without_a_known_rate_the_figure_says_so():
    columns = ["id", "speaker", "phones_per_s", "rate_z"]
    figure = plots.rate_figure(
        pd.DataFrame([["a", "s", np.nan, np.nan]], columns=columns), most_z=3
    )
    assert "no rate is known" in texts(figure)


def test_lengths_of_phones_in_their_rows_with_their_number():
    rows = {"phone": ["a", "l"], "count": [1500, 2], "low_ms": [50.0, 30.0]}
    table = pd.DataFrame({**rows, "median_ms": [90.0, 40.0], "high_ms": [200.0, 60.0]})
    figure = plots.phone_lengths_figure(table)
    (axes,) = figure.axes
    (segments,) = (c.get_segments() for c in axes.collections)
    assert [segment[:, 0].tolist() for segment in segments] == [[50.0, 200.0], [30.0, 60.0]]
    assert "1,500" in inside(figure) and "highest 90 ms (a)" in figure.alt


@pytest.mark.parametrize("f_hz", [500, 2000, 4000])
def test_the_spectrogram_shows_a_tone_where_it_is(f_hz):
    figure = plots.recording_figure(view(), tone(f_hz))
    axes = figure.axes[0]
    (image,) = axes.images
    values, (left, right, low, high) = image.get_array(), image.get_extent()
    loudest = np.unravel_index(values.argmax(), values.shape)[0]
    khz = low + (loudest + 0.5) / len(values) * (high - low)
    assert khz == pytest.approx(f_hz / 1000, abs=0.2)
    assert (left, right) == pytest.approx((0, 1)) and high == pytest.approx(5)
    assert np.ptp(image.get_clim()) == pytest.approx(DYNAMIC_RANGE_DB)


def test_boundaries_and_f0_lie_over_the_spectrogram():
    figure = plots.recording_figure(view(), tone(1000))
    axes, *_ = figure.axes
    (lines,) = axes.collections
    assert [segment[0, 0] for segment in lines.get_segments()] == [0.0, 0.2, 0.5, 1.0]
    (above,) = [a for a in axes.child_axes if a.get_ylabel() == "F0 (Hz)"]
    for line in above.get_lines():
        known = np.isfinite(line.get_ydata())
        assert known.sum() == 160 and not known[:40].any()
    assert above.get_xlim() == axes.get_xlim()
    assert {"<al>", "a", "l", "Ależ tak."} <= set(inside(figure))
    assert "Spectrogram with 4 boundaries" in figure.alt


def test_without_a_recording_there_are_times_and_f0():
    figure = plots.recording_figure(view())
    assert not figure.axes[0].images and figure.alt.startswith("No recording; times")
    assert len(figure.data) == 200


def test_a_recording_of_a_low_sampling_rate_ends_where_it_ends():
    low = parselmouth.Sound(np.random.default_rng(0).normal(size=8000) / 9, sampling_frequency=8000)
    (image,) = plots.recording_figure(view(), low).axes[0].images
    assert image.get_extent()[3] <= 4.0


def test_an_unvoiced_recording_can_be_looked_at():
    figure = plots.recording_figure(view(np.zeros(200)), tone(100))
    assert "no value is known" in figure.alt
    inside(figure)
