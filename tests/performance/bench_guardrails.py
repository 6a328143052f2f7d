"""
How long it takes to prove a guardrail over many rules, or to break it: in layers, beside the chain that has a step for each rule.

    python -m tests.performance.bench_guardrails

Half of the rules are of one article each, the other half of one category each; at most one of each half matches. Whatever
has no answer after LIMIT seconds is told as unknown. Needs neither Django nor a server.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any
from unittest.mock import patch

from contexts.calculation.engine import (
    CompiledRule,
    EffectSource,
    EffectType,
    RuleSource,
    Schema,
    applying,
    compile_rule,
    compile_set,
)
from contexts.calculation.engine.guarding import guard
from contexts.calculation.engine.guardrails import (
    Guardrail,
    Price,
    Take,
    check_guardrail,
    check_price,
)
from tests.performance.page import write_section

SIZES, LIMIT = (30, 100, 300, 1000), 8.0
SCHEMA = Schema(
    records={"line": {"sku": "string", "category": "string", "price": "decimal"}},
    variables={"line": "line"},
)
EFFECTS = (
    EffectType("percent", {"percent": "decimal"}),
    EffectType("amount", {"amount": "decimal"}),
)
PRICE = check_price(
    Price("line.price", {"percent": Take(percent="percent"), "amount": Take(amount="amount")}), SCHEMA
)  # fmt: skip
# 40 % and then 40 % come to 64 %, 4.00 and 4.00 to 8.00
QUESTIONS = (
    ("percentages, proved", "percent", "40", "outcome.discount <= outcome.start * 0.64", True),
    ("percentages, broken", "percent", "40", "outcome.discount <= outcome.start * 0.63", False),
    ("amounts, proved", "amount", "4", "outcome.discount <= 8", True),
    ("amounts, broken", "amount", "4", "outcome.discount <= 7.9", False),
)


def rules_of(size: int, kind: str, number: str) -> list[CompiledRule]:
    wanted = ('line.sku == "S{0}"', 'line.category.startsWith("C{0}/")')
    effects = (EffectSource(kind, {kind: number}),)
    return [
        compile_rule(
            RuleSource(
                id=f"r{it}", version=1, name=f"r{it}", condition=wanted[it % 2].format(it),
                effects=effects,
            ),
            SCHEMA, EFFECTS,
        )
        for it in range(size)
    ]  # fmt: skip


def seconds(rules: list[CompiledRule], claim: str, *, holds: bool) -> float | None:
    """How long the answer took; None where there was none in time. Another answer than the right one ends the bench."""
    guardrail = check_guardrail(Guardrail("stated", claim), SCHEMA)
    rule_set = compile_set(rules, "collect")
    begun = time.perf_counter()
    verdict = guard(rule_set, guardrail, PRICE, SCHEMA, milliseconds=int(LIMIT * 1000))
    took = time.perf_counter() - begun
    if verdict.holds is None:
        return None
    if verdict.holds is not holds:
        sys.exit(f"{claim}: {verdict}")
    return took


def _chain(members: Iterable[tuple[Any, ...]], _commute: object) -> list[list[Any]]:
    return [[member] for member, *_ in members]


def _said(took: float | None) -> str:
    return f"unknown after {LIMIT:g} s" if took is None else f"{took:.2f} s"


def main() -> None:
    text = [
        "## A guardrail", "",
        (f"`make bench-guardrails`: one guardrail over rules of which each is of an article or of a category, proved or broken by facts "
        f"that are decided; in layers, beside a step for each rule (as it was before; {LIMIT:g} s are what a submission has)."), "",
        "| rules | | in layers | a step for each | times |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name, kind, number, claim, holds in QUESTIONS:
        for size in SIZES:
            rules = rules_of(size, kind, number)
            layered = seconds(rules, claim, holds=holds)
            with patch.object(applying, "in_layers", _chain):
                chained = seconds(rules, claim, holds=holds)
            times = f"{chained / layered:.1f}" if layered and chained else ""
            text.append(f"| {size:,} | {name} | {_said(layered)} | {_said(chained)} | {times} |")
            print(text[-1], flush=True)
    write_section("guardrails", "\n".join(text))


if __name__ == "__main__":
    main()
