"""
What the fuzzer aims at: each target draws an input, keeps it for the report, and raises when something does not hold.

The evaluators are held against each other and against the reference evaluator of the tests, which shares no code with
them. What this cannot do: know what an expression means where all of them are wrong alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, Final

import duckdb

from contexts.calculation.engine import (
    DefinitionError,
    EvaluationError,
    ExpressionError,
    RuleSource,
    check_expression,
    compile_set,
    explain,
    facts_hash,
    find_problems,
    limits,
)
from contexts.calculation.engine.canonical import canonical, content_hash
from contexts.calculation.engine.conformance import answer
from contexts.calculation.engine.errors import FAULTS
from contexts.calculation.engine.nearest import nearest
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.python import compile_block, compile_outcomes, compile_values
from contexts.calculation.engine.rulesets import condition_outcome
from contexts.calculation.engine.ruletexts import read_rule, rule_text
from contexts.calculation.engine.sql import DIALECTS, NotInSql, to_sql
from contexts.calculation.engine.units import Steps
from tests.proofs import drawing
from tests.proofs.drawing import Facts
from tests.unit.contexts.calculation.engine.columns import table_of
from tests.unit.contexts.calculation.engine.reference import Fault, evaluate, same
from tests.unit.contexts.calculation.engine.shop import SCHEMA, rule
from tests.unit.contexts.calculation.engine.test_cel_hostile import SOME
from tests.unit.contexts.calculation.engine.test_index import in_blocks
from tests.unit.contexts.calculation.engine.test_rule_texts import FULL, TEXT
from tests.unit.contexts.calculation.engine.test_sqlsets import decided

Kept = dict[str, Any]
_TYPES: Final = {"x": "int", "m": "map(string, list(dyn))", "l": "list(dyn)"}


class Disagreement(Exception):
    """Two that should say the same do not."""


def demand(truth: bool, otherwise: str) -> None:
    if not truth:
        raise Disagreement(otherwise)


def texts(draw: Random, kept: Kept) -> None:
    """A mutated text is refused at a place in it, or has one canonical text; a condition is decided alike."""
    source = kept["source"] = drawing.mutated(draw)
    try:
        tree = parse(source)
    except ExpressionError as error:
        _is_placed(error, source)
        return
    text = canonical(tree)
    if len(text) <= limits.MAX_SOURCE_LENGTH:
        again = parse(text)
        demand(again == tree, f"{text!r} reads back as another tree")
        demand(canonical(again) == text, f"{text!r} is not its own canonical text")
        demand(content_hash(canonical(again)) == content_hash(text), "another hash")
    try:
        check_expression(source, SCHEMA)
    except ExpressionError as error:
        _is_placed(error, source)
        return
    _decided_alike(draw, source, kept)


def _is_placed(error: ExpressionError, source: str) -> None:
    within = 0 <= error.position <= len(source) and error.length >= 1
    demand(within, f"position {error.position}, length {error.length} of {len(source)}")
    demand(bool(error.render()), "no message")


def conditions(draw: Random, kept: Kept) -> None:
    """A drawn condition is decided alike by the specification, the generated code and a block."""
    kept["source"] = drawing.expression(draw)
    _decided_alike(draw, kept["source"], kept)


def _decided_alike(draw: Random, source: str, kept: Kept) -> None:
    tree = check_expression(source, SCHEMA).tree
    outcome, block = compile_outcomes([tree])[0], compile_block([(0, tree)])
    for _ in range(3):
        given = kept["facts"] = drawing.facts(draw)
        found, hits = outcome(given, Steps()), []
        block(given, Steps(), hits.append)
        demand(bool(hits) is (found is True), f"a block says {hits}, the condition {found!r}")
        try:
            value = evaluate(tree, given)
            expected = value if isinstance(value, bool) else None  # a free attribute is no bool
        except Fault:
            expected = None
        except (AssertionError, TypeError, AttributeError, LookupError, ValueError, OverflowError):  # fmt: skip
            continue  # the reference knows the functions of drawn expressions only
        said = None if isinstance(found, EvaluationError) else found
        demand(said is expected, f"the specification says {expected!r}, the code {found!r}")


def values(draw: Random, kept: Kept) -> None:
    """A drawn number or text has the value that the specification gives it."""
    kind = kept["kind"] = draw.choice(("int", "decimal", "string"))
    source = kept["source"] = drawing.expression(draw, kind)
    checked = check_expression(source, SCHEMA, kind)
    compute = compile_values([(checked.tree, checked.type)])[0]
    for _ in range(3):
        given = kept["facts"] = drawing.facts(draw)
        try:
            expected = evaluate(checked.tree, given)
        except Fault:
            expected = None
        try:
            found = compute(given, Steps())
        except FAULTS:
            found = None
        if expected is None or found is None:
            demand(expected is found, f"the specification says {expected!r}, the code {found!r}")
        else:
            wanted = Decimal(expected) if kind == "decimal" else expected
            demand(same(found, wanted), f"the specification says {expected!r}, the code {found!r}")


def sql(draw: Random, kept: Kept) -> None:
    """SQL is true of the same rows, or refuses by name; other dialects only write theirs."""
    source = kept["source"] = drawing.expression(draw)
    tree = check_expression(source, SCHEMA).tree
    said: dict[str, str] = {}
    for dialect in DIALECTS:
        try:
            said[dialect] = to_sql(tree, dialect)
        except NotInSql as refusal:
            demand(bool(str(refusal)), "refused without a reason")
    if "duckdb" not in said:
        return
    many = kept["facts"] = [_without_nul(drawing.facts(draw)) for _ in range(6)]
    rows = _rows_where(said["duckdb"], many)
    outcome = compile_outcomes([tree])[0]
    decided_online = [outcome(it, Steps()) is True for it in many]
    demand(rows == decided_online, f"SQL says {rows}, the code {decided_online}")


@cache
def _database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
    return connection


def _rows_where(wanted: str, many: list[Facts]) -> list[bool]:
    connection = _database()
    connection.register("facts", table_of(many, SCHEMA))
    found = connection.execute(f"SELECT ({wanted}) IS TRUE FROM facts").fetchall()
    return [row[0] for row in found]


def _without_nul(found: Any) -> Any:
    """No database holds a NUL in a text."""
    if isinstance(found, dict):
        return {_without_nul(name): _without_nul(it) for name, it in found.items()}
    if isinstance(found, list):
        return [_without_nul(it) for it in found]
    return found.replace("\0", "0") if isinstance(found, str) else found


def sets(draw: Random, kept: Kept) -> None:
    """Rules that are looked up decide as rules that are all asked, also after changes and of wrong facts."""
    sources = kept["sources"] = [drawing.condition(draw) for _ in range(draw.randint(1, 12))]
    rules = [rule(f"r{number}", source) for number, source in enumerate(sources)]
    changed = rule("r0", drawing.condition(draw), version=2)
    kept["changed"] = changed.source.condition
    found, asked = compile_set(rules), in_blocks(rules)
    newer, asked_newer = found.replace(changed), in_blocks([changed, *rules[1:]])
    for draw_facts in (drawing.facts, drawing.facts, drawing.wrong_facts):
        given = kept["facts"] = draw_facts(draw)
        demand(found.decide(given) == asked.decide(given), "looked up is not as asked")
        demand(newer.decide(given) == asked_newer.decide(given), "changed is not as asked")


def sql_sets(draw: Random, kept: Kept) -> None:
    """A set in SQL matches the rows that the set decides to match."""
    sources = kept["sources"] = [drawing.condition(draw) for _ in range(draw.randint(1, 8))]
    rules = compile_set([rule(f"r{number}", source) for number, source in enumerate(sources)])
    many = kept["facts"] = [_without_nul(drawing.facts(draw)) for _ in range(4)]
    found, online, _ = decided(rules, many, resolved=False)
    demand(found == online, f"SQL matches {found}, the set {online}")


def explained(draw: Random, kept: Kept) -> None:
    """Nothing makes an explanation raise, and what the nearest change says makes the rule match."""
    source = kept["source"] = drawing.condition(draw)
    draw_facts = draw.choice((drawing.facts, drawing.facts, drawing.wrong_facts))
    given = kept["facts"] = draw_facts(draw)
    made = rule("a", source)
    told = explain(compile_set([made]), given, "nearest")
    demand(len(told) == 1 and isinstance(told[0].sentence, str), "not told")
    near = nearest(made, given)
    if near is not None:
        now = condition_outcome(made, near.facts, Steps())
        demand(now is True, f"{near.sentence!r} leads to {now!r}")
        demand(condition_outcome(made, given, Steps()) is not True, "it matched before")


def shapes(draw: Random, kept: Kept) -> None:
    """Facts of any shape are hashed or refused, and their problems are sentences."""
    given = kept["facts"] = drawing.wrong_facts(draw)
    for ask in (facts_hash, lambda it: str(find_problems(it, SCHEMA))):
        try:
            demand(isinstance(ask(given), str), "no text")
        except DefinitionError as refusal:
            demand(bool(str(refusal)), "refused without a reason")


def double(draw: Random, kept: Kept) -> None:
    """The command never fails, and the check may refuse a value but never changes it."""
    mutates = draw.random() < 0.5
    source = kept["source"] = drawing.mutated(draw) if mutates else drawing.in_double(draw)
    free, checked = (
        _answered(source, check=it, types=_TYPES if it else {}) for it in (False, True)
    )
    for found in (free, checked):
        demand(not str(found.get("error", "")).startswith("internal: "), f"{found}")
    demand("error" in checked or checked == free, f"checked {checked}, unchecked {free}")


def _answered(source: str, **more: Any) -> dict[str, Any]:
    line = json.dumps({"id": 1, "expr": source, "vars": SOME, **more}).encode()
    return json.loads(json.dumps(answer(line)))  # type: ignore[no-any-return]


def documents(draw: Random, kept: Kept) -> None:
    """A mutated rule's text is refused at its place or reads back as itself, as text and as JSON."""
    texts_of_rules = (TEXT, rule_text(FULL), TEXT.replace("true", drawing.expression(draw)))
    source = kept["source"] = drawing.mutated(draw, texts_of_rules)
    try:
        read = read_rule(source)
    except ExpressionError as error:
        _is_placed(error, source)
        return
    try:
        text = rule_text(read)
    except (ExpressionError, DefinitionError) as refusal:
        demand(bool(str(refusal)), "refused without a reason")
        return
    again = read_rule(text)
    demand(again.content_hash == read.content_hash, "another hash")
    demand(rule_text(again) == text, "another text")
    document = json.loads(json.dumps(read.to_json()))
    try:
        demand(RuleSource.from_json(document) == read, "another rule from JSON")
    except DefinitionError as refusal:
        demand(bool(str(refusal)), "refused without a reason")


TARGETS: Final[dict[str, tuple[Callable[[Random, Kept], None], int]]] = {
    # how often each is drawn: what is slow, less
    "texts": (texts, 12),
    "conditions": (conditions, 6),
    "values": (values, 4),
    "sets": (sets, 1),
    "sql": (sql, 1),
    "sql sets": (sql_sets, 1),
    "explained": (explained, 3),
    "shapes": (shapes, 3),
    "double": (double, 10),
    "documents": (documents, 6),
}
