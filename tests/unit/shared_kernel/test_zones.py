"""Times on pages: by the clocks of whoever reads them, and never without saying which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from shared_kernel import clock
from shared_kernel.shown import shown_ago, shown_second, shown_time
from shared_kernel.zones import COOKIE, browser_zone

SUMMER = datetime(2027, 7, 1, 22, 30, 5, tzinfo=UTC)


def page(path: str, zone: str) -> str:
    request = RequestFactory().get(path)
    request.COOKIES[COOKIE] = zone
    answer = browser_zone(lambda _request: HttpResponse(shown_time(SUMMER)))(request)
    return answer.content.decode()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "2 Jul 2027, 00:30 CEST"),
        ("America/Sao_Paulo", "1 Jul 2027, 19:30 UTC-03"),
        ("UTC", "1 Jul 2027, 22:30 UTC"),
        ("../../etc/passwd", "1 Jul 2027, 22:30 UTC"),
        ("", "1 Jul 2027, 22:30 UTC"),
    ],
)
def test_a_page_tells_the_time_by_its_readers_clocks(zone, shown):
    """And names the zone, or nobody knows which; what a cookie says is a name of the list, or nothing."""
    said = page("/admin/rules/", zone)
    assert f">{shown}<" in said
    assert 'title="1 Jul 2027, 22:30 UTC"' in said


def test_the_api_has_no_clocks_of_a_reader():
    """A cookie of a page must not change what an answer says."""
    assert ">1 Jul 2027, 22:30 UTC<" in page("/api/v1/rules/", "Europe/Berlin")


def test_a_second_may_matter():
    assert ">1 Jul 2027, 22:30:05 UTC<" in shown_second(SUMMER)


def test_what_was_just_now_was_not_zero_minutes_ago():
    with clock.frozen(SUMMER):
        assert shown_ago(SUMMER - timedelta(seconds=59)) == "just now"
        assert shown_ago(SUMMER - timedelta(hours=2, minutes=5)) == "2\xa0hours, 5\xa0minutes ago"
