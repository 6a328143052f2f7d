"""Templates, and rules that are made of them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from contexts.rules.events.versions import _AboutVersion
from shared_kernel.bus import Event


class _AboutTemplate(Event, frozen=True):
    template_id: UUID
    version: int

    @property
    def stream(self) -> str:
        return f"template-{self.template_id}"


class TemplateDrafted(_AboutTemplate, frozen=True):
    """A new version of a template was begun."""

    name: ClassVar = "rules.template-drafted.v1"
    point: str
    author: str


class TemplateRewritten(_AboutTemplate, frozen=True):
    """A template's draft says something else; `revision` counts its rewritings from 1."""

    name: ClassVar = "rules.template-rewritten.v1"
    revision: int
    content_hash: str
    author: str


class TemplateDiscarded(_AboutTemplate, frozen=True):
    """A template's draft was thrown away, and with its only version the template."""

    name: ClassVar = "rules.template-discarded.v1"
    content_hash: str
    discarded_by: str


class TemplateSubmitted(_AboutTemplate, frozen=True):
    """A version of a template waits for a colleague; it does not change any more."""

    name: ClassVar = "rules.template-submitted.v1"
    content_hash: str
    submitted_by: str


class TemplateApproved(_AboutTemplate, frozen=True):
    """A colleague approved this very content: rules are made from it, and from no earlier version, from now on."""

    name: ClassVar = "rules.template-approved.v1"
    content_hash: str
    reviewer: str
    comment: str


class TemplateApprovalTakenBack(_AboutTemplate, frozen=True):
    """Whoever approved the template's version took that back: it is in review, and rules are made of `usable` again, if any."""

    name: ClassVar = "rules.template-approval-taken-back.v1"
    content_hash: str
    reviewer: str
    usable: int | None
    comment: str


class TemplateRejected(_AboutTemplate, frozen=True):
    """A colleague refused the template's version and said why."""

    name: ClassVar = "rules.template-rejected.v1"
    reviewer: str
    comment: str


class TemplateRetired(_AboutTemplate, frozen=True):
    """No rule is made from this version any more; those that were decide on."""

    name: ClassVar = "rules.template-retired.v1"
    retired_by: str


class RuleMadeFromTemplate(_AboutVersion, frozen=True):
    """A version of a rule says what this template says with these arguments."""

    name: ClassVar = "rules.rule-made-from-template.v1"
    template_id: UUID
    template_version: int
    arguments: str
    made_by: str
