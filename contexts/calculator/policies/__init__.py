"""The algorithms: pure functions of a typed input, each published under a name and a version."""

from contexts.calculator.policies import brackets, compound, currency, shares, sums, units
from contexts.calculator.policies.registry import Algorithm, algorithm, all_published, newest

__all__ = [
    "Algorithm",
    "algorithm",
    "all_published",
    "brackets",
    "compound",
    "currency",
    "newest",
    "shares",
    "sums",
    "units",
]
