"""
How large a translation may grow: a part that is needed twice, to be true and to be false, is written twice.

Nested, such parts double and double again, so that a condition within its bounds would have more text than a machine has
memory. What this cannot do: know a shorter way to say it; what has no room is refused by name.
"""

from . import limits


class Room:
    """The parts that one translation may still write."""

    __slots__ = ("_refusal", "left")

    def __init__(self, refusal: type[Exception], conditions: int = 1) -> None:
        """Many conditions in one question have more room than one, each a little."""
        self._refusal = refusal
        self.left = limits.MAX_TRANSLATED_PARTS + limits.MORE_TRANSLATED_PARTS * conditions

    def take(self, parts: int = 1) -> None:
        """
        Take the room of so many parts.

        Raises:
            Exception: the refusal that the translation promises; there is no room left.

        """
        self.left -= parts
        if self.left < 0:
            raise self._refusal(f"more than {limits.MAX_TRANSLATED_PARTS} parts, written out")
