"""The graph of rules: its boxes, its arrows, and that they do not cross a box."""

import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from intonation.book.dependencies import ROOT
from intonation.book.pages.rulegraph import rule_figure, save_rule_figure
from intonation.book.site import rule_edges

EDGES = [("corpus", "features"), ("features", "run_it"), ("corpus", "run_it"), ("corpus", "truth")]


def boxes(figure):
    """Each box in pixels by its label."""
    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    named = [text for text in axes.texts if text.get_text()]
    return {text.get_text(): text.get_bbox_patch().get_window_extent() for text in named}


def test_rules_are_drawn_below_what_they_read():
    found = boxes(rule_figure(EDGES))
    assert set(found) == {"corpus", "features", "truth", "run it"}
    assert found["corpus"].y0 > found["features"].y1 > found["run it"].y1
    arrows = [text for text in rule_figure(EDGES).axes[0].texts if not text.get_text()]
    assert len(arrows) == 3, "corpus to run it is the long way's shortcut"


@pytest.mark.book
def test_the_books_rules_fit_on_a_phone_and_overlap_nowhere():
    figure = rule_figure(rule_edges(ROOT))
    found = boxes(figure)
    assert {"corpus", "training", "seeds", "site"} <= set(found)
    width, height = figure.canvas.get_width_height()
    for name, box in found.items():
        assert box.x0 > 0 and box.x1 < width and box.y0 > 0 and box.y1 < height, name
        assert not [n for n, other in found.items() if n != name and box.overlaps(other)], name


def test_the_drawing_has_no_background_and_always_the_same_bytes(tmp_path):
    paths = [save_rule_figure(rule_figure(EDGES), tmp_path / f"{n}.svg") for n in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    text = paths[0].read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "#ffffff" not in text and "fill: #fdfdfb" not in text and "#808080" in text
