"""
Every door through which a version could come to decide, tried with one that nobody approved.

Each door is tried on a draft, on one in review and on one that was sent back. Whatever it answers, nothing decides
afterwards and no status but the door's own changed.
"""

from __future__ import annotations

import json
from contextlib import suppress
from uuid import UUID

import msgspec
import pytest
from django.conf import settings
from django.db import Error, connection, transaction
from django.test import Client

from contexts.calculation import services as calculation
from contexts.calculation.messages import Decide
from contexts.calculation.models import CandidateRule, PublishedRule
from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.events import RuleActivated, RuleResumed
from contexts.rules.models import Release, RuleVersion, TimedStep
from contexts.rules.policies.bundles import Bundle, signed
from contexts.rules.queries.bundles import written
from shared_kernel import bus, clock
from shared_kernel.decisions import point_named
from shared_kernel.errors import DomainError
from shared_kernel.ids import new_id
from tests.integration.contexts.conftest import deliver, text

POINT = "promotions.line-discounts"
BEN = "user:ben-at-the-doors"
SCOPES = ["rules:*", "evaluation:*"]
DOORS = {}


def door(way):
    DOORS[way.__name__.replace("_", " ")] = way
    return way


class Stranger:
    """A version that nobody approved, and a colleague who holds every scope, at the API and in the admin."""

    def __init__(self, version: RuleVersion, browser: Client, secret: str) -> None:
        self.version, self.browser, self.secret = version, browser, secret

    @property
    def it(self):
        return {"rule_id": self.version.rule_id, "number": self.version.number}

    def call(self, verb: str, **body):
        return self.browser.post(
            f"/api/v1/rules/{self.version.rule_id}/versions/{self.version.number}/{verb}",
            json.dumps(body), content_type="application/json",
            headers={"Authorization": f"Bearer {self.secret}"},
        )  # fmt: skip

    def sql(self, statement: str, *values) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)


@door
def the_use_case(they):
    services.activate_version(**they.it, activated_by=BEN)


@door
def the_api(they):
    assert they.call("activate").status_code >= 400


@door
def waking_it_over_the_api(they):
    assert they.call("resume").status_code >= 400


@door
def the_admins_button(they):
    place = f"/admin/rules/rule/{they.version.rule_id}/versions/{they.version.number}/"
    for verb in ("activate", "resume"):
        they.browser.post(f"{place}{verb}/")


@door
def the_admins_action_for_many(they):
    for action in ("resume_all", "resume", "activate", "approve"):
        they.browser.post(
            "/admin/rules/rule/", {"action": action, "_selected_action": [they.version.rule_id]}
        )


@door
def a_release(they):
    made = services.make_release(
        name="in", made_by="user:anna", members=[(they.version.rule_id, they.version.number)]
    )
    _through_all_stages(made)


@door
def a_release_made_by_sql(they):
    member = {
        "content_hash": they.version.content_hash, "point": POINT, "slug": they.version.rule.slug,
        "rule_id": str(they.version.rule_id), "version": they.version.number,
    }  # fmt: skip
    they.sql(
        "INSERT INTO rules_release (id, tenant_id, number, name, notes, members, digest, made_by, made_at) VALUES "
        "(gen_random_uuid(), current_tenant(), 1, 'in', '', %s, encode(sha256('x'), 'hex'), 'user:anna', now())",
        json.dumps([member]),
    )
    _through_all_stages(Release.objects.get())


def _through_all_stages(release):
    for stage in ("development", "staging", "production"):
        services.approve_promotion(
            number=release.number, stage=stage, digest=release.digest, reviewer=BEN
        )
        services.promote_release(number=release.number, stage=stage, promoted_by=BEN)


@door
def an_import_of_what_was_signed(they):
    bundle = signed(Bundle(rules=(written(they.version),)), settings.RULES_SIGNING_KEY)
    services.import_bundle(bundle=bundle, author=BEN)


@door
def the_calendar(they):
    """A step that somebody put on the clockwork's list."""
    TimedStep.objects.create(**they.it, step="start", due_at=clock.now())
    services.take_due_steps()


@door
def an_approval_of_other_words(they):
    services.approve_version(**they.it, reviewer=BEN, content_hash="0" * 64)
    services.activate_version(**they.it, activated_by=BEN)


@door
def its_authors_own_approval(they):
    hash_ = they.version.content_hash
    services.approve_version(**they.it, reviewer="user:anna", content_hash=hash_)
    services.activate_version(**they.it, activated_by=BEN)


@door
def its_status_by_sql(they):
    for status in ("active", "approved", "scheduled", "paused"):
        with suppress(Error):
            they.sql(
                "UPDATE rules_ruleversion SET status = %s WHERE id = %s", status, they.version.id
            )


@door
def a_new_version_that_is_born_active_by_sql(they):
    they.sql(
        "INSERT INTO rules_ruleversion SELECT (jsonb_populate_record(v, "
        '\'{"status": "active", "number": 99}\' || jsonb_build_object(\'id\', gen_random_uuid()))).* '
        "FROM rules_ruleversion v WHERE v.id = %s",
        they.version.id,
    )


