"""
Typed tree to Python code that computes a value or raises an EvaluationError.

What this cannot do: decide a condition fast; `truth.py` does, and comes here for what it cannot
say in one comparison.
"""

from typing import Final

from .canonical import canonical
from .constants import Unknown, constant, zone
from .functions import pattern
from .library import ZONED
from .nodes import (
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
    Node,
    Unary,
)
from .paths import is_declared, path_of
from .schema import holds_dyn
from .units import Unit, guard, weight_of

_DECIMAL: Final = {
    "+": "add_decimals",
    "-": "subtract_decimals",
    "*": "multiply_decimals",
    "/": "divide_decimals",
}
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_OF_TEXT: Final = {"startsWith": "startswith", "endsWith": "endswith"}
_READS_ALL: Final = frozenset(
    {"contains", "matches", "lowerAscii", "upperAscii", "trim", "sum", "min", "max"}
)


def value(unit: Unit, node: Node) -> str:  # noqa: PLR0911 - one case for each kind of node
    """Return code for the value of a node; it nests at most three brackets a level."""
    if path_of(node) is not None:
        local = unit.local(node)
        fact = unit.program.constant(canonical(node))
        return f"({local} if {guard(local, node.typed)} else missing({fact}))"
    try:
        return unit.program.constant(constant(node))
    except Unknown:
        pass
    match node:
        case Call():
            return _call(unit, node)
        case Binary():
            return _binary(unit, node)
        case Has(target=target):
            return _has(unit, target)
        case Macro(macro="map" | "filter" | "exists_one"):
            return _collected(unit, node)
        case Logical() | Macro() | Unary(operator="!"):
            return f"sure({outcome(unit, node)})"
    return _part(unit, node)


def _part(unit: Unit, node: Node) -> str:  # noqa: PLR0911 - one case for each kind of node
    match node:
        case Field(target=target, name=name):
            if target.typed.name in {"dyn", "map"} and not is_declared(node):
                return f"member({value(unit, target)}, {name!r})"
            return f"field_of({value(unit, target)}, {name!r}, {canonical(node)!r})"
        case Index(target=target, key=Literal(value=str(name))) if is_declared(node):
            return f"field_of({value(unit, target)}, {name!r}, {canonical(node)!r})"
        case Index(target=target, key=key):
            return f"member({value(unit, target)}, {value(unit, key)})"
        case ListOf(items=items):
            return f"[{', '.join(value(unit, item) for item in items)}]"
        case MapOf(entries=entries):
            return f"{{{', '.join(f'{value(unit, k)}: {value(unit, v)}' for k, v in entries)}}}"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            chosen = boolean(unit, condition)
            return f"({value(unit, then)} if {chosen} else {value(unit, otherwise)})"
        case Unary(operand=operand):
            return f"negate({_wide(node, value(unit, operand))})"
    raise AssertionError(f"no code for {type(node).__name__}")


def boolean(unit: Unit, node: Node) -> str:
    """Return code for a condition's value."""
    code = value(unit, node)
    return code if node.typed.name == "bool" else f"expect('bool', {code})"


def outcome(unit: Unit, node: Node) -> str:
    """Return code for True, False or the EvaluationError itself; it never raises a fault."""
    match node:
        case Literal(kind="bool", value=bool(known)):
            return repr(known)
        case Unary(operator="!", operand=operand):
            return f"negated({outcome(unit, operand)})"
        case Logical(operator=operator, operands=operands):
            return _logical(unit, operands, decides=operator == "||")
        case Macro(macro="all" | "exists"):
            return _quantified(unit, node)
    inner = Unit(unit.program, unit)
    inner.write([*guarded([f"return {boolean(inner, node)}"])])
    return inner.call()


def guarded(lines: list[str]) -> list[str]:
    """Return lines that give an error value where these would raise a fault."""
    handler = ["except FAULTS as fault:", "    return evaluation_error(fault)"]
    return ["try:", *(f"    {line}" for line in lines), *handler]


def _logical(unit: Unit, operands: tuple[Node, ...], *, decides: bool) -> str:
    """Return the call of a function for `||` (decided by True) or `&&` (by False), errors aside."""
    inner = Unit(unit.program, unit)
    lines = ["error = None"]
    for operand in operands:
        lines += [
            f"one = {outcome(inner, operand)}",
            f"if one is {decides}: return {decides}",
            f"if one is not {not decides} and error is None: error = one",
        ]
    lines.append(f"return {not decides} if error is None else error")
    inner.write(lines)
    return inner.call()


def _quantified(unit: Unit, node: Macro) -> str:
    decides = node.macro == "exists"
    inner = Unit(unit.program, unit, node.variable)
    body = [
        f"one = {outcome(inner, node.body)}",
        f"if one is {decides}: return {decides}",
        f"if one is not {not decides} and error is None: error = one",
    ]
    loop = inner.loop("items", weight_of(node.body), body)
    lines = ["error = None", *loop, f"return {not decides} if error is None else error"]
    inner.write(guarded(lines), "items")
    outer = Unit(unit.program, unit)
    items = value(outer, node.target)
    outer.needs |= dict.fromkeys(inner.needs)
    outer.write(guarded([f"return {inner.call(items)}"]))
    return outer.call()


