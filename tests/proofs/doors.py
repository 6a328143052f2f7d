"""
The doors into the engine through which hostile text and hostile facts come: each returns what it said.

Only the errors that a door promises are answers here; anything else that is raised leaves it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from contexts.calculation.engine import (
    DefinitionError,
    ExpressionError,
    RuleSource,
    StackingSource,
    apply_discounts,
    check_expression,
    compile_rule,
    compile_set,
    compile_stacking,
    describe,
    explain,
    facts_hash,
    find_problems,
    rulesets,
)
from contexts.calculation.engine.analysis import analyse
from contexts.calculation.engine.conformance import answer
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.proofs import unreachable
from contexts.calculation.engine.ruletexts import read_rule, rule_text
from contexts.calculation.engine.sql import DIALECTS, NotInSql, to_sql
from contexts.calculation.engine.sqlsets import set_to_sql
from contexts.calculation.engine.tablefindings import table_findings
from contexts.calculation.engine.tablerules import compile_table
from contexts.calculation.engine.tables import TableSource
from contexts.calculation.engine.templates import (
    TemplateSource,
    check_template,
    instantiate,
    template_hash,
)
from tests.unit.contexts.calculation.engine import offers
from tests.unit.contexts.calculation.engine.shop import EFFECTS, GOLD, SCHEMA, rule

Facts = Any
REFUSALS: Final = (ExpressionError, DefinitionError)
_LEVELS: Final = ("applied", "full", "nearest")
# the shop's facts as the conformance command reads them
_LINE: Final = {
    "map": [[{"string": "sku"}, {"string": "s1"}], [{"string": "quantity"}, {"int": "2"}],
            [{"string": "unit_price"}, {"double": 9.99}], [{"string": "category"}, {"string": "a"}]]
}  # fmt: skip
_VARIABLES: Final = {
    "lines": {"list": [_LINE] * 20},
    "note": {"string": "n" * 200},
    "customer": {"map": [[{"string": "age"}, {"int": "3"}], [{"string": "vip"}, {"bool": True}],
                         [{"string": "tier"}, {"string": "gold"}], [{"string": "tags"}, {"list": [{"string": "vip"}]}],
                         [{"string": "attributes"}, {"map": []}]]},
    "cart": {"map": [[{"string": "subtotal"}, {"double": 82.0}]]},
}  # fmt: skip
_DYN: Final = dict.fromkeys(_VARIABLES, "dyn")


def written(source: str) -> str:
    """An expression is checked, named, hashed and described; its error is shown with its place."""
    try:
        checked = check_expression(source, SCHEMA)
    except ExpressionError as error:
        return f"refused: {error.render()}"
    assert parse(checked.canonical) == checked.tree
    return f"answered: {checked.hash} {len(checked.facts)} {len(describe(checked))}"


def decided(source: str, facts: Facts = GOLD) -> str:
    """A rule decides, in straight code and looked up."""
    made = rule("a", source)
    found = [compile_set([made]).decide(facts)]
    rulesets.SMALL = 0  # type: ignore[misc]  # this process ends with the attack
    found.append(compile_set([made]).decide(facts))
    assert found[0] == found[1]
    return f"answered: {len(found[0].matches)} match"


def explained(source: str, facts: Facts = GOLD) -> str:
    """A decision is explained, and the nearest change looked for and described."""
    rules = compile_set([rule("a", source)])
    said = [one.sentence for level in _LEVELS for one in explain(rules, facts, level)]  # type: ignore[arg-type]
    return f"answered: {said}"


def in_sql(source: str) -> str:
    """A condition becomes SQL in each dialect, alone and in a set."""
    made = rule("a", source)
    said: list[str] = []
    for dialect in DIALECTS:
        try:
            said.append(f"{len(to_sql(made.condition.tree, dialect))} characters")
        except NotInSql as refusal:
            said.append(str(refusal))
    said.append(f"{len(set_to_sql(compile_set([made])).matching)} characters")
    return f"answered: {said}"


def proved(source: str) -> str:
    """Z3 is asked, with its time limit, whether the condition can ever match."""
    found = unreachable(check_expression(source, SCHEMA).tree, SCHEMA)
    return f"answered: {found.exists} {found.reason}"


def in_double(source: str, **more: Any) -> str:
    """The conformance command answers, checked and unchecked."""
    said: list[str] = []
    for check in (True, False):
        types = _DYN if check else {}
        asked = {
            "id": 1,
            "expr": source,
            "check": check,
            "vars": _VARIABLES,
            "types": types,
            **more,
        }
        line = json.dumps(asked).encode()
        found = answer(line)
        assert not str(found.get("error", "")).startswith("internal: "), found
        said.append(str(found.get("error", "answered")))
    return f"answered: {said}"


def as_text(source: str) -> str:
    """A rule's text with this condition is read, and written again."""
    read = read_rule(f'rule "A"\n  id "a"\n  version 1\n  when {source}\n')
    text = rule_text(read)
    assert rule_text(read_rule(text)) == text
    return f"answered: {read.content_hash}"


