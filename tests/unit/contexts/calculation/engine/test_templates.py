"""Templates: arguments are values in the tree and never text, and what is refused names its parameter."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    CapSource,
    DefinitionError,
    EffectSource,
    ExpressionError,
    RuleSource,
    compile_rule,
    compile_set,
)
from contexts.calculation.engine.arguments import ArgumentRefused, Parameter
from contexts.calculation.engine.nodes import Literal, walk
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.templates import (
    Instance,
    TemplateSource,
    check_template,
    instantiate,
    template_hash,
)
from tests.unit.contexts.calculation.engine.shop import EFFECTS, GOLD, SCHEMA

RULE = RuleSource(
    id="template", version=1, name="{percent} % for {tier}", reason="{percent} % off from {from_amount}",
    condition="customer.tier == tier && cart.subtotal >= from_amount",
    effects=(EffectSource("discount", {"percent": "percent"}),), priority=4,
)  # fmt: skip
TIERS = TemplateSource(
    id="tiers",
    version=7,
    name="Percent for a tier",
    parameters=(
        Parameter("percent", "decimal", "how much", least=0, most="50.00"),
        Parameter("tier", "string", allowed=("gold", "silver"), default="gold"),
        Parameter("from_amount", "decimal", least="0"),
    ),
    rule=RULE,
)


def made(template=TIERS, /, **arguments):
    return instantiate(template, arguments, rule_id="r", version=2)


def one(kind, condition="p == p", **more):
    """Return a template with the one parameter p."""
    rule = RuleSource("t", 1, "T", condition)
    return TemplateSource("t", 1, "T", (Parameter("p", kind, **more),), rule)


class TestInstances:
    def test_an_instance_is_the_rule_one_would_have_written(self):
        instance = made(percent="12.50", from_amount=100)
        written = RuleSource(
            id="r", version=2, name="12.5 % for gold", reason="12.5 % off from 100",
            condition='customer.tier == "gold" && cart.subtotal >= 100.0',
            effects=(EffectSource("discount", {"percent": "12.5"}),), priority=4,
        )  # fmt: skip
        assert instance.rule == written
        assert instance.rule.content_hash == written.content_hash

    def test_it_remembers_what_it_was_made_from_with_which_arguments(self):
        instance = made(percent=Decimal("12.50"), from_amount=100)
        assert (instance.template, instance.template_version) == ("tiers", 7)
        assert instance.arguments == {"percent": "12.5", "tier": "gold", "from_amount": "100"}
        assert made(**instance.arguments) == instance

    def test_it_decides(self):
        rule = compile_rule(made(percent=5, from_amount=80).rule, SCHEMA, EFFECTS)
        (match,) = compile_set([rule]).decide(GOLD).matches
        assert match.effects == (("discount", {"percent": Decimal(5)}),)

    @pytest.mark.parametrize(("kind", "value", "text"), [
        ("int", -5, "-5"), ("decimal", "5", "5.0"), ("decimal", Decimal("-0.50"), "-0.5"), ("bool", True, "true"),
        ("string", 'a"b', '"a\\"b"'), ("list(int)", [1, 2], "[1, 2]"), ("list(string)", [], "[]"),
        ("timestamp", "2025-01-01T01:00:00+01:00", 'timestamp("2025-01-01T00:00:00Z")'),
        ("timestamp", datetime(2025, 1, 1, tzinfo=UTC), 'timestamp("2025-01-01T00:00:00Z")'),
        ("duration", "1h30m", 'duration("5400s")'), ("duration", timedelta(seconds=1.5), 'duration("1.5s")'),
    ])  # fmt: skip
    def test_each_type_has_its_literal(self, kind, value, text):
        instance = made(one(kind), p=value)
        assert instance.rule.condition == f"{text} == {text}"
        assert made(one(kind), **instance.arguments) == instance
        assert json.loads(json.dumps(instance.to_json()))["arguments"] == instance.arguments

    def test_a_parameter_stands_in_effects_caps_and_loops_too(self):
        rule = RuleSource(
            "t", 1, "T", "lines.exists(l, l.quantity > p) ? p > 1 : {1: [p]}[1][0] == -p",
            (EffectSource("discount", {"percent": "p * 2"}),), cap=CapSource(percent="p", taken="p + 1"),
        )  # fmt: skip
        found = made(TemplateSource("t", 1, "T", (Parameter("p", "int"),), rule), p=3).rule
        assert found.condition == "lines.exists(l, l.quantity > 3) ? 3 > 1 : {1: [3]}[1][0] == -(3)"
        assert (found.effects[0].params["percent"], found.cap.taken) == ("3 * 2", "3 + 1")


# a parameter as keywords, an argument, and what is said of it
REFUSALS = [
    ({"kind": "int"}, "5", "an int, not '5'"), ({"kind": "int"}, True, "an int"), ({"kind": "int"}, 2**63, "an int"),
    ({"kind": "decimal"}, 0.5, "a decimal, not '0.5'"), ({"kind": "decimal"}, "NaN", "a decimal"),
    ({"kind": "decimal"}, "1e99", "a decimal"), ({"kind": "decimal"}, "ten", "a decimal"),
    ({"kind": "decimal"}, True, "a decimal"), ({"kind": "bool"}, 1, "a bool"), ({"kind": "string"}, 5, "a string"),
    ({"kind": "string"}, "x" * 2001, "a string"), ({"kind": "string"}, "\ud800", "a string"),
    ({"kind": "timestamp"}, "tomorrow", "a timestamp"), ({"kind": "timestamp"}, datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None), "a timestamp"),
    ({"kind": "duration"}, "1 day", "a duration"), ({"kind": "list(int)"}, 5, "a list"), ({"kind": "list(int)"}, ["1"], "an int"),
    ({"kind": "int", "least": 3}, 2, "at least 3, not 2"), ({"kind": "int", "most": 3}, 4, "at most 3, not 4"),
    ({"kind": "decimal", "most": "9.99"}, "10", "at most 9.99, not 10"),
    ({"kind": "string", "least": 2}, "x", "at least a size of 2, not 1"),
    ({"kind": "list(int)", "most": 1}, [1, 2], "at most a size of 1, not 2"),
    ({"kind": "string", "allowed": ("a", "b")}, "c", "one of a, b, not c"),
    ({"kind": "decimal", "allowed": (5, "7.5")}, "6", "one of 5, 7.5, not 6"), ({"kind": "int"}, None, "needs a value"),
]  # fmt: skip


@pytest.mark.parametrize(("parameter", "argument", "message"), REFUSALS)
def test_a_refused_argument_names_its_parameter(parameter, argument, message):
    parameter = dict(parameter)
    template = one(parameter.pop("kind"), **parameter)
    with pytest.raises(ArgumentRefused, match=message) as refused:
        made(template, p=argument)
    assert refused.value.parameter == "p"
    assert str(refused.value).startswith("p: ")


def test_unknown_and_missing_arguments_are_refused():
    with pytest.raises(
        ArgumentRefused, match="has no such parameter, but percent, tier, from_amount"
    ) as unknown:
        made(percent=5, from_amount=1, teir="gold")
    assert unknown.value.parameter == "teir"
    with pytest.raises(ArgumentRefused, match="percent: it needs a value, how much") as missing:
        made(from_amount=1)
    assert missing.value.parameter == "percent"


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_string_is_ever_more_than_a_string(text):
    template = one("string", "customer.tier == p && !(p == note)")
    rule = made(template, p=text).rule
    literals = [it.value for it in walk(parse(rule.condition)) if isinstance(it, Literal)]
    assert literals == [text, text]
    compile_rule(rule, SCHEMA, EFFECTS)


def test_an_argument_in_the_words_fills_in_nothing_else():
    rule = replace(RULE, name="{tier}", reason="{percent}", condition="from_amount > 0")
    template = replace(
        TIERS,
        rule=rule,
        parameters=(replace(TIERS.parameters[1], allowed=()), *TIERS.parameters[::2]),
    )
    assert made(template, tier="{percent}", percent=1, from_amount=1).rule.name == "{percent}"


class TestChecking:
    def test_a_sound_template_is_checked_with_its_parameters_as_facts(self):
        rule = check_template(TIERS, SCHEMA, EFFECTS)
        assert set(rule.condition.facts) >= {"tier", "from_amount"}

    @pytest.mark.parametrize(("change", "message"), [
        ({"rule": replace(RULE, condition="customer.tier == tier")}, None),
        ({"rule": replace(RULE, condition="true", reason="")}, "from_amount is not used"),
        ({"rule": replace(RULE, reason="{percents}")}, "{percents} is no parameter"),
        ({"parameters": (*TIERS.parameters, Parameter("cart", "int"))}, "cart is a fact"),
        ({"parameters": TIERS.parameters * 2}, "each parameter once"),
        ({"parameters": (Parameter("a b", "int"),)}, "cannot name a parameter"),
        ({"parameters": (Parameter("a", "line"),)}, "line"), ({"parameters": (Parameter("a", "int?"),)}, "scalar"),
        ({"parameters": (Parameter("a", "int", least=5, most=4),)}, "least is more"),
        ({"parameters": (Parameter("a", "int", least="x"),)}, "a: an int"),
        ({"parameters": (Parameter("a", "bool", most=1),)}, "no bounds"),
        ({"parameters": (Parameter("a", "int", default=9, most=4),)}, "at most 4"),
        ({"parameters": (Parameter("a", "int", allowed=("x",)),)}, "an int"),
        ({"rule": replace(RULE, condition="tier == 'a' && has(from_amount)")}, "always given"),
        ({"id": ""}, "id"), ({"version": "1"}, "version"),
    ])  # fmt: skip
    def test_an_unsound_one_is_refused(self, change, message):
        template = replace(TIERS, **change)
        if message is None:
            assert check_template(template, SCHEMA, EFFECTS)
            return
        with pytest.raises(DefinitionError, match=message):
            check_template(template, SCHEMA, EFFECTS)

    @pytest.mark.parametrize(("condition", "message"), [
        ("customer.tier == percent && tier == tier && from_amount > 0", "cannot compare"),
        ("lines.exists(tier, tier.quantity > from_amount)", "already names a fact"),
        ("tier == tierr && from_amount > 0", "unknown fact tierr"),
    ])  # fmt: skip
    def test_a_parameter_of_the_wrong_type_is_a_mistake_of_the_template(self, condition, message):
        with pytest.raises(ExpressionError, match=message) as mistake:
            check_template(replace(TIERS, rule=replace(RULE, condition=condition)), SCHEMA, EFFECTS)
        assert mistake.value.where == "condition"


class TestJson:
    def test_a_template_goes_through_json_and_back(self):
        parameters = (
            *TIERS.parameters,
            Parameter("since", "timestamp", default="2025-01-01T00:00:00Z"),
        )
        template = replace(TIERS, parameters=parameters)
        again = TemplateSource.from_json(json.loads(json.dumps(template.to_json())))
        assert again == template
        assert template_hash(again) == template_hash(template) != template_hash(TIERS)

    def test_an_instance_goes_through_json_and_back(self):
        instance = made(percent="12.50", from_amount=100)
        assert Instance.from_json(json.loads(json.dumps(instance.to_json()))) == instance

    def test_a_bound_written_as_a_decimal_survives_json(self):
        parameter = Parameter("p", "decimal", least=Decimal("0.50"), allowed=(Decimal("1.5"),))
        assert Parameter.from_json(json.loads(json.dumps(parameter.to_json()))).read(
            "1.5"
        ) == Decimal("1.5")

    @pytest.mark.parametrize("change", [
        {"nope": 1}, {"parameters": 5}, {"parameters": [5]}, {"parameters": [{"name": "p"}]}, {"rule": {"id": 1}},
        {"parameters": [{"name": "p", "type": 5}]}, {"parameters": [{"name": "p", "type": "int", "max": 3}]},
        {"parameters": [{"name": "p", "type": "string", "allowed": "ab"}]},
    ])  # fmt: skip
    def test_json_that_is_no_template_is_refused(self, change):
        with pytest.raises(DefinitionError):
            TemplateSource.from_json({**TIERS.to_json(), **change})

    def test_json_that_is_no_instance_is_refused(self):
        with pytest.raises(DefinitionError):
            Instance.from_json({"rule": RULE.to_json()})
