"""Templates: writing them, having them approved, and retiring them; `filling` makes rules of them."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max, QuerySet

from contexts.calculation.messages import CheckedTemplate, CheckTemplate
from contexts.rules.errors import (
    AuthorCannotReview,
    CommentMissing,
    ContentChanged,
    DraftChanged,
    TemplateDraftOpen,
    TemplateSlugTaken,
    TemplateUnsound,
)
from contexts.rules.events import (
    TemplateApproved,
    TemplateDiscarded,
    TemplateDrafted,
    TemplateRejected,
    TemplateRetired,
    TemplateRewritten,
    TemplateSubmitted,
)
from contexts.rules.models import RuleTemplate, RuleTemplateVersion, TemplateStatus
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.standing import demand_point
from shared_kernel import bus, clock
from shared_kernel.decisions import TemplateText
from shared_kernel.errors import NotFound
from shared_kernel.ids import new_id


def create_template(
    *, slug: str, point: str, text: TemplateText, author: str
) -> RuleTemplateVersion:
    """
    A new template with its first draft.

    Raises:
        UnknownDecisionPoint, TemplateUnsound: it cannot be written like this. TemplateSlugTaken: the slug is in use.

    """
    sound = checked_template(point, text)
    template = RuleTemplate(id=new_id(), slug=slug, point=point, created_by=author)
    draft = RuleTemplateVersion(template=template, number=1, author=author)
    draft.rewrite(text, sound.content_hash)
    draft.revision = 1
    try:
        with bus.act():
            template.save(force_insert=True)
            draft.save(force_insert=True)
            bus.publish(
                TemplateDrafted(template_id=template.id, version=1, point=point, author=author)
            )
    except IntegrityError as conflict:
        raise TemplateSlugTaken(slug=slug, pointers=("/slug",)) from conflict
    return draft


def draft_template(
    *, template_id: UUID, text: TemplateText | None, author: str
) -> RuleTemplateVersion:
    """
    A new draft of a template; without a text it begins with the newest version's.

    Raises:
        NotFound, TemplateUnsound; TemplateDraftOpen: there is a draft already.

    """
    newest = _versions().filter(template_id=template_id).order_by("-number").first()
    if newest is None:
        raise NotFound(what="template", id=template_id)
    said = text or newest.text
    sound = checked_template(newest.template.point, said)
    try:
        with bus.act():
            _lock(template_id)
            versions = RuleTemplateVersion.objects.filter(template_id=template_id)
            number = versions.aggregate(top=Max("number"))["top"] + 1
            draft = RuleTemplateVersion(template=newest.template, number=number, author=author)
            draft.rewrite(said, sound.content_hash)
            draft.revision = 1
            draft.save(force_insert=True)
            bus.publish(
                TemplateDrafted(
                    template_id=template_id, version=number,
                    point=newest.template.point, author=author,
                )
            )  # fmt: skip
    except IntegrityError as conflict:
        raise TemplateDraftOpen(version=newest.number) from conflict
    return draft


def rewrite_template(
    *,
    template_id: UUID,
    number: int,
    text: TemplateText,
    author: str,
    revision: int | None = None,
) -> RuleTemplateVersion:
    """
    Change a draft of a template; whoever changes it becomes its author.

    Raises:
        NotFound, TemplateUnsound; WrongTemplateStatus: it is no draft any more; DraftChanged: it was since `revision`.

    """
    sound = checked_template(template_version(template_id, number).template.point, text)
    with bus.act():
        draft = locked_template(template_id, number)
        if revision is not None and draft.revision != revision:
            raise DraftChanged(begun=revision, current=draft.revision)
        draft.rewrite(text, sound.content_hash)
        draft.author = author
        draft.save()
        bus.publish(
            TemplateRewritten(
                template_id=template_id, version=number, revision=draft.revision,
                content_hash=draft.content_hash, author=author,
            )
        )  # fmt: skip
    return draft


def discard_template(*, template_id: UUID, number: int, discarded_by: str) -> None:
    """Throw a template's draft away; a template that never had another version goes with it."""
    with bus.act():
        draft = locked_template(template_id, number)
        draft.demand(TemplateStatus.DRAFT, "discarded")
        draft.delete()
        if not RuleTemplateVersion.objects.filter(template_id=template_id).exists():
            RuleTemplate.objects.filter(id=template_id).delete()
        bus.publish(
            TemplateDiscarded(
                template_id=template_id, version=number,
                content_hash=draft.content_hash, discarded_by=discarded_by,
            )
        )  # fmt: skip


def submit_template(*, template_id: UUID, number: int, submitted_by: str) -> RuleTemplateVersion:
    """
    Hand a template's draft to a colleague; from now on it does not change.

    Raises:
        NotFound, TemplateUnsound; WrongTemplateStatus: it is no draft; ContentChanged: it changed meanwhile.

    """
    read = template_version(template_id, number)
    read.demand(TemplateStatus.DRAFT, "submitted")
    sound = checked_template(read.template.point, read.text)
    with bus.act():
        draft = locked_template(template_id, number)
        _demand_same(draft, sound.content_hash)
        draft.submit(by=submitted_by, at=clock.now())
        draft.save()
        bus.publish(
            TemplateSubmitted(
                template_id=template_id, version=number,
                content_hash=draft.content_hash, submitted_by=submitted_by,
            )
        )  # fmt: skip
        call_attention(
            "review-wanted", f"The template {draft} waits for approval.", path=path_of(draft)
        )
    return draft


