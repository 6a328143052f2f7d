"""
Tampering shows: whatever is changed behind the triggers' backs, the verifier names the row.

First what must be true of a house in which nobody tampered: each act is an entry, each evaluation is sealed, every chain
holds, and the application's role cannot spoil it. Then the administrator does what no role may, and each time the
verifier has to name what was touched; put back, the chain has to hold again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from tests.acting import act_on
from tests.proofs import forging
from tests.proofs.harness import CART, SHOP, House, Report, call
from tests.proofs.neighbours import CONTENT

_UNHEARD = """
SELECT count(*) FROM eventlog_eventrecord e LEFT JOIN audit_auditentry a ON a.tenant_id = e.tenant_id AND a.event_id = e.id
WHERE e.type <> 'evaluation.cart-evaluated.v1' AND (a.id IS NULL OR a.type <> e.type OR a.subject <> e.stream
  OR a.version <> e.version OR a.data::jsonb <> e.data OR a.actor <> e.metadata->>'actor'
  OR a.occurred_at <> e.occurred_at)
"""
_INVENTED = """
SELECT count(*) FROM audit_auditentry a LEFT JOIN eventlog_eventrecord e ON e.id = a.event_id WHERE e.id IS NULL
"""
_SEALED_TIMES = """
SELECT count(*) FROM eventlog_eventrecord e LEFT JOIN (
  SELECT s.tenant_id, it->>1 AS event, count(*) AS times FROM eventlog_eventrecord s
  CROSS JOIN jsonb_array_elements(s.data->'evaluations') it
  WHERE s.type = 'evaluation.evaluations-sealed.v1' GROUP BY 1, 2
) sealed ON sealed.tenant_id = e.tenant_id AND sealed.event = e.id::text
WHERE e.type = 'evaluation.cart-evaluated.v1' AND coalesce(times, 0) <> 1
"""


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance = Report("audit", seed), random.Random(seed)
    tenant = UUID(under.people.tenant)
    _acts(under, seed)
    report.demand(under.quiet(), "the outbox never became quiet")
    _everything_is_kept(under, report)
    _the_application_spoils_nothing(under, tenant, report)
    report.demand(not found_in(under, report), "untouched: the chain does not hold")
    for _ in range(trials):
        for forgery in forging.forgeries(under, tenant, chance):
            _is_named(under, report, forgery)
    _exports_show_it(under, report, chance, trials)
    return report


def _acts(under: House, seed: int) -> None:
    """What people do all day, over the API: they write, refuse, approve, activate, retire, declare, price."""
    anna, ben, till = (under.client(name) for name in ("anna", "ben", "storefront"))
    mark = f"proof-{seed}-{time.time_ns()}"
    content = {name: SHOP["rules"][5][name] for name in CONTENT}
    for number in range(3):
        draft = anna.post(
            "rules/",
            {**content, "slug": f"{mark}-{number}", "point": SHOP["rules"][5]["point"]},
        )
        path, read = (
            f"rules/{draft['rule_id']}/versions/1",
            {"content_hash": draft["content_hash"]},
        )
        anna.post(f"{path}/submit")
        if number == 0:
            ben.post(f"{path}/reject", {**read, "comment": "Nein, zu großzügig 🧀"})
            continue
        ben.post(f"{path}/approve", read)
        ben.post(f"{path}/activate")
        if number == 1:
            ben.post(f"{path}/retire")
    for number in range(3):
        till.post("evaluations", {**CART, "channel": f"{mark}-{number}"})
    call(till, "POST", "evaluations/batch", {"carts": [CART] * 20})


def _everything_is_kept(under: House, report: Report) -> None:
    for statement, what in (
        (_UNHEARD, "unheard: {} events have no entry that says the same"),
        (_INVENTED, "invented: {} entries have no event"),
        (_SEALED_TIMES, "unsealed: {} evaluations are not sealed exactly once"),
    ):
        odd = under.count(statement)
        report.demand(odd == 0, what.format(odd))
    report.witnessed(under.count("SELECT count(*) FROM audit_auditentry"), "an entry")
    sealed = "SELECT count(*) FROM audit_auditentry WHERE type = 'evaluation.evaluations-sealed.v1'"
    report.witnessed(under.count(sealed), "a seal")


def _the_application_spoils_nothing(under: House, tenant: UUID, report: Report) -> None:
    """Each statement is refused; what is not is rolled back and told."""
    url = under.running.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as application:
        for what, statement in forging.AS_THE_APPLICATION.items():
            report.demand(_refused(application, tenant, statement), f"application: {what}")
        append = forging.AS_IT_SHOULD_BE
        report.demand(not _refused(application, tenant, append), "no act appends what fits")
        is_refused = _refused(application, tenant, append, is_proved=False)
        report.demand(is_refused, "application: an entry that fits was appended, and is no act")


def _refused(application: Any, tenant: UUID, statement: str, *, is_proved: bool = True) -> bool:
    """Within an act of the application, so that the guards of the chain have to answer; else by whoever has its role."""
    try:
        with application.transaction(force_rollback=True):
            application.execute("SELECT set_config('verdict.tenant', %s, true)", [str(tenant)])
            if is_proved:
                act_on(application)
            done = application.execute(statement)
            return bool(done.rowcount == 0)
    except psycopg.Error:
        return True


def found_in(under: House, report: Report, known: tuple[Any, ...] = ()) -> list[Any]:
    """What the verifier says of the sample shop's chain."""
    from contexts.audit import queries
    from shared_kernel.tenancy import tenant_scope

    begun = time.perf_counter()
    with tenant_scope(UUID(under.people.tenant)):
        found = queries.verification(known=known)
    report.seconds.append(time.perf_counter() - begun)
    report.demand(not found.unchecked, f"evaluations were not compared: {found.unchecked}")
    return list(found.findings)


