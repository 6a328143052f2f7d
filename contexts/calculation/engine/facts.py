"""
The hash of the facts a decision was made with, and what is wrong with facts that do not fit.

Two facts hash alike when every rule sees the same: 1.5 and 1.50 are one number, but 2 and 2.0 are two, for an int
divides as an int; a time is its instant, whatever its zone. A float is refused: it has no exact value that its author meant.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from json import dumps
from typing import Any, Final

from .arithmetic import KINDS, kind_of
from .errors import DefinitionError
from .schema import Schema, Type

_MAX_JSON: Final = 2**53  # beyond it, readers of JSON may round
_MAX_NESTING: Final = 32
_MAX_PROBLEMS: Final = 20


def facts_hash(facts: Mapping[str, Any]) -> str:
    """
    Return the SHA-256 of the canonical JSON of facts: keys sorted, times in UTC.

    Raises:
        DefinitionError: a value is none of the types facts have, or nests deeper than 32.

    """
    document = _canonical(facts, "facts", 0)
    return sha256(dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _canonical(value: Any, place: str, nesting: int) -> Any:  # noqa: PLR0911 - one case for each type
    if nesting > _MAX_NESTING:
        raise DefinitionError(f"{place:.80} nests deeper than {_MAX_NESTING}")
    kind = type(value)
    if value is None or kind in {str, bool}:
        return value
    if kind is int:
        return value if abs(value) <= _MAX_JSON else {"#i": str(value)}
    if kind is Decimal and value.is_finite():
        return {"#": _number(value)}
    if isinstance(value, datetime) and value.tzinfo is not None:
        return {"@": value.astimezone(UTC).isoformat()}
    if isinstance(value, timedelta):
        return {"~": value // timedelta(microseconds=1)}
    if isinstance(value, list | tuple):
        return [_canonical(item, f"{place}[{n}]", nesting + 1) for n, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {
            _key(key): _canonical(item, f"{place}.{key}", nesting + 1)
            for key, item in value.items()
        }
    raise DefinitionError(f"{place:.80} is a {kind.__name__}, which no fact can be")


def _key(key: Any) -> str:
    """Return a key as a string; int and bool keys, and strings like our own marks, stay apart."""
    if type(key) is str:
        return f"'{key}" if key[:1] in {"#", "@", "~", "'", "!"} else key
    if type(key) in {int, bool}:
        return f"!{str(key).lower()}"
    raise DefinitionError(f"a map's key is a string, an int or a bool, not {type(key).__name__}")


def _number(number: Decimal) -> str:
    """Return a number without trailing zeros, in digits and exponent; never expanded."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    short = text.rstrip("0")
    if not short or not isinstance(exponent, int):
        return "0"
    return f"{'-' if sign else ''}{short}e{exponent + len(text) - len(short)}"


def find_problems(facts: Mapping[str, Any], schema: Schema) -> list[str]:
    """Return what does not fit the schema, at most 20 sentences; fields it does not declare are let be."""
    problems: list[str] = []
    given: Any = facts
    if not isinstance(given, Mapping):
        return [f"the facts are {kind_of(given)}, not a map"]
    for name, kind in schema.variable_types.items():
        _check(facts.get(name), kind, name, schema, problems)
    return problems[:_MAX_PROBLEMS]


def _check(value: Any, kind: Type, place: str, schema: Schema, problems: list[str]) -> None:
    if value is None:
        if not kind.optional and kind.name not in {"null", "dyn"}:
            problems.append(f"{place} is missing")
    elif problem := _misfit(value, kind, schema):
        problems.append(f"{place} {problem}")
    elif len(problems) < _MAX_PROBLEMS:
        for inner, inner_kind, inner_place in _parts(value, kind, place, schema):
            _check(inner, inner_kind, inner_place, schema, problems)


def _misfit(value: Any, kind: Type, schema: Schema) -> str | None:
    """Return what is wrong with a value itself, its parts aside."""
    found = kind_of(value)
    wanted = "map" if schema.fields(kind) is not None else kind.name
    if isinstance(value, Decimal) and not value.is_finite():
        return "is not a finite number"
    if isinstance(value, datetime) and value.tzinfo is None:
        return "has no time zone"
    if found in {wanted, "int" if wanted == "decimal" else wanted}:
        return None
    if kind.name == "dyn" and found in KINDS:
        return None
    return f"is {kind.required()}, not {found if found in KINDS else type(value).__name__}"


def _parts(value: Any, kind: Type, place: str, schema: Schema) -> Iterator[tuple[Any, Type, str]]:
    fields = schema.fields(kind)
    for name, inner in (fields or {}).items():
        yield value.get(name), inner, f"{place}.{name}"
    if kind.name == "list":
        for number, item in enumerate(value):
            yield item, kind.args[0], f"{place}[{number}]"
    elif kind.name == "map":
        for key, item in value.items():
            if key not in (fields or {}):
                yield item, kind.args[1], f"{place}.{key}"
