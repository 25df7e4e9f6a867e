"""How a parameter is declared, checked, read from text and written."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from intonation.errors import ParameterError

MANY = 10**9  # as good as no end


def declared(default: Any, meaning: str, **known: Any) -> Any:
    """A field of a record of parameters; known: range, choices, most, word, smoke, full."""
    return dataclasses.field(default=default, metadata={"meaning": meaning, **known})


def choice(default: str, choices: tuple[str, ...], meaning: str) -> Any:
    """One of some words, the same in every profile."""
    return declared(default, meaning, choices=choices)


def number(default: float, allowed: tuple[float, float], meaning: str) -> Any:
    """The same in every profile."""
    return declared(default, meaning, range=allowed)


def words(meaning: str, most: int) -> Any:
    """Text of at most so many characters, "" for nothing; it may come from outside."""
    return declared("", meaning, most=most)


def budget(
    default: float, smoke: float, full: float, allowed: tuple[float, float], meaning: str
) -> Any:
    """What costs time, in each profile."""
    return declared(default, meaning, range=allowed, smoke=smoke, full=full)


def utterances(default: int, smoke: int, meaning: str) -> Any:
    """At most so many utterances, evenly chosen; the profile full takes them all."""
    return budget(default, smoke, 0, (0, MANY), f"{meaning}, at most; 0 for all")


def written(value: Any) -> str:
    """As `parse` takes it."""
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def allowed(kind: type[Any], known: Mapping[str, Any]) -> str:
    """The values that a parameter may have, in words; known: what was declared of it."""
    if kind is bool:
        return "true or false"
    if "most" in known:
        return f"up to {known['most']} characters"
    if "choices" in known:
        return " or ".join(known["choices"])
    low, high = known["range"]
    if high == MANY:
        return f"{written(low)} or more"
    word = known.get("word")
    return f"{written(low)} to {written(high)}" + (f" or {word}" if word else "")


def parse(name: str, text: str, kind: type[Any], known: Mapping[str, Any]) -> Any:
    """A value from text; raises ParameterError where it does not fit the type."""
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text == known.get("word"):
        return text
    try:
        return text if kind is bool else kind(text)
    except ValueError:
        wanted = _wanted(kind, known)
        raise ParameterError(
            f"parameter {name} is '{text}', expected {wanted}; change it"
        ) from None


def _wanted(kind: type[Any], known: Mapping[str, Any]) -> str:
    """As an error tells it: what type a value has, or which word stands for one."""
    word = known.get("word")
    return f"{kind.__name__} or {word}" if word else kind.__name__


def check(name: str, value: Any, kind: type[Any], known: Mapping[str, Any]) -> None:
    """Raise ParameterError for a value of another type or out of its range."""
    if isinstance(value, str) and value == known.get("word"):
        return
    fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not fits or (kind is not bool and isinstance(value, bool)):
        wanted = _wanted(kind, known)
        raise ParameterError(f"parameter {name} is {value!r}, expected {wanted}; change it")
    if "choices" in known and value not in known["choices"]:
        one_of = ", ".join(known["choices"])
        raise ParameterError(f"parameter {name} is '{value}', expected one of {one_of}; change it")
    if len(str(value)) > known.get("most", MANY):
        raise ParameterError(
            f"parameter {name} has {len(value)} characters, expected {known['most']} at most"
        )
    low, high = known.get("range", (value, value))
    if not low <= value <= high:
        raise ParameterError(f"parameter {name} is {value}, expected {low} to {high}; change it")
