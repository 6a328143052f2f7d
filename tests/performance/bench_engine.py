"""`make bench-engine`: ours beside its peers in one run; every engine's matches are compared with ours first."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from contexts.calculation.engine import (
    RuleSet,
    compile_rule,
    compile_rules,
    compile_set,
    explain,
    rulesets,
)
from contexts.calculation.engine.fingerprints import Fingerprint
from contexts.calculation.engine.members import Members
from tests.performance import where
from tests.performance.drawing import log_plot
from tests.performance.page import PAGE, write_section
from tests.performance.peers import PEERS, Facts
from tests.performance.workload import (
    ADVERSARIAL,
    EFFECTS,
    SCHEMA,
    Written,
    adversarial,
    carts,
    source,
    written,
)

SIZES = [int(it) for it in os.environ.get("SIZES", "100,1000,10000,100000").split(",")]
PEERS_UP_TO, STRAIGHT_UP_TO, TABLE_UP_TO = 10_000, 10_000, 1_000
ROUNDS, SECONDS = 5, 0.4
PLOT = Path(PAGE).with_name("engine.svg")
OURS = "Verdict, with effects, resolution and record"
STRAIGHT = "Verdict without index: generated code"


def per_decision(decide: Callable[[Facts], Any], many: list[Facts]) -> list[float]:
    """Seconds a decision, of so many rounds after one that does not count; a slow engine gets fewer carts."""
    decide(many[0])
    begun = time.perf_counter()
    decide(many[1])
    count = max(2, min(len(many), int(SECONDS / max(time.perf_counter() - begun, 1e-6))))
    for facts in many[:count]:  # what is made at first use is told under "Compiling"
        decide(facts)
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for facts in many[:count]:
            decide(facts)
        took.append((time.perf_counter() - begun) / count)
    return took


def compiled(conditions: Iterable[str]) -> tuple[RuleSet, float]:
    begun = time.perf_counter()
    sources = (source(number, text) for number, text in enumerate(conditions))
    rules = compile_rules(sources, SCHEMA, EFFECTS)
    return compile_set(rules), time.perf_counter() - begun


def straight(rules: RuleSet) -> RuleSet:
    """The same rules, all of them asked."""
    kept = rules.rules
    blocks = tuple(
        rulesets.Block(it, rulesets.compile_block(rulesets._numbered(it)))
        for it in rulesets._blocks(kept)
    )
    return RuleSet(
        Members().replaced(kept), rules.hit_policy,
        blocks=blocks, index=None, loose=(), named=Fingerprint.of_rules(kept),
    )  # fmt: skip


def numbers(rules: RuleSet, facts: Facts) -> list[int]:
    return sorted(int(it.rule_id[1:]) for it in rules.decide(facts).matches)


def agree(
    name: str, matching: Callable[[Facts], list[int]], rules: RuleSet, many: list[Facts]
) -> None:
    for facts in many:
        theirs, ours = matching(facts), numbers(rules, facts)
        if theirs != ours:
            raise SystemExit(f"{name} matches {theirs}, we match {ours}: nothing is timed")


def changed_rule(rules: RuleSet) -> float:
    """Seconds from a rule's new text to the set that decides by it, the median of twenty."""
    took, now = [], rules
    for old in random.Random(3).sample(rules.rules, 20):
        text = f"({old.source.condition}) && cart.quantity >= 0"
        begun = time.perf_counter()
        fresh = replace(old.source, version=2, condition=text)
        now = now.replace(compile_rule(fresh, SCHEMA, EFFECTS))
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def sizes() -> tuple[list[str], dict[str, dict[int, list[float]]], dict[int, RuleSet]]:
    """Every engine at every size."""
    rows, series, sets = [], {}, {}
    for size in SIZES:
        chance = random.Random(size)
        conditions = [written(chance, number, size) for number in range(size)]
        rules, seconds = compiled(it.cel for it in conditions)
        many = carts(200, size)
        sets[size] = rules
        matched = statistics.mean(len(numbers(rules, it)) for it in many)
        series.setdefault(OURS, {})[size] = per_decision(rules.decide, many)
        if size <= STRAIGHT_UP_TO:
            series.setdefault(STRAIGHT, {})[size] = per_decision(straight(rules).decide, many)
        _peers(conditions, rules, many, series)
        change = changed_rule(rules) * 1e3
        rows.append(f"| {size:,} | {matched:.1f} | {seconds:.2f} s | {change:.2f} ms |")
        print(f"  {size:,} rules measured", flush=True)
    return rows, series, sets


