"""Reads of audit: the chain by pages, what does not fit of it, and its export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from django.conf import settings
from django.db import DataError, connection
from django.db.models import Count, Max, Min, QuerySet, Subquery

from contexts.audit.models import AuditEntry, AuditHead
from contexts.audit.policies.chain import START, Entry, Head, Unreadable
from contexts.audit.policies.checking import EVALUATION, UNHEARD, Misfit, Walk, beyond
from contexts.audit.policies.exports import LastLine, SignedHead, line_of, signed
from contexts.evaluation.events import CartEvaluated, EvaluationsSealed
from contexts.evaluation.messages import CheckSeal
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound
from shared_kernel.tenancy import current_tenant, tenant_scope

PAGE = 1000
# thousands a second; evaluation tells of many in one seal, by their digests
NOT_ONE_BY_ONE = frozenset({CartEvaluated.name})
# one statement: an act is heard and its delivery gone in one transaction
_UNHEARD = """
SELECT e.id, e.type, e.occurred_at FROM eventlog_eventrecord e
WHERE e.tenant_id = current_tenant() AND e.type <> ALL(%s)
  AND NOT EXISTS (SELECT 1 FROM audit_auditentry a WHERE a.tenant_id = e.tenant_id AND a.event_id = e.id)
  AND NOT EXISTS (SELECT 1 FROM eventlog_delivery d
    WHERE d.tenant_id = e.tenant_id AND d.event_id = e.id AND d.context = 'audit')
