"""Approvals of templates and of promotions are taken back by whoever gave them, as long as nobody went by them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from contexts.audit.models import AuditEntry
from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.errors import (
    NoApprovalStands,
    PromotionApprovedAlready,
    PromotionNotApproved,
    TemplateUnusable,
    TooLateToTakeBack,
)
from contexts.rules.models import Promotion, ReleaseApproval, RuleTemplateVersion
from contexts.rules.policies import Requirement
from contexts.rules.policies.rollouts import ramp_of
from contexts.rules.queries.waiting import releases_for, templates_for
from shared_kernel.errors import DomainError, NotFound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rules.template_texts import LINES, template_text

BEN, CARLA = "user:ben", "user:carla"
GIVEN = {"percent": "10", "tier": "gold"}


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def at_once(tenant_id, *acts) -> list[str]:
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


def last_notice() -> dict:
    return EventRecord.objects.filter(type="rules.attention-wanted.v1").latest("id").data


def staged(stage: str = "staging", needs: int = 2):
    """A release that rita made, as far as the stage; production wants so many colleagues."""
    draft = services.create_rule(slug="ten", point=LINES, text=text(), author="user:anna")
    services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
    services.approve_version(
        rule_id=draft.rule_id, number=1, reviewer=BEN, content_hash=draft.content_hash
    )
    made = services.make_release(name="Spring", members=[(draft.rule_id, 1)], made_by="user:rita")
    for it in ("development", "staging"):
        services.promote_release(number=made.number, stage=it, promoted_by="user:rita")
        if it == stage:
            break
    services.set_stage_policy(
        stage="production", requirements=[Requirement(needs)], set_by="user:zoe"
    )
    return made


def approve(release, reviewer=BEN, stage="production"):
    return services.approve_promotion(
        number=release.number, stage=stage, digest=release.digest, reviewer=reviewer
    ).reviewer


def take_back(release, reviewer=BEN, stage="production", comment=""):
    return services.take_back_promotion_approval(
        number=release.number, stage=stage, reviewer=reviewer, comment=comment
    ).verdict


def promote(release):
    return services.promote_release(
        number=release.number, stage="production", promoted_by="user:rita"
    ).stage


def tried(release, ramp: str):
    return services.start_rollout(
        number=release.number, ramp=ramp_of(ramp), guards=(), started_by="user:rita"
    )


class TestPromotions:
    def test_it_counts_no_more_and_may_be_given_again(self, in_tenant):
        """Its maker is told who took it back, why, and whose word is missing now."""
        release = staged()
        approve(release)
        approve(release, CARLA)
        assert releases_for(BEN) == []
        take_back(release, comment="The dates are wrong")
        told = last_notice()
        assert (told["kind"], told["people"]) == ("taken-back", ["user:rita"])
        assert "needs 1 colleague now: The dates are wrong" in told["sentence"]
        assert [it.missing for it in releases_for(BEN)] == ["1 colleague"]
        with pytest.raises(PromotionNotApproved):
            promote(release)
        approve(release)
        with pytest.raises(PromotionApprovedAlready):
            approve(release)
        assert promote(release) == "production"
        deliver()
        entry = AuditEntry.objects.get(type="rules.promotion-approval-taken-back.v1")
        assert '"missing":"1 colleague"' in entry.data

    def test_only_ones_own_and_once(self, in_tenant):
        release = staged()
        approve(release, CARLA)
        with pytest.raises(NoApprovalStands, match="user:ben stands at release 1 for production"):
            take_back(release)
        take_back(release, CARLA)
        with pytest.raises(NoApprovalStands):
            take_back(release, CARLA)
        with pytest.raises(NotFound):
            take_back(release, CARLA, stage="moon")

    def test_not_once_it_is_there(self, in_tenant):
        release = staged(needs=1)
        approve(release)
        promote(release)
        with pytest.raises(TooLateToTakeBack, match="Release 1 reached production"):
            take_back(release)

    def test_not_while_it_decides_for_some_customers(self, in_tenant):
        """Rolled back, it has gone by nothing any more."""
        release = staged(needs=1)
        approve(release)
        rollout = tried(release, "5% 1h, 100%")
        with pytest.raises(TooLateToTakeBack, match="decides for 5 % of all customers"):
            take_back(release)
        services.roll_back_rollout(rollout_id=rollout.id, reason="Second thoughts", by=BEN)
        assert take_back(release) == "take_back"

    def test_at_shadow_nobody_went_by_it_and_no_step_goes_on_without_it(self, in_tenant):
        release = staged(needs=1)
        approve(release)
        rollout = tried(release, "shadow 1h, 100%")
        take_back(release)
        with pytest.raises(PromotionNotApproved):
            services.advance_rollout(rollout_id=rollout.id, by="user:rita")


class TestTheDatabase:
    """As the application's role, past every use case."""

    BACK = (
        "INSERT INTO rules_releaseapproval (id, tenant_id, release_id, stage, digest, reviewer, verdict, turn, teams, comment, approved_at) "
        "SELECT gen_random_uuid(), tenant_id, id, 'production', digest, %s, %s, %s, '[]', '', now() FROM rules_release"
    )
    PROMOTE = (
        "INSERT INTO rules_promotion (id, tenant_id, release_id, stage, digest, requirements, retired_others, promoted_by, promoted_at) "
        "SELECT gen_random_uuid(), tenant_id, id, 'production', digest, '[{\"count\": 1, \"team\": \"\"}]', false, 'x', now() "
        "FROM rules_release"
    )

    def test_a_colleague_counts_once_however_often_they_say_so(self, in_tenant):
        release = staged(needs=1)
        approve(release)
        for reviewer, verdict, turn in (
            (BEN, "approve", 2), (BEN, "approve", 1), (BEN, "take_back", 3), (BEN, "maybe", 2), (CARLA, "take_back", 1),
        ):  # fmt: skip
            with pytest.raises(Error, match="a colleague approves a promotion once"):
                sql(self.BACK, reviewer, verdict, turn)
        sql(self.BACK, BEN, "take_back", 2)
        with pytest.raises(Error, match="not enough colleagues approved this promotion"):
            sql(self.PROMOTE)

    def test_nothing_is_taken_back_from_what_is_there_or_reaches_customers(self, in_tenant):
        release = staged(needs=1)
        approve(release)
        rollout = tried(release, "5% 1h, 100%")
        with pytest.raises(Error, match="keeps its approvals"):
            sql(self.BACK, BEN, "take_back", 2)
        services.roll_back_rollout(rollout_id=rollout.id, reason="x", by=BEN)
        promote(release)
        with pytest.raises(Error, match="keeps its approvals"):
            sql(self.BACK, BEN, "take_back", 2)

    def test_a_roll_out_goes_no_further_on_what_was_taken_back(self, in_tenant):
        release = staged(needs=1)
        approve(release)
        tried(release, "shadow 1h, 5% 1h, 100%")
        take_back(release)
        with pytest.raises(Error, match="not enough colleagues approved what reaches customers"):
            sql("UPDATE rules_rollout SET step = 1")

    def test_a_template_is_neither_reopened_nor_revived_beside_its_use_case(self, in_tenant):
        first, second = used(), replaced()
        for change, why in (
            ("status = 'in_review' WHERE number = 2", "whoever approved a template version takes that back"),
            ("status = 'approved' WHERE number = 1", "used again if the one in its place is approved no more"),
            ("taken_back_by = 'user:x' WHERE number = 2", "an approval is taken back while it stands"),
            ("replaced_id = NULL WHERE number = 2", "replaces the one before when it is approved"),
        ):  # fmt: skip
            with pytest.raises(Error, match=why):
                sql(f"UPDATE rules_ruletemplateversion SET {change}")
        services.make_rule(
            template_id=second.template_id, number=2, arguments=GIVEN, slug="g", author="user:d"
        )
        with pytest.raises(Error, match="from which a rule is made keeps its approval"):
            sql(
                "UPDATE rules_ruletemplateversion SET status = 'in_review', reviewer = '', reviewed_hash = '', "
                "comment = '', decided_at = NULL, taken_back_by = reviewer, taken_back_at = now() WHERE number = 2"
            )
        assert first.number == 1


