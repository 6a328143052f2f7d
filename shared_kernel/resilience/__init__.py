"""Around everything remote: retries with jitter (stamina) and circuit breakers (pybreaker)."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import pybreaker
import stamina

T = TypeVar("T")

FAILURES_TO_OPEN = 5
SECONDS_OPEN = 30

_breakers: dict[str, pybreaker.CircuitBreaker] = {}
_lock = Lock()


BreakerOpen = pybreaker.CircuitBreakerError


def breaker(name: str) -> pybreaker.CircuitBreaker:
    """The circuit breaker of that neighbour, one per process: open for 30 s after five failures in a row."""
    with _lock:
        if name not in _breakers:
            _breakers[name] = pybreaker.CircuitBreaker(
                fail_max=FAILURES_TO_OPEN,
                reset_timeout=SECONDS_OPEN,
                name=name,
                throw_new_error_on_trip=False,
            )
        return _breakers[name]


def retrying(
    on: type[Exception], *, attempts: int, seconds: float
) -> Callable[[Callable[[], T]], T]:
    """Repeat a harmless-to-repeat call on `on`, with exponential back-off and jitter, within a time."""

    def run(work: Callable[[], T]) -> T:
        outcome: Any = None
        for attempt in stamina.retry_context(
            on=on, attempts=attempts, timeout=seconds, wait_initial=0.05, wait_max=1.0
        ):
            with attempt:
                outcome = work()
        result: T = outcome
        return result

    return run
