"""Reads of calculation: deciding, reviewing, what is declared, and which rules stand when."""

from contexts.calculation.queries.attributes import attributes_of, declaration_of, declared
from contexts.calculation.queries.comparing import compare
from contexts.calculation.queries.deciding import decide
from contexts.calculation.queries.reviewing import MOST_SECONDS, analyse
from contexts.calculation.queries.standing import standing_now, tried_now
from contexts.calculation.queries.stopping import stops_of

__all__ = [
    "MOST_SECONDS",
    "analyse",
    "attributes_of",
    "compare",
    "decide",
    "declaration_of",
    "declared",
    "standing_now",
    "stops_of",
    "tried_now",
]
