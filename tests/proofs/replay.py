"""
A price can be explained years later: whatever became of rules, points and processes, what was decided is decided again.

Carts are priced, and then the world moves on: rules get new versions, are paused, resumed and retired, attributes are declared
anew, points are stopped and freed, a release is rolled out and back, and processes are killed. After each turn every
decision so far is replayed: the same to the byte.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any

from config.demo.client import Client
from tests.proofs.harness import SHOP, House, Report, call
from tests.proofs.kills import kill

TURNS, CARTS, OK = 4, 10, 200
LINES, SHIPPING = "promotions.line-discounts", "promotions.shipping-discounts"
CONDITIONS = (
    'line.category.startsWith("Garden")',
    "line.quantity >= 2 && line.unit_price > 5.00",
    'has(line.attributes.season) && line.attributes.season == "last"',
    'customer.tier == "gold" || line.total >= 20',
)


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance = Report("replay", seed), random.Random(seed)
    anna, ben, till = (under.client(name) for name in ("anna", "ben", "storefront"))
    answers: dict[str, dict[str, Any]] = {}
    for trial in range(trials):
        rules = _World(anna, ben, f"replay-{seed}-{trial}-{time.time_ns()}", chance)
        for turn in range(TURNS):
            for number in range(CARTS):
                answer = till.post("evaluations", _cart(chance, number))
                answers[answer["id"]] = answer
            rules.move_on(turn)
            rules.roll_on(turn)
            report.demand(under.quiet(), "the outbox never became quiet")
            if turn == TURNS - 1:
                report.witnessed(kill(under, "web", chance), "a process was killed")
            _replayed(till, answers, report)
    sets = {json.dumps(it["rule_sets"], sort_keys=True) for it in answers.values()}
    report.demand(len(sets) >= TURNS, f"never happened: the rules hardly changed, {len(sets)} sets")
    arms = {it["rollout"]["arm"] for it in answers.values() if "rollout" in it}
    for arm in ("control", "candidate"):
        report.witnessed(arm in arms, f"a cart of the {arm} arm")
    discounts = sum(it["totals"]["discount"]["amount"] != "0.00" for it in answers.values())
    report.witnessed(discounts, "a discount")
    return report


def _replayed(till: Client, answers: dict[str, dict[str, Any]], report: Report) -> None:
    """Every answer as the client has it, as it was recorded, and as it is decided again: one and the same."""
    for identity, answer in answers.items():
        begun = time.perf_counter()
        status, body = _asked(till, f"evaluations/{identity}/replay")
        report.seconds.append(time.perf_counter() - begun)
        if status != OK:
            report.demand(False, f"replay: {identity} was answered {status}: {body[:200]!r}")
            continue
        again = json.loads(body)
        same = again["identical"] and again["replayed"] == again["recorded"] == answer
        report.demand(same, f"replay: {identity} is not what it was: {_difference(answer, again)}")


def _asked(till: Client, path: str, patience: float = 20) -> tuple[int, bytes]:
    """What was killed comes back in a moment."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return call(till, "GET", path)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _difference(answer: dict[str, Any], again: dict[str, Any]) -> str:
    for name, value in answer.items():
        for which in ("recorded", "replayed"):
            if again[which].get(name) != value:
                return f"{which} {name} is {json.dumps(again[which].get(name))[:160]}"
    return "only the bytes differ"


def _cart(chance: random.Random, number: int) -> dict[str, Any]:
    cart = {
        name: it
        for name, it in SHOP["carts"][number % len(SHOP["carts"])].items()
        if name != "title"
    }
    lines = [
        {
            **line,
            "quantity": chance.randint(1, 15),
            "attributes": {"season": chance.choice(("last", "next"))},
        }
        for line in cart["lines"]
    ]
    visitor = f"visitor-{chance.randint(1, 40)}"
    return {
        **cart,
        "lines": lines,
        "visitor": visitor,
        "explain": chance.choice(("none", "applied", "full")),
    }


