"""The API as a client meets it: credentials, keys, tags, limits and problems."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client

from contexts.evaluation.models import EvaluationRecord
from contexts.identity import services as identity
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope

CART = {
    "currency": "EUR",
    "lines": [
        {"id": "1", "sku": "A", "quantity": 1, "unit_price": {"amount": "10.00", "currency": "EUR"}}
    ],
}
CONTENT = {
    "name": "Ten", "reason": "Ten off", "condition": "true",
    "effects": [{"kind": "percent_off_line", "params": {"percent": "10"}}],
}  # fmt: skip
RULE = {"slug": "ten", "point": "promotions.line-discounts", **CONTENT}


@pytest.fixture
def call(in_tenant):
    """`call(method, path, body, **headers)` with a key that may price and write rules."""
    secret = identity.issue_api_key(
        name="test", scopes=["evaluation:*", "rules:read", "rules:write"]
    )[1]
    return caller(secret)


def caller(secret: str):
    client = Client(raise_request_exception=False)

    def run(method: str, path: str, body=None, **headers):
        return client.generic(
            method,
            f"/api/v1/{path}",
            data=body if isinstance(body, bytes) else json.dumps(body or {}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", **headers},
        )

    return run


def problem(answer) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail", "code", "trace_id"} <= set(document)
    return answer.status_code, document["code"]


class TestCredentials:
    def test_without_one(self, db):
        answer = Client().post("/api/v1/evaluations", CART, content_type="application/json")
        assert problem(answer) == (401, "kernel.credential-missing")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_a_wrong_one(self, db):
        assert problem(caller("vk_00000000_x")("POST", "evaluations", CART)) == (
            401,
            "kernel.credential-refused",
        )

    def test_without_the_scope(self, in_tenant):
        secret = identity.issue_api_key(name="test", scopes=["rules:read"])[1]
        answer = caller(secret)("POST", "evaluations", CART)
        assert problem(answer) == (403, "kernel.scope-missing")
        assert "evaluation:write" in answer.json()["detail"]

    def test_a_revoked_one_is_worth_nothing(self, in_tenant, django_capture_on_commit_callbacks):
        key, secret = identity.issue_api_key(name="test", scopes=["evaluation:*"])
        run = caller(secret)
        assert run("POST", "evaluations", CART).status_code == 201
        with django_capture_on_commit_callbacks(execute=True):
            identity.revoke_api_key(key_id=key.id)
        assert problem(run("POST", "evaluations", CART)) == (401, "kernel.credential-refused")

    def test_another_tenants_id_answers_as_a_missing_one(self, call):
        evaluation = call("POST", "evaluations", CART).json()["id"]
        with tenant_scope(new_id()):
            stranger = caller(identity.issue_api_key(name="other", scopes=["evaluation:*"])[1])
        theirs = problem(stranger("GET", f"evaluations/{evaluation}"))
        assert (
            theirs
            == problem(stranger("GET", f"evaluations/{uuid4()}"))
            == (404, "kernel.not-found")
        )


class TestIdempotency:
    def test_the_first_answer_is_replayed(self, call):
        first = call("POST", "evaluations", CART, **{"Idempotency-Key": "k1"})
        again = call("POST", "evaluations", CART, **{"Idempotency-Key": "k1"})
        assert first.status_code == again.status_code == 201
        assert first.content == again.content
        assert again["Idempotent-Replayed"] == "true"
        assert EvaluationRecord.objects.count() == 1

    def test_another_body_is_refused(self, call):
        call("POST", "evaluations", CART, **{"Idempotency-Key": "k1"})
        answer = call(
            "POST", "evaluations", {**CART, "channel": "web"}, **{"Idempotency-Key": "k1"}
        )
        assert problem(answer) == (422, "kernel.idempotency-key-reused")

    def test_a_refused_request_gives_its_key_back(self, call):
        bad = {**CART, "currency": "USD"}
        headers = {"Idempotency-Key": "k1"}
        assert problem(call("POST", "evaluations", bad, **headers)) == (
            422,
            "evaluation.mixed-currencies",
        )
        assert call("POST", "evaluations", CART, **headers).status_code == 201

    def test_it_works_in_the_ordinary_lane_too(self, call):
        first = call("POST", "rules/", RULE, **{"Idempotency-Key": "k1"})
        again = call("POST", "rules/", RULE, **{"Idempotency-Key": "k1"})
        assert (first.status_code, first.content) == (201, again.content)

    def test_an_unusable_key(self, call):
        answer = call("POST", "evaluations", CART, **{"Idempotency-Key": "x" * 300})
        assert problem(answer) == (400, "kernel.idempotency-key-unusable")


class TestDryRuns:
    def test_a_reader_may_ask_and_hears_both_moments(self, in_tenant):
        secret = identity.issue_api_key(name="test", scopes=["evaluation:read"])[1]
        moment = "2030-01-01T00:00:00Z"
        cart = {**CART, "at": moment}
        answer = caller(secret)("POST", "evaluations/dry-run", {"cart": cart})
        assert answer.status_code == 200, answer.content
        assert (answer.json()["at"], answer.json()["known_at"] < moment) == (moment, True)
        assert EvaluationRecord.objects.count() == 0

    def test_nobody_knows_what_will_be_known(self, call):
        later = {"cart": CART, "known_at": "2030-01-01T00:00:00Z"}
        answer = call("POST", "evaluations/dry-run", later)
        assert problem(answer) == (422, "evaluation.in-the-future")
        assert answer.json()["errors"][0]["pointer"] == "/known_at"


class TestPreconditions:
    @pytest.fixture
    def draft(self, call):
        answer = call("POST", "rules/", RULE)
        return f"rules/{answer.json()['rule_id']}/versions/1", answer["ETag"]

    def test_an_update_says_what_it_changes(self, call, draft):
        path, etag = draft
        assert problem(call("PUT", path, CONTENT)) == (428, "kernel.precondition-required")
        stale = call("PUT", path, CONTENT, **{"If-Match": '"99"'})
        assert problem(stale) == (412, "kernel.precondition-failed")
        changed = call("PUT", path, {**CONTENT, "condition": "false"}, **{"If-Match": etag})
        assert (changed.status_code, changed["ETag"]) == (200, '"2"')


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"{", "kernel.body-malformed"),
            (b'{"currency": NaN}', "kernel.body-malformed"),
            (b'{"currency": "EUR", "currency": "USD"}', "kernel.body-malformed"),
            (b"[" * 100_000, "kernel.body-malformed"),
            (b'{"a":' * 40 + b"1" + b"}" * 40, "kernel.body-malformed"),
            (b'"\\u0000"', "kernel.body-malformed"),
            (b"\xff\xfe", "kernel.body-malformed"),
            (b"[]", "kernel.body-invalid"),
            (b'{"currency": "EUR", "lines": []}', "kernel.body-invalid"),
            (b'{"currency": "EUR", "surprise": 1, "lines": []}', "kernel.body-invalid"),
        ],
    )
    def test_what_cannot_be_read_is_refused_by_name(self, call, body, code):
        assert problem(call("POST", "evaluations", body))[1] == code

    def test_the_field_at_fault_is_pointed_at(self, call):
        bad = json.loads(json.dumps(CART))
        bad["lines"][0]["quantity"] = 0
        answer = call("POST", "evaluations", bad)
        assert answer.json()["errors"][0]["pointer"] == "/lines/0/quantity"

    def test_a_body_that_is_too_large(self, call, settings):
        settings.MAX_BODY_BYTES = 100
        assert problem(call("POST", "evaluations", b" " * 200)) == (413, "kernel.body-too-large")

    def test_whatever_is_asked_for_at_nowhere(self, call):
        assert problem(call("GET", "nowhere")) == (404, "kernel.not-found")
        assert problem(call("DELETE", "evaluations")) == (405, "kernel.method-not-allowed")


def test_a_plan_has_its_limit(in_tenant, settings):
    """The third request of a plan of two a minute waits."""
    settings.RATE_LIMITS = {"default": "2/minute"}
    run = caller(identity.issue_api_key(name="test", scopes=["evaluation:*"])[1])
    answers = [run("POST", "evaluations", CART) for _ in range(3)]
    assert [it.status_code for it in answers] == [201, 201, 429]
    assert int(answers[2]["Retry-After"]) >= 1
    assert answers[0]["RateLimit"].startswith('"plan";r=1')


def test_the_trace_goes_on(call):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = call("POST", "evaluations", {}, traceparent=trace, **{"X-Request-ID": "abc"})
    assert answer["traceparent"].split("-")[1] == trace.split("-")[1] == answer.json()["trace_id"]
    assert answer["X-Request-ID"] == "abc"
