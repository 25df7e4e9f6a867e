"""Sphinx extension: a book whose pages need neither network nor kernel.

Formulas become MathML while the book is built, so no page loads a script to draw them.
Pages that carry an inspector load its script and style; other pages do not.
"""

import re
from pathlib import Path

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOGGER = logging.getLogger(__name__)
# Outermost AMS environments; within a displayed formula they only line their rows up.
ALIGNED = re.compile(r"\\(begin|end)\{(?:align|gather|multline|eqnarray)\*?\}")
EQUATION = re.compile(r"\\(?:begin|end)\{equation\*?\}")
# A script of an accented symbol belongs beside it; the converter would set it below or above.
ACCENTED = re.compile(
    r"\\(?:hat|tilde|bar|vec|dot|ddot|widehat|widetilde|overline)\s*(?:\{[^{}]*\}|\\[a-zA-Z]+|\w)"
    r"(?=\s*[_^])"
)
BAR = '<mi mathvariant="normal">|</mi>'
BARS = re.compile(r"<mo[^>]*>\|</mo>")
FONT_PRELOAD = re.compile(r'<link rel="preload" as="font"[^>]*>\s*')
# 1.5 MB for icons that the style sheet draws as well, from a font
ICON_SCRIPT = re.compile(r'<script src="[^"]*/fontawesome/[^"]*/all\.min\.js[^"]*"></script>\s*')
INSPECTOR_MARK = 'class="intonation-inspector"'
INSPECTOR_SCRIPTS = (
    *("data.js", "frame.js", "pens.js", "spectrogram.js", "draw.js", "map.js", "panel.js"),
    *("praat.js", "export.js", "pointer.js", "keys.js", "transport.js", "address.js", "asking.js"),
    *("jupyter.js", "inspector.js", "page.js"),
)


def mathml(node, *, as_block: bool) -> str:
    """Return the formula of a math node as MathML; a formula that cannot be read is a warning."""
    source = EQUATION.sub("", ALIGNED.sub(r"\\\1{aligned}", node.astext())).strip()
    source = ACCENTED.sub(r"\g<0>{}", source)
    try:
        markup = tex2mathml(source, as_block=as_block)
    except MathError as error:
        LOGGER.warning("formula not understood: %s", error, location=node)
        return ""
    # A bar embraces what it stands beside; as a sign it would keep a distance, or grow.
    return BARS.sub(BAR, markup)


def visit_inline(self, node) -> None:
    """Write an inline formula."""
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(f"{mathml(node, as_block=False)}</span>")
    raise nodes.SkipNode


def visit_block(self, node) -> None:
    """Write a displayed formula with its number, where it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append(f"{mathml(node, as_block=True)}</div>\n")
    raise nodes.SkipNode


def add_inspector_files(app, pagename, templatename, context, doctree) -> None:
    """Load the inspector where the page has one."""
    if INSPECTOR_MARK in context.get("body", ""):
        app.add_css_file("front/inspector.css")
        app.add_js_file("front/inspector.js", loading_method="defer")


def drop_font_preloads(app, exception) -> None:
    """Take out the theme's hints to load fonts early, and its script that draws icons again.

    They ask for a cross-origin request, which a browser refuses, as an error, on a page that
    was opened from a disk. The style sheets load the same fonts without it.
    """
    if exception is None:
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            text = ICON_SCRIPT.sub("", FONT_PRELOAD.sub("", text))
            page.write_text(text, encoding="utf-8")


def setup(app) -> dict:
    """Register the renderer and the page hook with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("html-page-context", add_inspector_files)
    app.connect("build-finished", drop_font_preloads)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
