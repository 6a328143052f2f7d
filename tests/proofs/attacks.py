"""
The hostile expressions, documents and facts of `make prove-hostile`, each with the seconds it may take.

An expression goes through every door that takes one. Seconds are those of the processor, several times what the attack
took where they were measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from contexts.calculation.engine import limits
from tests.proofs import doors
from tests.unit.contexts.calculation.engine import offers
from tests.unit.contexts.calculation.engine.shop import GOLD
from tests.unit.contexts.calculation.engine.test_cel_hostile import CHEAP, STOPPED, over_list
from tests.unit.contexts.calculation.engine.test_cel_hostile import REFUSED as REFUSED_IN_DOUBLE
from tests.unit.contexts.calculation.engine.test_hostile import AT_THE_BOUND, GREEDY, REFUSED

DEEP: Final = limits.MAX_DEPTH
SECONDS: Final = 3.0
LONG_SECONDS: Final = 12.0  # where a time limit of its own, or a step budget, is used up


@dataclass(frozen=True)
class Attack:
    """What is sent through a door, made when it is needed, and what may be spent on it."""

    name: str
    door: Callable[..., str]
    given: Callable[[], Any]
    seconds: float = SECONDS
    megabytes: float = 300.0
    more: dict[str, Any] = field(default_factory=dict)

    def run(self) -> str:
        try:
            return self.door(self.given(), **self.more)
        except doors.REFUSALS as refusal:
            return f"refused: {str(refusal)[:3000]}"


def _nested(opening: str, inner: str, closing: str, times: int = DEEP - 4) -> str:
    return opening * times + inner + closing * times


def _many(template: str, joined: str, times: int) -> str:
    return joined.join(template.replace("#", str(number)) for number in range(times))


EXPRESSIONS: Final[dict[str, str]] = {
    **{f"beyond: {name}": it for name, it in REFUSED.items()},
    **{f"at the bound: {name}": it for name, it in AT_THE_BOUND.items()},
    **{f"greedy {number}": it for number, it in enumerate(GREEDY)},
    # alternatives that multiply
    "alternatives of alternatives": _many(
        '(customer.tier == "#" || customer.country == "#" || note == "#")', " && ", 120
    ),
    "alternatives in alternatives": _nested(
        '(customer.tier == "a" && customer.vip || customer.country == "b" && ', "customer.vip", ")",
        DEEP // 4,
    ),
    "alternatives that are denied": _many('!(customer.tier == "#" && note == "#")', " && ", 200),
    "memberships that multiply": " && ".join(
        it + " in [" + _many('"v#"', ",", 90) + "]" for it in ("customer.tier", "customer.country", "note", "cart.currency")
    ),
    "items that multiply": _many('lines.exists(l, l.sku in ["a#", "b#", "c#"])', " && ", 150),
    "items or items": _many('lines.exists(l, l.sku == "a#" && l.quantity > #)', " || ", 150),
    "ranges": _many("cart.subtotal > # && cart.subtotal < 9#", " || ", 200),
    # parts that are needed twice: for true and for false, for the value and its bound
    "bools compared": _nested("(", "customer.vip", " == customer.vip)"),
    "bools compared in comparisons": _nested("(customer.vip == ", "customer.vip", ")", DEEP // 2 - 3),
    "ternaries in conditions": _nested("(", "customer.vip", " ? customer.vip : has(note))"),
    "ternaries of numbers": _nested("(customer.vip ? 1 : 1 + ", "1", ")", DEEP // 4 + 1) + " > 1",
    "ternaries whose condition compares one": _nested("((", "1", " > 1) ? 1 : 2)", DEEP // 2 - 3) + " > 1",
    "memberships in memberships": _nested("(", "customer.vip", " in [true, false])"),
    "denied conjunctions compared": _nested("((", "customer.vip", " && has(note)) == true)", DEEP // 2 - 3),
    "whole numbers": " + ".join(["customer.age"] * (DEEP - 3)) + " > 1",
    "products": " * ".join(["customer.age"] * (DEEP - 3)) + " > 1",
    "products of decimals": " * ".join(["cart.subtotal"] * (DEEP - 3)) + " > 1",
    "quotients": " / ".join(["cart.subtotal"] * (DEEP - 3)) + " > 1",
    "remainders": " % ".join(["customer.age"] * (DEEP - 3)) + " > 1",
    "negated numbers": _nested("-(", "customer.age", ")", DEEP // 2 - 3) + " > 1",
    "extremes": _nested("max(customer.age, ", "1", ")") + " > 1",
    "absolutes": _nested("abs(", "customer.age", ")") + " > 1",
    "filters that may fail": "lines" + ".filter(l, l.category == 'a')" * (DEEP - 6) + ".size() > 0",
    "maps of maps": "lines" + ".map(l, l)" * (DEEP - 4) + ".size() > 0",
    "sums of filters": "sum(lines" + ".filter(l, l.category == 'a')" * (DEEP - 6) + ".map(l, l.quantity)) > 0",
    "all of filters": "lines" + ".filter(l, l.category == 'a')" * (DEEP - 6) + ".all(l, l.quantity > 0)",
    # many loops, and loops in loops
    "many loops": _many("lines.exists(l, l.quantity > #)", " && ", 250),
    "many memberships": _many('"t#" in customer.tags', " && ", 370),
    "many loops in loops": _many("lines.all(a, lines.exists(b, b.quantity > a.quantity + #))", " && ", 150),
    "many loops in loops in loops": _many("lines.all(a,lines.all(b,lines.all(c,a.quantity+b.quantity>c.quantity+#)))", "&&", 114),
    "many sums": _many("sum(lines.map(l, l.unit_price * #)) > #", " && ", 200),
    # sizes
    "a wide list": "customer.age in [" + ",".join(map(str, range(limits.MAX_LITERAL_ITEMS))) + "]",
    "wide lists compared": "[" + ",".join(["customer.age"] * 550) + "] == [" + ",".join(["1"] * 550) + "]",
    "a wide map": "{" + ",".join(f"{n}:1" for n in range(limits.MAX_LITERAL_ITEMS)) + "}[customer.age] == 1",
    "many terms": _many("cart.subtotal!=#", "&&", 480),
    "many denials": _many("!has(note)", "&&", 780),
    "many texts": _many('note+"#"!=""', "||", 580),
    "many attributes": _many('customer.attributes.a#=="x"', "||", 270),
    "long names": "customer.attributes." + "a" * 9_000 + " == 1",
    "many long names": _many("customer.attributes." + "b" * 400 + "#==1", "||", 20),
    "a long name that is unknown": "c" * 9_000 + " == 1",
    "a long function that is unknown": "f" * 9_000 + "(1) == 1",
    "a long loop variable": f"lines.all({'v' * 4_000}, {'v' * 4_000}.quantity > 0)",
    "a long comment": "true //" + "x" * 9_900,
    "many line ends": "true" + "\n" * 9_900,
    "an error behind many line ends": "\n" * 9_900 + "tru",
    "many spaces": "true" + " " * 9_990,
    # numbers
    "the largest int": "9223372036854775807 + customer.age > 0",
    "the smallest int": "-9223372036854775808 - customer.age < 0 && -(-9223372036854775808) > 0",
    "one more than the largest": "9223372036854775808 > 0",
    "a huge hexadecimal": "0x" + "f" * 9_000 + " > 0",
    "many digits multiplied": " * ".join(["9." + "9" * 36] * (DEEP - 3)) + " > 1",
    "exponents": " * ".join(["1e37"] * (DEEP - 3)) + " > 1",
    "small exponents": " * ".join(["1e-38"] * (DEEP - 3)) + " > 1",
    "a rounding of many digits": "round(cart.subtotal, 18) == round(1e37, -9)",
    "a rounding too far": "round(cart.subtotal, 999999999) == 1",
    "long ints of text": 'int("' + "9" * 1_900 + '") > 1',
    "long decimals of text": 'decimal("1.' + "9" * 1_900 + '") > 1.0',
    "long durations": 'duration("' + "999999999999h" * 140 + '") > duration("1s")',
    # texts
    "a text that doubles": _nested("(note + ", "note", ")", DEEP // 2 - 3) + ' != "x"',
    "a text from long texts": " + ".join(['"' + "a" * 1_900 + '"'] * 5) + " + note != note",
    "patterns that repeat": 'note.matches("' + "(a*)*" * 90 + '$")',
    "patterns with alternatives": 'note.matches("^(a|a)*(a|aa)+(.*a){12}$")',
    "a pattern of classes": r'note.matches("(\\pL|\\pN|\\pS){200}")',
    "a pattern that is computed": 'note.matches(note + "(a{500}){500}")',
    "a pattern from the facts": "note.matches(note)",
    "text of other directions": 'note == "\u202e\u2066gold\u2069" || customer.t\u0456er == "gold"',
    "names that look alike": '\u0441ustomer.tier == "gold"',
    "a NUL": "note == '\x00'",
    "a NUL outside": "true\x00",
    "half a pair": "note == '\udfff'",
    "half a pair outside": "tr\udc80ue",
    "half a pair by escape": r"note == '\ud800'",
    "beyond Unicode": r"note == '\U00110000'",
    "combining": 'note == "' + "e\u0301\u0327" * 600 + '"',
    "other digits": "customer.age == \u0663 || customer.age == \uff11",
    "other spaces": "true\u00a0&&\u2003true\ufeff",
    "quotes": "'" * 9_999,
    "backslashes": '"' + "\\" * 9_999,
    "opened strings": '"""' * 3_000,
    "operators": "&&||!==<=" * 1_000,
    "question marks": "?:" * 4_900,
    "commas": "[" + "," * 9_000 + "]",
    "dots": "a" + "." * 9_000,
    "brackets of all kinds": "([{" * 3_000,
    "python's braces": "f'{customer.__class__.__mro__}' == '{0.__class__}'",
    "template marks": '"{facts}{0}%s%(a)s${x}{{x}}" == note',
    "reserved words": "lambda: while for in import",
    "a name of generated code": "facts.b.k1.v1 == fn_size || steps == M",
}  # fmt: skip


