"""A rule with values left open is a template; filled in again it is the rule, to its hash."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from contexts.calculation import policies
from contexts.calculation.messages import FillTemplate, OpenBlank, OpenBlanks
from shared_kernel.decisions import (
    EffectText,
    RuleText,
    TableInput,
    TableOutput,
    TableRow,
    TableText,
)
from tests.unit.contexts.calculation.policies.conditions import POINT, conditions


def rule(condition: str, percent: str = "10", name: str = "10 % for gold") -> RuleText:
    return RuleText(
        rule_id="r", version=1, name=name, reason=f"{percent} % off", condition=condition,
        effects=(EffectText("percent_off_line", {"percent": percent}),),
    )  # fmt: skip


def opened(text: RuleText, blanks, **change):
    asked = tuple(OpenBlank(it.place, structs.replace(it.parameter, **change)) for it in blanks)
    return policies.opened(
        OpenBlanks(point=POINT, text=text, called="Template", about="", blanks=asked)
    )


def blank_of(text: RuleText, written: str):
    return next(it for it in policies.blanks_of(POINT, text).blanks if it.written == written)


class TestOpening:
    @settings(max_examples=60, deadline=None)
    @given(conditions, st.sampled_from(["10", "12.50", "10.00", "cart.subtotal / 20"]), st.data())
    def test_a_template_filled_in_with_its_defaults_is_the_rule(self, condition, percent, data):
        """Whatever is left open, together and in any number, the hash that is approved is the one of the rule."""
        text = rule(condition, percent, name="Ten and 3 for Summer sale")
        found = policies.blanks_of(POINT, text).blanks
        if not found:
            return
        chosen = data.draw(
            st.lists(st.sampled_from(found), min_size=1, unique_by=lambda it: it.place)
        )
        said = opened(text, chosen)
        assert said.faults == ()
        filled = policies.filled_template(
            FillTemplate(point=POINT, template=said.template, arguments={}, rule_id="r", version=1)
        )
        assert filled.content_hash == policies.checked(POINT, text).content_hash
        again = FillTemplate(
            point=POINT, template=said.template, arguments=filled.arguments, rule_id="r", version=1
        )
        assert policies.filled_template(again).content_hash == filled.content_hash

    def test_what_each_value_becomes_follows_from_what_it_is_about(self):
        """An author who has never written a template finds the kinds right as they stand."""
        condition = (
            'customer.tier == "gold" && line.category in ["Garden", "Tools"] && cart.subtotal >= 50.00 '
            '&& line.quantity >= 3 && at >= timestamp("2027-01-01T00:00:00Z")'
        )
        found = policies.blanks_of(POINT, rule(condition)).blanks
        assert [(it.written, it.parameter.kind, it.parameter.label) for it in found] == [
            ('"gold"', "text", "Tier"),
            ('["Garden", "Tools"]', "list", "Category"),
            ("50.00", "money", "Subtotal"),
            ("3", "number", "Quantity"),
            ('timestamp("2027-01-01T00:00:00Z")', "moment", "Time of the order"),
            ("10", "percent", "Percent"),
        ]

    def test_the_name_speaks_of_the_parameter_where_it_spoke_of_the_value(self):
        """Otherwise every rule made from it would be called after the first."""
        text = rule('customer.tier == "gold"')
        template = opened(text, policies.blanks_of(POINT, text).blanks).template
        assert template.rule.name == "{percent} % for {tier}"
        assert template.rule.condition == "customer.tier == tier"
        assert template.rule.effects[0].params == {"percent": "percent"}

    def test_one_parameter_may_stand_at_several_places_if_they_say_the_same(self):
        text = rule("line.quantity >= 3 && cart.quantity >= 3 && cart.quantity < 9")
        three, other, nine = policies.blanks_of(POINT, text).blanks[:3]
        said = opened(text, (three, other), name="units")
        assert said.template.rule.condition.startswith(
            "line.quantity >= units && cart.quantity >= units"
        )
        wrong = opened(text, (three, nine), name="units")
        assert [it.pointer for it in wrong.faults] == ["/parameters/1/name"]

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"name": "customer"}, "/parameters/0/name"),
            ({"label": " "}, "/parameters/0/label"),
            ({"most": "5"}, "/parameters/0/most"),
            ({"kind": "yes_no"}, "/parameters/0/kind"),
        ],
    )
    def test_a_faulty_parameter_is_named_at_its_value(self, change, pointer):
        text = rule("true")
        assert opened(text, [blank_of(text, "10")], **change).faults[0].pointer == pointer

    def test_a_value_is_one_of_its_choices(self):
        """The rule could not be made again otherwise."""
        text = rule('customer.tier == "gold"')
        template = opened(
            text, [blank_of(text, '"gold"')], kind="choice", choices=("silver",)
        ).template
        assert template.parameters[0].choices == ("gold", "silver")

    @pytest.mark.parametrize(
        "place", ["/condition@1", "/effects/7/params/percent@0", "/name@0", "x"]
    )
    def test_what_is_no_value_of_the_rule_is_refused(self, place):
        text = rule('customer.tier == "gold"')
        blank = structs.replace(blank_of(text, '"gold"'), place=place)
        assert opened(text, [blank]).faults[0].pointer == "/parameters/0/place"

    def test_a_place_is_one_however_its_number_is_written(self):
        """Left open twice, two parameters would stand in the place of one value."""
        text = rule('customer.tier == "gold"')
        blank = blank_of(text, '"gold"')
        pointer, _, at = blank.place.partition("@")
        padded = structs.replace(blank, place=f"{pointer}@{at.zfill(6)}")
        assert opened(text, [padded]).faults == ()
        (fault,) = opened(text, [blank, padded]).faults
        assert (fault.pointer, "twice" in fault.message) == ("/parameters/1/place", True)
        arabic = at.translate({ord(str(it)): chr(0x660 + it) for it in range(10)})
        (fault,) = opened(text, [structs.replace(blank, place=f"{pointer}@{arabic}")]).faults
        assert "is no value of this rule" in fault.message

    def test_what_would_not_come_back_is_not_offered(self):
        """An attribute's name is no value, a comma would part the texts of a list, and a moment is written one way."""
        condition = (
            'customer.attributes["team"] == "red" && line.category in ["a, b"] '
            '&& at < timestamp("2027-01-01T02:00:00+02:00") && line.sku != ""'
        )
        found = policies.blanks_of(POINT, rule(condition)).blanks
        assert [it.written for it in found] == ['"red"', '"a, b"', "10"]

    def test_a_table_is_no_template(self):
        table = TableText(
            inputs=(TableInput("customer.tier"),),
            outputs=(TableOutput("percent_off_line", "percent"),),
            rows=(TableRow(('"gold"',), ("10",)),),
        )
        text = structs.replace(rule("true"), effects=(), table=table)
        assert policies.blanks_of(POINT, text).faults[0].pointer == "/table"
