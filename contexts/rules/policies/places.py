"""
Reading JSON so that a fault can be shown where it stands: every value with its place in the file.

Refused are names that occur twice, NaN and Infinity, half characters and NUL, and nesting beyond `DEEPEST`: what one reader takes and another does not.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

DEEPEST: Final = 32
_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


class NotJson(ValueError):
    """What stands at `offset` is not what JSON has there."""

    def __init__(self, message: str, offset: int) -> None:
        self.offset = offset
        super().__init__(message)


class Read(msgspec.Struct, frozen=True):
    """A value, and where each of its parts begins, by JSON pointer."""

    text: str
    value: Any
    places: dict[str, int]

    def offset_of(self, pointer: str, position: int = 0) -> int:
        """Where a part stands, or the nearest part around it; in a text, where its character of that position does."""
        known = pointer
        while known and known not in self.places:
            known = known.rpartition("/")[0]
        start = self.places[known]
        if known != pointer or not position or self.text[start] != '"':
            return start
        return _inside(self.text, start, position)


def read(text: str) -> Read:
    """
    The value that a file holds.

    Raises:
        NotJson.

    """
    reading = _Reading(text)
    value, end = reading.value(reading.space(0), "", 0)
    if reading.space(end) != len(text):
        raise NotJson("here the value should have ended", reading.space(end))
    return Read(text, value, reading.places)


class _Reading:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places: dict[str, int] = {}

    def space(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, pointer: str, depth: int) -> tuple[Any, int]:
        if depth > DEEPEST:
            raise NotJson(f"this is nested deeper than {DEEPEST}", at)
        self.places[pointer] = at
        first = self.text[at : at + 1]
        if first == "{":
            return self.object(at, pointer, depth)
        if first == "[":
            return self.array(at, pointer, depth)
        if first == '"':
            return self.string(at)
        plain = _PLAIN.match(self.text, at)
        if plain is None:
            raise NotJson("here a value should stand", at)
        return json.loads(plain[0]), plain.end()

    def string(self, at: int) -> tuple[str, int]:
        if self.text[at : at + 1] != '"':
            raise NotJson("here a name in quotes should stand", at)
        try:
            found: tuple[str, int] = json.decoder.scanstring(self.text, at + 1, True)  # type: ignore[attr-defined]
            found[0].encode()
        except json.JSONDecodeError as fault:
            raise NotJson(fault.msg.lower(), fault.pos) from fault
        except UnicodeEncodeError as fault:
            raise NotJson("this text holds half a character", at) from fault
        if "\0" in found[0]:
            raise NotJson("this text holds a NUL", at)
        return found

    def object(self, at: int, pointer: str, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        at = self.space(at + 1)
        while self.text[at : at + 1] != "}":
            if found:
                at = self.after(",", at)
            name, end = self.string(at)
            if name in found:
                raise NotJson(f"{name!r:.60} stands here twice", at)
            inside = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            found[name], at = self.value(self.after(":", self.space(end)), inside, depth + 1)
            at = self.space(at)
        return found, at + 1

    def array(self, at: int, pointer: str, depth: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        at = self.space(at + 1)
        while self.text[at : at + 1] != "]":
            if found:
                at = self.after(",", at)
            value, at = self.value(at, f"{pointer}/{len(found)}", depth + 1)
            found.append(value)
            at = self.space(at)
        return found, at + 1

    def after(self, mark: str, at: int) -> int:
        if self.text[at : at + 1] != mark:
            raise NotJson(f"here a {mark} should stand", at)
        return self.space(at + 1)


def _inside(text: str, start: int, position: int) -> int:
    """Where the character of that position stands in a text that begins with its quote: an escape is one character."""
    at = start + 1
    for _ in range(position):
        if text[at] == '"':
            return at
        if text[at] != "\\":
            at += 1
        elif text[at + 1] != "u":
            at += 2
        else:
            at += 12 if text[at + 2 : at + 4].lower() in {"d8", "d9", "da", "db"} else 6
    return at


def shown(name: str, text: str, offset: int, message: str, length: int = 1) -> str:
    """A fault as compilers show it: `file:line:column: what`, the line, and a caret under it."""
    line = text.count("\n", 0, offset) + 1
    begin = text.rfind("\n", 0, offset) + 1
    column = offset - begin + 1
    written = text[begin:].partition("\n")[0]
    cut = max(0, column - 60)
    excerpt = written[cut : cut + 100]
    caret = " " * (column - 1 - cut) + "^" * max(1, min(length, len(excerpt) - (column - 1 - cut)))
    return f"{name}:{line}:{column}: {message}\n  {excerpt}\n  {caret}"
