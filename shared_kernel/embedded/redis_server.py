"""One Redis: started, asked, stopped."""

import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from shared_kernel.embedded.account import (
    Account,
    private_directory,
    server_environment,
    settings_file,
)
from shared_kernel.embedded.addresses import Layout
from shared_kernel.embedded.binaries import REDIS
from shared_kernel.embedded.errors import ServerFailed
from shared_kernel.embedded.processes import Server, pid_in

ASKED_WITHIN = 5.0
ANSWERS_WITHIN = 30.0
STOPS_WITHIN = 20.0
STEP = 0.02

SETTINGS = """\
# Written at every start: change shared_kernel/embedded, not this file.
port 0
unixsocket {socket}
unixsocketperm 700
dir {directory}
pidfile {pidfile}
logfile {log}
daemonize yes
databases 16
save ""
appendonly {durable}
appendfsync everysec
maxmemory-policy noeviction
"""


def start_redis(tree: Path, layout: Layout, account: Account, *, durable: bool) -> None:
    """
    Bring Redis up; do nothing when it answers.

    Raises:
        ServerFailed: with the tail of its log.

    """
    if redis_pid(layout) is not None and redis_answers(layout):
        return
    stop_redis(layout)
    private_directory(layout.redis_data, account)
    settings = _write_settings(layout, durable=durable)
    done = subprocess.run(
        [tree / REDIS / "redis-server", settings],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=layout.data,
        env=server_environment(),
        umask=0o077,
        start_new_session=True,
        **account.identity(),
    )
    if done.returncode != 0 or not _answers_in_time(layout):
        raise ServerFailed(server="Redis", step="answer", log=layout.redis_log, said=done.stdout)


def stop_redis(layout: Layout) -> None:
    """End Redis orderly: what it was told is written. A second one on the same file is ended too."""
    server, known = Server("redis-server", layout.redis_data), redis_pid(layout)
    for pid in {*server.processes(), *([known] if known else [])}:
        server.end(pid, (signal.SIGTERM,), patience=STOPS_WITHIN)


def redis_pid(layout: Layout) -> int | None:
    """The process that serves this directory, and not one that has merely got its old number."""
    pid = pid_in(_pidfile(layout))
    is_ours = pid is not None and Server("redis-server", layout.redis_data).is_process(pid)
    return pid if is_ours else None


def redis_answers(layout: Layout) -> bool:
    at_once = Retry(NoBackoff(), retries=0)  # the client would otherwise try again for seconds
    client = redis.Redis(
        unix_socket_path=str(layout.redis_socket), socket_timeout=ASKED_WITHIN, retry=at_once
    )
    try:
        return bool(client.ping())
    except (redis.BusyLoadingError, redis.ConnectionError, redis.TimeoutError):
        return False
    finally:
        client.close()


def _answers_in_time(layout: Layout) -> bool:
    deadline = time.monotonic() + ANSWERS_WITHIN
    while not redis_answers(layout):
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    return True


def _pidfile(layout: Layout) -> Path:
    return layout.redis_data / "redis.pid"


def _write_settings(layout: Layout, *, durable: bool) -> Path:
    text = SETTINGS.format(
        socket=_quoted(layout.redis_socket),
        directory=_quoted(layout.redis_data),
        pidfile=_quoted(_pidfile(layout)),
        log=_quoted(layout.redis_log),
        durable="yes" if durable else "no",
    )
    return settings_file(layout.state / "redis.conf", text)


def _quoted(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
