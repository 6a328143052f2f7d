"""
Guardrails proved after rules ended: one that stops or hinders others keeps guardrails as long as it decides.

Pausing, retiring and the end of a window wait for no proof. They put one on the clockwork's list; what it finds broken,
and was not with the rules that ended, people are told: whoever ended them, and whoever stated the guardrail.

What this cannot do: bring a rule back, or tell of a proof that was not finished in its seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

import structlog
from django.db.models import QuerySet

from contexts.rules.models import Guardrail, RuleVersion, Status, TimedStep
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.proving import active_at, broken_in, proved, stated_at
from contexts.rules.services.standing import version_of
from shared_kernel import bus, clock
from shared_kernel.tenancy import across_tenants, tenant_scope

PROVE = TimedStep.Step.PROVE
SECONDS_HELD = 60  # until a proof that failed is tried again
SECONDS_A_TURN = 20.0
NAMED = 5  # of the rules that ended, in a notice
log = structlog.get_logger(__name__)


def plan_proof(version: RuleVersion) -> None:
    """Have the guardrails proved without a version that ends; in the caller's act, and after it."""
    if Guardrail.objects.filter(point=version.rule.point).exists():
        TimedStep.objects.update_or_create(
            rule_id=version.rule_id, number=version.number, step=PROVE,
            defaults={"due_at": clock.now()},
        )  # fmt: skip


def prove_after_ends(*, limit: int = 50) -> int:
    """Prove what is due, of every tenant, for a turn: each point once, whatever ended there; how many notices were told."""
    with across_tenants("the clockwork serves every tenant's rules that ended"):
        due = TimedStep.due(clock.now()).filter(step=PROVE)
        found = list(due.values_list("tenant_id", "rule_id", "number")[:limit])
    until, told = monotonic() + SECONDS_A_TURN, 0
    for tenant, rule_id, number in found:
        if monotonic() > until:
            break
        with tenant_scope(tenant):
            told += _prove(version_of(rule_id, number).rule.point)
    return told


def _prove(point: str) -> bool:
    """Prove a point that somebody else does not, and tell what is broken; a proof that fails is tried again later."""
    ended = _claimed(point)
    if not ended:
        return False
    try:
        broken = _newly_broken(point, ended)
    except Exception as fault:  # noqa: BLE001 - the other points are proved whatever is wrong with this one
        log.warning("guardrails not proved after an end", point=point, why=str(fault))
        return False
    with bus.act():
        for it in ended:
            _step_of(it).delete()
        if broken:
            _tell(point, ended, broken)
    return bool(broken)


def _claimed(point: str) -> list[RuleVersion]:
    """What ended at a point and is due to be proved, out of the others' sight for a minute."""
    now = clock.now()
    with bus.act():
        due = TimedStep.due(now).filter(step=PROVE).select_for_update()
        ended = [version_of(it.rule_id, it.number) for it in due]
        mine = [it for it in ended if it.rule.point == point]
        for it in mine:
            _step_of(it).update(due_at=now + timedelta(seconds=SECONDS_HELD))
    return mine


def _step_of(version: RuleVersion) -> QuerySet[TimedStep]:
    steps = TimedStep.objects.filter(step=PROVE)
    return steps.filter(rule_id=version.rule_id, number=version.number)


def _newly_broken(point: str, ended: Sequence[RuleVersion]) -> dict[str, str]:
    """The guardrails that do not hold, and would with what ended: not those that were broken already."""
    now, stated = active_at(point), stated_at(point)
    gone = {it.rule_id: it.text for it in ended if it.rule_id not in now}
    if not gone or not stated:
        return {}
    broken = broken_in(proved(point, now.values(), stated), stated)
    if not broken:
        return {}
    before = broken_in(proved(point, (now | gone).values(), stated), stated)
    return {name: sentence for name, sentence in broken.items() if name not in before}


def _tell(point: str, ended: Sequence[RuleVersion], broken: dict[str, str]) -> None:
    names = ", ".join(f"{it.rule.slug}@{it.number}" for it in ended[:NAMED])
    more = f" and {len(ended) - NAMED} more" if len(ended) > NAMED else ""
    stated = Guardrail.objects.filter(point=point, name__in=broken)
    call_attention(
        "guardrail-broken",
        f"Without {names}{more}, which ended, what decides breaks a guardrail. {' '.join(broken.values())}",
        people={*map(_who_ended, ended), *stated.values_list("stated_by", flat=True)},
        version=ended[0],
    )


def _who_ended(version: RuleVersion) -> str:
    """Whoever paused or retired it; of one whose window was over, whoever let it begin."""
    by = version.standing_by if version.status == Status.PAUSED else version.retired_by
    who: str = version.activated_by if by.startswith("system:") else by
    return who
