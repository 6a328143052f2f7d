"""The API over real credentials: one calculation, a batch, what is published, withdrawal."""

from functools import cache

import pytest

from contexts.calculator import models
from contexts.identity.services import issue_api_key

SUM = {"algorithm": "sum", "input": {"amounts": [], "currency": "EUR"}}
TOTAL = {"total": {"amount": "0.00", "currency": "EUR"}}
CALCULATIONS = "/api/v1/calculator/calculations"
WITHDRAW = "/api/v1/calculator/algorithms/sum/1/withdraw"


@pytest.fixture
def call(client, in_tenant):
    """Call with a key that holds the calculator's scopes, or those given."""

    @cache
    def secret_with(scopes):
        return issue_api_key(name="test", scopes=list(scopes))[1]

    def send(method, path, body=None, *, scopes=("calculator:*",), **headers):
        return getattr(client, method)(
            path,
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret_with(scopes)}", **headers},
        )

    return send


class TestCalculations:
    def test_one_order_gives_one_result(self, call):
        answer = call("post", CALCULATIONS, SUM)
        assert answer.status_code == 200, answer.content
        assert answer.json() == {"algorithm": "sum", "version": 1, "output": TOTAL, "record": None}
        assert not models.CalculationRequest.objects.exists()

    def test_an_array_gives_one_outcome_each(self, call):
        answer = call("post", CALCULATIONS, [SUM, {**SUM, "version": 9}, {**SUM, "input": 5}])
        good, unknown, bad = answer.json()
        assert good["result"]["output"] == TOTAL
        assert unknown["refusal"]["code"] == "calculator.unknown-algorithm"
        assert bad["refusal"]["status"] == 422

    def test_a_number_stays_exact_on_its_way_in(self, call):
        text = b'{"algorithm":"rounding","input":{"value":0.10000000000000001,"quantum":"0.1","mode":"up"}}'
        assert call("post", CALCULATIONS, text).json()["output"]["value"] == "0.2"

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 400, "kernel.body-malformed"),
            (b'{"algorithm":"sum","algorithm":"sum","input":{}}', 400, "kernel.body-malformed"),
            (
                b'{"algorithm":"sum","input":{"amounts":[NaN],"currency":"EUR"}}',
                400,
                "kernel.body-malformed",
            ),
            (b"[]", 422, "kernel.body-invalid"),
            (b"{}", 422, "kernel.body-invalid"),
            (b"[" * 100 + b"]" * 100, 400, "kernel.body-malformed"),
            (b'{"algorithm":"\\ud800","input":{}}', 400, "kernel.body-malformed"),
            (b'{"algorithm":"su","input":{}}', 404, "calculator.unknown-algorithm"),
            (b'{"algorithm":"sum","input":{}}', 422, "calculator.impossible-input"),
            (b'{"algorithm":"sum","input":{},"record":true}', 400, "calculator.key-missing"),
            (
                b'[{"algorithm":"sum","input":{},"record":true}]',
                422,
                "calculator.recorded-in-batch",
            ),
        ],
    )
    def test_a_bad_order_is_a_problem_document(self, call, body, status, code):
        answer = call("post", CALCULATIONS, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"

    def test_more_than_a_thousand_in_one_batch_are_refused(self, call):
        assert call("post", CALCULATIONS, [SUM] * 1_001).status_code == 422

    def test_a_record_is_kept_once_per_key(self, call):
        headers = {"Idempotency-Key": "invoice-7"}
        answers = [call("post", CALCULATIONS, {**SUM, "record": True}, **headers) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        assert answers[2]["Idempotent-Replayed"] == "true"
        assert str(models.CalculationRequest.objects.get().id) == answers[0].json()["record"]

    def test_the_same_key_for_another_calculation_is_refused(self, call):
        headers = {"Idempotency-Key": "invoice-8"}
        other = {**SUM, "input": {"amounts": [], "currency": "USD"}, "record": True}
        assert call("post", CALCULATIONS, {**SUM, "record": True}, **headers).status_code == 200
        assert call("post", CALCULATIONS, other, **headers).status_code == 422
        assert models.CalculationRequest.objects.count() == 1


class TestAlgorithms:
    def test_all_are_listed_with_their_shapes(self, call):
        listed = call("get", "/api/v1/calculator/algorithms").json()["results"]
        assert len(listed) >= 14
        assert all(
            each["input_schema"] and each["output_schema"] and each["summary"] for each in listed
        )

    def test_one_version_is_described(self, call):
        found = call("get", "/api/v1/calculator/algorithms/proration.days/1").json()
        assert found["algorithm"] == "proration.days"
        assert found["uses"] == 0

    def test_an_unknown_one_is_missing(self, call):
        for path in ("nothing/1", "sum/2"):
            answer = call("get", f"/api/v1/calculator/algorithms/{path}")
            assert (answer.status_code, answer.json()["code"]) == (
                404,
                "calculator.unknown-algorithm",
            )

    def test_a_withdrawal_needs_a_reason_and_happens_once(self, call, committed):
        assert call("post", WITHDRAW, {}).status_code == 422
        assert call("post", WITHDRAW, {"reason": "a\u0000b"}).status_code == 400
        with committed():
            assert call("post", WITHDRAW, {"reason": "superseded"}).status_code == 200
        assert call("post", WITHDRAW, {"reason": "superseded"}).status_code == 409
        answer = call("post", CALCULATIONS, SUM)
        assert (answer.status_code, answer.json()["code"]) == (410, "calculator.version-withdrawn")
        replay = call("post", CALCULATIONS, {**SUM, "version": 1, "replay": True})
        assert replay.json()["output"] == TOTAL


class TestAccess:
    @pytest.mark.django_db
    def test_without_a_credential_nothing_is_answered(self, client):
        answer = client.post(CALCULATIONS, SUM, content_type="application/json")
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("method", "path", "scope"),
        [
            ("post", CALCULATIONS, "calculator:read"),
            ("get", "/api/v1/calculator/algorithms", "calculator:calculate"),
            ("post", WITHDRAW, "calculator:calculate"),
        ],
    )
    def test_each_address_wants_its_own_scope(self, call, method, path, scope):
        answer = call(method, path, SUM if method == "post" else None, scopes=(scope,))
        assert (answer.status_code, answer.json()["code"]) == (403, "kernel.scope-missing")
