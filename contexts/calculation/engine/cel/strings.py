"""
The functions of strings: the standard ones, and those of the strings extension but `format`.

Places count code points from 0. What this cannot do: upper and lower case beyond ASCII, which CEL
leaves out on purpose. `matches` is in the evaluator, which knows the patterns of an evaluation.
"""

from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_TEXT_RESULT

_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_WHITE_SPACE: Final = (
    "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_QUOTED: Final = str.maketrans(
    {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
        '"': '\\"',
    }
)


def within_bound(length: int) -> None:
    if length > MAX_TEXT_RESULT:
        raise EvaluationError(f"the result is longer than {MAX_TEXT_RESULT}")


def _place(text: str, place: int) -> int:
    if not 0 <= place <= len(text):
        raise EvaluationError(f"index out of range: {place}")
    return place


def contains(text: str, part: str) -> bool:
    return part in text


def char_at(text: str, place: int) -> str:
    start = _place(text, place)
    return text[start : start + 1]


def index_of(text: str, part: str, start: int = 0) -> int:
    return text.find(part, _place(text, start))


def last_index_of(text: str, part: str) -> int:
    return last_index_from(text, part, len(text))


def last_index_from(text: str, part: str, start: int) -> int:
    """Return the last place at or before `start` where the part begins, -1 if there is none."""
    end = min(_place(text, start) + len(part), len(text))
    found = text[:end][::-1].find(part[::-1])  # rfind takes quadratic time on hostile texts
    return found if found < 0 else end - found - len(part)


def lower_ascii(text: str) -> str:
    return text.translate(_LOWER)


def upper_ascii(text: str) -> str:
    return text.translate(_UPPER)


def replace(text: str, old: str, new: str, limit: int = -1) -> str:
    """Return the text with the first so many `old` as `new`; all of them when the limit is negative."""
    found = text.count(old)
    count = found if limit < 0 else min(limit, found)
    within_bound(len(text) + count * (len(new) - len(old)))
    return text.replace(old, new, count)


def split(text: str, separator: str, limit: int = -1) -> list[str]:
    """Return the parts between separators, the characters when it is empty; at most `limit` of them."""
    if limit == 0:
        return []
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if limit < 0 or limit >= len(text):
        return list(text)
    return [*text[: limit - 1], text[limit - 1 :]]


def substring(text: str, start: int) -> str:
    return text[_place(text, start) :]


def substring_between(text: str, start: int, end: int) -> str:
    first, last = _place(text, start), _place(text, end)
    if first > last:
        raise EvaluationError(f"invalid substring range. start: {start}, end: {end}")
    return text[first:last]


def trim(text: str) -> str:
    return text.strip(_WHITE_SPACE)


def reverse(text: str) -> str:
    return text[::-1]


def join(parts: list[Any], separator: str = "") -> str:
    if not all(type(part) is str for part in parts):
        raise EvaluationError("join() takes a list of strings")
    within_bound(sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1))
    return separator.join(parts)


def quote(text: str) -> str:
    """Return the text as a literal in double quotes."""
    return f'"{text.translate(_QUOTED)}"'


ROWS: Final = (
    ("size(string) -> int", len),
    ("size(bytes) -> int", len),
    ("size(list(A)) -> int", len),
    ("size(map(A, B)) -> int", len),
    ("string.size() -> int", len),
    ("bytes.size() -> int", len),
    ("list(A).size() -> int", len),
    ("map(A, B).size() -> int", len),
    ("string.startsWith(string) -> bool", str.startswith),
    ("string.endsWith(string) -> bool", str.endswith),
    ("string.contains(string) -> bool", contains),
    ("string.charAt(int) -> string", char_at),
    ("string.indexOf(string) -> int", index_of),
    ("string.indexOf(string, int) -> int", index_of),
    ("string.lastIndexOf(string) -> int", last_index_of),
    ("string.lastIndexOf(string, int) -> int", last_index_from),
    ("string.lowerAscii() -> string", lower_ascii),
    ("string.upperAscii() -> string", upper_ascii),
    ("string.replace(string, string) -> string", replace),
    ("string.replace(string, string, int) -> string", replace),
    ("string.split(string) -> list(string)", split),
    ("string.split(string, int) -> list(string)", split),
    ("string.substring(int) -> string", substring),
    ("string.substring(int, int) -> string", substring_between),
    ("string.trim() -> string", trim),
    ("string.reverse() -> string", reverse),
    ("list(string).join() -> string", join),
    ("list(string).join(string) -> string", join),
    ("strings.quote(string) -> string", quote),
)
