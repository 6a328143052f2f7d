"""Bringing written rules in: drafts of what they say otherwise, all in one go, and never more than drafts."""

from __future__ import annotations

from uuid import UUID

import msgspec
from django.conf import settings
from django.db import IntegrityError

from contexts.calculation.messages import CheckedRule, CheckRule
from contexts.rules.errors import BundleForged, BundleUnsound, UnreadableWindow
from contexts.rules.events import RuleDrafted, RulesImported
from contexts.rules.models import Rule, RuleVersion, Status
from contexts.rules.policies import moments_of
from contexts.rules.policies.bundles import Bundle, WrittenRule, canonical, digest_of, forgery
from contexts.rules.services.drafting import tidied
from contexts.rules.services.standing import demand_point
from shared_kernel import bus
from shared_kernel.errors import ConcurrentUpdate, DomainError
from shared_kernel.ids import new_id


class Drafted(msgspec.Struct, frozen=True):
    """A draft that an import made, or made anew."""

    slug: str
    rule_id: UUID
    version: int


class Imported(msgspec.Struct, frozen=True):
    """What came of an import; `unchanged` rules say already what the bundle says."""

    digest: str
    drafted: tuple[Drafted, ...]
    unchanged: int


def import_bundle(*, bundle: Bundle, author: str, unsigned: bool = False) -> Imported:
    """
    Draft what a bundle says otherwise than the newest versions do; a rule it does not name stays as it is.

    Nobody approves by importing: drafts are submitted and reviewed like any other. An open draft of the same author
    is written anew, one of somebody else is not touched.

    Raises:
        BundleForged: it is not what was signed; `unsigned` says that it need not be. BundleUnsound: with every fault's place.

    """
    _demand_text(bundle)
    if not unsigned and (fault := forgery(bundle, settings.RULES_SIGNING_KEY)):
        raise BundleForged(fault=fault, pointers=("/signature",))
    sound = _checked(bundle)
    try:
        with bus.act():
            held = {it.slug: it for it in Rule.objects.select_for_update()
                    .filter(slug__in=[it.slug for it in bundle.rules]).order_by("id")}  # fmt: skip
            drafted = []
            for number, (rule, checked) in enumerate(zip(bundle.rules, sound, strict=True)):
                draft = _draft(held.get(rule.slug), rule, checked, author, f"/rules/{number}")
                if draft is not None:
                    drafted.append(Drafted(rule.slug, draft.rule_id, draft.number))
            done = Imported(
                digest_of(bundle), tuple(drafted), unchanged=len(bundle.rules) - len(drafted)
            )
            bus.publish(
                RulesImported(
                    import_id=new_id(), digest=done.digest, signed=not unsigned,
                    drafted=tuple(f"{it.slug}@{it.version}" for it in drafted),
                    unchanged=done.unchanged, author=author,
                )
            )  # fmt: skip
    except IntegrityError as conflict:
        raise ConcurrentUpdate(stream="one of the rules") from conflict
    return done


def _demand_text(bundle: Bundle) -> None:
    """What neither a digest nor a database can hold: half a character, or none at all."""
    try:
        whole = b"\\u0000" not in canonical(bundle)
    except UnicodeEncodeError:
        whole = False
    if not whole:
        raise BundleUnsound(fault="A text of the bundle holds half a character or a NUL.")


def _checked(bundle: Bundle) -> list[CheckedRule]:
    """Every rule, sound at its point; all faults at once, each with its place in the bundle."""
    faults: list[str] = []
    pointers: list[str] = []
    found = []
    seen: set[str] = set()
    for number, rule in enumerate(bundle.rules):
        at = f"/rules/{number}"
        if rule.slug in seen:
            faults.append(f"{rule.slug}: stands here twice")
            pointers.append(f"{at}/slug")
        seen.add(rule.slug)
        try:
            demand_point(rule.point)
            moments_of(rule.window)
        except DomainError as refusal:
            faults.append(f"{rule.slug}: {refusal}")
            where = refusal.pointers if isinstance(refusal, UnreadableWindow) else ("/point",)
            pointers += [f"{at}{it}" for it in where]
            continue
        checked = bus.ask(CheckRule(point=rule.point, text=rule.text))
        faults += [f"{rule.slug}: {it.message}" for it in checked.faults]
        pointers += [f"{at}{it.pointer}" for it in checked.faults]
        found.append(checked)
    if faults:
        raise BundleUnsound(fault="; ".join(faults), pointers=tuple(pointers))
    return found


def _draft(
    held: Rule | None, rule: WrittenRule, checked: CheckedRule, author: str, at: str
) -> RuleVersion | None:
    """The draft that says what the file says; nothing if the newest version does already."""
    if held is None:
        held = Rule(
            id=new_id(), slug=rule.slug, point=rule.point, created_by=author,
            tags=tidied(rule.tags),
        )  # fmt: skip
        held.save(force_insert=True)
    elif held.point != rule.point:
        raise BundleUnsound(
            fault=f"{rule.slug} is a rule of {held.point}; choose another slug.",
            pointers=(f"{at}/point",),
        )
    newest: RuleVersion | None = (
        RuleVersion.objects.select_related("rule").filter(rule=held).order_by("-number").first()
    )
    if newest is not None and _says_the_same(newest, rule, checked):
        return None
    if newest is not None and newest.status == Status.DRAFT:
        return _written_anew(newest, rule, checked, author, at)
    draft = RuleVersion(rule=held, number=newest.number + 1 if newest else 1, author=author)
    draft.rewrite(rule.text, checked.content_hash, rule.window)
    draft.revision = 1
    draft.save(force_insert=True)
    bus.publish(RuleDrafted(rule_id=held.id, version=draft.number, point=held.point, author=author))
    return draft


def _says_the_same(version: RuleVersion, rule: WrittenRule, checked: CheckedRule) -> bool:
    """By its meaning, its words and its window; spaces in a condition are not a change."""
    written = ("name", "reason", "priority", "order", "group", "stop")
    return (
        version.content_hash == checked.content_hash
        and version.window == rule.window
        and all(getattr(version, it) == getattr(rule, it) for it in written)
    )


def _written_anew(
    draft: RuleVersion, rule: WrittenRule, checked: CheckedRule, author: str, at: str
) -> RuleVersion:
    if draft.author != author:
        raise BundleUnsound(
            fault=f"{draft.author} is writing version {draft.number} of {rule.slug}; "
            "have it submitted or discarded first.",
            pointers=(at,),
        )
    draft.rewrite(rule.text, checked.content_hash, rule.window)
    draft.save()
    return draft
