"""Writing: a rule with its first draft, further drafts, copies, and a way back to what was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError
from django.db.models import Max
from msgspec import structs

from contexts.rules.errors import DraftChanged, DraftOpen, SlugTaken, TemplateUnusable
from contexts.rules.events import (
    DraftDiscarded,
    DraftRewritten,
    RuleDrafted,
    RuleMadeFromTemplate,
    RuleTagged,
)
from contexts.rules.models import Rule, RuleTemplateVersion, RuleVersion, Status, TemplateStatus
from contexts.rules.policies.copies import name_of_copy, stem_of
from contexts.rules.services.standing import checked as checked_text
from contexts.rules.services.standing import locked, version_of
from shared_kernel import bus
from shared_kernel.decisions import RuleText, Window
from shared_kernel.errors import NotFound
from shared_kernel.ids import new_id

SEEN = 100  # characters of a name by which its copies are found: longer ones are cut to make room for the mark


@dataclass(frozen=True, slots=True)
class Filled:
    """The version of a template that a text comes from, and what it was filled in with."""

    template: RuleTemplateVersion
    arguments: Mapping[str, Any]


def create_rule(
    *,
    slug: str,
    point: str,
    text: RuleText,
    author: str,
    window: Window | None = None,
    tags: Sequence[str] = (),
    filled: Filled | None = None,
) -> RuleVersion:
    """
    A new rule with its first draft.

    Raises:
        UnknownDecisionPoint, RuleUnsound, UnreadableWindow: it cannot be written like this. SlugTaken: the slug is in use.

    """
    rule = Rule(id=new_id(), slug=slug, point=point, created_by=author, tags=tidied(tags))
    checked = checked_text(point, structs.replace(text, rule_id=str(rule.id), version=1))
    draft = RuleVersion(rule=rule, number=1, author=author)
    draft.rewrite(text, checked.content_hash, window)
    draft.revision = 1
    try:
        with bus.act():
            rule.save(force_insert=True)
            _remember(draft, filled, by=author)
            draft.save(force_insert=True)
            bus.publish(RuleDrafted(rule_id=rule.id, version=1, point=point, author=author))
    except IntegrityError as conflict:
        raise SlugTaken(slug=slug, pointers=("/slug",)) from conflict
    return draft


def draft_version(
    *,
    rule_id: UUID,
    text: RuleText | None,
    author: str,
    window: Window | None = None,
    filled: Filled | None = None,
) -> RuleVersion:
    """
    A new draft of an existing rule; without a text it begins with the newest version's.

    Raises:
        NotFound, RuleUnsound; DraftOpen: there is a draft already.

    """
    newest: RuleVersion | None = (
        RuleVersion.objects.select_related("rule")
        .filter(rule_id=rule_id)
        .order_by("-number")
        .first()
    )
    if newest is None:
        raise NotFound(what="rule", id=rule_id)
    if text is not None:
        text = structs.replace(text, rule_id=str(rule_id), version=newest.number + 1)
    checked = checked_text(newest.rule.point, text) if text else None
    try:
        with bus.act():
            Rule.objects.select_for_update().get(id=rule_id)
            highest = RuleVersion.objects.filter(rule_id=rule_id).aggregate(top=Max("number"))[
                "top"
            ]
            draft = newest.next_draft(number=highest + 1, author=author)
            if text and checked:
                draft.rewrite(text, checked.content_hash, window)
                draft.revision = 1
            _remember(draft, filled, by=author)
            draft.save(force_insert=True)
            bus.publish(
                RuleDrafted(
                    rule_id=rule_id, version=draft.number, point=newest.rule.point, author=author
                )
            )
    except IntegrityError as conflict:
        raise DraftOpen(version=newest.number) from conflict
    return draft


def rewrite_draft(
    *,
    rule_id: UUID,
    number: int,
    text: RuleText,
    author: str,
    revision: int | None = None,
    window: Window | None = None,
    filled: Filled | None = None,
) -> RuleVersion:
    """
    Change a draft; whoever changes it becomes its author. Another text is not of its template any more.

    Raises:
        NotFound, RuleUnsound, UnreadableWindow; WrongStatus: it is no draft any more; DraftChanged: it was since `revision`.

    """
    point = version_of(rule_id, number).rule.point
    checked = checked_text(point, structs.replace(text, rule_id=str(rule_id), version=number))
    with bus.act():
        draft = locked(rule_id, number)
        if revision is not None and draft.revision != revision:
            raise DraftChanged(begun=revision, current=draft.revision)
        draft.rewrite(text, checked.content_hash, window)
        draft.author = author
        _remember(draft, filled, by=author)
        draft.save()
        bus.publish(
            DraftRewritten(
                rule_id=rule_id, version=number, point=point, revision=draft.revision,
                content_hash=draft.content_hash, author=author,
            )
        )  # fmt: skip
    return draft


def _remember(draft: RuleVersion, filled: Filled | None, *, by: str) -> None:
    """Note where the draft's text comes from; a template is used as long as it is approved, or to say again what was said."""
    if filled is None:
        return
    template = RuleTemplateVersion.objects.select_for_update().get(id=filled.template.id)
    said_before = RuleVersion.objects.filter(
        rule_id=draft.rule_id, made_from=template, arguments=dict(filled.arguments)
    )
    if template.status != TemplateStatus.APPROVED and not said_before.exists():
        raise TemplateUnusable(
            fault=f"Version {template.number} of the template is {template.get_status_display().lower()}; "
            "use the one that is approved, or have one approved."
        )
    draft.come_from(template, dict(filled.arguments))
    bus.publish(
        RuleMadeFromTemplate(
            rule_id=draft.rule_id, version=draft.number, template_id=template.template_id,
            template_version=template.number, made_by=by,
            arguments=msgspec.json.encode(filled.arguments, order="sorted").decode(),
        )
    )  # fmt: skip


