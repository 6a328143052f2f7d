"""Two shops side by side, with a row of each in every table that has a tenant."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from config.demo.client import Client
from tests.proofs.harness import CART, SHOP, House, Report, call, send

HALTED = "promotions.shipping-discounts"
CONTENT = ("name", "reason", "condition", "effects")
SHARES = {"total": {"amount": "10.00", "currency": "EUR"}, "weights": ["1", "2"]}
# the catalogue knows them, so that a new table is included by itself
_TABLES = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
  AND (a.attname = 'tenant_id' OR (c.relname, a.attname) = ('tenancy_tenant', 'id')) ORDER BY 1
"""


@dataclass(frozen=True)
class Neighbour:
    """A tenant; two people of it who may do anything there; what its rules are called."""

    tenant: UUID
    author: Client
    reviewer: Client
    mark: str


def tables(under: House) -> list[tuple[str, str]]:
    """Each table of tenants' rows, and the column that says whose they are."""
    return [(str(table), str(column)) for table, column in under.truth(_TABLES)]


def neighbours(under: House, report: Report) -> tuple[Neighbour, Neighbour]:
    """Two new shops, each time; both have done everything once."""
    made = (
        settled(under, f"mine-{uuid4().hex[:6]}"),
        settled(under, f"rival-{uuid4().hex[:6]}"),
    )
    report.demand(under.quiet(), "the outbox never became quiet")
    for one in made:
        for table, column in tables(under):
            rows = len(rows_of(under, table, column, one.tenant))
            report.demand(rows > 0, f"empty: {table} has no row of {one.mark}: nothing is proved")
    return made


def rows_of(under: House, table: str, column: str, tenant: UUID) -> list[dict[str, Any]]:
    """All rows of a tenant, as the administrator sees them."""
    return [row for (row,) in under.truth(
        f'SELECT to_jsonb(t) FROM "{table}" t WHERE "{column}" = %s ORDER BY id', tenant
    )]  # fmt: skip


def everything_of(under: House, one: Neighbour) -> dict[str, Any]:
    """All that a tenant has, to be compared with what it has later."""
    return {table: rows_of(under, table, column, one.tenant) for table, column in tables(under)}


def settled(under: House, mark: str) -> Neighbour:
    """A new shop that has done everything once."""
    from contexts.identity import services
    from shared_kernel.ids import new_id
    from shared_kernel.tenancy import tenant_scope

    tenant = new_id()
    services.found_tenant(tenant_id=tenant, slug=mark, name=mark)
    address = under.running.addresses["main"]
    with tenant_scope(tenant):
        rita, rolf = (Client(address, _key_of(f"{name}-{mark}")) for name in ("rita", "rolf"))
        _work_under_way()
    one = Neighbour(tenant, rita, rolf, mark)
    _does_everything(one)
    with tenant_scope(tenant):
        _stands_still()
    return one


def _stands_still() -> None:
    """The sweeps of roll-outs and budgets move their work lists: what is compared later must not move by itself."""
    from contexts.evaluation.models import RolloutWork
    from contexts.rules.models import BudgetCheck
    from shared_kernel import clock

    until = time.monotonic() + 30
    tomorrow = clock.now() + timedelta(days=1)
    BudgetCheck.objects.update(due_at=tomorrow)
    while not RolloutWork.objects.update(due_at=tomorrow, token=None):
        if time.monotonic() > until:
            raise RuntimeError("evaluation never heard of the roll-out")
        time.sleep(0.2)


def _key_of(username: str) -> str:
    from contexts.identity import services

    owner, _ = services.register_user(username=username, scopes=["*"])
    return services.issue_api_key(name=username, scopes=["*"], owner=owner)[1]


def _work_under_way() -> None:
    """Work lists are empty when all is well: here is something to be seen."""
    from contexts.evaluation.models import BackTestWork
    from contexts.rules.models import NoticeDue
    from shared_kernel import clock
    from shared_kernel.eventlog.models import Delivery
    from shared_kernel.ids import new_id
    from shared_kernel.sagas.models import SagaRecord

    SagaRecord.objects.create(saga="proof", key=str(new_id()), status="completed")
    Delivery.objects.create(
        event_id=new_id(), context="proof", stream="proof", version=1, status="parked"
    )
    NoticeDue.objects.create(id=new_id(), due_at=clock.now() + timedelta(days=1))
    BackTestWork.objects.create(id=new_id(), due_at=clock.now() + timedelta(days=1))


