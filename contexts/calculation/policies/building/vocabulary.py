"""What a condition may be built of: the facts of a point by their words, what is asked of each, and values seen before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from contexts.calculation.engine import ExpressionError, check_expression
from contexts.calculation.engine.nodes import Binary, Call, Field, ListOf, Literal, Node, walk
from contexts.calculation.errors import UnknownPoint
from contexts.calculation.messages import Attribute, Operator, Vocabulary, VocabularyFact
from contexts.calculation.policies.attributes import Declared
from contexts.calculation.policies.points import open_point, schema_of
from contexts.calculation.policies.words.clauses import METHODS, MOMENTS, RELATIONS
from contexts.calculation.policies.words.naming import ATTRIBUTES, plain
from shared_kernel.decisions import DecisionPoint, Fact

IT = "it"  # what an item is called where the builder makes a loop
MOST_SUGGESTED = 300
MOST_SEEN = 200
_EQUAL = ("==", "!=")
_ORDER = (">=", ">", "<=", "<")
_CHOICE = ("in", "not in")
_OF_TYPE: dict[str, tuple[str, ...]] = {
    "string": (*_EQUAL, *_CHOICE, *(f"{no}{it}" for it in METHODS for no in ("", "not "))),
    "int": (*_ORDER, *_EQUAL, *_CHOICE),
    "decimal": (*_ORDER, *_EQUAL),
    "timestamp": (">=", "<", ">", "<="),
    "bool": ("yes", "no"),
    "dyn": (*_EQUAL, *_ORDER, *_CHOICE, "yes", "no"),
    "list": ("includes", "not includes"),
}
_WORDS = {
    **RELATIONS,
    "in": "is one of",
    "not in": "is none of",
    **{name: words[0] for name, words in METHODS.items()},
    **{f"not {name}": words[1] for name, words in METHODS.items()},
    "includes": "include",
    "not includes": "do not include",
    "known": "is known",
    "missing": "is missing",
    "yes": "is yes",
    "no": "is no",
}
_TAKES_NONE = frozenset({"known", "missing", "yes", "no"})
Seen = dict[
    tuple[str, str], dict[str, None]
]  # record and field, and the values in the order they were met


def vocabulary(
    point: str,
    attributes: Iterable[Attribute],
    seen: Iterable[tuple[str, str]],
    declared: Declared = (),
    met: Iterable[tuple[str, str, str]] = (),
) -> Vocabulary:
    """
    What conditions of a point may be built of.

    Raises:
        UnknownPoint.

    """
    opened = open_point(point)
    values: Seen = defaultdict(dict)
    for holder, field, value in met:
        values[holder, field][value] = None
    for place, others in _values_in(point, list(seen)[:MOST_SEEN], declared).items():
        values[place] |= others
    of_records = _with_attributes(opened, attributes)
    facts: list[VocabularyFact] = []
    for name, fact in opened.facts.items():
        kind = fact.type.rstrip("?")
        record = of_records.get(kind)
        label = fact.label or plain(name)
        item = of_records.get(_item_type(kind))
        if record is not None:
            facts += _fields(name, kind, label, record, values)
            if fact.type.endswith("?"):
                facts.append(_known(name, fact, label))
        elif item is not None:
            fields = tuple(_fields(IT, _item_type(kind), "", item, values))
            facts.append(
                VocabularyFact(
                    name, label, kind, fact.about, label, one=fact.one or plain(name), fields=fields
                )
            )
        else:
            facts.append(_fact(name, fact, label, "", values.get(("", name), {})))
    return Vocabulary(facts=tuple(facts))


def _with_attributes(
    point: DecisionPoint, attributes: Iterable[Attribute]
) -> dict[str, dict[str, Fact]]:
    """The fields of each record, the tenant's own attributes in the place of the map that holds them."""
    records = {
        record: {name: fact for name, fact in fields.items() if name != ATTRIBUTES}
        for record, fields in point.records.items()
    }
    for own in attributes:
        if own.record in records:
            declared = Fact(own.type, own.about, label=f"attribute {own.name}")
            records[own.record][f"{ATTRIBUTES}.{own.name}"] = declared
    return records


