"""What facts are called: "the customer's tier", inside a loop over lines "its quantity"."""

from __future__ import annotations

from dataclasses import dataclass

from contexts.calculation.engine.nodes import Field, Index, Literal, Name, Node
from contexts.calculation.engine.schema import Type
from shared_kernel.decisions import DecisionPoint, Fact

ATTRIBUTES = "attributes"


@dataclass(frozen=True)
class Scope:
    """
    Whose facts are named, and where: `loop` is the variable of the loop around, `currency` what money is in.

    An `it` inside the loop is the item. Loops inside loops are not named: there would be two of them.
    """

    point: DecisionPoint
    loop: str = ""
    currency: str = ""


def named(node: Node, scope: Scope) -> str | None:
    """What a fact is called in full; nothing for what is no fact, or one that only the text can name."""
    match node:
        case Name(name=name) if name == scope.loop:
            return "it"
        case Name(name=name):
            fact = scope.point.facts.get(name)
            return f"the {fact.label or plain(name)}" if fact else None
    inner = _owner(node)
    label = own_name(node, scope)
    if inner is None or label is None:
        return None
    if isinstance(inner, Name) and inner.name == scope.loop:
        return f"its {label}"
    owner = named(inner, scope)
    return f"{owner}'s {label}" if owner else None


def own_name(node: Node, scope: Scope) -> str | None:
    """What a field is called without its owner: "unit price"."""
    match node:
        case Field(target=Field(name="attributes"), name=name) if _is_free(node.target):
            return f"attribute {name}"
        case Index(target=Field(name="attributes") as held, key=Literal(value=str(key))):
            return f"attribute “{key}”" if _is_free(held) and _speakable(key) else None
        case Field(target=target, name=name):
            fact = _field(target.type, name, scope.point)
            return (fact.label or plain(name)) if fact else None
    return None


def fact_of(node: Node, scope: Scope) -> Fact | None:
    """The fact as its point declares it."""
    match node:
        case Name(name=name):
            return None if name == scope.loop else scope.point.facts.get(name)
        case Field(target=target, name=name):
            return _field(target.type, name, scope.point)
    return None


def item_of(node: Node, scope: Scope) -> str | None:
    """What one item of a list of records is called: "line in the cart"."""
    if node.type is None or node.type.name != "list" or node.type.args[0].name == "dyn":
        return None
    fact = fact_of(node, scope)
    return fact.one or None if fact else None


def plain(name: str) -> str:
    return name.replace("_", " ")


def _owner(node: Node) -> Node | None:
    """Whose fact it is; an attribute belongs to the record that holds the attributes."""
    match node:
        case (
            Field(target=Field(name="attributes", target=holder))
            | Index(target=Field(name="attributes", target=holder))
        ):
            return holder
        case Field(target=target):
            return target
    return None


def _field(kind: Type | None, name: str, point: DecisionPoint) -> Fact | None:
    fields = point.records.get(kind.name) if kind else None
    return fields.get(name) if fields and name != ATTRIBUTES else None


def _is_free(node: Node) -> bool:
    return node.type is not None and node.type.name == "map"


def _speakable(text: str) -> bool:
    return text.isprintable() and not set(text) & set("“”\"`'")
