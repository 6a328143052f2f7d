"""A rule's way to the customer, and every way around it that is closed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import Error, connection, transaction

from contexts.rules import queries, services
from contexts.rules.errors import (
    AuthorCannotReview,
    CommentMissing,
    ContentChanged,
    DraftOpen,
    RuleUnsound,
    SlugTaken,
    UnknownDecisionPoint,
    WrongStatus,
)
from contexts.rules.models import Comment, Review, Rule, RuleVersion
from shared_kernel import bus
from shared_kernel.errors import DomainError
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text

POINT = "promotions.line-discounts"


@pytest.fixture
def draft(in_tenant):
    return services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")


@pytest.fixture
def in_review(draft):
    return services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:carla")


def approve(version, reviewer="user:ben", content_hash=None):
    return services.approve_version(
        rule_id=version.rule_id,
        number=version.number,
        reviewer=reviewer,
        content_hash=content_hash or version.content_hash,
    )


class TestWriting:
    def test_a_typo_is_refused_with_its_place_and_a_suggestion(self, in_tenant):
        with pytest.raises(RuleUnsound, match=r"customer\.tier") as refusal:
            services.create_rule(
                slug="x", point=POINT, text=text('customer.teir == "gold"'), author="user:anna"
            )
        assert refusal.value.pointers == ("/condition",)

    def test_every_faulty_part_is_named(self, in_tenant):
        with pytest.raises(RuleUnsound) as refusal:
            services.create_rule(
                slug="x", point=POINT, text=text("1 +", params={"percnt": "1"}), author="user:anna"
            )
        assert set(refusal.value.pointers) == {
            "/condition", "/effects/0/params/percnt", "/effects/0/params/percent"
        }  # fmt: skip

    def test_an_unknown_point_and_a_taken_slug_are_refused(self, draft):
        with pytest.raises(UnknownDecisionPoint, match=POINT):
            services.create_rule(slug="y", point="no.point", text=text(), author="user:anna")
        with pytest.raises(SlugTaken):
            services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")

    def test_whoever_changes_a_draft_becomes_its_author(self, draft):
        changed = services.rewrite_draft(
            rule_id=draft.rule_id, number=1, text=text("false"), author="user:ben"
        )
        assert (changed.author, changed.revision) == ("user:ben", 2)
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        with pytest.raises(AuthorCannotReview):
            approve(changed)

    def test_a_rule_has_one_draft_at_a_time(self, draft):
        with pytest.raises(DraftOpen):
            services.draft_version(rule_id=draft.rule_id, text=None, author="user:anna")

    def test_two_spellings_hash_alike(self, in_tenant):
        one = services.create_rule(
            slug="a", point=POINT, text=text('line.sku=="A"&&true'), author="user:anna"
        )
        other = services.create_rule(
            slug="b", point=POINT, text=text('line.sku == "A" && true'), author="user:anna"
        )
        assert one.content_hash == other.content_hash


class TestReview:
    def test_neither_author_nor_submitter_reviews(self, in_review):
        for reviewer in ("user:anna", "user:carla"):
            with pytest.raises(AuthorCannotReview):
                approve(in_review, reviewer)
        assert approve(in_review).status == "approved"

    def test_an_approval_is_about_the_content_that_was_read(self, in_review):
        with pytest.raises(ContentChanged):
            approve(in_review, content_hash="0" * 64)

    def test_a_refusal_says_why(self, in_review):
        facts = {
            "rule_id": in_review.rule_id, "number": 1, "reviewer": "user:ben", "content_hash": in_review.content_hash
        }  # fmt: skip
        with pytest.raises(CommentMissing):
            services.reject_version(**facts, comment="  ")
        rejected = services.reject_version(**facts, comment="Too much")
        assert rejected.status == "rejected"
        again = services.draft_version(rule_id=rejected.rule_id, text=None, author="user:anna")
        assert (again.number, again.condition) == (2, rejected.condition)

    def test_the_inbox_shows_what_others_wrote(self, in_review):
        assert [it.id for it in queries.inbox_of("user:ben")] == [in_review.id]
        assert not queries.inbox_of("user:anna").exists()
        assert not queries.inbox_of("user:carla").exists()

    def test_the_difference_is_told_field_by_field(self, in_review):
        approve(in_review)
        services.activate_version(rule_id=in_review.rule_id, number=1, activated_by="user:ben")
        second = services.draft_version(
            rule_id=in_review.rule_id, text=text("false", priority=5), author="user:anna"
        )
        changes = queries.difference(queries.compared_with(second), second)
        assert [it["field"] for it in changes] == ["In plain words", "Condition", "Priority"]
        assert changes[0]["lines"] == [
            ("-", "Everyone gets 10 % off each line."),
            ("+", "Nobody gets 10 % off each line."),
        ]


class TestActivation:
    def test_the_new_version_takes_the_place_of_the_old_one(self, approved):
        first = approved("ten", text())
        services.activate_version(rule_id=first.rule_id, number=1, activated_by="user:ben")
        second = services.draft_version(
            rule_id=first.rule_id, text=text("false"), author="user:anna"
        )
        services.submit_version(rule_id=first.rule_id, number=2, submitted_by="user:anna")
        approve(second)
        services.activate_version(rule_id=first.rule_id, number=2, activated_by="user:ben")
        statuses = RuleVersion.objects.order_by("number").values_list("number", "status")
        assert list(statuses) == [(1, "retired"), (2, "active")]

    @pytest.mark.parametrize("status", ["draft", "in_review"])
    def test_only_what_is_approved(self, draft, status):
        if status == "in_review":
            services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        with pytest.raises(WrongStatus):
            services.activate_version(rule_id=draft.rule_id, number=1, activated_by="user:ben")

    def test_the_stream_tells_the_whole_life(self, approved):
        """The state rebuilt from the stream is the state of the table."""
        version = approved("ten", text())
        services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")
        services.retire_version(rule_id=version.rule_id, number=1, retired_by="user:ben")
        status = {
            "rules.rule-drafted.v1": "draft",
            "rules.rule-submitted.v1": "in_review",
            "rules.rule-approved.v1": "approved",
            "rules.rule-activated.v1": "active",
            "rules.rule-retired.v1": "retired",
        }
        stream = EventRecord.objects.filter(stream=f"rule-{version.rule_id}").order_by("version")
        rebuilt = [status[event.type] for event in stream]
        assert rebuilt == ["draft", "in_review", "approved", "active", "retired"]
        assert RuleVersion.objects.get().status == rebuilt[-1]


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


class TestBySQLAsTheApplicationsRole:
    def test_an_author_cannot_insert_their_own_approval(self, in_review):
        with pytest.raises(Error, match="wrote or submitted"), transaction.atomic():
            Review.objects.create(
                version=in_review, reviewer="user:anna", verdict="approve",
                content_hash=in_review.content_hash, decided_at=in_review.submitted_at,
            )  # fmt: skip

    def test_nothing_becomes_approved_or_active_without_a_review(self, in_review):
        for status in ("approved", "active"):
            with pytest.raises(Error, match=r"not enough colleagues|does not go from"):
                sql("UPDATE rules_ruleversion SET status = %s", status)

    @pytest.mark.parametrize(
        "change",
        ["condition = 'true || true'", "author = 'user:x'", "priority = 9", "content_hash = ''"],
    )
    def test_a_submitted_version_stands_still(self, in_review, change):
        with pytest.raises(Error, match="does not change"):
            sql(f"UPDATE rules_ruleversion SET {change}")

    def test_a_version_is_not_born_active_nor_removed(self, in_review):
        with pytest.raises(Error, match="never removed"):
            sql("DELETE FROM rules_ruleversion")
        with pytest.raises(Error, match="begins as a draft"), transaction.atomic():
            in_review.pk, in_review.number, in_review.status = None, 2, "active"
            in_review.save(force_insert=True)

    def test_a_review_is_never_changed(self, in_review):
        approve(in_review)
        for statement in ("UPDATE rules_review SET comment = 'x'", "DELETE FROM rules_review"):
            with pytest.raises(Error, match="append-only"):
                sql(statement)

    def test_a_rejection_does_not_count_as_an_approval(self, in_review):
        services.reject_version(
            rule_id=in_review.rule_id, number=1, reviewer="user:ben",
            content_hash=in_review.content_hash, comment="no",
        )  # fmt: skip
        with pytest.raises(Error, match="does not go from"):
            sql("UPDATE rules_ruleversion SET status = 'active'")


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_refusal_at_once_one_holds(tenant_id):
    """Two reviewers race; one verdict stands, the other is told that it came too late."""
    with tenant_scope(tenant_id):
        draft = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
    barrier = Barrier(2)

    def decide(verdict) -> str:
        try:
            with tenant_scope(tenant_id):
                barrier.wait()
                return verdict().status
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    facts = {"rule_id": draft.rule_id, "number": 1, "content_hash": draft.content_hash}
    verdicts = [
        lambda: services.approve_version(**facts, reviewer="user:ben"),
        lambda: services.reject_version(**facts, reviewer="user:carla", comment="no"),
    ]
    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(decide, verdicts))
    assert "rules.wrong-status" in outcomes
    assert outcomes & {"approved", "rejected"}
    with tenant_scope(tenant_id):
        assert Review.objects.count() == 1


class TestComments:
    @pytest.fixture
    def discussed(self, in_tenant):
        draft = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
        services.comment_on(rule_id=draft.rule_id, number=1, text="Why ten?", author="user:ben")
        return draft

    def test_a_draft_takes_along_what_was_said_of_it(self, discussed):
        """The event log and the audit trail keep that it was said."""
        services.discard_draft(rule_id=discussed.rule_id, number=1, discarded_by="user:anna")
        assert not Comment.objects.exists()
        assert not Rule.objects.exists()

    @pytest.mark.parametrize(
        "change", ["DELETE FROM rules_comment", "UPDATE rules_comment SET text = 'x'"]
    )
    def test_of_all_else_it_stays_as_it_was_said(self, discussed, change):
        services.submit_version(rule_id=discussed.rule_id, number=1, submitted_by="user:anna")
        with pytest.raises(Error, match="append-only"), bus.act(), connection.cursor() as cursor:
            cursor.execute(change)
