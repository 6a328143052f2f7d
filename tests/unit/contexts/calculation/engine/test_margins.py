"""How near rules come to a guardrail: no cart comes nearer than is proved, and the one that is shown really does."""

from decimal import ROUND_CEILING, Decimal
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import compile_set
from contexts.calculation.engine.guardrails import Guardrail, check_guardrail, figures_of
from contexts.calculation.engine.margins import STEPS, measure
from tests.unit.contexts.calculation.engine.test_guardrails import (
    EURO,
    GOLD,
    LARGE,
    ORDER,
    SCHEMA,
    SILVER,
    TIERS,
    at_most,
    rule,
)

RULES = (GOLD, SILVER, LARGE, EURO)  # 62.2 % at most


def measured(rules, claim, *, seconds=20.0, **more):
    guardrail = check_guardrail(Guardrail("stated", claim, **more), SCHEMA)
    return measure(compile_set(rules), guardrail, ORDER, SCHEMA, ends=monotonic() + seconds)


class TestSteps:
    @pytest.mark.parametrize(
        ("percent", "at_least", "below"),
        [("62.2", "0", "0.1"), ("62.4", "0.1", "0.5"), ("63", "0.5", "1"), ("65", "1", "5"),
         ("70", "5", "10"), ("80", "10", None)],
    )  # fmt: skip
    def test_the_margin_is_between_what_is_proved_and_what_is_shown(self, percent, at_least, below):
        """62.2 % is the most that these rules take: from a bound of 65 they stay 2.8 % of the price away."""
        found = measured(RULES, at_most(Decimal(percent)))
        assert found.at_least == Decimal(at_least)
        assert found.below == (Decimal(below) if below else None)
        assert found.is_settled

    def test_what_shows_a_margin_was_decided(self):
        found = measured(RULES, at_most(65))
        figures = found.example.figures
        assert figures["start"] * Decimal("0.65") - figures["discount"] < figures["start"] / 20

    def test_the_nearest_case_is_found_where_percentages_are_taken(self):
        assert measured(RULES, at_most(65)).nearest == Decimal("2.801")

    def test_where_amounts_are_taken_it_is_come_near_to(self):
        """Of 100 and more, 10 off come within two per cent of 12 at 100 alone."""
        found = measured([rule("off", "cart.subtotal >= 100", 10, "amount")], at_most(12))
        assert (found.at_least, found.below) == (1, 5)
        assert 2 < found.nearest < Decimal("2.5")

    def test_a_margin_that_is_met_exactly_is_one(self):
        """One per cent to spare is not less than one per cent."""
        assert measured([rule("ten", "true", 10)], at_most(11)).at_least == 1


