"""What becomes of a rule where facts are lacking: what is said to match none, or all, does so of any facts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import compile_set
from contexts.calculation.policies import fate_of, rules_of
from contexts.promotions.decisions import LINE_DISCOUNTS as POINT
from shared_kernel.decisions import EffectText, RuleText

LACKING = ("customer.tier", "customer.segments", "line.category", "line.brand",
           "customer.attributes.level")  # fmt: skip
OFF = (EffectText("percent_off_line", {"percent": "10"}),)


def rule(condition):
    return RuleText("0196", 1, "One", "One off", condition, OFF)


def fate(condition):
    return fate_of(POINT.name, rule(condition), LACKING)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('customer.tier == "gold"', "never"),
        ('customer.tier == "gold" && line.quantity >= 3', "never"),
        ('customer.tier == "gold" || line.quantity >= 3', "open"),
        ('!(customer.tier == "gold" && line.quantity >= 3)', "open"),
        ('!(line.category.startsWith("Garden"))', "always"),
        ('"vip" in customer.segments', "never"),
        ("!has(customer.tier)", "always"),
        ('lines.exists(l, l.category == "Garden")', "never"),
        ('lines.exists(l, l.category == "Garden" || l.quantity > 3)', "open"),
        ("customer.attributes.level > 3", "never"),
        ("line.quantity >= 3", "open"),
        ("size(lines) > 3", "open"),
    ],
)
def test_a_rule_that_asks_for_what_is_lacking_has_a_fate(condition, expected):
    assert fate(condition) == expected


ATOMS = st.sampled_from(
    ['customer.tier == "gold"', 'customer.tier != "gold"', "has(customer.tier)", "size(customer.segments) == 0",
     'line.category == ""', "line.quantity >= 3", 'customer.country == "DE"', 'line.brand in ["A"]', "true",
     'lines.all(l, l.category == "")', "lines.exists(l, l.quantity > 2)", "customer.attributes.level > 1"]
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda it: f"!({it})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
            lambda it: f"({it[0]}) {it[1]} ({it[2]})"
        ),
    ),
    max_leaves=5,
)


@st.composite
def facts(draw):
    """Facts that say nothing of what is lacking, and anything of the rest."""

    def line():
        quantity = draw(st.integers(1, 5))
        return {"id": "1", "sku": "A", "category": "", "quantity": quantity, "unit_price": Decimal(2),
                "total": Decimal(2 * quantity), "attributes": {}}  # fmt: skip

    customer = {"segments": [], "tags": [], "attributes": {}}
    country = draw(st.sampled_from([None, "DE", "FR"]))
    return {
        "line": line(),
        "lines": [line() for _ in range(draw(st.integers(1, 3)))],
        "customer": {**customer, "country": country} if country else customer,
        "cart": {"currency": "EUR", "channel": "", "subtotal": Decimal(9), "remaining": Decimal(9),
                 "quantity": 3, "coupons": []},
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, st.lists(facts(), min_size=1, max_size=6))
def test_what_is_said_to_match_none_or_all_does(condition, many):
    expected = fate(condition)
    made = compile_set(rules_of(POINT.name, rule(condition), ()), "collect")
    matched = [bool(made.decide(it).matches) for it in many]
    assert not (expected == "never" and any(matched))
    assert not (expected == "always" and not all(matched))
