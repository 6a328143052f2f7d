"""
The shapes of an index to one generated function that looks a decision's facts up in all of its tables.

Each path is followed once. What this cannot do: look up ranges; whoever finds a posting asks those it has.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .keys import Items, Shape
from .paths import Path

Lookup = Callable[[Mapping[str, Any]], list[Any]]
_INDENT: Final = "    "


def value_at(path: Path, facts: Any) -> Any:
    """Return what stands at a path, None if something on the way is missing."""
    for step in path:
        facts = facts.get(step)
        if facts is None:
            return None
    return facts


def compile_lookup(tables: Mapping[Shape, Mapping[Any, Any]]) -> Lookup:
    """
    Return a function that gives what stands under the keys of these facts, whatever the table.

    It raises whatever facts of a wrong shape make it raise.
    """
    writer = _Writer()
    for number, (shape, table) in enumerate(tables.items()):
        writer.namespace[f"t{number}"] = table
        writer.shape(shape, f"t{number}")
    text = "\n".join(["def lookup(facts):", *writer.head, "    found = []", *writer.body])
    exec(compile(f"{text}\n    return found", "<index>", "exec"), writer.namespace)  # noqa: S102 - our own text
    lookup: Lookup = writer.namespace["lookup"]
    return lookup


class _Writer:
    """The lines of a lookup; names of facts are written by `repr`."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"value_at": value_at}
        self.head: list[str] = []
        self.body: list[str] = []
        self.known: dict[Path | Items, str] = {}

    def path(self, path: Path) -> str:
        """Return the local variable that holds the value at a path."""
        if path not in self.known:
            before = self.path(path[:-1]) if len(path) > 1 else "facts"
            get = f"{before}.get({path[-1]!r})"
            guarded = f"{get} if {before} is not None else None" if len(path) > 1 else get
            self.known[path] = f"v{len(self.known)}"
            self.head.append(f"{_INDENT}{self.known[path]} = {guarded}")
        return self.known[path]

    def items(self, items: Items) -> str:
        """Return the local variable that holds the different values at a path inside the items."""
        if items not in self.known:
            listed = self.path(items.of)
            name = self.known[items] = f"v{len(self.known)}"
            item = "item" if not items.inner else f"value_at({items.inner!r}, item)"
            if len(items.inner) == 1:
                item = f"item.get({items.inner[0]!r})"
            self.head.append(f"{_INDENT}{name} = {{{item} for item in {listed} or ()}}")
            self.head.append(f"{_INDENT}{name}.discard(None)")
        return self.known[items]

    def shape(self, shape: Shape, table: str) -> None:
        """Look up all keys of a shape in its table."""
        parts = [self.path(path) for path in shape.paths]
        indent = _INDENT
        if parts:
            self.body.append(f"{indent}if {' and '.join(f'{it} is not None' for it in parts)}:")
            indent += _INDENT
        if shape.items is not None:
            self.body.append(f"{indent}for item in {self.items(shape.items)}:")
            parts = ["item", *parts]
            indent += _INDENT
        key = parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
        self.body.append(f"{indent}posting = {table}.get({key})")
        self.body.append(f"{indent}if posting is not None: found.append(posting)")
