"""
What an author may have meant: the nearest known fact or function to one that is not known.

What this cannot do: guess across languages or synonyms; it compares letters.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from . import library
from .canonical import canonical
from .nodes import Call
from .schema import Schema, Type

_CLOSE: Final = 0.6
_ALIKE: Final = 0.8  # so alike that, beside a declared name, another is a misspelling: team and teams, not team and tier


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the name most like this one, None if all are too different."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=_CLOSE)
    return found[0] if found else None


def resembling(name: str, declared: Iterable[str]) -> str | None:
    """Return the declared attribute that a name looks like a misspelling of; letters' case does not count."""
    by_letters = {it.lower(): it for it in declared}
    found = get_close_matches(name.lower(), sorted(by_letters), n=1, cutoff=_ALIKE)
    return by_letters[found[0]] if found else None


def nearest_fact(name: str, scope: Mapping[str, Type], schema: Schema) -> str | None:
    """Return a variable, or the path of a field, that an unknown name may stand for."""
    within = {
        field: f"{variable}.{field}"
        for variable, kind in scope.items()
        for field in schema.fields(kind) or ()
    }
    within |= {
        attribute: f"{variable}.{field}.{attribute}"
        for variable, kind in scope.items()
        for field, inner in (schema.fields(kind) or {}).items()
        if inner.entries
        for attribute in schema.fields(inner) or ()
        if attribute not in within
    }
    known = {variable: variable for variable in scope} | within
    close = name if name in within else closest(name, known)
    return known[close] if close else None


def unknown_call(
    node: Call, receiver: Type | None, arguments: list[Type]
) -> tuple[str, str | None]:
    """Return why a call fits no function, and what may be meant."""
    name = node.function
    given = ", ".join(map(str, arguments))
    names = library.FUNCTIONS if receiver is None else library.METHODS
    if name in names:
        return f"no function {f'{receiver}.' if receiver else ''}{name}({given})", None
    if receiver is None and name in library.METHODS:
        first, *rest = map(canonical, node.arguments or (node,))
        return f"{name} is a method", f"{first}.{name}({', '.join(rest)})"
    if receiver is not None and name in library.FUNCTIONS:
        return f"{name} is a function", f"{name}({', '.join(map(canonical, node.operands))})"
    close = closest(name, names)
    return f"unknown function {name}", f"{close}()" if close else None
