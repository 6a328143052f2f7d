"""Reads of templates: what they say, what changed, what was filled in, and whether there is something newer."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from contexts.calculation.messages import CheckedTemplate, CheckTemplate
from contexts.rules.models import (
    RuleTemplate,
    RuleTemplateVersion,
    RuleVersion,
    TemplateStatus,
)
from shared_kernel import bus
from shared_kernel.decisions import point_named
from shared_kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a version's text comes from: a template's version, its arguments by label, and the one to use by now."""

    version: RuleTemplateVersion
    arguments: tuple[tuple[str, str], ...]
    usable: RuleTemplateVersion | None

    @property
    def newer(self) -> RuleTemplateVersion | None:
        """A version of the template that colleagues approved after this one."""
        if self.usable is None or self.usable.number <= self.version.number:
            return None
        return self.usable


def templates() -> QuerySet[RuleTemplate]:
    """All templates of the tenant, with their versions at hand."""
    found: QuerySet[RuleTemplate] = RuleTemplate.objects.prefetch_related("versions__template")
    return found.order_by("-id")


def template_of(template_id: UUID) -> RuleTemplate:
    found = templates().filter(id=template_id).first()
    if found is None:
        raise NotFound(what="template", id=template_id)
    return found


def template_version(template_id: UUID, number: int) -> RuleTemplateVersion:
    found: RuleTemplateVersion | None = (
        RuleTemplateVersion.objects.select_related("template")
        .filter(template_id=template_id, number=number)
        .first()
    )
    if found is None:
        raise NotFound(what="template version", id=f"{template_id}/{number}")
    return found


def usable_version(template_id: UUID) -> RuleTemplateVersion | None:
    """The version that rules are made from now."""
    found: RuleTemplateVersion | None = (
        RuleTemplateVersion.objects.select_related("template")
        .filter(template_id=template_id, status=TemplateStatus.APPROVED)
        .first()
    )
    return found


def usable_templates() -> list[RuleTemplateVersion]:
    """What rules can be made from now, by name."""
    found = RuleTemplateVersion.objects.select_related("template")
    return list(found.filter(status=TemplateStatus.APPROVED).order_by("name"))


def template_checked(version: RuleTemplateVersion) -> CheckedTemplate:
    """What the template says by its labels; nothing when nobody is there to say, or its point is not open here."""
    point = version.template.point
    if point_named(point) is None:
        return CheckedTemplate()
    try:
        return bus.ask(CheckTemplate(point=point, template=version.text))
    except (bus.ContextAbsent, bus.ContextUnreachable):
        return CheckedTemplate()


def origin_of(version: RuleVersion) -> Origin | None:
    """The template that a version of a rule was made from; nothing for one that was written."""
    template = version.made_from
    if template is None:
        return None
    return Origin(
        template, filled_in(template, version.arguments), usable_version(template.template_id)
    )


def filled_in(
    version: RuleTemplateVersion, arguments: dict[str, Any]
) -> tuple[tuple[str, str], ...]:
    """Each argument by its label, as people write it."""
    return tuple(
        (it["label"], said(arguments[it["name"]]))
        for it in version.parameters
        if it["name"] in arguments
    )


def said(value: Any) -> str:
    """An argument as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def template_before(version: RuleTemplateVersion) -> RuleTemplateVersion | None:
    """The version that a reviewer compares with: the approved one, else the one before."""
    others = RuleTemplateVersion.objects.filter(template_id=version.template_id).exclude(
        id=version.id
    )
    found: RuleTemplateVersion | None = (
        others.filter(status=TemplateStatus.APPROVED).first()
        or others.filter(number__lt=version.number).order_by("-number").first()
    )
    return found


def template_difference(
    old: RuleTemplateVersion | None, new: RuleTemplateVersion
) -> list[dict[str, Any]]:
    """What changed, part by part, as `queries.difference` tells it of rules."""
    before = _written(old) if old else {}
    changes = []
    for part, text in _written(new).items():
        was = before.get(part, "")
        if text != was:
            lines = difflib.ndiff(was.splitlines(), text.splitlines())
            told = [(it[0], it[2:]) for it in lines if it[0] in " -+"]
            changes.append({"field": part, "lines": told})
    return changes


def _written(version: RuleTemplateVersion) -> dict[str, str]:
    rule = version.content
    return {
        "In plain words": template_checked(version).in_words,
        "Name": version.name,
        "About": version.about,
        "Parameters": "\n".join(_parameters_written(version.parameters)),
        "Name of the rule": rule["name"],
        "Words on the receipt": rule["reason"],
        "Condition": rule["condition"],
        "Effects": "\n".join(
            f"{it['kind']}({json.dumps(it['params'], sort_keys=True)})" for it in rule["effects"]
        ),
        "Priority": str(rule["priority"]),
        "Order": str(rule["order"]),
        "Exclusive group": rule["group"] or "",
        "Stop after this rule": "yes" if rule["stop"] else "no",
    }


def _parameters_written(parameters: Iterable[dict[str, Any]]) -> Iterable[str]:
    for it in parameters:
        more = {name: value for name, value in it.items() if value not in ("", None, [], ())}
        yield ", ".join(f"{name} {said(value)}" for name, value in more.items())
