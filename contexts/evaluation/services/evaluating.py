"""Use cases of evaluation: price a cart and keep the record."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from contexts.evaluation import queries, seals
from contexts.evaluation.carts import Cart, PricedCart, RolloutArm
from contexts.evaluation.events import CartEvaluated
from contexts.evaluation.models import EvaluationRecord
from contexts.evaluation.queries import Priced
from shared_kernel import bus


def evaluate_cart(cart: Cart) -> PricedCart:
    """
    Price a cart; its record is durable when this returns.

    Raises:
        whatever `queries.price` raises; nothing is recorded then.

    """
    priced = queries.price(cart, assigned=queries.assigned(cart))
    _record([priced])
    return priced.answer


def evaluate_carts(carts: Iterable[Cart]) -> list[PricedCart]:
    """Price many carts and record them together: all of them, or none."""
    priced = [queries.price(cart, assigned=queries.assigned(cart)) for cart in carts]
    _record(priced)
    return [one.answer for one in priced]


def _record(all_priced: list[Priced]) -> None:
    with bus.unit_of_work():
        EvaluationRecord.objects.bulk_create([_row(one) for one in all_priced])
        for one in all_priced:
            bus.publish(_event(one))


def _row(priced: Priced) -> EvaluationRecord:
    answer = priced.answer
    rollout = answer.rollout if isinstance(answer.rollout, RolloutArm) else None
    return EvaluationRecord(
        id=answer.id,
        cart=msgspec.to_builtins(priced.cart),
        priced=msgspec.to_builtins(answer),
        rule_sets=answer.rule_sets,
        facts_hash=answer.facts_hash,
        currency=answer.currency,
        total_minor=answer.totals.total.minor,
        discount_minor=answer.totals.discount.minor,
        evaluated_at=answer.evaluated_at,
        rollout_id=rollout.id if rollout else None,
        arm=rollout.arm if rollout else "",
    )


def _event(priced: Priced) -> CartEvaluated:
    answer = priced.answer
    parts = [line.adjustments for line in answer.lines]
    if answer.shipping is not None:
        parts.append(answer.shipping.adjustments)
    rules = {f"{it.rule_id}@{it.rule_version}" for part in parts for it in part}
    return CartEvaluated(
        evaluation_id=answer.id,
        total=answer.totals.total,
        discount=answer.totals.discount,
        rules=tuple(sorted(rules)),
        algorithms=priced.algorithms,
    )


def seal_evaluations() -> int:
    """
    Seal what was evaluated and is not sealed yet; how many evaluations that were.

    Evaluations are left alone: this reads them afterwards, in batches, and tells of each batch once. Whoever else
    seals for this tenant waits.
    """
    sealed = 0
    while True:
        with bus.unit_of_work():
            seals.take_turns()
            seal = seals.next_seal()
            if seal is None:
                return sealed
            bus.publish(seal)
            sealed += len(seal.evaluations)
