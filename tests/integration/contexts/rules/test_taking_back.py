"""An approval is taken back by whoever gave it, as long as nobody went by it; then it counts for nothing, in the database too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import Error, connection, transaction

from contexts.audit.models import AuditEntry
from contexts.rules import queries, services
from contexts.rules.errors import (
    AlreadyReviewed,
    MemberCannotDecide,
    NothingToTakeBack,
    TooLateToTakeBack,
    WrongStatus,
)
from contexts.rules.models import Review, RuleVersion
from contexts.rules.policies import Requirement
from shared_kernel import clock
from shared_kernel.decisions import Window
from shared_kernel.errors import DomainError
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import deliver, text

POINT = "promotions.line-discounts"
BEN, CARLA = "user:ben", "user:carla"


def submitted(approvals: int = 2, window: Window | None = None) -> RuleVersion:
    services.set_policy(
        name="Some", point="", from_risk="low", requirements=[Requirement(approvals)],
        set_by="user:zoe",
    )  # fmt: skip
    draft = services.create_rule(
        slug="ten", point=POINT, text=text(), author="user:anna", window=window or Window()
    )
    return services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")


def approve(version, reviewer=BEN):
    return services.approve_version(
        rule_id=version.rule_id, number=1, reviewer=reviewer, content_hash=version.content_hash
    )


def take_back(version, reviewer=BEN, comment=""):
    return services.take_back_approval(
        rule_id=version.rule_id, number=1, reviewer=reviewer, comment=comment
    )


def activate(version):
    return services.activate_version(
        rule_id=version.rule_id, number=1, activated_by="user:dora"
    ).status


def released(version):
    return services.make_release(
        name="Spring", made_by="user:anna", members=[(version.rule_id, version.number)]
    )


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestTakingBack:
    def test_while_others_still_have_to_approve(self, in_tenant):
        """Ben thinks again: one approval is missing more, and he may say so anew."""
        version = submitted()
        approve(version)
        assert not queries.inbox_of(BEN).exists()
        assert take_back(version).status == "in_review"
        assert queries.inbox_of(BEN).exists()
        assert approve(version, CARLA).status == "in_review"
        assert approve(version).status == "approved"

    def test_what_was_approved_is_in_review_again(self, in_tenant):
        """Its author is told who took it back, why, and what it needs now."""
        version = submitted(1)
        approve(version)
        assert take_back(version, comment="I misread it").status == "in_review"
        with pytest.raises(WrongStatus):
            activate(version)
        told = EventRecord.objects.filter(type="rules.attention-wanted.v1").latest("id").data
        assert (told["kind"], told["people"]) == ("taken-back", ["user:anna"])
        assert "needs 1 colleague now: I misread it" in told["sentence"]
        deliver()
        entry = AuditEntry.objects.get(type="rules.approval-taken-back.v1")
        assert '"missing":"1 colleague"' in entry.data

    def test_what_others_approved_as_well_stays_approved(self, in_tenant):
        """A colleague of no team approved before those whom the policy wanted; without them nothing is missing."""
        services.set_policy(
            name="Two teams", point="", from_risk="low", set_by="user:zoe",
            requirements=[Requirement(1, "finance")],
        )  # fmt: skip
        draft = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
        version = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        approve(version, BEN)
        Review.objects.create(
            version=version, reviewer=CARLA, verdict="approve", content_hash=version.content_hash,
            teams=["finance"], decided_at=clock.now(),
        )  # fmt: skip
        RuleVersion.objects.update(status="approved")
        assert take_back(version, BEN).status == "approved"

    def test_only_ones_own_and_once(self, in_tenant):
        version = submitted()
        for reviewer in (BEN, CARLA):
            with pytest.raises(NothingToTakeBack):
                take_back(version, reviewer)
        approve(version)
        take_back(version)
        with pytest.raises(NothingToTakeBack):
            take_back(version)
        approve(version)
        with pytest.raises(AlreadyReviewed):
            approve(version)

    def test_not_once_it_decides_or_is_going_to(self, in_tenant):
        version = submitted(1, Window("2040-01-01T00:00", "", "UTC"))
        approve(version)
        activate(version)
        with pytest.raises(TooLateToTakeBack, match=r"is scheduled.*off the calendar first"):
            take_back(version)
        services.unschedule_version(rule_id=version.rule_id, number=1, unscheduled_by=CARLA)
        assert take_back(version).status == "in_review"

    def test_not_once_it_was_promoted(self, in_tenant):
        """Others approve what a release consists of: from development on it stays what it was."""
        version = submitted(1)
        approve(version)
        made = released(version)
        take_back(version)
        with pytest.raises(MemberCannotDecide, match="in review; have it approved"):
            services.promote_release(number=made.number, stage="development", promoted_by="x")
        approve(version)
        services.promote_release(number=made.number, stage="development", promoted_by="x")
        with pytest.raises(TooLateToTakeBack, match="reached development"):
            take_back(version)


class TestTheDatabase:
    """As the application's role, past every use case."""

    BACK = (
        "INSERT INTO rules_review (id, tenant_id, version_id, reviewer, verdict, comment, content_hash, teams, decided_at, turn) "
        "SELECT gen_random_uuid(), tenant_id, id, %s, %s, '', content_hash, '[]', now(), %s FROM rules_ruleversion"
    )

    def test_what_was_taken_back_counts_no_more(self, in_tenant):
        version = submitted(1)
        approve(version)
        with pytest.raises(
            Error, match="a version without the approvals that it needs is in review"
        ):
            sql(self.BACK, BEN, "take_back", 2)
        take_back(version)
        for status, why in (
            ("approved", "not enough colleagues approved this content"),
            ("scheduled", "does not go from in_review to scheduled"),
            ("active", "does not go from in_review to active"),
        ):
            with pytest.raises(Error, match=why):
                sql("UPDATE rules_ruleversion SET status = %s", status)

    def test_a_colleague_counts_once_however_often_they_say_so(self, in_tenant):
        version = submitted(2)
        approve(version)
        for reviewer, verdict, turn in (
            (BEN, "approve", 2), (BEN, "approve", 1), (BEN, "take_back", 3), (BEN, "reject", 2), (CARLA, "take_back", 1),
        ):  # fmt: skip
            with pytest.raises(Error, match="a colleague reviews a version once"):
                sql(self.BACK, reviewer, verdict, turn)
        sql(self.BACK, BEN, "take_back", 2)  # so that it was this guard that refused the others
        with pytest.raises(Error, match="not enough colleagues approved this content"):
            sql("UPDATE rules_ruleversion SET status = 'approved'")

    def test_an_approval_that_stands_is_not_undone_by_a_status(self, in_tenant):
        approve(submitted(1))
        with pytest.raises(
            Error, match="in review again once an approval that it needs was taken back"
        ):
            sql("UPDATE rules_ruleversion SET status = 'in_review'")

    def test_nothing_is_taken_back_from_what_decides_or_was_promoted(self, in_tenant):
        version = submitted(1)
        approve(version)
        services.promote_release(
            number=released(version).number, stage="development", promoted_by="x"
        )
        with pytest.raises(Error, match="what was promoted keeps its approvals"):
            sql(self.BACK, BEN, "take_back", 2)
        activate(version)
        with pytest.raises(Error, match="only a version in review is reviewed"):
            sql(self.BACK, BEN, "take_back", 2)

    def test_no_release_is_promoted_with_what_is_in_review(self, in_tenant):
        version = submitted(1)
        approve(version)
        release = released(version)
        take_back(version)
        with pytest.raises(Error, match="a release is promoted while its members are approved"):
            sql(
                "INSERT INTO rules_promotion (id, tenant_id, release_id, stage, digest, requirements, retired_others, "
                "promoted_by, promoted_at) VALUES (gen_random_uuid(), current_tenant(), %s, 'development', %s, '[]', "
                "false, 'x', now())",
                release.id, release.digest,
            )  # fmt: skip


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture
    def version(self, tenant_id):
        with tenant_scope(tenant_id):
            yield submitted()

    def at_once(self, tenant_id, *acts) -> list[str]:
        barrier = Barrier(len(acts))

        def run(act) -> str:
            try:
                with tenant_scope(tenant_id):
                    barrier.wait()
                    return str(act())
            except DomainError as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def test_against_the_last_approval_it_wins_whoever_comes_first(self, tenant_id, version):
        approve(version)
        said = self.at_once(
            tenant_id, lambda: take_back(version).status, lambda: approve(version, CARLA).status
        )
        assert said[0] == "in_review"
        assert RuleVersion.objects.get().status == "in_review"

    def test_against_activation_one_of_them_wins(self, tenant_id, version):
        """Either it decides and the approval stays, or it is in review and decides nothing."""
        approve(version)
        approve(version, CARLA)
        said = self.at_once(tenant_id, lambda: take_back(version).status, lambda: activate(version))
        status = RuleVersion.objects.get().status
        assert (status, said) in [
            ("active", ["rules.too-late-to-take-back", "active"]),
            ("in_review", ["in_review", "rules.wrong-status"]),
        ]

    def test_against_a_promotion_one_of_them_wins(self, tenant_id, version):
        approve(version)
        approve(version, CARLA)
        number = released(version).number
        said = self.at_once(
            tenant_id,
            lambda: take_back(version).status,
            lambda: (
                services.promote_release(number=number, stage="development", promoted_by="x").stage
            ),
        )
        assert said in [
            ["rules.too-late-to-take-back", "development"],
            ["in_review", "rules.member-cannot-decide"],
        ]