def _peers(
    conditions: list[Written], rules: RuleSet, many: list[Facts],
    series: dict[str, dict[int, list[float]]],
) -> None:  # fmt: skip
    if len(conditions) > PEERS_UP_TO:
        return
    for name, build in PEERS.items():
        if "table" in name and len(conditions) > TABLE_UP_TO:
            continue
        matching = build(conditions)
        agree(name, matching, rules, many[:5])
        series.setdefault(name, {})[len(conditions)] = per_decision(matching, many)


def against(series: dict[str, dict[int, list[float]]]) -> list[str]:
    """A row for each engine: microseconds, and how many times ours it takes, least and most of the rounds."""
    rows = []
    for name, by_size in series.items():
        cells = []
        for size in SIZES:
            if size not in by_size:
                cells.append("")
                continue
            took, ours = by_size[size], series[OURS][size]
            ratios = sorted(their / our for their, our in zip(took, ours, strict=True))
            best = f"{min(took) * 1e6:,.0f} µs"
            cells.append(
                best if name == OURS else f"{best} ({ratios[0]:.1f} to {ratios[-1]:.1f} times)"
            )
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def adversaries() -> list[str]:
    """Sets that give an index little: ours with it beside straight generated code, 2,000 rules."""
    rows = []
    for kind in ADVERSARIAL:
        chance = random.Random(5)
        rules, _ = compiled(adversarial(kind, chance) for _ in range(2000))
        plain, many = straight(rules), carts(60, 2000)
        agree(
            "straight generated code", lambda it, plain=plain: numbers(plain, it), rules, many[:5]
        )
        ours, theirs = per_decision(rules.decide, many), per_decision(plain.decide, many)
        ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
        rows.append(
            f"| {kind} | {min(ours) * 1e6:,.0f} µs | {min(theirs) * 1e6:,.0f} µs "
            f"| {ratios[0]:.2f} to {ratios[-1]:.2f} |"
        )
    return rows


def explaining(rules: RuleSet, many: list[Facts]) -> str:
    plain = min(per_decision(rules.decide, many))
    told = min(per_decision(lambda it: explain(rules, it), many))
    return f"{told / plain:.1f} times a decision"


def main() -> None:
    print("the same rules in every engine:", flush=True)
    rows, series, sets = sizes()
    chance = random.Random(10_000)
    conditions = [written(chance, it, 10_000).cel for it in range(10_000)]
    by_part, memory = where.of_memory(conditions, len(conditions))
    middle = SIZES[min(1, len(SIZES) - 1)]
    growth = min(series[OURS][SIZES[-1]]) / min(series[OURS][middle])
    told = explaining(sets[middle], carts(100, 1000))
    PLOT.write_text(
        log_plot(
            {name: {size: min(took) * 1e6 for size, took in it.items()} for name, it in series.items()},
            across="rules in the set", up="µs a decision",
        ),
        encoding="utf-8",
    )  # fmt: skip
    heads = " | ".join(f"{size:,} rules" for size in SIZES)
    text = [
        "## The engine", "",
        (f"`make bench-engine`, best of {ROUNDS} rounds; in parentheses how many times our time an engine takes, over the rounds. "
        "Every engine's matches were compared with ours first. The peers only say what matches; ours resolves, computes effects and "
        "records. Peers count in floats, ours in exact decimals."),
        "", "![microseconds a decision by rules in the set](engine.svg)", "",
        f"| engine | {heads} |", "|---" * (len(SIZES) + 1) + "|", *against(series), "",
        "| rules | matches a cart | compiled in | one changed rule |", "|---|---|---|---|", *rows, "",
        (f"From {middle:,} to {SIZES[-1]:,} rules a decision takes {growth:.1f} times as long. "
        f"A rule holds {memory:,.0f} bytes. Explaining what applied takes {told}; what is not explained pays nothing."),
        "", "| adversarial, 2,000 rules | ours | straight generated code | ratio |", "|---|---|---|---|",
        *adversaries(), "",
        f"Where it goes. A decision by {middle:,} rules:", "", "| part | time | share |", "|---|---|---|", *where.of_decisions(sets[middle], middle), "",
        "Compiling one of 10,000 rules:", "", "| part | time | share |", "|---|---|---|", *where.of_compiling(conditions[:2000]), "",
        "What a rule of 10,000 holds:", "", "| part | memory |", "|---|---|", *by_part,
    ]  # fmt: skip
    write_section("engine", "\n".join(text))
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
