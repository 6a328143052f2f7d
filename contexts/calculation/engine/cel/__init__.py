"""
CEL to the letter: numbers are int, uint and double, as in the specification, beside the rules' exact decimals.

`compile_cel` makes a `CelProgram` of a text; `values` holds what goes in and comes out, `wire` its JSON. The rest is
one room for each stage: `grammar`, `types` and `checker`, `library` and the modules of functions, `evaluator` and `macros`.
"""

from .program import CelProgram, compile_cel
from .wire import NotAValue, read_value, write_value

__all__ = ["CelProgram", "NotAValue", "compile_cel", "read_value", "write_value"]
