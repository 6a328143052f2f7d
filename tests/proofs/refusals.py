"""
What `make prove-requests` demands of each answer; the command that sends the requests reads it.

Where `ANSWERS` names a file, it is told there what each operation answered, so that a proof knows what it has tried.
"""

from __future__ import annotations

import os

import schemathesis

NEEDED = {"code", "status", "trace_id", "detail"}


@schemathesis.check
def refused_by_name(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A refusal is a problem document (RFC 9457) with the code and what to do."""
    if where := os.environ.get("ANSWERS"):
        with open(where, "a", encoding="utf-8") as told:  # noqa: PTH123 - a line at once, of either worker
            told.write(f"{case.operation.label}\t{response.status_code}\n")
    if response.status_code < 400:
        return
    kind = response.headers["content-type"][0]
    assert kind.startswith("application/problem+json"), f"a refusal as {kind}"
    lacking = NEEDED - set(response.json())
    assert not lacking, f"a refusal without {sorted(lacking)}"
