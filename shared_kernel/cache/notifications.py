"""One quiet thread per process that hears, over LISTEN, which caches other processes made stale."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

import psycopg
import structlog
from django.conf import settings

from shared_kernel.cache import invalidation

log = structlog.get_logger(__name__)
CHANNEL = "verdict_told"
SECONDS_BETWEEN_TRIES = 0.5

_listening_in: int | None = None
_lock = threading.Lock()
_unneeded = threading.Event()


def listen_in_background() -> None:
    """Start listening, once per process (a fork starts its own)."""
    global _listening_in  # noqa: PLW0603 - one listener per process
    if _listening_in == os.getpid() or not settings.LISTEN_FOR_INVALIDATION:
        return
    with _lock:
        if _listening_in != os.getpid():
            _listening_in = os.getpid()
            threading.Thread(target=_listen_forever, name="invalidation", daemon=True).start()


def stop_listening() -> None:
    """Take the end of the connection as meant: whoever calls this is about to stop the servers."""
    _unneeded.set()


def _listen_forever() -> None:
    while not _unneeded.is_set():
        try:
            _listen()
        except psycopg.Error as fault:
            if _unneeded.is_set():
                return
            log.warning("not listening for invalidations, trying again", reason=str(fault).strip())
        invalidation.forget_everything()
        time.sleep(SECONDS_BETWEEN_TRIES)


def _listen() -> None:
    with psycopg.connect(settings.DATABASE_CONNINFO, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        # what was said between the last connection and this one was missed
        invalidation.forget_everything()
        for heard in connection.notifies():
            tenant, _, event = heard.payload.partition(" ")
            invalidation.invalidate(event, UUID(tenant))
