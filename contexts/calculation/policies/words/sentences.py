"""
A whole rule in one sentence: "Gold customers get 10 % off each line whose quantity is at least 3."

Who gets it, what it is, on what, and when, in this order; then what it does to other rules. Its priority is not said.
"""

from __future__ import annotations

import re
from dataclasses import replace

from contexts.calculation.engine.nodes import (
    Binary,
    Conditional,
    Literal,
    Logical,
    Name,
    Node,
    walk,
)
from contexts.calculation.policies.words.clauses import (
    clause,
    conjuncts,
    currency_of,
    grouped,
    is_own,
    joined_relative,
    predicate,
    relatives,
)
from contexts.calculation.policies.words.naming import Scope, fact_of, plain
from contexts.calculation.policies.words.values import in_quotes, people_quote, value
from shared_kernel.decisions import Effect, RuleText

_PLACE = re.compile(r"\{(\w+)\}")
Params = dict[str, Node]


def said(text: RuleText, tree: Node, params: list[Params], scope: Scope) -> str:
    """A rule whose condition and parameters were checked, as a sentence."""
    scope = replace(scope, currency=currency_of(tree, scope))
    effects = {it.kind: it for it in scope.point.effects}
    given = [(effects[it.kind], its) for it, its in zip(text.effects, params, strict=True)]
    sentence = _sentence(tree, given, scope)
    return f"{sentence[:1].upper()}{sentence[1:]}{_among(text)}."


def value_in_words(effect: Effect, params: Params, scope: Scope) -> str:
    """One effect: what there is to get, or what is done with which parameters."""
    if effect.says:
        return _filled(effect.says, effect, params, scope, item="the {}")
    written = [f"{name} {_param(effect, params, name, scope)}" for name in sorted(params)]
    return ", ".join([effect.about or effect.kind, *written])


def _sentence(tree: Node, given: list[tuple[Effect, Params]], scope: Scope) -> str:
    parts = [] if _always(tree) else list(conjuncts(tree))
    if not all(effect.says for effect, _ in given):
        what = _listed([value_in_words(effect, params, scope) for effect, params in given])
        return f"{_when(parts, scope, 'when ')}: {what}" if parts else f"always: {what}"
    who, parts = ("nobody gets", []) if _never(tree) else _who(parts, scope)
    item = _item(given, scope)
    of_item = [part for part in parts if item and _is_about(part, item, scope)]
    rest = [part for part in parts if part not in of_item]
    each = f"each {_called(item, scope)}" if item else ""
    if item and of_item:
        each += f" {_relatives(of_item, item, scope)}"
    what = _listed(
        [
            _filled(effect.says, effect, params, scope, item="that {}" if number else each)
            for number, (effect, params) in enumerate(given)
        ]
    )
    return f"{who} {what}{_when(rest, scope, ', if ')}"


def _who(parts: list[Node], scope: Scope) -> tuple[str, list[Node]]:
    """Whom the rule is for, and what else it asks."""
    for name, fact in scope.point.facts.items():
        if not fact.plural:
            continue
        about = [part for part in parts if _is_about(part, name, scope)]
        if not about:
            continue
        epithets = [it for part in about if (it := _epithet(part, scope))]
        epithet = epithets[0] if len(epithets) == 1 else ""
        told = [part for part in about if not epithet or _epithet(part, scope) != epithet]
        whose = _relatives(told, name, scope)
        who = " ".join(filter(None, (epithet, fact.plural, whose)))
        return f"{who} get", [part for part in parts if part not in about]
    return "everyone gets", parts


def _relatives(parts: list[Node], holder: str, scope: Scope) -> str:
    if len(parts) == 1:
        return relatives(parts[0], holder, scope)
    return " and ".join(joined_relative(part, holder, scope) for part in parts)


def _epithet(part: Node, scope: Scope) -> str:
    """A word that may stand before people: of `customer.tier == "gold"` it is gold."""
    match part:
        case Binary(operator="==", left=left, right=Literal(kind="string", value=str(word))):
            fact = fact_of(left, scope)
            return word if fact and fact.epithet and people_quote(word) == word else ""
    return ""


def _is_about(part: Node, holder: str, scope: Scope) -> bool:
    """Whether a part says something simple of a field of that fact, or each of its alternatives does."""
    if isinstance(part, Logical) and part.operator == "||":
        return all(_is_about(it, holder, scope) for it in part.operands)
    found = predicate(part, scope)
    if found is None or not is_own(found.subject, holder):
        return False
    mentions = [it for it in walk(part) if isinstance(it, Name)]
    return len(mentions) == 1


def _item(given: list[tuple[Effect, Params]], scope: Scope) -> str:
    """The fact that every effect is about: the line."""
    named = [set(_PLACE.findall(effect.says)) & scope.point.facts.keys() for effect, _ in given]
    common = set.intersection(*named) if named else set()
    return min(common) if common else ""


def _filled(says: str, effect: Effect, params: Params, scope: Scope, *, item: str) -> str:
    def fill(place: re.Match[str]) -> str:
        name = place[1]
        if name in params:
            return _param(effect, params, name, scope)
        return item.format(_called(name, scope)) if "{}" in item else item

    return _PLACE.sub(fill, says)


def _called(name: str, scope: Scope) -> str:
    fact = scope.point.facts.get(name)
    return (fact and fact.label) or plain(name)


def _param(effect: Effect, params: Params, name: str, scope: Scope) -> str:
    node, unit = params[name], effect.params[name].unit
    text = value(node, scope, unit)
    if isinstance(node, Literal) or unit != "%":
        return f"({text})" if isinstance(node, Binary) else text
    return f"({text}) %"


def _when(parts: list[Node], scope: Scope, opening: str) -> str:
    if not parts:
        return ""
    if len(parts) == 1 and not isinstance(parts[0], Conditional):
        return f"{opening}{clause(parts[0], scope)}"
    return opening + " and ".join(grouped(part, scope) for part in parts)


def _always(tree: Node) -> bool:
    return isinstance(tree, Literal) and tree.value is True


def _never(tree: Node) -> bool:
    return isinstance(tree, Literal) and tree.value is False


def _listed(parts: list[str]) -> str:
    return " and ".join(parts)


def _among(text: RuleText) -> str:
    """What the rule does to others."""
    group = f"; of the group {in_quotes(text.group)} only one rule applies" if text.group else ""
    return group + ("; no rule after it is asked" if text.stop else "")
