"""
Templates of rules and their versions.

What must never happen is refused by the database too (migration 0009): a submitted version changes, whoever wrote or
submitted it approves it, an approval is about another content, and two versions of a template are approved at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

import msgspec
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contexts.rules.errors import WrongTemplateStatus
from shared_kernel.decisions import RuleText, TemplateParameter, TemplateText
from shared_kernel.tenancy.models import TenantModel

TEMPLATE_CONTENT: Final = ("name", "about", "parameters", "content")


class TemplateStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    REJECTED = "rejected", "Rejected"
    APPROVED = "approved", "Approved"
    RETIRED = "retired", "Retired"


class RuleTemplate(TenantModel):
    """A kind of rule that can be made by filling in a form, under a slug that stays."""

    slug = models.SlugField(max_length=80)
    point = models.CharField("decision point", max_length=100)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=160)

    class Meta:
        verbose_name = "template"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="template_slug_unique")
        ]

    def __str__(self) -> str:
        return self.slug


class RuleTemplateVersion(TenantModel):
    """A template as it stands in one version: its parameters, and the rule in which they stand by name."""

    template = models.ForeignKey(RuleTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version")
    status = models.CharField(
        max_length=10, choices=TemplateStatus.choices, default=TemplateStatus.DRAFT
    )
    name = models.CharField(max_length=120)
    about = models.CharField(max_length=400, blank=True, default="")
    parameters = models.JSONField(default=list)
    content = models.JSONField(default=dict, help_text="The rule, with parameters by name.")
    content_hash = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)

    author = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.CharField(max_length=160, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewer = models.CharField(max_length=160, blank=True, default="")
    reviewed_hash = models.CharField(max_length=64, blank=True, default="")
    comment = models.TextField(max_length=4000, blank=True, default="")
    decided_at = models.DateTimeField("reviewed at", null=True, blank=True)
    retired_by = models.CharField(max_length=160, blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)
    replaced = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="The version whose place it took; again the one to use if its approval is taken back.",
    )  # fmt: skip
    taken_back_by = models.CharField(max_length=160, blank=True, default="", db_default="")
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_why = models.TextField(max_length=4000, blank=True, default="", db_default="")

    class Meta:
        verbose_name = "template version"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "template", "number"], name="template_version_number_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "template"],
                condition=Q(status="draft"),
                name="template_one_draft",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "template"],
                condition=Q(status="approved"),
                name="template_one_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.number})"

    # Mutators

    def demand(self, wanted: TemplateStatus, verb: str) -> None:
        if self.status != wanted:
            raise WrongTemplateStatus(
                version=self.number,
                status=self.get_status_display().lower(),
                wanted=wanted.label.lower(),
                verb=verb,
            )

    def rewrite(self, text: TemplateText, content_hash: str) -> None:
        self.demand(TemplateStatus.DRAFT, "changed")
        self.name, self.about = text.name, text.about
        self.parameters = msgspec.to_builtins(text.parameters)
        rule = msgspec.to_builtins(text.rule)
        self.content = {it: rule[it] for it in rule if it not in {"rule_id", "version"}}
        self.content_hash = content_hash
        self.revision += 1

    def submit(self, *, by: str, at: datetime) -> None:
        self.demand(TemplateStatus.DRAFT, "submitted")
        self.status, self.submitted_by, self.submitted_at = TemplateStatus.IN_REVIEW, by, at

    def review(
        self, verdict: TemplateStatus, *, by: str, at: datetime, content_hash: str, comment: str
    ) -> None:
        self.demand(TemplateStatus.IN_REVIEW, "reviewed")
        self.status, self.reviewer, self.decided_at = verdict, by, at
        self.reviewed_hash, self.comment = content_hash, comment

    def reopen(self, *, at: datetime, why: str) -> None:
        """Let it be in review again, since whoever approved it took that back."""
        self.demand(TemplateStatus.APPROVED, "put into review again")
        self.taken_back_by, self.taken_back_at, self.taken_back_why = self.reviewer, at, why
        self.status, self.reviewer, self.decided_at = TemplateStatus.IN_REVIEW, "", None
        self.reviewed_hash = self.comment = ""

    def revive(self) -> None:
        """Let it be the one to use again, since what took its place is not approved any more."""
        self.demand(TemplateStatus.RETIRED, "used again")
        self.status, self.retired_by, self.retired_at = TemplateStatus.APPROVED, "", None

    def retire(self, *, by: str, at: datetime) -> None:
        self.demand(TemplateStatus.APPROVED, "retired")
        self.status, self.retired_by, self.retired_at = TemplateStatus.RETIRED, by, at

    # Properties

    @property
    def text(self) -> TemplateText:
        """The template as a value."""
        return TemplateText(
            name=self.name,
            about=self.about,
            parameters=msgspec.convert(self.parameters, tuple[TemplateParameter, ...]),
            rule=msgspec.convert({"rule_id": "", "version": 0, **self.content}, RuleText),
        )
