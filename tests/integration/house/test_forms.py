"""What nobody types and anybody may send: the admin's pages answer it with a word, never with an error of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contexts.identity import services as identity
from contexts.rules.models import Absence
from shared_kernel.shown import shown_time
from shared_kernel.zones import zone_named


@pytest.fixture
def browser(in_tenant) -> Client:
    user, _ = identity.register_user(
        username=f"zoe-{in_tenant.hex}", scopes=["rules:*", "rules:govern", "rules:approve"]
    )
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="contexts.identity.backends.TenantBackend")
    return client


def govern(what: str) -> str:
    return reverse("admin:rules_govern", args=[what])


def test_a_nul_is_refused_by_its_field(browser):
    answer = browser.post(govern("stop"), {"point": "promotions.line-discounts", "reason": "a\0b"})
    assert answer.status_code == 400
    assert answer.content == b"The field reason holds a NUL character; leave it out."
    assert browser.get("/admin/rules/rule/?q=%00").status_code == 400
    assert browser.get("/admin/rules/rule/?q=a").status_code == 200


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_times_beyond_the_calendar_are_no_times(browser, zone):
    """Of one of the two zones the first or the last moment is in a year that there is not."""
    away = {
        "starts": "0001-01-01T00:00",
        "ends": "9999-12-31T23:59",
        "delegate": "ben",
        "zone": zone,
    }
    assert browser.post(govern("tell-absence"), away).status_code == 302
    assert not Absence.objects.exists()
    browser.cookies["verdict_zone"] = zone
    assert browser.get(reverse("admin:rules_governance")).status_code == 200


@pytest.mark.parametrize(
    "moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_moment_without_local_clocks_is_told_in_utc(moment, zone):
    with timezone.override(zone_named(zone)):
        assert "<time" in shown_time(moment)
