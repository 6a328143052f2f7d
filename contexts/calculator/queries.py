"""Reads of the calculator: calculations, and what is published."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from contexts.calculator import policies
from contexts.calculator.errors import VersionWithdrawn
from contexts.calculator.events import AlgorithmWithdrawn
from contexts.calculator.messages import (
    AlgorithmDescription,
    Calculate,
    CalculationOutcome,
    CalculationRefusal,
    CalculationResult,
)
from contexts.calculator.models import Algorithm, AlgorithmUsage
from shared_kernel.cache import TwoLevelCache
from shared_kernel.errors import DomainError
from shared_kernel.money import Money
from shared_kernel.tenancy.scope import current_tenant

Withdrawn = dict[str, str]
"""The reason of each withdrawal, by `name@version`."""

_withdrawn: TwoLevelCache[Withdrawn] = TwoLevelCache(
    "withdrawn-algorithms",
    stale_after=(AlgorithmWithdrawn.name,),
    encode=msgspec.json.encode,
    decode=lambda data: msgspec.json.decode(data, type=Withdrawn),
)


def result_of(query: Calculate) -> CalculationResult:
    """
    Calculate, and leave no trace.

    Raises:
        UnknownAlgorithm, VersionWithdrawn, ImpossibleInput; and what the algorithm refuses.

    """
    return _result(query, withdrawn())


def outcomes_of(calculations: tuple[Calculate, ...]) -> tuple[CalculationOutcome, ...]:
    """One outcome for each, in their order; a refused one does not stop its neighbours."""
    reasons = withdrawn()
    return tuple(_outcome(query, reasons) for query in calculations)


def parts_of(total: Money, weights: tuple[Decimal, ...]) -> tuple[Money, ...]:
    """
    Allocate without the detour by JSON.

    Raises:
        NumberOutOfBounds: as allocation.largest-remainder@1 does.

    """
    shares = policies.shares
    return shares.allocate_by_largest_remainder(shares.Weighted(total, weights)).parts


def chosen(
    name: str, version: int | None, reasons: Withdrawn, *, replay: bool = False
) -> policies.Algorithm:
    """
    Choose the version that answers: the one asked for, or else the newest that is not withdrawn.

    Raises:
        UnknownAlgorithm: no such name or version. VersionWithdrawn: it may only be replayed.

    """
    if version is None:
        found = policies.newest(name, without=frozenset(reasons))
        if found is None:
            raise VersionWithdrawn(
                algorithm=name, reason="all versions", advice="choose another algorithm"
            )
        return found
    found = policies.algorithm(name, version)
    if found.key in reasons and not replay:
        advice = "leave the version out for the newest, or ask for a replay"
        raise VersionWithdrawn(algorithm=found.key, reason=reasons[found.key], advice=advice)
    return found


def withdrawn() -> Withdrawn:
    """What the tenant in scope has withdrawn: from this process, as a rule."""
    return _withdrawn.get(current_tenant(), "all", _load_withdrawn)


def descriptions_of(name: str | None = None) -> tuple[AlgorithmDescription, ...]:
    """
    Describe what is published, with where each version stands here.

    Raises:
        UnknownAlgorithm: nothing of that name is published.

    """
    if name is not None:
        policies.newest(name)
    uses = {(row.name, row.version): row for row in AlgorithmUsage.objects.all()}
    gone = {(row.name, row.version): row for row in Algorithm.objects.all()}
    return tuple(
        _description(each, uses.get(each[:2]), gone.get(each[:2]))
        for each in policies.all_published()
        if name in {None, each.name}
    )


def description_of(name: str, version: int) -> AlgorithmDescription:
    """
    Describe one version.

    Raises:
        UnknownAlgorithm: it is not published.

    """
    policies.algorithm(name, version)
    return next(each for each in descriptions_of(name) if each.version == version)


def _result(query: Calculate, reasons: Withdrawn) -> CalculationResult:
    algorithm = chosen(query.algorithm, query.version, reasons, replay=query.replay)
    output = msgspec.Raw(algorithm.answer(query.input))
    return CalculationResult(algorithm.name, algorithm.version, output)


def _outcome(query: Calculate, reasons: Withdrawn) -> CalculationOutcome:
    try:
        return CalculationOutcome(result=_result(query, reasons))
    except DomainError as refusal:
        told = CalculationRefusal(refusal.code, int(refusal.status), str(refusal))
        return CalculationOutcome(refusal=told)


def _load_withdrawn() -> Withdrawn:
    return {row.key: row.reason for row in Algorithm.objects.all()}


def _description(
    published: policies.Algorithm, usage: AlgorithmUsage | None, gone: Algorithm | None
) -> AlgorithmDescription:
    return AlgorithmDescription(
        algorithm=published.name,
        version=published.version,
        summary=published.summary,
        input_schema=msgspec.json.schema(published.takes),
        output_schema=msgspec.json.schema(published.gives),
        uses=usage.uses if usage else 0,
        last_used_at=usage.last_used_at if usage else None,
        withdrawn_at=gone.withdrawn_at if gone else None,
        withdrawn_because=gone.reason if gone else "",
    )
