"""What rules say in words, asked of calculation: beside every version of the API, once for a whole list."""

import pytest

from contexts.calculation.messages import SaidRule, SayRules
from contexts.rules import queries, services
from contexts.rules.api.serializers import RuleSerializer, VersionSerializer
from contexts.rules.models import Rule
from shared_kernel import bus
from shared_kernel.decisions import Window
from tests.integration.contexts.conftest import text

SENTENCE = "Gold customers get 10 % off each line."


@pytest.fixture
def gold(in_tenant):
    condition = 'customer.tier == "gold"'
    return services.create_rule(
        slug="gold", point="promotions.line-discounts", text=text(condition), author="user:anna"
    )


def test_a_version_says_what_it_does(gold):
    assert VersionSerializer(gold).data["in_words"] == SENTENCE


def test_a_list_of_rules_asks_once_for_each_decision_point(gold, monkeypatch):
    """A page of fifty rules must not ask fifty times: a calculation elsewhere would be fifty calls away."""
    services.create_rule(
        slug="order",
        point="promotions.order-discounts",
        text=text(kind="percent_off_order"),
        author="user:anna",
    )
    asked, ask = [], bus.ask

    def count(query):
        asked.append(query)
        return ask(query)

    monkeypatch.setattr(bus, "ask", count)
    shown = RuleSerializer(Rule.objects.order_by("slug"), many=True).data
    words = [version["in_words"] for rule in shown for version in rule["versions"]]
    assert words == [SENTENCE, "Everyone gets 10 % off the order."]
    assert sorted(it.point for it in asked if isinstance(it, SayRules)) == [
        "promotions.line-discounts",
        "promotions.order-discounts",
    ]


def test_without_calculation_there_are_no_words_and_no_error(gold, monkeypatch):
    def absent(query):
        raise bus.ContextAbsent(context=query.name)

    monkeypatch.setattr(bus, "ask", absent)
    assert queries.said_of([gold]) == {gold.id: SaidRule()}


def test_a_declared_attribute_is_spoken_of(gold):
    condition = 'customer.attributes.team == "red"'
    said = queries.said_of(
        [
            services.create_rule(
                slug="red",
                point="promotions.line-discounts",
                text=text(condition),
                author="user:anna",
            )
        ]
    )
    assert [it.sentence for it in said.values()] == [
        "Customers whose attribute team is red get 10 % off each line."
    ]


def test_its_window_is_part_of_what_a_version_says(in_tenant):
    """An approver reads when it holds where they read what it does."""
    window = Window("2025-11-28T00:00", "2025-12-01T08:30", "Europe/Berlin")
    sale = services.create_rule(
        slug="sale",
        point="promotions.line-discounts",
        text=text(),
        author="user:anna",
        window=window,
    )
    assert VersionSerializer(sale).data["in_words"] == (
        "Everyone gets 10 % off each line, from 28 November 2025 at 00:00 until 1 December 2025 at 08:30 (Europe/Berlin)."
    )