def discard_draft(*, rule_id: UUID, number: int, discarded_by: str) -> None:
    """
    Throw a draft away; a rule that never had another version goes with it.

    Raises:
        NotFound; WrongStatus: it is no draft any more.

    """
    with bus.act():
        draft = locked(rule_id, number)
        draft.demand(Status.DRAFT, "discarded")
        draft.delete()
        bus.publish(
            DraftDiscarded(
                rule_id=rule_id, version=number, point=draft.rule.point, author=draft.author,
                content_hash=draft.content_hash, discarded_by=discarded_by,
            )
        )  # fmt: skip
        if not RuleVersion.objects.filter(rule_id=rule_id).exists():
            Rule.objects.filter(id=rule_id).delete()


def roll_back(*, rule_id: UUID, to: int, author: str) -> RuleVersion:
    """
    A new draft that says what an earlier version said; it is reviewed like any other.

    Raises:
        NotFound, RuleUnsound: an attribute that it reads is not what it was; DraftOpen.

    """
    wanted = version_of(rule_id, to)
    template = wanted.made_from
    filled = Filled(template, wanted.arguments) if template else None
    return draft_version(rule_id=rule_id, text=wanted.text, author=author, filled=filled)


def clone_rule(
    *, rule_id: UUID, number: int, slug: str, author: str, name: str = ""
) -> RuleVersion:
    """
    A new rule whose first draft says what a version of another says; without a name it is called a copy of it.

    Two copies that are made in the same moment may be called the same: names are for people, slugs are unique.

    Raises:
        NotFound, RuleUnsound, SlugTaken.

    """
    like = version_of(rule_id, number)
    return create_rule(
        slug=slug,
        point=like.rule.point,
        text=structs.replace(like.text, name=name.strip() or _copied(like.name)),
        author=author,
        window=like.window,
        tags=like.rule.tags,
    )


def _copied(name: str) -> str:
    alike = RuleVersion.objects.filter(name__startswith=stem_of(name)[:SEEN])
    return name_of_copy(name, set(alike.values_list("name", flat=True)))


def tag_rule(*, rule_id: UUID, tags: Sequence[str], tagged_by: str) -> Rule:
    """
    Let a rule be found by these words; they decide nothing, so nobody reviews them.

    Raises:
        NotFound.

    """
    with bus.act():
        rule: Rule | None = Rule.objects.select_for_update().filter(id=rule_id).first()
        if rule is None:
            raise NotFound(what="rule", id=rule_id)
        rule.tags = tidied(tags)
        rule.save(update_fields=["tags"])
        bus.publish(RuleTagged(rule_id=rule_id, tags=tuple(rule.tags), tagged_by=tagged_by))
    return rule


def tidied(tags: Sequence[str]) -> list[str]:
    """Each word once, in small letters, in alphabetical order."""
    return sorted({tag.strip().lower() for tag in tags if tag.strip()})
