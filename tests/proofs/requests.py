"""
`make prove-requests`: whatever is sent to whichever route, it is answered or refused by name.

The public document tells what to send: for every operation each shape that it describes and each that it forbids
(some 8,000), then so many drawn at random. No answer may be a fault of ours, and each refusal is a problem document.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.proofs.harness import BASE_DIR, House, Report

DOCUMENT = BASE_DIR / "docs/generated/openapi.json"
CHECKS = "not_a_server_error,refused_by_name"


def prove(under: House, *, seed: int, trials: int) -> Report:
    """`trials` are drawn for each operation, beside those that the document tells."""
    report = Report("requests", seed)
    found = _sent(under, seed=seed, drawn=trials)
    cases, operations = found["test_cases"], found["operations"]
    report.trials = cases["generated"]
    report.successes = cases["generated"] - cases["with_failures"]
    report.violations = [_told(it) for it in [*found["failures"], *found["errors"]]]
    report.demand(found["complete"], f"it ended early: {found['stop_reason']}")
    report.demand(
        operations["tested"] == operations["total"], f"not all operations were tried: {operations}"
    )
    print(f"  {cases['generated']} requests to {operations['tested']} operations")
    return report


def _sent(under: House, *, seed: int, drawn: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="requests-") as folder:
        told = Path(folder) / "report.json"
        done = subprocess.run(
            [
                Path(sys.executable).parent / "schemathesis", "run", DOCUMENT,
                "--url", under.running.addresses["main"],
                "--header", f"Authorization: Bearer {_key(under)}",
                "--phases", "coverage,fuzzing", "--max-examples", str(drawn),
                "--checks", CHECKS, "--continue-on-failure", "--no-shrink", "--workers", "2",
                "--seed", str(seed), "--report", "json", "--report-json-path", told,
            ],
            cwd=folder,  # what it writes beside itself stays there
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(BASE_DIR), "SCHEMATHESIS_HOOKS": "tests.proofs.refusals"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not told.exists():
            raise RuntimeError(done.stdout + done.stderr)
        found: dict[str, Any] = json.loads(told.read_text())
        return found


def _told(failure: dict[str, Any]) -> str:
    return json.dumps(failure)[:2000]


def _key(under: House) -> str:
    """Of somebody who may do everything, so that nothing is refused too early."""
    from contexts.identity import services
    from shared_kernel.tenancy import tenant_scope

    with tenant_scope(UUID(under.people.tenant)):
        owner, _ = services.register_user(username=f"hostile-{uuid4().hex}", scopes=["*"])
        return services.issue_api_key(name="hostile", scopes=["*"], owner=owner)[1]
