"""Our Sphinx extensions: regions around tables, folded choices, terms of the glossary."""

import importlib.util

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from docutils import nodes

from intonation.book.dependencies import ROOT
from intonation.book.prose import choice


def extension(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / "_ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages, glossary = extension("readable_pages"), extension("glossary_links")
tables = extension("readable_tables")


def wrapped(body):
    context = {"body": body}
    pages.wrap_tables(None, "a", "page.html", context, None)
    return BeautifulSoup(context["body"], "html.parser")


def test_every_table_is_in_a_region_with_a_name_that_the_keyboard_reaches():
    link = '<a class="headerlink" href="#x">#</a>'
    table = "<table><tr><td>1</td></tr></table>"
    soup = wrapped(
        f"{table}<h2>Errors &amp; <em>such</em>{link}</h2><p>a</p>{table}<h2>B</h2>{table}"
    )
    regions = soup.select("div.table-scroll")
    assert [region["aria-label"] for region in regions] == [
        *("Table 1", "Table 2: Errors & such", "Table 3: B")
    ]
    for region in regions:
        assert region["role"] == "region" and region["tabindex"] == "0"
        assert [child.name for child in region.children] == ["table"]
    assert soup.h2.get_text() == "Errors & such#"


def test_a_table_within_a_table_has_no_region_of_its_own():
    soup = wrapped("<table><tr><td><table></table></td></tr></table><p>after</p>")
    assert len(soup.select("div.table-scroll")) == 1
    assert soup.p.parent.name == "[document]"


def test_a_title_cannot_leave_its_region():
    soup = wrapped('<h2>a" onfocus="alert(1)</h2><table></table>')
    assert set(soup.div.attrs) == {"class", "role", "tabindex", "aria-label"}


def soup_of(body):
    return BeautifulSoup(tables.readable(body), "html.parser")


def test_an_index_is_named_in_the_row_of_the_other_headings():
    index = pd.Index(["a", "b"], name="who")
    table = pd.DataFrame({"f0_low_s": [1, 2], "rmse_semitones": 3, "own": True}, index=index)
    for markup in (table.style.to_html(), table.to_html()):
        heads = soup_of(markup).select("thead tr")
        assert [cell.get_text(strip=True) for cell in heads[0].select("th")][0] == "who"
        assert len(heads) == 1
    shown = soup_of(table.style.to_html())
    assert [cell.get_text() for cell in shown.select("thead th")] == [
        *("who", "F0 low (s)", "RMSE (semitones)", "own")
    ]
    assert [row.select("td")[2].get_text() for row in shown.select("tbody tr")] == ["yes", "yes"]


def test_names_of_columns_and_of_the_index_above_each_other_stay_apart():
    table = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["x"], ["a", "b"]]))
    table = table.rename_axis("who")
    table.columns.names = ["first", "second"]
    heads = soup_of(table.style.to_html()).select("thead tr")
    assert len(heads) == 3 and heads[-1].th.get_text() == "who"


def test_one_table_does_not_lend_its_headings_to_another():
    named = pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="who")).style.to_html()
    plain = pd.DataFrame({"b": [1]}).style.hide().to_html()
    shown = soup_of(plain + named)
    heads = [[th.get_text() for th in head.select("th")] for head in shown.select("thead")]
    assert heads == [["b"], ["who", "a"]]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("at -0.27 (from -0.05 to 3)", "at −0.27 (from −0.05 to 3)"),
        ("-0.000 and -0", "0.000 and 0"),
        ("4e-07, 1.1e+02, 2.092e+05", "4 × 10⁻⁷, 110, 209,200"),
        ("1.5e+09", "1.5 × 10⁹"),
        ("49% of 3 %", "49\N{NO-BREAK SPACE}% of 3\N{NO-BREAK SPACE}%"),
        (
            "2026-09-11, pl-0039, 1-2, 10.1007/978-3, x2e5",
            "2026-09-11, pl-0039, 1-2, 10.1007/978-3, x2e5",
        ),
    ],
)
def test_numbers_are_written_for_readers(written, read):
    assert soup_of(f"<p>{written}</p>").p.get_text() == read
    assert soup_of(f"<td>{written}</td>").td.get_text() == read
    for tag in ("pre", "code", "script"):
        assert soup_of(f"<{tag}>{written}</{tag}>").find(tag).get_text() == written
    assert soup_of(f'<img alt="{written}">').img["alt"] == written


def test_code_is_broken_where_its_parts_meet_and_nowhere_if_it_is_short():
    def code(text):
        return soup_of(f'<code><span class="pre">{text}</span></code>')

    assert code("--corpus").span["class"] == ["pre", "whole"]
    path = "results/&lt;target&gt;/conservation.csv"
    assert str(code(path).span) == (
        '<span class="pre">results/<wbr/>&lt;target&gt;/<wbr/>conservation.csv</span>'
    )
    assert code(path).span.get_text() == "results/<target>/conservation.csv"


def test_a_formula_keeps_its_comma_and_nothing_else():
    formula = '<span class="math notranslate nohighlight"><math><mi>a</mi></math></span>'
    shown = soup_of(f"<p>Let {formula} and {formula}, so</p>")
    assert [one.get_text() for one in shown.select(".whole")] == ["a,"]


