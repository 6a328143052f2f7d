"""Who is away and who stands in, as a client tells, changes and ends it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from contexts.audit.models import AuditEntry
from contexts.identity import services as identity
from contexts.identity.models import User
from contexts.rules import services
from contexts.rules.models import Absence, Review
from contexts.rules.policies import Requirement
from shared_kernel import clock
from shared_kernel.eventlog.models import EventRecord
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rules.test_api import CONTENT, POINT, submitted

APPROVES = ("rules:read", "rules:write", "rules:approve")
YEAR = 366 * 24


@pytest.fixture
def known(in_tenant):
    """`known(*names)` may sign in, and approve."""

    def register(*names: str) -> None:
        for name in names:
            identity.register_user(username=name, scopes=["rules:approve"])

    return register


@pytest.fixture
def as_person(in_tenant):
    """`as_person(name, *scopes)` is somebody's own key: `(method, path, body) -> status, answer`."""

    def sign_in(name: str, *scopes: str, teams=()):
        held = list(scopes or APPROVES)
        owner, _ = identity.register_user(username=name, scopes=held)
        identity.assign_teams(username=name, teams=teams)
        _, secret = identity.issue_api_key(name=name, scopes=held, owner=owner)
        client = Client(raise_request_exception=False)

        def run(method: str, path: str, body=None, **headers):
            answer = client.generic(
                method, f"/api/v1/rules/{path}", data=json.dumps(body or {}),
                content_type="application/json",
                headers={"Authorization": f"Bearer {secret}", **headers},
            )  # fmt: skip
            return answer.status_code, answer.json() if answer.content else None

        return run

    return sign_in


def away(starts: float = 24, ends: float = 48, delegate: str = "user:carla") -> dict[str, str]:
    """From so many hours on, until so many hours from now."""
    now = clock.now().replace(microsecond=0, tzinfo=None)
    return {
        "delegate": delegate,
        "starts_at": f"{now + timedelta(hours=starts):%Y-%m-%dT%H:%M:%S}Z",
        "ends_at": f"{now + timedelta(hours=ends):%Y-%m-%dT%H:%M:%S}Z",
    }


class TestWhose:
    def test_people_say_who_stands_in_for_themselves_only(self, as_person, known):
        ben, zoe = as_person("ben"), as_person("zoe", "rules:read", "rules:govern")
        known("carla")
        assert ben("POST", "absences", away())[1]["person"] == "user:ben"
        assert ben("POST", "absences", {**away(), "person": "user:dora"})[0] == 403
        assert zoe("POST", "absences", {**away(), "person": "user:dora"})[0] == 201

    def test_who_governs_changes_and_ends_those_of_colleagues_without_approving(
        self, as_person, known
    ):
        """As they may at the page."""
        ben, zoe = as_person("ben"), as_person("zoe", "rules:read", "rules:govern")
        known("carla", "emil")
        place = f"absences/{ben('POST', 'absences', away())[1]['id']}"
        assert zoe("PUT", place, away(delegate="user:emil"))[1]["delegate"] == "user:emil"
        assert zoe("POST", f"{place}/end")[1]["ended_by"] == "user:zoe"

    def test_who_neither_approves_nor_governs_says_nothing(self, as_person, known):
        known("carla")
        for name, scope in (("rob", "rules:read"), ("wim", "rules:write")):
            status, problem = as_person(name, "rules:read", scope)("POST", "absences", away())
            assert (status, "rules:approve or rules:govern" in problem["detail"]) == (403, True)


