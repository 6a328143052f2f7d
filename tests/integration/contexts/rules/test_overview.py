"""The calendar and the map: what was, is and will be active; who speaks about what; who is of no use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from contexts.calculation.engine import analysis
from contexts.evaluation import services as evaluation
from contexts.evaluation.carts import Cart
from contexts.evaluation.messages import ListUsedRules
from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.admin.acting import MOST_PROVED
from contexts.rules.errors import UnreadableWindow
from contexts.rules.models import RuleVersion
from contexts.rules.queries import mapping
from contexts.rules.queries.calendar import calendar, last_change, next_change
from shared_kernel import bus, clock
from shared_kernel.api.bodies import convert
from shared_kernel.decisions import Window
from tests.integration.contexts.conftest import text

GARDEN = 'line.category.startsWith("Garden") && line.quantity >= 3'
DAY = timedelta(days=1)
CART = {
    "currency": "EUR",
    "lines": [
        {"id": str(number), "sku": "HOSE", "category": "Garden/Watering", "quantity": 3,
         "unit_price": {"amount": "20.00", "currency": "EUR"}}
        for number in (1, 2)
    ],
}  # fmt: skip


def around(**more):
    now = clock.now()
    return calendar(now - more.get("before", DAY), now + more.get("after", DAY))


def standings(found):
    return {
        spans[-1].version.rule.slug: [(it.version.number, it.standing) for it in spans]
        for spans in found.rules
    }


class TestTheCalendar:
    def test_it_shows_what_was_is_and_is_to_come(self, active, approved):
        """A retired version ends where it was retired, an active one is open, one on the calendar begins with its window."""
        gone, stays = active("gone", text(GARDEN)), active("stays", text(GARDEN))
        services.retire_version(rule_id=gone.rule_id, number=1, retired_by="user:ben")
        begins = (clock.now() + 2 * DAY).strftime("%Y-%m-%dT%H:%M")
        later = services.create_rule(
            slug="later", point="promotions.line-discounts", text=text(), author="user:anna",
            window=Window(starts=begins),
        )  # fmt: skip
        services.submit_version(rule_id=later.rule_id, number=1, submitted_by="user:anna")
        services.approve_version(
            rule_id=later.rule_id, number=1, reviewer="user:ben", content_hash=later.content_hash
        )
        services.activate_version(rule_id=later.rule_id, number=1, activated_by="user:ben")
        assert standings(around(after=3 * DAY)) == {
            "gone": [(1, "retired")], "stays": [(1, "active")], "later": [(1, "scheduled")],
        }  # fmt: skip
        assert "later" not in standings(around(after=DAY))
        assert standings(around(before=-DAY, after=1.5 * DAY)) == {"stays": [(1, "active")]}
        assert stays.ends_at is None

    def test_a_pause_and_a_stop_show_from_when_on(self, active):
        version = active("ten", text(GARDEN))
        services.pause_version(
            rule_id=version.rule_id, number=1, paused_by="user:ben", reason="Too much"
        )
        services.halt_point(
            point="promotions.line-discounts", reason="Wrong prices", halted_by="user:ben"
        )
        found = around()
        assert standings(found) == {"ten": [(1, "active"), (1, "paused")]}
        (spans,) = found.rules
        assert spans[0].ends_at == spans[1].starts_at
        assert [it.reason for it in found.stops] == ["Wrong prices"]

    def test_where_there_is_nothing_the_next_and_the_last_change_are_known(self, active):
        """A window's end lies ahead, the stop that was lifted behind; none of both is in the weeks between."""
        assert (next_change(clock.now()), last_change(clock.now())) == (None, None)
        ends = (clock.now() + 40 * DAY).replace(second=0, microsecond=0)
        version = active("ten", text(GARDEN))
        services.retire_version(rule_id=version.rule_id, number=1, retired_by="user:ben")
        later = services.create_rule(
            slug="later", point="promotions.line-discounts", text=text(), author="user:anna",
            window=Window(starts=f"{ends - DAY:%Y-%m-%dT%H:%M}", ends=f"{ends:%Y-%m-%dT%H:%M}"),
        )  # fmt: skip
        services.submit_version(rule_id=later.rule_id, number=1, submitted_by="user:anna")
        services.approve_version(
            rule_id=later.rule_id, number=1, reviewer="user:ben", content_hash=later.content_hash
        )
        services.activate_version(rule_id=later.rule_id, number=1, activated_by="user:ben")
        gone = RuleVersion.objects.get(rule_id=version.rule_id)
        assert next_change(clock.now() + 3 * DAY) == ends - DAY
        assert next_change(ends) == ends
        assert next_change(ends + DAY) is None
        assert last_change(clock.now() + 20 * DAY) == gone.retired_at
        assert last_change(gone.activated_at) is None

    def test_a_time_that_makes_no_sense_is_refused(self, in_tenant):
        now = clock.now()
        for ends in (now, now - DAY, now + 401 * DAY):
            with pytest.raises(UnreadableWindow):
                calendar(now, ends)

    @pytest.mark.parametrize(
        "asked",
        [
            "from=9999-12-31T00:00:00Z",
            "from=0001-01-01T00:00:00Z",
            "to=0001-01-02T00:00:00Z",
            "from=2200-12-20T00:00:00Z&to=2201-01-10T00:00:00Z",
        ],
    )
    def test_a_time_beyond_all_years_is_refused_with_those_shown(self, in_tenant, asked):
        """No clock can count four weeks on from the end of time; whoever asks is told, and nothing breaks."""
        del in_tenant
        owner, _ = identity.register_user(username="anna", scopes=["rules:read"])
        _, secret = identity.issue_api_key(name="anna", scopes=["rules:read"], owner=owner)
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        answer = client.get(f"/api/v1/rules/calendar?{asked}")
        assert (answer.status_code, answer.json()["code"]) == (422, "rules.unreadable-window")
        assert "1970 to 2200" in answer.json()["detail"]


