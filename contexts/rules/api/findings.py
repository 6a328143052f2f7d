"""`/api/v1/rules/{id}/versions/{n}/findings`: what the proofs say of a version, and of those on their way beside it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from contexts.calculation.messages import Finding
from contexts.rules import queries
from contexts.rules.api.asking import NUMBER, RULE, SCOPES
from contexts.rules.queries.coming import findings_coming
from shared_kernel.api.fast import FastView
from shared_kernel.api.schema import documented

SECONDS = 6.0  # for each of the two questions, at most


class ComingVersion(msgspec.Struct, frozen=True):
    """A version of another rule that may decide while this one does, and does not yet."""

    rule_id: UUID
    version: int
    slug: str
    name: str
    status: str


class VersionFindings(msgspec.Struct, frozen=True):
    """
    What was found of a version beside so many active rules, the guardrails first.

    `coming` are those on their way that were looked at together with it, and `found_with_coming` what there is to say of
    it and them; `more` of them were not looked at.
    """

    findings: tuple[Finding, ...]
    beside: int
    coming: tuple[ComingVersion, ...]
    found_with_coming: tuple[Finding, ...]
    more: int


class FindingsView(FastView):
    scopes: ClassVar = SCOPES

    @documented(
        answer=VersionFindings, operation_id="version_findings", tags=["rules"], parameters=(RULE, NUMBER),
        summary="What the proofs say of a version",
    )  # fmt: skip
    def get(self, request: Request, rule_id: UUID, number: int) -> HttpResponse:
        """Beside the rules that are active now, and beside those in review, approved or on the calendar."""
        del request
        version = queries.version_of(rule_id=rule_id, number=number)
        found = queries.findings_of(version, seconds=SECONDS)
        coming = findings_coming(version, found, seconds=SECONDS / 2)
        return self.answer(
            VersionFindings(
                findings=found.findings,
                beside=found.beside,
                coming=tuple(
                    ComingVersion(it.rule_id, it.number, it.rule.slug, it.name, it.status)
                    for it in coming.versions
                ),
                found_with_coming=coming.findings,
                more=coming.more,
            )
        )
