"""`kill -9`: which processes there are to kill, and the servers brought back."""

from __future__ import annotations

import os
import random
import signal
import time

import psutil  # type: ignore[import-untyped]  # has no stubs here
from django.db import connections

from shared_kernel import embedded
from tests.proofs.harness import BASE_DIR, INSTANCE, House

PROGRAMS = {"worker": "-A config worker", "relay": "manage.py relay", "web": "granian"}
SERVERS = ("redis", "postgres")
# "pool" is one process of the worker's pool: its parent lives on and takes the task for done
VICTIMS = (*PROGRAMS, "pool", *SERVERS)
RETURNS_WITHIN = 60.0


def kill(under: House, victim: str, chance: random.Random) -> int:
    """Kill it, bring it back where no supervisor does; how many processes there were to kill."""
    pids = _pids_once_there(under, victim)
    if victim == "pool" and pids:
        pids = [chance.choice(pids)]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    if victim in SERVERS:
        time.sleep(0.3)
        embedded.start(BASE_DIR, INSTANCE)
        connections.close_all()  # ours are dead too
    return len(pids)


def _pids_once_there(under: House, victim: str) -> list[int]:
    """What the kill before took with it is brought back by the supervisor, which takes its time."""
    deadline = time.monotonic() + RETURNS_WITHIN
    while not (pids := _pids(under, victim)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return pids


def _pids(under: House, victim: str) -> list[int]:
    if victim in SERVERS:
        status = embedded.status(BASE_DIR, INSTANCE)
        pid = status.postgres_pid if victim == "postgres" else status.redis_pid
        return [pid] if pid else []
    if victim == "pool":
        parents = {parent.pid for parent in _processes(under, "worker")} & _supervised(under)
        return [it.pid for parent in parents for it in _children(parent)]
    return [it.pid for it in _processes(under, victim)]


def _processes(under: House, program: str) -> list[psutil.Process]:
    return [
        it
        for one in under.running.supervised
        for it in psutil.Process(one.process.pid).children(recursive=True)
        if _does(it, PROGRAMS[program])
    ]


def _children(parent: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(parent).children())
    except psutil.NoSuchProcess:
        return []


def _does(process: psutil.Process, command: str) -> bool:
    try:
        return command in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def _supervised(under: House) -> set[int]:
    return {
        it.pid
        for one in under.running.supervised
        for it in psutil.Process(one.process.pid).children()
    }
