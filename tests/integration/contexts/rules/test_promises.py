"""Guardrails by picking: what each promise says, the code that it becomes, and what cannot be filled in."""

from __future__ import annotations

from typing import ClassVar

import pytest
from django.test import Client
from msgspec import structs

from contexts.calculation.messages import AnalyseRules
from contexts.identity import services as identity
from contexts.rules.admin import promising
from shared_kernel import bus
from shared_kernel.decisions import GuardrailText, known_points
from shared_kernel.ids import new_id
from tests.integration.contexts.conftest import text

LINES, ORDER, SHIPPING = (f"promotions.{it}-discounts" for it in ("line", "order", "shipping"))
WRITE_AMOUNT = "Write an amount such as 1000 or 1000.50."
WRITE_PERCENT = "Write a percentage of at most 100, such as 60 or 12.5."


@pytest.fixture
def check(in_tenant):
    """`check(promise, point, **values)` as the page asks while somebody types: the text and the faults."""
    user, _ = identity.register_user(username="anna", scopes=["rules:read", "rules:write"])
    client = Client()
    client.force_login(user, backend="contexts.identity.backends.TenantBackend")

    def ask(promise: str, point: str = LINES, **values: str):
        given = {f"promise-{name}": value for name, value in values.items()}
        answer = client.post(
            "/admin/rules/rule/guardrails/check/", {"promise": promise, "point": point, **given}
        )
        assert answer.status_code == 200
        assert len(answer.content) < 2_000
        told = answer.json()
        return told["text"], [(it["part"], it["message"]) for it in told["faults"]]

    return ask


class TestWhatIsFilledIn:
    VALUES: ClassVar = {
        "percent": "62,5", "amount": "4.9", "currency": "eur",
        "category": 'Gifts "for" two', "better": "gold", "other": "silver",
    }  # fmt: skip

    @pytest.mark.parametrize("percent", ["62,5", "0", "100"])
    def test_each_promise_can_be_read_at_each_point_that_offers_it(self, check, percent):
        """Whoever picks writes no code, and so must never be told that it is wrong."""
        points = [it for it in known_points().values() if it.price is not None]
        assert points
        for point in points:
            for promise in promising.promises_of(point):
                values = {**self.VALUES, "percent": percent}
                written, faults = check(promise.key, point.name, **values)
                assert written, (point.name, promise.key)
                assert faults == [], (point.name, promise.key)

    def test_a_share_stands_in_the_code_and_the_percentage_in_words(self, check):
        written, _ = check("most-percent", **self.VALUES)
        assert written["claim"] == "outcome.discount <= outcome.start * 0.625"
        assert written["name"] == "Discounts on a line take at most 62.5 % off the line's total"

    @pytest.mark.parametrize(
        "percent",
        [
            "a few", "101", "100.5", "-1", "-0", "NaN", "1e99", "1e-5000000", "1e-20000000",
            "1e-999999999999999999", "٦٠", "6_0", "+5", ".5", "0.00001",
        ],
    )  # fmt: skip
    def test_what_is_no_percentage_is_told_how_to_be_one(self, check, percent):
        """A number of few characters can have millions of digits, and a tiny one would promise nothing at all."""
        told = check("most-percent", percent=percent)
        assert told == (None, [("promise-percent", WRITE_PERCENT)])

    @pytest.mark.parametrize("amount", ["1,000", "1.000", "1,000.00", "1e3", "-0", "9999999999"])
    def test_a_thousand_is_not_taken_for_one(self, check, amount):
        """Whoever writes 1,000 would else state a promise a thousand times tighter, and read it as theirs."""
        told = check("most-amount", amount=amount, currency="EUR")
        assert told == (None, [("promise-amount", WRITE_AMOUNT)])

    @pytest.mark.parametrize(("amount", "said"), [("1000", "1000.00"), ("5,5", "5.50")])
    def test_an_amount_has_two_places(self, check, amount, said):
        written, _ = check("most-amount", amount=amount, currency="EUR")
        assert written["claim"] == f"outcome.discount <= {said}"
        assert f"{said} EUR" in written["name"]

    def test_what_is_missing_is_no_fault(self, check):
        for promise in promising.PROMISES:
            assert check(promise.key) == (None, [])
        assert check("never-category", category=" / ") == (None, [])

    @pytest.mark.parametrize(
        ("promise", "values", "part", "told"),
        [
            ("never-category", {"category": "x" * 61}, "category", "at most 60 characters"),
            ("tiers", {"better": "gold", "other": "x" * 41}, "other", "at most 40 characters"),
            ("tiers", {"better": "x" * 40, "other": "y" * 40}, "better", "of at most 120"),
            ("most-amount", {"amount": "5", "currency": "Euro"}, "currency", "three letters"),
        ],
    )
    def test_words_are_not_cut(self, check, promise, values, part, told):
        """A category that lost its end would forbid what nobody meant; a name too long could not be kept."""
        written, ((pointed, message),) = check(promise, **values)
        assert (written, pointed) == (None, f"promise-{part}")
        assert told in message

    def test_what_a_point_cannot_promise_is_told(self, check):
        for point in (ORDER, "promotions.none"):
            written, ((_, message),) = check("never-category", point, category="Garden")
            assert written is None
            assert "decision point" in message


class TestWhatIsPromised:
    def test_each_point_is_promised_of_its_own_price(self, check):
        """A line's price is that of all its articles: five euros for ten of them is no promise about one."""
        said = [
            check("keeps-amount", point, amount="5", currency="EUR")[0]["name"]
            for point in (LINES, ORDER, SHIPPING)
        ]
        assert said == [
            "Discounts on a line never leave less than 5.00 EUR of the line's total",
            "Discounts on the order never leave less than 5.00 EUR of the subtotal after line discounts",
            "Discounts on shipping never leave less than 5.00 EUR of the shipping price",
        ]

    def test_what_is_offered_is_called_as_its_point_calls_it(self):
        """No two prices are called the same, and a promise is offered nowhere else than where it can be kept."""
        offered = {it["key"]: it["titles"] for it in promising.offered()["promises"]}
        assert "Discounts on shipping take at most \\u2026 % off" in offered["most-percent"]
        assert ORDER not in offered["never-category"]
        labels = [it.price.label for it in known_points().values() if it.price is not None]
        assert len(set(labels)) == len(labels)

    @pytest.mark.parametrize(
        ("category", "standing"),
        [("Garden", "problem"), ("Garden/Tools", "problem"), ("Gardening books", "holds")],
    )
    def test_a_category_is_promised_with_what_is_in_it_and_nothing_beside(
        self, check, category, standing
    ):
        written, _ = check("never-category", category="Garden/")
        assert written["name"] == "Lines of Garden get no discount of their own"
        rule = structs.replace(
            text(f'line.category == "{category}"'), rule_id=str(new_id()), version=1
        )
        (finding,) = (
            it
            for it in bus.ask(
                AnalyseRules(point=LINES, drafts=(rule,), guardrails=(GuardrailText(**written),))
            ).findings
            if it.kind == "guardrail"
        )
        assert finding.standing == standing
