"""
The frame of generated code: functions, what they load from the facts, and what they pass on.

Each fact is loaded once, at the head of the function that knows its variable; functions below receive
it as an argument. Names are numbered, constants are bound in the namespace or written by `repr`, so that
no text of a rule ever becomes code.
"""

import re
from functools import lru_cache
from types import CodeType
from typing import Any, Final

from . import arithmetic, errors, functions, limits
from .errors import EvaluationError, StepsExhausted, evaluation_error
from .lexer import plain
from .nodes import Macro, Name, Node, children
from .paths import path_of
from .schema import Type

MISSING: Final = object()  # an entry of a map that is not there, where null would be a value
_CHARACTERS_A_STEP: Final = 64
_WORD: Final = re.compile(r"\w+")


def missing(fact: str) -> Any:
    """Raise the error value of a fact that is not there."""
    raise EvaluationError(f"{fact} is missing", missing=fact)


def sure(outcome: Any) -> bool:
    """Turn a truth value that may be an error into one that is not, or raise."""
    if outcome is True or outcome is False:
        return bool(outcome)
    raise outcome


def negated(outcome: Any) -> Any:
    return not outcome if outcome is True or outcome is False else outcome


def field_of(record: Any, name: str, fact: str) -> Any:
    """Return a field of a record that was computed rather than loaded."""
    value = record.get(name)
    return missing(fact) if value is None else value


class Steps:
    """The allowance of a decision: a rule that goes over long lists again and again runs out of it."""

    __slots__ = ("_granted", "given_up", "left", "total")

    def __init__(self) -> None:
        self.given_up: list[tuple[Any, str]] | None = None
        self.total = limits.MAX_DECISION_STEPS
        self.left = self._granted = limits.MAX_RULE_STEPS

    def start_rule(self) -> None:
        """Grant the next rule its own allowance, out of what the decision has left."""
        self.total -= self._granted - max(self.left, 0)
        self.left = self._granted = min(limits.MAX_RULE_STEPS, self.total)

    def spend(self, amount: int) -> None:
        """Pay for work that generated code does not count itself."""
        self.total -= amount
        if self.total < 0:
            raise StepsExhausted("what may be spent in all is spent")

    def give_up(self, rule: Any, fault: Exception) -> None:
        """Remember a rule, or its number in a block, that used all of its allowance before it was decided."""
        self.given_up = [*(self.given_up or ()), (rule, str(fault))]

    def __call__(self, items: Any, weight: int) -> Any:
        """Pay for going over a list, or the keys of a map, with a body of so many nodes."""
        kind = type(items)
        if kind is not list and kind is not dict:
            raise EvaluationError(f"expected list or map, found {arithmetic.kind_of(items)}")
        self.left -= len(items) * weight
        if self.left < 0:
            raise StepsExhausted("the rule goes over too many list entries")
        return items

    def pay(self, value: Any) -> Any:
        """Pay for reading a whole string or list inside a loop."""
        size = len(value) if type(value) in {list, dict} else 0
        size = len(value) // _CHARACTERS_A_STEP if type(value) is str else size
        self.left -= size
        if self.left < 0:
            raise StepsExhausted("the rule reads too much in its loops")
        return value


_NAMESPACE: Final[dict[str, Any]] = {
    "M": MISSING,
    "FAULTS": errors.FAULTS,
    "StepsExhausted": StepsExhausted,
    "evaluation_error": evaluation_error,
    "missing": missing,
    "sure": sure,
    "negated": negated,
    "field_of": field_of,
    **{
        name: getattr(arithmetic, name)
        for name in (
            "add_decimals",
            "subtract_decimals",
            "multiply_decimals",
            "divide_decimals",
            "bounded_int",
            "divide_ints",
            "modulo",
            "join_texts",
            "join_lists",
            "negate",
            "equal",
            "compare",
            "calculate",
            "member",
            "within",
            "present",
            "expect",
            "as_decimal",
        )
    },
    "plain": plain,
    "fn_sum_of_decimals": functions.sum_of_decimals,
    **{f"fn_{name}": function for name, function in functions.IMPLEMENTATIONS.items()},
}


@lru_cache(maxsize=4096)
def _code(source: str) -> tuple[CodeType, frozenset[str]]:
    """Compile generated text once, and find the words in it."""
    return compile(source, "<rules>", "exec"), frozenset(_WORD.findall(source))


