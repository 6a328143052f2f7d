"""A stopped decision point is told wherever somebody reads that its rules are active."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contexts.rules import services
from contexts.rules.admin.standing import counts_by_status
from tests.integration.contexts.conftest import text
from tests.integration.contexts.rules.test_waiting import page_of, released

__all__ = ["page_of", "released"]

POINT = "promotions.line-discounts"
SAID = "Discounts on a line is stopped"


def test_every_page_of_rules_says_that_a_point_is_stopped(active, page_of):
    rule = active("ten", text())
    me = page_of("zoe", "rules:read", "rules:write")
    pages = [
        "/admin/", reverse("admin:rules_rule_changelist"), reverse("admin:rules_calendar"),
        reverse("admin:rules_rule_change", args=[rule.rule_id]),
        reverse("admin:rules_version", args=[rule.rule_id, 1]),
    ]  # fmt: skip
    for page in pages:
        assert SAID not in me.get(page).content.decode(), page
    services.halt_point(point=POINT, reason="Too many complaints.", halted_by="user:ben")
    for page in pages:
        shown = me.get(page).content.decode()
        assert SAID in shown, page
        assert "Too many complaints." in shown, page
    assert "Active, point stopped" in me.get(pages[1]).content.decode()
    services.free_point(point=POINT, freed_by="user:ben")
    for page in pages:
        assert SAID not in me.get(page).content.decode(), page


@pytest.mark.parametrize("ways", [("rules_rollout_start", True), ("rules_make_release", False)])
def test_a_forms_address_leads_to_its_page(released, page_of, ways):
    """A refused form stays at its own address: whoever opens that again, or a bookmark of it, is not lost."""
    view, numbered = ways
    number = released("R", "r").number
    me = page_of("zoe", "rules:read", "rules:release")
    answer = me.get(reverse(f"admin:{view}", args=[number] if numbered else []))
    leads_to = ("rules_release", [number]) if numbered else ("rules_releases", [])
    assert answer.headers["Location"] == reverse(f"admin:{leads_to[0]}", args=leads_to[1])


def test_a_paused_rule_is_told_whatever_was_written_since(active, page_of):
    """Who looks for what gives nothing any more finds it, and the way to resume it."""
    rule = active("ten", text())
    services.pause_version(rule_id=rule.rule_id, number=1, paused_by="user:ben", reason="stock")
    services.draft_version(rule_id=rule.rule_id, text=text(), author="user:anna")
    counted = {it["status"]: it["count"] for it in counts_by_status()}
    assert (counted["paused"], counted["draft"], counted["active"]) == (1, 1, 0)
    me = page_of("zoe", "rules:read", "rules:activate")
    listed = me.get(reverse("admin:rules_rule_changelist")).content.decode()
    assert "v-label-paused" in listed
    assert "Resume…" in listed
