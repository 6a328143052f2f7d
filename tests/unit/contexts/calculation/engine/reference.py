"""
A naive interpreter of checked trees: what CEL's specification says, node by node, as slowly as it likes.

It shares no evaluating code with the engine, so that the two can be held against each other.
"""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from contexts.calculation.engine.nodes import (
    Binary,
    Call,
    Conditional,
    Field,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Name,
    Unary,
)

WIDE = Context(prec=2000)
QUOTIENT = Context(prec=34, rounding=ROUND_HALF_EVEN)


class Fault(Exception):
    """An error value."""


def evaluate(node, facts):  # noqa: C901, PLR0911, PLR0912 - one case for each kind of node
    """Return the value of a tree, or raise Fault."""
    match node:
        case Literal(value=value):
            return value
        case Name(name=name):
            return there(facts.get(name), node)
        case Field(target=target, name=name):
            owner = evaluate(target, facts)
            if not isinstance(owner, dict):
                raise Fault
            if target.typed.name in {"map", "dyn"} and node.typed.name == "dyn":
                if name not in owner:
                    raise Fault
                return owner[name]
            return there(owner.get(name), node)
        case Index(target=target, key=key):
            return entry(evaluate(target, facts), evaluate(key, facts))
        case ListOf(items=items):
            return [evaluate(item, facts) for item in items]
        case MapOf(entries=entries):
            return {evaluate(k, facts): evaluate(v, facts) for k, v in entries}
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return evaluate(then if truth(condition, facts) else otherwise, facts)
        case Unary(operator="!", operand=operand):
            return not truth(operand, facts)
        case Unary(operand=operand):
            value = amount(evaluate(operand, facts))
            return number(-(widened(value) if node.typed.name == "decimal" else value))
        case Logical(operator=operator, operands=operands):
            return absorb([(part, facts) for part in operands], decides=operator == "||")
        case Has(target=target):
            return has(target, facts)
        case Macro():
            return macro(node, facts)
        case Call():
            values = [evaluate(part, facts) for part in node.operands]
            if node.function in {"sum", "abs"} and node.typed.name == "decimal":
                values = [widened(values[0])]
            return call(node.function, values)
        case Binary(operator=operator, left=left, right=right):
            decimal = node.typed.name == "decimal"
            return binary(operator, evaluate(left, facts), evaluate(right, facts), decimal=decimal)
    raise AssertionError(node)


def widened(value):
    """What is known to be decimal is so even where it is written as an int, and alone or in a list."""
    if isinstance(value, list):
        return [Decimal(0), *value]
    return Decimal(value) if type(value) is int else value


def there(value, node):
    if value is None and node.typed.name != "dyn":
        raise Fault
    return value


def has(target, facts):
    """Say whether a fact is there; a fact inside a missing one is not."""
    if isinstance(target, Name):
        return facts.get(target.name) is not None
    declared = target.target.typed.name != "dyn"  # what a free attribute holds has to be there
    if declared and isinstance(target.target, Field | Name) and not has(target.target, facts):
        return False
    owner = evaluate(target.target, facts)
    if not isinstance(owner, dict):
        raise Fault
    if target.typed.name == "dyn":
        return target.name in owner
    return owner.get(target.name) is not None


def truth(node, facts):
    value = evaluate(node, facts)
    if not isinstance(value, bool):
        raise Fault
    return value


def absorb(parts, *, decides):
    """Combine truths as `||` (decided by True) or `&&` does: an error counts if nothing decides."""
    fault = False
    for node, facts in parts:
        try:
            if truth(node, facts) is decides:
                return decides
        except Fault:
            fault = True
    if fault:
        raise Fault
    return not decides


