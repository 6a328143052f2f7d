"""No tenant sees another: by route, by list, by SQL as the application's role."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from uuid import UUID, uuid4

import psycopg

from config.demo.client import Client
from tests.proofs.harness import CART, SHOP, House, Report

METHODS = ("get", "post", "put", "delete")
OK = 200


def prove(under: House, *, seed: int, trials: int) -> Report:
    del trials
    report = Report("tenancy", seed)
    other = _other_tenant(under)
    _routes(under, other, report)
    _sql(under, other, report)
    return report


def _other_tenant(under: House) -> dict[str, Any]:
    """A second tenant with a rule, an evaluation and everything that these leave behind."""
    from contexts.identity import services
    from shared_kernel.eventlog.models import Delivery
    from shared_kernel.ids import new_id
    from shared_kernel.sagas.models import SagaRecord
    from shared_kernel.tenancy import tenant_scope

    tenant = new_id()
    services.found_tenant(tenant_id=tenant, slug=f"rival-{tenant.hex[-6:]}", name="Rival")
    with tenant_scope(tenant):
        keys = []
        for name in ("rita", "rolf"):
            owner, _ = services.register_user(username=f"{name}-{tenant.hex[-6:]}", scopes=["*"])
            keys.append(services.issue_api_key(name=name, scopes=["*"], owner=owner)[1])
        # a work list is empty when all is well: here is something to be seen
        SagaRecord.objects.create(saga="proof", key="proof", status="completed")
        Delivery.objects.create(
            event_id=new_id(), context="proof", stream="proof", version=1, status="parked"
        )
    client, colleague = (Client(under.running.addresses["main"], key) for key in keys)
    rule = SHOP["rules"][0]
    names = ("slug", "point", "name", "reason", "condition", "effects")
    draft = client.post("rules/", {name: rule[name] for name in names})
    path = f"rules/{draft['rule_id']}/versions/1"
    client.post(f"{path}/submit")
    colleague.post(f"{path}/approve", {"content_hash": draft["content_hash"]})
    colleague.post(f"{path}/activate")
    priced = client.post("evaluations", CART)
    shares = {"total": {"amount": "10.00", "currency": "EUR"}, "weights": ["1", "2"]}
    asked = {"algorithm": "allocation.largest-remainder", "input": shares, "record": True}
    client.post("calculator/calculations", asked)
    client.post("calculator/algorithms/sum/1/withdraw", {"reason": "proof"})
    order = {
        **SHOP["rules"][4],
        "slug": "order",
    }  # an order discount, so that an algorithm is relied on
    _live(client, colleague, {name: order[name] for name in names})
    under.quiet()
    client.post("evaluations", {**CART, "coupons": ["WELCOME"]})
    under.quiet()
    return {
        "tenant": tenant,
        "client": client,
        "rule_id": draft["rule_id"],
        "evaluation_id": priced["id"],
    }


def _live(author: Client, reviewer: Client, rule: dict[str, Any]) -> None:
    draft = author.post("rules/", rule)
    path = f"rules/{draft['rule_id']}/versions/1"
    author.post(f"{path}/submit")
    reviewer.post(f"{path}/approve", {"content_hash": draft["content_hash"]})
    reviewer.post(f"{path}/activate")


def _answer(client: Client, method: str, path: str) -> tuple[int, str]:
    request = urllib.request.Request(
        f"{client.address}{path}",
        method=method.upper(),
        data=None if method == "get" else b"{}",
        headers={
            "Authorization": f"Bearer {client.key}",
            "Content-Type": "application/json",
            "If-Match": "*",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        document = json.loads(refusal.read())
        return refusal.code, document["code"]


def _routes(under: House, other: dict[str, Any], report: Report) -> None:
    """Every route with an id: another tenant's answers exactly as a missing one."""
    me = Client(under.running.addresses["main"], _key_for_everything(under))
    document = json.loads((__import__("pathlib").Path("docs/generated/openapi.json")).read_text())
    for path, operations in document["paths"].items():
        params = {
            it["name"]
            for on in operations.values()
            for it in on.get("parameters", ())
            if it["in"] == "path"
        }
        theirs = path.replace("{rule_id}", other["rule_id"]).replace(
            "{evaluation_id}", other["evaluation_id"]
        )
        missing = path.replace("{rule_id}", str(uuid4())).replace("{evaluation_id}", str(uuid4()))
        theirs, missing = theirs.replace("{number}", "1"), missing.replace("{number}", "1")
        for method in METHODS:
            if method not in operations:
                continue
            if {"rule_id", "evaluation_id"} & params:
                seen, absent = _answer(me, method, theirs), _answer(me, method, missing)
                report.demand(seen == absent, f"{method} {path}: {seen} differs from {absent}")
                report.demand(seen[0] != OK, f"{method} {path} answered with another tenant's")
            elif method == "get" and not params:
                body = _answer(me, method, path)[1]
                leaked = other["rule_id"] in body or other["evaluation_id"] in body
                report.demand(not leaked, f"{path} lists another tenant's")
    own = _answer(other["client"], "get", f"/api/v1/evaluations/{other['evaluation_id']}")
    report.demand(own[0] == OK, "the tenant cannot see its own evaluation: nothing was proved")


