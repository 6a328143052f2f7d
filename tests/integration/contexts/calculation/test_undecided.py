"""A rule that costs more steps than a decision allows is told in the answer, counted, and said once."""

from __future__ import annotations

import structlog

from contexts.calculation.messages import Decide
from contexts.calculation.queries.deciding import UNDECIDED
from shared_kernel import bus
from tests.integration.contexts.conftest import text

LINES = "promotions.line-discounts"
GREEDY = "lines.all(a, lines.all(b, lines.all(c, a.quantity + b.quantity + c.quantity > 0)))"
LINE = {"id": "1", "sku": "s", "category": "", "quantity": 1, "unit_price": "1", "total": "1", "attributes": {}}  # fmt: skip


def asked(lines, **more):
    facts = {"line": LINE, "lines": [LINE] * lines, "cart": {}}
    return bus.ask(Decide(point=LINES, facts=(facts, facts), **more)).decisions


def test_it_is_told_counted_and_said_once(active):
    greedy = active("greedy", text(GREEDY, name="Greedy"))
    active("modest", text("line.quantity == 1", name="Modest"))
    counted = UNDECIDED.labels(LINES)._value.get()
    with structlog.testing.capture_logs() as logs:
        decisions = asked(300)
    assert [[it.rule for it in one.applied] for one in decisions] == [["Modest"], ["Modest"]]
    for one in decisions:
        (told,) = one.undecided
        assert (told.rule_id, told.version, told.rule) == (str(greedy.rule_id), 1, "Greedy")
        assert told.why == "the rule goes over too many list entries"
    assert UNDECIDED.labels(LINES)._value.get() == counted + 2
    assert [it["rule"] for it in logs if it["event"] == "rule not decided"] == [str(greedy.rule_id)]


def test_the_explanation_says_so_even_where_only_what_applied_is_asked_for(active):
    active("greedy", text(GREEDY, name="Greedy"))
    (told,) = asked(300, explain="applied")[0].explanations
    assert told.outcome == "error"
    assert "too many list entries" in told.sentence


def test_nothing_is_told_of_a_cart_that_is_not_too_long(active):
    active("greedy", text(GREEDY, name="Greedy"))
    assert [one.undecided for one in asked(3)] == [(), ()]
