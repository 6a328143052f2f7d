"""One effect per key and per event, however often it comes."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.proofs.harness import CART, House, Report, effects_once

AT_ONCE = 50
CREATED, CONFLICT, UNPROCESSABLE = 201, 409, 422


def post(under: House, cart: dict, key: str) -> tuple[int, bytes]:
    client = under.client()
    request = urllib.request.Request(
        f"{client.address}/api/v1/evaluations",
        data=json.dumps(cart).encode(),
        headers={
            "Authorization": f"Bearer {client.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance = Report("idempotency", seed), random.Random(seed)
    for number in range(trials):
        _one_key(under, report, f"idem-{seed}-{number}")
    report.demand(under.quiet(), "the outbox never became quiet")
    _five_times(under, chance)
    under.quiet()
    time.sleep(2)
    effects_once(under, report)
    return report


def _one_key(under: House, report: Report, key: str) -> None:
    cart, barrier = {**CART, "channel": key}, Barrier(AT_ONCE)

    def send(_: int) -> tuple[int, bytes]:
        barrier.wait()
        begun = time.perf_counter()
        answered = post(under, cart, key)
        report.seconds.append(time.perf_counter() - begun)
        return answered

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    answers += [post(under, cart, key) for _ in range(2)]
    created = {body for status, body in answers if status == CREATED}
    others = {status for status, _ in answers} - {CREATED, CONFLICT}
    report.demand(len(created) == 1, f"{key}: {len(created)} different answers")
    report.demand(not others, f"{key}: answered {others}")
    kept = under.count(
        "SELECT count(*) FROM evaluation_evaluationrecord WHERE cart->>'channel' = %s", key
    )
    report.demand(kept == 1, f"{key}: {kept} records")
    status, _ = post(under, {**cart, "coupons": ["X"]}, key)
    report.demand(status == UNPROCESSABLE, f"{key}: another body was answered {status}")


def _five_times(under: House, chance: random.Random) -> None:
    """Hand the last events to the workers five times more, shuffled."""
    from uuid import UUID

    import msgspec

    from shared_kernel.eventlog import tasks
    from shared_kernel.eventlog.envelope import envelope_of
    from shared_kernel.eventlog.models import EventRecord
    from shared_kernel.tenancy import tenant_scope

    with tenant_scope(UUID(under.people.tenant)):
        records = EventRecord.objects.filter(type="evaluation.cart-evaluated.v1").order_by("-id")[
            :20
        ]
        envelopes = [envelope_of(record) for record in records] * 5
    chance.shuffle(envelopes)
    for envelope in envelopes:
        payload = msgspec.json.encode([envelope]).decode()
        tasks.deliver.apply_async(("calculator", payload), queue="events.calculator")
    deadline = time.monotonic() + 30
    while _waiting() and time.monotonic() < deadline:
        time.sleep(0.2)


def _waiting() -> int:
    import redis
    from django.conf import settings

    broker = redis.Redis.from_url(settings.REDIS_URL, db=1)
    return int(broker.llen("events.calculator"))  # type: ignore[arg-type]
