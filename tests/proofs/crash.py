"""Kill anything, lose nothing acknowledged, do nothing twice."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPException

from config.demo.client import Client
from tests.proofs.facts import effects_once
from tests.proofs.harness import CART, SHOP, House, Report, call, code_of
from tests.proofs.kills import VICTIMS, kill

CLIENTS = 3
OK, CREATED, CONFLICT = 200, 201, 409
PATIENCE, RECOVERS_WITHIN = 5.0, 60.0
# what a version's next step is, who takes it
STEPS = {
    "draft": ("submit", "anna"),
    "in_review": ("approve", "ben"),
    "approved": ("activate", "ben"),
}
CONTENT = ("name", "reason", "condition", "effects")


@dataclass
class Ledger:
    """What the clients were told, to be held against what is stored."""

    answers: dict[str, bytes] = field(default_factory=dict)
    unsettled: list[str] = field(default_factory=list)
    activated: set[int] = field(default_factory=set)
    stopping: threading.Event = field(default_factory=threading.Event)


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance, ledger = Report("crash", seed), random.Random(seed), Ledger()
    rule = under.client("anna").post("rules/", _rule(seed, 1))["rule_id"]
    clients = [
        threading.Thread(target=_shop, args=(under, f"crash-{seed}-{n}-", ledger, report))
        for n in range(CLIENTS)
    ]
    clients.append(threading.Thread(target=_rewrite_rules, args=(under, rule, seed, ledger)))
    for client in clients:
        client.start()
    try:
        for _ in range(trials):
            for victim in chance.sample(VICTIMS, len(VICTIMS)):
                time.sleep(chance.uniform(0.5, 1.5))
                report.demand(kill(under, victim, chance) > 0, f"no process of {victim} to kill")
                _recovers(ledger, victim, report)
    finally:
        ledger.stopping.set()
        for client in clients:
            client.join()
    report.demand(under.quiet(), "stuck: deliveries are pending and nobody takes them")
    _settle(under, ledger, report)
    under.quiet()
    _nothing_lost(under, ledger, report)
    _activations_kept(under, rule, ledger, report)
    effects_once(under, report)
    return report


def _tried(
    client: Client, method: str, path: str, body: object = None, *, key: str | None = None
) -> tuple[int, bytes]:
    """As `call`, and status 0 when nobody answered."""
    try:
        return call(client, method, path, body, key=key)
    except (OSError, HTTPException):
        return 0, b""


def _evaluate(under: House, key: str) -> tuple[int, bytes]:
    return _tried(under.client(), "POST", "evaluations", {**CART, "channel": key}, key=key)


def _shop(under: House, name: str, ledger: Ledger, report: Report) -> None:
    """Place evaluations one after the other, each repeated under its key for a while."""
    number = 0
    while not ledger.stopping.is_set():
        key, begun = f"{name}{number}", time.perf_counter()
        while time.perf_counter() < begun + PATIENCE:
            status, body = _evaluate(under, key)
            if status == CREATED:
                ledger.answers[key] = body
                report.seconds.append(time.perf_counter() - begun)
                break
            time.sleep(0.1)
        else:
            ledger.unsettled.append(key)
        number += 1


def _rule(seed: int, number: int) -> dict[str, object]:
    content = {name: SHOP["rules"][5][name] for name in CONTENT}
    return {
        **content, "slug": f"crash-{seed}", "point": SHOP["rules"][5]["point"],
        "reason": f"revision {number}", "group": "crash",
    }  # fmt: skip


def _rewrite_rules(under: House, rule: str, seed: int, ledger: Ledger) -> None:
    """Version after version of one rule on its way to the customer, each step repeated until it is taken."""
    number, anna = 1, under.client("anna")
    while not ledger.stopping.is_set():
        status, body = _tried(anna, "GET", f"rules/{rule}/versions/{number}")
        version = json.loads(body) if status == OK else {}
        if code_of(body) == "kernel.not-found":
            content = {it: _rule(seed, number)[it] for it in (*CONTENT, "group")}
            _tried(anna, "POST", f"rules/{rule}/versions", content)
        elif version.get("status") in STEPS:
            _step(under, rule, version)
        elif version.get("status") in {"active", "retired"}:
            ledger.activated.add(number)
            number += 1
        time.sleep(0.1)


def _step(under: House, rule: str, version: dict[str, object]) -> None:
    verb, who = STEPS[str(version["status"])]
    body = {"content_hash": version["content_hash"]} if verb == "approve" else None
    _tried(under.client(who), "POST", f"rules/{rule}/versions/{version['number']}/{verb}", body)


def _recovers(ledger: Ledger, victim: str, report: Report) -> None:
    """Work is acknowledged again, so that the next kill meets a house under load too."""
    before, deadline = len(ledger.answers), time.monotonic() + RECOVERS_WITHIN
    while len(ledger.answers) < before + CLIENTS and time.monotonic() < deadline:
        time.sleep(0.1)
    report.demand(
        len(ledger.answers) > before, f"nothing was acknowledged after {victim} was killed"
    )


def _settle(under: House, ledger: Ledger, report: Report) -> None:
    """A key without an answer is repeated once its claim ran out: performed then, or known to have been."""
    under.let_a_minute_pass()
    for key in ledger.unsettled:
        status, body = _evaluate(under, key)
        lost = (status, code_of(body)) == (CONFLICT, "bus.answer-lost")
        report.demand(status == CREATED or lost, f"{key}: never settled: {status} {code_of(body)}")
        if status == CREATED:
            ledger.answers[key] = body
    for key in sorted(ledger.answers)[::10]:
        again = _evaluate(under, key)
        report.demand(again == (CREATED, ledger.answers[key]), f"{key}: answered differently later")


def _nothing_lost(under: House, ledger: Ledger, report: Report) -> None:
    """Acknowledged is stored, under the id that was answered; every key that was ever sent once."""
    stored: dict[str, list[str]] = {}
    for channel, record in under.truth(
        "SELECT cart->>'channel', id::text FROM evaluation_evaluationrecord "
        "WHERE cart->>'channel' LIKE 'crash-%'"
    ):
        stored.setdefault(channel, []).append(record)
    report.witnessed(len(ledger.answers), "an acknowledged evaluation")
    for key, body in ledger.answers.items():
        told = json.loads(body)["id"]
        kept = stored.get(key, [])
        report.demand(kept == [told], f"lost: {key} was acknowledged as {told}, stored {kept}")
    for key in ledger.unsettled:
        kept = stored.get(key, [])
        report.demand(len(kept) == 1, f"{key}: settled with {len(kept)} records")


def _activations_kept(under: House, rule: str, ledger: Ledger, report: Report) -> None:
    told = {
        int(version)
        for (version,) in under.truth(
            "SELECT data->>'version' FROM eventlog_eventrecord "
            "WHERE type = 'rules.rule-activated.v1' AND data->>'rule_id' = %s",
            rule,
        )
    }
    report.witnessed(len(ledger.activated), "an activation under load")
    report.demand(ledger.activated <= told, f"lost: activations {ledger.activated - told}")
