"""The three kinds of message, as frozen values. A message is declared in the window of the context that owns it."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, get_args, get_type_hints
from uuid import UUID

import msgspec

A = TypeVar("A")

_BY_NAME: dict[str, type[Message]] = {}


class Message(msgspec.Struct, frozen=True):
    """What one context says to another: a value with a public name, `context.thing.vN`."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            return
        taken = _BY_NAME.setdefault(cls.name, cls)
        if (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            msg = f"{cls.__qualname__} and {taken.__qualname__} share the name {cls.name}"
            raise TypeError(msg)
        _BY_NAME[cls.name] = cls


class Query(Message, Generic[A], frozen=True):
    """A question that changes nothing; `Query[A]` is answered by an `A`."""


class Command(Message, Generic[A], frozen=True):
    """An order to do one thing once; `Command[A]` reports an `A`."""


class Event(Message, frozen=True):
    """Something that happened, in the past tense, to one aggregate."""

    @property
    def stream(self) -> str:
        """The aggregate it happened to, such as `rule-0197…`; order holds within a stream."""
        raise TypeError(f"{type(self).__name__} does not say which stream it belongs to")


class CommandInHand(msgspec.Struct, frozen=True):
    """The command being performed, by the key that makes it happen once."""

    key: str
    name: str
    token: UUID


def owner_of(message: type[Message]) -> str:
    """The context whose window declares the message: the first part of its public name."""
    return message.name.partition(".")[0]


def message_named(name: str) -> type[Message] | None:
    return _BY_NAME.get(name)


def known_messages() -> dict[str, type[Message]]:
    """Every message declared in the windows loaded so far, by name."""
    return dict(_BY_NAME)


def answer_type(message: type[Message]) -> Any:
    """What a query or command is answered with, read from `Query[A]`."""
    for declared in getattr(message, "__orig_bases__", ()):
        for argument in get_args(declared):
            return get_type_hints(_Holder(argument)).get("answer", argument)
    raise TypeError(f"{message.__name__} does not say what answers it: write Query[Answer]")


def _Holder(argument: Any) -> Any:  # noqa: N802 - makes a class
    return type("Holder", (), {"__annotations__": {"answer": argument}})