def submitted_template() -> RuleTemplateVersion:
    draft = services.create_template(
        slug="tier", point=LINES, text=template_text(), author="user:anna"
    )
    return services.submit_template(
        template_id=draft.template_id, number=1, submitted_by="user:anna"
    )


def approve_template(version, reviewer=BEN):
    return services.approve_template(
        template_id=version.template_id, number=version.number, reviewer=reviewer,
        content_hash=version.content_hash,
    )  # fmt: skip


def used() -> RuleTemplateVersion:
    return approve_template(submitted_template())


def replaced() -> RuleTemplateVersion:
    """A second version in the place of the first."""
    template_id = RuleTemplateVersion.objects.get().template_id
    services.draft_template(
        template_id=template_id, text=template_text(name="Tiers"), author="user:anna"
    )
    version = services.submit_template(template_id=template_id, number=2, submitted_by="user:anna")
    return approve_template(version)


def take_template_back(version, reviewer=BEN, comment=""):
    return services.take_back_template_approval(
        template_id=version.template_id, number=version.number, reviewer=reviewer, comment=comment
    ).status


def make_rule(version, slug="gold"):
    return services.make_rule(
        template_id=version.template_id, number=version.number, arguments=GIVEN, slug=slug,
        author="user:dora",
    ).status  # fmt: skip


def statuses() -> list[str]:
    rows = RuleTemplateVersion.objects.order_by("number")
    return [str(it) for it in rows.values_list("status", flat=True)]