class TestSound:
    @pytest.mark.parametrize(
        "delegate", ["nobody at all", "user:", "user:nobody", "user:gone", "key:till", "user:a\tb"]
    )
    def test_whoever_stands_in_is_an_active_colleague(self, as_person, known, delegate):
        """An approval of nobody would be waited for, and nobody would notice."""
        ben = as_person("ben")
        known("carla", "gone")
        User.objects.filter(username="gone").update(is_active=False)
        place = f"absences/{ben('POST', 'absences', away())[1]['id']}"
        for refused in (
            ben("POST", "absences", away(delegate=delegate)),
            ben("PUT", place, away(delegate=delegate)),
        ):
            assert (refused[0], refused[1]["code"]) == (422, "rules.policy-unsound")
            assert [it["pointer"] for it in refused[1]["errors"]] == ["/delegate"]

    @pytest.mark.parametrize(
        ("scope", "may"),
        [("rules:read", False), ("rules:govern", False), ("rules:*", True), ("*", True)],
    )
    def test_whoever_stands_in_may_approve(self, as_person, known, scope, may):
        """Nothing that they could say would count; a wider scope holds the narrower one."""
        ben = as_person("ben")
        known("carla")
        identity.register_user(username="emil", scopes=[scope])
        place = f"absences/{ben('POST', 'absences', away())[1]['id']}"
        for status, answer in (
            ben("PUT", place, away(delegate="user:emil")),
            ben("POST", "absences", away(delegate="user:emil")),
        ):
            if may:
                assert status in {200, 201}
                continue
            assert (status, answer["code"]) == (422, "rules.delegate-cannot-approve")
            assert "user:emil may not approve" in answer["detail"]
            assert "rules:approve" in answer["detail"]
            assert [it["pointer"] for it in answer["errors"]] == ["/delegate"]

    @pytest.mark.parametrize(
        ("starts", "ends", "pointer"),
        [
            (-48, -24, "/ends_at"), (-2 * YEAR, 24, "/starts_at"), (2 * YEAR, 2 * YEAR + 1, "/starts_at"),
            (24, 2 * YEAR, "/ends_at"), (24, 23, "/ends_at"),
        ],
    )  # fmt: skip
    def test_one_that_is_over_or_beyond_reason_is_neither_told_nor_made(
        self, as_person, known, starts, ends, pointer
    ):
        """Changed into the past it would have ended without anybody being told."""
        ben = as_person("ben")
        known("carla")
        place = f"absences/{ben('POST', 'absences', away())[1]['id']}"
        for refused in (
            ben("PUT", place, away(starts, ends)),
            ben("POST", "absences", away(starts, ends)),
        ):
            assert (refused[0], refused[1]["code"]) == (422, "rules.policy-unsound")
            assert [it["pointer"] for it in refused[1]["errors"]] == [pointer]
        assert ben("POST", f"{place}/end")[0] == 200
        assert EventRecord.objects.filter(type="rules.absence-ended.v1").count() == 1

    @pytest.mark.parametrize("year", ["0001", "9999"])
    def test_no_year_of_the_calendar_s_ends_gets_in(self, as_person, known, year):
        ben = as_person("ben")
        known("carla")
        for part in ("starts_at", "ends_at"):
            assert ben("POST", "absences", {**away(), part: f"{year}-01-01T00:00:00Z"})[0] == 422
        assert not Absence.objects.exists()

    @pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59", "soon"])
    def test_nor_at_the_page(self, in_tenant, known, typed):
        known("carla")
        user, _ = identity.register_user(username="ben", scopes=["rules:read", "rules:approve"])
        page = Client()
        page.force_login(user, backend="contexts.identity.backends.TenantBackend")
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            told = {"delegate": "carla", "starts": typed, "ends": typed, "zone": zone}
            answer = page.post("/admin/rules/rule/governance/tell-absence/", told)
            assert answer.status_code == 302
        assert not Absence.objects.exists()


