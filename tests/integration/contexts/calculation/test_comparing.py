"""The short way of comparing decisions tells what deciding twice tells, whatever is drafted."""

from __future__ import annotations

import random
from uuid import uuid4

import msgspec
import pytest

from contexts.calculation.engine import limits
from contexts.calculation.errors import UnknownRuleSet
from contexts.calculation.messages import CompareDecisions, Decide
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS
from shared_kernel import bus
from tests.integration.contexts.conftest import text

POINT = LINE_DISCOUNTS.name
KINDS = {
    POINT: "percent_off_line",
    ORDER_DISCOUNTS.name: "percent_off_order",
    SHIPPING_DISCOUNTS.name: "percent_off_shipping",
}


def facts(chance: random.Random, many: int) -> tuple[dict, ...]:
    lines = [
        {"id": str(n), "sku": f"S{n % 4}", "category": "", "quantity": chance.randrange(1, 15)}
        | {"unit_price": "2.00", "total": str(chance.randrange(1, 90)), "attributes": {}}
        for n in range(many)
    ]
    cart = {"currency": "EUR", "channel": "web", "subtotal": "99", "quantity": 9, "coupons": []}
    shipping = {"method": "standard", "price": "4.90"}
    return tuple(
        {"line": line, "lines": lines[:5], "shipping": shipping, "at": "2026-01-01T00:00:00Z"}
        | {"cart": {**cart, "remaining": line["total"]}}
        for line in lines
    )


def drawn(chance: random.Random, point: str, **more):
    fact = "line.quantity" if point == POINT else "cart.remaining"
    odd = 'lines.exists(l, l.sku == "S1" && l.quantity > 7)'
    condition = chance.choice(
        (f"{fact} >= {chance.randrange(1, 20)}", f"{fact} < 5", "true", "false", odd)
    )
    return text(
        condition, KINDS[point], params={"percent": str(chance.randrange(1, 9))}, name=uuid4().hex,
        priority=chance.randrange(3), group=chance.choice((None, None, "g")), stop=chance.random() < 0.2, **more,
    )  # fmt: skip


def twice(point: str, asked: tuple[dict, ...], drafts) -> tuple[list, list]:
    now = bus.ask(Decide(point=point, facts=asked))
    then = bus.ask(Decide(point=point, facts=asked, drafts=drafts))
    return list(now.decisions), list(then.decisions)


def shortly(point: str, asked: tuple[dict, ...], drafts) -> tuple[list, list, int]:
    """Before and after, and how often nothing was said to change."""
    found = bus.ask(CompareDecisions(point=point, facts=asked, drafts=drafts))
    pairs = zip(found.before, found.after, strict=True)
    after = [now if then is None else then for now, then in pairs]
    return list(found.before), after, sum(it is None for it in found.after)


@pytest.mark.parametrize("point", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_it_tells_what_deciding_twice_tells(active, point, seed):
    """Changed and new rules, with groups and stops, at points that collect and at one that takes the first."""
    chance = random.Random(seed)
    versions = [active(f"r{number}", drawn(chance, point), point) for number in range(5)]
    asked, same = facts(chance, 40), 0
    for _ in range(12):
        drafts = tuple(
            msgspec.structs.replace(drawn(chance, point), rule_id=rule_id, version=9)
            for rule_id in chance.sample([*(str(it.rule_id) for it in versions), str(uuid4())], 2)
        )
        before, after, unasked = shortly(point, asked, drafts)
        assert (before, after) == twice(point, asked, drafts)
        same += unasked
    assert same  # or there is no short way


def test_steps_that_a_draft_would_take_from_others_count(active, monkeypatch):
    """A costly draft that never matches leaves too few steps for the effect of another rule: that is told."""
    monkeypatch.setattr(limits, "MAX_RULE_STEPS", 190)
    monkeypatch.setattr(limits, "MAX_DECISION_STEPS", 190)
    computed = {"percent": "sum(lines.map(l, l.unit_price))"}
    active("computed", text("line.quantity >= 1", params=computed, name="Computed"))
    costly = "lines.exists(l, lines.exists(m, m.quantity == l.quantity + 100))"
    draft = msgspec.structs.replace(text(costly), rule_id=str(uuid4()), version=1)
    asked = facts(random.Random(1), 10)
    before, after, _ = shortly(POINT, asked, (draft,))
    assert (before, after) == twice(POINT, asked, (draft,))
    assert all(it.applied for it in before)
    assert not any(it.applied for it in after)


def test_a_set_that_was_never_active_is_refused(in_tenant):
    question = CompareDecisions(point=POINT, facts=(), drafts=(), fingerprint="0" * 64)
    with pytest.raises(UnknownRuleSet):
        bus.ask(question)