class TestClaims:
    def test_amounts_beside_what_is_no_amount_are_spared_and_the_rest_stands(self):
        keeps_five = "outcome.paid >= 5 || outcome.discount == 0"
        off_small = rule("half", "cart.subtotal >= 10", 50)
        assert measured([off_small], keeps_five).below == Decimal("0.1")
        assert measured([rule("half", "cart.subtotal >= 20", 50)], keeps_five).at_least == 10

    @pytest.mark.parametrize(
        "claim",
        ["outcome.discount * 100 <= outcome.start * 62.3", "outcome.start * 62.3 >= 100 * outcome.discount",
         "outcome.discount / 100 <= outcome.start * 0.00623", "outcome.discount / 3 <= outcome.start * 0.623 / 3",
         "outcome.discount + outcome.discount <= outcome.start * 1.246", "outcome.paid >= outcome.start * 0.377",
         "outcome.paid - outcome.discount >= outcome.start * -0.246", "-outcome.discount >= -(outcome.start * 0.623)"],
    )  # fmt: skip
    def test_a_hair_is_a_hair_however_it_is_spelled(self, claim):
        """62.2 % of at most 62.3: multiplied by a hundred it is still a tenth of a per cent that is left."""
        found = measured(RULES, claim)
        assert (found.at_least, found.below, found.nearest) == (
            Decimal("0.1"), Decimal("0.5"), Decimal("0.101"),
        )  # fmt: skip

    def test_a_denied_comparison_is_spared_the_other_way_round(self):
        said, denied = at_most(65), "!(outcome.discount > outcome.start * 0.65)"
        assert measured(RULES, denied).below == measured(RULES, said).below == 5

    @pytest.mark.parametrize(
        "claim",
        ["outcome.discount == 0", 'cart.currency != "USD"', "outcome.start >= 5 || cart.subtotal < 5",
         "outcome.discount + outcome.paid >= 0"],
    )  # fmt: skip
    def test_what_compares_no_discount_has_no_margin(self, claim):
        """The price before is a fact: rules bring nothing nearer to it."""
        assert measured([], claim) is None

    @pytest.mark.parametrize(
        "claim",
        ["outcome.discount * outcome.start <= 0", "lines.all(l, outcome.paid >= l.cost)",
         "outcome.discount * cart.subtotal <= 0", "cart.subtotal / (outcome.paid + 1) < 5",
         "(outcome.discount <= outcome.start * 0.623) == true && outcome.paid >= 0",
         "(outcome.discount > outcome.start * 0.623) != true && outcome.paid >= 0",
         "(outcome.discount > 5 ? 1000000 : 0) <= 100",
         "(outcome.discount > 5 ? 1000000 : 0) == 0 || outcome.paid >= 0",
         "outcome.discount > 5 ? outcome.paid >= 1 : true",
         "[outcome].all(it, it.discount <= it.start * 0.623) && outcome.paid >= 0",
         "outcome.discount * (1 / 2) <= outcome.start * 0.3"],
    )  # fmt: skip
    def test_of_what_cannot_be_solved_for_the_discount_nothing_is_known(self, claim):
        """A part that is left as it stands would make all of it look further away than it is; `1 / 2` of whole numbers is 0."""
        found = measured(RULES, claim)
        assert (found.at_least, found.below, found.is_settled) == (0, None, False)

    def test_two_cases_beside_each_other_have_no_margin(self):
        assert measured([], "one.paid <= other.paid", between=TIERS) is None

    def test_without_time_nothing_is_known(self):
        found = measured(RULES, at_most(80), seconds=0)
        assert (found.at_least, found.below, found.is_settled) == (0, None, False)


@st.composite
def conditions(draw):
    return draw(
        st.sampled_from(
            ['customer.tier == "gold"', "cart.subtotal >= 100", "cart.subtotal < 50", "true",
             'cart.currency == "EUR" || customer.country == "DE"']
        )
    )  # fmt: skip


@st.composite
def rule_lists(draw):
    drawn = draw(
        st.lists(
            st.tuples(conditions(), st.integers(0, 40), st.sampled_from([None, "one", "two"]),
                      st.sampled_from(["percent", "amount"])),
            max_size=4,
        )
    )  # fmt: skip
    return [
        rule(f"r{number}", condition, off, kind, group=group)
        for number, (condition, off, group, kind) in enumerate(drawn)
    ]


CARTS = [
    {"cart": {"subtotal": Decimal(subtotal), "currency": currency},
     "customer": {"tier": tier, "country": country, "attributes": {}}}
    for subtotal in ("0.01", "10", "49.99", "50", "99.99", "100", "400")
    for currency in ("EUR", "USD")
    for tier in ("gold", "silver")
    for country in ("DE", "FR")
]  # fmt: skip
SPARE = st.sampled_from([Decimal(it) for it in ("0", "0.05", "0.3", "0.99", "1", "4.9", "9", "12")])