class Program:
    """
    The functions generated for one block of rules, compiled together.

    With `alike`, constants stay out of the text, so that rules which differ in them only share their code.
    """

    def __init__(self, *, alike: bool = False) -> None:
        self.alike = alike
        self.constants: dict[str, Any] = {}
        self.functions: list[str] = []
        self._count = 0

    def fresh(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def constant(self, value: Any) -> str:
        """Return code that stands for a value."""
        if value is None or type(value) is bool or (type(value) in {int, str} and not self.alike):
            return repr(value)
        name = self.fresh("k")
        self.constants[name] = value
        return name

    def build(self) -> dict[str, Any]:
        """Compile all functions, each by its name, in a namespace of what they use."""
        source = "\n".join(self.functions)
        code, words = _code(source) if self.alike else _code.__wrapped__(source)
        namespace = {name: _NAMESPACE[name] for name in words & _NAMESPACE.keys()}
        namespace |= self.constants
        exec(code, namespace)  # noqa: S102 - our own text
        return namespace


class Unit:
    """One generated function; `variable` is bound by its loop, if it has one."""

    def __init__(
        self, program: Program, parent: "Unit | None", variable: str | None = None
    ) -> None:
        self.program = program
        self.parent = parent
        self.variable = variable
        self.name = program.fresh("f")
        self.loads: list[str] = []
        self.needs: dict[str, None] = {}
        self.locals: dict[tuple[str, ...], str] = {}
        self.in_loop: bool = variable is not None or (parent is not None and parent.in_loop)
        if variable is not None:
            self.locals[(variable,)] = program.fresh("v")

    def owns(self, root: str) -> bool:
        """Say whether this function is the one that loads paths of that variable."""
        return self.parent is None or root == self.variable

    def local(self, node: Node) -> str:
        """Return the local variable that holds a path; it is None, or M, where the path is missing."""
        path = path_of(node)
        assert path is not None  # noqa: S101 - callers ask path_of first
        if self.parent is not None and path[0] != self.variable:
            name = self.parent.local(node)
            self.needs[name] = None
            return name
        if path not in self.locals:
            self.locals[path] = self._load(node, path)
        return self.locals[path]

    def _load(self, node: Node, path: tuple[str, ...]) -> str:
        default, absent = (", M", "M") if node.typed.name == "dyn" else ("", "None")
        if isinstance(node, Name):
            name = self.program.fresh("v")
            self.loads.append(f"{name} = facts.get({path[0]!r}{default})")
            return name
        before = self.local(children(node)[0])
        name = self.program.fresh("v")
        get = f"{before}.get({path[-1]!r}{default})"
        self.loads.append(f"{name} = {get} if {before} is not None else {absent}")
        return name

    def call(self, *arguments: str) -> str:
        """Return code that calls this function once it is written."""
        return f"{self.name}({', '.join(('b', *arguments, *self.needs))})"

    def write(self, lines: list[str], *parameters: str, loaded: bool = False) -> None:
        """Add this function to the program; `loaded` says that the lines hold its loads already."""
        if self.parent is None:
            head = f"def {self.name}(facts, b{''.join(f', {name}' for name in parameters)}):"
        else:
            head = f"def {self.name}({', '.join(('b', *parameters, *self.needs))}):"
        loads = [] if loaded or self.variable is not None else self.loads
        body = "\n".join(f"    {line}" for line in (*loads, *lines))
        self.program.functions.append(f"{head}\n{body}")

    def loop(self, items: str, weight: int, body: list[str]) -> list[str]:
        """Return the lines that run a body for each item, its loads first."""
        assert self.variable is not None  # noqa: S101 - only a loop's unit has a loop
        item = self.locals[self.variable,]
        inner = [*self.loads, *body]
        return [f"for {item} in b({items}, {weight}):", *(f"    {line}" for line in inner)]


def guard(local: str, kind: Type) -> str:
    """Return code that says whether a loaded path is there."""
    return f"{local} is not {'M' if kind.name == 'dyn' else 'None'}"


def weight_of(node: Node) -> int:
    """Return how many nodes one turn of a macro evaluates; macros inside it pay for themselves."""
    inner = children(node)[:1] if isinstance(node, Macro) else children(node)
    return 1 + sum(map(weight_of, inner))