ORDER BY e.occurred_at LIMIT %s
"""
MOST_FINDINGS = 100


class Verification(msgspec.Struct, frozen=True):
    """
    What a walk along the chain found, from behind entry `after` to entry `last`.

    `holds` says that nothing was found; `complete`, that the walk went to the head. `evaluations` were compared with
    their seals; `unchecked` says why, where they were not. Of very many findings the first hundred are told.
    """

    holds: bool
    complete: bool
    after: int
    last: int
    head: Head
    entries: int
    evaluations: int
    unchecked: str
    findings: tuple[Misfit, ...]


def head() -> Head | None:
    """Where the chain of the tenant in scope ends; nothing before its first entry."""
    found: AuditHead | None = AuditHead.objects.filter(id=current_tenant()).first()
    return Head(found.sequence, found.hash) if found else None


def entry_of(sequence: int) -> AuditEntry:
    """
    One entry.

    Raises:
        NotFound: the chain has none of that number.

    """
    found: AuditEntry | None = AuditEntry.objects.filter(sequence=sequence).first()
    if found is None:
        raise NotFound(what="entry", id=sequence)
    return found


def life_of(subject: str) -> QuerySet[AuditEntry]:
    """All that happened to one subject, from the beginning."""
    entries: QuerySet[AuditEntry] = AuditEntry.objects.filter(subject=subject)
    return entries.order_by("sequence")


def verification(
    *,
    after: int = 0,
    most: int | None = None,
    most_evaluations: int | None = None,
    known: Iterable[Head] = (),
    evaluations: bool = True,
) -> Verification:
    """
    Walk along the chain, from behind entry `after`, at most so many numbers and evaluations far.

    `known` are heads that were exported: an entry that says something else by now was written anew.
    """
    end = head()
    until = end.sequence if end else 0
    last = until if most is None else min(until, after + most)
    walk = Walk(after=after, behind=_hash_of(after), known=known)
    seals = _Seals(wanted=evaluations)
    findings: list[Misfit] = []
    for entry in _entries(after=after, until=last if end else None):
        found = list(walk.findings(entry))
        findings += found or seals.findings(entry)
        if most_evaluations is not None and seals.evaluations >= most_evaluations:
            last = walk.last.sequence
            break
    complete = last == until
    if complete:
        findings += [*walk.end(end), *_behind_the_head(end), *_unheard()]
    return Verification(
        holds=not findings,
        complete=complete,
        after=after,
        last=last,
        head=end or Head(),
        entries=walk.entries,
        evaluations=seals.evaluations,
        unchecked=seals.unchecked,
        findings=tuple(findings[:MOST_FINDINGS]),
    )


def _hash_of(sequence: int) -> str | None:
    if sequence == 0:
        return START
    found: str | None = (
        AuditEntry.objects.filter(sequence=sequence).values_list("hash", flat=True).first()
    )
    return found


def _entries(*, after: int, until: int | None) -> Iterator[Entry | Unreadable]:
    while page := _page(after, until):
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].sequence


def _page(after: int, until: int | None) -> list[Entry | Unreadable]:
    rows = AuditEntry.objects.filter(sequence__gt=after).order_by("sequence")
    if until is not None:
        rows = rows.filter(sequence__lte=until)
    try:
        return [it.value for it in rows[:PAGE]]
    except DataError:  # a moment that no program could have written
        return [_one(it) for it in rows.values_list("sequence", flat=True)[:PAGE]]


def _one(sequence: int) -> Entry | Unreadable:
    try:
        found: AuditEntry = AuditEntry.objects.get(sequence=sequence)
    except DataError:
        return Unreadable(sequence)
    return found.value


def _behind_the_head(end: Head | None) -> Iterator[Misfit]:
    """Entries behind the head as it is now, in one statement: meanwhile both may have moved on."""
    if end is None:
        return
    now = AuditHead.objects.filter(id=current_tenant()).values("sequence")[:1]
    found = AuditEntry.objects.filter(sequence__gt=Subquery(now)).aggregate(
        first=Min("sequence"), last=Max("sequence"), count=Count("id")
    )
    if found["count"]:
        yield beyond(found["first"], found["last"])


def _unheard() -> Iterator[Misfit]:
    """Acts of this house that are neither in the chain nor on their way to it: somebody took them off the outbox."""
    with connection.cursor() as cursor:
        cursor.execute(_UNHEARD, [list(NOT_ONE_BY_ONE), MOST_FINDINGS])
        for event_id, kind, occurred_at in cursor.fetchall():
            when = f"{occurred_at:%Y-%m-%d %H:%M:%S} UTC"
            yield Misfit(0, UNHEARD, f"The act {kind} of {when}, event {event_id}, has no entry.")


class _Seals:
    """The seals on the way: each is compared with the evaluations as they are now."""

    def __init__(self, *, wanted: bool) -> None:
        self.evaluations = 0
        self.unchecked = "" if wanted else "not asked for"

    def findings(self, entry: Entry | Unreadable) -> Iterator[Misfit]:
        if self.unchecked or isinstance(entry, Unreadable) or entry.type != EvaluationsSealed.name:
            return
        seal = msgspec.json.decode(entry.data, type=EvaluationsSealed)
        try:
            unfit = bus.ask(CheckSeal(seal=seal))
        except (bus.ContextAbsent, bus.ContextUnreachable) as absence:
            self.unchecked = str(absence)
            return
        self.evaluations += len(seal.evaluations)
        for it in unfit:
            was = (
                f"Evaluation {it.evaluation_id}, sealed by entry {entry.sequence}, is {it.problem}."
            )
            yield Misfit(entry.sequence, EVALUATION, was)


def export(*, after: int = 0) -> Iterator[bytes]:
    """
    The chain from behind entry `after`, as lines, and the signed head of this moment.

    It is read page by page, so that nobody waits for it; the tenant is that of the call, whoever reads on.
    """
    tenant, end = current_tenant(), head() or Head()
    last = SignedHead(
        tenant=tenant,
        after=min(after, end.sequence),
        sequence=end.sequence,
        hash=end.hash,
        exported_at=clock.now(),
    )
    return _lines(last)


def _lines(last: SignedHead) -> Iterator[bytes]:
    reached = last.after
    while reached < last.sequence:
        with tenant_scope(last.tenant):
            page = _page(reached, last.sequence)
        if not page:
            break
        yield b"".join(line_of(it) for it in page if isinstance(it, Entry))
        reached = page[-1].sequence
    yield line_of(LastLine(signed(last, settings.AUDIT_SIGNING_KEY)))
