"""`manage.py serve_bus`: answer other processes' questions and orders over gRPC."""

import signal
import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from shared_kernel.bus import remote, server
from shared_kernel.bus.envelopes import Subscription
from shared_kernel.bus.registry import heard_by

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Answer for the contexts of this process at BUS_LISTEN."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BUS_LISTEN:
            raise CommandError("set BUS_LISTEN to an address such as unix:/run/verdict/bus.sock")
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        serving = server.serve(settings.BUS_LISTEN)
        log.info("bus listens", address=settings.BUS_LISTEN)
        while not _subscribed_everywhere() and not stopping.wait(1):
            pass
        stopping.wait()
        serving.stop(grace=5).wait()


def _subscribed_everywhere() -> bool:
    """Tell every neighbour which of its events are heard here; false while one cannot be reached."""
    told = True
    for address in set(settings.TOPOLOGY.elsewhere.values()):
        for context in settings.TOPOLOGY.here:
            wanted = Subscription(context=context, events=tuple(sorted(heard_by(context))))
            try:
                remote.subscribe(address, wanted)
            except remote.Unanswered as failure:
                log.warning("neighbour not there yet", address=address, reason=str(failure))
                told = False
    return told
