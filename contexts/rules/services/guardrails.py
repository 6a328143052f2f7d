"""Stating what no decision may break, and withdrawing it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Field
from msgspec import structs

from contexts.calculation.messages import CheckGuardrail
from contexts.rules.errors import DecidersMoved, GuardrailTaken, RuleUnsound
from contexts.rules.events import GuardrailStated, GuardrailWithdrawn
from contexts.rules.models import Guardrail
from contexts.rules.services.proving import deciding_at, demand_kept_already, proves_again
from contexts.rules.services.standing import demand_point, demand_sound, take_turns
from shared_kernel import bus, clock
from shared_kernel.decisions import GuardrailText
from shared_kernel.errors import NotFound


@proves_again
def state_guardrail(
    *, point: str, text: GuardrailText, stated_by: str, proof_demanded: bool = False
) -> Guardrail:
    """
    State what no decision of a point may break; reviews prove it from now on.

    If a proof is demanded, nothing begins from now on that is not proved to keep the guardrail; so what decides has to be.

    Raises:
        UnknownDecisionPoint; RuleUnsound: the claim cannot be read; GuardrailTaken: there is one of that name.
        GuardrailUnproved, DecidersMoved: a proof is demanded, and it is not known of what decides, or is broken by it.

    """
    demand_point(point)
    _demand_short(text)
    demand_sound(bus.ask(CheckGuardrail(point=point, guardrail=text)))
    seen = deciding_at(point)
    if proof_demanded:
        demand_kept_already(point, text)
    guardrail = Guardrail(
        point=point,
        proof_demanded=proof_demanded,
        stated_by=stated_by,
        stated_at=clock.now(),
        **structs.asdict(text),
    )
    try:
        with bus.act():
            take_turns()
            if proof_demanded and deciding_at(point) != seen:
                raise DecidersMoved(point=point)
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


def _demand_short(text: GuardrailText) -> None:
    for part, written in structs.asdict(text).items():
        field = cast("Field[Any, Any]", Guardrail._meta.get_field(part))  # noqa: SLF001 - Django's own way to ask
        most = field.max_length or len(written)
        if len(written) > most:
            raise RuleUnsound(
                fault=f"It has {len(written)} characters and may have {most}; shorten it.",
                pointers=(f"/{part}",),
            )


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
