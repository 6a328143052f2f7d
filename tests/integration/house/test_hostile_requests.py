"""Every malformed request gets a problem document, never a 500: the document itself, fuzzed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits

from config.wsgi import application
from contexts.identity import services
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.proofs.refusals import refused_by_name

DOCUMENT = json.loads((settings.BASE_DIR / "docs/generated/openapi.json").read_text())
OPERATIONS = [(path, method) for path, found in DOCUMENT["paths"].items() for method in found]
EXAMPLES = 8  # for each operation; `make prove-requests` sends what is left out here
FAULT = 500

schema = schemathesis.openapi.from_dict(DOCUMENT)
schema.app = application


@pytest.fixture(scope="module")
def key(django_db_setup, django_db_blocker) -> Iterator[str]:
    """A key of a tenant of its own that may do everything, so that nothing is refused too early."""
    tenant = new_id()
    with django_db_blocker.unblock():
        services.found_tenant(tenant_id=tenant, slug=f"f-{tenant.hex[-12:]}", name="Fuzz")
        with tenant_scope(tenant):
            owner, _ = services.register_user(username=f"fuzz-{tenant.hex}", scopes=["*"])
            issued = services.issue_api_key(name="fuzz", scopes=["*"], owner=owner)[1]
        yield issued
        call_command("flush", verbosity=0, interactive=False)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_breaks_anything(key, path, method):
    @given(case=schema[path][method].as_strategy())
    @limits(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case):
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code < FAULT or answer.status_code == 503, answer.text[:500]
        refused_by_name(None, answer, case)

    ask()