@door
def a_review_of_ones_own_by_sql(they):
    they.sql(
        "INSERT INTO rules_review (id, tenant_id, version_id, reviewer, verdict, comment, content_hash, teams, decided_at) "
        "SELECT gen_random_uuid(), tenant_id, id, author, 'approve', '', content_hash, '[]', now() "
        "FROM rules_ruleversion WHERE id = %s",
        they.version.id,
    )


@door
def what_decides_written_by_sql(they):
    with transaction.atomic():
        PublishedRule.objects.create(
            point=POINT, rule_id=they.version.rule_id, version=they.version.number,
            text=msgspec.to_builtins(they.version.text), content_hash=they.version.content_hash,
            active_from=clock.now(),
        )  # fmt: skip


@door
def what_a_roll_out_tries_written_by_sql(they):
    with transaction.atomic():
        CandidateRule.objects.create(
            rollout_id=new_id(), point=POINT, rule_id=they.version.rule_id,
            version=they.version.number, text=msgspec.to_builtins(they.version.text),
            content_hash=they.version.content_hash, active_from=clock.now(),
        )  # fmt: skip


@door
def the_use_case_that_publishes(they):
    calculation.publish_rule(
        point=POINT, text=they.version.text, content_hash=they.version.content_hash, at=clock.now()
    )


@door
def news_that_is_not_true(they):
    """Somebody inside tells that it was activated, or woken."""
    about = {
        "rule_id": they.version.rule_id, "version": they.version.number, "point": POINT,
        "text": they.version.text, "content_hash": they.version.content_hash, "at": clock.now(),
    }  # fmt: skip
    for event in (RuleActivated(**about, activated_by=BEN), RuleResumed(**about, resumed_by=BEN)):
        with bus.unit_of_work():
            bus.publish(event)
        deliver()


@pytest.fixture
def stranger(in_tenant):
    """`stranger(status)` is a version in that status, and a colleague who tries to let it decide."""
    ben, password = identity.register_user(username=BEN.partition(":")[2], scopes=SCOPES)
    secret = identity.issue_api_key(name="ben", scopes=SCOPES, owner=ben)[1]
    browser = Client(raise_request_exception=False)
    assert browser.login(username=ben.username, password=password)

    def make(status: str) -> Stranger:
        version = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
        it = {"rule_id": version.rule_id, "number": 1}
        cleo = {
            "reviewer": "user:cleo",
            "content_hash": version.content_hash,
            "comment": "so be it",
        }
        if status != "draft":
            services.submit_version(**it, submitted_by="user:anna")
        if status == "rejected":
            services.reject_version(**it, **cleo)
        if status == "approved":
            services.approve_version(**it, **cleo)
        version = RuleVersion.objects.select_related("rule").get(id=version.id)
        return Stranger(version, browser, secret)

    return make


@pytest.mark.parametrize("way", [the_use_case, the_admins_button, a_release])
def test_the_doors_are_doors(stranger, way):
    """What a colleague approved decides through them: the next test knocks at something that opens."""
    way(stranger("approved"))
    deliver()
    assert decides() == ["Ten"]


@pytest.mark.parametrize("status", ["draft", "in_review", "rejected"])
def test_what_nobody_approved_decides_through_no_door(stranger, status):
    they = stranger(status)
    for name, way in DOORS.items():
        with suppress(DomainError, Error):
            way(they)
        deliver()
        services.take_due_steps()
        deliver()
        assert RuleVersion.objects.get(id=they.version.id).status == status, name
        assert decides() == [], name
        assert not CandidateRule.objects.exists(), name


def decides() -> list[str]:
    asked = Decide(point=POINT, facts=(point_named(POINT).sample,))
    return [it.rule for it in bus.ask(asked).decisions[0].applied]


class TestWhatDecidedIsNotRewritten:
    """Of a rule that does decide, as the application's role."""

    def test_by_an_update(self, active):
        active("ten", text())
        before = PublishedRule.objects.values().get()
        for change in (
            "text = jsonb_set(text, '{condition}', '\"false\"')",
            "content_hash = repeat('0', 64)",
            "version = 2",
            "point = 'promotions.order-discounts'",
            "active_from = active_from - interval '1 day'",
            "recorded_at = recorded_at - interval '1 day'",
            "ends_at = now()",
        ):
            with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE calculation_publishedrule SET {change}")
        assert PublishedRule.objects.values().get() == before

    def test_nor_removed_nor_opened_again(self, active):
        rule = active("ten", text())
        services.retire_version(rule_id=rule.rule_id, number=1, retired_by=BEN)
        deliver()
        for statement in (
            "DELETE FROM calculation_publishedrule",
            "UPDATE calculation_publishedrule SET active_to = NULL",
        ):
            with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert decides() == []

    def test_other_words_do_not_take_the_place_of_those_that_were_approved(self, active):
        """Not under the hash of what was approved either."""
        rule = active("ten", text())
        said = msgspec.structs.replace(rule.text, condition="false")
        PublishedRule.objects.update(active_to=clock.now(), closed_at=clock.now())
        with pytest.raises(Error), transaction.atomic():
            PublishedRule.objects.create(
                point=POINT, rule_id=UUID(said.rule_id), version=1,
                text=msgspec.to_builtins(said), content_hash=rule.content_hash,
                active_from=clock.now(),
            )  # fmt: skip
