"""A rule by filling in a template: a draft of a new rule, or of one that exists; it remembers where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from contexts.calculation.messages import FilledTemplate, FillTemplate
from contexts.rules.errors import ArgumentsUnsound, TemplateUnusable
from contexts.rules.models import (
    Rule,
    RuleTemplateVersion,
    RuleVersion,
    Status,
    TemplateStatus,
)
from contexts.rules.services.drafting import Filled, create_rule, draft_version, rewrite_draft
from contexts.rules.services.templating import template_version
from shared_kernel import bus
from shared_kernel.decisions import Window
from shared_kernel.errors import NotFound
from shared_kernel.ids import new_id

LONGEST: Final = {"name": 120, "reason": 200}  # characters, as the columns hold


def fill_template(
    *, version: RuleTemplateVersion, arguments: Mapping[str, Any], rule_id: UUID | None = None
) -> FilledTemplate:
    """
    The rule that a template would make of these arguments; nothing is kept.

    Raises:
        ArgumentsUnsound: with the pointers of all that is wrong.

    """
    filled = bus.ask(
        FillTemplate(
            point=version.template.point,
            template=version.text,
            arguments=dict(arguments),
            rule_id=str(rule_id or new_id()),
            version=1,
        )
    )
    if filled.faults:
        labels = {it["name"]: it["label"] for it in version.parameters}
        names = [it.pointer.rpartition("/")[2] for it in filled.faults]
        said = [
            f"{labels.get(name, name)}: {it.message}"
            for name, it in zip(names, filled.faults, strict=True)
        ]
        raise ArgumentsUnsound(
            fault="; ".join(said), pointers=tuple(it.pointer for it in filled.faults)
        )
    for part, most in LONGEST.items():
        if filled.text is not None and len(getattr(filled.text, part)) > most:
            raise ArgumentsUnsound(
                fault=f"With these arguments the rule's {part} has more than {most} characters; shorten them.",
                pointers=(f"/{part}",),
            )
    return filled


def make_rule(
    *,
    template_id: UUID,
    number: int,
    arguments: Mapping[str, Any],
    author: str,
    slug: str = "",
    rule_id: UUID | None = None,
    window: Window | None = None,
    tags: Sequence[str] = (),
) -> RuleVersion:
    """
    A draft that says what a template says with these arguments: of a new rule called `slug`, or of the rule `rule_id`.

    A draft of that rule which was made from the same template is written again; another draft is not touched.

    Raises:
        NotFound, ArgumentsUnsound; TemplateUnusable: it is not approved, or of another decision point;
        SlugTaken; DraftOpen: somebody is writing another draft.

    """
    version = template_version(template_id, number)
    if version.status != TemplateStatus.APPROVED:
        raise TemplateUnusable(fault=_not_approved(version))
    if rule_id is not None:
        _demand_point(rule_id, version)
    answer = fill_template(version=version, arguments=arguments, rule_id=rule_id)
    text, filled = answer.text, Filled(version, answer.arguments)
    if text is None:
        raise ArgumentsUnsound(fault="With these arguments the template says nothing.")
    if rule_id is None:
        return create_rule(
            slug=slug, point=version.template.point, text=text, author=author,
            window=window, tags=tags, filled=filled,
        )  # fmt: skip
    own = _draft_of(rule_id, template_id)
    if own is not None:
        return rewrite_draft(
            rule_id=rule_id, number=own.number, text=text, author=author,
            revision=own.revision, window=window or own.window, filled=filled,
        )  # fmt: skip
    return draft_version(rule_id=rule_id, text=text, author=author, window=window, filled=filled)


def _draft_of(rule_id: UUID, template_id: UUID) -> RuleVersion | None:
    """The rule's draft, if it was made from that template too."""
    found: RuleVersion | None = RuleVersion.objects.filter(
        rule_id=rule_id, status=Status.DRAFT, made_from__template_id=template_id
    ).first()
    return found


def _demand_point(rule_id: UUID, version: RuleTemplateVersion) -> None:
    rule: Rule | None = Rule.objects.filter(id=rule_id).first()
    if rule is None:
        raise NotFound(what="rule", id=rule_id)
    if rule.point != version.template.point:
        raise TemplateUnusable(
            fault=f"The template is of {version.template.point}, and the rule of {rule.point}; choose another."
        )


def _not_approved(version: RuleTemplateVersion) -> str:
    standing = version.get_status_display().lower()
    return f"Version {version.number} of the template is {standing}; use the one that is approved, or have one approved."