def macro(node, facts):
    items = evaluate(node.target, facts)
    if not isinstance(items, list | dict):
        raise Fault
    scopes = [{**facts, node.variable: item} for item in items]
    match node.macro:
        case "all" | "exists":
            return absorb([(node.body, s) for s in scopes], decides=node.macro == "exists")
        case "exists_one":
            return [truth(node.body, s) for s in scopes].count(True) == 1
        case "filter":
            kept = zip(items, scopes, strict=True)
            return [item for item, s in kept if truth(node.body, s)]
    if node.result is None:
        return [evaluate(node.body, s) for s in scopes]
    return [evaluate(node.result, s) for s in scopes if truth(node.body, s)]


def amount(value):
    if type(value) not in {int, Decimal}:
        raise Fault
    return value


def number(value):
    """Keep a number that is within the engine's bounds."""
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Fault
        return value
    digits = value.as_tuple().digits
    if len(digits) > 100 or abs(value.adjusted()) > 100:
        raise Fault
    return value


def same(left, right):
    if type(left) in {int, Decimal} and type(right) in {int, Decimal}:
        return left == right
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    return left == right


def entry(owner, key):
    try:
        if isinstance(owner, list) and key < 0:
            raise Fault
        return owner[key]
    except (LookupError, TypeError):
        raise Fault from None


def binary(operator, left, right, *, decimal):  # noqa: PLR0911 - one case for each operator
    match operator:
        case "==":
            return same(left, right)
        case "!=":
            return not same(left, right)
        case "in":
            if isinstance(right, dict):
                return left in right
            if not isinstance(right, list):
                raise Fault
            return any(same(left, item) for item in right)
        case "<" | "<=" | ">" | ">=":
            return ordered(operator, left, right)
    if isinstance(left, str | list) and operator == "+" and type(left) is type(right):
        return left + right
    if isinstance(left, datetime | timedelta) and isinstance(right, datetime | timedelta):
        return left + right if operator == "+" else left - right
    return arithmetic(operator, amount(left), amount(right), decimal=decimal)


def ordered(operator, left, right):
    alike = type(left) is type(right) and not isinstance(left, bool | list | dict | None)
    if not alike and not {type(left), type(right)} <= {int, Decimal}:
        raise Fault
    before, equal = left < right, left == right
    return {"<": before, "<=": before or equal, ">": not (before or equal), ">=": not before}[
        operator
    ]


def arithmetic(operator, left, right, *, decimal):
    decimal = decimal or Decimal in {type(left), type(right)}
    if operator in {"/", "%"} and right == 0:
        raise Fault
    if not decimal:
        return number(whole(operator, left, right))
    wide = {"+": WIDE.add, "-": WIDE.subtract, "*": WIDE.multiply, "/": QUOTIENT.divide}
    if operator not in wide:
        raise Fault
    return number(wide[operator](Decimal(left), Decimal(right)))


def whole(operator, left, right):
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    quotient, rest = divmod(abs(left), abs(right))
    if operator == "/":
        return quotient if (left < 0) == (right < 0) else -quotient
    return -rest if left < 0 else rest


def call(name, values):  # noqa: C901, PLR0911 - one case for each function
    first, *rest = values
    match name:
        case "size":
            return len(first)
        case "startsWith":
            return first[: len(rest[0])] == rest[0]
        case "endsWith":
            return not rest[0] or first[-len(rest[0]) :] == rest[0]
        case "contains":
            return first.find(rest[0]) >= 0
        case "abs":
            return number(first if first >= 0 else -first)
        case "decimal" if not isinstance(first, str):
            return Decimal(first)
        case "min" | "max":
            numbers = first if isinstance(first, list) else values
            if not numbers:
                raise Fault
            return sorted(numbers)[0 if name == "min" else -1]
        case "sum":
            total = 0
            for value in first:
                total = WIDE.add(total, value) if isinstance(value, Decimal) else total + value
            return number(total)
        case "round":
            step = Decimal((0, (1,), -rest[0]))
            return Decimal(first).quantize(step, rounding=ROUND_HALF_UP, context=WIDE)
    raise AssertionError(name)