class _World:
    """Rules of this trial, and what becomes of them from turn to turn."""

    def __init__(self, author: Client, reviewer: Client, mark: str, chance: random.Random) -> None:
        self.author, self.reviewer, self.mark, self.chance = author, reviewer, mark, chance
        self.rules = [self._written(number) for number in range(3)]
        self.rollout = ""

    def move_on(self, turn: int) -> None:
        """Something becomes of every rule; the attribute that one reads is declared, and stated otherwise."""
        for number, rule_id in enumerate(self.rules):
            self._become(rule_id, (turn + number) % 3)
        self.rules.append(self._written(10 + turn))
        name = f"k{self.mark[-9:]}"
        declared = {"type": "string", "about": f"turn {turn}", "record": "line", "name": name}
        if turn == 0:
            self.author.post("calculation/attributes", declared)
        call(self.reviewer, "POST", "rules/stops", {"point": SHIPPING, "reason": self.mark})
        if turn % 2:
            call(self.reviewer, "DELETE", f"rules/stops/{SHIPPING}")

    def roll_on(self, turn: int) -> None:
        """Half of the customers get a rule that nobody else has; two turns later they lose it again."""
        if turn == 0:
            draft = self.author.post(
                "rules/", {**self._content(99), "slug": f"{self.mark}-99", "point": LINES}
            )
            self.author.post(f"{_place(draft)}/submit")
            approved = {"content_hash": draft["content_hash"]}
            self.reviewer.post(f"{_place(draft)}/approve", approved)
            members = [{"rule_id": draft["rule_id"], "version": 1}]
            made = self.author.post("rules/releases", {"name": self.mark, "members": members})
            stages = f"rules/releases/{made['number']}/stages"
            for stage in ("development", "staging", "production"):
                approval = {"digest": made["digest"]}  # where somebody set that one is needed
                call(self.reviewer, "POST", f"{stages}/{stage}/approve", approval)
                if stage != "production":
                    self.author.post(f"{stages}/{stage}/promote")
            ramp = [{"percent": "50", "seconds": 86_400}, {"percent": "100"}]
            asked = {"release": made["number"], "ramp": ramp}
            self.rollout = self.author.post("rules/rollouts", asked)["id"]
        elif turn == 2:
            path = f"rules/rollouts/{self.rollout}/roll-back"
            self.author.post(path, {"reason": self.mark})

    def _become(self, rule_id: str, fate: int) -> None:
        active = self._newest(rule_id)
        if fate == 0:
            self._released(self.author.post(f"rules/{rule_id}/versions", self._content(fate)))
        elif fate == 1:
            call(self.reviewer, "POST", f"{_place(active)}/pause", {"reason": self.mark})
        else:
            call(self.reviewer, "POST", f"{_place(active)}/resume")

    def _newest(self, rule_id: str) -> dict[str, Any]:
        versions = self.author.get(f"rules/{rule_id}")["versions"]
        newest: dict[str, Any] = max(versions, key=lambda it: int(it["number"]))
        return newest

    def _written(self, number: int) -> str:
        draft = self.author.post(
            "rules/", {**self._content(number), "slug": f"{self.mark}-{number}", "point": LINES}
        )
        self._released(draft)
        return str(draft["rule_id"])

    def _content(self, number: int) -> dict[str, Any]:
        percent = str(self.chance.randint(1, 30))
        return {
            "name": f"{self.mark} {number}",
            "reason": f"{percent} % off",
            "condition": self.chance.choice(CONDITIONS),
            "effects": [{"kind": "percent_off_line", "params": {"percent": percent}}],
            "priority": self.chance.randint(0, 5),
        }

    def _released(self, draft: dict[str, Any]) -> None:
        self.author.post(f"{_place(draft)}/submit")
        self.reviewer.post(f"{_place(draft)}/approve", {"content_hash": draft["content_hash"]})
        self.reviewer.post(f"{_place(draft)}/activate")


def _place(version: dict[str, Any]) -> str:
    return f"rules/{version['rule_id']}/versions/{version['number']}"
