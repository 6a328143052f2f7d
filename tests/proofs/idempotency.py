"""One effect per key and per event, however often it comes."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from threading import Barrier
from typing import Any
from uuid import UUID

from shared_kernel.ids import new_id
from tests.proofs.facts import effects_once
from tests.proofs.harness import CART, House, Report, call, code_of
from tests.proofs.kills import kill

AT_ONCE, COMMANDS_AT_ONCE, TIMES, CARTS = 50, 20, 5, 40
CREATED, CONFLICT, UNPROCESSABLE = 201, 409, 422
IN_FLIGHT, LOST = "kernel.idempotency-in-flight", "bus.answer-lost"


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance = Report("idempotency", seed), random.Random(seed)
    run = f"{seed}-{new_id()}"  # the house may have answered those of an earlier run
    for number in range(trials):
        _one_key(under, report, f"idem-{run}-{number}")
        _one_command(under, report, f"command-{run}-{number}")
    _killed_in_mid_request(under, report, chance, run, trials)
    report.demand(under.quiet(), "the outbox never became quiet")
    _five_times(under, report, chance)
    report.demand(under.quiet(), "the outbox never became quiet again")
    effects_once(under, report)
    return report


def _at_once(number: int, do: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(number)

    def go(_: int) -> Any:
        barrier.wait()
        return do()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(go, range(number)))


def _evaluations(under: House, channel: str) -> int:
    return under.count(
        "SELECT count(*) FROM evaluation_evaluationrecord WHERE cart->>'channel' = %s", channel
    )


def _one_key(under: House, report: Report, key: str) -> None:
    """The same request fifty times at once, twice more, and once with another body."""
    cart = {**CART, "channel": key}

    def send() -> tuple[int, bytes]:
        begun = time.perf_counter()
        answered = call(under.client(), "POST", "evaluations", cart, key=key)
        report.seconds.append(time.perf_counter() - begun)
        return answered

    answers = _at_once(AT_ONCE, send)
    later = [send() for _ in range(2)]
    created = {body for status, body in [*answers, *later] if status == CREATED}
    others = {
        (status, code_of(body))
        for status, body in answers
        if status != CREATED and (status, code_of(body)) != (CONFLICT, IN_FLIGHT)
    }
    report.demand(len(created) == 1, f"key: {key} has {len(created)} different answers")
    report.demand(not others, f"key: {key} was answered {others}")
    report.demand({it[0] for it in later} == {CREATED}, f"key: {key} is not answered afterwards")
    kept = _evaluations(under, key)
    report.demand(kept == 1, f"key: {key} has {kept} records")
    status, _ = call(under.client(), "POST", "evaluations", {**cart, "coupons": ["X"]}, key=key)
    report.demand(status == UNPROCESSABLE, f"key: {key} with another body was answered {status}")
    report.demand(_evaluations(under, key) == 1, f"key: {key} took another body")


def _one_command(under: House, report: Report, key: str) -> None:
    """The same command twenty times at once over the bus: performed once, one outcome; another is refused."""
    import msgspec
    from django.db import connection

    from contexts.calculator.messages import RecordCalculation
    from shared_kernel import bus
    from shared_kernel.errors import DomainError
    from shared_kernel.tenancy import tenant_scope

    def send(amount: str = "0.10") -> str:
        text = {"amounts": [{"amount": amount, "currency": "EUR"}], "currency": "EUR"}
        command = RecordCalculation("sum", msgspec.Raw(json.dumps(text).encode()))
        try:
            with tenant_scope(UUID(under.people.tenant)):
                return str(bus.send(command, key=key).record)
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    outcomes = {*_at_once(COMMANDS_AT_ONCE, send)} - {IN_FLIGHT}
    report.demand(len(outcomes) == 1, f"command: {key} has the outcomes {outcomes}")
    report.demand({send()} == outcomes, f"command: {key} has another outcome later")
    kept = under.count(
        "SELECT count(*) FROM eventlog_eventrecord WHERE type = 'calculator.calculation-recorded.v1' "
        "AND data->>'record' = ANY(%s)",
        list(outcomes),
    )
    report.demand(kept == 1, f"command: {key} was performed {kept} times")
    other = send("0.20")
    report.demand(other == "kernel.idempotency-key-reused", f"command: another content: {other}")


def _killed_in_mid_request(
    under: House, report: Report, chance: random.Random, run: str, trials: int
) -> None:
    """The web process dies somewhere in the request; repeated, the request happens once in all."""
    broken = 0
    for number in range(max(trials, 3)):
        key = f"killed-{run}-{number}"
        batch = {"carts": [{**CART, "channel": key}] * CARTS}
        first: list[int] = []
        request = threading.Thread(
            target=lambda k=key, b=batch, f=first: f.append(_try(under, k, b)[0])
        )
        request.start()
        time.sleep(chance.uniform(0.01, 0.15))
        kill(under, "web", chance)
        request.join()
        broken += first[0] == 0
        _repeated_until_settled(under, report, key, batch)
    report.witnessed(broken, "a request that its process did not survive")


def _try(under: House, key: str, batch: dict[str, Any]) -> tuple[int, bytes]:
    try:
        return call(under.client(), "POST", "evaluations/batch", batch, key=key)
    except (OSError, HTTPException):
        return 0, b""


def _repeated_until_settled(under: House, report: Report, key: str, batch: dict[str, Any]) -> None:
    deadline, status, code = time.monotonic() + 60, 0, ""
    while time.monotonic() < deadline:
        status, body = _try(under, key, batch)
        code = code_of(body)
        if status == CREATED or code == LOST:
            break
        if code == IN_FLIGHT:
            under.let_a_minute_pass()
        time.sleep(0.2)
    report.demand(status == CREATED or code == LOST, f"key: {key} never settled: {status} {code}")
    kept = _evaluations(under, key)
    report.demand(kept == CARTS, f"key: {key} has {kept} records instead of {CARTS}")
    again = _try(under, key, batch)
    report.demand(
        again == (status, body) or code_of(again[1]) == code == LOST, f"key: {key} answers anew"
    )
    report.demand(_evaluations(under, key) == kept, f"key: {key} was performed again")


def _five_times(under: House, report: Report, chance: random.Random) -> None:
    """Events that were heard are handed to the workers five times more, shuffled, to each who listens."""
    import msgspec

    from shared_kernel.bus.registry import listening_contexts
    from shared_kernel.eventlog import tasks
    from shared_kernel.eventlog.envelope import envelope_of
    from shared_kernel.eventlog.models import EventRecord
    from shared_kernel.tenancy import tenant_scope

    kinds = ("evaluation.cart-evaluated.v1", "rules.rule-activated.v1")
    with tenant_scope(UUID(under.people.tenant)):
        records = [
            it
            for kind in kinds
            for it in EventRecord.objects.filter(type=kind).order_by("-id")[:20]
        ]
        sent = [
            (context, envelope_of(record))
            for record in records
            for context in listening_contexts(record.type)
        ] * TIMES
    chance.shuffle(sent)
    before = _heard(under)
    for context, envelope in sent:
        payload = msgspec.json.encode([envelope]).decode()
        tasks.deliver.apply_async((context, payload), queue=f"events.{context}")
    deadline = time.monotonic() + 45
    while _heard(under) - before < len(sent) and time.monotonic() < deadline:
        time.sleep(0.3)
    reached = _heard(under) - before
    report.witnessed(len({context for context, _ in sent}) - 1, "a second context that listens")
    report.demand(reached >= len(sent), f"only {reached} of {len(sent)} repetitions arrived")


def _heard(under: House) -> int:
    """How many deliveries the workers have taken, by their own count."""
    address = under.running.addresses["main"]
    with urllib.request.urlopen(f"{address}/metrics", timeout=20) as answer:
        lines = answer.read().decode().splitlines()
    return int(
        sum(float(it.split()[-1]) for it in lines if it.startswith("verdict_events_heard_total{"))
    )