def slugs(found):
    return {it.version.rule.slug for it in found}


class TestTheMap:
    def test_rules_are_found_by_what_they_speak_about(self, active):
        """Facts, the values they are compared with, loops and effects too; each word has to be found."""
        active("garden", text(GARDEN))
        active("tools", text('line.category in ["Tools", "Toys"]'))
        active("loop", text('lines.exists(it, it.category == "Garden/Pots")'))
        active("by-quantity", text("true", params={"percent": "line.quantity >= 5 ? 10.0 : 5.0"}))
        assert slugs(mapping.mapped(words="category Garden")) == {"garden", "loop"}
        assert slugs(mapping.mapped(words="toys")) == {"tools"}
        assert slugs(mapping.mapped(words="line.quantity")) == {"garden", "by-quantity"}
        assert slugs(mapping.mapped(words="nothing of this")) == set()
        facts = {fact: count for fact, _, count in mapping.facts_of(mapping.mapped())}
        assert facts == {"line.category": 3, "line.quantity": 2}

    def test_what_changed_no_amount_lately_is_unused(self, active):
        """A cart counts once however many of its lines a rule changed; what applied to nothing is unused."""
        active("used", text(GARDEN))
        active("unused", text('line.category == "Nowhere"'))
        for _ in range(2):
            evaluation.evaluate_cart(convert(CART, Cart))
        found = mapping.mapped()
        used = mapping.with_use(found, days=30)
        assert used is not None
        assert used.carts == 2
        (use,) = [it.use for it in found if it.use]
        assert (use.carts, [str(it) for it in use.given]) == (2, ["24.00 EUR"])
        assert slugs(mapping.unused(found)) == {"unused"}

    def test_what_a_rule_gave_and_speaks_about_counts_once_whatever_its_versions(self, active):
        """A draft beside the version that decides gave nothing, and makes no second rule of it."""
        version = active("used", text(GARDEN))
        evaluation.evaluate_cart(convert(CART, Cart))
        services.draft_version(rule_id=version.rule_id, text=None, author="user:anna")
        found = mapping.mapped()
        mapping.with_use(found, days=90)
        assert [(it.version.number, it.use is not None) for it in found] == [(2, False), (1, True)]
        assert {count for _, _, count in mapping.facts_of(found)} == {1}

    def test_carts_are_counted_when_asked_for_and_once_a_minute(self, active, monkeypatch):
        """Twenty thousand carts take seconds to read: no page that is opened again, and no search, reads them again."""
        version = active("used", text(GARDEN))
        evaluation.evaluate_cart(convert(CART, Cart))
        owner, _ = identity.register_user(username="ines", scopes=["rules:read"])
        _, secret = identity.issue_api_key(name="ines", scopes=["rules:read"], owner=owner)
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        asked, ask = [], bus.ask
        monkeypatch.setattr(bus, "ask", lambda it: asked.append(type(it)) or ask(it))
        plain = client.get("/api/v1/rules/map").json()
        assert (plain["carts_looked_at"], plain["rules"][0]["slug"]) == (None, version.rule.slug)
        assert ListUsedRules not in asked
        for query in ("use=true", "use=true&q=garden", "only=unused"):
            assert client.get(f"/api/v1/rules/map?{query}").json()["carts_looked_at"] == 1
        assert asked.count(ListUsedRules) == 1

    def test_what_can_never_apply_is_proved(self, active):
        active("fine", text(GARDEN))
        active("never", text("line.quantity > 5 && line.quantity < 3"))
        found, is_finished = mapping.never_matching(mapping.mapped())
        assert (slugs(found), is_finished) == ({"never"}, True)
        assert "never" in found[0].never[0]

    def test_what_was_proved_of_a_set_is_not_proved_again(self, active, monkeypatch):
        """Any change of the rules is another set; a search in them is none."""
        active("fine", text(GARDEN))
        mapping.never_matching(mapping.mapped())
        asked = []
        monkeypatch.setattr(analysis, "unreachable", lambda review: asked.append(review) or ())
        mapping.never_matching(mapping.mapped())
        mapping.never_matching(mapping.mapped(words="garden"))
        assert asked == []
        active("more", text("line.quantity > 5"))
        mapping.never_matching(mapping.mapped())
        assert len(asked) == 1

    def test_what_was_not_finished_in_time_is_said(self, active):
        active("fine", text(GARDEN))
        assert mapping.never_matching(mapping.mapped(), seconds=0).is_finished is False

    def test_of_what_no_proof_gives_an_answer_it_is_not_known(self, active):
        """The solver cannot be told of capitals: that none was found says nothing, now and when it is asked again."""
        active("capitals", text('line.sku.upperAscii() == "A"'))
        assert mapping.never_matching(mapping.mapped()) == ([], False)
        assert mapping.never_matching(mapping.mapped()) == ([], False)

    def test_without_anybody_to_ask_it_is_not_known(self, active, monkeypatch):
        active("fine", text(GARDEN))

        found = mapping.mapped()

        def absent(_query):
            raise bus.ContextAbsent(context="calculation")

        monkeypatch.setattr(bus, "ask", absent)
        assert mapping.never_matching(found) == ([], False)


