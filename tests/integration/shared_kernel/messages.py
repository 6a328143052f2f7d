"""A context of the tests' own, with one message of each kind."""

from __future__ import annotations

from typing import ClassVar

from shared_kernel.bus import Command, Event, Query
from shared_kernel.errors import DomainError


class Square(Query[int], frozen=True):
    """What is the square of this?"""

    name: ClassVar = "testing.square.v1"
    number: int


class Note(Command[str], frozen=True):
    """Write this down."""

    name: ClassVar = "testing.note.v1"
    text: str


class Nobody(Query[int], frozen=True):
    """Nobody answers this."""

    name: ClassVar = "nowhere.nobody.v1"


class Noted(Event, frozen=True):
    """Something was written down."""

    name: ClassVar = "testing.noted.v1"
    text: str
    page: str = "1"

    @property
    def stream(self) -> str:
        return f"page-{self.page}"


class TooLong(DomainError):
    """The text is too long."""

    code = "testing.too-long"
    sentence = "{text} is too long."
