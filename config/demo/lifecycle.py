"""A rule's way to the customer over the API: drafted, submitted, approved by somebody else, activated."""

from __future__ import annotations

import time
from typing import Any

from config.demo.client import Client, Refused

PATIENCE = 10.0
CONTENT = ("name", "reason", "condition", "effects", "priority", "order", "group", "stop")


def bring_to_life(
    rule: dict[str, Any], *, author: Client, reviewer: Client
) -> tuple[str, int, str]:
    """The rule's id, the version that is active in the end, and what had to be done."""
    content = {name: rule[name] for name in CONTENT if name in rule}
    version = _existing(rule["slug"], author)
    if version and version["status"] == "active" and _says(version, content):
        return version["rule_id"], version["number"], "was active already"
    if version is None:
        body = {"slug": rule["slug"], "point": rule["point"], **content}
        version = author.post("rules/", body)
    elif version["status"] != "draft":
        version = author.post(f"rules/{version['rule_id']}/versions", content)
    path = f"rules/{version['rule_id']}/versions/{version['number']}"
    author.post(f"{path}/submit")
    reviewer.post(
        f"{path}/approve", {"content_hash": version["content_hash"], "comment": "Looks right."}
    )
    reviewer.post(f"{path}/activate")
    return version["rule_id"], version["number"], "drafted, submitted, approved, activated"


def bring_template_to_use(template: dict[str, Any], *, author: Client, reviewer: Client) -> str:
    """What had to be done until rules can be made from the template."""
    content = {name: it for name, it in template.items() if name not in {"slug", "point"}}
    found = {it["slug"]: it for it in author.get("rules/templates")["results"]}
    there = found.get(template["slug"])
    if there is not None and any(it["status"] == "approved" for it in there["versions"]):
        return "was approved already"
    if there is None:
        draft = author.post("rules/templates", template)
    else:
        draft = max(there["versions"], key=lambda it: int(it["number"]))
        if draft["status"] != "draft":
            draft = author.post(f"rules/templates/{there['id']}/versions", content)
    path = f"rules/templates/{draft['template_id']}/versions/{draft['number']}"
    author.post(f"{path}/submit")
    reviewer.post(f"{path}/approve", {"content_hash": draft["content_hash"]})
    return "drafted, submitted, approved"


def own_work_is_refused(rule: dict[str, Any], *, author: Client) -> str:
    """What the API answers when an author tries to approve their own draft."""
    content = {name: rule[name] for name in CONTENT if name in rule}
    draft = author.post(
        "rules/", {"slug": f"own-work-{time.time_ns()}", "point": rule["point"], **content}
    )
    path = f"rules/{draft['rule_id']}/versions/{draft['number']}"
    author.post(f"{path}/submit")
    try:
        author.post(f"{path}/approve", {"content_hash": draft["content_hash"]})
    except Refused as refusal:
        return str(refusal)
    raise AssertionError("an author approved their own rule")


def _existing(slug: str, client: Client) -> dict[str, Any] | None:
    """The newest version of the rule, an active one first."""
    found = client.get(f"rules/?slug={slug}")["results"]
    versions = found[0]["versions"] if found else []
    ranked = sorted(versions, key=lambda it: (it["status"] in {"active", "draft"}, it["number"]))
    newest: dict[str, Any] | None = ranked[-1] if ranked else None
    return newest


def _says(version: dict[str, Any], content: dict[str, Any]) -> bool:
    return all(version[name] == value for name, value in content.items())


def wait_until_decided(
    cart: dict[str, Any], versions: set[tuple[str, int]], *, storefront: Client
) -> float:
    """Milliseconds until these versions (rule id, number) decide about a cart that has lines and shipping."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        priced = storefront.post("evaluations", {**cart, "explain": "full"})
        deciding = {(it["rule_id"], it["rule_version"]) for it in priced["explanations"]}
        if versions <= deciding:
            return (time.monotonic() - begun) * 1000
        time.sleep(0.02)
    raise TimeoutError(
        "the activated rules did not reach the web process; see the logs of relay and worker"
    )
