"""
One expression of CEL, compiled once and evaluated as often as one likes.

What this cannot do: share anything with rules, whose numbers are exact decimals; see `docs/guides/cel.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checker import check_cel
from .evaluator import Compiler
from .frames import Evaluate, Frame
from .grammar import parse_cel


@dataclass(frozen=True, slots=True)
class CelProgram:
    source: str
    evaluate_frame: Evaluate
    slots: int

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """
        Return the value of the expression; variables hold values of `cel.values`.

        Raises:
            EvaluationError: it has no value.
            StepsExhausted: it takes more steps than an expression may.

        """
        return self.evaluate_frame(Frame(variables, self.slots))


def compile_cel(
    source: str, types: Mapping[str, str] | None = None, *, container: str = "", check: bool = True
) -> CelProgram:
    """
    Parse an expression, check it against the types of its variables, and compile it.

    `types` says in CEL's notation (`map(string, dyn)`) what each variable is. Without the check, an unknown name is
    an error only when it is evaluated.

    Raises:
        ExpressionError: it is not CEL, is beyond a bound, or does not fit the types.

    """
    tree = parse_cel(source)
    if check:
        check_cel(tree, source, types or {}, container)
    compiler = Compiler(container)
    evaluate_frame = compiler.compile(tree, {})
    return CelProgram(source, evaluate_frame, compiler.slots)
