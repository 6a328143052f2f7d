"""A copy is told from what it was copied from, by its name."""

from __future__ import annotations

import pytest

from contexts.rules.policies.copies import LONGEST, name_of_copy


@pytest.mark.parametrize(
    ("name", "taken", "copied"),
    [
        ("Ten", ["Ten"], "Ten (copy)"),
        ("Ten", ["Ten", "Ten (copy)"], "Ten (copy 2)"),
        ("Ten", ["Ten", "Ten (copy)", "Ten (copy 2)", "Ten (copy 4)"], "Ten (copy 3)"),
        ("Ten (copy)", ["Ten", "Ten (copy)"], "Ten (copy 2)"),
        ("Ten (copy 7)", ["Ten (copy 7)"], "Ten (copy)"),
        ("(copy)", ["(copy)"], "(copy) (copy)"),
    ],
)
def test_a_copy_has_a_name_that_nothing_has(name, taken, copied):
    """A copy of a copy is another copy of the first, not a copy (copy) (copy)."""
    assert name_of_copy(name, taken) == copied


def test_a_long_name_is_cut_so_that_the_mark_is_seen():
    name = "x" * LONGEST
    first = name_of_copy(name, [name])
    second = name_of_copy(name, [name, first])
    assert [len(first), len(second)] == [LONGEST, LONGEST]
    assert (first[-7:], second[-9:]) == (" (copy)", " (copy 2)")