def _does_everything(one: Neighbour) -> None:
    anybody = {"name": one.mark, "from_risk": "high", "requirements": [{"count": 1}]}
    one.author.post("rules/approval-policies", anybody)
    month = timedelta(days=30)
    away = {
        "delegate": f"user:rolf-{one.mark}",
        "starts_at": (datetime.now(UTC) + month).isoformat(),
        "ends_at": (datetime.now(UTC) + 2 * month).isoformat(),
    }
    one.author.post("rules/absences", away)
    members = []
    for number, rule in enumerate((SHOP["rules"][4], SHOP["rules"][5], SHOP["rules"][4])):
        content = {name: rule[name] for name in CONTENT}
        if number == 2:  # it begins by itself, long after the proof
            content |= {"starts": "2031-01-01T00:00", "time_zone": "Europe/Berlin"}
        draft = one.author.post(
            "rules/", {**content, "slug": f"{one.mark}-{number}", "point": rule["point"]}
        )
        path = f"rules/{draft['rule_id']}/versions/1"
        one.author.post(f"{path}/submit")
        one.author.post(f"{path}/comments", {"text": f"{one.mark} thinks so"})
        if number != 1:  # that one waits in the reviewer's inbox
            hash_ = {"content_hash": draft["content_hash"]}
            one.reviewer.post(f"{path}/approve", hash_)
            one.reviewer.post(f"{path}/activate")
            members.append({"rule_id": draft["rule_id"], "version": 1})
    _templates(one)
    _releases(one, members[:1])
    hook = {"url": f"https://{one.mark}.example/hook", "kinds": ["mentioned"]}
    call(one.author, "PUT", "rules/notice-hook", hook)
    budget = {"amount": "100.00", "currency": "EUR", "tag": one.mark}
    one.author.post("rules/budgets", {**budget, "name": f"{one.mark} for summer"})
    one.reviewer.post("rules/stops", {"point": HALTED, "reason": one.mark})
    call(one.reviewer, "DELETE", f"rules/stops/{HALTED}")
    claim = {"point": SHOP["rules"][4]["point"], "claim": "outcome.paid >= 0"}
    one.author.post("rules/guardrails", {**claim, "name": f"{one.mark} gives nothing away"})
    said = {"type": "string", "about": f"what {one.mark} alone knows"}
    one.author.post("calculation/attributes", {**said, "record": "customer", "name": "sum"})
    one.author.post(
        "calculator/calculations",
        {"algorithm": "allocation.largest-remainder", "input": SHARES, "record": True},
    )
    call(one.author, "POST", "calculator/algorithms/percentage/1/withdraw", {"reason": one.mark})
    one.author.post("evaluations", {**CART, "channel": one.mark})
    _tries_on_orders(one)


def _templates(one: Neighbour) -> None:
    """A template that a colleague approved, and a rule that somebody made from it."""
    given = {"slug": f"{one.mark}-template", "name": f"As {one.mark} does"}
    draft = one.author.post("rules/templates", {**SHOP["templates"][0], **given})
    path = f"rules/templates/{draft['template_id']}"
    one.author.post(f"{path}/versions/1/submit")
    one.reviewer.post(f"{path}/versions/1/approve", {"content_hash": draft["content_hash"]})
    filled = {"percent": "5", "tier": one.mark, "category": "Garden"}
    one.author.post(f"{path}/rules", {"slug": f"{one.mark}-made", "arguments": filled})


def _releases(one: Neighbour, members: list[dict[str, Any]]) -> None:
    """What decides now, put together and on its way; somebody has to approve each stage of it."""
    call(one.author, "PUT", "rules/stages/development", {"requirements": [{"count": 1}]})
    made = one.author.post("rules/releases", {"name": f"{one.mark} of spring", "members": members})
    stage = f"rules/releases/{made['number']}/stages/development"
    one.reviewer.post(f"{stage}/approve", {"digest": made["digest"], "comment": one.mark})
    one.author.post(f"{stage}/promote")
    _rolls_out(one)


def _rolls_out(one: Neighbour) -> None:
    """A rule that nobody activated is tried as a shadow; carts priced after that have an arm."""
    rule = SHOP["rules"][4]
    content = {name: rule[name] for name in CONTENT}
    draft = one.author.post(
        "rules/", {**content, "slug": f"{one.mark}-tried", "point": rule["point"]}
    )
    path = f"rules/{draft['rule_id']}/versions/1"
    one.author.post(f"{path}/submit")
    one.reviewer.post(f"{path}/approve", {"content_hash": draft["content_hash"]})
    members = [{"rule_id": draft["rule_id"], "version": 1}]
    made = one.author.post("rules/releases", {"name": f"{one.mark} tried", "members": members})
    stages = f"rules/releases/{made['number']}/stages"
    one.reviewer.post(f"{stages}/development/approve", {"digest": made["digest"]})
    for stage in ("development", "staging"):
        one.author.post(f"{stages}/{stage}/promote")
    ramp = [{"percent": "0", "seconds": 86_400}, {"percent": "100"}]
    one.author.post("rules/rollouts", {"release": made["number"], "ramp": ramp})


def _tries_on_orders(one: Neighbour) -> None:
    """A back-test over an order file of its own, run by a worker; its customers' names are its own as well."""
    lines = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        f"1,A,Lamp,20,2011-01-01 10:00:00,2.50,{one.mark},France",
    )
    status, body = send(
        one.author,
        f"evaluation/order-files?name={one.mark}.csv",
        "\n".join(lines).encode(),
        kind="text/csv",
    )
    if status != HTTPStatus.CREATED:
        raise RuntimeError(f"the order file was refused: {body!r}")
    rule = {name: SHOP["rules"][3][name] for name in CONTENT}
    draft = {"rule_id": str(uuid4()), "version": 1, **rule, "condition": "line.quantity >= 2"}
    asked = one.author.post(
        "evaluation/back-tests",
        {
            "drafts": [{"point": SHOP["rules"][3]["point"], "rule": draft}],
            "order_file": json.loads(body)["id"],
        },
    )
    until = time.monotonic() + 30
    while (shown := one.author.get(f"evaluation/back-tests/{asked['id']}"))["status"] != "done":
        if time.monotonic() > until or shown["status"] == "failed":
            raise RuntimeError(f"the back-test of {one.mark} is {shown['status']}")
        time.sleep(0.2)
