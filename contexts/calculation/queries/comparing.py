"""
What drafts change of many decisions: each set of facts decided as it is now, and again only where it can differ.

Rules that do not match, neither as they are nor as drafted, leave every other rule's part in a decision alone: what
matches, its order, groups and stops are the same. The one thing that rules share beside is what a decision may cost;
where that could run short because of a draft, the facts are decided again as well.
"""

from __future__ import annotations

from collections.abc import Collection

from contexts.calculation import policies
from contexts.calculation.engine import Decision as EngineDecision
from contexts.calculation.engine import RuleSet, compile_set, limits
from contexts.calculation.engine.units import Steps
from contexts.calculation.facts import engine_facts
from contexts.calculation.messages import ComparedDecisions, CompareDecisions, Decision
from contexts.calculation.policies.tables import rule_of
from contexts.calculation.queries import standing
from contexts.calculation.queries.deciding import said


def compare(query: CompareDecisions) -> ComparedDecisions:
    """
    Each decision now, and with the drafts where it is another.

    Raises:
        UnknownPoint, UnknownRuleSet; Invalid: a fact is not what its type says.

    """
    point = policies.open_point(query.point)
    stands = (
        standing.active(point.name)
        if query.fingerprint is None
        else standing.recorded(point.name, query.fingerprint)
    )
    rules = stands.rules
    drafted = standing.with_drafts(stands, query.drafts).rules
    ids = frozenset(it.rule_id for it in query.drafts)
    alone = compile_set([it for it in drafted.members() if rule_of(it.id) in ids], point.hit_policy)
    before: list[Decision] = []
    after: list[Decision | None] = []
    for facts in engine_facts(point.name, query.facts, stands.declared):
        steps = Steps()
        now = rules.decide(facts, steps)
        told = said(point.name, now)
        before.append(told)
        if not _can_differ(rules, drafted, now, steps, alone, facts, ids):
            after.append(None)
            continue
        then = said(point.name, drafted.decide(facts))
        after.append(None if then == told else then)
    return ComparedDecisions(
        fingerprint=stands.fingerprint, before=tuple(before), after=tuple(after)
    )


def _can_differ(  # noqa: PLR0917 - the two sets, what one of them decided and spent, and about what
    rules: RuleSet,
    drafted: RuleSet,
    now: EngineDecision,
    steps: Steps,
    alone: RuleSet,
    facts: dict[str, object],
    ids: Collection[str],
) -> bool:
    """Whether a drafted rule has a part in the decision, as it is or as drafted, or could take steps from others."""
    if not (rules.plain and drafted.plain) or now.error or now.undecided:
        return True
    if any(rule_of(it.rule_id) in ids for it in now.matches) or any(
        rule_of(it.rule_id) in ids for it in now.set_aside
    ):
        return True
    own = Steps()
    found = alone.decide(facts, own)
    if found.matches or found.set_aside or found.undecided:
        return True
    for it in (steps, own):
        it.start_rule()  # what the last rule took is settled when the next begins
    return steps.total - (Steps().total - own.total) < limits.MAX_RULE_STEPS
