"""Refusals: each an exception class with a public code, a status and a sentence that says what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

_BY_CODE: dict[str, type[DomainError]] = {}


class DomainError(Exception):
    """
    A refusal that a caller is meant to read.

    Subclasses state `code` (public, stable, `context.reason`), `status` and `sentence`, a format string
    over the facts they are raised with. `pointers` names the fields at fault as JSON pointers.
    """

    code: ClassVar[str] = "kernel.refused"
    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT
    sentence: ClassVar[str] = ""

    def __init__(self, *, pointers: tuple[str, ...] = (), **facts: Any) -> None:
        self.facts = facts
        self.pointers = pointers
        super().__init__(self.message())

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            taken = _BY_CODE.setdefault(cls.code, cls)
            if (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
                msg = f"{cls.__qualname__} and {taken.__qualname__} share the code {cls.code}"
                raise TypeError(msg)

    def message(self) -> str:
        sentence = self.sentence or (self.__doc__ or "").strip().split("\n\n")[0]
        return " ".join(sentence.split()).format_map(_Facts(self.facts))

    @property
    def title(self) -> str:
        return " ".join((self.__doc__ or self.code).strip().split("\n\n")[0].split())


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return f"({key} unknown)"


class NotFound(DomainError):
    """There is nothing here under that id."""

    code = "kernel.not-found"
    status = HTTPStatus.NOT_FOUND
    sentence = "No {what} with the id {id} exists; check the id, or list what there is."


class Invalid(DomainError):
    """The request is well formed but says something impossible."""

    code = "kernel.invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{reason}"


class ConcurrentUpdate(DomainError):
    """Somebody else changed this at the same moment."""

    code = "kernel.concurrent-update"
    sentence = "{stream} was changed by somebody else meanwhile; read it again and repeat."


def known_errors() -> dict[str, type[DomainError]]:
    """Every refusal loaded so far, by its public code."""
    return dict(_BY_CODE)


def error_from(code: str, facts: dict[str, Any], pointers: tuple[str, ...] = ()) -> DomainError:
    """The refusal that another process described by its code and facts."""
    return _BY_CODE.get(code, DomainError)(pointers=pointers, **facts)
