"""
From parts to a condition's text. Every piece is read before it is written, so that no field can say more than it shows.

What is missing, or is no fact, number or text of the language, is told by its place and written as `…`, which no check
takes for sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contexts.calculation.engine import ExpressionError
from contexts.calculation.engine.canonical import canonical, quoted
from contexts.calculation.engine.limits import MAX_DEPTH
from contexts.calculation.engine.nodes import Conditional, Literal, Logical, Node
from contexts.calculation.engine.parser import parse
from contexts.calculation.messages import (
    BuiltValue,
    FactRow,
    Fault,
    Group,
    ItemsRow,
    TextRow,
    TotalRow,
)
from contexts.calculation.policies.building.reading import METHODS, RELATIONS, Part, is_path
from contexts.calculation.policies.words.values import number

MISSING = "…"
WIDE = 88
MACROS = {"any": "exists", "every": "all", "one": "exists_one", "none": "exists"}


@dataclass
class _Text:
    """What is written so far of one condition, and what was wrong."""

    faults: list[Fault] = field(default_factory=list)

    def missing(self, at: str, message: str) -> str:
        self.faults.append(Fault(pointer=at, message=message))
        return MISSING


def text_of(tree: Group) -> tuple[str, tuple[Fault, ...]]:
    """The condition that a tree of parts means, and what is wrong with it by JSON pointer."""
    text = _Text()
    if not tree.parts:
        return "true", ()
    if tree.of == "none":
        return _group(tree, "", text), tuple(text.faults)
    parts = [_inside(part, f"/parts/{number}", text) for number, part in enumerate(tree.parts)]
    word = "&&" if tree.of == "all" else "||"
    line = f" {word} ".join(parts)
    return (line if len(line) <= WIDE else f" {word}\n".join(parts)), tuple(text.faults)


def _inside(part: Part, at: str, text: _Text) -> str:
    """A part as it stands among others."""
    written = _part(part, at, text)
    if isinstance(part, Group) and part.of != "none" and len(part.parts) > 1:
        return f"({written})"
    if isinstance(part, TextRow):
        return _safe(written)
    return written


def _safe(written: str) -> str:
    """A free text in parentheses where its neighbours would bind tighter."""
    tree = _parsed(written)
    return f"({written})" if isinstance(tree, Logical | Conditional) else written


def _part(part: Part, at: str, text: _Text) -> str:
    match part:
        case Group():
            return _group(part, at, text)
        case FactRow():
            return _fact(part, at, text)
        case ItemsRow():
            return _items(part, at, text)
        case TotalRow():
            return _total(part, at, text)
    return _free(part, at, text)


def _group(group: Group, at: str, text: _Text) -> str:
    if not group.parts:
        return text.missing(at, "Add a condition to this group, or remove the group.")
    if at.count("/parts/") > MAX_DEPTH:
        return text.missing(at, f"This is nested deeper than {MAX_DEPTH} levels.")
    parts = [_inside(part, f"{at}/parts/{number}", text) for number, part in enumerate(group.parts)]
    if group.of == "none":
        return f"!({' || '.join(parts)})"
    return (" && " if group.of == "all" else " || ").join(parts)


def _free(row: TextRow, at: str, text: _Text) -> str:
    written = row.written.strip()
    tree = _parsed(written)
    if tree is None:
        return text.missing(f"{at}/written", "This text is no condition; correct it or remove it.")
    return canonical(tree) if "//" in written or "\n" in written else written


def _fact(row: FactRow, at: str, text: _Text) -> str:
    fact = _path(row.fact, f"{at}/fact", text)
    operator = row.operator.removeprefix("not ")
    if row.operator in _BARE:
        return _BARE[row.operator](fact)
    if operator in {"in", "not in"}:
        return _choice(row, fact, at, text)
    value = _one(row, at, text)
    if row.operator in RELATIONS:
        return f"{fact} {row.operator} {value}"
    if operator == "includes":
        written = f"{value} in {fact}"
        return f"!({written})" if row.operator != operator else written
    if operator in METHODS:
        no = "!" if row.operator != operator else ""
        return f"{no}{fact}.{operator}({value})"
    return text.missing(f"{at}/operator", "Choose what is asked of the fact.")


_BARE: dict[str, Callable[[str], str]] = {
    "known": "has({})".format,
    "missing": "!has({})".format,
    "yes": "{}".format,
    "no": "!{}".format,
}


def _choice(row: FactRow, fact: str, at: str, text: _Text) -> str:
    places = enumerate(row.values)
    values = [_value(value, f"{at}/values/{number}", text) for number, value in places]
    if not values:
        values = [text.missing(f"{at}/values/0", "Give at least one value.")]
    written = f"{fact} in [{', '.join(values)}]"
    return f"!({written})" if row.operator == "not in" else written


def _one(row: FactRow, at: str, text: _Text) -> str:
    if len(row.values) != 1:
        return text.missing(f"{at}/values/0", "Give a value.")
    return _value(row.values[0], f"{at}/values/0", text)


def _items(row: ItemsRow, at: str, text: _Text) -> str:
    items, variable = _path(row.items, f"{at}/items", text), _name(row.variable, at, text)
    where = _group(row.where, f"{at}/where", text)
    no = "!" if row.quantifier == "none" else ""
    return f"{no}{items}.{MACROS[row.quantifier]}({variable}, {where})"


def _total(row: TotalRow, at: str, text: _Text) -> str:
    items = _path(row.items, f"{at}/items", text)
    value = _value(row.value, f"{at}/value", text)
    variable = _name(row.variable, at, text) if row.variable else "it"
    where = _group(row.where, f"{at}/where", text) if row.where and row.where.parts else ""
    relation = row.operator
    if relation not in RELATIONS:
        relation = text.missing(f"{at}/operator", "Choose how it compares.")
    if row.added:
        added = _path(row.added, f"{at}/added", text)
        return f"{_sum(items, variable, where, added, row.form)} {relation} {value}"
    kept = f"{items}.filter({variable}, {where})" if where else items
    return f"{_size(kept, row.form)} {relation} {value}"


def _sum(items: str, variable: str, where: str, added: str, form: str) -> str:
    if not where:
        return f"sum({items}.map({variable}, {added}))"
    if form == "map":
        return f"sum({items}.map({variable}, {where}, {added}))"
    return f"sum({items}.filter({variable}, {where}).map({variable}, {added}))"


def _size(items: str, form: str) -> str:
    return f"{items}.size()" if form == "method" else f"size({items})"


def _path(written: str, at: str, text: _Text) -> str:
    tree = _parsed(written)
    if tree is None or not is_path(tree):
        return text.missing(at, "Choose a fact from the list.")
    return canonical(tree)


def _name(written: str, at: str, text: _Text) -> str:
    tree = _parsed(written)
    sound = tree is not None and is_path(tree) and canonical(tree).isidentifier()
    return written if sound else text.missing(f"{at}/variable", "Give the item a name.")


def _value(value: BuiltValue, at: str, text: _Text) -> str:  # noqa: PLR0911 - one case for each kind
    match value.kind:
        case "text":
            return quoted(value.written)
        case "fact":
            return _path(value.written, at, text)
        case "boolean" if value.written in {"true", "false"}:
            return value.written
        case "moment" if value.written:
            return f"timestamp({quoted(value.written)})"
        case "number":
            tree = _parsed(value.written)
            if isinstance(tree, Literal) and tree.kind in {"int", "decimal"}:
                return number(tree)
            return text.missing(at, "Give a number, such as 3 or 12.50.")
    return text.missing(at, "Give a value.")


def _parsed(written: str) -> Node | None:
    try:
        return parse(written)
    except ExpressionError:
        return None
