"""Rules on their way out: of a release, or all that decide now."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.conf import settings

from contexts.calculation.messages import ListAttributes
from contexts.rules.models import RuleVersion, Status
from contexts.rules.policies.bundles import Bundle, ReleaseNamed, WrittenRule, signed
from contexts.rules.queries.releases import release_numbered, versions_of
from shared_kernel import bus


def exported(release: int | None = None) -> Bundle:
    """
    A release's rules, or without one all that decide now, signed.

    Raises:
        NotFound.

    """
    named = None
    versions: Iterable[RuleVersion]
    if release is None:
        versions = RuleVersion.objects.select_related("rule").filter(status=Status.ACTIVE)
    else:
        found = release_numbered(release)
        named = ReleaseNamed(found.number, found.name, found.digest)
        versions = versions_of(found.consists_of).values()
    bundle = Bundle(
        release=named,
        attributes=bus.ask(ListAttributes()).attributes,
        rules=tuple(written(it) for it in versions),
    )
    return signed(bundle, settings.RULES_SIGNING_KEY)


def written(version: RuleVersion) -> WrittenRule:
    """A version as a file says it."""
    return msgspec.convert(
        {
            "slug": version.rule.slug, "point": version.rule.point, "name": version.name,
            "reason": version.reason, "condition": version.condition,
            "effects": version.effects, "priority": version.priority, "order": version.order,
            "group": version.group, "stop": version.stop, "starts": version.starts,
            "ends": version.ends, "time_zone": version.time_zone, "tags": version.rule.tags,
            **({"table": version.table} if version.table else {}),
        },
        WrittenRule,
    )  # fmt: skip