class TestManyAtOnce:
    def test_no_more_are_submitted_or_resumed_at_once_than_one_request_can_prove(self, in_tenant):
        """The guardrails of each take seconds to prove; of two hundred chosen none is submitted, and it is said why."""
        del in_tenant
        scopes = ["rules:read", "rules:write", "rules:activate"]
        user, _ = identity.register_user(username="anna", scopes=scopes)
        client = Client()
        client.force_login(user, backend="contexts.identity.backends.TenantBackend")
        made = [
            services.create_rule(
                slug=f"rule-{it}", point="promotions.line-discounts", text=text(GARDEN), author="user:anna"
            ).rule_id
            for it in range(MOST_PROVED + 1)
        ]  # fmt: skip

        def submit(rules, action="submit_chosen"):
            given = {"action": action, "_selected_action": [str(it) for it in rules]}
            page = client.post(reverse("admin:rules_rule_changelist"), given, follow=True)
            return [str(it) for it in page.context["messages"]]

        for action in ("submit_chosen", "resume_chosen"):
            (said,) = submit(made, action)
            assert said.startswith("Nothing was done: choose at most 10 rules at once.")
        assert not RuleVersion.objects.exclude(status="draft").exists()
        (said,) = submit(made[:2])
        assert said.startswith("2 rules: Submitted.")
