"""
What a name means: candidates by container, longest first, and dotted paths.

In the container `a.b`, `c` may be `a.b.c`, `a.c` or `c`, in this order; `.c` is only `c`. A dotted path may be one
variable, or a variable and its fields: the longest that is known wins.
"""

from collections.abc import Container, Iterator

from contexts.calculation.engine.nodes import Field, Name, Node


def candidates(name: str, container: str) -> Iterator[str]:
    """Yield what a name may stand for, the most specific first."""
    if name.startswith("."):
        yield name[1:]
        return
    parts = container.split(".") if container else []
    for length in range(len(parts), -1, -1):
        yield ".".join([*parts[:length], name])


def path_of(node: Node) -> tuple[str, ...] | None:
    """Return the name and the fields of a path such as `a.b.c`, None for anything else."""
    fields: list[str] = []
    while isinstance(node, Field) and node.name.isidentifier():
        fields.append(node.name)
        node = node.target
    if not isinstance(node, Name):
        return None
    return (node.name, *reversed(fields))


def readings(path: tuple[str, ...], container: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the ways to read a path: a name of so many of its steps, and the fields that remain."""
    for length in range(len(path), 0, -1):
        for name in candidates(".".join(path[:length]), container):
            yield name, path[length:]


def function_named(
    name: str, target: Node | None, container: str, known: Container[str], local: Container[str]
) -> str | None:
    """Return the global function that a call means, None if it is a method or none at all."""
    path = () if target is None else path_of(target)
    if path is None or (path and path[0] in local):
        return None
    full = ".".join((*path, name))
    return next((one for one in candidates(full, container) if one in known), None)
