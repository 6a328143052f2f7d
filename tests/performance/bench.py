"""`make bench`: ratios measured in one run, on loopback, written to docs/performance.md."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from urllib.parse import urlsplit

from config.launch.launcher import launch
from shared_kernel import embedded
from tests.performance.page import PAGE, write_section
from tests.proofs.harness import BASE_DIR, CART, INSTANCE, SHOP, House, house

REQUESTS, CLIENTS, EVENTS = 1500, 4, 3000
PAUSES, AGREED = 40, 16  # so many fresh connections reach both web processes
PAUSED = SHOP["rules"][1]  # the fourth cart is a gold customer's


def main() -> None:
    rows: list[tuple[str, str, str]] = []
    os.environ.update(
        VERDICT_INSTANCE=INSTANCE, DJANGO_SETTINGS_MODULE="config.settings",
        LISTEN_FOR_INVALIDATION="false", LOG_LEVEL="WARNING",
    )  # fmt: skip
    rows += start_up()
    # as in production: a proof is in more of a hurry to see what was dropped delivered again
    with house(DELIVERY_TIMEOUT="30") as under:
        import django

        django.setup()
        rows += bus_ask()
        rows += endpoint(under)
        rows += relay(under)
    with house(DELIVERY_TIMEOUT="30", WEB_WORKERS="2") as under:
        rows += taking_effect(under)
    write(rows)
    print(PAGE.read_text())


def start_up() -> list[tuple[str, str, str]]:
    """Seconds until everything is ready: from an empty data directory, and again."""
    embedded.destroy(BASE_DIR, INSTANCE)
    seconds = []
    with tempfile.TemporaryDirectory(prefix="bench-") as run_dir:
        given = {it: os.environ[it] for it in ("PATH", "HOME") if it in os.environ}
        given |= {"VERDICT_INSTANCE": INSTANCE, "RUN_DIR": run_dir}
        for _ in range(2):
            begun = time.perf_counter()
            with launch(BASE_DIR, environment=given, port=0):
                seconds.append(time.perf_counter() - begun)
    embedded.destroy(BASE_DIR, INSTANCE)
    cold, warm = seconds
    return [
        ("start of `make run`, from an empty data directory", f"{cold:.1f} s", ""),
        ("start of `make run`, again", f"{warm:.1f} s", f"{warm / cold:.2f} of the first"),
    ]


def per_call(work: Callable[[], Any], calls: int = 20_000) -> float:
    """The best of five, in seconds a call."""

    def once() -> float:
        begun = time.perf_counter()
        for _ in range(calls):
            work()
        return (time.perf_counter() - begun) / calls

    return min(once() for _ in range(5))


def bus_ask() -> list[tuple[str, str, str]]:
    from shared_kernel import bus

    class Echo(bus.Query[int], frozen=True):
        """The number itself."""

        name: ClassVar = "bench.echo.v1"
        number: int

    def answer(query: Echo) -> int:
        return query.number

    bus.answers(Echo)(answer)
    question = Echo(number=1)
    plain, asked = per_call(lambda: answer(question)), per_call(lambda: bus.ask(question))
    return [
        ("a plain call", f"{plain * 1e6:.2f} µs", "1"),
        (
            "`bus.ask` in process, measured and typed",
            f"{asked * 1e6:.2f} µs",
            f"{asked / plain:.0f} times the call",
        ),
    ]


def load(address: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> list[float]:
    """Seconds of each request, of so many clients with a connection each."""
    place = urlsplit(address)

    def client(_: int) -> list[float]:
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        took = []
        for _ in range(REQUESTS // CLIENTS):
            begun = time.perf_counter()
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - begun)
            if answer.status not in {200, 201}:
                raise RuntimeError(f"{path} answered {answer.status}")
        return took

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [seconds for took in pool.map(client, range(CLIENTS)) for seconds in took]


def endpoint(under: House) -> list[tuple[str, str, str]]:
    client = under.client()
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/json"}
    rows, rate_of_floor = [], 0.0
    for name, method, path, body in (
        ("the floor: an empty endpoint of the same server", "GET", "/health/floor", b""),
        (
            "`POST /api/v1/evaluations`, recorded",
            "POST",
            "/api/v1/evaluations",
            json.dumps(CART).encode(),
        ),
    ):
        load(client.address, method, path, body, headers)  # warm
        begun = time.perf_counter()
        took = sorted(load(client.address, method, path, body, headers))
        rate = len(took) / (time.perf_counter() - begun)
        rate_of_floor = rate_of_floor or rate
        p50, p95 = statistics.median(took) * 1000, took[int(len(took) * 0.95)] * 1000
        rows.append(
            (
                name,
                f"{rate:.0f} a second, p50 {p50:.1f} ms, p95 {p95:.1f} ms",
                f"{rate / rate_of_floor:.2f} of the floor",
            )
        )
    return rows


def taking_effect(under: House) -> list[tuple[str, str, str]]:
    """A rule is paused and resumed: from the answer to that until no process prices as before."""
    ben, storefront = under.client("ben"), under.client()
    under.quiet()
    rule = ben.get(f"rules/?slug={PAUSED['slug']}")["results"][0]["id"]
    cart = {name: it for name, it in SHOP["carts"][3].items() if name != "title"}
    priced = []

    def decides() -> bool:
        """By whichever process takes a fresh connection."""
        asked = time.perf_counter()
        lines = storefront.post("evaluations", cart)["lines"]
        priced.append(time.perf_counter() - asked)
        return any(it["rule_id"] == rule for line in lines for it in line["adjustments"])

    took = []
    for turn in range(PAUSES):
        resumed = turn % 2 == 1
        act, body = ("resume", {}) if resumed else ("pause", {"reason": "the bench"})
        ben.post(f"rules/{rule}/versions/1/{act}", body)
        begun = last = time.perf_counter()
        agreed = 0
        while agreed < AGREED:
            agreed = agreed + 1 if decides() is resumed else 0
            last = last if agreed else time.perf_counter()  # when it last was as before
        took.append(last - begun)
    half, one = statistics.median(took), statistics.median(priced)
    return [
        (
            "a rule that is paused or resumed, until no process prices as before",
            f"p50 {half * 1000:.0f} ms, the slowest of {PAUSES} {max(took) * 1000:.0f} ms",
            f"{half / one:.1f} times an evaluation",
        )
    ]


def relay(under: House) -> list[tuple[str, str, str]]:
    """Events published at once, until the last of them took effect."""
    from uuid import UUID

    from contexts.evaluation.events import CartEvaluated
    from shared_kernel import bus
    from shared_kernel.ids import new_id
    from shared_kernel.money import Money
    from shared_kernel.tenancy import tenant_scope

    under.quiet()
    none = Money.zero("EUR")
    with tenant_scope(UUID(under.people.tenant)), bus.unit_of_work():
        for _ in range(EVENTS):
            bus.publish(
                CartEvaluated(
                    evaluation_id=new_id(),
                    total=none,
                    discount=none,
                    rules=(),
                    algorithms=("sum@1",),
                )
            )
    begun = time.perf_counter()
    if not under.quiet(120):
        raise RuntimeError("the outbox did not become quiet")
    seconds = time.perf_counter() - begun
    return [
        (
            "outbox rows relayed, heard and acknowledged",
            f"{EVENTS / seconds:.0f} a second",
            f"{EVENTS} in {seconds:.1f} s",
        )
    ]


def write(rows: list[tuple[str, str, str]]) -> None:
    table = "\n".join(f"| {what} | {figure} | {ratio} |" for what, figure, ratio in rows)
    write_section(
        "house",
        f"## The house\n\n`make bench`, {os.cpu_count()} cores shared with the load generator.\n\n"
        f"| what | measured | ratio |\n|---|---|---|\n{table}\n\n"
        f"{CLIENTS} clients with a connection each, {REQUESTS} requests, one web process with four threads (two processes where a rule takes effect). "
        "A cart has three lines, two of them share a discount of the order; each answer is durable before it leaves.",
    )


if __name__ == "__main__":
    main()