def _fields(
    name: str, record: str, label: str, fields: dict[str, Fact], values: Seen
) -> Iterator[VocabularyFact]:
    for field, fact in fields.items():
        own = fact.label or plain(field)
        shown = f"{label}'s {own}" if label else own
        seen = values.get((record, field), {})
        yield _fact(f"{name}.{field}", fact, shown, label, seen)


def _fact(path: str, fact: Fact, label: str, group: str, seen: dict[str, None]) -> VocabularyFact:
    kind = fact.type.rstrip("?")
    family = "list" if kind.startswith("list(") else kind
    names = list(_OF_TYPE.get(family, ()))
    if fact.type.endswith("?") or ATTRIBUTES in path:
        names += ["known", "missing"]
    return VocabularyFact(
        path=path,
        label=label,
        type=_item_type(kind) or kind,
        about=fact.about,
        group=group,
        operators=tuple(operator(it, kind) for it in names),
        suggestions=tuple(seen)[:MOST_SUGGESTED],
    )


def _known(name: str, fact: Fact, label: str) -> VocabularyFact:
    both = tuple(operator(it, "") for it in ("known", "missing"))
    return VocabularyFact(name, label, fact.type, fact.about, label, both)


def operator(name: str, kind: str) -> Operator:
    words = MOMENTS.get(name) if kind == "timestamp" else None
    takes = "none" if name in _TAKES_NONE else "several" if name in _CHOICE else "one"
    return Operator(name, words or _WORDS[name], takes)  # type: ignore[arg-type]


def _item_type(kind: str) -> str:
    return kind[5:-1] if kind.startswith("list(") else ""


def _values_in(point: str, sources: list[tuple[str, str]], declared: Declared) -> Seen:
    """The texts that conditions compare facts with, the sample's first."""
    seen: Seen = defaultdict(dict)
    for record, facts in _samples(open_point(point)):
        for name, value in facts.items():
            if isinstance(value, str):
                seen[record, name][value] = None
    for place, source in sources:
        try:
            tree = check_expression(source, schema_of(place, declared)).tree
        except (ExpressionError, UnknownPoint):
            continue
        for node in walk(tree):
            for subject, value in compared(node):
                seen[subject][value] = None
    return seen


def _samples(point: DecisionPoint) -> Iterator[tuple[str, dict[str, object]]]:
    for name, fact in point.facts.items():
        held = point.sample.get(name)
        kind = fact.type.rstrip("?")
        if isinstance(held, dict):
            yield kind, held
        elif isinstance(held, list):
            yield from ((_item_type(kind), it) for it in held if isinstance(it, dict))


def compared(node: Node) -> Iterator[tuple[tuple[str, str], str]]:
    """The texts that a node compares facts with, each with the record and field."""
    match node:
        case Binary(operator="==" | "!=", left=Field() as fact, right=Literal(value=str(text))):
            yield place_in_record(fact), text
        case Binary(operator="in", left=Field() as fact, right=ListOf(items=items)):
            texts = [it.value for it in items if isinstance(it, Literal)]
            yield from ((place_in_record(fact), text) for text in texts if isinstance(text, str))
        case Binary(operator="in", left=Literal(value=str(text)), right=Field() as fact):
            yield place_in_record(fact), text
        case Call(target=Field() as fact, arguments=(Literal(value=str(text)),)):
            yield place_in_record(fact), text


def place_in_record(fact: Field) -> tuple[str, str]:
    """The record and the field, or the attribute with the record that holds it."""
    match fact.target:
        case Field(name="attributes", target=holder):
            return holder.typed.name, f"{ATTRIBUTES}.{fact.name}"
    return fact.target.typed.name, fact.name
