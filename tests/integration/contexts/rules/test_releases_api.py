"""Releases as a client meets them: making, approving, promoting, comparing; each with its own scope."""

from __future__ import annotations

import json
from uuid import uuid4

import msgspec
import pytest
from django.conf import settings
from django.test import Client

from contexts.identity import services as identity
from contexts.rules.policies.bundles import Bundle, signed
from tests.integration.contexts.conftest import text

READ = "rules:read"


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


def made(run, version, **headers):
    members = [{"rule_id": str(version.rule_id), "version": 1}]
    return run("POST", "releases", {"name": "Spring", "members": members}, **headers)


def test_a_release_goes_from_stage_to_stage(as_person, approved):
    rita = as_person("rita", READ, "rules:release")
    ben = as_person("ben", READ, "rules:approve")
    status, release = made(rita, approved("ten", text()))
    assert (status, release["number"], len(release["members"])) == (201, 1, 1)
    for stage in ("development", "staging"):
        assert rita("POST", f"releases/1/stages/{stage}/promote")[0] == 201
    status, problem = rita("POST", "releases/1/stages/production/promote")
    assert (status, problem["code"]) == (409, "rules.promotion-not-approved")
    read = {"digest": release["digest"], "comment": "fine"}
    status, seen = ben("POST", "releases/1/stages/production/approve", read)
    assert (status, seen["approvals"][0]["comment"]) == (200, "fine")
    status, seen = rita("POST", "releases/1/stages/production/promote", {"retire_others": True})
    assert (status, len(seen["promotions"])) == (201, 3)
    _, stages = rita("GET", "stages")
    assert [it["release"] for it in stages] == [1, 1, 1]


def test_the_difference_is_against_the_one_before_or_a_named_one(as_person, approved):
    rita = as_person("rita", READ, "rules:release")
    made(rita, approved("ten", text()))
    made(rita, approved("twenty", text()))
    _, told = rita("GET", "releases/2/difference")
    assert {(it["slug"], it["change"]) for it in told} == {("ten", "removed"), ("twenty", "added")}
    assert rita("GET", "releases/2/difference?against=2") == (200, [])
    assert rita("GET", "releases/2/difference?against=9")[0] == 404
    assert rita("GET", "releases/2/difference?against=x")[0] == 422


def test_the_same_key_makes_one_release(as_person, approved):
    rita = as_person("rita", READ, "rules:release")
    version, key = approved("ten", text()), {"Idempotency-Key": str(uuid4())}
    assert [made(rita, version, **key)[1]["number"] for _ in range(2)] == [1, 1]
    assert [it["number"] for it in rita("GET", "releases")[1]["results"]] == [1]


def test_each_step_needs_its_scope(as_person, approved):
    """Whoever writes and approves rules releases none by that, and whoever releases approves none."""
    version = approved("ten", text())
    ben = as_person("ben", READ, "rules:write", "rules:approve", "rules:activate")
    rita = as_person("rita", READ, "rules:release")
    assert made(ben, version)[0] == 403
    release = made(rita, version)[1]
    assert ben("POST", "releases/1/stages/development/promote")[0] == 403
    read = {"digest": release["digest"]}
    assert rita("POST", "releases/1/stages/production/approve", read)[0] == 403
    assert rita("PUT", "stages/staging", {"requirements": []})[0] == 403


def test_who_governs_says_who_approves_a_stage(as_person):
    olga = as_person("olga", READ, "rules:govern")
    wanted = [{"count": 2, "team": "finance"}]
    status, stage = olga("PUT", "stages/staging", {"requirements": wanted})
    assert (status, stage["requirements"], stage["set_by"]) == (200, wanted, "user:olga")
    assert olga("PUT", "stages/moon", {"requirements": wanted})[0] == 404
    status, problem = olga("PUT", "stages/production", {"requirements": []})
    assert (status, problem["code"]) == (422, "rules.policy-unsound")


def test_what_is_not_there_is_not_found(as_person):
    rita = as_person("rita", READ, "rules:release")
    for number in (1, 10**30):
        assert rita("GET", f"releases/{number}")[0] == 404
        assert rita("GET", f"releases/{number}/export")[0] == 404
    assert rita("GET", "releases/1/difference")[0] == 404
    assert rita("POST", "releases/1/stages/staging/promote")[0] == 404


def test_a_release_leaves_as_a_signed_bundle_and_comes_in_as_drafts(as_person, approved):
    """What another house with the same key exports is drafted here, whole, and decides nothing yet."""
    rita = as_person("rita", READ, "rules:release")
    anna = as_person("anna", READ, "rules:write")
    made(rita, approved("ten", text()))
    status, bundle = rita("GET", "releases/1/export")
    assert (status, bundle["release"]["name"], bundle["rules"][0]["slug"]) == (200, "Spring", "ten")
    assert anna("POST", "imports", bundle) == (
        201, {"digest": bundle["digest"], "drafted": [], "unchanged": 1}
    )  # fmt: skip
    assert rita("POST", "imports", bundle)[0] == 403
    bundle["rules"][0]["condition"] = "false"
    status, problem = anna("POST", "imports", bundle)
    assert (status, problem["code"]) == (422, "rules.bundle-forged")
    bundle["rules"][0]["stop"] = "perhaps"
    status, problem = anna("POST", "imports", bundle)
    assert (status, problem["errors"][0]["pointer"]) == (422, "/rules/0/stop")


def test_an_import_is_made_once_by_its_key(as_person, in_tenant):
    anna, key = as_person("anna", READ, "rules:write"), {"Idempotency-Key": str(uuid4())}
    rule = {"slug": "new", "point": "promotions.line-discounts", "name": "New", "reason": "New",
            "condition": "true",
            "effects": [{"kind": "percent_off_line", "params": {"percent": "5"}}]}  # fmt: skip
    bundle = signed(msgspec.convert({"rules": [rule]}, Bundle), settings.RULES_SIGNING_KEY)
    answers = [anna("POST", "imports", msgspec.to_builtins(bundle), **key) for _ in range(2)]
    assert answers[0] == answers[1]
    assert [it["version"] for it in answers[0][1]["drafted"]] == [1]


def test_a_stage_prices_a_cart_as_if_its_release_decided(as_person, approved):
    """A test shop asks staging; customers go on paying what they pay."""
    rita = as_person("rita", READ, "rules:release")
    price = {"amount": "10.00", "currency": "EUR"}
    line = {"id": "1", "sku": "A", "quantity": 1, "unit_price": price}
    body = {"cart": {"currency": "EUR", "lines": [line]}}
    status, problem = rita("POST", "stages/staging/try", body)
    assert (status, problem["code"]) == (409, "rules.nothing-staged")
    made(rita, approved("ten", text()))
    for stage in ("development", "staging"):
        assert rita("POST", f"releases/1/stages/{stage}/promote")[0] == 201
    status, answer = rita("POST", "stages/staging/try", body)
    assert (status, answer["release"]) == (200, 1)
    assert answer["priced"]["totals"]["due"]["amount"] == "9.00"
    assert rita("POST", "stages/production/try", body)[0] == 404
    bad = {"cart": {**body["cart"], "lines": []}}
    assert rita("POST", "stages/staging/try", bad)[0] in {400, 422}
