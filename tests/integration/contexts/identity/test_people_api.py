"""Teams over the API: whose approval counts is for a colleague to say, never for oneself."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from contexts.identity import services
from shared_kernel.eventlog.models import EventRecord

SCOPES = ["identity:read", "identity:write"]


@pytest.fixture
def as_ben(in_tenant):
    services.register_user(username="anna-of-tests", scopes=[])
    ben, _ = services.register_user(username="ben-of-tests", scopes=SCOPES)
    return caller(services.issue_api_key(name="ben's", scopes=SCOPES, owner=ben)[1])


def caller(secret):
    client = Client()

    def run(method, path, body=None):
        return client.generic(
            method, f"/api/v1/identity/{path}", data=json.dumps(body or {}),
            content_type="application/json", headers={"Authorization": f"Bearer {secret}"},
        )  # fmt: skip

    return run


def test_a_colleague_says_in_which_teams_somebody_is(as_ben):
    answer = as_ben("PUT", "people/anna-of-tests/teams", {"teams": ["Finance", "buying"]})
    assert answer.status_code == 200, answer.content
    people = {it["username"]: it for it in as_ben("GET", "people").json()["results"]}
    assert people["anna-of-tests"]["teams"] == ["buying", "finance"]
    assert "password" not in people["anna-of-tests"]
    assert EventRecord.objects.filter(type="identity.teams-assigned.v1").count() == 1


def test_nobody_says_it_of_themselves(as_ben):
    answer = as_ben("PUT", "people/ben-of-tests/teams", {"teams": ["finance"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "identity.own-teams")


def test_nor_through_a_key_that_is_nobodys(as_ben):
    """Whoever may write may issue such a key, and would speak for themselves through it."""
    nobody = caller(services.issue_api_key(name="robot", scopes=SCOPES)[1])
    answer = nobody("PUT", "people/ben-of-tests/teams", {"teams": ["finance"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "identity.own-teams")


@pytest.mark.parametrize("teams", [["fin/ance"], [""], "finance", [["a"]], ["x" * 61]])
def test_what_is_no_team_is_refused_by_its_field(as_ben, teams):
    answer = as_ben("PUT", "people/anna-of-tests/teams", {"teams": teams})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/teams")


def test_signing_in_and_out_is_told(as_ben, in_tenant):
    _, password = services.register_user(username="cleo-of-tests", scopes=["rules:read"])
    client = Client()
    assert client.login(username="cleo-of-tests", password=password)
    client.logout()
    told = EventRecord.objects.filter(type__startswith="identity.signed-").order_by("id")
    assert [it.type for it in told] == ["identity.signed-in.v1", "identity.signed-out.v1"]
