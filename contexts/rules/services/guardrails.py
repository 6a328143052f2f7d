"""Stating what no decision may break, and withdrawing it."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from msgspec import structs

from contexts.calculation.messages import CheckGuardrail
from contexts.rules.errors import GuardrailTaken
from contexts.rules.events import GuardrailStated, GuardrailWithdrawn
from contexts.rules.models import Guardrail
from contexts.rules.services.standing import demand_point, demand_sound
from shared_kernel import bus, clock
from shared_kernel.decisions import GuardrailText
from shared_kernel.errors import NotFound


def state_guardrail(
    *, point: str, text: GuardrailText, stated_by: str, proof_demanded: bool = False
) -> Guardrail:
    """
    State what no decision of a point may break; reviews prove it from now on.

    If a proof is demanded, nothing begins of which it is not known whether it keeps the guardrail.

    Raises:
        UnknownDecisionPoint; RuleUnsound: the claim cannot be read; GuardrailTaken: there is one of that name.

    """
    demand_point(point)
    demand_sound(bus.ask(CheckGuardrail(point=point, guardrail=text)))
    guardrail = Guardrail(
        point=point,
        proof_demanded=proof_demanded,
        stated_by=stated_by,
        stated_at=clock.now(),
        **structs.asdict(text),
    )
    try:
        with bus.act():
            guardrail.save(force_insert=True)
            bus.publish(
                GuardrailStated(
                    guardrail_id=guardrail.id,
                    point=point,
                    guardrail=text,
                    stated_by=stated_by,
                    proof_demanded=proof_demanded,
                )
            )
    except IntegrityError as conflict:
        raise GuardrailTaken(name=text.name, pointers=("/name",)) from conflict
    return guardrail


def withdraw_guardrail(*, guardrail_id: UUID, withdrawn_by: str) -> None:
    """
    Make the claim no more.

    Raises:
        NotFound: this tenant states none of that id.

    """
    with bus.act():
        gone, _ = Guardrail.objects.filter(id=guardrail_id).delete()
        if not gone:
            raise NotFound(what="guardrail", id=guardrail_id)
        bus.publish(GuardrailWithdrawn(guardrail_id=guardrail_id, withdrawn_by=withdrawn_by))