def _line(**more: Any) -> dict[str, Any]:
    return {"sku": "s1", "quantity": 2, "unit_price": Decimal("9.99"), **more}


def _deep(levels: int, kind: type) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found] if kind is list else {"a": found}
    return found


def _attributes(**found: Any) -> dict[str, Any]:
    return {**GOLD, "customer": {**GOLD["customer"], "attributes": found}}


def _cyclic() -> Any:
    ring: dict[str, Any] = {}
    ring["a"] = ring
    return ring


FACTS: Final[dict[str, Callable[[], Any]]] = {
    "many lines": lambda: {**GOLD, "lines": [_line() for _ in range(20_000)]},
    "lines with long texts": lambda: {**GOLD, "lines": [_line(category="c" * 100_000)] * 500},
    "a huge note": lambda: {**GOLD, "note": "a" * 5_000_000},
    "a huge note for patterns": lambda: {**GOLD, "note": "a" * 2_000_000 + "b"},
    "many tags": lambda: {**GOLD, "customer": {**GOLD["customer"], "tags": [str(n) for n in range(100_000)]}},
    "many scores": lambda: {**GOLD, "customer": {**GOLD["customer"], "scores": {str(n): n for n in range(100_000)}}},
    "many attributes": lambda: _attributes(**{f"a{n}": n for n in range(100_000)}),
    "no dict": lambda: None,
    "a list": lambda: [1, 2],
    "a text": lambda: "customer",
    "nothing": dict,
    "everything null": lambda: dict.fromkeys(GOLD),
    "everything a number": lambda: dict.fromkeys(GOLD, 5),
    "everything a text": lambda: dict.fromkeys(GOLD, "x"),
    "everything a list": lambda: {name: [[]] for name in GOLD},
    "everything a function": lambda: dict.fromkeys(GOLD, len),
    "lines of anything": lambda: {**GOLD, "lines": [None, 1, "x", [], {}, {"sku": {}}, _line(quantity="2")]},
    "lines that are a tuple": lambda: {**GOLD, "lines": (_line(),)},
    "lines that are a map": lambda: {**GOLD, "lines": {"sku": "s1"}},
    "keys that are numbers": lambda: {1: 2, None: 3, "customer": {1: 2}},
    **{
        f"a subtotal of {name}": lambda found=found: {
            **GOLD, "cart": {"subtotal": found, "currency": "EUR"}, "lines": [_line(unit_price=found), _line()],
            "customer": {**GOLD["customer"], "attributes": {"team": found, "level": found}, "age": found},
        }
        for name, found in {
            "NaN": Decimal("NaN"), "sNaN": Decimal("sNaN"), "Infinity": Decimal("Infinity"),
            "-Infinity": Decimal("-Infinity"), "float": 1.5, "float NaN": float("nan"), "float Infinity": float("inf"),
            "1e999999": Decimal("1e999999"), "1e-999999": Decimal("1e-999999"), "many digits": Decimal("9" * 100_000),
            "a huge int": 10**4_000, "a bool": True, "a complex": 1j, "bytes": b"1", "a set": {1},
        }.items()
    },
    **{
        f"{kind.__name__}s {levels} deep": lambda levels=levels, kind=kind: _attributes(
            team=_deep(levels, kind), level=_deep(levels, kind)
        )
        for kind in (list, dict) for levels in (30, 90, 900, 100_000)
    },
    "a ring": lambda: _attributes(team=_cyclic(), level=_cyclic()),
    "a date without a zone": lambda: {**GOLD, "at": datetime(2025, 1, 1)},  # noqa: DTZ001
    "the last moment": lambda: {**GOLD, "at": datetime.max.replace(tzinfo=UTC)},
    "the first moment": lambda: {**GOLD, "at": datetime.min.replace(tzinfo=UTC)},
    "a duration for a date": lambda: {**GOLD, "at": timedelta.max},
    "half a pair": lambda: {**GOLD, "note": "\ud800", "customer": {**GOLD["customer"], "tier": "\udfff"}},
    "NUL": lambda: {**GOLD, "note": "\x00" * 1000, "customer": {**GOLD["customer"], "tier": "\x00"}},
}  # fmt: skip


