"""A real house under proof, the truth about its database, and how a proof reports."""

from __future__ import annotations

import json
import os
import tempfile
import time
import urllib.error
import urllib.request
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
# what is under way, and what will be: evaluations are sealed a moment after they were made
PENDING = """
SELECT (SELECT count(*) FROM eventlog_delivery WHERE status = 'pending') + (
  SELECT count(*) FROM eventlog_eventrecord e WHERE e.type = 'evaluation.cart-evaluated.v1' AND NOT EXISTS (
    SELECT 1 FROM eventlog_eventrecord s WHERE s.type = 'evaluation.evaluations-sealed.v1'
      AND s.tenant_id = e.tenant_id AND (s.data->>'until_at')::timestamptz >= e.occurred_at))
"""
# the house and the process that proves it have the same
KEYS = {"AUDIT_SIGNING_KEY": "of the proofs", "ACT_KEY": "of the proofs"}
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

    def witnessed(self, times: int, what: str) -> None:
        """A proof in which this never happened would prove nothing."""
        self.demand(times > 0, f"never happened: {what}")

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

    @property
    def administrator(self) -> str:
        """The address under which the administrator of the cluster is in the house's database."""
        return with_database(embedded.locate(BASE_DIR, INSTANCE).superuser_url, "verdict")

    def truth(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the administrator of the cluster sees: every tenant's rows."""
        with psycopg.connect(self.administrator, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def count(self, statement: str, *values: Any) -> int:
        return int(self.truth(statement, *values)[0][0])

    def let_a_minute_pass(self) -> None:
        """Whoever died with a claim in hand has been silent for longer than it lasts."""
        self.truth(
            "UPDATE eventlog_once SET claimed_until = now() - interval '1 second' "
            "WHERE state <> 'answered'"
        )

    def quiet(self, seconds: float = 45) -> bool:
        """Wait until nothing is under way in the outbox."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if not self.count(PENDING):
                    return True
            except psycopg.Error:
                pass
            time.sleep(0.25)
        return False


@contextmanager
def house(**extra: str) -> Iterator[House]:
    """
    The whole system in real processes with servers of its own; the sample rules are active.

    `extra` is added to the environment of its processes.
    """
    with tempfile.TemporaryDirectory(prefix="prove-") as run_dir:
        given = {name: os.environ[name] for name in KEPT if name in os.environ}
        given |= {
            "VERDICT_INSTANCE": INSTANCE, "RUN_DIR": run_dir, "RATE_LIMITS": "off",
            "DELIVERY_TIMEOUT": "3", "DELIVERY_BACKOFF": "0.2", "LOG_LEVEL": "WARNING",
            "WEB_WORKERS": "1", "WORKER_CONCURRENCY": "2", "START_RETRIES": "20",
            "SEAL_EVERY": "1", "SEAL_AFTER": "0.5", **KEYS, **extra,
        }  # fmt: skip
        embedded.destroy(BASE_DIR, INSTANCE)
        try:
            with launch(BASE_DIR, environment=given, port=0) as running:
                made = House(running, open_shop(BASE_DIR, {**given, **running.environment}))
                _open_for_business(made)
                yield made
        finally:
            connections.close_all()  # the next house has other servers at the same address
            embedded.destroy(BASE_DIR, INSTANCE)


def _open_for_business(made: House) -> None:
    anna, ben = made.client("anna"), made.client("ben")
    versions = {bring_to_life(it, author=anna, reviewer=ben)[:2] for it in SHOP["rules"]}
    cart = {name: it for name, it in SHOP["carts"][1].items() if name != "title"}
    wait_until_decided(cart, versions, storefront=made.client())


def call(
    client: Client, method: str, path: str, body: Any = None, *, key: str | None = None
) -> tuple[int, bytes]:
    """
    One request below `/api/v1/`: its status and body, whatever they are.

    Raises:
        OSError, HTTPException: nobody answered, or the answer broke off.

    """
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    if method == "PUT":
        headers["If-Match"] = "*"
    data = None if method == "GET" else json.dumps(body if body is not None else {}).encode()
    return _answered(f"{client.address}/api/v1/{path}", method, data, headers)


def send(client: Client, path: str, content: bytes, *, kind: str) -> tuple[int, bytes]:
    """A file as the body of a request, by its media type."""
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": kind}
    return _answered(f"{client.address}/api/v1/{path}", "POST", content, headers)


def _answered(
    address: str, method: str, data: bytes | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    request = urllib.request.Request(address, method=method, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def code_of(body: bytes) -> str:
    """The stable code of a problem document, or nothing."""
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("code", "")) if isinstance(found, dict) else ""