class TestTemplates:
    def test_it_is_in_review_again_and_may_be_approved_again(self, in_tenant):
        version = used()
        assert take_template_back(version, comment="Gold is no tier") == "in_review"
        told = last_notice()
        assert (told["kind"], told["people"]) == ("taken-back", ["user:anna"])
        assert told["sentence"].endswith("back: Gold is no tier.")
        assert templates_for(BEN).count() == 1
        with pytest.raises(TemplateUnusable):
            make_rule(version)
        deliver()
        entry = AuditEntry.objects.get(type="rules.template-approval-taken-back.v1")
        assert '"comment":"Gold is no tier"' in entry.data
        approve_template(version)
        assert make_rule(version) == "draft"

    def test_what_it_replaced_is_used_again(self, in_tenant):
        """Otherwise nobody could make a rule until somebody approved, though a version was good all the time."""
        first, second = used(), replaced()
        assert statuses() == ["retired", "approved"]
        take_template_back(second)
        assert statuses() == ["approved", "in_review"]
        assert "version 1 is used again" in last_notice()["sentence"]
        assert make_rule(first) == "draft"
        approve_template(second)
        assert statuses() == ["retired", "approved"]

    def test_not_what_a_colleague_retired_in_between(self, in_tenant):
        first, second = used(), None
        services.retire_template(template_id=first.template_id, number=1, retired_by="user:carla")
        second = replaced()
        take_template_back(second)
        assert statuses() == ["retired", "in_review"]

    def test_not_once_a_rule_is_made_from_it(self, in_tenant):
        version = used()
        make_rule(version)
        with pytest.raises(TooLateToTakeBack, match=r"gold, version 1, is made from version 1"):
            take_template_back(version)
        services.discard_draft(
            rule_id=version.made.get().rule_id, number=1, discarded_by="user:dora"
        )
        assert take_template_back(version) == "in_review"

    def test_only_ones_own(self, in_tenant):
        version = submitted_template()
        with pytest.raises(NoApprovalStands):
            take_template_back(version)
        approve_template(version)
        with pytest.raises(NoApprovalStands):
            take_template_back(version, CARLA)


class TestOfOthers:
    @pytest.fixture
    def people(self, in_tenant):
        def client(name: str, *scopes: str):
            held = ["rules:read", *scopes]
            user, _ = identity.register_user(username=name, scopes=held)
            _, secret = identity.issue_api_key(name=name, scopes=held, owner=user)
            page = Client()
            page.force_login(user, backend="contexts.identity.backends.TenantBackend")
            bearer = {"Authorization": f"Bearer {secret}"}
            return page, lambda path, body=None: Client().post(
                f"/api/v1/rules/{path}", body or {}, "application/json", headers=bearer
            )

        return client

    def test_over_rest_with_the_permission_to_approve(self, people):
        _, ben = people("ben", "rules:approve")
        _, rob = people("rob", "rules:write", "rules:release")
        release, template = staged(), used()
        approve(release)
        places = (
            f"releases/{release.number}/stages/production/take-back",
            f"templates/{template.template_id}/versions/1/take-back",
        )
        for place in places:
            assert rob(place).status_code == 403
            assert ben(place, {"comment": "x"}).status_code == 200
            again = ben(place)
            assert (again.status_code, again.json()["code"]) == (409, "rules.no-approval-stands")
        rows = ReleaseApproval.objects.order_by("turn")
        assert [(it.verdict, it.comment) for it in rows] == [("approve", ""), ("take_back", "x")]

    def test_at_the_pages(self, people):
        """The button is there for whoever gave it, as long as it may be taken back."""
        ben, _ = people("ben", "rules:approve")
        carla, _ = people("carla", "rules:approve")
        release, template = staged(), used()
        approve(release)
        root = "/admin/rules/rule"
        for page, act, done in (
            (f"{root}/releases/{release.number}/", f"{root}/releases/{release.number}/production/take-back/", "for production counts no more"),
            (f"{root}/templates/{template.template_id}/versions/1/", f"{root}/templates/{template.template_id}/versions/1/take-back/", "It is in review"),
        ):  # fmt: skip
            assert "Take my approval back…" not in carla.get(page).content.decode()
            assert act in ben.get(page).content.decode()
            said = ben.post(act, {"comment": "Too quick"}, follow=True).content.decode()
            assert done in said
            assert "Too quick" in said
            assert "Take my approval back…" not in said


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.fixture(autouse=True)
    def _scope(self, tenant_id):
        with tenant_scope(tenant_id):
            yield

    def test_against_the_last_approval_one_is_missing_whoever_comes_first(self, tenant_id):
        release = staged()
        approve(release)
        said = at_once(tenant_id, lambda: take_back(release), lambda: approve(release, CARLA))
        assert said == ["take_back", CARLA]
        with pytest.raises(PromotionNotApproved):
            promote(release)

    def test_against_the_promotion_one_of_them_wins(self, tenant_id):
        release = staged(needs=1)
        approve(release)
        said = at_once(tenant_id, lambda: take_back(release), lambda: promote(release))
        there = Promotion.objects.filter(stage="production").exists()
        assert (there, said) in [
            (True, ["rules.too-late-to-take-back", "production"]),
            (False, ["take_back", "rules.promotion-not-approved"]),
        ]

    def test_against_a_rule_that_is_made_one_of_them_wins(self, tenant_id):
        version = used()
        said = at_once(tenant_id, lambda: take_template_back(version), lambda: make_rule(version))
        assert said in [
            ["rules.too-late-to-take-back", "draft"],
            ["in_review", "rules.template-unusable"],
        ]
