"""The schema, brought up to date by the owner's role before anything serves."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.launch.errors import DatabaseUnreachableError, MigrationFailedError

STEP = 0.5
# any number that all replicas agree on: two of them must not migrate at once
LOCK = 0x56455244


def migrate(
    name: str,
    environment: Mapping[str, str],
    *,
    base_dir: Path,
    patience: float = 60.0,
    tell: Callable[[str], None],
) -> None:
    """
    Migrate the database of the process set `name`; replicas that start together take turns.

    Raises:
        DatabaseUnreachableError: it did not answer for `patience` seconds.
        MigrationFailedError: with the last words of `manage.py migrate`.

    """
    url = environment["DATABASE_OWNER_URL"]
    with _connected(name, url, patience=patience, tell=tell) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--noinput"],
            check=False,
            cwd=base_dir,
            env={**environment, "AS_DATABASE_OWNER": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    if done.returncode != 0:
        raise MigrationFailedError(process_set=name, said=done.stdout)


@contextmanager
def _connected(
    name: str, url: str, *, patience: float, tell: Callable[[str], None]
) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise DatabaseUnreachableError(
                    process_set=name, seconds=patience, said=str(error)
                ) from error
            if not told:
                tell("waiting for the database")
                told = True
            time.sleep(STEP)
        else:
            break
    with connection:
        yield connection
