"""Where a clone's servers live and answer, computed without starting or touching anything."""

import hashlib
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from shared_kernel.embedded.errors import InvalidInstanceName

SUPERUSER = "postgres"
OWNER = "verdict_owner"
APPLICATION = "verdict_app"
DATABASE = "verdict"

# Not below the clone for root, whose servers run as a user that may not be able to enter it.
ROOT_STATE = Path("/var/lib/verdict")
# Not $TMPDIR nor $XDG_RUNTIME_DIR: every shell, cron job and service must compute the same address.
SOCKETS = Path("/tmp")  # noqa: S108 - a private, checked directory is made below it
NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")


@dataclass(frozen=True)
class Endpoints:
    """The addresses of one running instance, each in the form its readers take."""

    database_url: str
    """The application's role: neither owner nor superuser, bound by row-level security."""
    owner_url: str
    """The role that owns the tables: migrations only."""
    superuser_url: str
    """The cluster's own administrator: further databases and roles, and nothing else."""
    redis_url: str
    """Database 0, for redis-py and the cache: `unix:///path?db=0`."""
    broker_url: str
    """Database 1, for Celery: `redis+socket:///path?virtual_host=1`."""

    def environment(self) -> dict[str, str]:
        """The variables by which the settings find these servers."""
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
            "BROKER_URL": self.broker_url,
        }

    def for_database(self, name: str) -> "Endpoints":
        """The same servers, seen from another database of the cluster."""
        return replace(
            self,
            database_url=with_database(self.database_url, name),
            owner_url=with_database(self.owner_url, name),
        )


@dataclass(frozen=True)
class Layout:
    """The directories and files of one instance."""

    base_dir: Path
    name: str
    state: Path
    sockets: Path

    @property
    def lock(self) -> Path:
        return self.state.with_name(f"{self.name}.lock")

    @property
    def data(self) -> Path:
        """What the servers themselves write: theirs alone."""
        return self.state / "data"

    @property
    def postgres_data(self) -> Path:
        return self.data / "postgres"

    @property
    def postgres_log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def redis_data(self) -> Path:
        return self.data / "redis"

    @property
    def redis_log(self) -> Path:
        return self.data / "redis.log"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"


def locate(base_dir: Path, name: str = "main") -> Endpoints:
    """
    The addresses of a clone's instance, whether or not it runs.

    The same clone (by its real path), name and user always give the same addresses, and
    different ones never share any. Every socket's path is far below the 107 bytes allowed.

    Raises:
        InvalidInstanceName: the name could not be part of a path.

    """
    layout = layout_of(base_dir, name)
    return Endpoints(
        database_url=socket_url(APPLICATION, layout.sockets, DATABASE),
        owner_url=socket_url(OWNER, layout.sockets, DATABASE),
        superuser_url=socket_url(SUPERUSER, layout.sockets, "postgres"),
        redis_url=f"unix://{layout.redis_socket}?db=0",
        broker_url=f"redis+socket://{layout.redis_socket}?virtual_host=1",
    )


def layout_of(base_dir: Path, name: str) -> Layout:
    if not NAME.fullmatch(name):
        raise InvalidInstanceName(name=name)
    base = Path(os.path.realpath(base_dir))
    uid = os.geteuid()
    clone = hashlib.sha256(f"{base}\0{uid}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
    if uid == 0:
        state = ROOT_STATE / clone / name
        return Layout(base, name, state, state / "run")
    sockets = SOCKETS / f"verdict-{uid}" / f"{clone}-{name}"
    return Layout(base, name, base / "var" / "embedded" / name, sockets)


def socket_url(role: str, sockets: Path, database: str) -> str:
    """
    A libpq address over a Unix socket.

    The directory is a parameter rather than the host: a host loses its capitals to `urlsplit`
    and stays percent-encoded in django-environ, whereas libpq, psycopg and Django's OPTIONS all
    read `host` from the query.
    """
    return f"postgresql://{role}@/{database}?host={quote(str(sockets), safe='')}"


def with_database(url: str, name: str) -> str:
    """The same address with another database's name."""
    parts = urlsplit(url)
    # urlunsplit would drop the empty host's slashes only for unknown schemes; a role keeps them
    return urlunsplit(parts._replace(path=f"/{quote(name, safe='')}"))
