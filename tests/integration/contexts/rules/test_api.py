"""Governance as a client meets it: the calendar, pauses, policies, the switch, and what colleagues say."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from contexts.identity import services as identity

POINT = "promotions.line-discounts"
CONTENT = {
    "name": "Ten", "reason": "Ten off", "condition": 'line.sku == "A"',
    "effects": [{"kind": "percent_off_line", "params": {"percent": "10"}}],
}  # fmt: skip
ALL = ["rules:read", "rules:write", "rules:approve", "rules:activate"]


@pytest.fixture
def as_person(in_tenant):
    """`as_person(name, *scopes)` is somebody's own key: `(method, path, body) -> status, answer`."""

    def sign_in(name: str, *scopes: str, teams=()):
        owner, _ = identity.register_user(username=name, scopes=[*ALL, *scopes])
        identity.assign_teams(username=name, teams=teams)
        _, secret = identity.issue_api_key(name=name, scopes=[*ALL, *scopes], owner=owner)
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


def submitted(run, **more):
    _, draft = run("POST", "", {"slug": "ten", "point": POINT, **CONTENT, **more})
    place = f"{draft['rule_id']}/versions/1"
    status, version = run("POST", f"{place}/submit")
    assert status == 200, version
    return place, {"content_hash": version["content_hash"]}


def test_a_rule_waits_for_its_window_and_can_be_taken_off_the_calendar(as_person):
    anna, ben = as_person("anna"), as_person("ben")
    place, read = submitted(anna, starts="2040-03-25T02:30", time_zone="Europe/Berlin")
    ben("POST", f"{place}/approve", read)
    status, version = ben("POST", f"{place}/activate")
    assert (status, version["status"]) == (200, "scheduled")
    assert version["starts_at"] == "2040-03-25T01:00:00Z"
    assert ben("POST", f"{place}/unschedule")[1]["status"] == "approved"


@pytest.mark.parametrize(
    ("window", "pointer"),
    [
        ({"starts": "tomorrow"}, "/starts"),
        ({"time_zone": "Mars/Olympus"}, "/time_zone"),
        ({"starts": "2040-01-02T00:00", "ends": "2040-01-01T00:00"}, "/ends"),
    ],
)
def test_a_window_that_cannot_be_read_is_refused_at_its_field(as_person, window, pointer):
    status, problem = as_person("anna")(
        "POST", "", {"slug": "ten", "point": POINT, **CONTENT, **window}
    )
    assert (status, problem["code"]) == (422, "rules.unreadable-window")
    assert problem["errors"][0]["pointer"] == pointer


def test_a_rule_is_paused_with_a_reason_and_comes_back(as_person):
    anna, ben = as_person("anna"), as_person("ben")
    place, read = submitted(anna)
    ben("POST", f"{place}/approve", read)
    ben("POST", f"{place}/activate")
    assert ben("POST", f"{place}/pause")[0] == 422
    _, paused = ben("POST", f"{place}/pause", {"reason": "too dear"})
    assert (paused["status"], paused["standing_why"]) == ("paused", "too dear")
    assert paused["begins_next"] is None
    assert ben("POST", f"{place}/resume")[1]["status"] == "active"


def test_whoever_pauses_or_retires_a_rule_hears_what_begins_nevertheless(as_person):
    anna, ben = as_person("anna"), as_person("ben")
    place, read = submitted(anna)
    ben("POST", f"{place}/approve", read)
    ben("POST", f"{place}/activate")
    later = place.replace("/1", "/2")
    window = {"starts": "2040-03-25T02:30", "time_zone": "Europe/Berlin"}
    anna("POST", later.removesuffix("/2"), {**CONTENT, **window})
    anna("POST", f"{later}/submit")
    ben("POST", f"{later}/approve", read)
    ben("POST", f"{later}/activate")
    _, paused = ben("POST", f"{place}/pause", {"reason": "too dear"})
    assert paused["begins_next"] == {"number": 2, **window, "starts_at": "2040-03-25T01:00:00Z"}
    assert anna("GET", place)[1]["begins_next"]["number"] == 2
    ben("POST", f"{place}/resume")
    _, paused = ben("POST", f"{place}/pause", {"reason": "too dear", "unschedule": True})
    assert paused["begins_next"] is None
    assert anna("GET", later)[1]["status"] == "approved"
    ben("POST", f"{later}/activate")
    _, retired = ben("POST", f"{place}/retire")
    assert (retired["status"], retired["begins_next"]["number"]) == ("retired", 2)


