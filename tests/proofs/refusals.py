"""What `make prove-requests` demands of an answer that refuses; it is read by the command that sends the requests."""

from __future__ import annotations

import schemathesis

NEEDED = {"code", "status", "trace_id", "detail"}


@schemathesis.check
def refused_by_name(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A refusal is a problem document (RFC 9457) with the code and what to do."""
    if response.status_code < 400:
        return
    kind = response.headers["content-type"][0]
    assert kind.startswith("application/problem+json"), f"a refusal as {kind}"
    lacking = NEEDED - set(response.json())
    assert not lacking, f"a refusal without {sorted(lacking)}"