def _table(count: int, cell: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "t", "version": 1, "name": "T", "hit_policy": "first",
        "inputs": [{"expression": "cart.subtotal", "type": "decimal"}],
        "outputs": [{"effect": "discount", "param": "percent", "values": []}],
        "rows": [{"cells": [cell.replace("#", str(n))], "gives": [str(n % 90)], "reason": ""} for n in range(count)],
        **more,
    }  # fmt: skip


def _wide_table(columns: int, rows: int) -> dict[str, Any]:
    column = {"expression": "cart.subtotal", "type": "decimal"}
    row = {"cells": ["not([1..5], 9)"] * columns, "gives": ["5"], "reason": ""}
    return _table(0, "", inputs=[column] * columns, rows=[row] * rows)


def _rule(**more: Any) -> dict[str, Any]:
    return {"id": "a", "version": 1, "name": "A", "condition": "true", **more}


def _text(*clauses: str) -> str:
    return "\n".join(('rule "A"', '  id "a"', "  version 1", *clauses)) + "\n"


def _template(parameters: int, condition: str) -> dict[str, Any]:
    names = [{"name": f"p{n}", "type": "int"} for n in range(parameters)]
    return {
        "id": "t", "version": 1, "name": "T", "parameters": names, "rule": _rule(condition=condition)
    }  # fmt: skip


