"""
Typed trees to compiled Python functions: the evaluator that decides online.

No text of a rule is ever evaluated: the code is written from the checked tree, see `units.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .nodes import Logical, Macro, Node, walk
from .planner import PlannedRule, plan
from .schema import Type
from .truth import truth
from .units import Program, Steps, Unit
from .values import boolean, guarded, outcome, value

Facts = Mapping[str, Any]
Evaluator = Callable[[Facts, Steps], Any]
Test = Callable[[Facts, Steps], bool]


def compile_block(conditions: Iterable[tuple[int, Node]]) -> Callable[..., None]:
    """
    Return one function for many rules: `block(facts, steps, hit)` calls `hit(number)` for each true one.

    It raises a fault when the facts have a wrong shape. Of a rule whose allowance is spent it tells the steps.
    """
    unit = Unit(Program(), None)
    lines = plan([_planned(unit, number, tree) for number, tree in conditions])
    unit.write(lines or ["pass"], "hit")
    block: Callable[..., None] = unit.program.build()[unit.name]
    return block


def compile_test(tree: Node) -> Test:
    """
    Return one condition's function, which gives something true exactly when the condition is.

    It raises a fault when the facts have a wrong shape, and StepsExhausted when its allowance is spent. Conditions
    that differ in constants only share their code.
    """
    unit = Unit(Program(alike=True), None)
    planned = _planned(unit, 0, tree)
    lines = [f"if not ({' and '.join(planned.cheap)}): return False"] if planned.cheap else []
    if planned.costly is None:
        lines.append("return True")
    else:
        lines += ["b.start_rule()", f"return {planned.costly}"]
    unit.write(lines)
    test: Test = unit.program.build()[unit.name]
    return test


def _planned(unit: Unit, number: int, tree: Node) -> PlannedRule:
    """Split a condition at its `&&`s; its truth has no errors, so its terms may change places."""
    parts = tree.operands if isinstance(tree, Logical) and tree.operator == "&&" else (tree,)
    cheap = [part for part in parts if not _costly(part)]
    costly = " and ".join(truth(unit, part) for part in parts if _costly(part))
    terms = dict.fromkeys(truth(unit, part) for part in cheap)
    return PlannedRule(number, tuple(terms), costly or None)


def _costly(tree: Node) -> bool:
    return any(isinstance(node, Macro) for node in walk(tree))


def compile_outcomes(trees: Iterable[Node]) -> tuple[Evaluator, ...]:
    """Return functions that give True, False or an EvaluationError, whatever shape the facts have."""
    return _compiled(Program(), [(tree, None) for tree in trees])


def compile_values(trees: Iterable[tuple[Node, Type]]) -> tuple[Evaluator, ...]:
    """Return functions that give a value of the wanted type, or raise a fault."""
    return _compiled(Program(), [*trees])


def _compiled(program: Program, trees: list[tuple[Node, Type | None]]) -> tuple[Evaluator, ...]:
    names: list[str] = []
    for tree, wanted in trees:
        unit = Unit(program, None)
        if wanted is None:
            code = outcome(unit, tree)
            lines = [*unit.loads, f"return {code}"]
            unit.write(guarded(lines), loaded=True)
        else:
            unit.write([f"return {_converted(value_code(unit, tree, wanted), tree, wanted)}"])
        names.append(unit.name)
    built = program.build() if names else {}
    return tuple(built[name] for name in names)


def value_code(unit: Unit, tree: Node, wanted: Type) -> str:
    """Return code for a value; a bool that is an error is raised."""
    return boolean(unit, tree) if wanted.name == "bool" else value(unit, tree)


def _converted(code: str, tree: Node, wanted: Type) -> str:
    if wanted.name == "decimal":  # equal facts give equal bytes: 1.50 and 1.5 do not differ
        return f"plain(as_decimal({code}))"
    if tree.typed.name == "dyn" and wanted.name != "dyn":
        return f"expect({wanted.name!r}, {code})"
    return code