class TestThePage:
    @pytest.fixture
    def ben(self, in_tenant):
        user, _ = identity.register_user(username="ben", scopes=["rules:read", "rules:approve"])
        page = Client()
        page.force_login(user, backend="contexts.identity.backends.TenantBackend")
        return page

    def test_it_offers_those_who_may_approve_but_oneself(self, ben, known):
        known("carla", "gone")
        User.objects.filter(username="gone").update(is_active=False)
        identity.register_user(username="rob", scopes=["rules:read"])
        shown = ben.get("/admin/rules/rule/governance/")
        assert shown.context["colleagues"] == ["carla"]
        assert '<option value="carla">' in shown.content.decode()

    def test_a_stand_in_who_may_no_more_approve_does_not_and_the_page_says_so(self, ben, known):
        """The permission was taken away after the absence was told: it is asked for at each approval."""
        known("carla")
        for name in ("carla", "ben"):
            identity.assign_teams(username=name, teams=["finance"] if name == "ben" else [])
        services.tell_absence(
            person="user:ben", delegate="user:carla", told_by="user:ben",
            starts_at=clock.now() - timedelta(hours=1), ends_at=clock.now() + timedelta(hours=1),
        )  # fmt: skip
        services.set_policy(
            name="Finance", point="", from_risk="low", set_by="user:zoe",
            requirements=[Requirement(1, "finance")],
        )  # fmt: skip
        draft = services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        place = f"/admin/rules/rule/{draft.rule_id}/versions/1/approve/"
        page = "/admin/rules/rule/governance/"
        assert "may not approve any more" not in ben.get(page).content.decode()
        carla = User.objects.get(username="carla")
        client = Client()
        client.force_login(carla, backend="contexts.identity.backends.TenantBackend")
        User.objects.filter(username="carla").update(scopes=["rules:read"])
        refused = client.post(place, {"content_hash": draft.content_hash})
        assert (refused.status_code, Review.objects.count()) == (403, 0)
        assert "carla may not approve any more" in ben.get(page).content.decode()
        User.objects.filter(username="carla").update(scopes=["rules:read", "rules:approve"])
        client.post(place, {"content_hash": draft.content_hash})
        assert Review.objects.get().teams == ["finance"]


class TestLife:
    def test_one_that_lies_ahead_is_changed_and_called_off(self, as_person, known):
        ben, dora = as_person("ben"), as_person("dora")
        known("carla", "emil")
        place = f"absences/{ben('POST', 'absences', away())[1]['id']}"
        later = away(ends=9000, delegate="user:emil")
        assert dora("PUT", place, later)[0] == 403
        assert dora("POST", f"{place}/end")[0] == 403
        status, changed = ben("PUT", place, later)
        assert (status, {name: changed[name] for name in later}) == (200, later)
        assert ben("PUT", place, {**later, "delegate": "user:ben"})[0] == 422
        assert (
            as_person("zoe", "rules:read", "rules:govern")("POST", f"{place}/end")[1]["ended_by"]
            == "user:zoe"
        )
        for refused in (ben("PUT", place, later), ben("POST", f"{place}/end")):
            assert (refused[0], refused[1]["code"]) == (409, "rules.absence-over")

    def test_one_that_began_is_ended_and_what_was_approved_stays(self, as_person):
        """Carla approved for Ben's team while he was away; he is back, and she counts for herself again."""
        anna, zoe = as_person("anna"), as_person("zoe", "rules:read", "rules:govern")
        ben, carla = as_person("ben", teams=["finance"]), as_person("carla")
        wanted = [{"count": 1, "team": "finance"}, {"count": 1}]
        zoe("POST", "approval-policies", {"name": "Finance", "requirements": wanted})
        told = ben("POST", "absences", away(-1, 1))[1]
        assert ben("PUT", f"absences/{told['id']}", away())[1]["code"] == "rules.absence-begun"
        place, read = submitted(anna)
        first = carla("POST", f"{place}/approve", read)[1]["reviews"]
        end = f"absences/{told['id']}/end"
        status, ended = ben("POST", end, **{"Idempotency-Key": "back-early"})
        assert (status, ended["ended_by"], ended["ends_at"]) == (200, "user:ben", told["ends_at"])
        assert ben("POST", end, **{"Idempotency-Key": "back-early"}) == (200, ended)
        assert anna("GET", place)[1]["reviews"] == first
        assert first[0]["teams"] == ["finance"]
        other = anna("POST", "", {"slug": "other", "point": POINT, **CONTENT})[1]
        anna("POST", f"{other['rule_id']}/versions/1/submit")
        approved = carla("POST", f"{other['rule_id']}/versions/1/approve", read)[1]
        assert approved["reviews"][0]["teams"] == []
        deliver()
        kept = AuditEntry.objects.filter(type__startswith="rules.absence-")
        assert [it.type for it in kept.order_by("sequence")] == [
            "rules.absence-told.v1", "rules.absence-ended.v1",
        ]  # fmt: skip
