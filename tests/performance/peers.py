"""Other engines that decide the same set, each rule apart: which of them match, by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.performance.workload import Written, in_floats

Facts = dict[str, Any]
Matching = Callable[[Facts], list[int]]


def zen_apart(rules: Sequence[Written]) -> Matching:
    """GoRules ZEN (Rust), each condition compiled by itself."""
    import zen  # type: ignore[import-not-found,unused-ignore]  # in requirements/bench only

    compiled = [zen.compile_expression(rule.zen) for rule in rules]

    def matching(facts: Facts) -> list[int]:
        context = in_floats(facts)
        return [number for number, one in enumerate(compiled) if one.evaluate(context) is True]

    return matching


def zen_table(rules: Sequence[Written]) -> Matching:
    """GoRules ZEN (Rust), one decision table of hit policy collect with a condition in each row."""
    import zen  # type: ignore[import-not-found,unused-ignore]  # as above

    content = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "content": {}},
            {
                "id": "table", "type": "decisionTableNode", "name": "table",
                "content": {
                    "hitPolicy": "collect",
                    "inputs": [{"id": "if", "name": "if"}],
                    "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
                    "rules": [
                        {"_id": str(number), "if": rule.zen, "rule": str(number)}
                        for number, rule in enumerate(rules)
                    ],
                },
            },
            {"id": "out", "type": "outputNode", "name": "out", "content": {}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }  # fmt: skip
    decision = zen.ZenEngine().create_decision(content)

    def matching(facts: Facts) -> list[int]:
        return sorted(int(row["rule"]) for row in decision.evaluate(in_floats(facts))["result"])

    return matching


def cel_rust(rules: Sequence[Written]) -> Matching:
    """CEL in Rust, one context shared by all conditions of a decision."""
    import cel  # type: ignore[import-not-found,unused-ignore]  # as above

    compiled = [cel.compile(rule.cel) for rule in rules]

    def matching(facts: Facts) -> list[int]:
        context = cel.Context(in_floats(facts))
        return [number for number, one in enumerate(compiled) if _true(one, context)]

    return matching


def _true(program: Any, context: Any) -> bool:
    try:
        return program.execute(context) is True
    except Exception:  # noqa: BLE001 - a missing fact: no match, as with us
        return False


def cel_cpp(rules: Sequence[Written]) -> Matching:
    """CEL in C++, by Google's binding."""
    from cel_expr_python import cel  # type: ignore[import-not-found,unused-ignore]  # as above

    names = dict.fromkeys(("customer", "lines", "cart"), cel.Type.DYN)
    environment = cel.NewEnv(variables=names)
    compiled = [environment.compile(rule.cel) for rule in rules]

    def matching(facts: Facts) -> list[int]:
        activation = environment.Activation(in_floats(facts))
        return [
            number for number, one in enumerate(compiled) if one.eval(activation).value() is True
        ]

    return matching


PEERS: dict[str, Callable[[Sequence[Written]], Matching]] = {
    "ZEN (Rust), rules apart": zen_apart,
    "ZEN (Rust), decision table": zen_table,
    "CEL in Rust, shared context": cel_rust,
    "CEL in C++": cel_cpp,
}
