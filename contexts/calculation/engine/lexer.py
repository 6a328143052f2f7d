"""
Source text to tokens, each with its span and, for a literal, its value.

For rules, CEL's lexical grammar without bytes (`b"…"`) and unsigned integers (`5u`), which they do not
need; a literal with a point or an exponent is an exact Decimal, never a float. In full, all of CEL's:
the same literal is a double there, and a field may be written in backticks.
"""

import math
import re
from decimal import Decimal
from sys import intern
from typing import Final, NamedTuple

from . import limits
from .errors import ExpressionError
from .nodes import Scalar


class Token(NamedTuple):
    kind: str  # "name", "literal", "quoted" (a field in backticks), "end", or the operator itself
    text: str
    start: int
    end: int
    value: Scalar = None
    type: str = ""  # of a literal


# what may stand before a token, and the token; most strings are plain, and end where their mark comes again
_TOKEN: Final = re.compile(
    r"""(?:[ \t\r\n\f]+|//[^\n]*)*
    (?:(?P<plain>"(?!"")[^"\\\r\n]*"|'(?!\'\')[^'\\\r\n]*')
    |(?P<quote>[rRbB]{0,2}(?:"{3}|'{3}|"|'))
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>0[xX][0-9a-fA-F]+|(?:[0-9]+\.[0-9]+|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])
    |(?P<other>[\s\S])
    |(?P<end>\Z))""",
    re.VERBOSE,
)
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BACKTICKS: Final = re.compile(r"`[A-Za-z0-9_.\-/ ]+`")
_ESCAPE: Final = re.compile(
    r"""\\(?:([abfnrtv\\?"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"""
    r"""|([0-3][0-7]{2}))"""
)
_ESCAPED: Final = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_WORD_LITERALS: Final = {"true": True, "false": False, "null": None}
_INSTEAD: Final = {"=": "==", "&": "&&", "|": "||", "“": '"', "”": '"'}


def tokenize(source: str, *, full: bool = False) -> list[Token]:
    """
    Split an expression into tokens, the last of kind "end"; `full` is CEL to the letter.

    Raises:
        ExpressionError: a character, a literal or the length is not allowed.

    """
    if len(source) > limits.MAX_SOURCE_LENGTH:
        message = f"an expression has at most {limits.MAX_SOURCE_LENGTH} characters"
        raise ExpressionError(
            f"{message}, this one has {len(source)}",
            source=source[: limits.MAX_SOURCE_LENGTH],
            position=0,
        )
    tokens: list[Token] = []
    position = 0
    while True:
        found = _TOKEN.match(source, position)
        assert found is not None  # noqa: S101 - its last ways take any character, and the end
        kind = found.lastgroup
        start, position = found.span(kind or 0)
        if kind == "end":
            break
        text = found[kind or 0]
        if kind == "operator":
            text = intern(text)
            tokens.append(Token(text, text, start, position))
        elif kind == "word" and text not in _WORD_LITERALS:
            # a hundred thousand rules name the same few facts
            tokens.append(Token("name", intern(text), start, position))
        else:
            token = _literal(kind, source, start, text, full)
            position = token.end
            tokens.append(token)
    tokens.append(Token("end", "", len(source), len(source)))
    return tokens


def _literal(kind: str | None, source: str, start: int, text: str, full: bool) -> Token:  # noqa: FBT001 - hot, private
    if kind == "word":
        kind = "null" if text == "null" else "bool"
        return Token("literal", text, start, start + len(text), _WORD_LITERALS[text], kind)
    if kind == "plain" and len(text) <= limits.MAX_STRING_LITERAL and text.isascii():
        return Token("literal", text, start, start + len(text), text[1:-1], "string")
    if kind in {"plain", "quote"}:
        return _string(source, start, text[:1] if kind == "plain" else text, full)
    if kind == "number":
        return (_number_of_cel if full else _number)(source, start, text)
    if full and (field := _BACKTICKS.match(source, start)):
        return Token("quoted", field[0], start, field.end(), field[0][1:-1])
    raise ExpressionError(
        f"unexpected character {source[start]!r}",
        source=source,
        position=start,
        suggestion=_INSTEAD.get(source[start]),
    )


def _number(source: str, start: int, text: str) -> Token:
    end = start + len(text)

    def refuse(message: str) -> ExpressionError:
        return ExpressionError(message, source=source, position=start, length=len(text))

    if following := _WORD.match(source, end):
        raise refuse(f"{text + following[0]!r:.60} is not a number")
    if text[:2] in {"0x", "0X"} or text.isdigit():
        if len(text) > limits.MAX_LITERAL_DIGITS:
            raise refuse("an int has at most 64 bits")
        value = int(text, 16) if text[:2] in {"0x", "0X"} else int(text)
        if value > limits.MAX_INT + 1:  # the parser takes the one more only behind a minus
            raise refuse("an int has at most 64 bits")
        return Token("literal", text, start, end, value, "int")
    mantissa, _, exponent = text.lower().partition("e")
    digits = (mantissa.rstrip("0") if "." in mantissa else mantissa).replace(".", "").lstrip("0")
    if len(digits) > limits.MAX_LITERAL_DIGITS or len(exponent.lstrip("+-0")) > 2:  # noqa: PLR2004
        raise refuse(f"a decimal has at most {limits.MAX_LITERAL_DIGITS} digits")
    number = plain(Decimal(text))
    if len(number.as_tuple().digits) > limits.MAX_LITERAL_DIGITS or abs(number.adjusted()) > (
        limits.MAX_LITERAL_DIGITS
    ):
        raise refuse(f"a decimal has at most {limits.MAX_LITERAL_DIGITS} digits")
    return Token("literal", text, start, end, number, "decimal")