def _is_named(under: House, report: Report, forgery: forging.Forgery) -> None:
    with tampered(under, forgery):
        found = found_in(under, report)
    named = [it for it in found if forgery.names(it)]
    report.demand(bool(named), f"{forgery.kind}: not named: {forgery.about}: {found[:2]}")
    accused = {it.sequence for it in found} - forgery.allowed - {0}  # of an act without entry
    report.demand(
        not named or not accused, f"{forgery.kind}: others are accused: {forgery.about}: {accused}"
    )
    report.demand(not found_in(under, report), f"{forgery.kind}: put back, the chain does not hold")


@contextmanager
def tampered(under: House, forgery: forging.Forgery) -> Iterator[None]:
    """As the administrator, with every trigger off; afterwards all is as it was."""
    with psycopg.connect(under.administrator, autocommit=True) as administrator:
        administrator.execute("SET session_replication_role = replica")
        kept = {"audit_auditentry": "true", "audit_audithead": "true"}
        if forgery.row:
            kept[forgery.row[0]] = f"id = '{forgery.row[1]}'"
        for table, which in kept.items():
            administrator.execute(
                f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table} WHERE {which}"
            )
        try:
            with administrator.transaction():
                for statement in forgery.statements:
                    administrator.execute(statement)
            yield
        finally:
            with administrator.transaction():
                for table, which in kept.items():
                    administrator.execute(f"DELETE FROM {table} WHERE {which}")
                    administrator.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def _exports_show_it(under: House, report: Report, chance: random.Random, trials: int) -> None:
    """What was given away shows a chain written anew to its end, head included; and no byte of it changes unseen."""
    from django.conf import settings

    from contexts.audit.policies.exports import check_export, read_head

    status, body = call(under.client("ben"), "GET", "audit/export")
    report.demand(status == 200, f"export: answered {status}")
    lines, key = body.splitlines(), settings.AUDIT_SIGNING_KEY
    head = read_head(lines[-1])
    checked = check_export(lines, key)
    report.demand(not checked.findings, f"export: does not hold: {checked.findings[:2]}")
    report.demand(head is not None, "export: has no head")
    if head is None:
        return
    tenant = UUID(under.people.tenant)
    for forgery in forging.rewritten(under, tenant, chance):
        with tampered(under, forgery):
            blind, found = found_in(under, report), found_in(under, report, (head.head,))
        blind = [it for it in blind if it.sequence]  # the log still has the acts: no entry is named
        report.demand(
            not blind, f"export: {forgery.about} is found without it: the forgery is clumsy"
        )
        report.demand(bool(found), f"export: {forgery.about} is not shown by an earlier one")
    for _ in range(100 * trials):
        number = chance.randrange(len(lines))
        line = bytearray(lines[number])
        line[chance.randrange(len(line))] ^= chance.randrange(1, 256)
        changed = [*lines[:number], bytes(line), *lines[number + 1 :]]
        report.demand(bool(check_export(changed, key).findings), f"export: {bytes(line)[:80]!r}")
