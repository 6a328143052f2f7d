"""What a draft's risk is made of: whether it matches whatever is true of facts, and how near it brings the guardrails."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Final

from contexts.calculation import policies
from contexts.calculation.engine import CompiledRule, ExpressionError
from contexts.calculation.engine.errors import DefinitionError
from contexts.calculation.engine.nodes import Literal
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.units import Steps
from contexts.calculation.messages import GuardrailMargin, MeasuredRule, MeasureRule
from contexts.calculation.policies import Standing
from contexts.calculation.queries.reviewing import MOST_SECONDS
from contexts.calculation.queries.standing import standing_now, with_drafts
from shared_kernel.decisions import GuardrailText

if TYPE_CHECKING:
    from contexts.calculation.engine.guardrails import CheckedGuardrail, CheckedPrice

_MILLISECONDS: Final = 500  # for one condition


def measure(query: MeasureRule) -> MeasuredRule:
    """
    What the risk of a draft is made of, beside the rules active now.

    Raises:
        UnknownPoint; ExpressionError, DefinitionError: the draft is not sound.

    """
    ends = monotonic() + min(max(query.seconds, 0.0), MOST_SECONDS)
    stands = standing_now(policies.open_point(query.point).name)
    rules = policies.rules_of(query.point, query.draft, stands.declared)
    return MeasuredRule(
        always=_is_any_always_true(stands, rules, ends),
        margins=tuple(_margins(stands, query, ends)),
    )


def _is_any_always_true(stands: Standing, rules: Iterable[CompiledRule], ends: float) -> bool:
    """
    Whether the condition of one of these rules is proved to ask for nothing.

    The prover is asked only of what is true of the barest facts that there can be: hardly any condition is.
    """
    assumed = [it.tree for it in policies.assumed_of(stands.point)]
    bare = policies.barest_facts(stands.point)
    if not all(it(bare, Steps()) is True for it in compile_outcomes(assumed)):
        bare = {}  # no such facts: nothing is left out by them
    for rule in rules:
        tree = rule.condition.tree
        if isinstance(tree, Literal):
            continue  # it says so itself
        if bare and compile_outcomes([tree])[0](bare, Steps()) is not True:
            continue
        left = int((ends - monotonic()) * 1000)
        if left <= 0:
            return False
        from contexts.calculation.engine.proofs import facts_where  # noqa: PLC0415 - loads Z3

        schema = policies.schema_of(stands.point, stands.declared)
        most = min(left, _MILLISECONDS)
        if facts_where(schema, hold=assumed, fail=[tree], milliseconds=most).exists is False:
            return True
    return False


def _margins(stands: Standing, query: MeasureRule, ends: float) -> Iterable[GuardrailMargin]:
    price = policies.price_of(query.point)
    if price is None or not query.guardrails:
        return
    drafted = with_drafts(stands, [query.draft])
    for number, text in enumerate(query.guardrails):
        guardrail = _checked(stands, text)
        if guardrail is None:
            continue
        now = monotonic()  # each has its share of what is left
        until = now + (ends - now) / (len(query.guardrails) - number)
        margin = _margin(stands, drafted, guardrail, price, until)
        if margin is not None:
            yield margin


def _checked(stands: Standing, text: GuardrailText) -> CheckedGuardrail | None:
    try:
        return policies.guardrail_of(stands.point, text, stands.declared)
    except (ExpressionError, DefinitionError):
        return None


def _margin(
    stands: Standing,
    drafted: Standing,
    guardrail: CheckedGuardrail,
    price: CheckedPrice,
    ends: float,
) -> GuardrailMargin | None:
    """How near a guardrail comes with the draft, and whether it came as near without."""
    from contexts.calculation.engine.margins import comes_within, measure  # noqa: PLC0415 - Z3

    schema = policies.schema_of(stands.point, stands.declared)
    found = measure(drafted.rules, guardrail, price, schema, ends=ends)
    if found is None:
        return None
    as_before = found.nearest is not None and comes_within(
        stands.rules, guardrail, found.nearest, price, schema, ends=ends
    )
    return GuardrailMargin(
        guardrail=guardrail.source.name,
        at_least=found.at_least,
        below=found.below,
        nearest=found.nearest,
        is_settled=found.is_settled,
        as_before=as_before is True,
    )
