"""Back-tests and order files over the API: shapes, scopes, keys, and what is refused."""

from __future__ import annotations

import gzip
import json
import random
from uuid import uuid4

import pytest
from django.test import Client

from contexts.evaluation import services
from contexts.evaluation.models import BackTest, OrderFile
from contexts.identity import services as identity
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.evaluation.order_files import drawn, file_of, written

FILES, TESTS = "/api/v1/evaluation/order-files", "/api/v1/evaluation/back-tests"
RULE = {
    "rule_id": str(uuid4()), "version": 1, "name": "Six", "reason": "6 % off six", "condition": "line.quantity >= 6",
    "effects": [{"kind": "percent_off_line", "params": {"percent": "6"}}],
}  # fmt: skip
DRAFT = {"point": "promotions.line-discounts", "rule": RULE}


@pytest.fixture
def call(in_tenant):
    return caller("evaluation:*")


def caller(*scopes: str):
    secret = identity.issue_api_key(name=f"k{uuid4().hex[:6]}", scopes=list(scopes))[1]
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})

    def run(method: str, path: str, body=b"", kind="application/json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body)
        return client.generic(method, path, data=data, content_type=kind, headers=headers)

    return run


@pytest.fixture
def uploaded(call) -> dict:
    content = gzip.compress(written(drawn(random.Random(4), 30)), mtime=0)
    answer = call("POST", f"{FILES}?name=jan.csv.gz&channel=web", content, "application/gzip")
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_file_a_back_test_and_its_result(call, uploaded):
    assert (uploaded["file"], uploaded["orders"]) == ("jan.csv.gz", 30)
    asked = call("POST", TESTS, {"drafts": [DRAFT], "order_file": uploaded["id"]})
    assert (asked.status_code, asked.json()["status"]) == (201, "waiting")
    services.run_back_test(asked.json()["id"])
    shown = call("GET", f"{TESTS}/{asked.json()['id']}").json()
    assert (shown["status"], shown["carts_done"], shown["is_current"]) == ("done", 30, True)
    sums = shown["result"]["currencies"][0]["sums"]
    assert sums["discount_before"] == {"amount": "0.00", "currency": "GBP"}
    (listed,) = call("GET", TESTS).json()["results"]
    assert listed["id"] == shown["id"]
    assert "result" not in listed


def test_the_same_key_starts_one(call, uploaded):
    body, key = {"drafts": [DRAFT], "order_file": uploaded["id"]}, {"Idempotency-Key": "one"}
    first, second = (call("POST", TESTS, body, **key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert BackTest.objects.count() == 1
    assert call("POST", TESTS, body).json()["code"] == "evaluation.back-test-under-way"


def test_a_file_is_larger_than_a_body_may_be(call, settings):
    """Where files are sent the limit is another; everywhere else it stays."""
    settings.MAX_BODY_BYTES = 1_000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_001
    content = written(drawn(random.Random(4), 60))
    assert len(content) > 10_000
    assert call("POST", FILES, content, "text/csv").status_code == 201
    assert call("POST", TESTS, content).status_code == 413
    settings.MAX_UPLOAD_BYTES = 10_000
    assert call("POST", FILES, content, "text/csv").status_code == 413


def test_a_file_is_removed_and_its_tests_stay(call, uploaded):
    asked = call("POST", TESTS, {"drafts": [DRAFT], "order_file": uploaded["id"]}).json()
    services.run_back_test(asked["id"])
    assert call("DELETE", f"{FILES}/{uploaded['id']}").status_code == 204
    assert call("GET", f"{FILES}/{uploaded['id']}").status_code == 404
    assert call("GET", f"{TESTS}/{asked['id']}").json()["status"] == "done"


@pytest.mark.parametrize(
    ("path", "body", "kind", "expected"),
    [
        (FILES, b"{}", "application/json", (415, "")),
        (FILES, b"a,b\n", "text/csv", (422, "evaluation.order-file-unreadable")),
        (f"{FILES}?currency=EURO", file_of(), "text/csv", (422, "kernel.invalid")),
        (f"{FILES}?currency=XXY", file_of(), "text/csv", (422, "evaluation.order-file-unreadable")),
        (TESTS, {"drafts": [DRAFT]}, "application/json", (422, "evaluation.source-unclear")),
        (TESTS, {"drafts": [], "days": 3}, "application/json", (422, "kernel.body-invalid")),
        (TESTS, {"drafts": [DRAFT], "days": 3}, "application/json", (422, "evaluation.nothing-to-test")),
        (
            TESTS,
            {"drafts": [{**DRAFT, "point": "x"}], "days": 3},
            "application/json",
            (422, "evaluation.point-without-prices"),
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_as_a_problem(call, path, body, kind, expected):
    answer = call("POST", path, body, kind)
    assert answer.status_code == expected[0]
    assert answer["Content-Type"] == "application/problem+json"
    if expected[1]:
        assert answer.json()["code"] == expected[1]


def test_reading_does_not_allow_to_start(in_tenant):
    read = caller("evaluation:read")
    assert read("GET", TESTS).status_code == 200
    assert read("POST", TESTS, {"drafts": [DRAFT], "days": 3}).status_code == 403
    assert read("POST", FILES, file_of(), "text/csv").status_code == 403
    assert read("DELETE", f"{FILES}/{uuid4()}").status_code == 403


def test_another_tenants_are_as_missing_ones(call, uploaded):
    from contexts.identity.services import found_tenant

    asked = call("POST", TESTS, {"drafts": [DRAFT], "order_file": uploaded["id"]}).json()
    other = new_id()
    found_tenant(tenant_id=other, slug=f"o-{other.hex[-8:]}", name="Other")
    with tenant_scope(other):
        stranger = caller("evaluation:*")
    for path in (f"{TESTS}/{asked['id']}", f"{FILES}/{uploaded['id']}"):
        assert stranger("GET", path).status_code == 404
    body = {"drafts": [DRAFT], "order_file": uploaded["id"]}
    assert stranger("POST", TESTS, body).status_code == 404
    assert stranger("DELETE", f"{FILES}/{uploaded['id']}").status_code == 404
    assert stranger("GET", TESTS).json()["results"] == []
    assert OrderFile.objects.count() == 1


def test_what_a_file_does_not_tell_is_told(call, uploaded):
    """A rule for gold customers over orders of which no tier is known: nought touched is no proof of anything."""
    gold = {**RULE, "condition": 'customer.tier == "gold" && line.quantity >= 6'}
    asked = call(
        "POST", TESTS, {"drafts": [{**DRAFT, "rule": gold}], "order_file": uploaded["id"]}
    ).json()
    (lacking,) = asked["lacking"]
    assert (lacking["facts"], lacking["fate"]) == (["customer's tier"], "never")
    assert lacking["sentence"].startswith("The file says nothing of the customer's tier.")
    plain = call("POST", TESTS, {"drafts": [DRAFT], "order_file": uploaded["id"]}).json()
    assert plain["lacking"] == []