def _stacking(**more: Any) -> dict[str, Any]:
    return {
        "discounts": {"percent": {"of": "goods", "percent": "percent"}, "amount": {"of": "goods", "amount": "amount"}},
        "amounts": {"goods": "cart.goods"}, **more,
    }  # fmt: skip


def _offers(count: int) -> list[Any]:
    return [
        offers.offer(f"r{n}", f"{1 + n % 37}% + {n % 13}.{n % 90 + 10}", group=f"g{n % 40}", order=n)
        for n in range(count)
    ]  # fmt: skip


def _rows(rows: int, cell: str, **more: Any) -> Callable[[], Any]:
    return lambda: _table(rows, cell, **more)


def _of_rules(template: str, count: int) -> Callable[[], list[str]]:
    return lambda: [template.replace("#", str(number)) for number in range(count)]


_EIGHT: Final = '(customer.tier == "#" || note == "#" || cart.currency == "#")'
_HARD: Final = "customer.age * customer.age * customer.age == # + customer.age * customer.age"

DOCUMENTS: Final[tuple[Attack, ...]] = (
    Attack("a rule's text too long", doors.rule_of_text, lambda: "rule " + "x" * 300_000),
    Attack("a rule's text of line ends", doors.rule_of_text, lambda: "\n" * 190_000),
    Attack("a rule's text of clauses", doors.rule_of_text, lambda: _text(*["  then a"] * 20_000, "  when true")),
    Attack("a rule's text of parameters", doors.rule_of_text, lambda: _text("  when true", "  then a", *[f"    p{n}: 1" for n in range(12_000)])),
    Attack("a rule's text that goes on", doors.rule_of_text, lambda: _text("  when true", *["      || true"] * 10_000)),
    Attack("a rule's text indented", doors.rule_of_text, lambda: 'rule "A"\n' + " " * 190_000 + "x"),
    Attack("a rule's text of quotes", doors.rule_of_text, lambda: "rule " + '"' * 190_000),
    Attack("a rule's text in one line", doors.rule_of_text, lambda: 'rule "' + "a" * 190_000 + '"'),
    Attack("a rule with many effects", doors.rule_of_json, lambda: _rule(effects=[{"kind": "discount", "params": {"percent": "cart.subtotal / 3"}}] * 2_000), LONG_SECONDS),
    Attack("a rule with an unknown key", doors.rule_of_json, lambda: _rule(**{"k" * 100_000: 1})),
    Attack("a rule with a long name", doors.rule_of_json, lambda: _rule(name="n" * 1_000_000)),
    Attack("a rule whose name is deep", doors.rule_of_json, lambda: _rule(name=_deep(900, list))),
    Attack("a rule whose parameters are deep", doors.rule_of_json, lambda: _rule(effects=[{"kind": "discount", "params": _deep(50_000, dict)}])),
    Attack("a rule whose version is huge", doors.rule_of_json, lambda: _rule(version=10**6_000)),
    Attack("a rule whose priority is huge", doors.rule_of_json, lambda: _rule(priority=10**6_000, order=-(10**6_000))),
    Attack("a rule whose name is half a pair", doors.rule_of_json, lambda: _rule(name="\ud800", reason="\udfff", id="\ud900")),
    Attack("a table of many rows", doors.tabled, _rows(5_000, "[#..9#)"), 60.0, 600.0),
    Attack("a table of too many rows", doors.tabled, _rows(5_001, "5")),
    Attack("a table of many columns", doors.tabled, lambda: _wide_table(49, 100), LONG_SECONDS),
    Attack("a table of too many columns", doors.tabled, lambda: _wide_table(51, 1)),
    Attack("a table of too many cells", doors.tabled, lambda: _wide_table(49, 5_000)),
    Attack("a table of ten thousand cells", doors.tabled, lambda: _wide_table(49, 200), 60.0, 600.0),
    Attack("a table whose cells deny denials", doors.tabled, _rows(1, "not(" * 3_000 + "5" + ")" * 3_000)),
    Attack("a table whose cells are lists", doors.tabled, _rows(20, ",".join(map(str, range(1_500))))),
    Attack("a table whose cells are ranges", doors.tabled, _rows(20, ",".join(f"[{n}..{n + 1}]" for n in range(500)))),
    Attack("a table whose cells are brackets", doors.tabled, _rows(1, "[(" * 4_000)),
    Attack("a table whose cells are dots", doors.tabled, _rows(1, "[1" + ".." * 4_000 + "5]")),
    Attack("a table whose cells are long", doors.tabled, _rows(1, "5," * 400_000)),
    Attack("a table whose values are many", doors.tabled, _rows(300, "[#..9#)", hit_policy="priority", outputs=[{"effect": "discount", "param": "percent", "values": [str(n) for n in range(3_000)]}]), LONG_SECONDS),
    Attack("a table of many rows, reviewed", doors.table_reviewed, _rows(400, "[#..9#)"), 60.0, 600.0),
    Attack("a table that is hard, reviewed", doors.table_reviewed, _rows(60, f"where {_HARD}", hit_policy="unique"), 60.0, 600.0),
    Attack("a template of many parameters", doors.templated, lambda: _template(2_000, "true"), more={}),
    Attack("a template that is deep", doors.templated, lambda: _template(1, _nested("(", "customer.age", " + p0)", DEEP - 5) + " > 1"), more={"p0": 5}),
    Attack("a template with a huge argument", doors.templated, lambda: _template(1, "customer.age > p0"), more={"p0": 10**6_000}),
    Attack("many rules that are alike", doors.many, _of_rules("cart.subtotal > #", 3_000), LONG_SECONDS, 600.0),
    Attack("many rules with other attributes", doors.many, _of_rules('customer.attributes.a# == "x"', 1_500), LONG_SECONDS, 600.0),
    Attack("many rules with other shapes", doors.many, lambda: [f'customer.attributes.a{n} == "x" && customer.attributes.b{n % 7} == "y" && lines.exists(l, l.sku == "{n}")' for n in range(800)], LONG_SECONDS, 600.0),
    Attack("many rules of alternatives", doors.many, _of_rules(" && ".join([_EIGHT] * 12), 150), LONG_SECONDS, 600.0),
    Attack("many rules under one key", doors.many, _of_rules('customer.tier == "gold" && cart.subtotal != #', 2_000), LONG_SECONDS, 600.0),
    Attack("many rules of one range", doors.many, _of_rules("cart.subtotal >= 0 && cart.subtotal <= 1000 && cart.subtotal != #", 2_000), LONG_SECONDS, 600.0),
    Attack("many greedy rules", doors.many, lambda: GREEDY * 60, 30.0, 600.0, {"facts": {**GOLD, "lines": [_line()] * 400}}),
    Attack("many rules that are long", doors.many, lambda: [_many('note!="#"', "&&", 500) + f'&&note!="{n}"' for n in range(200)], 30.0, 900.0),
    Attack("many rules, reviewed", doors.reviewed, _of_rules("cart.subtotal > # && customer.age < #", 300), LONG_SECONDS, 600.0),  # Z3 and its seconds, whatever the rules
    Attack("hard rules, reviewed", doors.reviewed, _of_rules(_HARD, 40), LONG_SECONDS, 600.0),
    Attack("rules of many loops, reviewed", doors.reviewed, lambda: [EXPRESSIONS["many loops in loops"], EXPRESSIONS["many loops"]], LONG_SECONDS, 600.0),
    Attack("rules of alternatives, reviewed", doors.reviewed, lambda: [EXPRESSIONS["alternatives of alternatives"], EXPRESSIONS["memberships that multiply"]], LONG_SECONDS),
    Attack("discounts that stack", doors.stacked, _stacking, LONG_SECONDS, more={"rules": _offers(400)}),
    Attack("the best of many discounts", doors.stacked, lambda: _stacking(best=True), 30.0, more={"rules": _offers(200)}),
    Attack("the best of many, of nothing", doors.stacked, lambda: _stacking(best=True), 30.0, more={"rules": _offers(200), "goods": "0"}),
)  # fmt: skip


