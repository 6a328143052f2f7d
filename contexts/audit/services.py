"""The one use case of audit: an act is appended to its tenant's chain."""

from __future__ import annotations

from contexts.audit.models import AuditEntry, AuditHead
from contexts.audit.policies.chain import Entry, canonical_json, sealed
from shared_kernel import bus, clock
from shared_kernel.ids import new_id
from shared_kernel.tenancy import current_tenant


def record_act(act: bus.Heard) -> Entry:
    """
    Append what was heard behind the head of the chain, which is locked until the commit.

    An event that is heard twice is refused by its inbox row, and by the uniqueness of its id here.
    """
    with bus.act():
        head = _locked_head()
        entry = sealed(
            Entry(
                tenant=head.tenant_id,
                sequence=head.sequence + 1,
                id=new_id(),
                event_id=act.id,
                type=act.type,
                actor=act.actor,
                subject=act.stream,
                version=act.version,
                occurred_at=act.occurred_at,
                recorded_at=clock.now(),
                correlation=act.correlation,
                causation=act.causation,
                data=canonical_json(act.data),
                previous_hash=head.hash,
            )
        )
        AuditEntry.of(entry).save(force_insert=True)
    return entry


def _locked_head() -> AuditHead:
    """The head, locked: whoever else appends to this chain waits. The first act of a tenant makes it."""
    heads = AuditHead.objects.select_for_update()
    head: AuditHead | None = heads.first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(id=current_tenant())], ignore_conflicts=True)
        head = heads.get()
    return head
