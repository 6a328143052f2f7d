"""Templates as a client meets them: each step with its own scope, keys that repeat nothing, and the demo's own."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

import config.demo
from contexts.identity import services as identity

SHOP = json.loads((Path(config.demo.__file__).parent / "shop.json").read_text())
FILLED = {
    "percentage-for-a-tier": (
        {"percent": "7.5", "tier": "gold", "category": "Garden"},
        "Gold customers get 7.5 % off each line whose category starts with Garden.",
    ),
    "amount-off-from-a-subtotal": (
        {"amount": 5, "subtotal": "49.90"},
        "Everyone gets 5 EUR off the order, if the cart's currency is EUR and the cart's subtotal",
    ),
    "free-shipping-from-an-amount": (
        {"subtotal": 50, "countries": ["DE", "AT"]},
        "Everyone gets 100 % off shipping",
    ),
    "buy-more-save-more": ({"category": "Garden"}, "Everyone gets"),
}


@pytest.fixture
def as_person(in_tenant):
    """`as_person(name, *scopes)` is somebody's own key: `(method, path, body) -> status, answer`."""

    def sign_in(name: str, *scopes: str):
        owner, _ = identity.register_user(username=name, scopes=list(scopes))
        _, secret = identity.issue_api_key(name=name, scopes=list(scopes), owner=owner)
        client = Client(raise_request_exception=False)

        def run(method: str, path: str, body=None, **headers):
            answer = client.generic(
                method,
                f"/api/v1/rules/{path}",
                data=json.dumps(body or {}),
                content_type="application/json",
                headers={"Authorization": f"Bearer {secret}", **headers},
            )
            return answer.status_code, answer.json() if answer.content else None

        return run

    return sign_in


@pytest.fixture
def anna(as_person):
    return as_person("anna", "rules:read", "rules:write")


@pytest.fixture
def ben(as_person):
    return as_person("ben", "rules:read", "rules:approve")


def approved(anna, ben, template) -> str:
    status, draft = anna("POST", "templates", template)
    assert status == 201, draft
    path = f"templates/{draft['template_id']}"
    assert anna("POST", f"{path}/versions/1/submit")[0] == 200
    status, said = ben(
        "POST", f"{path}/versions/1/approve", {"content_hash": draft["content_hash"]}
    )
    assert (status, said["status"]) == (200, "approved")
    return path


@pytest.mark.parametrize("template", SHOP["templates"], ids=lambda it: it["slug"])
def test_each_template_of_the_sample_shop_makes_a_rule(anna, ben, template):
    """They come with the demo, so that nobody begins with an empty page; each is said in words that hold."""
    path = approved(anna, ben, template)
    arguments, sentence = FILLED[template["slug"]]
    status, rule = anna("POST", f"{path}/rules", {"slug": "made", "arguments": arguments})
    assert status == 201, rule
    assert rule["in_words"].startswith(sentence)
    assert rule["made_from"]["number"] == 1
    assert anna("POST", f"{rule['rule_id']}/versions/1/submit")[0] == 200


def test_what_is_wrong_points_into_the_body(anna, ben):
    path = approved(anna, ben, SHOP["templates"][0])
    status, problem = anna("POST", f"{path}/rules", {"slug": "x", "arguments": {"percent": 90}})
    assert (status, problem["code"]) == (422, "rules.arguments-unsound")
    assert {it["pointer"] for it in problem["errors"]} == {
        "/arguments/percent", "/arguments/tier", "/arguments/category",
    }  # fmt: skip
    wrong = {**SHOP["templates"][0], "slug": "other"}
    wrong["rule"] = {**wrong["rule"], "condition": "customer.teir == tier"}
    status, problem = anna("POST", "templates", wrong)
    assert (status, problem["code"]) == (422, "rules.template-unsound")
    assert anna("POST", f"{path}/rules", {"arguments": {}})[0] == 422


@pytest.mark.parametrize("default", [0.0, 2.5, {"a": 1}, [1], [["a"]]])
def test_a_default_that_no_parameter_can_have_is_refused(anna, default):
    """A number with a point would not be kept as it was written."""
    (template, *_) = SHOP["templates"]
    (first, *others) = template["parameters"]
    body = {**template, "parameters": [{**first, "default": default}, *others]}
    status, problem = anna("POST", "templates", body)
    assert status == 422, problem
    assert [it["pointer"] for it in problem["errors"]] == ["/parameters/0/default"]


def test_the_same_key_makes_one_rule(anna, ben):
    path = approved(anna, ben, SHOP["templates"][0])
    key = {"Idempotency-Key": str(uuid4())}
    body = {"slug": "once", "arguments": FILLED["percentage-for-a-tier"][0]}
    first, again = (
        anna("POST", f"{path}/rules", body, **key),
        anna("POST", f"{path}/rules", body, **key),
    )
    assert first == again
    assert first[0] == 201


def test_each_step_needs_its_scope(anna, ben, as_person):
    """Who writes does not approve, who approves does not write, who reads does neither."""
    path = approved(anna, ben, SHOP["templates"][0])
    reader = as_person("rob", "rules:read")
    assert reader("GET", "templates")[0] == 200
    for run, method, there in (
        (reader, "POST", "templates"),
        (reader, "POST", f"{path}/rules"),
        (ben, "POST", f"{path}/versions"),
        (anna, "POST", f"{path}/versions/1/approve"),
        (anna, "POST", f"{path}/versions/1/retire"),
    ):
        assert run(method, there)[0] == 403
    assert ben("POST", f"{path}/versions/1/retire")[1]["status"] == "retired"
    status, problem = anna("POST", f"{path}/rules", {"slug": "late", "arguments": {}})
    assert (status, problem["code"]) == (409, "rules.template-unusable")


def test_a_draft_is_changed_by_whoever_read_it(anna):
    _, draft = anna("POST", "templates", SHOP["templates"][0])
    path = f"templates/{draft['template_id']}/versions/1"
    content = {
        name: it for name, it in SHOP["templates"][0].items() if name not in {"slug", "point"}
    }
    assert anna("PUT", path, content)[0] == 428
    assert anna("PUT", path, {**content, "name": "Better"}, **{"If-Match": '"1"'})[0] == 200
    assert anna("PUT", path, content, **{"If-Match": '"1"'})[0] == 412
    assert anna("DELETE", path)[0] == 204
    assert anna("GET", path)[0] == 404
