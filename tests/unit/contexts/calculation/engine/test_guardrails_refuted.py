"""Guardrails that some facts break, or that are about none: never proved, whatever hides them from the solver."""

from decimal import Decimal

import pytest

from contexts.calculation.engine import (
    EffectSource,
    EffectType,
    ExpressionError,
    RuleSource,
    Schema,
    compile_rule,
    compile_set,
)
from contexts.calculation.engine.guarding import guard
from contexts.calculation.engine.guardrails import (
    Between,
    Guardrail,
    Price,
    Take,
    check_guardrail,
    check_price,
)

SCHEMA = Schema(
    records={
        "c": {
            "i": "int",
            "s": "string",
            "sub": "decimal",
            "d": "decimal?",
            "q": "int?",
            "tier": "string?",
        },
        "line": {"sku": "string"},
    },
    variables={"c": "c", "lines": "list(line)"},
)
EFFECTS = (EffectType("pct", {"percent": "decimal"}), EffectType("amt", {"amount": "decimal"}))
TAKES = {"pct": Take(percent="percent"), "amt": Take(amount="amount")}
EACH = {"pct": Take(percent="percent"), "amt": Take(amount="amount", times="c.q")}
TIERS = Between("c.tier", 'c.tier == "gold"', 'c.tier == "silver"')


def rule(rule_id, condition, number, kind="pct", **more):
    params = {"percent" if kind == "pct" else "amount": str(number)}
    effects = (EffectSource(kind, params),)
    source = RuleSource(
        id=rule_id, version=1, name=rule_id, condition=condition, effects=effects, **more
    )
    return compile_rule(source, SCHEMA, EFFECTS)


def asked(rules, guardrail, policy="collect", takes=TAKES):
    price = check_price(Price("c.sub", takes), SCHEMA)
    return guard(
        compile_set(rules, policy), check_guardrail(guardrail, SCHEMA), price, SCHEMA, milliseconds=20_000
    )  # fmt: skip


TWO_TIERS = Guardrail("g", "!(one.discount > 0 && other.discount > 0)", "c.sub > 0", TIERS)
BOTH = 'lines.exists(l, l.sku == "A") && lines.exists(l, l.sku == "B")'
BROKEN = [
    # what hides it, the rules, the guardrail, the hit policy, what effects take
    ("lists of two cases", [("a", "lines.exists(l, l.sku == c.tier)", 10)], TWO_TIERS, "collect", TAKES),
    ("lists in a parameter", [("a", "true", f"{BOTH} ? 50 : 10")],
     Guardrail("g", "outcome.discount <= outcome.start * 0.2"), "collect", TAKES),
    ("times of a rule that does not apply", [("a", "c.i == 1", 1, "amt"), ("b", "!has(c.q)", 100)],
     Guardrail("g", "outcome.discount <= outcome.start * 0.6", "c.sub > 1000 && c.i != 1"), "collect", EACH),
    ("unique", [("a", "c.i > 0", 10), ("b", 'c.i == 6 && c.s == "zz"', 10)],
     Guardrail("g", "outcome.discount > 0", "c.i > 0 && c.sub > 0"), "unique", TAKES),
    ("any", [("a", "c.i > 0", 10), ("b", 'c.i == 6 && c.s == "zz"', 20)],
     Guardrail("g", "outcome.discount > 0", "c.i > 0 && c.sub > 0"), "any", TAKES),
    ("any, computed", [("a", "c.i > 0", 10), ("b", "c.i == 6", "c.d")],
     Guardrail("g", "outcome.discount > 0", "c.i > 0 && c.sub > 0"), "any", TAKES),
    ("fractions of small units", [("a", "c.sub < 0.0000009", 50)],
     Guardrail("g", "outcome.discount == 0", "c.sub > 0.0000001"), "collect", TAKES),
    ("large prices", [("a", "c.sub > 100000000000000", 50)],
     Guardrail("g", "outcome.discount == 0"), "collect", TAKES),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "guardrail", "policy", "takes"), [it[1:] for it in BROKEN], ids=[it[0] for it in BROKEN]
)  # fmt: skip
def test_facts_that_break_it_are_found(rules, guardrail, policy, takes):
    verdict = asked([rule(*it) for it in rules], guardrail, policy, takes)
    assert verdict.holds is False, verdict.reason


SOUND = [
    ("any that agree", [("a", "c.i > 0", 10), ("b", "c.i == 6", "10.0")], "any", "outcome.discount > 0"),
    ("unique", [("a", "c.i > 0", 10), ("b", "c.i <= 0", 20)], "unique", "outcome.discount > 0"),
    ("unique, and a bound", [("a", "c.i > 0", 10), ("b", "c.i > 5", 20)], "unique", "outcome.discount <= outcome.start * 0.1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "policy", "claim"), [it[1:] for it in SOUND], ids=[it[0] for it in SOUND]
)
def test_what_no_facts_break_is_still_proved(rules, policy, claim):
    made = [rule(*it) for it in rules]
    assert asked(made, Guardrail("g", claim, "c.i > 0 && c.sub > 0"), policy).holds


class TestAboutNothing:
    @pytest.mark.parametrize(
        "guardrail",
        [
            Guardrail("g", "outcome.discount <= 5", "c.i > 5 && c.i < 5"),
            Guardrail("g", "outcome.discount <= 5", "c.sub < 0"),
            Guardrail("g", "one.paid <= other.paid", "true", Between("c.s", "c.i == 1", "c.i == 2")),
        ],
    )  # fmt: skip
    def test_a_guardrail_whose_assumptions_no_facts_satisfy_is_not_proved(self, guardrail):
        verdict = asked([rule("a", "true", 10)], guardrail)
        assert verdict.holds is None
        assert "about nothing" in verdict.reason

    @pytest.mark.parametrize(
        ("path", "why"),
        [("c.teir", "c.tier"), ("d.tier", "d"), ("lines[0].sku", "path"), ("c.i + 1", "path")],
    )
    def test_a_fact_that_cases_cannot_differ_in_is_refused(self, path, why):
        with pytest.raises(ExpressionError, match=why) as refused:
            check_guardrail(Guardrail("g", "true", "true", Between(path, "true", "true")), SCHEMA)
        assert refused.value.where == "between"

    def test_a_path_may_be_written_with_spaces(self):
        spaced = Between("c . tier", TIERS.one, TIERS.other)
        gold = rule("a", 'c.tier == "gold"', 10)
        assert asked([gold], Guardrail("g", "one.paid <= other.paid", between=spaced)).holds


def test_a_negative_count_of_a_negative_amount_takes_nothing_off():
    """Each is bounded by zero before they are multiplied."""
    back = rule("a", "c.q == -2", "-5", "amt")
    stated = Guardrail("g", "outcome.discount > 0", "c.q == -2 && c.sub > 100")
    verdict = asked([back], stated, takes=EACH)
    assert verdict.holds is False
    assert verdict.examples[0].figures["discount"] == Decimal(0)
