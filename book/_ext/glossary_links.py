"""Sphinx extension: a term of the glossary is a link where it first occurs on a page.

The terms are those of the glossary itself, in singular or plural, with the short forms that stand
in its brackets. Headings, code, links and tables stay as they are.
"""

import re

from docutils import nodes

KIND = "term"
# Words that the chapters also use in their everyday sense, or in another one; a chapter that means
# the term links it by hand.
EVERYDAY = {"question", "field", "onset", "training", "validation", "pitch"}
# What a page says instead of an entry's headword.
ALSO = {
    "training, validation and test data": ("training data", "test data", "test set"),
    "temporal convolutional network (TCN)": ("temporal convolutional network", "TCN"),
    "(pitch) accent": ("pitch accent", "accent"),
    "Z rule (LRP-0)": ("Z rule", "LRP-0"),
    "z-box rule": ("z-box rule",),
    "resynthesis": ("resynthesis", "resynthesise"),
    "bootstrap interval": ("bootstrap interval", "bootstrap"),
    "batch normalisation": ("batch normalisation", "batch norm"),
    "absorbed relevance": ("absorbed relevance", "absorbed by biases", "what the biases absorbed"),
}
SHUT = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.raw,
    nodes.entry,
    nodes.term,
    nodes.citation,
    nodes.caption,
)
SHORT = re.compile(r"\s*\(([^)]+)\)")


def spoken(term: str) -> list[str]:
    """How pages may say a term: its parts, without brackets, and what the brackets hold."""
    if term in ALSO:
        return list(ALSO[term])
    short = [found for found in SHORT.findall(term) if found.isupper()]
    names = re.split(r", | and ", SHORT.sub("", term).strip())
    return [name for name in [*names, *short] if name.lower() not in EVERYDAY]


def known_terms(env) -> dict[str, tuple[str, str]]:
    """Page and anchor of each spoken term, capital letters kept where they matter."""
    found = {}
    for name, _, kind, docname, anchor, _ in env.get_domain("std").get_objects():
        if kind == KIND:
            found |= {form: (docname, anchor) for form in spoken(name)}
    return found


def pattern(forms) -> re.Pattern:
    """Any of the forms as a whole word, the longest first; acronyms only as they are written."""
    ordered = sorted(forms, key=len, reverse=True)
    parts = [re.escape(f) if f.isupper() else f"(?i:{re.escape(f)})" for f in ordered]
    return re.compile(rf"(?<![\w/-])({'|'.join(parts)})(?:s|es)?(?![\w-])")


def link_terms(app, doctree, docname) -> None:
    """Link the first occurrence of every term on a page that is not the glossary."""
    terms = known_terms(app.env)
    if not terms or docname in {page for page, _ in terms.values()}:
        return
    exact = {form.lower(): target for form, target in terms.items()}
    find, seen = pattern(terms), set()
    for text in list(doctree.findall(nodes.Text)):
        if _is_open(text):
            _link(app, docname, text, find, exact, seen)


def _is_open(text: nodes.Text) -> bool:
    node, within_paragraph = text.parent, False
    while node is not None:
        if isinstance(node, SHUT):
            return False
        within_paragraph |= isinstance(node, nodes.paragraph)
        node = node.parent
    return within_paragraph


def _link(app, docname, text, find, exact, seen) -> None:
    parts, done, source = [], 0, text.astext()
    for found in find.finditer(source):
        target = exact[found[1].lower()]
        if target in seen:
            continue
        seen.add(target)
        parts += [nodes.Text(source[done : found.start()]), _reference(app, docname, target, found)]
        done = found.end()
    if parts:
        text.parent.replace(text, [*parts, nodes.Text(source[done:])])


def _reference(app, docname, target, found) -> nodes.reference:
    page, anchor = target
    address = f"{app.builder.get_relative_uri(docname, page)}#{anchor}"
    return nodes.reference("", found[0], refuri=address, internal=True, classes=["term-link"])


def setup(app) -> dict:
    """Register with Sphinx."""
    app.connect("doctree-resolved", link_terms, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
