"""
Conditions of many rules to nested `if`s, so that a term many rules share is looked at once.

Greedy: the term most rules share comes first, then the next among those. What this cannot do yet: indexes
by value or range; a rule still costs something even when its shared terms are false elsewhere.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MAX_NESTING: Final = 6  # levels of shared terms: more gain nothing, and Python indents to 100 only
_INDENT: Final = "    "


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """
    A rule as terms that must all be true: `cheap` ones may be looked at in any order.

    `costly` is a condition that goes over lists, to be asked last and paid for.
    """

    number: int
    cheap: tuple[str, ...]
    costly: str | None


def plan(rules: Sequence[PlannedRule], nesting: int = 0) -> list[str]:
    """Return the lines of code that call `hit` with the number of each rule that is true."""
    lines: list[str] = []
    waiting = list(rules)
    while waiting:
        counts = Counter(term for rule in waiting for term in rule.cheap)
        shared, count = counts.most_common(1)[0] if counts else ("", 0)
        if count <= 1 or nesting >= _MAX_NESTING:
            break
        inside = [_without(rule, shared) for rule in waiting if shared in rule.cheap]
        waiting = [rule for rule in waiting if shared not in rule.cheap]
        lines.append(f"if {shared}:")
        lines += [_INDENT + line for line in plan(inside, nesting + 1)]
    for rule in waiting:
        lines += _alone(rule)
    return lines


def _without(rule: PlannedRule, term: str) -> PlannedRule:
    kept = tuple(other for other in rule.cheap if other != term)
    return PlannedRule(rule.number, kept, rule.costly)


def _alone(rule: PlannedRule) -> list[str]:
    terms = " and ".join(rule.cheap)
    if rule.costly is None:
        return [f"{f'if {terms}: ' if terms else ''}hit({rule.number:d})"]
    lines = [
        "b.start_rule()",
        "try:",
        f"{_INDENT}if {rule.costly}: hit({rule.number:d})",
        f"except StepsExhausted as spent: b.give_up({rule.number:d}, spent)",
    ]
    return [f"if {terms}:", *(_INDENT + line for line in lines)] if terms else lines
