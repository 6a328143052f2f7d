"""Both servers of one instance, together: started, found again, looked at, stopped, removed."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shared_kernel.embedded.account import (
    Account,
    current_account,
    private_directory,
    trusted_directory,
)
from shared_kernel.embedded.addresses import ROOT_STATE, Endpoints, Layout, layout_of, locate
from shared_kernel.embedded.binaries import usable_tree
from shared_kernel.embedded.errors import DirectoryNotWritable
from shared_kernel.embedded.locks import held
from shared_kernel.embedded.postgres_server import (
    postgres_answers,
    postgres_pid,
    start_postgres,
    stop_postgres,
)
from shared_kernel.embedded.redis_server import redis_answers, redis_pid, start_redis, stop_redis
from shared_kernel.embedded.roles import provision

LOG_LIMIT = 10 * 1024 * 1024


@dataclass(frozen=True)
class Status:
    """What runs: the process numbers, and whether both servers answer."""

    postgres_pid: int | None
    redis_pid: int | None
    answers: bool


def start(base_dir: Path, name: str = "main", *, durable: bool = True) -> Endpoints:
    """
    Bring the clone's instance up, or find it running; either way its roles and database are ready.

    What a killed server left behind is cleared away. Starters that race wait for each other.
    Without `durable` a crash of the machine may lose data (for tests); an instance that already
    runs keeps the setting it was started with.

    Raises:
        EmbeddedError: one of `errors`, each naming what to do.

    """
    layout, account = layout_of(base_dir, name), current_account()
    _prepare(layout, account)
    endpoints = locate(base_dir, name)
    with held(layout.lock):
        if not status(base_dir, name).answers:
            tree = usable_tree(account)
            _shorten(layout.postgres_log, layout.redis_log)
            start_postgres(tree, layout, account, durable=durable)
            start_redis(tree, layout, account, durable=durable)
        provision(endpoints.superuser_url)
    return endpoints


def stop(base_dir: Path, name: str = "main") -> None:
    """Stop the clone's instance; nothing happens when it does not run. The data stay."""
    layout = layout_of(base_dir, name)
    if not layout.lock.exists():
        return
    with held(layout.lock):
        stop_postgres(layout)
        stop_redis(layout)


def status(base_dir: Path, name: str = "main") -> Status:
    """Which servers of the clone's instance run, asked of the servers themselves."""
    layout = layout_of(base_dir, name)
    postgres, redis = postgres_pid(layout), redis_pid(layout)
    both = postgres is not None and redis is not None
    answers = both and postgres_answers(layout) and redis_answers(layout)
    return Status(postgres_pid=postgres, redis_pid=redis, answers=answers)


def destroy(base_dir: Path, name: str = "main") -> None:
    """Stop the clone's instance and remove everything it ever stored."""
    layout = layout_of(base_dir, name)
    if not layout.lock.exists():
        return
    with held(layout.lock):
        stop_postgres(layout)
        stop_redis(layout)
        for directory in (layout.sockets, layout.state):
            if directory.exists():
                shutil.rmtree(directory)
        layout.lock.unlink()
    for parent in (layout.state.parent, layout.sockets.parent):
        with suppress(OSError):  # other instances live there
            parent.rmdir()


def _prepare(layout: Layout, account: Account) -> None:
    if os.geteuid() == 0:
        trusted_directory(ROOT_STATE)
        trusted_directory(layout.state.parent)
    else:
        _make_parents(layout.state.parent)
        private_directory(layout.sockets.parent, account)
    trusted_directory(layout.state)
    private_directory(layout.data, account)
    private_directory(layout.sockets, account)


def _make_parents(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DirectoryNotWritable(path=path, reason=str(error.strerror)) from error


def _shorten(*logs: Path) -> None:
    """Keep one old log beside a new one, so that neither grows for ever."""
    for log in logs:
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
