"""What a copy of a rule is called, so that two rows of a list do not read the same."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count
from typing import Final

LONGEST: Final = 120  # characters of a rule's name
MARK: Final = re.compile(r"(?<=.) \(copy(?: [0-9]+)?\)$")


def stem_of(name: str) -> str:
    """The name without what tells it from others of which it is a copy."""
    return MARK.sub("", name)


def name_of_copy(name: str, taken: Collection[str]) -> str:
    """The name with "(copy)", or with the first number that makes it differ from those taken."""
    stem = stem_of(name)
    for number in count(1):
        mark = " (copy)" if number == 1 else f" (copy {number})"
        called = f"{stem[: LONGEST - len(mark)].rstrip()}{mark}"
        if called not in taken:
            return called
    raise AssertionError  # there is always another number
