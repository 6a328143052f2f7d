"""
Rules that match to rules that apply: order, exclusive groups, stop, hit policy.

The short way, for sets whose rules need no more than this: it goes through the rules in their order and keeps what may
stay. What this cannot do: compare what rules say (unique, any, collect sum), or stack them; `combining.py` does.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from .errors import FAULTS, StepsExhausted, evaluation_error
from .python import Facts
from .rules import CompiledRule, Match, RuleSource
from .units import Steps

HitPolicy = Literal[
    "unique",
    "any",
    "priority",
    "first",
    "rule order",
    "output order",
    "collect",
    "collect sum",
    "collect min",
    "collect max",
    "collect count",
]
HIT_POLICIES: Final[tuple[HitPolicy, ...]] = (
    "first",
    "priority",
    "collect",
    "unique",
    "any",
    "rule order",
    "output order",
    "collect sum",
    "collect min",
    "collect max",
    "collect count",
)
SINGLE: Final = frozenset({"first", "priority"})  # the rule that goes first applies, no other
AS_WRITTEN: Final = frozenset({"first", "rule order"})  # priorities do not count
COMPARING: Final = frozenset(
    {"unique", "any", "collect sum", "collect min", "collect max", "collect count"}
)
Why = Literal["group", "hit policy", "stop", "stacking", "error"]


class SetAside(NamedTuple):
    """A rule that matched and does not apply; `by` is the rule that went before it."""

    rule_id: str
    version: int
    name: str
    why: Why
    by: str | None
    detail: str


class Undecided(NamedTuple):
    """A rule of which is not known whether it applies, or with what effect: its steps were spent before, as `why` says."""

    rule_id: str
    version: int
    name: str
    why: str


def rank(rule: RuleSource, hit_policy: HitPolicy) -> tuple[int, int, str]:
    """Return a rule's place: as written for `first` and `rule order`, else by priority and then as written."""
    return (0 if hit_policy in AS_WRITTEN else -rule.priority, rule.order, rule.id)


def resolve(
    matching: Iterable[CompiledRule], hit_policy: HitPolicy, facts: Facts, steps: Steps
) -> tuple[tuple[Match, ...], tuple[SetAside, ...]]:
    """
    Go through matching rules in their order; each applies unless one before it forbids that.

    A rule whose effects cannot be computed does not apply, and takes no place from another.
    """
    single = hit_policy in SINGLE
    matches: list[Match] = []
    aside: list[SetAside] = []
    groups: dict[str, RuleSource] = {}
    closed: tuple[Literal["hit policy", "stop"], RuleSource] | None = None
    for rule in matching:
        source = rule.source
        group = source.group
        if closed:
            aside.append(set_aside(source, *closed))
            continue
        if group is not None and group in groups:
            aside.append(set_aside(source, "group", groups[group]))
            continue
        match = rule.fixed
        if match is None:
            try:
                match = rule.match(facts, steps)
            except (*FAULTS, StepsExhausted) as fault:
                if isinstance(fault, StepsExhausted):
                    steps.give_up(rule, fault)
                aside.append(failed(source, said_of(fault)))
                continue
        matches.append(match)
        if group is not None:
            groups[group] = source
        if single or source.stop:
            closed = ("hit policy" if single else "stop", source)
    return tuple(matches), tuple(aside)


def set_aside(
    rule: RuleSource, why: Literal["group", "hit policy", "stop"], by: RuleSource
) -> SetAside:
    """Return a rule that one before it keeps from applying, with the sentence that says so."""
    details = {
        "group": f'"{by.name}" applies from the same exclusive group "{by.group}"',
        "hit policy": f'only one rule applies, and "{by.name}" goes first',
        "stop": f'"{by.name}" stops all rules behind it',
    }
    return SetAside(rule.id, rule.version, rule.name, why, by.id, details[why])


def failed(rule: RuleSource, detail: str) -> SetAside:
    """Return a rule that does not apply because something of it cannot be computed."""
    return SetAside(rule.id, rule.version, rule.name, "error", None, detail)


def said_of(fault: BaseException) -> str:
    """Return what a fault of generated code means, in the rule author's words."""
    return str(evaluation_error(fault)) if isinstance(fault, FAULTS) else str(fault)