def _collected(unit: Unit, node: Macro) -> str:
    inner = Unit(unit.program, unit, node.variable)
    condition = None if node.macro == "map" and node.result is None else boolean(inner, node.body)
    weight = weight_of(node.body) + (0 if node.result is None else weight_of(node.result))
    if node.macro == "exists_one":
        body, first, last = [f"if {condition}: found += 1"], "found = 0", "return found == 1"
    else:
        element = inner.locals[node.variable,]
        if node.macro == "map":
            element = value(inner, node.body if node.result is None else node.result)
        append = f"found.append({element})"
        body = [append if condition is None else f"if {condition}: {append}"]
        first, last = "found = []", "return found"
    inner.write([first, *inner.loop("items", weight, body), last], "items")
    return inner.call(value(unit, node.target))


def _has(unit: Unit, target: Node) -> str:
    if path_of(target) is not None:
        return f"({guard(unit.local(target), target.typed)})"
    assert isinstance(target, Field | Name)  # noqa: S101 - the checker saw to it
    free = isinstance(target, Field) and target.target.typed.name in {"dyn", "map"}
    if isinstance(target, Field) and free and not is_declared(target):
        return f"present({value(unit, target.target)}, {target.name!r})"
    assert isinstance(target, Field)  # noqa: S101 - a name is a path
    return f"({value(unit, target.target)}.get({target.name!r}) is not None)"


def _read(unit: Unit, node: Node) -> str:
    """Return code for a value of which all is read; inside a loop that is paid for."""
    code = value(unit, node)
    costly = unit.in_loop and node.typed.name in {"string", "list", "dyn"}
    return f"b.pay({code})" if costly else code


def _is_known(node: Node) -> bool:
    """Say whether a part is constant: comparing with it reads no more than it has itself."""
    try:
        constant(node)
    except Unknown:
        return False
    return True


def _call(unit: Unit, node: Call) -> str:
    first, *rest = node.operands or (None,)
    if first is None:
        return f"fn_{node.function}()"
    read = _read(unit, first) if node.function in _READS_ALL else value(unit, first)
    last = rest[-1] if rest else None
    if isinstance(last, Literal) and node.function == "matches" and isinstance(last.value, str):
        regex = unit.program.constant(pattern(last.value))
        text = read if first.typed.name == "string" else f"expect('string', {read})"
        return f"({regex}.search({text}) is not None)"
    if node.function in _OF_TEXT and first.typed.name == rest[0].typed.name == "string":
        return f"{read}.{_OF_TEXT[node.function]}({value(unit, rest[0])})"
    if node.function == "abs":
        read = _wide(node, read)
    if isinstance(last, Literal) and node.function in ZONED:
        return f"fn_{node.function}({read}, {unit.program.constant(zone(last.value))})"
    decimals = "_of_decimals" if node.function == "sum" and node.typed.name == "decimal" else ""
    arguments = ", ".join((read, *(value(unit, part) for part in rest)))
    return f"fn_{node.function}{decimals}({arguments})"


def _wide(node: Node, code: str) -> str:
    """Return code for an operand: an int where a decimal is meant has no bound of 64 bits."""
    return f"as_decimal({code})" if node.typed.name == "decimal" else code


def _binary(unit: Unit, node: Binary) -> str:  # noqa: PLR0911 - one case for each kind of operator
    operator = node.operator
    kinds = (node.left.typed.name, node.right.typed.name)
    dynamic = holds_dyn(node.left.typed) or holds_dyn(node.right.typed)
    if operator in _ORDER:
        left, right = value(unit, node.left), value(unit, node.right)
        return (
            f"compare({operator!r}, {left}, {right})" if dynamic else f"({left} {operator} {right})"
        )
    known = _is_known(node.right) or (_is_known(node.left) and operator != "in")
    read = value if known and operator in {"==", "!=", "in"} else _read
    left, right = read(unit, node.left), read(unit, node.right)
    if operator in {"==", "!="}:
        if dynamic:
            return f"{'' if operator == '==' else 'not '}equal({left}, {right})".join("()")
        return f"({left} {operator} {right})"
    if operator == "in":
        if dynamic:
            return f"within({left}, {right})"
        if not _is_known(node.right):  # a text in its place would hold parts of itself
            right = f"expect({node.right.typed.name!r}, {right})"
        return f"({left} in {right})"
    if "dyn" in kinds:
        return f"calculate({operator!r}, {left}, {right})"
    if kinds == ("int", "int"):
        named = {"/": "divide_ints", "%": "modulo"}.get(operator)
        return f"{named}({left}, {right})" if named else f"bounded_int({left} {operator} {right})"
    if "decimal" in kinds:
        return f"{_DECIMAL[operator]}({left}, {right})"
    joined = {"string": "join_texts", "list": "join_lists"}.get(kinds[0])
    return f"{joined}({left}, {right})" if joined else f"({left} {operator} {right})"
