"""Approved versions that go to customers together: put together, approved, promoted, all of them or none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import Error, connection, transaction

from contexts.calculation import services as calculation
from contexts.rules import services
from contexts.rules.errors import (
    MakerCannotApprove,
    MemberCannotDecide,
    OtherDigest,
    PolicyUnsound,
    PromotionApprovedAlready,
    PromotionNotApproved,
    ReleaseUnsound,
    StageLeftOut,
    StageReached,
)
from contexts.rules.models import Promotion, Release, ReleaseApproval, RuleVersion
from contexts.rules.policies import Requirement
from contexts.rules.queries.releases import differences, stages
from shared_kernel import clock
from shared_kernel.decisions import Window
from shared_kernel.errors import DomainError, NotFound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text

POINT = "promotions.line-discounts"


def second(version, content=None):
    """The next version of a rule, approved."""
    draft = services.draft_version(
        rule_id=version.rule_id, text=content or text("false"), author="user:anna"
    )
    services.submit_version(rule_id=draft.rule_id, number=draft.number, submitted_by="user:anna")
    return services.approve_version(
        rule_id=draft.rule_id, number=draft.number, reviewer="user:ben",
        content_hash=draft.content_hash,
    )  # fmt: skip


def release_of(*versions, name="Spring") -> Release:
    members = [(it.rule_id, it.number) for it in versions]
    return services.make_release(name=name, members=members, made_by="user:rita")


def promote(release, stage, **more):
    return services.promote_release(
        number=release.number, stage=stage, promoted_by="user:rita", **more
    )


def approve(release, stage="production", reviewer="user:ben", digest=None):
    return services.approve_promotion(
        number=release.number, stage=stage, digest=digest or release.digest, reviewer=reviewer
    )


def staged(release) -> Release:
    """A release on the doorstep of production."""
    promote(release, "development")
    promote(release, "staging")
    approve(release)
    return release


def statuses() -> dict[str, str]:
    rows = RuleVersion.objects.select_related("rule").order_by("rule__slug", "number")
    return {f"{it.rule.slug}@{it.number}": it.status for it in rows}


class TestMaking:
    def test_releases_are_numbered_without_gaps(self, approved):
        version = approved("ten", text())
        with pytest.raises(ReleaseUnsound):
            release_of(version, version)
        assert [release_of(version).number for _ in range(3)] == [1, 2, 3]

    def test_without_members_it_is_what_decides_now(self, active, approved):
        """The first release of a house that had none is what its customers have already."""
        live = active("ten", text())
        approved("twenty", text())
        release = services.make_release(name="All", made_by="user:rita")
        assert [(it.slug, it.version) for it in release.consists_of] == [("ten", live.number)]

    def test_nothing_cannot_be_released(self, in_tenant):
        with pytest.raises(ReleaseUnsound, match="nothing to release"):
            services.make_release(name="All", made_by="user:rita")

    def test_only_what_was_approved(self, approved):
        draft = services.create_rule(slug="new", point=POINT, text=text(), author="user:anna")
        with pytest.raises(ReleaseUnsound, match="new, version 1, is draft"):
            release_of(approved("ten", text()), draft)
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        with pytest.raises(ReleaseUnsound, match="in review"):
            release_of(draft)

    def test_one_version_of_a_rule(self, approved):
        first = approved("ten", text())
        with pytest.raises(ReleaseUnsound, match="one version of a rule"):
            release_of(first, second(first))

    def test_an_unknown_version_is_not_found(self, in_tenant):
        with pytest.raises(NotFound):
            services.make_release(name="x", members=[(uuid4(), 1)], made_by="user:rita")


class TestStages:
    def test_one_after_the_other(self, approved):
        release = release_of(approved("ten", text()))
        for stage in ("staging", "production"):
            with pytest.raises(StageLeftOut):
                promote(release, stage)
        promote(release, "development")
        with pytest.raises(StageReached):
            promote(release, "development")
        with pytest.raises(NotFound):
            promote(release, "moon")

    def test_before_production_nothing_decides_for_customers(self, approved):
        release = release_of(approved("ten", text()))
        promote(release, "development")
        promote(release, "staging")
        assert statuses() == {"ten@1": "approved"}
        standing = {it.stage: it.promotion and it.promotion.release.number for it in stages()}
        assert standing == {"development": 1, "staging": 1, "production": None}

    def test_production_needs_somebody_who_did_not_make_it(self, approved):
        release = release_of(approved("ten", text()))
        promote(release, "development")
        promote(release, "staging")
        with pytest.raises(PromotionNotApproved, match="still needs 1 "):
            promote(release, "production")
        with pytest.raises(MakerCannotApprove):
            approve(release, reviewer="user:rita")
        with pytest.raises(OtherDigest):
            approve(release, digest="0" * 64)
        approve(release)
        with pytest.raises(PromotionApprovedAlready):
            approve(release)
        promote(release, "production")
        assert statuses() == {"ten@1": "active"}
        with pytest.raises(StageReached):
            approve(release, reviewer="user:carl")

    def test_an_approval_is_for_one_stage_of_one_release(self, approved):
        version = approved("ten", text())
        release, other = release_of(version), release_of(version)
        for it in (release, other):
            promote(it, "development")
            promote(it, "staging")
        approve(other)
        with pytest.raises(PromotionNotApproved):
            promote(release, "production")

    def test_each_stage_has_its_own_policy(self, approved):
        services.set_stage_policy(
            stage="development", requirements=[Requirement(2)], set_by="user:olga"
        )
        release = release_of(approved("ten", text()))
        approve(release, "development")
        with pytest.raises(PromotionNotApproved, match="still needs 1 "):
            promote(release, "development")
        approve(release, "development", reviewer="user:carl")
        assert list(promote(release, "development").requirements) == [{"count": 2, "team": ""}]

    def test_production_keeps_its_second_pair_of_eyes(self, in_tenant):
        with pytest.raises(PolicyUnsound, match="At least one colleague"):
            services.set_stage_policy(stage="production", requirements=[], set_by="user:olga")


class TestPromotingToProduction:
    def test_members_take_the_places_of_what_decided(self, active, approved):
        old = active("ten", text())
        new, other = second(old), approved("twenty", text())
        promote(staged(release_of(new, other)), "production")
        assert statuses() == {"ten@1": "retired", "ten@2": "active", "twenty@1": "active"}

    def test_others_end_only_if_asked(self, active, approved):
        active("alone", text())
        member = approved("ten", text())
        promote(staged(release_of(member)), "production")
        assert statuses()["alone@1"] == "active"
        again = staged(release_of(member, name="Only ten"))
        promote(again, "production", retire_others=True)
        assert statuses() == {"alone@1": "retired", "ten@1": "active"}
        told = EventRecord.objects.get(
            type="rules.release-promoted.v1", data__number=2, data__stage="production"
        )
        assert (told.data["began"], told.data["ended"]) == ([], ["alone@1"])

    def test_others_are_retired_by_what_reaches_customers_only(self, approved):
        with pytest.raises(ReleaseUnsound):
            promote(release_of(approved("ten", text())), "development", retire_others=True)

    def test_all_or_nothing(self, active, approved):
        """The last member cannot decide: what began before it is as it was, and nothing was told."""
        one, gone = approved("aaa", text()), active("zzz", text())
        release = staged(release_of(one, gone))
        services.retire_version(rule_id=gone.rule_id, number=1, retired_by="user:ben")
        before = EventRecord.objects.count()
        with pytest.raises(MemberCannotDecide, match="zzz, version 1: It is retired"):
            promote(release, "production")
        assert statuses() == {"aaa@1": "approved", "zzz@1": "retired"}
        assert EventRecord.objects.count() == before
        assert not Promotion.objects.filter(stage="production").exists()

    def test_what_somebody_paused_is_not_woken(self, active):
        version = active("ten", text())
        release = staged(release_of(version))
        services.pause_version(
            rule_id=version.rule_id, number=1, paused_by="user:ben", reason="wrong prices"
        )
        with pytest.raises(MemberCannotDecide, match="resume it"):
            promote(release, "production")

    def test_a_member_whose_window_opens_later_is_scheduled(self, in_tenant):
        draft = services.create_rule(
            slug="ten", point=POINT, text=text(), author="user:anna",
            window=Window("2040-03-25T09:00", "", "Europe/Berlin"),
        )  # fmt: skip
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        version = services.approve_version(
            rule_id=draft.rule_id, number=1, reviewer="user:ben", content_hash=draft.content_hash
        )
        promote(staged(release_of(version)), "production")
        assert statuses() == {"ten@1": "scheduled"}

    def test_what_would_take_a_members_place_later_goes_off_the_calendar_with_the_others(
        self, approved
    ):
        """Otherwise the release would be undone by itself, one day."""
        member = approved("ten", text())
        draft = services.draft_version(
            rule_id=member.rule_id, text=text("false"), author="user:anna",
            window=Window("2040-01-01T00:00", "", "UTC"),
        )  # fmt: skip
        services.submit_version(rule_id=member.rule_id, number=2, submitted_by="user:anna")
        services.approve_version(
            rule_id=member.rule_id, number=2, reviewer="user:ben", content_hash=draft.content_hash
        )
        services.activate_version(rule_id=member.rule_id, number=2, activated_by="user:ben")
        assert statuses()["ten@2"] == "scheduled"
        promote(staged(release_of(member)), "production", retire_others=True)
        assert statuses() == {"ten@1": "active", "ten@2": "approved"}

    def test_a_member_whose_attribute_is_gone_is_named(self, approved):
        """It was approved, but does not mean any more what was approved."""
        calculation.declare_attribute(
            record="customer", name="since", kind="timestamp", about="when", optional=True,
            declared_by="user:anna",
        )  # fmt: skip
        condition = 'customer.attributes.since < timestamp("2020-01-01T00:00:00Z")'
        release = staged(release_of(approved("ten", text(condition))))
        calculation.retire_attribute(record="customer", name="since", retired_by="user:ben")
        calculation.declare_attribute(
            record="customer", name="since", kind="string", about="when", optional=True,
            declared_by="user:anna",
        )  # fmt: skip
        with pytest.raises(MemberCannotDecide, match="ten, version 1"):
            promote(release, "production")


class TestDifference:
    def test_rules_are_added_removed_and_changed_in_plain_words(self, approved):
        ten, gone, new = (approved(slug, text()) for slug in ("ten", "gone", "new"))
        one = release_of(ten, gone)
        two = release_of(second(ten, text("true", params={"percent": "20"})), new)
        found = {it["slug"]: it for it in differences(one, two)}
        assert {slug: it["change"] for slug, it in found.items()} == {
            "ten": "changed", "gone": "removed", "new": "added"
        }  # fmt: skip
        assert found["new"]["in_words"] == "Everyone gets 10 % off each line."
        assert found["ten"]["fields"][0]["lines"] == [
            ("-", "Everyone gets 10 % off each line."),
            ("+", "Everyone gets 20 % off each line."),
        ]
        assert differences(one, one) == []
        assert {it["change"] for it in differences(None, one)} == {"added"}


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


COPY = """INSERT INTO rules_release (id, tenant_id, number, name, notes, members, digest, made_by, made_at)
SELECT gen_random_uuid(), tenant_id, number + %s, name, notes, members {}, {}, made_by, made_at FROM rules_release"""


class TestBySQLAsTheApplicationsRole:
    def test_a_release_like_another_is_made_with_the_next_number_only(self, approved):
        """The statement that the next tests spoil is sound itself."""
        release_of(approved("ten", text()))
        with pytest.raises(Error, match="without gaps"):
            sql(COPY.format("", "digest"), 2)
        sql(COPY.format("", "digest"), 1)
        assert Release.objects.count() == 2

    @pytest.mark.parametrize(
        ("members", "digest", "why"),
        [
            ("|| members", "digest", "one of a rule"),
            ("- 0", "digest", "approved versions"),
            ("", "repeat('0', 64)", "digest is of other"),
        ],
    )
    def test_members_and_digest_fit(self, approved, members, digest, why):
        release_of(approved("ten", text()))
        with pytest.raises(Error, match=why):
            sql(COPY.format(members, digest), 1)

    def test_what_nobody_approved_is_no_member(self, approved):
        release_of(approved("ten", text()))
        draft = services.create_rule(slug="new", point=POINT, text=text(), author="user:anna")
        swap = f"- 0 || jsonb_build_array(jsonb_set(jsonb_set(members->0, '{{rule_id}}', '\"{draft.rule_id}\"'), '{{slug}}', '\"new\"'))"
        with pytest.raises(Error, match="approved versions"):
            sql(COPY.format(swap, "digest"), 1)

    def test_nothing_of_it_is_changed_or_removed(self, approved):
        release = staged(release_of(approved("ten", text())))
        for table, column in (
            ("rules_release", "name"),
            ("rules_releaseapproval", "reviewer"),
            ("rules_promotion", "promoted_by"),
        ):
            for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
                with pytest.raises(Error, match="append-only"):
                    sql(statement)
        assert release.number == 1

    def test_no_stage_is_left_out_and_none_reached_unapproved(self, approved):
        release = release_of(approved("ten", text()))
        facts = {"release": release, "digest": release.digest, "promoted_by": "user:rita",
                 "promoted_at": clock.now()}  # fmt: skip
        wanted = [{"count": 1, "team": ""}]
        with pytest.raises(Error, match="after staging"), transaction.atomic():
            Promotion.objects.create(**facts, stage="production", requirements=wanted)
        promote(release, "development")
        promote(release, "staging")
        for demanded, why in (([], "what its stage demands"), (wanted, "not enough colleagues")):
            with pytest.raises(Error, match=why), transaction.atomic():
                Promotion.objects.create(**facts, stage="production", requirements=demanded)

    def test_the_maker_does_not_approve(self, approved):
        release = release_of(approved("ten", text()))
        for reviewer, digest, why in (
            ("user:rita", release.digest, "does not approve it"),
            ("user:ben", "0" * 64, "as it stands"),
        ):
            with pytest.raises(Error, match=why), transaction.atomic():
                ReleaseApproval.objects.create(
                    release=release, stage="production", digest=digest, reviewer=reviewer,
                    approved_at=clock.now() + timedelta(),
                )  # fmt: skip


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def race(self, tenant_id, *acts) -> list[object]:
        barrier = Barrier(len(acts))

        def run(act) -> object:
            try:
                with tenant_scope(tenant_id):
                    barrier.wait()
                    return act()
            except DomainError as refusal:
                return refusal.code
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def rule(self, slug):
        draft = services.create_rule(slug=slug, point=POINT, text=text(), author="user:anna")
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        return services.approve_version(
            rule_id=draft.rule_id, number=1, reviewer="user:ben", content_hash=draft.content_hash
        )

    def test_of_two_promotions_of_a_release_one_happens(self, tenant_id):
        """Its rules begin once; the other is told that the stage was reached."""
        with tenant_scope(tenant_id):
            release = staged(release_of(self.rule("ten"), self.rule("twenty")))
        act = lambda: promote(release, "production").stage  # noqa: E731 - the same act, four times
        outcomes = self.race(tenant_id, act, act, act, act)
        assert sorted(outcomes) == ["production", *["rules.stage-reached"] * 3]
        with tenant_scope(tenant_id):
            assert statuses() == {"ten@1": "active", "twenty@1": "active"}
            assert EventRecord.objects.filter(type="rules.rule-activated.v1").count() == 2

    def test_of_two_releases_at_once_the_later_decides_alone(self, tenant_id):
        """They take turns: what decides in the end is all of one release, and the record says which."""
        with tenant_scope(tenant_id):
            one, other = self.rule("one"), self.rule("other")
            releases = [staged(release_of(it)) for it in (one, other)]
        acts = [
            lambda it=it: promote(it, "production", retire_others=True).stage for it in releases
        ]
        assert self.race(tenant_id, *acts) == ["production", "production"]
        with tenant_scope(tenant_id):
            last = stages()[-1].promotion
            assert last is not None
            (member,) = last.release.consists_of
            deciding = [key for key, it in statuses().items() if it == "active"]
            assert deciding == [f"{member.slug}@1"]

    def test_releases_made_at_once_have_numbers_without_gaps(self, tenant_id):
        with tenant_scope(tenant_id):
            version = self.rule("ten")
        act = lambda: release_of(version).number  # noqa: E731 - the same act, six times
        assert sorted(self.race(tenant_id, *[act] * 6)) == [1, 2, 3, 4, 5, 6]
