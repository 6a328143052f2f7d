"""`manage.py relay`: hand events from the outbox to the queues until told to stop."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from shared_kernel.eventlog import relay


class Command(BaseCommand):
    help = "Hand events from the outbox to the queue of each listening context."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        relay.run(stopping)