def _key_for_everything(under: House) -> str:
    from contexts.identity import services
    from shared_kernel.tenancy import tenant_scope

    with tenant_scope(UUID(under.people.tenant)):
        return services.issue_api_key(name="prover", scopes=["*"])[1]


def _sql(under: House, other: dict[str, Any], report: Report) -> None:
    """Every table with a tenant, found in the catalogue: read, written, changed and emptied as the application."""
    tables = under.truth(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN pg_tables t ON "
        "t.tablename = c.table_name WHERE t.schemaname = 'public' AND (c.column_name = 'tenant_id' "
        "OR (c.table_name, c.column_name) = ('tenancy_tenant', 'id'))"
    )
    report.demand(len(tables) > 10, f"only {len(tables)} tables have a tenant")
    url = under.running.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as mine:
        role = mine.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        report.demand(role == (False, False), "the application's role stands above the fence")
        owned = mine.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner = current_user"
        ).fetchone()
        report.demand(owned == (0,), "the application's role owns tables")
        for table, column in tables:
            there = under.count(
                f'SELECT count(*) FROM "{table}" WHERE {column} = %s', other["tenant"]
            )
            report.demand(there > 0, f"{table}: the other tenant has no row, so nothing is proved")
            for scope in (under.people.tenant, ""):
                mine.execute("SELECT set_config('verdict.tenant', %s, false)", [scope])
                _untouchable(mine, table, column, other["tenant"], report)


def _untouchable(mine: Any, table: str, column: str, tenant: UUID, report: Report) -> None:
    name = psycopg.sql.Identifier(table)
    place = psycopg.sql.Identifier(column)
    found = mine.execute(
        psycopg.sql.SQL("SELECT count(*) FROM {} WHERE {} = %s").format(name, place), [tenant]
    ).fetchone()
    report.demand(found == (0,), f"{table}: {found[0]} rows of another tenant are seen")
    for statement in ("DELETE FROM {} WHERE {} = %s", "UPDATE {} SET {} = {} WHERE {} = %s"):
        parts = (name, place) if statement.startswith("DELETE") else (name, place, place, place)
        try:
            touched = mine.execute(psycopg.sql.SQL(statement).format(*parts), [tenant]).rowcount
        except psycopg.Error:
            touched = 0
        report.demand(touched == 0, f"{table}: {touched} rows of another tenant were touched")
    try:
        mine.execute(
            psycopg.sql.SQL("INSERT INTO {} ({}) VALUES (%s)").format(name, place), [tenant]
        )
        refused = "not at all"
    except psycopg.Error as refusal:
        refused = type(refusal).__name__
    fenced = {"InsufficientPrivilege", "RaiseException", "CheckViolation"}
    report.demand(
        refused in fenced, f"{table}: an insert for another tenant was refused by {refused}"
    )
