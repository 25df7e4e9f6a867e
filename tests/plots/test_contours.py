"""F0 over words and phones: gaps, what fits between boundaries, and the planted law."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from builders import texts

from intonation import plots
from intonation.labels.intervals import Interval

TITLE = "Żółta łódź płynęła, choć wiał wiatr."
PHONES = ((0.0, 0.1, "pau"), (0.1, 0.3, "ʐ"), (0.3, 0.6, "u"), (0.6, 0.605, "w"), (0.605, 1.0, "x"))
WORDS = ((0.0, 0.1, ""), (0.1, 0.6, "Żółta"), (0.6, 0.61, "niewidoczne"), (0.61, 1.0, "łódź"))


@pytest.fixture
def view():
    f0_hz = np.full(200, 150.0)
    f0_hz[:40] = 0
    predicted = {"f0_predicted_hz": np.full(200, 160.0)}
    return plots.UtteranceView(TITLE, f0_hz, phones=PHONES, words=WORDS, **predicted)


def test_words_and_phones_that_fit_are_written(view):
    found = texts(plots.f0_figure(view))
    assert {"Żółta", "łódź", "ʐ", "u", "x"} <= set(found)
    assert not {"niewidoczne", "w", "pau"} & set(found)


def test_contours_have_gaps_where_natural_f0_is_unvoiced(view):
    figure = plots.f0_figure(view)
    natural, predicted = figure.axes[0].get_lines()[:2]
    for line, hz in ((natural, 150.0), (predicted, 160.0)):
        assert np.isnan(line.get_ydata()[:40]).all()
        assert (line.get_ydata()[40:] == hz).all()
    assert natural.get_xdata()[0] == pytest.approx(0.0025)
    assert {"natural F0", "predicted F0", "F0 (Hz)", "time (s)", TITLE} <= set(texts(figure))


def test_what_is_seen_of_contours_is_where_they_end_and_begin(view):
    view.f0_true_hz[100] = 180.0
    told = plots.f0_figure(view).alt
    assert "natural F0 highest 180 Hz (0.50 s), lowest 150 Hz (0.20 s)" in told
    assert "3 words" in told
    silent = replace(view, f0_true_hz=np.zeros(200), f0_predicted_hz=None)
    assert "natural F0 no value is known" in plots.f0_figure(silent).alt


def test_words_lie_below_the_contour_on_its_time_axis(view):
    (axes,) = plots.f0_figure(view).axes
    (strip,) = axes.child_axes
    assert strip.get_xlim() == axes.get_xlim() == (0, 1.0)


def test_natural_f0_alone(view):
    found = texts(plots.natural_f0_figure(view))
    assert "natural F0" in found and "predicted F0" not in found


def test_the_view_of_an_utterance():
    utterance = SimpleNamespace(text=TITLE, f0_hz=np.ones(4), phones=PHONES, words=WORDS)
    errors = {"rmse_hz": 1.5, "correlation": 0.5}
    view = plots.utterance_view(utterance, f0_predicted_hz=np.ones(4), errors=errors)
    assert (view.title, view.phones, view.words, view.errors) == (TITLE, PHONES, WORDS, errors)
    assert view.seconds == pytest.approx(0.02)
    assert plots.utterance_view(utterance).errors == {}


def test_the_law_and_its_terms():
    phones = tuple(Interval(0.1 * i, 0.1 * (i + 1), symbol) for i, symbol in enumerate("taka"))
    utterance = SimpleNamespace(phones=phones, words=(Interval(0.0, 0.4, "taka"),))
    law = np.array([np.nan, 2.0, np.nan, -1.0])
    terms = {"ONE": law, "SILENT": np.full(4, np.nan), "ZERO": 0 * law}
    figure = plots.law_figure(utterance, law, law + 0.5, terms, title="taka?")
    (contour,) = figure.axes
    rows, strip = contour.child_axes
    planted, predicted = (patch.get_data() for patch in contour.patches)
    np.testing.assert_array_equal(planted.values, law)
    np.testing.assert_array_equal(predicted.values, law + 0.5)
    np.testing.assert_allclose(planted.edges, [0, 0.1, 0.2, 0.3, 0.4])
    assert [label.get_text() for label in rows.get_yticklabels()] == ["ONE", "SILENT", "ZERO"]
    heights = rows.patches[0].get_data().values
    assert heights[1] < 0.5 < heights[3]  # the axis points down: a rise is drawn upwards
    assert "taka" in [text.get_text() for text in strip.texts]
