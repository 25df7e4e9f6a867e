"""What the theme writes is made valid and accessible, and nothing else is touched."""

import importlib.util

import pytest

from intonation.book.dependencies import ROOT

PATH = ROOT / "book" / "_ext" / "theme_repairs.py"


@pytest.fixture(scope="module")
def repairs():
    spec = importlib.util.spec_from_file_location("theme_repairs", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "before, after",
    [
        (
            '<head></head><summary aria-label="Toggle hidden content"><p class="a">S</p></summary>',
            '<head></head><summary><span class="a">S</span></summary>',
        ),
        (
            "<head></head><div><style scoped>\na {}\n</style><pre>p</pre><p>x</p></div>",
            "<head><style>\na {}\n</style></head><div><pre>p</pre><p>x</p></div>",
        ),
        (
            '<head></head><button class="btn search-button-field b" title="S" aria-label="S" x>',
            '<head></head><button class="btn search-button-field b" title="S" x>',
        ),
        (
            '<head></head><div role="list" class="citation-list"><div role="doc-biblioentry">',
            '<head></head><div class="citation-list"><div>',
        ),
        (
            '<head></head><div class="math notranslate nohighlight"><ul role="list">',
            '<head></head><div tabindex="0" class="math notranslate nohighlight"><ul role="list">',
        ),
        (
            '<head></head>1 id="search-input" 2 id="search-input" 3',
            '<head></head>1 id="search-input" 2 id="search-page-input" 3',
        ),
        ('<head></head><p id="search-input">&lt;p', '<head></head><p id="search-input">&lt;p'),
        ("no head, <p>one</p>", "no head, <p>one</p>"),
    ],
)
def test_a_repair(repairs, before, after):
    assert repairs.repaired(before) == after
    assert repairs.repaired(after) == after, "what is repaired stays"


def test_rules_for_folded_code_follow_its_words(repairs):
    css = "div.cell details.hide:not([open])>summary>p.expanded {} details.hide p {}"
    assert repairs.FOLDS.sub(r"\1span", css) == css.replace("p.expanded", "span.expanded")