def _about_expressions() -> Iterator[Attack]:
    for name, source in EXPRESSIONS.items():
        for how, door in doors.ABOUT_EXPRESSIONS.items():
            yield Attack(f"{name}: {how}", door, lambda source=source: source, _allowed(how))  # type: ignore[misc]


def _allowed(how: str) -> float:
    return LONG_SECONDS if how in {"explained", "asked of Z3"} else SECONDS


def _of_patterns() -> Iterator[Attack]:
    """Patterns that a backtracking search would not finish, asked of a text that they do not match."""
    facts = {**GOLD, "note": "a" * 5_000 + "b"}
    for name in ("patterns that repeat", "patterns with alternatives", "a pattern from the facts"):
        source = EXPRESSIONS[name]
        more = {"facts": facts}
        yield Attack(f"{name}: hostile text", doors.decided, lambda it=source: it, more=more)  # type: ignore[misc]


def _in_double() -> Iterator[Attack]:
    texts = {f"runs out of steps: {name}": over_list(it) for name, it in STOPPED.items()}
    texts |= {f"grows: {name}": it for name, (it, _) in REFUSED_IN_DOUBLE.items()}
    texts |= {f"nested: {name}": it for name, it in CHEAP.items()}
    for name, source in texts.items():
        yield Attack(f"in double mode {name}", doors.in_double, lambda it=source: it, LONG_SECONDS)  # type: ignore[misc]


def _about_facts() -> Iterator[Attack]:
    for name, facts in FACTS.items():
        yield Attack(f"facts, {name}", doors.with_facts, facts, LONG_SECONDS, 600.0)


ATTACKS: Final[tuple[Attack, ...]] = (
    *_about_expressions(),
    *_of_patterns(),
    *_in_double(),
    *_about_facts(),
    *DOCUMENTS,
)
