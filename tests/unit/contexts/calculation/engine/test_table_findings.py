"""What is proved of a table, or shown with facts that its rows were decided on."""

import pytest

from contexts.calculation.engine.tablefindings import table_findings
from contexts.calculation.engine.tablerules import compile_table
from contexts.calculation.engine.tables import Input, Output
from tests.unit.contexts.calculation.engine.shop import EFFECTS, SCHEMA
from tests.unit.contexts.calculation.engine.test_tables import table

SUBTOTAL, CURRENCY = Input("cart.subtotal", "decimal"), Input("cart.currency", "string")
WHOLE = ["< 50; - => 1", ">= 50; - => 2"]

# hit policy, rows, and the kinds and rows of what is found
CASES = [
    ("unique", WHOLE, []),
    ("unique", ["< 50; - => 1", "> 50; - => 2"], [("gap", ())]),
    ("unique", ["<= 50; - => 1", ">= 50; - => 2"], [("overlap", (1, 2))]),
    ("unique", ["<= 50; - => 1", ">= 50; - => 1"], [("overlap", (1, 2))]),
    ("unique", [*WHOLE, '(20..30); "EUR" => 3'], [("overlap", (1, 3))]),
    ("unique", ['-; "EUR" => 1', '-; not("EUR") => 2'], []),
    ("any", ["<= 50; - => 1", ">= 50; - => 1.0"], []),
    ("any", ["<= 50; - => 1", ">= 50; - => 2"], [("disagreement", (1, 2))]),
    ("any", ["<= 50; - => cart.subtotal", ">= 50; - => cart.subtotal * 1"], [("unknown", (1, 2))]),
    ("first", ["-; - => 1", '> 5; "EUR" => 2'], [("shadowed", (2, 1))]),
    ("first", [*WHOLE, '-; "EUR" => 3'], [("shadowed", (3, 1, 2))]),
    ("first", ["> 5; - => 2", "-; - => 1"], []),
    ("first", ["-; - => decimal(customer.age)", "> 5; - => 2"], []),  # an age may be missing
    ("priority", ["-; - => 1", "> 5; - => 2"], [("shadowed", (2, 1))]),
    ("priority", ["-; - => 2", "> 5; - => 1"], []),
    ("collect", ["-; - => 1", "> 5; - => 2"], []),
    ("collect", ["-; - => 1", "(5..3); - => 2"], [("unreachable", (2,))]),
    ("first", ["(5..3); - => 2", "-; - => 1"], [("unreachable", (1,))]),
    ("collect", ["-; where cart.subtotal / 3 > 1 => 1"], [("unknown", (1,)), ("unknown", ())]),
    ("unique", [], [("gap", ())]),
]  # fmt: skip


def found(policy, rows):
    output = Output("discount", "percent", ("1", "2", "3") if policy == "priority" else ())
    source = table(*rows, inputs=[SUBTOTAL, CURRENCY], outputs=[output], hit_policy=policy)
    made = compile_table(source, SCHEMA, EFFECTS)
    return made, table_findings(made, SCHEMA)


@pytest.mark.parametrize(("policy", "rows", "expected"), CASES)
def test_a_policy_sees_what_it_forbids_and_nothing_else(policy, rows, expected):
    made, findings = found(policy, rows)
    assert [(it.kind, it.rows) for it in findings] == expected
    for finding in findings:
        if finding.kind in {"gap", "overlap", "disagreement"}:
            decision = made.rule_set.decide(finding.facts)
            matched = {it.rule_id for it in (*decision.matches, *decision.set_aside)}
            assert {f"t/{row}" for row in finding.rows} <= matched
            assert (decision.error is None) is (finding.kind == "gap")


def test_what_is_found_is_said():
    _, (shadowed,) = found("first", [*WHOLE, '-; "EUR" => 3'])
    assert shadowed.sentence == "row 3 never applies: rows 1, 2 always before it"
    _, (overlap,) = found("unique", ["<= 50; - => 1", ">= 50; - => 2"])
    assert overlap.sentence == "rows 1 and 2 both match, which unique forbids"
    assert overlap.facts["cart"]["subtotal"] == 50


def test_a_fact_that_may_be_missing_leaves_a_gap():
    source = table('"gold" => 1', 'not("gold") => 2', inputs=[Input("customer.tier", "string")])
    (gap,) = table_findings(compile_table(source, SCHEMA, EFFECTS), SCHEMA)
    assert gap.kind == "gap"
    assert not (gap.facts.get("customer") or {}).get("tier")
    whole = table(
        '"gold" => 1', 'not("gold") => 2', "null => 0", inputs=[Input("customer.tier", "string")]
    )
    assert table_findings(compile_table(whole, SCHEMA, EFFECTS), SCHEMA) == ()
