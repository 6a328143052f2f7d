"""
Guardrails proved before anything begins to decide: of all that decides, as this context knows it.

A proof takes seconds, and nothing is locked meanwhile. So what decides is looked at before it and again when the act has
its turn (`take_turns_unmoved`): if it moved, the proof was about something else and is made again. All acts by which rules
begin or end to decide, or guardrails are stated, take turns, so that of two which break a guardrail only together one is refused.

What this cannot do: give a proof all the time that it may need; one that is not finished is told as unknown, which raises
the risk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from time import monotonic
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from contexts.calculation.messages import Finding, ProveGuardrails
from contexts.rules.errors import DecidersMoved, GuardrailBroken, GuardrailUnproved
from contexts.rules.models import Guardrail, Rollout, RuleVersion, Status
from contexts.rules.queries.rollouts import tried_by, under_way
from contexts.rules.services.standing import take_turns
from shared_kernel import bus
from shared_kernel.decisions import GuardrailText, RuleText

MOST_SHOWN = 600  # characters of a counterexample in a refusal; the page has all of it
SECONDS = 8.0  # for the guardrails of what is submitted, within the bus's deadline
SECONDS_OF_TRIES = 20.0  # proofs that were overtaken are made again for so long

P = ParamSpec("P")
T = TypeVar("T")
Seen = Mapping[
    str, frozenset[UUID]
]  # by point, its guardrails and the versions that decide, for all or for some


def proves_again(attempt: Callable[P, T]) -> Callable[P, T]:
    """Take an act that proves first once more if others were faster; the last refusal stands."""

    @wraps(attempt)
    def attempted(*args: P.args, **kwargs: P.kwargs) -> T:
        until = monotonic() + SECONDS_OF_TRIES
        while True:
            try:
                return attempt(*args, **kwargs)
            except DecidersMoved:
                if monotonic() > until:
                    raise

    return attempted


def take_turns_unmoved(seen: Seen) -> None:
    """
    Take turns with all by which rules begin or end; what decides is still what was proved. First thing in the act.

    Raises:
        DecidersMoved.

    """
    take_turns()
    for point, before in seen.items():
        if _seen_at(point) != before:
            raise DecidersMoved(point=point)


def demand_guardrails(versions: Iterable[RuleVersion], *, ends: Rollout | None = None) -> Seen:
    """
    Prove the guardrails of what decides once these versions do, all together; what decided when that was proved.

    Each was proved alone when it was submitted, beside what decided then. What a roll-out tries that `ends` in the same act
    decides no more.

    Raises:
        GuardrailBroken: one does not hold, and held without them.

    """
    texts: dict[str, dict[UUID, RuleText]] = defaultdict(dict)
    for version in versions:
        texts[version.rule.point][version.rule_id] = version.text
    seen = {}
    for point, theirs in texts.items():
        seen[point] = _seen_at(point)
        stated = stated_at(point)
        if stated:
            active = active_at(point)
            _demand_kept(point, stated, theirs, active)
            tried = {} if ends else {it.rule_id: it.text for it in _tried_at(point)}
            if not tried.keys() <= theirs.keys():  # for some customers these decide as well
                _demand_kept(point, stated, theirs, active | tried)
    return seen


def _demand_kept(
    point: str,
    stated: tuple[GuardrailText, ...],
    theirs: Mapping[UUID, RuleText],
    beside: Mapping[UUID, RuleText],
) -> None:
    findings = proved(point, {**beside, **theirs}.values(), stated)
    demand_unbroken(point, stated, findings, before=beside.values())


def _seen_at(point: str) -> frozenset[UUID]:
    """What a proof is about: nothing, as long as no guardrail is stated there."""
    stated = frozenset(Guardrail.objects.filter(point=point).values_list("id", flat=True))
    return stated | deciding_at(point) if stated else stated


def deciding_at(point: str) -> frozenset[UUID]:
    """The versions that decide at a point, for all or for some."""
    active = RuleVersion.objects.filter(rule__point=point, status=Status.ACTIVE)
    return frozenset([*active.values_list("id", flat=True), *(it.id for it in _tried_at(point))])


def _tried_at(point: str) -> list[RuleVersion]:
    """What a roll-out has decide for some customers."""
    rollout = under_way()
    if rollout is None or not rollout.percent:
        return []
    return [it for it in tried_by(rollout).values() if it.rule.point == point]


def active_at(point: str) -> dict[UUID, RuleText]:
    """What decides at a point by its rule; if somebody stopped the point, what does once it is free."""
    active = RuleVersion.objects.filter(rule__point=point, status=Status.ACTIVE)
    return {it.rule_id: it.text for it in active.select_related("rule")}


def stated_at(point: str) -> tuple[GuardrailText, ...]:
    return tuple(it.text for it in Guardrail.objects.filter(point=point).order_by("name"))


def demand_unbroken(
    point: str,
    stated: tuple[GuardrailText, ...],
    findings: Sequence[Finding],
    *,
    before: Iterable[RuleText],
) -> tuple[str, ...]:
    """
    Refuse what breaks a guardrail; those that are broken already by the rules `before` are told, unless a proof is demanded.

    Raises:
        GuardrailBroken: with the counterexamples; GuardrailUnproved: a proof is demanded, and there is none.

    """
    demanded = Guardrail.objects.filter(point=point, proof_demanded=True)
    strict = frozenset(demanded.values_list("name", flat=True))
    _demand_proofs(strict, stated, findings)
    broken = broken_in(findings, stated)
    if not broken:
        return ()
    already = broken_in(proved(point, before, stated), stated)
    new = [sentence for name, sentence in broken.items() if name not in already or name in strict]
    if new:
        raise GuardrailBroken(findings=" ".join(new))
    return tuple(broken)


def demand_kept_already(point: str, text: GuardrailText) -> None:
    """
    Refuse a guardrail of which a proof is demanded, unless it is proved of what decides now, for all or for some.

    Raises:
        GuardrailUnproved: it is not known, or broken.

    """
    active = active_at(point)
    tried = {it.rule_id: it.text for it in _tried_at(point)}
    for rules in (active, active | tried) if tried else (active,):
        findings = proved(point, rules.values(), (text,))
        _demand_proofs([text.name], (text,), findings)
        if broken := broken_in(findings, (text,)):
            raise GuardrailUnproved(findings=" ".join(broken.values()))


def _demand_proofs(
    strict: Collection[str], stated: tuple[GuardrailText, ...], findings: Iterable[Finding]
) -> None:
    """Whether other rules alone leave it unknown makes no difference: such a guardrail guards nothing while they decide."""
    unknown = {name_of(it, stated): it.sentence for it in findings if it.standing == "unknown"}
    if lacking := sorted(unknown.keys() & set(strict)):
        raise GuardrailUnproved(findings=" ".join(f"{unknown[it]}." for it in lacking))


def broken_in(findings: Iterable[Finding], stated: Iterable[GuardrailText]) -> dict[str, str]:
    """The guardrails that do not hold, each with its counterexample."""
    stated = tuple(stated)
    return {
        name: _with_example(it)
        for it in findings
        if it.standing == "problem" and (name := name_of(it, stated))
    }


def name_of(finding: Finding, stated: Iterable[GuardrailText]) -> str:
    """The stated guardrail that it is about, if any; a name may have a colon, and be another's beginning."""
    if finding.kind != "guardrail":
        return ""
    names = [it.name for it in stated if finding.sentence.startswith(f"{it.name}: ")]
    return max(names, key=len, default="")


