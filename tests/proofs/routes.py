"""Every route of the document, with every id of the other tenant: the answer is that of a missing one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from config.demo.client import Client
from tests.proofs.harness import SHOP, House, Report, call, code_of
from tests.proofs.neighbours import CONTENT, Neighbour

OK, NOT_FOUND = 200, 404
PREFIX = "/api/v1/"
METHODS = ("get", "post", "put", "patch", "delete")
_CONTENT = {name: SHOP["rules"][5][name] for name in CONTENT}
_READ = {"content_hash": "0" * 64, "comment": "read"}
_TEMPLATE = {name: SHOP["templates"][0][name] for name in ("name", "parameters", "rule")}
# a body that is refused for its shape never gets as far as the id: a new route needs its own here
BODIES: dict[str, Any] = {
    "rules_versions_create": _CONTENT,
    "rules_versions_update": _CONTENT,
    "rules_versions_approve_create": _READ,
    "rules_versions_reject_create": _READ,
    "rules_versions_clone_create": {"slug": "copy"},
    "rules_versions_comments_create": {"text": "read"},
    "rules_versions_template_create": {
        "slug": "opened", "name": "read",
        "parameters": [{"place": "/condition@0", "name": "read", "kind": "text", "label": "read"}],
    },
    "rules_versions_pause_create": {"reason": "read"},
    "rules_roll_back_create": {"to": 1},
    "advance_rollout": {},
    "pause_rollout": {"reason": "read"},
    "roll_back_rollout": {"reason": "read"},
    "rules_tags_update": {"tags": ["read"]},
    "rules_templates_rules_create": {"slug": "made", "arguments": {}},
    "rules_templates_versions_create": _TEMPLATE,
    "rules_templates_versions_update": _TEMPLATE,
    "rules_templates_versions_approve_create": _READ,
    "rules_templates_versions_reject_create": _READ,
    "rules_approval_policies_update": {"name": "read", "requirements": [{"count": 1}]},
}  # fmt: skip


# what a path names where it is not an id: an algorithm, or an attribute of both, is called sum
NAMES = {"record": "customer"}


@dataclass(frozen=True)
class Route:
    """One operation of the document."""

    method: str
    path: str
    name: str
    parameters: tuple[dict[str, Any], ...]

    @property
    def has_id(self) -> bool:
        return any(it["schema"].get("format") == "uuid" for it in self.parameters)

    def queries(self) -> set[str]:
        return {it["name"] for it in self.parameters if it["in"] == "query"}

    def address(self, identity: str = "") -> str:
        path = self.path.removeprefix(PREFIX)
        for it in self.parameters:
            kind = it["schema"]
            is_number = kind.get("type") == "integer"
            named = NAMES.get(it["name"], "sum")
            given = identity if kind.get("format") == "uuid" else "1" if is_number else named
            path = path.replace("{" + it["name"] + "}", given)
        return path

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def closed(me: Neighbour, other: Neighbour, theirs: list[str], report: Report) -> None:
    """`theirs` are all ids of the other's rows, in whichever table."""
    routes = _documented(me.author)
    with_id = [route for route in routes if route.has_id]
    lists = [route for route in routes if not route.has_id and route.method == "get"]
    for number, what in ((len(theirs), "an id"), (len(with_id), "a route"), (len(lists), "a list")):
        report.witnessed(number, what)
    for route in with_id:
        _answers_as_missing(me.author, route, theirs, report)
    for route in lists:
        _shows_none(me.author, route, [*theirs, other.mark], other.mark, report)


def _documented(me: Client) -> list[Route]:
    document = json.loads(call(me, "GET", "schema?format=json")[1])
    return [
        Route(method, path, it["operationId"], tuple(it.get("parameters", ())))
        for path, operations in document["paths"].items()
        for method, it in operations.items()
        if method in METHODS
    ]


def _answers_as_missing(me: Client, route: Route, theirs: list[str], report: Report) -> None:
    def answer(identity: str) -> tuple[int, Any]:
        begun = time.perf_counter()
        status, text = call(
            me,
            route.method.upper(),
            route.address(identity),
            BODIES.get(route.name),
            key=str(uuid4()),
        )
        report.seconds.append(time.perf_counter() - begun)
        found = json.loads(text.decode().replace(identity, "ID")) if text else {}
        if isinstance(found, dict):  # a problem; what leaks may be of any shape
            found.pop("trace_id", None)
        return status, found

    absent = answer(str(uuid4()))
    report.demand(absent[0] == NOT_FOUND, f"route: {route} does not look for the id: {absent}")
    for identity in theirs:
        seen = answer(identity)
        report.demand(seen == absent, f"route: {route} tells {seen}, not {absent}")


def _shows_none(me: Client, route: Route, secrets: list[str], mark: str, report: Report) -> None:
    """No list, filtered or not, holds an id or a name of the other tenant."""
    queries = ["?page_size=100" if "page_size" in route.queries() else ""]
    if "slug" in route.queries():
        queries += [f"?slug={mark}-0", f"?slug={mark}-1"]
    if "status" in route.queries():
        queries += [f"?page_size=100&status={it}" for it in ("active", "in_review", "draft")]
    for query in queries:
        status, body = call(me, "GET", route.address() + query)
        leaked = [it for it in secrets if it in body.decode()]
        report.demand(status == OK, f"list: {route}{query} answers {status} {code_of(body)}")
        report.demand(not leaked, f"list: {route}{query} shows {leaked[:3]}")


def own_is_seen(under: House, one: Neighbour, report: Report) -> None:
    """A tenant finds its own under such ids: otherwise nothing is proved by not finding them."""
    for path, table in (
        ("rules/{}", "rules_rule"),
        ("rules/rollouts/{}", "rules_rollout"),
        ("rules/budgets/{}", "rules_budget"),
        ("evaluations/{}", "evaluation_evaluationrecord"),
        ("evaluation/back-tests/{}", "evaluation_backtest"),
        ("evaluation/order-files/{}", "evaluation_orderfile"),
    ):
        ((identity,),) = under.truth(
            f"SELECT id::text FROM {table} WHERE tenant_id = %s LIMIT 1", one.tenant
        )
        status, _ = call(one.author, "GET", path.format(identity))
        report.demand(status == OK, f"own: {path} answers {status}")
    for path, who in (("rules/", one.author), ("rules/inbox", one.reviewer)):
        waiting = json.loads(call(who, "GET", path)[1])["results"]
        report.witnessed(len(waiting), f"an own entry at {path}")
