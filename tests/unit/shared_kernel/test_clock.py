"""Time comes from one place, which a test can hold still."""

import asyncio
import contextlib
import contextvars
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared_kernel import clock

NOON = datetime(2026, 2, 28, 12, tzinfo=UTC)


def test_now_is_aware_and_in_utc():
    before = datetime.now(UTC)
    moment = clock.now()
    assert before <= moment <= datetime.now(UTC)
    assert moment.tzinfo is UTC


def test_a_frozen_clock_stands_still_and_moves_when_told():
    with clock.frozen(NOON) as frozen:
        assert clock.now() == clock.now() == NOON
        frozen.advance(timedelta(days=1))
        assert clock.now() == NOON + timedelta(days=1)
        frozen.move_to(NOON)
        assert clock.now() == NOON
    assert clock.now() != NOON


def test_frozen_clocks_nest_and_survive_an_error():
    with clock.frozen(NOON):
        with contextlib.suppress(ZeroDivisionError), clock.frozen(NOON + timedelta(hours=1)):
            assert clock.now().hour == 13
            raise ZeroDivisionError
        assert clock.now() == NOON


def test_another_zone_is_brought_to_utc():
    with clock.frozen(NOON.astimezone(timezone(timedelta(hours=5)))):
        assert clock.now() == NOON
        assert clock.now().tzinfo is UTC


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"), clock.frozen(datetime(2026, 1, 1)):  # noqa: DTZ001 - the point
        pass


def test_the_clock_belongs_to_its_context():
    """A task inherits it; a bare thread goes by the wall clock unless it is given the context."""
    seen = []

    async def ask():
        return clock.now()

    with clock.frozen(NOON):
        assert asyncio.run(ask()) == NOON
        within = contextvars.copy_context()
        for work in (clock.now, lambda: within.run(clock.now)):
            thread = threading.Thread(target=lambda work=work: seen.append(work()))
            thread.start()
            thread.join()
    assert seen[0] != NOON
    assert seen[1] == NOON
