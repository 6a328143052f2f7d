"""
The rules engine: expressions about facts, rules made of them, and decisions that explain themselves.

Pure Python: no Django, no I/O, no clock; time is a fact. `lexer` and `parser` read a text, `checker` holds
it against the declared facts, `canonical` gives every spelling one text, `truth`, `values` and `units` write the
Python code that `rulesets` decides with, `resolver` and `combining` keep what may apply, `discounts` takes off what they
give, `explain` says why. The same tree
becomes SQL in `sql` and, in `solver`, terms about which `proofs` asks Z3; these three are imported by name, for
what they stand on is large and deciding needs none of it.
"""

from .checker import CheckedExpression, check_expression
from .describe import describe
from .discounts import apply_discounts
from .errors import DefinitionError, EvaluationError, ExpressionError
from .explain import RuleExplanation, Term, explain
from .facts import facts_hash, find_problems
from .nearest import Allowance, Nearest
from .resolver import HitPolicy, SetAside, Undecided
from .rules import (
    CompiledRule,
    EffectSource,
    EffectType,
    Match,
    RuleSource,
    compile_rule,
    compile_rules,
    nothing_collected,
)
from .rulesets import Decision, RuleSet, compile_set
from .schema import Schema
from .stacking import CapSource, DiscountType, StackingSource
from .terms import compile_stacking

__all__ = [
    "Allowance",
    "CapSource",
    "CheckedExpression",
    "CompiledRule",
    "Decision",
    "DefinitionError",
    "DiscountType",
    "EffectSource",
    "EffectType",
    "EvaluationError",
    "ExpressionError",
    "HitPolicy",
    "Match",
    "Nearest",
    "RuleExplanation",
    "RuleSet",
    "RuleSource",
    "Schema",
    "SetAside",
    "StackingSource",
    "Term",
    "Undecided",
    "apply_discounts",
    "check_expression",
    "compile_rule",
    "compile_rules",
    "compile_set",
    "compile_stacking",
    "describe",
    "explain",
    "facts_hash",
    "find_problems",
    "nothing_collected",
]