def _number_of_cel(source: str, start: int, text: str) -> Token:
    """Read an int, a uint (`5u`) or a double."""
    end = start + len(text)
    hexadecimal, whole = text[:2] in {"0x", "0X"}, text.isdigit()
    following = _WORD.match(source, end)
    suffix = following[0] if following else ""
    unsigned = suffix in {"u", "U"} and (hexadecimal or whole)

    def refuse(message: str) -> ExpressionError:
        length = len(text + suffix)
        return ExpressionError(message, source=source, position=start, length=length)

    if suffix and not unsigned:
        raise refuse(f"{text + suffix!r:.60} is not a number")
    if len(text) > limits.MAX_DOUBLE_SPELLING:
        raise refuse(f"a number has at most {limits.MAX_DOUBLE_SPELLING} characters")
    if not (hexadecimal or whole):
        number = float(text)
        if math.isinf(number):
            raise refuse("a double is at most 1.7976931348623157e308")
        return Token("literal", text, start, end, number, "double")
    value = int(text, 16) if hexadecimal else int(text)
    if value > (limits.MAX_UINT if unsigned else limits.MAX_INT + 1):
        raise refuse(f"{'a uint' if unsigned else 'an int'} has at most 64 bits")
    kind = "uint" if unsigned else "int"
    return Token("literal", text + suffix, start, end + len(suffix), value, kind)


def plain(number: Decimal) -> Decimal:
    """Return the same number without trailing zeros and with no positive exponent; finite only."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or not any(digits):
        return Decimal(0)
    kept = list(digits)
    while exponent < 0 and kept[-1] == 0:
        kept.pop()
        exponent += 1
    if exponent > 0:
        kept += [0] * exponent
        exponent = 0
    return Decimal((sign, tuple(kept), exponent))


def _string(source: str, start: int, opening: str, full: bool) -> Token:  # noqa: FBT001
    mark = opening.lstrip("rRbB")
    prefix = opening[: -len(mark)].lower()
    if prefix not in ({"", "r", "b", "br"} if full else {"", "r"}):
        message = f"{prefix} is no prefix of a literal" if full else "bytes are not supported"
        raise ExpressionError(message, source=source, position=start)
    position = body = start + len(opening)
    raw = "r" in prefix
    line_ends = "\r\n" if full else "\n"
    while not source.startswith(mark, position):
        ended = position >= len(source) or (len(mark) == 1 and source[position] in line_ends)
        if ended:
            raise ExpressionError(
                f"this string has no closing {mark}",
                source=source,
                position=start,
                length=position - start,
            )
        position += 2 if source[position] == "\\" and not raw else 1
    end = position + len(mark)
    value: str | bytes
    if "b" in prefix:
        value = _octets(source, body, position, raw=raw)
        return Token("literal", source[start:end], start, end, value, "bytes")
    value = source[body:position] if raw else _unescape(source, body, position)
    if len(value) > limits.MAX_STRING_LITERAL:
        message = f"a string literal has at most {limits.MAX_STRING_LITERAL} characters"
        raise ExpressionError(message, source=source, position=start, length=end - start)
    if any("\ud800" <= character <= "\udfff" for character in value):
        message = "a string holds whole characters, not halves of a surrogate pair"
        raise ExpressionError(message, source=source, position=start, length=end - start)
    return Token("literal", source[start:end], start, end, value, "string")


def _unescape(source: str, start: int, end: int) -> str:
    parts: list[str] = []
    position = start
    while (slash := source.find("\\", position, end)) >= 0:
        escape = _ESCAPE.match(source, slash, end)
        code = int(escape[4], 16) if escape and escape[4] else 0
        if not escape or code > 0x10FFFF:  # noqa: PLR2004 - the last code point of Unicode
            message = f"unknown escape {source[slash : slash + 2]!r}: write \\\\ for a backslash"
            raise ExpressionError(message, source=source, position=slash, length=2)
        parts += [source[position:slash], _escaped(escape)]
        position = escape.end()
    parts.append(source[position:end])
    return "".join(parts)


def _octets(source: str, start: int, end: int, *, raw: bool) -> bytes:
    """Return the bytes of a literal: text in UTF-8, hexadecimal and octal escapes as they are."""
    parts: list[bytes] = []
    position = start
    while not raw and (slash := source.find("\\", position, end)) >= 0:
        escape = _ESCAPE.match(source, slash, end)
        if not escape or escape[3] or escape[4]:
            message = f"unknown escape {source[slash : slash + 2]!r} in bytes"
            raise ExpressionError(message, source=source, position=slash, length=2)
        octet = _escaped(escape).encode("latin-1")
        parts += [_utf8(source, position, slash), octet]
        position = escape.end()
    return b"".join([*parts, _utf8(source, position, end)])


def _utf8(source: str, start: int, end: int) -> bytes:
    try:
        return source[start:end].encode()
    except UnicodeEncodeError as fault:
        message = "bytes hold whole characters, not halves of a surrogate pair"
        raise ExpressionError(message, source=source, position=start + fault.start) from None


def _escaped(escape: re.Match[str]) -> str:
    simple, byte, short, long, octal = escape.groups()
    if simple:
        return _ESCAPED.get(simple, simple)
    if octal:
        return chr(int(octal, 8))
    return chr(int(byte or short or long, 16))
