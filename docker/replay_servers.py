"""PostgreSQL and Redis as somebody else would run them: over TCP, with passwords, by no clone of ours."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from shared_kernel.embedded.account import current_account, server_environment
from shared_kernel.embedded.binaries import POSTGRES, REDIS, usable_tree

ANSWERS_WITHIN = 30.0


@dataclass(frozen=True)
class Found:
    """What an operator would write into the environment of the containers."""

    admin_url: str
    roles: dict[str, str]
    environment: dict[str, str]


@contextmanager
def servers(work: Path) -> Iterator[Found]:
    """Both servers below `work` on loopback ports of their own, until the end of the block."""
    account, tree = current_account(), usable_tree(current_account())
    place = work / "servers"
    place.mkdir()
    os.chown(place, account.uid, account.gid)
    postgres, redis = _free_ports(2)
    admin, owner, application = (secrets.token_hex(16) for _ in range(3))
    (place / "password").write_text(admin)
    bin_dir = tree / POSTGRES / "bin"
    data = str(place / "data")
    common = {"env": server_environment(), "cwd": place, **account.identity()}
    initdb = [bin_dir / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256"]
    subprocess.run(
        [*initdb, f"--pwfile={place / 'password'}", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, **common,
    )  # fmt: skip
    started = [
        subprocess.Popen(
            [bin_dir / "postgres", "-D", data, "-p", str(postgres), "-k", str(place)],
            stderr=subprocess.DEVNULL, **common,
        ),
        subprocess.Popen(
            [tree / REDIS / "redis-server", "--bind", "127.0.0.1", "--port", str(redis)],
            stdout=subprocess.DEVNULL, **common,
        ),
    ]  # fmt: skip
    address = f"127.0.0.1:{postgres}"
    try:
        admin_url = f"postgresql://postgres:{admin}@{address}/postgres"
        _wait(admin_url)
        yield Found(
            admin_url,
            {"OWNER_PASSWORD": owner, "APPLICATION_PASSWORD": application},
            {
                "DATABASE_URL": f"postgresql://verdict_app:{application}@{address}/verdict",
                "DATABASE_OWNER_URL": f"postgresql://verdict_owner:{owner}@{address}/verdict",
                "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
                "BROKER_URL": f"redis://127.0.0.1:{redis}/1",
                "PORT": str(_free_ports(1)[0]),
            },
        )
    finally:
        for process in started:
            process.terminate()
            process.wait()


def _free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def _wait(url: str) -> None:
    deadline = time.monotonic() + ANSWERS_WITHIN
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
