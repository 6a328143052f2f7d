"""Kill anything, lose nothing acknowledged, do nothing twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time

import psutil

from shared_kernel import embedded
from tests.proofs.harness import BASE_DIR, CART, INSTANCE, House, Report, effects_once
from tests.proofs.idempotency import CREATED, post

PROGRAMS = {"worker": "-A config worker", "relay": "manage.py relay", "web": "granian"}
VICTIMS = (*PROGRAMS, "redis", "postgres")
CLIENTS = 3


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance = Report("crash", seed), random.Random(seed)
    acknowledged: dict[str, bytes] = {}
    stopping = threading.Event()
    clients = [
        threading.Thread(
            target=_shop, args=(under, f"crash-{seed}-{n}", acknowledged, stopping, report)
        )
        for n in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    for _ in range(trials):
        for victim in chance.sample(VICTIMS, len(VICTIMS)):
            time.sleep(chance.uniform(1.0, 2.0))
            _kill(under, victim, report)
    time.sleep(3)
    stopping.set()
    for client in clients:
        client.join()
    report.demand(under.quiet(), "something was stuck in the outbox")
    time.sleep(1)
    _nothing_lost(under, acknowledged, report)
    effects_once(under, report)
    return report


def _shop(
    under: House,
    name: str,
    acknowledged: dict[str, bytes],
    stopping: threading.Event,
    report: Report,
) -> None:
    """Place evaluations one after the other, each repeated under its key until it is acknowledged."""
    number = 0
    while not stopping.is_set():
        key = f"{name}-{number}"
        begun = time.perf_counter()
        deadline = begun + 60
        while time.perf_counter() < deadline:
            try:
                status, body = post(under, {**CART, "channel": key}, key)
            except OSError:
                status, body = 0, b""
            if status == CREATED:
                acknowledged[key] = body
                report.seconds.append(time.perf_counter() - begun)
                break
            time.sleep(0.2)
        number += 1


def _kill(under: House, victim: str, report: Report) -> None:
    if victim in PROGRAMS:
        pids = [
            it.pid
            for one in under.running.supervised
            for it in psutil.Process(one.process.pid).children(recursive=True)
            if PROGRAMS[victim] in " ".join(it.cmdline())
        ]
    else:
        status = embedded.status(BASE_DIR, INSTANCE)
        pid = status.postgres_pid if victim == "postgres" else status.redis_pid
        pids = [pid] if pid else []
    report.demand(bool(pids), f"no process of {victim} to kill")
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    if victim in {"redis", "postgres"}:
        time.sleep(0.3)
        embedded.start(BASE_DIR, INSTANCE)


def _nothing_lost(under: House, acknowledged: dict[str, bytes], report: Report) -> None:
    """Acknowledged is stored, once, and told."""
    rows = under.truth(
        "SELECT r.cart->>'channel', count(*), count(e.id) FROM evaluation_evaluationrecord r "
        "LEFT JOIN eventlog_eventrecord e ON e.stream = 'evaluation-' || r.id::text "
        "WHERE r.cart->>'channel' LIKE 'crash-%' GROUP BY 1"
    )
    stored = {channel: (records, events) for channel, records, events in rows}
    for key in acknowledged:
        records, events = stored.get(key, (0, 0))
        report.demand(records == 1, f"{key}: acknowledged, {records} records")
        report.demand(events == 1, f"{key}: acknowledged, {events} events")
    twice = [key for key, (records, _) in stored.items() if records > 1]
    report.demand(not twice, f"{len(twice)} keys have several records")