def test_a_policy_is_set_by_those_who_govern_and_holds(as_person):
    anna, zoe = as_person("anna"), as_person("zoe", "rules:govern")
    wanted = {"name": "Two", "requirements": [{"count": 1, "team": "finance"}, {"count": 1}]}
    assert anna("POST", "approval-policies", wanted)[0] == 403
    status, policy = zoe("POST", "approval-policies", wanted)
    assert (status, policy["set_by"]) == (201, "user:zoe")
    assert zoe("POST", "approval-policies", wanted)[1]["code"] == "rules.policy-taken"
    place, read = submitted(anna)
    assert as_person("ben")("POST", f"{place}/approve", read)[1]["status"] == "in_review"
    carla = as_person("carla", teams=["finance"])
    assert [it["rule_id"] for it in carla("GET", "inbox")[1]["results"]] == [place.split("/")[0]]
    assert carla("POST", f"{place}/approve", read)[1]["status"] == "approved"
    assert (
        zoe("PUT", f"approval-policies/{policy['id']}", {**wanted, "from_risk": "high"})[0] == 200
    )
    assert zoe("DELETE", f"approval-policies/{policy['id']}")[0] == 204
    assert zoe("GET", "approval-policies")[1]["results"] == []


def test_whoever_reviewed_finds_the_version_in_their_inbox_no_more(as_person):
    anna, zoe, ben = as_person("anna"), as_person("zoe", "rules:govern"), as_person("ben")
    zoe("POST", "approval-policies", {"name": "Two", "requirements": [{"count": 2}]})
    place, read = submitted(anna)
    ben("POST", f"{place}/approve", read)
    assert ben("GET", "inbox")[1]["results"] == []
    assert ben("POST", f"{place}/approve", read)[1]["code"] == "rules.already-reviewed"


def test_an_approval_is_taken_back_by_whoever_gave_it(as_person):
    anna, ben, carla = as_person("anna"), as_person("ben"), as_person("carla")
    place, read = submitted(anna)
    assert ben("POST", f"{place}/approve", read)[1]["status"] == "approved"
    assert carla("POST", f"{place}/take-back")[1]["code"] == "rules.nothing-to-take-back"
    status, version = ben("POST", f"{place}/take-back", {"comment": "misread"})
    assert (status, version["status"]) == (200, "in_review")
    said = [(it["turn"], it["verdict"], it["comment"]) for it in version["reviews"]]
    assert said == [(1, "approve", ""), (2, "take_back", "misread")]
    assert len(ben("GET", "inbox")[1]["results"]) == 1
    assert ben("POST", f"{place}/approve", read)[1]["status"] == "approved"
    ben("POST", f"{place}/activate")
    status, problem = ben("POST", f"{place}/take-back")
    assert (status, problem["code"]) == (409, "rules.too-late-to-take-back")


def test_a_point_is_stopped_and_freed(as_person):
    ben = as_person("ben")
    status, stop = ben("POST", "stops", {"point": POINT, "reason": "wrong prices"})
    assert (status, stop["stopped_by"]) == (201, "user:ben")
    assert ben("POST", "stops", {"point": "no.point", "reason": "x"})[0] == 422
    assert ben("DELETE", f"stops/{POINT}")[1]["lifted_by"] == "user:ben"
    assert ben("DELETE", f"stops/{POINT}")[1]["code"] == "rules.point-not-stopped"


def test_rules_are_found_by_tag_cloned_and_rolled_back(as_person):
    anna, ben = as_person("anna"), as_person("ben")
    place, read = submitted(anna, tags=["Summer"])
    ben("POST", f"{place}/approve", read)
    rule_id = place.split("/")[0]
    assert [it["id"] for it in anna("GET", "?tag=summer")[1]["results"]] == [rule_id]
    assert anna("PUT", f"{rule_id}/tags", {"tags": ["winter"]})[1]["tags"] == ["winter"]
    assert anna("GET", "?tag=summer")[1]["results"] == []
    status, copy = anna("POST", f"{place}/clone", {"slug": "copy"})
    assert (status, copy["status"], copy["number"]) == (201, "draft", 1)
    assert copy["name"] == "Ten (copy)"
    again = anna("POST", f"{copy['rule_id']}/versions/1/clone", {"slug": "again"})[1]
    assert again["name"] == "Ten (copy 2)"
    named = anna("POST", f"{place}/clone", {"slug": "third", "name": "Ten for all"})[1]
    assert named["name"] == "Ten for all"
    assert anna("POST", f"{place}/clone", {"slug": "x", "name": " "})[0] == 422
    status, back = anna("POST", f"{rule_id}/roll-back", {"to": 1})
    assert (status, back["number"], back["content_hash"]) == (201, 2, read["content_hash"])


def test_colleagues_talk_about_a_version(as_person):
    anna, ben = as_person("anna"), as_person("ben")
    place, _ = submitted(anna)
    said = {"text": "Why 10 %?", "mentions": ["user:anna"]}
    assert ben("POST", f"{place}/comments", said)[0] == 201
    (comment,) = anna("GET", f"{place}/comments")[1]["results"]
    assert (comment["author"], comment["mentions"]) == ("user:ben", ["user:anna"])