def test_long_names_of_rows_may_be_broken():
    names = ["length of the phrase and its neighbours", "short"]
    shown = soup_of(pd.DataFrame({"a": [1, 2]}, index=names).style.to_html())
    assert [cell.get_text() for cell in shown.select(".long")] == names[:1]


def test_columns_of_words_stand_left():
    table = pd.DataFrame({"n": [1.5, -2e-9], "none": ["–", "3 %"], "word": ["a", "2"]})
    soup = wrapped(table.style.hide().to_html())
    assert [cell.get_text() for cell in soup.select(".words")] == ["word", "a", "2"]


def folded(*children, tags=()):
    output = nodes.container("", *children, classes=["cell_output"])
    document = nodes.container("", output, classes=["cell", *tags])
    pages.fold_choices(None, document, "a")
    return "".join(node.astext() for node in output.children)


def raw(markup):
    return nodes.raw("", markup, format="html")


def test_what_stands_under_titles_is_folded_and_the_first_is_open():
    first, second = (raw(choice(title).data) for title in ("One", "<b>Two</b>"))
    markup = folded(first, raw("<i>1</i>"), second, raw("<i>2</i>"))
    soup = BeautifulSoup(markup, "html.parser")
    one, two = soup.find_all("details", recursive=False)
    assert one.has_attr("open") and not two.has_attr("open")
    assert one["name"] == two["name"]
    assert one.summary.get_text() == "One" and one.i.get_text() == "1"
    assert two.summary.get_text() == "<b>Two</b>" and two.i.get_text() == "2"


def test_a_cell_may_begin_with_none_open():
    markup = folded(raw(choice("One").data), raw("<i>1</i>"), tags=["tag_shut"])
    assert not BeautifulSoup(markup, "html.parser").details.has_attr("open")


def exercises(*children):
    section = nodes.section("", nodes.title("", "Exercises"), *children, ids=["exercises"])
    pages.fold_exercises(None, nodes.container("", section), "a")
    return section.children


@pytest.mark.parametrize(
    ("count", "told"),
    [(1, "1 exercise, with its solution"), (3, "3 exercises, with solutions")],
)
def test_exercises_are_folded_with_their_solutions_below_their_heading(count, told):
    cells = [nodes.container("", classes=["cell", "tag_solution"]) for _ in range(count)]
    asked = nodes.paragraph("", "1. Why?")
    title, begin, *within, end = exercises(asked, *cells)
    assert title.astext() == "Exercises" and within == [asked, *cells]
    assert begin.astext() == f'<details class="choice"><summary>{told}</summary>'
    assert end.astext() == "</details>"


def test_exercises_without_a_solution_stay_as_they_are():
    asked = nodes.paragraph("", "1. Why?")
    assert exercises(asked)[1:] == [asked]


def test_an_output_without_titles_stays_as_it_is():
    assert folded(raw("<i>1</i>"), raw("<i>2</i>")) == "<i>1</i><i>2</i>"


@pytest.mark.parametrize(
    ("term", "forms"),
    [
        ("syllable", ["syllable"]),
        ("fundamental frequency (F0)", ["fundamental frequency", "F0"]),
        ("voicing, voiced and unvoiced", ["voicing", "voiced", "unvoiced"]),
        ("content word, function word", ["content word", "function word"]),
        ("question", []),
        ("layer-wise relevance propagation (LRP)", ["layer-wise relevance propagation", "LRP"]),
    ],
)
def test_a_term_is_known_by_what_pages_say(term, forms):
    assert glossary.spoken(term) == forms


def test_words_are_found_whole_in_either_number_and_acronyms_as_written():
    find = glossary.pattern(["phone", "phoneme", "boundary tone", "F0", "loss"])
    text = "Phones, a phoneme; boundary tones, f0 and F0, quinphone, losses, phone-like, gloss"
    assert [found[0] for found in find.finditer(text)] == [
        *("Phones", "phoneme", "boundary tones", "F0", "losses")
    ]


class Builder:
    def get_relative_uri(self, here, there):
        return f"../{there}.html"


class App:
    builder = Builder()

    class env:
        @staticmethod
        def get_domain(name):
            class Domain:
                def get_objects(self):
                    yield "syllable", "", "term", "book/glossary", "term-syllable", 0
                    yield "a title", "", "label", "book/intro", "x", 0

            return Domain()


def linked(document, name="book/intro"):
    glossary.link_terms(App(), document, name)
    return [node["refuri"] for node in document.findall(nodes.reference)], document.astext()


def page():
    title = nodes.title("", "The syllable")
    code = nodes.literal("", "syllable")
    first = nodes.paragraph("", "", code, nodes.Text(" Of syllables, and of a syllable."))
    return nodes.section("", title, first, nodes.paragraph("", "A syllable."))


def test_a_term_is_linked_once_where_a_sentence_first_has_it():
    document = page()
    before = document.astext()
    addresses, text = linked(document)
    assert addresses == ["../book/glossary.html#term-syllable"] and text == before
    (reference,) = document.findall(nodes.reference)
    assert reference.astext() == "syllables" and "term-link" in reference["classes"]


def test_the_glossary_does_not_link_to_itself():
    assert linked(page(), "book/glossary")[0] == []
