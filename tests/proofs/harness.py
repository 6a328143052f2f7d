"""A real house under proof, the truth about its database, and how a proof reports."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

import config.demo
from config.demo.client import Client
from config.demo.lifecycle import bring_to_life, wait_until_decided
from config.demo.people import Credentials, open_shop
from config.launch.launcher import Running, launch
from shared_kernel import embedded
from shared_kernel.embedded.addresses import with_database

BASE_DIR = Path(__file__).resolve().parents[2]
INSTANCE = f"prove-{os.getpid()}"  # several runs may go on side by side
SHOP = json.loads((Path(config.demo.__file__).parent / "shop.json").read_text())
# this cart gets an order discount, so the calculator allocates and later hears of it
CART = {name: it for name, it in SHOP["carts"][2].items() if name != "title"}
KEPT = ("PATH", "HOME", "LANG")


@dataclass
class Report:
    """What a proof tried and found; it holds if nothing was violated and something succeeded."""

    name: str
    seed: int
    trials: int = 0
    successes: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def demand(self, truth: bool, otherwise: str) -> None:
        self.trials += 1
        if truth:
            self.successes += 1
        else:
            self.violations.append(otherwise)

    @property
    def holds(self) -> bool:
        return not self.violations and self.successes > 0

    def show(self) -> None:
        ranked = sorted(self.seconds)
        p95 = f"{ranked[int(len(ranked) * 0.95)] * 1000:.0f} ms" if ranked else "-"
        print(
            f"{self.name}: seed {self.seed}, trials {self.trials}, successes {self.successes}, "
            f"violations {len(self.violations)}, p95 {p95}"
        )
        for violation in self.violations[:10]:
            print(f"  violated: {violation}")


@dataclass
class House:
    running: Running
    people: Credentials

    def client(self, name: str = "storefront") -> Client:
        return Client(self.running.addresses["main"], self.people.keys[name])

    def truth(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the administrator of the cluster sees: every tenant's rows."""
        url = with_database(embedded.locate(BASE_DIR, INSTANCE).superuser_url, "verdict")
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def count(self, statement: str, *values: Any) -> int:
        return int(self.truth(statement, *values)[0][0])

    def quiet(self, seconds: float = 90) -> bool:
        """Wait until nothing is under way in the outbox."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if (
                    self.count("SELECT count(*) FROM eventlog_delivery WHERE status = 'pending'")
                    == 0
                ):
                    return True
            except psycopg.Error:
                pass
            time.sleep(0.25)
        return False


@contextmanager
def house() -> Iterator[House]:
    """The whole system in real processes with servers of its own; the sample rules are active."""
    with tempfile.TemporaryDirectory(prefix="prove-") as run_dir:
        given = {name: os.environ[name] for name in KEPT if name in os.environ}
        given |= {
            "VERDICT_INSTANCE": INSTANCE, "RUN_DIR": run_dir, "RATE_LIMITS": "off",
            "DELIVERY_TIMEOUT": "3", "DELIVERY_BACKOFF": "0.2", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        embedded.destroy(BASE_DIR, INSTANCE)
        try:
            with launch(BASE_DIR, environment=given, port=18600) as running:
                made = House(running, open_shop(BASE_DIR, {**given, **running.environment}))
                anna, ben = made.client("anna"), made.client("ben")
                versions = {
                    bring_to_life(it, author=anna, reviewer=ben)[:2] for it in SHOP["rules"]
                }
                cart = {name: it for name, it in SHOP["carts"][1].items() if name != "title"}
                wait_until_decided(cart, versions, storefront=made.client())
                yield made
        finally:
            connections.close_all()  # the next house has other servers at the same address
            embedded.destroy(BASE_DIR, INSTANCE)


def effects_once(under: House, report: Report) -> None:
    """Every event that names an algorithm was counted once by the calculator, and heard once."""
    events = under.count(
        "SELECT count(*) FROM eventlog_eventrecord WHERE type = 'evaluation.cart-evaluated.v1' "
        "AND data->'algorithms' ? 'allocation.largest-remainder@1'"
    )
    uses = under.count("SELECT coalesce(sum(uses), 0) FROM calculator_algorithmusage")
    report.demand(uses == events, f"{events} events took effect {uses} times")
    told = under.count(
        "SELECT count(*) FROM eventlog_eventrecord WHERE type = 'evaluation.cart-evaluated.v1'"
    )
    heard = under.count("SELECT count(*) FROM eventlog_inboxentry WHERE context = 'calculator'")
    report.demand(heard == told, f"{told} events were told, {heard} heard")
    parked = under.count("SELECT count(*) FROM eventlog_delivery WHERE status = 'parked'")
    report.demand(parked == 0, f"{parked} messages were parked")
