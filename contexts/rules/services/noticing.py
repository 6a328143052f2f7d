"""Telling people that something wants their attention, and the hook by which a tenant's own systems hear of it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from contexts.rules.errors import HookUnsound
from contexts.rules.events import AttentionWanted, NoticeHookRemoved, NoticeHookSet
from contexts.rules.models import NoticeHook, RuleVersion
from shared_kernel import bus, clock, outbound
from shared_kernel.errors import ConcurrentUpdate, NotFound
from shared_kernel.ids import new_id
from shared_kernel.outbound import AddressRefused, NotDelivered
from shared_kernel.tenancy import current_tenant

KINDS = ("review-wanted", "mentioned", "approved", "rejected", "not-begun", "rolled-back")
TAKEN = range(200, 300)
WORTH_ANOTHER_TRY = {408, 425, 429, *range(500, 600)}
log = structlog.get_logger(__name__)


def call_attention(
    kind: str,
    sentence: str,
    *,
    people: Iterable[str] = (),
    teams: Iterable[str] = (),
    version: RuleVersion | None = None,
    path: str = "",
) -> None:
    """Tell whom it concerns, in the caller's unit of work; nobody in particular if neither people nor teams are named."""
    if version is not None:
        path = f"/admin/rules/rule/{version.rule_id}/versions/{version.number}/"
    bus.publish(
        AttentionWanted(
            notice_id=new_id(),
            kind=kind,
            sentence=sentence,
            people=tuple(sorted(set(people))),
            teams=tuple(sorted(set(teams) - {""})),
            path=path,
        )
    )


def set_notice_hook(*, url: str, kinds: Sequence[str], set_by: str) -> tuple[NoticeHook, str]:
    """
    Post notices of these kinds to an address from now on, in place of the one before; with the secret that signs them.

    Raises:
        HookUnsound: the address is not https, or there is no such kind of notice. ConcurrentUpdate: a colleague sets it too.

    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise HookUnsound(
            fault=f"There is no notice called {unknown[0]}; choose of {', '.join(KINDS)}.",
            pointers=("/kinds",),
        )
    try:
        outbound.demand_address(url)
    except AddressRefused as refusal:
        raise HookUnsound(fault=str(refusal), pointers=("/url",)) from refusal
    wanted = {"url": url, "kinds": sorted(set(kinds)), "set_by": set_by, "set_at": clock.now()}
    try:
        with bus.unit_of_work():
            NoticeHook.objects.all().delete()
            hook: NoticeHook = NoticeHook.objects.create(**wanted)
            bus.publish(
                NoticeHookSet(hook_id=hook.id, url=url, kinds=tuple(hook.kinds), set_by=set_by)
            )
    except IntegrityError as conflict:
        raise ConcurrentUpdate(stream="the notice hook") from conflict
    return hook, secret_of(hook.id)


def remove_notice_hook(*, removed_by: str) -> None:
    """
    Post notices nowhere any more.

    Raises:
        NotFound: there is no hook.

    """
    with bus.unit_of_work():
        hook: NoticeHook | None = NoticeHook.objects.select_for_update().first()
        if hook is None:
            raise NotFound(what="notice hook", id="of this tenant")
        hook.delete()
        bus.publish(NoticeHookRemoved(hook_id=hook.id, url=hook.url, removed_by=removed_by))


def secret_of(hook_id: UUID) -> str:
    """What a hook's notices are signed with: told once, kept nowhere, and another one for each hook."""
    said = f"notice-hook {current_tenant()} {hook_id}".encode()
    return "vhs_" + hmac.new(settings.RULES_SIGNING_KEY.encode(), said, hashlib.sha256).hexdigest()


def deliver_notice(notice: AttentionWanted) -> None:
    """
    Post a notice to the tenant's hook, if it has one for its kind.

    Whoever sent this sends it again until it is taken; a refusal that no second try would change is kept at the hook.

    Raises:
        NotDelivered: nobody answered, or the answer says that it may be taken later.

    """
    hook: NoticeHook | None = NoticeHook.objects.first()
    if hook is None or (hook.kinds and notice.kind not in hook.kinds):
        return
    body = msgspec.json.encode({"tenant": current_tenant(), **msgspec.to_builtins(notice)})
    sent = f"{clock.now():%s}"
    code = hmac.new(secret_of(hook.id).encode(), f"{sent}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "Verdict-Notice": str(notice.notice_id),
        "Verdict-Signature": f"t={sent},v1={code.hexdigest()}",
    }
    try:
        status = outbound.post(hook.url, body, headers)
    except AddressRefused as refusal:
        _keep(hook, str(refusal))
        return
    if status in WORTH_ANOTHER_TRY:
        raise NotDelivered(f"the hook answered {status}")
    _keep(hook, "" if status in TAKEN else f"It answered {status}.")


def _keep(hook: NoticeHook, trouble: str) -> None:
    if trouble:
        log.warning("notice not taken", why=trouble)
        hook.trouble = trouble[:300]
    else:
        hook.told_at, hook.trouble = clock.now(), ""
    with transaction.atomic():
        hook.save(update_fields=["told_at", "trouble"])
