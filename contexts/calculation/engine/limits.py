"""
The bounds that keep a hostile expression cheap: every stage refuses what lies beyond them.

What this cannot do: bound the facts themselves; whoever accepts a cart bounds its lines and strings.
"""

from typing import Final

MAX_SOURCE_LENGTH: Final = 10_000  # characters of one expression
MAX_DEPTH: Final = 64  # nesting of the tree, and of parentheses around it
MAX_STRING_LITERAL: Final = 2_000  # characters after escapes
MAX_PATTERN_LENGTH: Final = 500  # characters of a regular expression
MAX_LITERAL_ITEMS: Final = 1_000  # entries of one list or map literal
MAX_LITERAL_DIGITS: Final = 38  # significant digits of a decimal literal, as in SQL's DECIMAL(38)
MAX_DOUBLE_SPELLING: Final = 400  # characters of a number, where numbers are CEL's
MAX_CONTAINER: Final = 500  # characters of the name in which CEL looks names up
MAX_COMPREHENSIONS: Final = 3  # macros inside the body of macros

MAX_RULE_TEXT: Final = 200_000  # characters of a whole rule
MAX_TABLE_ROWS: Final = 5_000
MAX_TABLE_CELLS: Final = 25_000  # about 1 ms each to compile
MAX_TABLE_COLUMNS: Final = 50  # inputs and outputs together

MIN_INT: Final = -(2**63)
MAX_INT: Final = 2**63 - 1
MAX_UINT: Final = 2**64 - 1
MAX_DECIMAL_DIGITS: Final = 100  # an exact result longer than this is an evaluation error
QUOTIENT_DIGITS: Final = 34  # a quotient is rounded half even to this many digits (decimal128)
MAX_TEXT_RESULT: Final = 100_000  # characters of a computed string
MAX_LIST_RESULT: Final = 100_000  # entries of a computed list

MAX_RULE_STEPS: Final = 100_000  # steps of one rule in one decision
# steps of all rules in one decision: 1,000 sums over an invoice of 675 lines fit
MAX_DECISION_STEPS: Final = 10_000_000

MAX_CEL_STEPS: Final = (
    1_000_000  # of one evaluation where numbers are CEL's; a node in a loop is one
)
MAX_TRANSLATED_PARTS: Final = 4_000  # of a condition as SQL or as terms of Z3
MORE_TRANSLATED_PARTS: Final = 100  # of a question, for each condition in it
MAX_VALUE_NESTING: Final = 100  # lists in lists of a value that is compared, written or read
