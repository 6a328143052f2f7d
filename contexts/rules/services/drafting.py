"""Use cases of rules: draft, rewrite, submit, review, activate, retire, discard."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError
from django.db.models import Max
from msgspec import structs

from contexts.calculation.messages import (
    CheckedRule,
    CheckGuardrail,
    CheckRule,
)
from contexts.rules.errors import (
    AuthorCannotReview,
    CommentMissing,
    ContentChanged,
    DraftChanged,
    DraftOpen,
    GuardrailTaken,
    RuleUnsound,
    SlugTaken,
    UnknownDecisionPoint,
)
from contexts.rules.events import (
    GuardrailStated,
    GuardrailWithdrawn,
    RuleActivated,
    RuleApproved,
    RuleDrafted,
    RuleRejected,
    RuleRetired,
    RuleSubmitted,
)
from contexts.rules.models import Guardrail, Review, Rule, RuleVersion, Status
from shared_kernel import bus, clock
from shared_kernel.decisions import GuardrailText, RuleText, known_points, point_named
from shared_kernel.errors import NotFound
from shared_kernel.ids import new_id

Verdict = Review.Verdict


def create_rule(*, slug: str, point: str, text: RuleText, author: str) -> RuleVersion:
    """
    A new rule with its first draft.

    Raises:
        UnknownDecisionPoint, RuleUnsound: it cannot be written like this. SlugTaken: the slug is in use.

    """
    rule = Rule(id=new_id(), slug=slug, point=point, created_by=author)
    checked = _check(point, structs.replace(text, rule_id=str(rule.id), version=1))
    draft = RuleVersion(rule=rule, number=1, author=author)
    draft.rewrite(text, checked.content_hash)
    draft.revision = 1
    try:
        with bus.unit_of_work():
            rule.save(force_insert=True)
            draft.save(force_insert=True)
            bus.publish(RuleDrafted(rule_id=rule.id, version=1, point=point, author=author))
    except IntegrityError as conflict:
        raise SlugTaken(slug=slug, pointers=("/slug",)) from conflict
    return draft


def draft_version(*, rule_id: UUID, text: RuleText | None, author: str) -> RuleVersion:
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
    checked = _check(newest.rule.point, text) if text else None
    try:
        with bus.unit_of_work():
            Rule.objects.select_for_update().get(id=rule_id)
            highest = RuleVersion.objects.filter(rule_id=rule_id).aggregate(top=Max("number"))[
                "top"
            ]
            draft = newest.next_draft(number=highest + 1, author=author)
            if text and checked:
                draft.rewrite(text, checked.content_hash)
                draft.revision = 1
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
    *, rule_id: UUID, number: int, text: RuleText, author: str, revision: int | None = None
) -> RuleVersion:
    """
    Change a draft; whoever changes it becomes its author.

    Raises:
        NotFound, RuleUnsound; WrongStatus: it is no draft any more; DraftChanged: it was since `revision`.

    """
    point = _version(rule_id, number).rule.point
    checked = _check(point, structs.replace(text, rule_id=str(rule_id), version=number))
    with bus.unit_of_work():
        draft = _locked(rule_id, number)
        if revision is not None and draft.revision != revision:
            raise DraftChanged(begun=revision, current=draft.revision)
        draft.rewrite(text, checked.content_hash)
        draft.author = author
        draft.save()
    return draft


def discard_draft(*, rule_id: UUID, number: int) -> None:
    """Throw a draft away; a rule that never had another version goes with it."""
    with bus.unit_of_work():
        draft = _locked(rule_id, number)
        draft.demand(Status.DRAFT, "discarded")
        draft.delete()
        if not RuleVersion.objects.filter(rule_id=rule_id).exists():
            Rule.objects.filter(id=rule_id).delete()


def submit_version(*, rule_id: UUID, number: int, submitted_by: str) -> RuleVersion:
    """
    Hand a draft to the reviewers; from now on it does not change.

    Raises:
        NotFound, RuleUnsound; WrongStatus: it is no draft.

    """
    read = _version(rule_id, number)
    checked = _check(read.rule.point, read.text)
    with bus.unit_of_work():
        draft = _locked(rule_id, number)
        _demand_same(draft, reviewed=checked.content_hash)
        draft.submit(by=submitted_by, at=clock.now())
        draft.save()
        bus.publish(
            RuleSubmitted(
                rule_id=rule_id,
                version=number,
                content_hash=draft.content_hash,
                submitted_by=submitted_by,
            )
        )
    return draft


def approve_version(
    *, rule_id: UUID, number: int, reviewer: str, content_hash: str, comment: str = ""
) -> RuleVersion:
    """
    Approve this very content, named by its hash.

    Raises:
        AuthorCannotReview; ContentChanged: the hash is another one; WrongStatus: it is not in review.

    """
    read = _version(rule_id, number)
    checked = _check(read.rule.point, read.text)
    _demand_same(read, reviewed=checked.content_hash)
    with bus.unit_of_work():
        version = _reviewed(
            rule_id,
            number,
            reviewer=reviewer,
            content_hash=content_hash,
            verdict=Verdict.APPROVE,
            comment=comment,
        )
        version.status = Status.APPROVED
        version.save()
        bus.publish(
            RuleApproved(
                rule_id=rule_id,
                version=number,
                content_hash=content_hash,
                reviewer=reviewer,
                comment=comment,
            )
        )
    return version


def reject_version(
    *, rule_id: UUID, number: int, reviewer: str, content_hash: str, comment: str
) -> RuleVersion:
    """
    Refuse a version and say why; its author goes on in a new draft.

    Raises:
        CommentMissing, AuthorCannotReview, ContentChanged, WrongStatus.

    """
    if not comment.strip():
        raise CommentMissing(pointers=("/comment",))
    with bus.unit_of_work():
        version = _reviewed(
            rule_id,
            number,
            reviewer=reviewer,
            content_hash=content_hash,
            verdict=Verdict.REJECT,
            comment=comment,
        )
        version.status = Status.REJECTED
        version.save()
        bus.publish(
            RuleRejected(rule_id=rule_id, version=number, reviewer=reviewer, comment=comment)
        )
    return version


def activate_version(*, rule_id: UUID, number: int, activated_by: str) -> RuleVersion:
    """
    Let an approved version decide from now on, in place of the one that did.

    Raises:
        NotFound; WrongStatus: it is not approved. RuleUnsound: an attribute that it reads is not what it was.

    """
    read = _version(rule_id, number)
    _demand_same(read, reviewed=_check(read.rule.point, read.text).content_hash)
    with bus.unit_of_work():
        version = _locked(rule_id, number)
        at = clock.now()
        before = RuleVersion.objects.filter(rule_id=rule_id, status=Status.ACTIVE).first()
        version.demand(Status.APPROVED, "activated")
        if before is not None:
            before.retire(by=activated_by, at=at)
            before.save()
        version.activate(by=activated_by, at=at)
        version.save()
        bus.publish(
            RuleActivated(
                rule_id=rule_id,
                version=number,
                point=version.rule.point,
                text=version.text,
                content_hash=version.content_hash,
                at=at,
                activated_by=activated_by,
            )
        )
    return version


def retire_version(*, rule_id: UUID, number: int, retired_by: str) -> RuleVersion:
    """
    Stop an active version from deciding.

    Raises:
        NotFound; WrongStatus: it is not active.

    """
    with bus.unit_of_work():
        version = _locked(rule_id, number)
        version.retire(by=retired_by, at=clock.now())
        version.save()
        bus.publish(
            RuleRetired(
                rule_id=rule_id,
                version=number,
                point=version.rule.point,
                at=version.retired_at or clock.now(),
                retired_by=retired_by,
            )
        )
    return version


def state_guardrail(*, point: str, text: GuardrailText, stated_by: str) -> Guardrail:
    """
    State what no decision of a point may break; reviews prove it from now on.

    Raises:
        UnknownDecisionPoint; RuleUnsound: the claim cannot be read; GuardrailTaken: there is one of that name.

    """
    _demand_point(point)
    _demand_sound(bus.ask(CheckGuardrail(point=point, guardrail=text)))
    guardrail = Guardrail(
        point=point, stated_by=stated_by, stated_at=clock.now(), **structs.asdict(text)
    )
    try:
        with bus.unit_of_work():
            guardrail.save(force_insert=True)
            bus.publish(
                GuardrailStated(
                    guardrail_id=guardrail.id, point=point, guardrail=text, stated_by=stated_by
                )
            )
    except IntegrityError as conflict:
        raise GuardrailTaken(name=text.name, pointers=("/name",)) from conflict
    return guardrail


def withdraw_guardrail(*, guardrail_id: UUID, withdrawn_by: str) -> None:
    """
    Make the claim no more.

    Raises:
        NotFound: this tenant states none of that id.

    """
    with bus.unit_of_work():
        gone, _ = Guardrail.objects.filter(id=guardrail_id).delete()
        if not gone:
            raise NotFound(what="guardrail", id=guardrail_id)
        bus.publish(GuardrailWithdrawn(guardrail_id=guardrail_id, withdrawn_by=withdrawn_by))


def _check(point: str, text: RuleText) -> CheckedRule:
    _demand_point(point)
    return _demand_sound(bus.ask(CheckRule(point=point, text=text)))


def _demand_point(point: str) -> None:
    if point_named(point) is None:
        raise UnknownDecisionPoint(
            point=point, known=", ".join(sorted(known_points())), pointers=("/point",)
        )


def _demand_sound(checked: CheckedRule) -> CheckedRule:
    if checked.faults:
        raise RuleUnsound(
            fault="; ".join(fault.message for fault in checked.faults),
            pointers=tuple(fault.pointer for fault in checked.faults),
        )
    return checked


def _version(rule_id: UUID, number: int) -> RuleVersion:
    found = (
        RuleVersion.objects.select_related("rule").filter(rule_id=rule_id, number=number).first()
    )
    if found is None:
        raise NotFound(what="version", id=f"{rule_id}/{number}")
    version: RuleVersion = found
    return version


def _locked(rule_id: UUID, number: int) -> RuleVersion:
    """The version, with its rule locked: everything that happens to a rule happens in turn."""
    if not Rule.objects.select_for_update().filter(id=rule_id).exists():
        raise NotFound(what="rule", id=rule_id)
    return _version(rule_id, number)


def _reviewed(
    rule_id: UUID, number: int, *, reviewer: str, content_hash: str, verdict: str, comment: str
) -> RuleVersion:
    version = _locked(rule_id, number)
    version.demand(Status.IN_REVIEW, "reviewed")
    if reviewer in {version.author, version.submitted_by}:
        raise AuthorCannotReview(reviewer=reviewer)
    _demand_same(version, reviewed=content_hash)
    version.decided_at = clock.now()
    Review.objects.create(
        version=version,
        reviewer=reviewer,
        verdict=verdict,
        comment=comment,
        content_hash=content_hash,
        decided_at=version.decided_at,
    )
    return version


def _demand_same(version: RuleVersion, *, reviewed: str) -> None:
    if version.content_hash != reviewed:
        raise ContentChanged(reviewed=reviewed, current=version.content_hash)
