"""
Rules that match to rules that apply: order, exclusive groups, stop, hit policy.

What this cannot do yet: stack percentages, keep caps and budgets, or look for the combination that is
best for the customer; it goes through the rules in their order and keeps what may stay.
"""

from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple

from .errors import FAULTS, StepsExhausted, evaluation_error
from .rules import CompiledRule, Effect, RuleSource

HitPolicy = Literal["first", "priority", "collect"]
HIT_POLICIES: Final[tuple[HitPolicy, ...]] = ("first", "priority", "collect")


class Match(NamedTuple):
    """A rule that applies, and what it does."""

    rule_id: str
    version: int
    name: str
    reason: str
    group: str | None
    effects: tuple[Effect, ...]


class SetAside(NamedTuple):
    """A rule that matched and does not apply; `by` is the rule that went before it."""

    rule_id: str
    version: int
    name: str
    why: Literal["group", "hit policy", "stop", "error"]
    by: str | None
    detail: str


def rank(rule: RuleSource, hit_policy: HitPolicy) -> tuple[int, int, str]:
    """Return a rule's place: as written for `first`, else by priority and then as written."""
    return (0 if hit_policy == "first" else -rule.priority, rule.order, rule.id)


def resolve(
    matching: Iterable[CompiledRule],
    hit_policy: HitPolicy,
    compute: Callable[[CompiledRule], tuple[Effect, ...]],
) -> tuple[tuple[Match, ...], tuple[SetAside, ...]]:
    """
    Go through matching rules in their order; each applies unless one before it forbids that.

    A rule whose effects cannot be computed does not apply, and takes no place from another.
    """
    single = hit_policy != "collect"
    matches: list[Match] = []
    aside: list[SetAside] = []
    groups: dict[str, RuleSource] = {}
    closed: tuple[Literal["hit policy", "stop"], RuleSource] | None = None
    for rule in matching:
        source = rule.source
        if closed:
            aside.append(_set_aside(source, *closed))
            continue
        if source.group is not None and source.group in groups:
            aside.append(_set_aside(source, "group", groups[source.group]))
            continue
        try:
            effects = compute(rule)
        except (*FAULTS, StepsExhausted) as fault:
            detail = str(evaluation_error(fault)) if isinstance(fault, FAULTS) else str(fault)
            aside.append(SetAside(source.id, source.version, source.name, "error", None, detail))
            continue
        matches.append(
            Match(source.id, source.version, source.name, source.reason, source.group, effects)
        )
        if source.group is not None:
            groups[source.group] = source
        if single or source.stop:
            closed = ("hit policy" if single else "stop", source)
    return tuple(matches), tuple(aside)


def _set_aside(
    rule: RuleSource, why: Literal["group", "hit policy", "stop"], by: RuleSource
) -> SetAside:
    details = {
        "group": f'"{by.name}" applies from the same exclusive group "{by.group}"',
        "hit policy": f'only one rule applies, and "{by.name}" goes first',
        "stop": f'"{by.name}" stops all rules behind it',
    }
    return SetAside(rule.id, rule.version, rule.name, why, by.id, details[why])
