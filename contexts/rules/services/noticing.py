"""Telling people that something wants their attention, and the hook by which a tenant's own systems hear of it."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import IntegrityError, connection

from contexts.rules.errors import HookUnsound
from contexts.rules.events import AttentionWanted, NoticeHookRemoved, NoticeHookSet
from contexts.rules.models import NoticeDue, NoticeHook, RuleVersion
from shared_kernel import bus, clock, outbound
from shared_kernel.errors import ConcurrentUpdate, NotFound
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.outbound import AddressRefused, NotDelivered
from shared_kernel.tenancy import across_tenants, current_tenant, tenant_scope

KINDS = (
    "review-wanted",
    "mentioned",
    "approved",
    "rejected",
    "taken-back",
    "not-begun",
    "guardrail-broken",
    "rolled-back",
    "budget-used",
)
TAKEN = range(200, 300)
SECONDS_A_TURN, SECONDS_HELD = 5.0, 60
MOST_ATTEMPTS, LONGEST_WAIT = 12, 3600  # some six hours in all
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
        with bus.act():
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
    with bus.act():
        hook: NoticeHook | None = NoticeHook.objects.select_for_update().first()
        if hook is None:
            raise NotFound(what="notice hook", id="of this tenant")
        hook_id = hook.id  # a row that is deleted has none any more
        hook.delete()
        bus.publish(NoticeHookRemoved(hook_id=hook_id, url=hook.url, removed_by=removed_by))


def secret_of(hook_id: UUID) -> str:
    """What a hook's notices are signed with: told once, kept nowhere, and another one for each hook."""
    said = f"notice-hook {current_tenant()} {hook_id}".encode()
    return "vhs_" + hmac.new(settings.RULES_SIGNING_KEY.encode(), said, hashlib.sha256).hexdigest()


def queue_notice(notice: AttentionWanted) -> None:
    """Let a notice be posted to the tenant's hook, if it has one for its kind."""
    hook: NoticeHook | None = NoticeHook.objects.first()
    if hook is not None and (not hook.kinds or notice.kind in hook.kinds):
        NoticeDue.objects.get_or_create(id=notice.notice_id, defaults={"due_at": clock.now()})


def post_due_notices(*, limit: int = 50) -> int:
    """
    Post what is due, of every tenant, for a turn; how many notices were tried.

    One turn at a time, outside any transaction: hooks that answer slowly hold up each other, and nothing else.
    """
    with _alone() as is_alone:
        return _post_due(limit) if is_alone else 0


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process posts; a worker that waits for hooks is one at most."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('rules-notices'))")
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('rules-notices'))")


def _post_due(limit: int) -> int:
    with across_tenants("notices of every tenant are posted, of which this sees ids only"):
        due = list(
            NoticeDue.objects.filter(due_at__lte=clock.now())
            .order_by("due_at")
            .values_list("tenant_id", "id")[:limit]
        )
    begun = time.monotonic()
    for number, (tenant, notice_id) in enumerate(due):
        if time.monotonic() - begun > SECONDS_A_TURN:
            return number
        with tenant_scope(tenant):
            _post(notice_id)
    return len(due)


def _post(notice_id: UUID) -> None:
    now = clock.now()
    if not NoticeDue.claim(notice_id, now=now, until=now + timedelta(seconds=SECONDS_HELD)):
        return
    due = NoticeDue.objects.get(id=notice_id)
    told = EventRecord.objects.filter(stream=f"notice-{notice_id}").first()
    hook: NoticeHook | None = NoticeHook.objects.first()
    if told is None or hook is None:
        due.delete()
        return
    try:
        trouble = _posted(hook, told.data)
    except NotDelivered as silence:
        if due.attempts < MOST_ATTEMPTS:
            due.due_at = clock.now() + timedelta(seconds=min(5 * 2**due.attempts, LONGEST_WAIT))
            due.save(update_fields=["due_at"])
            _keep(hook, f"{silence}; it is tried again.")
            return
        trouble = f"{silence}; it was tried {due.attempts} times."
    due.delete()
    _keep(hook, trouble)


def _posted(hook: NoticeHook, notice: dict[str, Any]) -> str:
    """
    Post it; why the hook did not take it, or nothing.

    Raises:
        NotDelivered: nobody answered, or the answer says that it may be taken later.

    """
    body = msgspec.json.encode({"tenant": current_tenant(), **notice})
    sent = str(int(clock.now().timestamp()))
    code = hmac.new(secret_of(hook.id).encode(), f"{sent}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "Verdict-Notice": str(notice["notice_id"]),
        "Verdict-Signature": f"t={sent},v1={code.hexdigest()}",
    }
    try:
        status = outbound.post(hook.url, body, headers)
    except AddressRefused as refusal:
        return str(refusal)
    if status in WORTH_ANOTHER_TRY:
        raise NotDelivered(f"It answered {status}")
    return "" if status in TAKEN else f"It answered {status}."


def _keep(hook: NoticeHook, trouble: str) -> None:
    if trouble:
        log.warning("notice not taken", why=trouble)
        hook.trouble = trouble[:300]
    else:
        hook.told_at, hook.trouble = clock.now(), ""
    NoticeHook.objects.filter(id=hook.id).update(told_at=hook.told_at, trouble=hook.trouble)
