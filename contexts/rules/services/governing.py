"""Who has to approve what, and who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import IntegrityError

from contexts.evaluation.messages import BackTestLimits
from contexts.rules.errors import PolicyTaken, PolicyUnsound
from contexts.rules.events import AbsenceTold, ApprovalPolicyRemoved, ApprovalPolicySet
from contexts.rules.models import Absence, ApprovalPolicy
from contexts.rules.policies import RISKS, Requirement, said
from contexts.rules.services.standing import demand_point
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound

MOST = 10  # approvals that one policy may ask for


def set_policy(
    *,
    name: str,
    point: str,
    from_risk: str,
    requirements: Sequence[Requirement],
    set_by: str,
    limits: Mapping[str, str] | None = None,
    policy_id: UUID | None = None,
) -> ApprovalPolicy:
    """
    Demand these approvals of what is submitted from now on at a point, or with "" at any, from a risk on.

    `limits` are those of `BackTestLimits`: without a back-test that keeps them nothing is approved.
    With `policy_id` in place of an existing policy. What is in review already keeps what was demanded when it was submitted.

    Raises:
        UnknownDecisionPoint, PolicyUnsound; PolicyTaken; NotFound.

    """
    if point:
        demand_point(point)
    _demand_sound(from_risk, requirements)
    values = {
        "name": name,
        "point": point,
        "from_risk": from_risk,
        "requirements": msgspec.to_builtins(tuple(requirements)),
        "limits": _limits(limits or {}),
        "set_by": set_by,
        "set_at": clock.now(),
    }
    try:
        with bus.act():
            policy = ApprovalPolicy() if policy_id is None else _locked(policy_id)
            for field, value in values.items():
                setattr(policy, field, value)
            policy.save()
            bus.publish(
                ApprovalPolicySet(
                    policy_id=policy.id, point=point, from_risk=from_risk,
                    requirements=said(requirements), set_by=set_by,
                )
            )  # fmt: skip
    except IntegrityError as conflict:
        raise PolicyTaken(point=point or "all points", risk=from_risk) from conflict
    return policy


def remove_policy(*, policy_id: UUID, removed_by: str) -> None:
    """
    Demand its approvals no more of what is submitted from now on.

    Raises:
        NotFound.

    """
    with bus.act():
        policy = _locked(policy_id)
        policy.delete()
        bus.publish(
            ApprovalPolicyRemoved(
                policy_id=policy_id, point=policy.point, from_risk=policy.from_risk,
                removed_by=removed_by,
            )
        )  # fmt: skip


def tell_absence(
    *, person: str, delegate: str, starts_at: datetime, ends_at: datetime, told_by: str
) -> Absence:
    """
    Let a colleague stand in for somebody who is away: their approval counts for that person's teams too.

    Raises:
        PolicyUnsound: it is nobody else, or no time.

    """
    if person == delegate:
        raise PolicyUnsound(fault="A colleague stands in, not the person.", pointers=("/delegate",))
    if ends_at <= starts_at:
        raise PolicyUnsound(
            fault="The absence would end before it starts; choose a later end.",
            pointers=("/ends_at",),
        )
    with bus.act():
        absence: Absence = Absence.objects.create(
            person=person, delegate=delegate, starts_at=starts_at, ends_at=ends_at, told_by=told_by
        )
        bus.publish(
            AbsenceTold(
                absence_id=absence.id, person=person, delegate=delegate,
                starts_at=starts_at, ends_at=ends_at, told_by=told_by,
            )
        )  # fmt: skip
    return absence


def _demand_sound(from_risk: str, requirements: Sequence[Requirement]) -> None:
    if from_risk not in RISKS:
        known = ", ".join(RISKS)
        raise PolicyUnsound(fault=f"A risk is one of {known}.", pointers=("/from_risk",))
    if not requirements or any(it.count < 1 for it in requirements):
        raise PolicyUnsound(
            fault="At least one colleague has to approve; demand one or more of each.",
            pointers=("/requirements",),
        )
    if sum(it.count for it in requirements) > MOST:
        raise PolicyUnsound(
            fault=f"A policy demands at most {MOST} approvals.", pointers=("/requirements",)
        )


def _limits(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: str(value) for name, value in given.items() if str(value).strip()}
    try:
        msgspec.convert(kept, BackTestLimits, strict=False)
    except msgspec.ValidationError as fault:
        raise PolicyUnsound(
            fault=f"The limits cannot be read: {fault}.", pointers=("/limits",)
        ) from fault
    return kept


def _locked(policy_id: UUID) -> ApprovalPolicy:
    policy: ApprovalPolicy | None = (
        ApprovalPolicy.objects.select_for_update().filter(id=policy_id).first()
    )
    if policy is None:
        raise NotFound(what="approval policy", id=policy_id)
    return policy
