"""Numbers as people write them: taken where only one can be meant, left alone everywhere else."""

import pytest

from contexts.rules.policies.numbers import plain_number
from shared_kernel.decisions import Fact

PERCENT, MONEY, TEXT = Fact("decimal", unit="%"), Fact("decimal", unit="money"), Fact("string")


@pytest.mark.parametrize(
    ("written", "fact", "plain"),
    [
        ("10 %", PERCENT, "10"),
        ("-12,5%", PERCENT, "-12.5"),
        ("12,5", MONEY, "12.5"),
        ("10 %", MONEY, "10 %"),
        ("12,5", TEXT, "12,5"),
        ("1,000", PERCENT, "1,000"),
        ("1,000 %", PERCENT, "1,000 %"),
        ("0,125", PERCENT, "0.125"),
        ("10 % 3", PERCENT, "10 % 3"),
        ("line.quantity % 3", PERCENT, "line.quantity % 3"),
        ("12.50", PERCENT, "12.50"),
        ("-", PERCENT, "-"),
    ],
)
def test_a_number_is_taken_where_one_alone_can_be_meant(written, fact, plain):
    """A comma before three digits is a guess of a thousandfold, and 10 % of money is no 10: neither is made."""
    assert plain_number(written, fact) == plain
