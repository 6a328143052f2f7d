"""
A value per tenant and key: first from this process, then from Redis, then loaded.

Staleness is settled by a generation per tenant, counted in Redis: an event counts it up, and a value is kept under
the generation that was current *before* it was loaded, so a slow loader cannot bring back what was just made stale.
A process forgets at once on an event (see `listening`), and in any case after `seconds_here`.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from cachetools import TTLCache
from django.core.cache import cache as redis_cache
from prometheus_client import Counter

from shared_kernel.cache import invalidation
from shared_kernel.cache.notifications import listen_in_background

V = TypeVar("V")
LOOKUPS = Counter("verdict_cache_lookups_total", "Where a value was found", ["cache", "level"])
log = structlog.get_logger(__name__)


class TwoLevelCache(Generic[V]):
    """
    `get(tenant, key, load)` with invalidation by the events named.

    `encode` / `decode` make a value bytes for Redis; without them a value stays in its process. A Redis that
    does not answer makes this cache slower, never wrong.
    """

    def __init__(
        self,
        name: str,
        *,
        stale_after: tuple[str, ...],
        encode: Callable[[V], bytes] | None = None,
        decode: Callable[[bytes], V] | None = None,
        seconds_here: float = 5.0,
        seconds_in_redis: int = 3600,
        size: int = 10_000,
    ) -> None:
        self.name = name
        self._here: TTLCache[tuple[UUID, str], V] = TTLCache(size, seconds_here)
        self._lock = Lock()
        self._epoch = 0
        self._encode, self._decode, self._seconds = encode, decode, seconds_in_redis
        self._found = {
            level: LOOKUPS.labels(name, level) for level in ("process", "redis", "loaded")
        }
        for event in stale_after:
            invalidation.on_event(event, self.forget)
        invalidation.on_doubt(self.forget_here)

    def get(self, tenant: UUID, key: str, load: Callable[[], V]) -> V:
        listen_in_background()
        try:
            value = self._here[(tenant, key)]
        except KeyError:
            epoch = self._epoch
            value = self._from_redis_or_loaded(tenant, key, load)
            with self._lock:
                if epoch == self._epoch:
                    self._here[(tenant, key)] = value
            return value
        self._found["process"].inc()
        return value

    def _from_redis_or_loaded(self, tenant: UUID, key: str, load: Callable[[], V]) -> V:
        if self._encode is None or self._decode is None:
            self._found["loaded"].inc()
            return load()
        place = self._place(tenant, key)
        kept = redis_cache.get(place) if place else None
        if kept is not None:
            self._found["redis"].inc()
            return self._decode(kept)
        self._found["loaded"].inc()
        value = load()
        if place:
            redis_cache.set(place, self._encode(value), self._seconds)
        return value

    def _place(self, tenant: UUID, key: str) -> str | None:
        try:
            generation = redis_cache.get_or_set(self._generation(tenant), 1, None)
        except Exception:  # noqa: BLE001 - whatever is wrong with Redis, the value can be loaded
            log.warning("redis does not answer", cache=self.name)
            return None
        return f"{self.name}:{tenant}:{generation}:{key}"

    def _generation(self, tenant: UUID) -> str:
        return f"{self.name}:{tenant}:generation"

    def forget(self, tenant: UUID) -> None:
        """Everything of that tenant is stale, here and in Redis."""
        self.forget_here()
        if self._encode is None:
            return
        try:
            redis_cache.incr(self._generation(tenant))
        except ValueError:
            redis_cache.set(self._generation(tenant), 2, None)
        except Exception:  # noqa: BLE001 - the time to live bounds the staleness
            log.warning("redis does not answer", cache=self.name)

    def forget_here(self) -> None:
        with self._lock:
            self._epoch += 1
            self._here.clear()
