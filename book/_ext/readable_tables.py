"""Sphinx extension: numbers, tables and code that are read as easily as the prose around them.

Packages write numbers for machines: a hyphen for a minus sign, a zero with a sign, an exponent
after an e. To tables they give an index a row of headings of its own, and headings that are names
of columns, not words. Names of files and of code are longer than a line of a narrow column: they
may be broken where their parts meet, and short ones nowhere.
"""

import html
import re
from collections.abc import Iterator

from intonation.book.prose import VERDICTS, heading

TAG = re.compile(r"<[^>]+>")
ROW = r"<tr[^>]*>((?:(?!</tr>).)*)</tr>"
HEADS = re.compile(rf"(<thead>)\s*{ROW}\s*{ROW}(?=\s*</thead>)", flags=re.S)
HEAD = re.compile(r"\s*<th\b.*?</th>", flags=re.S)
FIELD = re.compile(
    r'(<th [^>]*class="(?:head|col_heading|index_name)\b[^>]*>(?:<p>)?\s*)'
    r"([a-z\d]+(?:_[a-z\d]+)+)(?=[<\s])"
)
VERDICT = re.compile(r"(<td\b[^>]*>)(True|False)(?=</td>)")
NUMBER = re.compile(r"(?<![\w.,/-])(-?)(\d[\d,]*(?:\.\d+)?|\.\d+)(?:e([+-]?\d+))?(?![\w-])")
KEPT = re.compile(
    r"(<(pre|code|script|style|math|svg|button|textarea)\b.*?</\2>|<[^>]+>)", flags=re.S
)
FIRST = re.compile(r'(<t[dh] [^>]*class="(?:row_heading|data row\d+ col0)\b[^"]*)("[^>]*>)([^<]*)')
CODE = re.compile(r'<span class="pre">([^<]*)</span>')
JOINT = re.compile(r"(?<=[\w;])([/_:=]+(?=[\w&])|\.(?=\w{5}))")  # no ending stands alone
FORMULA = re.compile(
    r'(<span class="math notranslate nohighlight">(?:(?!</math>).)*</math></span>[,.;:)]+)', re.S
)
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN = 5  # powers of ten that a number is written without
PERCENT = re.compile(r"(?<=\d) ?%(?!\w)")
LONG_NAME, LONG_CODE = 26, 16  # characters; what is shorter stays on one line


def mend(app, pagename, templatename, context, doctree) -> None:
    """Mend the tables and the code of a page."""
    if body := context.get("body"):
        context["body"] = readable(body)


def readable(body: str) -> str:
    """The body of a page with one row of headings a table, numbers and code for readers."""
    body = HEADS.sub(_one_row, body)
    body = FIELD.sub(lambda found: found[1] + heading(found[2]), body)
    body = VERDICT.sub(lambda found: found[1] + VERDICTS[found[2] == "True"], body)
    body = FIRST.sub(_long_name, "".join(_prose(body)))
    return FORMULA.sub(r'<span class="whole">\1</span>', CODE.sub(_code, body))


def _one_row(found: re.Match) -> str:
    """The names of columns and of the index in one row, where none stands above another."""
    above, below = HEAD.findall(found[2]), HEAD.findall(found[3])
    pairs = list(zip(above, below, strict=False))
    if len(above) != len(below) or any(_text(one) and _text(two) for one, two in pairs):
        return found[0]
    cells = [two if _text(two) else one for one, two in pairs]
    return "".join([found[1], "<tr>", *cells, "</tr>"])


def _text(cell: str) -> str:
    return html.unescape(TAG.sub("", cell)).strip()


def _prose(body: str) -> Iterator[str]:
    """The body in pieces, with the numbers of what is neither code, formula nor markup mended."""
    done = 0
    for found in KEPT.finditer(body):
        yield _numbers(body[done : found.start()])
        yield found[0]
        done = found.end()
    yield _numbers(body[done:])


def _numbers(text: str) -> str:
    return NUMBER.sub(_number, PERCENT.sub("\N{NO-BREAK SPACE}%", text))


def _number(found: re.Match) -> str:
    """A number with a minus sign, none before zero, and a power of ten in place of an e."""
    digits, power = found[2], int(found[3] or 0)
    if 0 < power <= PLAIN:
        digits, power = f"{float(digits) * 10**power:,.0f}", 0
    sign = "\N{MINUS SIGN}" if found[1] and digits.strip("0.,") else ""
    raised = f" × 10{str(power).translate(RAISED)}" if power else ""
    return f"{sign}{digits}{raised}"


def _long_name(found: re.Match) -> str:
    long = " long" if len(html.unescape(found[3]).strip()) > LONG_NAME else ""
    return f"{found[1]}{long}{found[2]}{found[3]}"


def _code(found: re.Match) -> str:
    if len(html.unescape(found[1])) <= LONG_CODE:
        return f'<span class="pre whole">{found[1]}</span>'
    broken = JOINT.sub(r"\1<wbr>", found[1])
    return f'<span class="pre">{broken}</span>'


def setup(app) -> dict:
    """Register with Sphinx, before tables get their regions."""
    app.connect("html-page-context", mend, priority=890)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
