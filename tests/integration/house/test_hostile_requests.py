"""Every malformed request gets a problem document, never a 500: the document itself, fuzzed."""

from __future__ import annotations

import json

import pytest
import schemathesis
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as limits

from config.wsgi import application
from contexts.identity import services
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope

DOCUMENT = json.loads((settings.BASE_DIR / "docs/generated/openapi.json").read_text())
EXAMPLES = 8
FAULT = 500


def document() -> dict:
    """The public document as the generated page has it."""
    return DOCUMENT


schema = schemathesis.openapi.from_dict(document())
schema.app = application


@pytest.fixture
def key(transactional_db) -> str:
    """A key of a tenant of its own that may do everything, so that nothing is refused too early."""
    tenant = new_id()
    services.found_tenant(tenant_id=tenant, slug=f"f-{tenant.hex[-12:]}", name="Fuzz")
    with tenant_scope(tenant):
        owner, _ = services.register_user(username=f"fuzz-{tenant.hex}", scopes=["*"])
        return services.issue_api_key(name="fuzz", scopes=["*"], owner=owner)[1]


@schema.parametrize()
@limits(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_anything(key, case):
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {key}"}
    answer = case.call()
    assert answer.status_code < FAULT or answer.status_code == 503, answer.text[:500]
    if answer.status_code >= 400:
        assert answer.headers["content-type"][0].startswith("application/problem+json")
        assert {"code", "status", "trace_id", "detail"} <= set(json.loads(answer.content))
