"""
Which facts an expression reads: `customer.tier`, `lines[].sku`.

A path leads from a variable through fields of records and named entries of maps. What this cannot
do: follow a computed index or a field of a dyn value; those are computed, not loaded.
"""

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
