"""
A real PostgreSQL and a real Redis, out of two wheels, for a machine with nothing installed.

A clone asks for its servers by name (`main`, `test`) and finds them again: the addresses follow
from the clone's path, the name and the user, nothing is listened to over TCP, and no other user of the
machine can connect. Where DATABASE_URL and REDIS_URL are set, none of this is needed.

    endpoints = start(Path(clone))        # idempotent; survives kill -9 and stale pid files
    endpoints.environment()               # DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL, BROKER_URL
    stop(Path(clone))
"""

from shared_kernel.embedded.addresses import Endpoints, locate
from shared_kernel.embedded.binaries import postgres_binary
from shared_kernel.embedded.errors import EmbeddedError
from shared_kernel.embedded.instance import Status, destroy, start, status, stop
from shared_kernel.embedded.roles import create_database, drop_database, provision

__all__ = [
    "EmbeddedError",
    "Endpoints",
    "Status",
    "create_database",
    "destroy",
    "drop_database",
    "locate",
    "postgres_binary",
    "provision",
    "start",
    "status",
    "stop",
]