def approve_template(
    *, template_id: UUID, number: int, reviewer: str, content_hash: str, comment: str = ""
) -> RuleTemplateVersion:
    """
    Approve this very content, named by its hash; it takes the place of the version that was approved before.

    Raises:
        AuthorCannotReview; ContentChanged: the hash is another one; WrongTemplateStatus: it is not in review.

    """
    read = template_version(template_id, number)
    sound = checked_template(read.template.point, read.text)
    _demand_same(read, sound.content_hash)
    with bus.act():
        version = _reviewable(template_id, number, reviewer=reviewer, content_hash=content_hash)
        before: RuleTemplateVersion | None = RuleTemplateVersion.objects.filter(
            template_id=template_id, status=TemplateStatus.APPROVED
        ).first()
        if before is not None:
            _retire(before, by=reviewer)
        version.review(
            TemplateStatus.APPROVED, by=reviewer, at=clock.now(),
            content_hash=content_hash, comment=comment,
        )  # fmt: skip
        version.replaced = before
        version.save()
        bus.publish(
            TemplateApproved(
                template_id=template_id, version=number,
                content_hash=content_hash, reviewer=reviewer, comment=comment,
            )
        )  # fmt: skip
        _tell_author(version, "approved", f"The template {version} was approved.")
    return version


def reject_template(
    *, template_id: UUID, number: int, reviewer: str, content_hash: str, comment: str
) -> RuleTemplateVersion:
    """
    Refuse a template's version and say why; its author goes on in a new draft.

    Raises:
        CommentMissing, AuthorCannotReview, ContentChanged, WrongTemplateStatus.

    """
    if not comment.strip():
        raise CommentMissing(pointers=("/comment",))
    with bus.act():
        version = _reviewable(template_id, number, reviewer=reviewer, content_hash=content_hash)
        version.review(
            TemplateStatus.REJECTED, by=reviewer, at=clock.now(),
            content_hash=content_hash, comment=comment,
        )  # fmt: skip
        version.save()
        bus.publish(
            TemplateRejected(
                template_id=template_id, version=number, reviewer=reviewer, comment=comment
            )
        )
        _tell_author(version, "rejected", f"The template {version} was sent back: {comment}")
    return version


def retire_template(*, template_id: UUID, number: int, retired_by: str) -> RuleTemplateVersion:
    """
    Let no rule be made from this version any more; those that were decide on.

    Raises:
        NotFound, WrongTemplateStatus.

    """
    with bus.act():
        version = locked_template(template_id, number)
        _retire(version, by=retired_by)
    return version


def checked_template(point: str, text: TemplateText) -> CheckedTemplate:
    demand_point(point)
    checked = bus.ask(CheckTemplate(point=point, template=text))
    if checked.faults:
        raise TemplateUnsound(
            fault="; ".join(fault.message for fault in checked.faults),
            pointers=tuple(fault.pointer for fault in checked.faults),
        )
    return checked


def template_version(template_id: UUID, number: int) -> RuleTemplateVersion:
    found = _versions().filter(template_id=template_id, number=number).first()
    if found is None:
        raise NotFound(what="template version", id=f"{template_id}/{number}")
    version: RuleTemplateVersion = found
    return version


def _tell_author(version: RuleTemplateVersion, kind: str, sentence: str) -> None:
    people = (version.author, version.submitted_by)
    call_attention(kind, sentence, people=people, path=path_of(version))


def path_of(version: RuleTemplateVersion) -> str:
    return f"/admin/rules/rule/templates/{version.template_id}/versions/{version.number}/"


def _versions() -> QuerySet[RuleTemplateVersion]:
    versions: QuerySet[RuleTemplateVersion] = RuleTemplateVersion.objects.select_related("template")
    return versions


def _retire(version: RuleTemplateVersion, *, by: str) -> None:
    version.retire(by=by, at=clock.now())
    version.save()
    bus.publish(
        TemplateRetired(template_id=version.template_id, version=version.number, retired_by=by)
    )


def _reviewable(
    template_id: UUID, number: int, *, reviewer: str, content_hash: str
) -> RuleTemplateVersion:
    version = locked_template(template_id, number)
    version.demand(TemplateStatus.IN_REVIEW, "reviewed")
    if reviewer in {version.author, version.submitted_by}:
        raise AuthorCannotReview(reviewer=reviewer)
    _demand_same(version, content_hash)
    return version


def _lock(template_id: UUID) -> None:
    if not RuleTemplate.objects.select_for_update().filter(id=template_id).exists():
        raise NotFound(what="template", id=template_id)


def locked_template(template_id: UUID, number: int) -> RuleTemplateVersion:
    """The version, with its template locked: everything that happens to a template happens in turn."""
    _lock(template_id)
    return template_version(template_id, number)


def _demand_same(version: RuleTemplateVersion, reviewed: str) -> None:
    if version.content_hash != reviewed:
        raise ContentChanged(reviewed=reviewed, current=version.content_hash)
