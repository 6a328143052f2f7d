"""
Published algorithms: pure functions under names and versions.

A published version never changes, neither its shapes nor its output: whoever wants another result publishes the next
version beside it. The vectors in the tests pin each one, to the byte.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar, get_type_hints

import msgspec

from contexts.calculator.errors import ImpossibleInput, UnknownAlgorithm
from contexts.calculator.policies.numbers import Input, Output
from shared_kernel.errors import DomainError

I = TypeVar("I", bound=Input)  # noqa: E741 - an input
O = TypeVar("O", bound=Output)  # noqa: E741 - an output


class Algorithm(NamedTuple):
    """One published version; `compute` maps an instance of `takes` to one of `gives`."""

    name: str
    version: int
    takes: type[Input]
    gives: type[Output]
    compute: Callable[[Any], Output]
    read: Callable[[bytes], Input]

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def summary(self) -> str:
        return inspect.getdoc(self.compute) or ""

    def answer(self, data: bytes | msgspec.Raw) -> bytes:
        """
        Read JSON, compute, and write JSON.

        Raises:
            ImpossibleInput: the JSON is not of the input's shape.
            DomainError: what the algorithm itself refuses.

        """
        return _write(self.compute(self._read(bytes(data))))

    def _read(self, data: bytes) -> Input:
        try:
            return self.read(data)
        except msgspec.ValidationError as fault:
            if isinstance(fault.__cause__, DomainError):
                raise fault.__cause__ from None
            raise ImpossibleInput(algorithm=self.key, reason=f"{fault}.") from fault
        except msgspec.DecodeError as fault:
            raise ImpossibleInput(algorithm=self.key, reason=f"it is no JSON: {fault}.") from fault


_write = msgspec.json.Encoder().encode
_published: dict[str, dict[int, Algorithm]] = {}


def published(name: str, version: int) -> Callable[[Callable[[I], O]], Callable[[I], O]]:
    """Publish this function; its annotations are its shapes."""

    def register(compute: Callable[[I], O]) -> Callable[[I], O]:
        hints = get_type_hints(compute)
        gives = hints.pop("return")
        (takes,) = hints.values()
        versions = _published.setdefault(name, {})
        if version in versions:
            msg = f"{name}@{version} is published already; publish the next version instead"
            raise TypeError(msg)
        read = msgspec.json.Decoder(takes).decode
        versions[version] = Algorithm(name, version, takes, gives, compute, read)
        return compute

    return register


def algorithm(name: str, version: int) -> Algorithm:
    """
    Look up one version.

    Raises:
        UnknownAlgorithm: with the names or versions there are.

    """
    try:
        return _published[name][version]
    except KeyError:
        raise _unknown(f"{name}@{version}", name) from None


def newest(name: str, *, without: frozenset[str] = frozenset()) -> Algorithm | None:
    """
    Pick the newest version whose key is not in `without`, or nothing when all are.

    Raises:
        UnknownAlgorithm: there is no such name.

    """
    if name not in _published:
        raise _unknown(name, name)
    for version in sorted(_published[name], reverse=True):
        if (found := _published[name][version]).key not in without:
            return found
    return None


def all_published() -> tuple[Algorithm, ...]:
    """Every version of every algorithm, by name and version."""
    return tuple(
        versions[version]
        for _, versions in sorted(_published.items())
        for version in sorted(versions)
    )


def _unknown(asked: str, name: str) -> UnknownAlgorithm:
    if name in _published:
        advice = f"its versions are {', '.join(map(str, sorted(_published[name])))}"
    elif close := get_close_matches(name, _published, n=1):
        advice = f"did you mean {close[0]}"
    else:
        advice = f"published are {', '.join(sorted(_published))}"
    return UnknownAlgorithm(algorithm=asked, advice=advice)
