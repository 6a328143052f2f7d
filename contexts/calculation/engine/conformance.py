"""
Evaluates expressions of CEL from JSON lines, for a conformance suite: `python -m contexts.calculation.engine.conformance`.

Each line of the input is `{"id", "expr", "vars": {name: VALUE}, "types"?: {name: type}, "container"?, "check"?: bool}`,
each of the output `{"id", "value": VALUE}` or `{"id", "error": text}`; `cel.wire` says what VALUE is. A line that
makes no sense gets an error for its answer, and the next one is read.
"""

import json
import sys
from collections.abc import Iterator
from typing import IO, Any, Final

from . import limits
from .cel import NotAValue, compile_cel, read_value, write_value
from .cel.types import is_type
from .errors import EvaluationError, ExpressionError, StepsExhausted

_MAX_LINE: Final = 4_000_000  # bytes


def answer(line: bytes) -> dict[str, Any]:
    """Return the answer to one request."""
    try:
        request = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        return {"id": None, "error": f"not UTF-8: byte {fault.start} of the line"}
    except (ValueError, RecursionError) as fault:
        return {"id": None, "error": f"not JSON: {str(fault)[:200]}"}
    if not isinstance(request, dict):
        return {"id": None, "error": "a request is an object"}
    number = request.get("id")
    try:
        return {"id": number, "value": _evaluated(request)}
    except (ExpressionError, EvaluationError, StepsExhausted, NotAValue) as fault:
        return {"id": number, "error": str(fault)}
    except Exception as fault:  # noqa: BLE001 - the next line is answered whatever this one did
        return {"id": number, "error": f"internal: {type(fault).__name__}: {str(fault)[:200]}"}


def _evaluated(request: dict[str, Any]) -> dict[str, Any]:
    source, container = request.get("expr"), request.get("container") or ""
    variables, types = request.get("vars") or {}, request.get("types") or {}
    if not isinstance(source, str) or not isinstance(container, str):
        raise NotAValue("expr and container are texts")
    if len(container) > limits.MAX_CONTAINER:
        raise NotAValue(f"a container has at most {limits.MAX_CONTAINER} characters")
    if not isinstance(variables, dict) or not isinstance(types, dict):
        raise NotAValue("vars and types are objects")
    values = {name: read_value(document) for name, document in variables.items()}
    for name, kind in types.items():
        if not isinstance(kind, str) or not is_type(kind):
            raise NotAValue(f"the type of {name:.60} is none: {str(kind)[:60]!r}")
    declared = dict.fromkeys(values, "dyn") | types
    check = request.get("check") is not False
    program = compile_cel(source, declared, container=container, check=check)
    return write_value(program.evaluate(values))


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; one that is too long is cut, so that it is not JSON any more."""
    while line := stream.readline(_MAX_LINE):
        rest = line
        while len(rest) == _MAX_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(_MAX_LINE)
        if line.strip():
            yield line


def main() -> None:
    for line in _lines(sys.stdin.buffer):
        sys.stdout.write(json.dumps(answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