@settings(max_examples=25, deadline=None)
@given(rule_lists(), SPARE)
def test_no_cart_comes_nearer_than_is_proved_and_some_cart_comes_within_the_next_step(rules, spare):
    """The bound lies so much beyond what the rules take of some cart, computed from what was really decided."""
    made = compile_set(rules)
    figures = [figures_of(ORDER, made.decide(it), it) for it in CARTS]
    taken = max(it["discount"] * 100 / it["start"] for it in figures)

    def margin_of(it):
        return (it["start"] * (taken + spare) - it["discount"] * 100) / it["start"]

    found = measured(rules, f"outcome.discount <= outcome.start * {(taken + spare) / 100:f}")
    assert found.at_least <= spare  # some cart has no more
    if found.below is not None:
        assert margin_of(found.example.figures) < found.nearest <= found.below
        assert found.below > found.at_least
    if all(it.effects[0].kind == "percent" for it in rules):  # then no cart has less
        assert found.is_settled
        assert found.at_least == max((it for it in STEPS if it <= spare), default=0)
        assert found.nearest is None or found.nearest == spare + Decimal("0.001")


NUMBERS = st.sampled_from(["2", "3", "100", "0.01", "12.5"])


@st.composite
def spellings(draw, bound):
    """One comparison, "at most so much of the price is taken", in other words: moved over, scaled, denied."""
    most, left = f"outcome.start * {bound:f}", f"outcome.start * {1 - bound:f}"
    one, word, other = draw(
        st.sampled_from(
            [("outcome.discount", "<=", most), ("outcome.paid", ">=", left),
             (f"outcome.discount - {most}", "<=", "0.0"), ("0.0", "<=", f"{most} - outcome.discount"),
             ("outcome.discount + cart.subtotal", "<=", f"cart.subtotal + {most}"),
             ("outcome.paid - outcome.discount", ">=", f"{left} - {most}"),
             (f"-(outcome.discount - {most} + 5)", ">=", "-5.0")]
        )
    )  # fmt: skip
    for scale in draw(st.lists(st.tuples(st.sampled_from("*/"), NUMBERS), max_size=2)):
        one, other = (f"({it}) {scale[0]} {scale[1]}" for it in (one, other))
    if draw(st.booleans()):
        one, word, other = other, {"<=": ">=", ">=": "<="}[word], one
    if draw(st.booleans()):
        return f"!({one} {({'<=': '>', '>=': '<'})[word]} {other})"
    return f"{one} {word} {other}"


@st.composite
def nested(draw, bound):
    """The same claim, with others around it that change nothing."""
    one, other = draw(spellings(bound)), draw(spellings(bound))
    looser, narrower = draw(spellings(bound + Decimal("0.2"))), draw(spellings(bound / 2))
    return draw(
        st.sampled_from(
            [one, f"!!({one})", f"({one}) && ({looser})", f"({one}) || ({narrower})",
             f"!(!({one}) || !({other}))", f"cart.subtotal < 50 ? ({one}) : ({other})",
             f"({one}) && (outcome.start < 0 || ({other}))"]
        )
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(rule_lists(), SPARE, st.data())
def test_no_spelling_changes_what_is_told(rules, spare, data):
    """A claim that is scaled, divided, moved over, denied or nested has the margin that it has in plain words."""
    made = compile_set(rules)
    figures = [figures_of(ORDER, made.decide(it), it) for it in CARTS]
    taken = max(it["discount"] * 100 / it["start"] for it in figures)
    bound = ((taken + spare) / 100).quantize(Decimal("1e-8"), ROUND_CEILING)
    claim = data.draw(nested(bound))
    plain = measured(rules, f"outcome.discount <= outcome.start * {bound:f}")
    found = measured(rules, claim)
    nearest = min((bound * it["start"] - it["discount"]) * 100 / it["start"] for it in figures)
    assert found.at_least <= nearest  # no cart comes nearer than is told
    assert found.is_settled == plain.is_settled
    assert (found.at_least, found.below) == (plain.at_least, plain.below)
    if found.example is not None:
        shown = found.example.figures
        assert (bound - found.nearest / 100) * shown["start"] < shown["discount"]
