"""
Rules in the words of whoever keeps shop: conditions, effects and what goes with them, in English.

Facts are called what their decision point's window calls them. What cannot be said nicely is said in the engine's own
words, or shown as it is written; nothing is left out. What this cannot do: translate.
"""

from contexts.calculation.policies.words.clauses import clause, condition_in_words
from contexts.calculation.policies.words.naming import Scope
from contexts.calculation.policies.words.outlines import outline
from contexts.calculation.policies.words.sentences import said, value_in_words
from contexts.calculation.policies.words.tables import row_said, table_said

__all__ = [
    "Scope",
    "clause",
    "condition_in_words",
    "outline",
    "row_said",
    "said",
    "table_said",
    "value_in_words",
]
