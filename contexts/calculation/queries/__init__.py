"""Reads of calculation: deciding, reviewing, what is declared, and which rules stand when."""

from contexts.calculation.queries.attributes import attributes_of, declaration_of, declared
from contexts.calculation.queries.beside import analyse_beside
from contexts.calculation.queries.comparing import compare
from contexts.calculation.queries.deciding import decide
from contexts.calculation.queries.measuring import measure
from contexts.calculation.queries.never import never_applying
from contexts.calculation.queries.proving import prove
from contexts.calculation.queries.reviewing import MOST_SECONDS, analyse
from contexts.calculation.queries.standing import standing_now, tried_now
from contexts.calculation.queries.stopping import stops_of

__all__ = [
    "MOST_SECONDS",
    "analyse",
    "analyse_beside",
    "attributes_of",
    "compare",
    "decide",
    "declaration_of",
    "declared",
    "measure",
    "never_applying",
    "prove",
    "standing_now",
    "stops_of",
    "tried_now",
]
