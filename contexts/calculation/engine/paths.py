"""
Which facts an expression reads: `customer.tier`, `lines[].sku`.

A path leads from a variable through fields of records and named entries of maps. What this cannot
do: follow a computed index or a field of a dyn value; those are computed, not loaded.
"""

from collections.abc import Iterator

from .nodes import Field, Index, Literal, Macro, Name, Node, children

Path = tuple[str, ...]


def path_of(node: Node) -> Path | None:
    """Return the steps of a path in a checked tree, None for anything that must be computed."""
    match node:
        case Name(name=name):
            return (name,)
        case Field(target=target, name=name):
            return _step(target, name)
        case Index(target=target, key=Literal(kind="string", value=str(name))):
            return _step(target, name) if target.typed.name == "map" else None
    return None


def _step(target: Node, name: str) -> Path | None:
    leading = path_of(target)
    if leading is None or target.typed.name == "dyn":
        return None
    return (*leading, name)


def is_declared(node: Field | Index) -> bool:
    """Say whether a node is an entry of a map that its schema declares with a type: null there is missing."""
    return bool(node.target.typed.entries) and node.typed.name != "dyn"


def attributes_read(tree: Node) -> frozenset[str]:
    """Return the entries that a checked tree reads of maps with declared ones: `customer.attributes.since`."""
    found = {f"{it.target.typed.entries}.{name}" for it, name in _entries(tree)}
    return frozenset(found)


def _entries(node: Node) -> Iterator[tuple[Field | Index, str]]:
    match node:
        case Field(target=target, name=name) if target.typed.entries:
            yield node, name
        case Index(target=target, key=Literal(value=str(name))) if target.typed.entries:
            yield node, name
    for part in children(node):
        yield from _entries(part)


def facts_read(tree: Node) -> tuple[str, ...]:
    """Return the facts a checked tree reads, sorted; elements of a list are written `lines[].sku`."""
    found: set[str] = set()
    _collect(tree, {}, found)
    return tuple(sorted(found))


def _collect(node: Node, loops: dict[str, str], found: set[str]) -> None:
    path = path_of(node)
    if path is not None:
        root = loops.get(path[0], path[0])
        if root:
            found.add(".".join((root, *path[1:])))
        return
    if not isinstance(node, Macro):
        for part in children(node):
            _collect(part, loops, found)
        return
    _collect(node.target, loops, found)
    target = path_of(node.target)
    origin = ".".join((loops.get(target[0], target[0]), *target[1:])) + "[]" if target else ""
    inner = {**loops, node.variable: origin}
    for part in children(node)[1:]:
        _collect(part, inner, found)
