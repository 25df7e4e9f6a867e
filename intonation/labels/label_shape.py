"""The shapes of full-context labels: which fields a label string holds and what parts them."""

import re
from dataclasses import dataclass
from functools import cached_property

from intonation.errors import LabelError

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class LabelShape:
    """How a full-context string is built: field names in braces, all else literal.

    A field ends where the literal text after it first occurs; no field holds a slash.
    Example: `LabelShape("short", "{p1}^{p2}-{p3}+{p4}={p5}/A:{a1}")`.
    Raises LabelError for a template with no field, two fields without anything between
    them, or a name used twice.
    """

    name: str
    template: str

    def __post_init__(self) -> None:
        names = self.field_names
        if not names or len(set(names)) < len(names) or "" in self.separators[1:-1]:
            raise LabelError(
                f"label shape {self.name}: expected a template such as '{{p1}}^{{p2}}/A:{{a1}}' "
                f"with different field names and text between them, found {self.template!r}"
            )

    @cached_property
    def field_names(self) -> tuple[str, ...]:
        """The fields in their order in the label."""
        return tuple(_SLOT.findall(self.template))

    @cached_property
    def separators(self) -> tuple[str, ...]:
        """The literal text before, between and after the fields: one more than fields."""
        return tuple(_SLOT.split(self.template)[::2])

    @cached_property
    def _fitting(self) -> re.Pattern[str]:
        one = self._expression("{}")
        return re.compile(f"(?:{one}\n)*+")

    @cached_property
    def _splitting(self) -> re.Pattern[str]:
        return re.compile(self._expression("({})"))

    def _expression(self, slot: str) -> str:
        """Nothing is given back once it is taken, so that no label can make a match slow."""
        parts = [re.escape(self.separators[0])]
        for separator in self.separators[1:]:
            first, end = re.escape(separator[:1]), re.escape(separator)
            if len(separator) < 2 or separator.startswith("/"):
                parts.append(slot.format(f"[^/\n{first}]*+") + end)
            else:
                parts.append("(?>" + slot.format(r"[^/\n]*?") + end + ")")
        return "".join(parts)

    def fits(self, *texts: str) -> bool:
        """Whether label strings (without line ends) all have this shape."""
        return self._fitting.fullmatch("\n".join(texts) + "\n") is not None

    def split(self, text: str) -> tuple[str, ...] | None:
        """The values of all fields of a label string, or None where it has another shape."""
        match = self._splitting.fullmatch(text)
        return match.groups() if match else None


_ENGLISH = (
    "{p1}^{p2}-{p3}+{p4}={p5}@{p6}_{p7}/A:{a1}_{a2}_{a3}"
    "/B:{b1}-{b2}-{b3}@{b4}-{b5}&{b6}-{b7}#{b8}-{b9}${b10}-{b11}!{b12}-{b13};{b14}-{b15}|{b16}"
    "/C:{c1}+{c2}+{c3}/D:{d1}_{d2}/E:{e1}+{e2}@{e3}+{e4}&{e5}+{e6}#{e7}+{e8}/F:{f1}_{f2}"
    "/G:{g1}_{g2}/H:{h1}={h2}^{h3}={h4}|{h5}/I:{i1}={i2}/J:{j1}+{j2}-{j3}"
)
ENGLISH = LabelShape("HTS-demo English", _ENGLISH)
ENGLISH_OLDER = LabelShape("HTS-demo English, 2.1 and before", _ENGLISH.replace("^{h3", "@{h3"))
MERLIN = LabelShape(
    "Merlin (Unilex)",
    "{p1}~{p2}-{p3}+{p4}={p5}:{p6}_{p7}/A/{a1}_{a2}_{a3}"
    "/B/{b1}-{b2}-{b3}:{b4}-{b5}&{b6}-{b7}#{b8}-{b9}${b10}-{b11}>{b12}-{b13}<{b14}-{b15}|{b16}"
    "/C/{c1}+{c2}+{c3}/D/{d1}_{d2}/E/{e1}+{e2}:{e3}+{e4}&{e5}+{e6}#{e7}+{e8}/F/{f1}_{f2}"
    "/G/{g1}_{g2}/H/{h1}={h2}:{h3}={h4}&{h5}/I/{i1}_{i2}/J/{j1}+{j2}-{j3}",
)
_JAPANESE = (
    "{p1}^{p2}-{p3}+{p4}={p5}/A:{a1}+{a2}+{a3}/B:{b1}-{b2}_{b3}/C:{c1}_{c2}+{c3}"
    "/D:{d1}+{d2}_{d3}/E:{e1}_{e2}!{e3}_{e4}-{e5}/F:{f1}_{f2}#{f3}_{f4}@{f5}_{f6}|{f7}_{f8}"
    "/G:{g1}_{g2}%{g3}_{g4}_{g5}/H:{h1}_{h2}/I:{i1}-{i2}@{i3}+{i4}&{i5}-{i6}|{i7}+{i8}"
    "/J:{j1}_{j2}/K:{k1}+{k2}-{k3}"
)
JAPANESE = LabelShape("Japanese (HTS demo, Open JTalk)", _JAPANESE)
JAPANESE_HYPHEN = LabelShape(
    "Japanese, G with a hyphen", _JAPANESE.replace("{g4}_{g5}", "{g4}-{g5}")
)
KNOWN_SHAPES = (ENGLISH, ENGLISH_OLDER, MERLIN, JAPANESE, JAPANESE_HYPHEN)
# These name the same things with the same field names, so the taxonomy holds for them.
ENGLISH_FIELDS = (ENGLISH, ENGLISH_OLDER, MERLIN)
