"""What a reviewer is told of a draft beside the active rules, over the bus, the API and the page."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.test import Client
from msgspec import structs

from contexts.calculation.messages import AnalyseRules, Decide
from contexts.evaluation import services as evaluation
from contexts.evaluation.messages import TryRules
from contexts.identity import services as identity
from contexts.rules import queries, services
from contexts.rules.admin import reviewing
from contexts.rules.errors import GuardrailTaken, RuleUnsound
from contexts.rules.models import Guardrail
from shared_kernel import bus
from shared_kernel.decisions import GuardrailText, point_named
from shared_kernel.errors import NotFound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text
from tests.integration.contexts.evaluation.test_pricing import cart

LINES, ORDER = "promotions.line-discounts", "promotions.order-discounts"
HALF = GuardrailText("Nobody is given more than half", "outcome.discount <= outcome.start * 0.5")


def draft(condition="true", percent="10", **more):
    written = text(condition, params={"percent": percent}, **more)
    return structs.replace(written, rule_id=str(new_id()), version=1)


def asked(*drafts, point=LINES, **more):
    return bus.ask(AnalyseRules(point=point, drafts=drafts, **more))


class TestOverTheBus:
    def test_nothing_is_told_of_a_sound_draft(self, in_tenant):
        assert asked(draft('customer.tier == "gold"')).findings == ()

    def test_a_draft_that_repeats_an_active_rule_is_told(self, active):
        active("ten", text("line.quantity >= 3"))
        found = asked(draft("!(line.quantity < 3)", name="Again"))
        (finding,) = found.findings
        assert (finding.kind, finding.standing, found.beside) == ("duplicate", "problem", 1)
        assert "do the same" in finding.sentence

    def test_what_breaks_a_guardrail_comes_with_its_decision_and_figures(self, active):
        active("thirty", text("line.quantity >= 3", params={"percent": "30"}))
        found = asked(draft('customer.tier == "gold"', "40"), guardrails=(HALF,))
        finding, together = found.findings
        assert (together.kind, together.standing) == ("added up", "note")
        (example,) = finding.examples
        assert finding.standing == "problem"
        assert len(example.applied) == 2
        assert example.figures["discount"] == example.figures["start"] * Decimal("0.58")
        assert example.facts["line"]["quantity"] >= 3

    def test_a_guardrail_that_holds_is_proved(self, active):
        active("thirty", text("line.quantity >= 3", params={"percent": "30"}))
        finding, _ = asked(draft('customer.tier == "gold"', "28"), guardrails=(HALF,)).findings
        assert (finding.kind, finding.standing) == ("guardrail", "holds")

    def test_what_adds_up_is_told_with_facts_that_both_apply_to(self, active):
        """Two who give the same line something: whoever approves the second reads of the first."""
        active("toys", text('line.category == "Toys"', name="Toys"))
        (note,) = asked(draft('customer.tier == "silver"', "20", name="Silver")).findings
        assert (note.kind, note.standing, len(note.rules)) == ("added up", "note", 2)
        assert note.examples[0].facts["line"]["category"] == "Toys"
        assert len(note.examples[0].applied) == 2

    def test_a_new_version_stands_in_the_place_of_its_rules_active_one(self, active):
        live = active("ten", text("line.quantity >= 3"))
        again = structs.replace(live.text, version=2)
        assert asked(again).findings == ()

    def test_an_amount_off_each_unit_counts_as_often(self, in_tenant):
        dear = draft("line.total >= 10", name="One off", kind="amount_off_unit")
        dear = structs.replace(
            dear, effects=(structs.replace(dear.effects[0], params={"amount": "1"}),)
        )
        (finding,) = asked(dear, guardrails=(HALF,)).findings
        assert finding.standing == "problem"
        assert finding.examples[0].facts["line"]["quantity"] > 5

    def test_what_is_not_sound_is_said_rather_than_asked(self, in_tenant):
        (finding,) = asked(draft("line.quantty > 1")).findings
        assert (finding.kind, finding.standing) == ("unsound", "problem")
        (finding,) = asked(
            draft(), guardrails=(structs.replace(HALF, claim="outcome.payd > 1"),)
        ).findings
        assert finding.standing == "unknown"
        assert "outcome.paid" in finding.sentence


class TestNearest:
    def test_the_nearest_change_is_told_when_asked_for(self, active):
        active("ten", text("line.total >= 100"))
        facts = ({"line": {"quantity": 1, "total": "87.99"}, "cart": {}, "lines": []},)
        for level, told in (("full", None), ("nearest", "12.01 more in line.total unlocks it")):
            (decision,) = bus.ask(Decide(point=LINES, facts=facts, explain=level)).decisions
            (explanation,) = decision.explanations
            assert (explanation.nearest and explanation.nearest.sentence) == told

    def test_it_stands_in_the_priced_cart(self, active):
        active("ten", text("cart.subtotal >= 100 && line.quantity >= 1"))
        (told,) = evaluation.evaluate_cart(cart((1, "87.99"), explain="nearest")).explanations
        assert told.nearest is not None
        assert told.nearest.sentence == "12.01 more in cart.subtotal unlocks it"
        (change,) = told.nearest.changes
        assert (change.path, str(change.was), str(change.to)) == (
            "cart.subtotal",
            "87.99",
            "100.00",
        )

    def test_a_recorded_answer_without_it_stays_as_it_was(self, active):
        active("ten", text("cart.subtotal >= 100"))
        (told,) = evaluation.evaluate_cart(cart((1, "87.99"), explain="full")).explanations
        assert "nearest" not in structs.asdict(told) or told.nearest is None


class TestGuardrails:
    def state(self, guardrail=HALF, point=LINES):
        return services.state_guardrail(point=point, text=guardrail, stated_by="user:ben")

    def test_a_stated_guardrail_is_proved_at_every_review(self, approved):
        version = approved("ten", text(params={"percent": "51"}))
        self.state()  # stated before, it would have kept the version from being submitted
        (finding,) = queries.findings_of(version, seconds=5).findings
        assert finding.sentence == 'Nobody is given more than half: broken by "Ten"'

    def test_one_that_cannot_be_read_is_refused_with_its_place(self, in_tenant):
        with pytest.raises(RuleUnsound, match=r"outcome\.discount") as refusal:
            self.state(structs.replace(HALF, claim="outcome.discont < 1"))
        assert refusal.value.pointers == ("/claim",)
        cases = {"claim": "one.paid <= other.paid", "one": "true", "other": "true"}
        with pytest.raises(RuleUnsound, match=r"customer\.tier") as refusal:
            self.state(structs.replace(HALF, path="customer.teir", **cases))
        assert refusal.value.pointers == ("/path",)

    def test_a_name_is_taken_once(self, in_tenant):
        self.state()
        with pytest.raises(GuardrailTaken):
            self.state()

    def test_withdrawing_is_told_cannot_be_done_twice_and_frees_the_name(self, in_tenant):
        stated = self.state()
        services.withdraw_guardrail(guardrail_id=stated.id, withdrawn_by="user:ben")
        names = list(EventRecord.objects.order_by("id").values_list("type", flat=True))
        assert names[-2:] == ["rules.guardrail-stated.v1", "rules.guardrail-withdrawn.v1"]
        with pytest.raises(NotFound):
            services.withdraw_guardrail(guardrail_id=stated.id, withdrawn_by="user:ben")
        self.state()

    def test_another_tenant_sees_none_of_it(self, in_tenant):
        self.state()
        with tenant_scope(new_id()):
            assert not Guardrail.objects.exists()


class TestApi:
    @pytest.fixture
    def call(self, in_tenant):
        secret = identity.issue_api_key(name="test", scopes=["rules:read", "rules:write"])[1]

        def run(method, path, body=None):
            return Client(raise_request_exception=False).generic(
                method,
                f"/api/v1/{path}",
                data=json.dumps(body or {}),
                content_type="application/json",
                headers={"Authorization": f"Bearer {secret}"},
            )

        return run

    def test_drafts_are_analysed(self, call):
        body = {
            "point": LINES,
            "drafts": [
                {"rule_id": "a", "version": 1, "name": "Never", "reason": "x",
                 "condition": "line.quantity > 3 && line.quantity < 2",
                 "effects": [{"kind": "percent_off_line", "params": {"percent": "10"}}]}
            ],
        }  # fmt: skip
        answer = call("POST", "calculation/analyses", body)
        assert answer.status_code == 200
        assert [it["kind"] for it in answer.json()["findings"]] == ["unreachable"]

    def test_guardrails_are_stated_and_listed_and_no_key_withdraws_them(self, call):
        body = {"point": LINES, "name": "Half", "claim": "outcome.paid >= outcome.start * 0.5"}
        stated = call("POST", "rules/guardrails", body)
        assert stated.status_code == 201
        assert [it["name"] for it in call("GET", "rules/guardrails").json()["results"]] == ["Half"]
        assert call("POST", "rules/guardrails", body).json()["code"] == "rules.guardrail-taken"
        assert call("DELETE", f"rules/guardrails/{stated.json()['id']}").status_code == 403


class TestExampleCart:
    def test_an_example_becomes_a_cart_that_can_be_priced(self, approved):
        """The receipt shows for real what the proof says."""
        version = approved("ten", text("line.quantity >= 3", params={"percent": "60"}))
        services.state_guardrail(point=LINES, text=HALF, stated_by="user:ben")
        found = queries.findings_of(version, seconds=5)
        shown = reviewing.shown(found, point_named(LINES))
        as_cart = json.loads(shown["findings"][0]["examples"][0]["cart"])
        tried = bus.ask(TryRules(cart=as_cart, drafts={LINES: (version.text,)}))
        totals = tried["totals"]
        assert Decimal(totals["discount"]["amount"]) > Decimal(totals["subtotal"]["amount"]) / 2
