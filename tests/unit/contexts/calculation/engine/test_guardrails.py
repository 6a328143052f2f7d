"""What a tenant states about all prices: proved over the set, or broken by facts that were decided for real."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    DefinitionError,
    EffectSource,
    EffectType,
    ExpressionError,
    RuleSource,
    Schema,
    compile_rule,
    compile_set,
    guarding,
)
from contexts.calculation.engine.guarding import guard
from contexts.calculation.engine.guardrails import (
    Between,
    Guardrail,
    Price,
    Take,
    check_guardrail,
    check_price,
    figures_of,
    is_broken,
)

SCHEMA = Schema(
    records={
        "customer": {"tier": "string?", "country": "string", "attributes": "map(string, dyn)"},
        "line": {"quantity": "int", "unit_price": "decimal", "cost": "decimal"},
        "cart": {"subtotal": "decimal", "currency": "string"},
    },
    variables={"customer": "customer?", "lines": "list(line)", "cart": "cart", "line": "line"},
)
EFFECTS = (
    EffectType("percent", {"percent": "decimal"}),
    EffectType("amount", {"amount": "decimal"}),
    EffectType("per_unit", {"amount": "decimal"}),
)
TAKES = {
    "percent": Take(percent="percent"),
    "amount": Take(amount="amount"),
    "per_unit": Take(amount="amount", times="line.quantity"),
}
ORDER = check_price(Price("cart.subtotal", TAKES), SCHEMA)
LINE = check_price(Price("line.unit_price", TAKES, "line.quantity == 1"), SCHEMA)


def rule(rule_id, condition, number, kind="percent", **more):
    parameter = "percent" if kind == "percent" else "amount"
    effects = (EffectSource(kind, {parameter: str(number)}),)
    source = RuleSource(
        id=rule_id, version=1, name=rule_id, condition=condition, effects=effects, **more
    )
    return compile_rule(source, SCHEMA, EFFECTS)


def changed(made, **more):
    return compile_rule(replace(made.source, **more), SCHEMA, EFFECTS)


def asked(rules, claim, *, policy="collect", price=ORDER, milliseconds=5000, **more):
    guardrail = check_guardrail(Guardrail("stated", claim, **more), SCHEMA)
    return guard(compile_set(rules, policy), guardrail, price, SCHEMA, milliseconds=milliseconds)


def at_most(percent):
    return f"outcome.discount <= outcome.start * {percent / 100}"


GOLD = rule("gold", 'customer.tier == "gold"', 30, group="tier")
SILVER = rule("silver", 'customer.tier == "silver"', 20, group="tier")
LARGE = rule("large", "cart.subtotal >= 100", 40)
EURO = rule("euro", 'cart.currency == "EUR"', 10)
TIERS = Between("customer.tier", 'customer.tier == "gold"', 'customer.tier == "silver"')


class TestBounds:
    """30, 40 and 10 % of what remains leave 37.80 of 100: the bound lies at 62.2 %."""

    rules = (GOLD, SILVER, LARGE, EURO)

    def test_a_bound_that_no_order_passes_is_proved(self):
        assert asked(self.rules, at_most(62.2)).holds

    def test_one_that_an_order_passes_is_shown_with_its_real_figures(self):
        verdict = asked(self.rules, at_most(62))
        (example,) = verdict.examples
        assert verdict.holds is False
        assert [it.rule_id for it in example.decision.matches] == ["euro", "gold", "large"]
        assert example.figures == {
            "start": Decimal(100),
            "discount": Decimal("62.2"),
            "paid": Decimal("37.8"),
        }

    def test_of_an_exclusive_group_one_counts(self):
        both = [changed(it, group="one") for it in (LARGE, EURO)]
        assert asked(both, at_most(40)).holds
        assert asked([LARGE, EURO], at_most(40)).holds is False

    def test_the_loose_question_is_enough_for_a_bound_on_groups(self, monkeypatch):
        """However many rules a group has, the order among them need not be asked for."""
        monkeypatch.setattr(guarding, "exactly", lambda *_: None)
        assert asked(self.rules, at_most(62.2)).holds
        assert asked(self.rules, at_most(62)).holds is False

    @pytest.mark.parametrize("policy", ["first", "priority"])
    def test_where_one_rule_applies_the_largest_is_the_bound(self, policy):
        assert asked(self.rules, at_most(40), policy=policy).holds
        assert asked(self.rules, at_most(39), policy=policy).holds is False

    def test_a_rule_that_stops_those_behind_it_is_heeded(self):
        first = rule("first", "cart.subtotal >= 0", 10, order=-1, stop=True)
        assert asked([first, LARGE], at_most(10)).holds
        assert asked([changed(first, stop=False), LARGE], at_most(10)).holds is False

    def test_the_place_in_a_group_is_heeded(self):
        """Whoever has 30 % is not given the 50 % behind it, though both match."""
        wide = rule("wide", "cart.subtotal > 50", 30, group="g", priority=1)
        narrow = rule("narrow", "cart.subtotal > 60", 50, group="g")
        assert asked([wide, narrow], at_most(30)).holds
        assert asked([wide, changed(narrow, priority=2)], at_most(30)).holds is False


class TestAmounts:
    def test_an_amount_is_capped_at_what_remains(self):
        much = rule("much", "cart.subtotal < 1000", 500, "amount")
        assert asked([much], "outcome.paid >= 0").holds
        assert asked([much], at_most(90)).holds is False

    def test_an_amount_for_large_orders_is_a_share_of_them(self):
        fifty = rule("fifty", "cart.subtotal >= 500", 50, "amount")
        assert asked([fifty], at_most(10)).holds
        assert (
            asked([fifty, rule("more", "cart.subtotal >= 400", 1, "amount")], at_most(10)).holds
            is False
        )

    def test_a_computed_percentage_is_followed(self):
        grows = rule("grows", "true", "min(cart.subtotal * 0.01, 50)")
        assert asked([grows], at_most(50)).holds
        verdict = asked([grows], at_most(40))
        assert verdict.holds is False
        assert verdict.examples[0].figures["discount"] > verdict.examples[0].figures[
            "start"
        ] * Decimal("0.4")

    def test_no_price_falls_under_cost(self):
        claim, assuming = "outcome.paid >= line.cost", "line.unit_price >= line.cost"
        safe = rule("safe", "line.unit_price >= line.cost * 1.25", 20)
        unsafe = rule("unsafe", "line.unit_price >= line.cost * 1.2", 20)
        assert asked([safe], claim, price=LINE, assuming=assuming).holds
        verdict = asked([unsafe], claim, price=LINE, assuming=assuming)
        assert verdict.holds is False
        assert verdict.examples[0].figures["paid"] < verdict.examples[0].facts["line"]["cost"]


class TestTwoCases:
    claim = "one.paid <= other.paid"

    def test_no_gold_customer_pays_more_than_a_silver_one(self):
        assert asked([GOLD, SILVER, LARGE], self.claim, between=TIERS).holds

    def test_one_who_does_is_shown_beside_the_other(self):
        extra = rule("extra", 'customer.tier == "silver" && cart.subtotal > 200', 15)
        verdict = asked([GOLD, SILVER, extra], self.claim, between=TIERS)
        gold, silver = verdict.examples
        assert verdict.holds is False
        assert (gold.facts["customer"]["tier"], silver.facts["customer"]["tier"]) == (
            "gold",
            "silver",
        )
        assert gold.facts["cart"] == silver.facts["cart"]
        assert gold.figures["paid"] > silver.figures["paid"]


class TestHonesty:
    def test_a_rule_that_cannot_be_told_may_do_anything_and_is_named(self):
        pattern = rule("pattern", 'cart.currency.matches("^E")', 5)
        verdict = asked([LARGE, pattern], at_most(43))
        assert (verdict.holds, verdict.free) == (True, {"pattern": "matches()"})

    def test_facts_for_what_cannot_be_told_are_found_by_the_nearest_change(self):
        team = rule("team", 'customer.attributes.team == "red"', 50)
        verdict = asked([LARGE, team], at_most(60))
        assert verdict.holds is False
        assert verdict.examples[0].facts["customer"]["attributes"] == {"team": "red"}

    def test_what_only_an_unsayable_rule_could_break_is_unknown(self):
        pattern = rule("pattern", 'cart.currency.matches("^[E]$")', 50)
        verdict = asked([LARGE, pattern], at_most(60))
        assert verdict.holds is None
        assert "matches()" in verdict.reason

    def test_a_claim_about_a_free_attribute_is_unknown(self):
        verdict = asked([LARGE], "customer.attributes.limit == 3 || outcome.paid >= 1")
        assert verdict.holds is None
        assert "free attribute" in verdict.reason

    def test_sums_over_lists_are_proved_for_short_lists_only(self):
        summed = rule("summed", "sum(lines.map(l, l.unit_price)) > 100", 10)
        verdict = asked([summed], at_most(10))
        assert verdict.holds is None
        assert "longer ones" in verdict.reason

    def test_a_time_limit_is_kept(self):
        hard = [
            rule(
                f"h{it}",
                f"cart.subtotal * cart.subtotal * {it} > line.cost * line.cost * line.unit_price",
                "cart.subtotal / 7 * 3",
            )
            for it in range(1, 20)
        ]
        assert asked(hard, at_most(50), milliseconds=1).holds is None


class TestWriting:
    @pytest.mark.parametrize(
        ("guardrail", "why"),
        [
            (Guardrail("a", "outcome.discont <= 1"), "outcome.discount"),
            (Guardrail("a", "outcome.paid"), "bool"),
            (Guardrail("a", "one.paid <= other.paid"), "one"),
            (Guardrail("a", "true", "cart.subtotl > 1"), "cart.subtotal"),
        ],
    )
    def test_a_mistake_is_told_where_it_stands(self, guardrail, why):
        with pytest.raises(ExpressionError, match=why):
            check_guardrail(guardrail, SCHEMA)

    def test_a_fact_of_the_figures_name_is_refused(self):
        with pytest.raises(DefinitionError, match="outcome"):
            check_guardrail(Guardrail("a", "true"), Schema({}, {"outcome": "int"}))


FIFTEEN = rule("amount", "cart.subtotal >= 20", 15, "amount", priority=2)
STOP = rule("stop", 'cart.currency == "EUR"', 12, order=-3, stop=True)
MATE = rule("mate", "cart.subtotal > 60", 25, group="tier", priority=-1)
PARTS = st.sampled_from([GOLD, SILVER, LARGE, EURO, FIFTEEN, STOP, MATE])
CARTS = st.fixed_dictionaries(
    {
        "cart": st.fixed_dictionaries(
            {
                "subtotal": st.sampled_from(
                    [Decimal(it) for it in ("0", "19.99", "20", "61", "100", "900")]
                ),
                "currency": st.sampled_from(["EUR", "USD"]),
            }
        ),
        "customer": st.fixed_dictionaries({"tier": st.sampled_from(["gold", "silver", "none"])}),
    }
)


@settings(max_examples=75, deadline=None)
@given(
    st.lists(PARTS, min_size=1, max_size=5, unique_by=lambda it: it.id),
    st.sampled_from(["collect", "priority", "first", "unique", "any"]),
    st.integers(0, 90),
    st.lists(CARTS, min_size=1, max_size=20),
)
def test_what_is_proved_no_cart_breaks(rules, policy, percent, carts):
    """Loose or exact, the formulas allow whatever the resolver really does."""
    made = compile_set(rules, policy)
    guardrail = check_guardrail(Guardrail("stated", at_most(percent)), SCHEMA)
    verdict = guard(made, guardrail, ORDER, SCHEMA)
    broken = [
        facts
        for facts in carts
        if is_broken(guardrail, facts, (figures_of(ORDER, made.decide(facts), facts),))
    ]
    assert verdict.holds is not None
    assert not (verdict.holds and broken)


@pytest.mark.parametrize("stacking", ["never", "always"])
def test_rules_whose_stacking_the_solver_is_not_told_leave_it_unknown(stacking):
    """One that always applies passes its group by: a proof over the group would be none."""
    rules = [rule("a", "true", 30, group="g"), rule("b", "true", 40, group="g", stacking=stacking)]
    verdict = asked(rules, at_most(50))
    assert verdict.holds is None
    assert '"b"' in verdict.reason
