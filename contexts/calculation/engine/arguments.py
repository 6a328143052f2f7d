"""
The parameters of a template, and the values given for them: read, bounded, and written as literals.

What this cannot do: bound one argument by another.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from . import limits
from .arithmetic import kind_of
from .errors import DefinitionError, EvaluationError, keyed, listed
from .functions import to_duration, to_string, to_timestamp
from .lexer import plain
from .nodes import Call, ListOf, Literal, Node
from .schema import Type, parse_type

_BITS: Final = 1_000
_SCALARS: Final = frozenset({"int", "decimal", "string", "bool", "timestamp", "duration"})
_ORDERED: Final = frozenset({"int", "decimal", "timestamp", "duration"})


class ArgumentRefused(DefinitionError):
    """What is given for a `parameter` of a template is not what it takes."""

    def __init__(self, parameter: str, message: str) -> None:
        self.parameter = parameter
        super().__init__(f"{parameter:.80}: {message}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A value that a template leaves open, of a scalar type or a list of one; `words` say what it is.

    `least` and `most` are its bounds, of a string or a list those of its size; `allowed` are the only values it may
    have; with a `default` it may be left out. All of these are written as JSON holds them.
    """

    name: str
    type: str
    words: str = ""
    least: Any = None
    most: Any = None
    allowed: tuple[Any, ...] = ()
    default: Any = None

    @property
    def kind(self) -> Type:
        return parse_type(self.type)

    def check(self) -> None:
        """Refuse a type that no literal has, and bounds, allowed values or a default that are not of it."""
        kind = self.kind
        inner = kind.args[0] if kind.name == "list" else kind
        if inner.name not in _SCALARS or kind.optional:
            raise DefinitionError(
                f"{self.name}: a parameter is a scalar or a list, not {self.type}"
            )
        if not isinstance(self.words, str):
            raise DefinitionError(f"{self.name}: its words are a string")
        least, most = self._bound("least"), self._bound("most")
        if least is not None and most is not None and least > most:
            raise DefinitionError(f"{self.name}: its least is more than its most")
        for value in self.allowed:
            self.read(value, only_allowed=False)
        if self.default is not None:
            self.read(self.default)

    def _bound(self, which: str) -> Any:
        """Return a bound as a value: of the parameter's own type, or a size."""
        raw = self.least if which == "least" else self.most
        if raw is None:
            return None
        if self.kind.name == "bool":
            raise ArgumentRefused(self.name, "a bool has no bounds")
        wanted = self.kind if self.kind.name in _ORDERED else Type("int")
        return _value(self.name, wanted, raw)

    def read(self, raw: Any, *, only_allowed: bool = True) -> Any:
        """
        Return a value of this parameter's type.

        Raises:
            ArgumentRefused: it is of another type, out of bounds, or not allowed.

        """
        value = _value(self.name, self.kind, raw)
        measured = len(value) if self.kind.name in {"string", "list"} else value
        size = "a size of " if self.kind.name in {"string", "list"} else ""
        least, most = self._bound("least"), self._bound("most")
        if least is not None and measured < least:
            raise ArgumentRefused(
                self.name, f"at least {size}{in_words(least)}, not {in_words(measured)}"
            )
        if most is not None and measured > most:
            raise ArgumentRefused(
                self.name, f"at most {size}{in_words(most)}, not {in_words(measured)}"
            )
        if only_allowed and self.allowed:
            allowed = [_value(self.name, self.kind, it) for it in self.allowed]
            if value not in allowed:
                shown = ", ".join(map(in_words, allowed))
                raise ArgumentRefused(self.name, f"one of {shown}, not {in_words(value)}")
        return value

    def as_json(self, value: Any) -> Any:
        """Return a value as JSON holds it, so that `read` gives it again."""
        return _as_json(value)

    def to_json(self) -> dict[str, Any]:
        """Return the parameter as values that JSON can hold."""
        said = {name: _as_json(value) for name, value in asdict(self).items()}
        return {**said, "allowed": [_as_json(it) for it in self.allowed]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Parameter":
        """
        Read a parameter from what `to_json` gave.

        Raises:
            DefinitionError: a key is missing, unknown, or its value is of another type.

        """
        keyed(document, "a parameter", [item.name for item in fields(cls)])
        try:
            made = cls(**{**document, "allowed": listed(document.get("allowed", ()), "allowed")})
        except TypeError as error:
            raise DefinitionError(f"this is not a parameter: {error}") from None
        if not isinstance(made.name, str) or not isinstance(made.type, str):
            raise DefinitionError("a parameter's name and type are strings")
        made.check()
        return made


def read_argument(parameter: Parameter, arguments: Mapping[str, Any]) -> Any:
    """
    Return what is given for a parameter, or its default.

    Raises:
        ArgumentRefused: nothing is given, or what is given is refused.

    """
    given = arguments.get(parameter.name, parameter.default)
    if given is None:
        said = f", {parameter.words}" if parameter.words else ""
        raise ArgumentRefused(parameter.name, f"it needs a value{said}")
    return parameter.read(given)


def literal(value: Any) -> Node:  # noqa: PLR0911 - one case for each type
    """Return the tree that stands for a value."""
    match value:
        case bool():
            return Literal("bool", value)
        case int():
            return Literal("int", value)
        case Decimal():
            return Literal("decimal", value)
        case datetime():
            return Call("timestamp", None, (Literal("string", to_string(value)),))
        case timedelta():
            return Call("duration", None, (Literal("string", to_string(value)),))
        case list():
            return ListOf(tuple(map(literal, value)))
    return Literal("string", value)


def in_words(value: Any) -> str:
    """Return a value as a sentence shows it."""
    match value:
        case bool() | datetime() | timedelta():
            return to_string(value)
        case Decimal():
            return format(value, "f")
        case list():
            return ", ".join(map(in_words, value))
    return str(value)


def _as_json(value: Any) -> Any:
    match value:
        case Decimal() | datetime() | timedelta():
            return in_words(value)
        case list() | tuple():
            return [_as_json(it) for it in value]
    return value


def _value(name: str, kind: Type, raw: Any) -> Any:
    if kind.name == "list":
        if not isinstance(raw, list | tuple) or len(raw) > limits.MAX_LITERAL_ITEMS:
            most = limits.MAX_LITERAL_ITEMS
            raise ArgumentRefused(name, f"a list of at most {most}, not {kind_of(raw)}")
        return [_value(name, kind.args[0], it) for it in raw]
    try:
        value = _READ[kind.name](raw)
    except (EvaluationError, InvalidOperation, ValueError, OverflowError):
        value = None
    if value is None:
        article = "an" if kind.name == "int" else "a"
        raise ArgumentRefused(name, f"{article} {kind.name}, not {_cut(raw)!r}")
    return value


def _cut(raw: Any) -> str:
    """Return the beginning of what was given; Python writes no int of thousands of digits."""
    huge = isinstance(raw, int) and raw.bit_length() > _BITS
    return f"a number of {raw.bit_length()} bits" if huge else str(raw)[:40]


def _int(raw: Any) -> int | None:
    within = type(raw) is int and limits.MIN_INT <= raw <= limits.MAX_INT
    return raw if within else None


def _decimal(raw: Any) -> Decimal | None:
    if type(raw) not in {int, str, Decimal} or len(str(raw)) > 2 * limits.MAX_LITERAL_DIGITS:
        return None
    number = Decimal(raw)
    if not number.is_finite() or abs(number.adjusted()) >= limits.MAX_LITERAL_DIGITS:
        return None
    number = plain(number)
    digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
    enough = (
        len(digits) <= limits.MAX_LITERAL_DIGITS and -int(exponent) <= limits.MAX_LITERAL_DIGITS
    )
    return number if enough else None


def _string(raw: Any) -> str | None:
    if not isinstance(raw, str) or len(raw) > limits.MAX_STRING_LITERAL:
        return None
    return None if any("\ud800" <= it <= "\udfff" for it in raw) else raw


def _timestamp(raw: Any) -> datetime | None:
    if isinstance(raw, datetime):
        return raw.astimezone(UTC) if raw.tzinfo is not None else None
    found: datetime | None = to_timestamp(raw) if isinstance(raw, str) else None
    return found


def _duration(raw: Any) -> timedelta | None:
    found: timedelta | None = to_duration(raw) if isinstance(raw, str | timedelta) else None
    return found


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "int": _int,
    "decimal": _decimal,
    "string": _string,
    "bool": lambda raw: raw if type(raw) is bool else None,
    "timestamp": _timestamp,
    "duration": _duration,
}