def _with_example(finding: Finding) -> str:
    """What is broken, and by which facts it really is: they were decided before they are told."""
    if not finding.examples:
        return f"{finding.sentence}."
    example = finding.examples[0]
    figures = ", ".join(
        f"{name} {format(it.normalize(), 'f')}" for name, it in example.figures.items()
    )
    facts = ", ".join(_told(example.facts))
    shown = facts if len(facts) <= MOST_SHOWN else f"{facts[:MOST_SHOWN]}…"
    return f"{finding.sentence}: {figures}, for {shown}."


def _told(fact: Any, path: str = "") -> Iterator[str]:
    """The facts that say something, with their paths; the page of the review shows them all."""
    match fact:
        case dict():
            for name, inner in fact.items():
                yield from _told(inner, f"{path}.{name}" if path else name)
        case list():
            for number, inner in enumerate(fact):
                yield from _told(inner, f"{path}[{number}]")
        case "" | "0" | 0 | None:
            return
        case _ if path != "at":
            yield f"{path} {fact}"


def proved(
    point: str,
    rules: Iterable[RuleText],
    guardrails: tuple[GuardrailText, ...],
    seconds: float = SECONDS,
) -> tuple[Finding, ...]:
    """What is found of the guardrails, of exactly these rules."""
    question = ProveGuardrails(
        point=point, rules=tuple(rules), guardrails=guardrails, seconds=seconds
    )
    found: tuple[Finding, ...] = bus.ask(question).findings
    return found