def rule_of_text(text: str) -> str:
    read = read_rule(text)
    return f"answered: {len(rule_text(read))}"


def rule_of_json(document: Any) -> str:
    read = RuleSource.from_json(document)
    compile_rule(read, SCHEMA, EFFECTS)
    assert RuleSource.from_json(read.to_json()) == read
    return f"answered: {read.content_hash}"


def many(sources: list[str], facts: Facts = GOLD) -> str:
    """Many rules are indexed, decide, change one by one, and become SQL."""
    rules = compile_set([rule(f"r{n}", source) for n, source in enumerate(sources)])
    matched = len(rules.decide(facts).matches)
    for version in range(2, 5):
        rules = rules.replace(rule("r0", sources[0], version=version))
        rules.decide(facts)
    return f"answered: {matched} match, {len(set_to_sql(rules).matching)} characters"


def reviewed(sources: list[str]) -> str:
    """A set is reviewed, within two seconds by its own clock."""
    found = analyse([rule(f"r{n}", it) for n, it in enumerate(sources)], SCHEMA, seconds=2.0)
    return f"answered: {len(found)} findings"


def tabled(document: Any, facts: Facts = GOLD) -> str:
    """A decision table is read, compiled, hashed and decides."""
    table = compile_table(TableSource.from_json(document), SCHEMA, EFFECTS)
    matched = len(table.rule_set.decide(facts).matches)
    return f"answered: {matched} match, {table.source.content_hash}"


def table_reviewed(document: Any) -> str:
    """A decision table is looked at for gaps, overlaps and rows nobody reaches."""
    table = compile_table(TableSource.from_json(document), SCHEMA, EFFECTS)
    return f"answered: {len(table_findings(table, SCHEMA, milliseconds=100, seconds=3.0))} findings"


def templated(document: Any, **arguments: Any) -> str:
    template = TemplateSource.from_json(document)
    check_template(template, SCHEMA, EFFECTS)
    made = instantiate(template, arguments, rule_id="i", version=1)
    compile_rule(made.rule, SCHEMA, EFFECTS)
    return f"answered: {template_hash(template)}"


def stacked(document: Any, rules: list[Any], goods: str = "100") -> str:
    """Discounts stack, or the best of them are chosen, and are taken off."""
    how = compile_stacking(StackingSource.from_json(document), offers.SCHEMA, offers.EFFECTS)
    found = offers.decide(rules, how, goods=goods)
    if found.terms is not None:
        apply_discounts(found.terms)
    return f"answered: {len(found.matches)} match"


def with_facts(facts: Facts) -> str:
    """Facts of any shape are decided, explained, hashed and looked at for problems."""
    rules = compile_set([rule(f"r{n}", source) for n, source in enumerate(ABOUT_FACTS)])
    straight = rules.decide(facts)
    rulesets.SMALL = 0  # type: ignore[misc]
    assert compile_set(rules.rules).decide(facts) == straight
    said = [len(one.sentence) for one in explain(rules, facts, "nearest")]
    for ask in (facts_hash, lambda it: find_problems(it, SCHEMA)):
        try:
            said.append(len(ask(facts)))
        except DefinitionError as refusal:
            said.append(len(str(refusal)))
    return f"answered: {len(straight.matches)} match, {sum(said)} characters"


ABOUT_FACTS: Final = (
    'customer.tier == "gold" && cart.subtotal > 5',
    'customer.attributes.team == "red" || customer.attributes.level > 2',
    'customer.attributes.team in ["red", 1, customer.attributes.level]',
    "customer.attributes.team == customer.attributes.level",
    "has(customer.attributes.team) && customer.attributes.team != 5",
    '"vip" in customer.tags && customer.age == 3',
    'customer.scores["a"] > 1 || customer.scores.size() > 3',
    'lines.exists(l, l.sku == "s1" && l.quantity > 1)',
    "lines.all(l, l.unit_price >= 0.5)",
    "sum(lines.map(l, l.unit_price * l.quantity)) > 100",
    "max(lines.map(l, l.unit_price)) > 5 && size(lines) < 100",
    "lines.exists(a, lines.exists(b, a.sku == b.sku && a.quantity < b.quantity))",
    "cart.subtotal * cart.subtotal * cart.subtotal > 1 || cart.subtotal / 3 < 5",
    "round(cart.subtotal, 2) == cart.subtotal",
    "string(cart.subtotal) + note != note",
    'note.matches("(a|aa)+$") || note.startsWith("x")',
    "note.upperAscii().contains(note.lowerAscii())",
    'at > timestamp("2025-01-01T00:00:00Z") && at.getHours("Europe/Berlin") < 5',
    "string(at + duration(\"1h\")) != ''",
    "customer.tags == customer.tags && lines.map(l, l.sku) != customer.tags",
)
ABOUT_EXPRESSIONS: Final[dict[str, Callable[..., str]]] = {
    "written": written,
    "decided": decided,
    "explained": explained,
    "in SQL": in_sql,
    "asked of Z3": proved,
    "in a rule's text": as_text,
    "in double mode": in_double,
}
