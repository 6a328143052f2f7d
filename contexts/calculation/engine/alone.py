"""
Z3 for one question at a time, in a context of its own.

What Z3 answers within a time depends on what its context was asked before, and a context is not made for two
threads at once. What this cannot do: let two questions of one process be answered side by side.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Final

import z3  # type: ignore[import-untyped]  # ships no stubs

_ONE: Final = RLock()


@contextmanager
def alone() -> Iterator[None]:
    """Terms that are made here belong to this question, and end with it."""
    with _ONE:
        before = z3.z3._main_ctx  # noqa: SLF001 - what terms belong to when nothing else is said
        z3.z3._main_ctx = z3.Context()  # noqa: SLF001
        try:
            yield
        finally:
            z3.z3._main_ctx = before  # noqa: SLF001
