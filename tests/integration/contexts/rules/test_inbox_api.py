"""What waits for somebody, as a client asks for it: the list that the page shows."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.queries.waiting import waiting_for
from tests.integration.contexts.conftest import text
from tests.integration.contexts.rules.template_texts import LINES, template_text

APPROVES = ["rules:read", "rules:approve"]


@pytest.fixture
def asks(in_tenant):
    """`asks(path)` as Ben, who may approve: status and answer; `scopes` of a key that may less."""
    owner, _ = identity.register_user(username="ben", scopes=APPROVES)

    def get(path: str = "", scopes=APPROVES):
        _, secret = identity.issue_api_key(name="ben", scopes=list(scopes), owner=owner)
        address = path if path.startswith("http") else f"/api/v1/rules/inbox{path}"
        answer = Client().get(address, headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code, json.loads(answer.content)

    return get


@pytest.fixture
def waiting(approved):
    """One thing of each kind, and of rules a second one."""
    version = approved("released", text())
    made = services.make_release(
        name="Spring", members=[(version.rule_id, version.number)], made_by="user:rita"
    )
    for stage in ("development", "staging"):
        services.promote_release(number=made.number, stage=stage, promoted_by="user:rita")
    template = services.create_template(
        slug="t", point=LINES, text=template_text(), author="user:anna"
    )
    services.submit_template(template_id=template.template_id, number=1, submitted_by="user:anna")
    for slug in ("one", "two"):
        draft = services.create_rule(
            slug=slug, point=LINES, text=text(name=slug.title()), author="user:anna"
        )
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
    return template, made


class TestInbox:
    def test_it_lists_what_the_page_lists_each_with_its_kind(self, waiting, asks):
        """A chat that reminds people would else miss what is no rule."""
        template, made = waiting
        status, answer = asks()
        assert status == 200
        rows = answer["results"]
        assert [(it["kind"], it["name"]) for it in rows] == [
            ("rule", "Two"), ("rule", "One"), ("template", template.name), ("release", "Spring"),
        ]  # fmt: skip
        assert {it.kind for it in waiting_for("user:ben")} == {it["kind"] for it in rows}
        assert rows[0]["in_words"]
        assert rows[2]["template_id"] == str(template.template_id)
        assert rows[2]["content_hash"] == template.content_hash
        release = rows[3]
        assert (release["number"], release["digest"]) == (made.number, made.digest)
        assert (release["stage"], release["missing"]) == ("production", "1 colleague")

    def test_page_by_page_each_is_told_once(self, waiting, asks):
        told, place = [], "?page_size=1"
        while place:
            _, answer = asks(place)
            told += [(it["kind"], it["name"]) for it in answer["results"]]
            place = answer["next"]
        assert [it[0] for it in told] == ["rule", "rule", "template", "release"]
        _, last = asks("?page_size=3")
        _, rest = asks(last["next"])
        assert [it["kind"] for it in rest["results"]] == ["release"]
        _, back = asks(rest["previous"])
        assert back["results"] == last["results"]

    @pytest.mark.parametrize(("kind", "count"), [("rule", 2), ("template", 1), ("release", 1)])
    def test_of_one_kind_only(self, waiting, asks, kind, count):
        _, answer = asks(f"?kind={kind}")
        assert [it["kind"] for it in answer["results"]] == [kind] * count

    def test_there_is_no_other_kind(self, asks):
        assert asks("?kind=budget")[0] == 422

    @pytest.mark.parametrize("scope", APPROVES)
    def test_whoever_may_only_read_or_only_approve_sees_nothing(self, waiting, asks, scope):
        """The rules, releases and templates in it are what `rules:read` is for; elsewhere they are refused without."""
        status, answer = asks(scopes=[scope])
        (lacking,) = set(APPROVES) - {scope}
        assert (status, answer["code"]) == (403, "kernel.scope-missing")
        assert lacking in answer["detail"]
