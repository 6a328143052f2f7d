"""
The hit policies that look at what rules say: unique, any, and collect with sum, min, max or count.

As in DMN, by their names there. What this cannot do: aggregate a rule with several effects, for which DMN has no
meaning either; such a rule is refused when its set is compiled.
"""

from collections.abc import Container, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from .arithmetic import decimal_sum, equal
from .checker import CheckedExpression
from .errors import FAULTS, DefinitionError
from .resolver import COMPARING, SINGLE, HitPolicy, SetAside, failed, said_of, set_aside
from .rules import CompiledEffect, CompiledRule
from .terms import Computed

_SHOWN: Final = 5  # rules that a sentence names
_NUMBERS: Final = frozenset({"int", "decimal"})


class Over(NamedTuple):
    """The parameter of an effect that a collect policy aggregates, written `percent_off.percent`."""

    kind: str
    param: str


class Collected(NamedTuple):
    """What an aggregating policy made of the rules that apply; no value if there are none to take it of."""

    policy: HitPolicy
    value: Decimal | int | None
    rules: tuple[str, ...]


class Hits(NamedTuple):
    """Rules that may apply, those that the policy set aside, and what it has against all of them."""

    kept: Sequence[Computed]
    aside: Sequence[SetAside] = ()
    error: str | None = None


def aggregated(text: str | None, policy: HitPolicy) -> Over | None:
    """
    Read what a policy aggregates.

    Raises:
        DefinitionError: it aggregates and is not told what, or is told and does not aggregate.

    """
    wanted = policy in {"collect sum", "collect min", "collect max"}
    if not wanted and text is None:
        return None
    kind, point, param = (text or "").partition(".")
    if not wanted or not (kind and point and param):
        verb = "aggregates nothing: leave `over` out"
        need = "takes `over`, the effect and its parameter, such as percent_off.percent"
        raise DefinitionError(f'the hit policy "{policy}" {need if wanted else verb}')
    return Over(kind, param)


def check_rules(rules: Iterable[CompiledRule], policy: HitPolicy, what: Over | None) -> None:
    """Refuse rules that a policy cannot aggregate: each has one effect, with a number to count."""
    if what is None:
        return
    for rule in rules:
        kinds = [effect.kind for effect in rule.effects]
        types = {
            name: checked.type.name for effect in rule.effects for name, checked in effect.params
        }
        if kinds != [what.kind] or types.get(what.param) not in _NUMBERS:
            raise DefinitionError(
                f'the hit policy "{policy}" takes rules with the one effect {what.kind} and a number '
                f'{what.param}, and "{rule.source.name}" is no such rule'
            )


def single_hit(policy: HitPolicy, computed: Sequence[Computed]) -> Hits:
    """Keep the one rule that unique, any, priority or first lets apply."""
    if policy in SINGLE:
        return _going_first(computed)
    sound = [it for it in computed if it.fault is None]
    spoilt = [failed(it.rule.source, it.fault) for it in computed if it.fault is not None]
    if len(sound) <= 1:
        return Hits(sound, spoilt)
    first, *others = sound
    if policy == "any":
        unlike = next((other for other in others if not agree(first, other)), None)
        if unlike is None:
            said = f'"{first.rule.source.name}" has the same effects'
            return Hits([first], [*spoilt, *(_aside(other, first, said) for other in others)])
        told = f"{_named([first, unlike])} match with different effects"
    else:
        told = f"{_named(sound)} match together"
    error = f'the hit policy "{policy}" allows no answer: {told}'
    against = [_aside(first, others[0], error)] + [_aside(it, first, error) for it in others]
    return Hits((), [*spoilt, *against], error)


def _going_first(computed: Sequence[Computed]) -> Hits:
    kept: Computed | None = None
    aside: list[SetAside] = []
    for one in computed:
        source = one.rule.source
        if kept is not None:
            aside.append(set_aside(source, "hit policy", kept.rule.source))
        elif one.fault is not None:
            aside.append(failed(source, one.fault))
        else:
            kept = one
    return Hits([] if kept is None else [kept], aside)


def agree(one: Computed, other: Computed) -> bool:
    """Say whether two rules have equal effects; 1 and 1.0 are equal, true and 1 are not."""
    if one.bases != other.bases or len(one.effects) != len(other.effects):
        return False
    return all(
        kind == other_kind and equal(dict(params), dict(other_params))
        for (kind, params), (other_kind, other_params) in zip(
            one.effects, other.effects, strict=True
        )
    )


def effects_of(rule: CompiledRule, kinds: Container[str] | None = None) -> list[Any]:
    """What a rule does, as constants and canonical texts, equal only where the effects are; of some kinds only, if given."""
    return [
        (
            effect.kind,
            effect.base,
            {name: _said(effect, name, checked) for name, checked in effect.params},
        )
        for effect in rule.effects
        if kinds is None or effect.kind in kinds
    ]


def _said(effect: CompiledEffect, name: str, checked: CheckedExpression) -> tuple[str, Any]:
    if name not in effect.constants:
        return "as written", checked.canonical
    known = effect.constants[name]
    return ("bool" if isinstance(known, bool) else "constant"), known


def aggregate(
    policy: HitPolicy, what: Over | None, kept: Sequence[Computed]
) -> tuple[Hits, Collected | None]:
    """Sum, count or choose among the rules that apply; of min and max, the rule that gives it applies."""
    if policy not in COMPARING:
        return Hits(kept), None
    ids = tuple(it.rule.id for it in kept)
    if policy == "collect count":
        return Hits(kept), Collected(policy, len(kept), ids)
    values: list[Any] = [it.effects[0][1][what.param] for it in kept] if what else []
    if not values:
        return Hits(kept), Collected(policy, None, ())
    if policy == "collect sum":
        try:
            return Hits(kept), Collected(policy, decimal_sum(values), ids)
        except FAULTS as fault:
            error = f"the sum cannot be computed: {said_of(fault)}"
            return Hits((), [_aside(it, it, error) for it in kept], error), None
    value = min(values) if policy == "collect min" else max(values)
    chosen = kept[values.index(value)]
    more = "less" if policy == "collect min" else "more"
    said = f'"{chosen.rule.source.name}" gives {more}, or the same and goes first'
    aside = [_aside(it, chosen, said) for it in kept if it is not chosen]
    return Hits([chosen], aside), Collected(policy, value, (chosen.rule.id,))


def _aside(one: Computed, by: Computed, detail: str) -> SetAside:
    source = one.rule.source
    return SetAside(source.id, source.version, source.name, "hit policy", by.rule.id, detail)


def _named(rules: Sequence[Computed]) -> str:
    names = [f'"{it.rule.source.name}"' for it in rules]
    if len(names) > _SHOWN:
        names = [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}"
