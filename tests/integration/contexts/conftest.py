"""Rules brought to life in process: what relay and worker do, without waiting for them."""

from __future__ import annotations

import pytest

from contexts.rules import services
from contexts.rules.models import RuleVersion
from shared_kernel.cache import invalidation
from shared_kernel.decisions import EffectText, RuleText
from shared_kernel.eventlog.envelope import envelope_of
from shared_kernel.eventlog.models import Delivery, EventRecord
from shared_kernel.eventlog.receiving import receive


def text(condition: str = "true", kind: str = "percent_off_line", **more) -> RuleText:
    params = more.pop("params", {"percent": "10"})
    return RuleText(
        rule_id="", version=0, name=more.pop("name", "Ten"), reason=more.pop("reason", "Ten off"),
        condition=condition, effects=(EffectText(kind, params),), **more,
    )  # fmt: skip


def deliver() -> None:
    """Hand every pending delivery to its context, in order."""
    for delivery in Delivery.objects.filter(status="pending").order_by("id"):
        receive(delivery.context, [envelope_of(EventRecord.objects.get(id=delivery.event_id))])
    invalidation.forget_everything()  # what the commit would do, which a test's transaction never reaches


@pytest.fixture
def approved(in_tenant):
    """`approved(slug, text, point)` drafts, submits and has somebody else approve."""

    def approve(
        slug: str, content: RuleText, point: str = "promotions.line-discounts"
    ) -> RuleVersion:
        draft = services.create_rule(slug=slug, point=point, text=content, author="user:anna")
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        return services.approve_version(
            rule_id=draft.rule_id, number=1, reviewer="user:ben", content_hash=draft.content_hash
        )

    return approve


@pytest.fixture
def active(approved):
    """As `approved`, and active in every context that listens."""

    def activate(
        slug: str, content: RuleText, point: str = "promotions.line-discounts"
    ) -> RuleVersion:
        version = approved(slug, content, point)
        live = services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")
        deliver()
        return live

    return activate
