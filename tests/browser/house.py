"""A real house for the browser's tests: every process of it, servers of its own, and shops opened in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config.launch import Running, launch

REPOSITORY = Path(__file__).resolve().parents[2]
OF_OTHERS = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "BROKER_URL",
    "DJANGO_SETTINGS_MODULE",
)


@dataclass
class Person:
    name: str
    login: str
    session: str
    key: str
    actor: str


class People(dict[str, Person]):
    """Those who work in a shop, each employed when the test first speaks of them."""

    def __init__(self, employ: Callable[[str], Person]) -> None:
        super().__init__()
        self._employ = employ

    def __missing__(self, name: str) -> Person:
        self[name] = self._employ(name)
        return self[name]


@dataclass
class Shop:
    """One tenant of a running house."""

    address: str
    database: str
    owner: str
    tenant: str
    people: dict[str, Person]
    till: str

    def api(self, method: str, path: str, key: str, body: Any = None) -> tuple[int, Any]:
        """Status and body of a call, over a connection of its own."""
        request = urllib.request.Request(
            f"{self.address}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)

    def price(self, cart: dict[str, Any]) -> str:
        status, priced = self.api("POST", "evaluations", self.till, cart)
        assert status == 201, priced
        return str(priced["totals"]["due"]["amount"])

    @contextmanager
    def as_application(self) -> Iterator[psycopg.Connection[Any]]:
        """SQL as the application's role, inside this tenant."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute("SELECT set_config('verdict.tenant', %s, false)", [self.tenant])
            yield connection

    @contextmanager
    def as_owner(self) -> Iterator[psycopg.Connection[Any]]:
        """SQL as the owner of the tables, who can break and mend the house."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            yield connection


def cookie_of(shop: Shop, name: str) -> Any:
    """What the browser of somebody who is signed in shows; the login page is tested with people who are not."""
    session = shop.people[name].session
    return {"name": "sessionid", "value": session, "url": shop.address}


def start(run_dir: Path) -> Running:
    """Two web workers, a worker, beat and relay, on servers of their own; patient with nobody."""
    mine = {name: value for name, value in os.environ.items() if name not in OF_OTHERS}
    environment = {
        **mine,
        "VERDICT_INSTANCE": f"browser-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
        "RUN_DIR": str(run_dir),
        "WEB_WORKERS": "2",
        "RATE_LIMITS": "off",
        "LISTEN_FOR_INVALIDATION": "true",
        "DELIVERY_ATTEMPTS": "2",
        "DELIVERY_BACKOFF": "0.05",
    }
    return launch(REPOSITORY, port=0, environment=environment)


@contextmanager
def opening_shops(running: Running) -> Iterator[Callable[[], Shop]]:
    """Open as many shops as are asked for, by one process that is started once."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.browser.shop"],
        cwd=REPOSITORY,
        env={**running.environment, "LOG_LEVEL": "WARNING"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as opener:
        assert opener.stdin is not None
        assert opener.stdout is not None
        asked, told = opener.stdin, opener.stdout

        def ask(**wanted: str) -> dict[str, Any]:
            asked.write(f"{json.dumps(wanted)}\n")
            asked.flush()
            answer: dict[str, Any] = json.loads(told.readline())
            return answer

        def open_one() -> Shop:
            shop = ask()
            return Shop(
                address=running.addresses["main"],
                database=running.environment["DATABASE_URL"],
                owner=running.environment["DATABASE_OWNER_URL"],
                tenant=shop["tenant"],
                people=People(lambda name: Person(name, **ask(tenant=shop["tenant"], name=name))),
                till=shop["till"],
            )

        yield open_one
        asked.close()
