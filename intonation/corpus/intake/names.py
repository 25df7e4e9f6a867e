"""Names of recordings: any, as people give them; and ids, which files and pages can be named by.

A name that is safe is its own id. Another is written with safe characters, so that it can be told
from the id again: ` ` as `_`, `/` as `.`, ą as `-a` and so on, after the mark `x-`.
"""

import hashlib
import re
import unicodedata

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
LONGEST_ID = 150  # a file is named by it and by what its writer adds, in 255 bytes
CODED, SHORTENED = "x-", "y-"
_CODES = {" ": "_", "/": ".", "_": "-_", ".": "-.", "-": "--"}
_POLISH = dict(zip("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszxACELNOSZX", strict=True))
_CODES |= {letter: f"-{base}" for letter, base in _POLISH.items()}
_CHARACTERS = {code: char for char, code in _CODES.items()}
_CODE = re.compile(r"-u([0-9a-f]+)\.|-.|.")
_UNWRITABLE = ("Cc", "Cs", "Zl", "Zp")  # categories of Unicode: control, no UTF-8, line ends


def id_of(name: str) -> str:
    """A safe id for any name, another for each; `name_of` tells the name again.

    What would be longer than LONGEST_ID ends in a digest of the name instead, with the mark `y-`.
    """
    marked = name.startswith((CODED, SHORTENED))
    if SAFE_ID.fullmatch(name) and len(name) <= LONGEST_ID and not marked:
        return name
    coded = CODED + "".join(map(_coded, name))
    if len(coded) <= LONGEST_ID:
        return coded
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{SHORTENED}{coded[len(CODED) : LONGEST_ID - 40]}-{digest}"


def _coded(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    return _CODES.get(char) or f"-u{ord(char):x}."


def name_of(recording_id: str) -> str:
    """The name that an id was made of. Raises ValueError for one that was shortened."""
    if recording_id.startswith(SHORTENED):
        raise ValueError(f"{recording_id} was shortened; its name stands in the column source")
    if not recording_id.startswith(CODED):
        return recording_id
    return _CODE.sub(_decoded, recording_id[len(CODED) :])


def _decoded(code: re.Match[str]) -> str:
    return chr(int(code[1], 16)) if code[1] else _CHARACTERS.get(code[0], code[0])


def bad_name(name: str) -> str:
    """What is wrong with a name that has to be an id already, as in a tree; "" for nothing."""
    if SAFE_ID.fullmatch(name):
        return ""
    return f"the name {name!r} should be letters, digits, '_', '-', '.'; rename the file"


def unwritable(name: str) -> str:
    """Why a name cannot stand in a table; "" for nothing."""
    if not any(unicodedata.category(char) in _UNWRITABLE for char in name):
        return ""
    return (
        "its name has a control character, a line break or bytes that are no UTF-8; expected "
        "letters, spaces and signs: rename it"
    )


def shown(name: str) -> str:
    """A name as it can stand in one line of a table."""
    return "".join(
        f"\\x{ord(char):02x}" if unicodedata.category(char) in _UNWRITABLE else char
        for char in name
    )


def composed(name: str) -> str:
    """A name as it can be compared: with composed letters, which macOS takes apart."""
    return unicodedata.normalize("NFC", name)
