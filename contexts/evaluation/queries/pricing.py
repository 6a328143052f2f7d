"""Pricing: each step asked of its context over the bus, in the fixed order; nothing is written here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contexts.evaluation import policies
from contexts.evaluation.carts import (
    Cart,
    DryRun,
    Explanation,
    Nearest,
    PricedCart,
    PricedThen,
    StepLeftOut,
)
from contexts.evaluation.errors import InTheFuture
from contexts.evaluation.models import EvaluationRecord
from contexts.evaluation.queries.assigning import Assigned
from contexts.promotions.messages import DecideDiscounts, Discounts
from shared_kernel import bus, clock
from shared_kernel.api.bodies import convert
from shared_kernel.decisions import RuleText
from shared_kernel.errors import NotFound
from shared_kernel.ids import new_id

# the order is part of the contract; a step whose context is not installed is named in the answer
STEPS_TO_COME = ("catalog", "coupons", "loyalty", "taxes", "payments")
Drafts = dict[str, tuple[RuleText, ...]]


class Priced(msgspec.Struct, frozen=True):
    """An answer, and what has to be recorded with it."""

    cart: Cart
    answer: PricedCart
    algorithms: tuple[str, ...]


def price(
    cart: Cart,
    *,
    drafts: Drafts | None = None,
    fingerprints: dict[str, str] | None = None,
    evaluation_id: UUID | None = None,
    evaluated_at: datetime | None = None,
    assigned: Assigned | None = None,
    known_at: datetime | None = None,
) -> Priced:
    """
    Price a cart by the rules of now, of `cart.at`, or of recorded sets; of now, as its arm of a roll-out says.

    With `known_at`, by those of which one would have said then that they decide at `cart.at`, past or to come.

    Raises:
        MixedCurrencies, NegativePrice, LineTwice, InTheFuture: the cart makes no sense.
        ContextUnreachable: a context that should answer does not; nothing is priced by half.

    """
    now = evaluated_at or clock.now()
    policies.demand_priceable(cart, now, may_be_to_come=known_at is not None)
    seen = policies.discountable(cart, cart.at or now)
    question = DecideDiscounts(
        cart=seen,
        explain=cart.explain,
        as_of=cart.at,
        known_at=known_at,
        fingerprints=fingerprints or {},
        drafts=drafts or {},
        rollout=assigned.rollout_id if assigned and assigned.arm == "candidate" else None,
    )
    decided, left_out = _discounts(question)
    lines = policies.priced_lines(cart, decided.discounts)
    shipping = policies.priced_shipping(cart, decided.discounts)
    answer = PricedCart(
        id=evaluation_id or new_id(),
        currency=cart.currency,
        evaluated_at=now,
        as_of=cart.at,
        lines=lines,
        shipping=shipping,
        totals=policies.totals(cart, lines, shipping),
        rule_sets={outcome.point: outcome.fingerprint for outcome in decided.outcomes},
        facts_hash=policies.facts_hash(seen),
        steps_left_out=left_out,
        explanations=_explanations(decided),
        rollout=assigned.told(decided, is_replay=bool(fingerprints)) if assigned else msgspec.UNSET,
    )
    return Priced(cart, answer, decided.algorithms)


def _discounts(question: DecideDiscounts) -> tuple[Discounts, tuple[StepLeftOut, ...]]:
    left_out = [StepLeftOut(step=step, reason="not installed") for step in STEPS_TO_COME]
    try:
        return bus.ask(question), tuple(left_out)
    except bus.ContextAbsent as absence:
        left_out.insert(1, StepLeftOut(step="promotions", reason=str(absence)))
        return Discounts(discounts=(), outcomes=()), tuple(left_out)


def _explanations(decided: Discounts) -> tuple[Explanation, ...]:
    return tuple(
        Explanation(
            point=outcome.point,
            about=it["about"],
            rule_id=it["rule_id"],
            rule_version=it["version"],
            rule=it["rule"],
            outcome=it["outcome"],
            sentence=it["sentence"],
            nearest=msgspec.convert(it.get("nearest"), Nearest | None),
        )
        for outcome in decided.outcomes
        for it in outcome.explanations
    )


def dry_run(run: DryRun) -> PricedThen:
    """
    What a cart costs at any moment, as far as is known now or was known at another; nothing is recorded.

    Raises:
        InTheFuture: nobody knows yet what will be known then; and whatever `price` raises.

    """
    now = clock.now()
    known_at = run.known_at or now
    if known_at > now:
        raise InTheFuture(at=known_at.isoformat(), pointers=("/known_at",))
    at = run.cart.at or known_at
    cart = msgspec.structs.replace(run.cart, at=at)
    return PricedThen(at=at, known_at=known_at, priced=price(cart, known_at=known_at).answer)


def try_rules(cart: dict[str, Any], drafts: Drafts) -> dict[str, Any]:
    """
    The answer that these drafts would give, fully explained, as JSON values.

    Raises:
        BodyInvalid: the cart has not the shape of a cart; and whatever `price` raises.

    """
    asked = msgspec.structs.replace(convert(cart, Cart), explain="nearest")
    answer: dict[str, Any] = msgspec.to_builtins(price(asked, drafts=drafts).answer)
    return answer


def record_of(evaluation_id: UUID) -> EvaluationRecord:
    """
    One evaluation as it was.

    Raises:
        NotFound: this tenant has none of that id.

    """
    record: EvaluationRecord | None = EvaluationRecord.objects.filter(id=evaluation_id).first()
    if record is None:
        raise NotFound(what="evaluation", id=evaluation_id)
    return record


def replay(record: EvaluationRecord) -> PricedCart:
    """The recorded cart priced again, by the recorded rules."""
    cart = msgspec.convert(record.cart, Cart)
    return price(
        cart,
        fingerprints=record.rule_sets,
        evaluation_id=record.id,
        evaluated_at=record.evaluated_at,
        assigned=Assigned.recorded(record),
    ).answer
