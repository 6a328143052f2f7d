"""Who has to approve a version, and what is refused before anybody reads it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import msgspec
import pytest
from django.db import Error, connection, transaction

from contexts.evaluation import services as evaluation
from contexts.evaluation.carts import Cart
from contexts.evaluation.messages import DraftUnderTest
from contexts.identity import services as people
from contexts.rules import services
from contexts.rules.errors import (
    AlreadyReviewed,
    AuthorCannotReview,
    BackTestMissing,
    GuardrailBroken,
    LimitsBroken,
    PolicyTaken,
    PolicyUnsound,
    ReleaseDemanded,
)
from contexts.rules.models import ApprovalPolicy, Review, RuleVersion
from contexts.rules.policies import Requirement
from contexts.rules.services import deciding, reviewing
from shared_kernel import clock
from shared_kernel.decisions import GuardrailText
from shared_kernel.errors import ConcurrentUpdate, DomainError
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.evaluation.back_tests import ask, run

POINT = "promotions.line-discounts"
CART = msgspec.convert(
    {
        "currency": "EUR",
        "lines": [
            {
                "id": str(number),
                "sku": sku,
                "quantity": 1,
                "unit_price": {"amount": "10.00", "currency": "EUR"},
            }
            for number, sku in enumerate("AC")
        ],
    },
    Cart,
)
BOTH = (Requirement(1, "finance"), Requirement(1, "legal"))


def team(name: str, *teams: str) -> str:
    user, _ = people.register_user(username=name, scopes=["rules:approve"])
    people.assign_teams(username=name, teams=teams)
    return user.actor


@pytest.fixture
def colleagues(in_tenant):
    return {
        "ben": team("ben", "finance"),
        "carla": team("carla", "legal"),
        "dora": team("dora", "finance", "legal"),
        "emil": team("emil"),
    }


def demand(requirements=BOTH, **more):
    facts = {"name": "Two teams", "point": "", "from_risk": "low", "set_by": "user:zoe", **more}
    return services.set_policy(requirements=requirements, **facts)


def submitted(slug="ten", content=None):
    draft = services.create_rule(slug=slug, point=POINT, text=content or text(), author="user:anna")
    return services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")


def approve(version, reviewer):
    return services.approve_version(
        rule_id=version.rule_id,
        number=version.number,
        reviewer=reviewer,
        content_hash=version.content_hash,
    )


class TestSeveralApprovals:
    def test_a_version_is_approved_once_everybody_wanted_has(self, colleagues):
        demand()
        version = submitted()
        assert approve(version, colleagues["ben"]).status == "in_review"
        told = EventRecord.objects.filter(type="rules.rule-reviewed.v1").last()
        assert told.data["missing"] == "1 of legal"
        assert approve(version, colleagues["emil"]).status == "in_review"
        assert approve(version, colleagues["carla"]).status == "approved"

    def test_one_person_is_not_two_teams(self, colleagues):
        demand()
        version = submitted()
        assert approve(version, colleagues["dora"]).status == "in_review"
        with pytest.raises(AlreadyReviewed):
            approve(version, colleagues["dora"])
        assert approve(version, colleagues["ben"]).status == "approved"

    def test_a_later_policy_does_not_ease_what_is_in_review(self, colleagues):
        policy = demand()
        version = submitted()
        services.remove_policy(policy_id=policy.id, removed_by="user:zoe")
        assert approve(version, colleagues["emil"]).status == "in_review"

    def test_the_author_counts_for_nobody(self, colleagues):
        demand((Requirement(1),))
        version = submitted()
        with pytest.raises(AuthorCannotReview):
            approve(version, "user:anna")

    def test_not_even_sql_approves_with_one_team_missing(self, colleagues):
        demand()
        approve(submitted(), colleagues["ben"])
        for status in ("approved", "active", "scheduled"):
            with pytest.raises(Error, match=r"not enough|does not go"), transaction.atomic():
                connection.cursor().execute("UPDATE rules_ruleversion SET status = %s", [status])

    def test_a_rejection_ends_it_whoever_approved(self, colleagues):
        demand()
        version = submitted()
        approve(version, colleagues["ben"])
        services.reject_version(
            rule_id=version.rule_id, number=1, reviewer=colleagues["carla"],
            content_hash=version.content_hash, comment="not lawful",
        )  # fmt: skip
        assert RuleVersion.objects.get(id=version.id).status == "rejected"


class TestByRisk:
    def test_more_colleagues_approve_what_could_cost_more(self, colleagues):
        demand((Requirement(1),), name="Anybody")
        demand(BOTH, name="Both", from_risk="high")
        small = submitted("small", text('line.sku == "A"', params={"percent": "10"}))
        large = submitted("large", text('line.sku == "A"', params={"percent": "60"}))
        assert small.risk["level"] == "low"
        assert large.risk["level"] == "high"
        assert large.risk["reasons"][0] == "it takes up to 60 % off"
        assert approve(small, colleagues["emil"]).status == "approved"
        assert approve(large, colleagues["emil"]).status == "in_review"

    def test_what_is_computed_is_no_small_risk(self, colleagues):
        version = submitted(content=text(params={"percent": "line.quantity * 10"}))
        assert version.risk["level"] == "high"


class TestAbsence:
    def test_a_colleague_stands_in_while_somebody_is_away(self, colleagues):
        demand()
        version = submitted()
        now = clock.now()
        services.tell_absence(
            person=colleagues["carla"], delegate=colleagues["emil"], told_by=colleagues["carla"],
            starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1),
        )  # fmt: skip
        approve(version, colleagues["ben"])
        assert approve(version, colleagues["emil"]).status == "approved"
        assert Review.objects.get(reviewer=colleagues["emil"]).teams == ["legal"]

    def test_before_and_after_they_count_for_themselves(self, colleagues):
        demand()
        version = submitted()
        now = clock.now()
        for begins in (-2, 1):
            with clock.frozen(now - timedelta(hours=2)):
                services.tell_absence(
                    person=colleagues["carla"], delegate=colleagues["emil"], told_by="user:zoe",
                    starts_at=now + timedelta(hours=begins), ends_at=now + timedelta(hours=begins + 1),
                )  # fmt: skip
        approve(version, colleagues["ben"])
        assert approve(version, colleagues["emil"]).status == "in_review"

    def test_not_if_the_absence_ends_while_they_approve(self, colleagues, monkeypatch):
        """Teams are asked before anything is locked; who is back meanwhile is asked again."""
        demand([Requirement(1, "finance")])
        now, fred, stand_in = clock.now(), colleagues["ben"], colleagues["emil"]
        absence = services.tell_absence(
            person=fred, delegate=stand_in, starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(days=1), told_by=fred,
        )  # fmt: skip
        version, asked = submitted(), reviewing.teams_stood_for

        def slowly(*who, **facts):
            found = asked(*who, **facts)
            services.end_absence(absence_id=absence.id, ended_by=fred)
            return found

        monkeypatch.setattr(reviewing, "teams_stood_for", slowly)
        with pytest.raises(ConcurrentUpdate):
            approve(version, stand_in)
        assert RuleVersion.objects.get().status == "in_review"

    def test_nobody_stands_in_for_the_author(self, colleagues):
        """Anna is of legal and wrote it: her approval would not count, nor does it through Emil."""
        anna = team("anna", "legal")
        demand()
        version = submitted()
        now = clock.now()
        services.tell_absence(
            person=anna, delegate=colleagues["emil"], told_by=anna,
            starts_at=now, ends_at=now + timedelta(hours=1),
        )  # fmt: skip
        approve(version, colleagues["ben"])
        assert approve(version, colleagues["emil"]).status == "in_review"

    def test_nobody_stands_in_for_themselves(self, colleagues):
        now = clock.now()
        with pytest.raises(PolicyUnsound, match="colleague"):
            services.tell_absence(
                person="user:x", delegate="user:x", told_by="user:x",
                starts_at=now, ends_at=now + timedelta(hours=1),
            )  # fmt: skip


class TestGuardrails:
    NEVER_HALF = GuardrailText(
        name="never more than half", claim="outcome.discount <= outcome.start * 0.5"
    )

    def test_what_breaks_a_guardrail_is_not_submitted(self, in_tenant):
        """The refusal says which, with facts that really break it; the draft can be mended."""
        services.state_guardrail(point=POINT, text=self.NEVER_HALF, stated_by="user:zoe")
        draft = services.create_rule(
            slug="much", point=POINT, text=text(params={"percent": "60"}), author="user:anna"
        )
        with pytest.raises(
            GuardrailBroken,
            match=r"never more than half.*start \d.*discount \d.*for .*line\.total \d",
        ):
            services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        assert RuleVersion.objects.get(id=draft.id).status == "draft"
        services.rewrite_draft(
            rule_id=draft.rule_id, number=1, text=text(params={"percent": "50"}), author="user:anna"
        )
        done = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        assert done.status == "in_review"

    def test_what_was_broken_before_is_not_held_against_a_new_rule(self, active):
        active("much", text(params={"percent": "60"}))
        services.state_guardrail(point=POINT, text=self.NEVER_HALF, stated_by="user:zoe")
        other = submitted("other", text('line.sku == "B"', params={"percent": "1"}))
        assert other.status == "in_review"


class TestPolicies:
    def test_a_policy_that_demands_nobody_is_refused(self, in_tenant):
        for wanted in ((), (Requirement(0),), (Requirement(11),)):
            with pytest.raises(PolicyUnsound):
                demand(wanted)
        with pytest.raises(PolicyUnsound, match="low, medium, high"):
            demand(from_risk="huge")

    def test_there_is_one_policy_for_a_point_and_risk(self, in_tenant):
        first = demand()
        changed = demand((Requirement(2),), policy_id=first.id)
        assert changed.id == first.id
        with pytest.raises(PolicyTaken):
            demand()


def test_a_comment_is_told_to_those_it_mentions(in_tenant):
    version = submitted()
    services.comment_on(
        rule_id=version.rule_id, number=1, author="user:ben", text="Why 10 %?",
        mentions=["user:anna", "user:anna"],
    )  # fmt: skip
    told = EventRecord.objects.get(type="rules.rule-commented.v1")
    assert told.data["mentions"] == ["user:anna"]
    for statement in ("UPDATE rules_comment SET text = ''", "DELETE FROM rules_comment"):
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.django_db(transaction=True)
def test_two_last_approvals_at_once_approve_it_once(tenant_id):
    """Finance and legal approve in the same moment: neither is lost, and it is told once that it is approved."""
    with tenant_scope(tenant_id):
        ben, carla = team("ben-r", "finance"), team("carla-r", "legal")
        demand()
        version = submitted()
    barrier = Barrier(2)

    def work(reviewer: str) -> str:
        try:
            with tenant_scope(tenant_id):
                barrier.wait()
                return approve(version, reviewer).status
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, [ben, carla])) == ["approved", "in_review"]
    with tenant_scope(tenant_id):
        assert EventRecord.objects.filter(type="rules.rule-approved.v1").count() == 1
        deliver()


class TestLimits:
    """A policy may demand a back-test, and say what it must not show."""

    def try_on_orders(self, version) -> None:
        """Tries a version on what was evaluated, as its page does."""
        run(ask(DraftUnderTest(POINT, version.text), days=30))

    def test_nothing_is_approved_without_the_back_test_that_the_policy_demands(self, colleagues):
        demand((Requirement(1),), limits={"max_discount_increase": "2"})
        version = submitted(content=text('line.sku == "A"'))
        with pytest.raises(BackTestMissing, match="run one"):
            approve(version, colleagues["ben"])
        assert not Review.objects.exists()

    def test_what_costs_more_than_the_policy_allows_is_not_approved(self, colleagues, active):
        active("before", text('line.sku == "A"', params={"percent": "10"}))
        evaluation.evaluate_carts([CART] * 3)
        demand((Requirement(1),), limits={"max_discount_increase": "2"})
        much = submitted("much", text('line.sku == "A"', params={"percent": "5"}))
        self.try_on_orders(much)
        with pytest.raises(LimitsBroken, match="Discounts grow by 45"):
            approve(much, colleagues["ben"])
        little = submitted("little", text('line.sku == "B"', params={"percent": "5"}))
        self.try_on_orders(little)
        assert approve(little, colleagues["ben"]).status == "approved"

    def test_a_back_test_beside_other_rules_than_today_does_not_count(self, colleagues, active):
        evaluation.evaluate_carts([CART])
        demand((Requirement(1),), limits={"max_touched": "100"})
        version = submitted("new", text('line.sku == "B"'))
        self.try_on_orders(version)
        services.remove_policy(policy_id=ApprovalPolicy.objects.get().id, removed_by="user:zoe")
        active("other", text('line.sku == "A"'))
        with pytest.raises(LimitsBroken, match="have changed"):
            approve(version, colleagues["ben"])

    def test_limits_that_cannot_be_read_are_refused(self, in_tenant):
        for limits in ({"max_touched": "many"}, {"max_touched": "-1"}, {"max_fun": "1"}):
            with pytest.raises(PolicyUnsound, match="limits"):
                demand(limits=limits)


class TestGuardrailsTogether:
    """What was proved of each alone is proved again of all together, when they begin to decide."""

    HALF = GuardrailText(name="Cap: half", claim="outcome.discount <= outcome.start * 0.5")

    @pytest.fixture
    def two_of_forty(self, approved):
        services.state_guardrail(point=POINT, text=self.HALF, stated_by="user:zoe")
        return [approved(slug, text(params={"percent": "40"})) for slug in ("one", "two")]

    def test_a_second_rule_is_not_activated_into_a_broken_guardrail(self, two_of_forty):
        for version in two_of_forty[:1]:
            services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")
        deliver()
        with pytest.raises(GuardrailBroken, match="Cap: half"):
            services.activate_version(
                rule_id=two_of_forty[1].rule_id, number=1, activated_by="user:ben"
            )

    def test_nor_while_calculation_has_not_heard_of_the_first(self, two_of_forty):
        """Two people activate one each, a moment apart."""
        first, second = two_of_forty
        services.activate_version(rule_id=first.rule_id, number=1, activated_by="user:ben")
        with pytest.raises(GuardrailBroken, match="Cap: half"):
            services.activate_version(rule_id=second.rule_id, number=1, activated_by="user:carla")

    def test_nor_are_both_promoted_at_once(self, two_of_forty):
        members = [(it.rule_id, it.number) for it in two_of_forty]
        release = services.make_release(name="both", made_by="user:anna", members=members)
        for stage in ("development", "staging"):
            services.promote_release(number=1, stage=stage, promoted_by="user:anna")
        services.approve_promotion(
            number=1, stage="production", digest=release.digest, reviewer="user:ben"
        )
        with pytest.raises(GuardrailBroken):
            services.promote_release(number=1, stage="production", promoted_by="user:anna")

    def test_a_name_that_begins_like_anothers_excuses_nothing(self, active):
        """ "Cap" is broken already; "Cap: half" is not, and holds for who comes now."""
        active("some", text(params={"percent": "10"}))
        five = GuardrailText(name="Cap", claim="outcome.discount <= outcome.start * 0.05")
        for guardrail in (five, self.HALF):
            services.state_guardrail(point=POINT, text=guardrail, stated_by="user:zoe")
        draft = services.create_rule(
            slug="much", point=POINT, text=text(params={"percent": "90"}), author="user:anna"
        )
        with pytest.raises(GuardrailBroken, match="Cap: half"):
            services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            text("line.quantity > 2 || line.quantity < 5", params={"percent": "20"}),
            "applies to everything",
        ),
        (text("true || false", params={"percent": "20"}), "applies to everything"),
        (
            text('line.sku == "A"', kind="amount_off_line", params={"amount": "99999"}),
            "more than half",
        ),
    ],
)
def test_what_is_proved_of_a_rule_counts_in_its_risk(in_tenant, content, why):
    """However it is spelt."""
    draft = services.create_rule(slug="much", point=POINT, text=content, author="user:anna")
    risk = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna").risk
    assert risk["level"] == "high"
    assert why in " ".join(risk["reasons"])


def test_beside_a_release_nothing_reaches_a_production_that_has_a_policy(approved):
    """Whoever governs demanded two of finance; an activation would need nobody of them."""
    version = approved("ten", text())
    services.set_stage_policy(
        stage="production", requirements=[Requirement(2, "finance")], set_by="user:zoe"
    )
    with pytest.raises(ReleaseDemanded):
        services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")


def test_nor_does_what_is_being_proved_when_the_policy_is_set(approved, monkeypatch):
    """A proof takes seconds; who governs does not wait for it."""
    version = approved("ten", text())

    def proved_meanwhile(versions):
        services.set_stage_policy(
            stage="production", requirements=[Requirement(2, "finance")], set_by="user:zoe"
        )
        return {}

    monkeypatch.setattr(deciding, "demand_guardrails", proved_meanwhile)
    with pytest.raises(ReleaseDemanded):
        services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")
