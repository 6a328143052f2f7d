"""
`make prove-requests`: whatever is sent to whichever route, it is answered or refused by name.

The public document tells what to send: for every operation each shape that it describes and each that it forbids
(some 8,000), then so many drawn at random, about a shop of its own in which everything has been done once. No answer may
be a fault of ours, each refusal is a problem document, and no message that comes of it is parked.

What this cannot do: lead a rule through its life. Most of what is sent is refused; what was tried with success is told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.proofs.harness import BASE_DIR, CART, SHOP, House, Report
from tests.proofs.neighbours import Neighbour, settled
from tests.proofs.routes import BODIES

DOCUMENT = BASE_DIR / "docs/generated/openapi.json"
CHECKS = "not_a_server_error,refused_by_name"
OF_TABLES = {
    "absence_id": "rules_absence",
    "back_test_id": "evaluation_backtest",
    "budget_id": "rules_budget",
    "evaluation_id": "evaluation_evaluationrecord",
    "guardrail_id": "rules_guardrail",
    "order_file_id": "evaluation_orderfile",
    "policy_id": "rules_approvalpolicy",
    "rollout_id": "rules_rollout",
    "rule_id": "rules_rule",
    "template_id": "rules_ruletemplate",
}
NAMED = {"number": [1, 2], "stage": ["staging", "production"], "point": [SHOP["rules"][0]["point"]]}
_RULE = {
    name: SHOP["rules"][0][name] for name in ("point", "name", "reason", "condition", "effects")
}
SOUND = BODIES | {
    "evaluate_cart": CART,
    "evaluate_carts": {"carts": [CART]},
    "rules_create": {**_RULE, "slug": "asked"},
}


def prove(under: House, *, seed: int, trials: int) -> Report:
    """`trials` are drawn for each operation, beside those that the document tells."""
    report = Report("requests", seed)
    one = settled(under, f"asked-{uuid4().hex[:6]}")
    report.demand(under.quiet(), "the outbox never became quiet")
    parked = _parked(under)
    found, answers = _sent(under, one, seed=seed, drawn=trials)
    cases, operations = found["test_cases"], found["operations"]
    report.trials += cases["generated"]
    report.violations += [
        f"{it['title']}: {json.dumps(it)[:2000]}" for it in [*found["failures"], *found["errors"]]
    ]
    report.demand(found["complete"], f"it ended early: {found['stop_reason']}")
    report.demand(operations["tested"] == operations["total"], f"left out: {operations}")
    _demand_answered(report, answers, operations["total"])
    report.demand(under.quiet(), "the outbox never became quiet again")
    report.demand(_parked(under) == parked, "parked: what came of it was not heard")
    return report


def _demand_answered(report: Report, answers: Mapping[str, list[int]], total: int) -> None:
    """What was only refused was not tried: most can succeed as they are sent, and reading nearly all."""
    succeeded = {it for it, statuses in answers.items() if any(200 <= it < 300 for it in statuses)}
    report.successes += sum(200 <= it < 300 for statuses in answers.values() for it in statuses)
    reading = {it for it in answers if it.startswith("GET ")}
    never = sorted(reading - succeeded)
    print(
        f"  {sum(map(len, answers.values()))} requests; {len(succeeded)} of {total} operations succeeded"
    )
    if never:
        print(f"  never read: {', '.join(never)}")
    report.demand(len(never) <= len(reading) // 10, f"read in vain: {never}")
    report.demand(len(succeeded) >= total // 2, f"only {len(succeeded)} operations ever succeeded")


def _sent(
    under: House, one: Neighbour, *, seed: int, drawn: int
) -> tuple[dict[str, Any], dict[str, list[int]]]:
    with tempfile.TemporaryDirectory(prefix="requests-") as folder:
        document, told, tally = (
            Path(folder) / it for it in ("document.json", "told.json", "tally")
        )
        document.write_text(json.dumps(_document(under, one)))
        done = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis", "run", document,
                "--url", under.running.addresses["main"],
                "--header", f"Authorization: Bearer {one.author.key}",
                "--phases", "coverage,fuzzing", "--max-examples", str(drawn),
                "--checks", CHECKS, "--continue-on-failure", "--no-shrink", "--workers", "2",
                "--seed", str(seed), "--report", "json", "--report-json-path", told,
            ],
            cwd=folder,  # what it writes beside itself stays there
            env={
                "PATH": "/usr/bin:/bin", "PYTHONPATH": str(BASE_DIR), "ANSWERS": str(tally),
                "SCHEMATHESIS_HOOKS": "tests.proofs.refusals",
            },
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print((done.stdout + done.stderr)[-4000:])
        answers = defaultdict(list)
        for line in tally.read_text().splitlines():
            operation, _, status = line.partition("\t")
            answers[operation].append(int(status))
        return json.loads(told.read_text()), answers


def _document(under: House, one: Neighbour) -> dict[str, Any]:
    """The public document, in which ids are those of the shop, and bodies are told that would be taken."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    ids = {name: _ids(under, table, one) for name, table in OF_TABLES.items()} | NAMED
    for operations in document["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in ids:
                    parameter["schema"]["enum"] = ids[parameter["name"]]
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None and operation["operationId"] in SOUND:
                body["example"] = SOUND[operation["operationId"]]
    return document


def _ids(under: House, table: str, one: Neighbour) -> list[str]:
    rows = under.truth(
        f"SELECT id::text FROM {table} WHERE tenant_id = %s ORDER BY id LIMIT 3", one.tenant
    )
    return [identity for (identity,) in rows]


def _parked(under: House) -> int:
    return under.count("SELECT count(*) FROM eventlog_delivery WHERE status = 'parked'")
