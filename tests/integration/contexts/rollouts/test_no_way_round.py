"""SQL as the application's role lets nothing decide that production did not approve, nor for more than its ramp has come to."""

from __future__ import annotations

import msgspec
import pytest
from django.db import Error, connection, transaction

from contexts.calculation.models import CandidateRule
from contexts.evaluation.models import RunningRollout
from contexts.rules import services
from contexts.rules.models import Review, RuleVersion
from contexts.rules.policies import Requirement
from contexts.rules.policies.rollouts import ramp_of
from shared_kernel import clock
from shared_kernel.cache import invalidation
from shared_kernel.ids import new_id
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rollouts.conftest import cart, evaluate

POINT = "promotions.line-discounts"


def sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def paid(customer: str) -> str:
    invalidation.forget_everything()
    (answer,) = evaluate(cart(customer))
    return str(answer.totals.total.amount)


def test_a_shadow_is_not_widened(release):
    services.start_rollout(
        number=release.number,
        ramp=ramp_of("shadow 1h, 50% 1h, 100%"),
        guards=(),
        started_by="user:anna",
    )
    deliver()
    with pytest.raises(Error, match="has come so far"):
        sql("UPDATE evaluation_runningrollout SET percent = 100")
    assert paid("anybody") == "18.00"


def test_nothing_is_tried_without_a_roll_out(changed):
    """An approved version, beside a roll-out that somebody made up."""
    made_up = new_id()
    said = msgspec.to_builtins(changed.text)
    with pytest.raises(Error, match="no roll-out"), transaction.atomic():
        CandidateRule.objects.create(
            rollout_id=made_up, point=POINT, rule_id=changed.rule_id, version=changed.number,
            text=said, content_hash=changed.content_hash, active_from=clock.now(),
        )  # fmt: skip
    with pytest.raises(Error, match="no roll-out"), transaction.atomic():
        RunningRollout.objects.create(
            id=made_up, salt="s", percent=100, candidates={POINT: [said]}, started_at=clock.now()
        )
    assert paid("anybody") == "18.00"


def test_what_was_retired_is_not_raised(active):
    rule = active("half", text(params={"percent": "50"}))
    services.retire_version(rule_id=rule.rule_id, number=1, retired_by="user:ben")
    deliver()
    before = paid("anybody")
    with pytest.raises(Error, match="decides no more"):
        sql(
            "INSERT INTO calculation_publishedrule (id, tenant_id, point, rule_id, version, text, content_hash, "
            "active_from, recorded_at) SELECT gen_random_uuid(), tenant_id, point, rule_id, version, text, "
            "content_hash, now(), now() FROM calculation_publishedrule"
        )
    assert paid("anybody") == before


def test_one_colleague_in_two_teams_is_not_two_colleagues(in_tenant):
    """The policy matches people and demands; so does the database."""
    both = [Requirement(1, "finance"), Requirement(1, "legal")]
    services.set_policy(
        name="both", point="", from_risk="low", requirements=both, set_by="user:zoe"
    )
    draft = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
    services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
    version = RuleVersion.objects.get()

    def approves(who: str, teams: list[str]) -> None:
        Review.objects.create(
            version=version, reviewer=who, verdict="approve", content_hash=version.content_hash,
            teams=teams, comment="", decided_at=clock.now(),
        )  # fmt: skip

    approves("user:both", ["finance", "legal"])
    approves("user:neither", [])
    with pytest.raises(Error, match="different colleagues"):
        sql("UPDATE rules_ruleversion SET status = 'approved'")
    approves("user:lawyer", ["legal"])
    sql("UPDATE rules_ruleversion SET status = 'approved'")
    assert RuleVersion.objects.get().status == "approved"
