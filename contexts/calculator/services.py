"""Use cases of the calculator."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from contexts.calculator import models, policies, queries
from contexts.calculator.errors import AlreadyWithdrawn, StillReliedOn
from contexts.calculator.events import AlgorithmWithdrawn, CalculationRecorded
from contexts.calculator.messages import AlgorithmStanding, CalculationResult
from contexts.calculator.policies.reliance import RELIED_ON_FOR, is_still_relied_on
from shared_kernel import bus, clock
from shared_kernel.observability import tracing


def record_calculation(
    *, algorithm: str, version: int | None, content: msgspec.Raw
) -> CalculationResult:
    """
    Calculate, and keep what was asked and what it gave.

    Raises:
        UnknownAlgorithm, VersionWithdrawn, ImpossibleInput; and what the algorithm refuses.

    """
    chosen = queries.chosen(algorithm, version, queries.withdrawn())
    output = chosen.answer(content)
    at = clock.now()
    with bus.unit_of_work():
        request = models.CalculationRequest.objects.create(
            algorithm=chosen.name,
            version=chosen.version,
            input=bytes(content).decode(),
            actor=tracing.actor(),
            requested_at=at,
        )
        models.CalculationResult.objects.create(request=request, output=output.decode())
        models.AlgorithmUsage.count([(chosen.name, chosen.version)], at=at)
        bus.publish(CalculationRecorded(request.id, chosen.name, chosen.version))
    return CalculationResult(chosen.name, chosen.version, msgspec.Raw(output), record=request.id)


def withdraw_algorithm(
    *, name: str, version: int, reason: str, forced: bool = False
) -> AlgorithmStanding:
    """
    Let a version answer no new calculations of this tenant; replays of old decisions go on.

    Raises:
        UnknownAlgorithm: it is not published.
        StillReliedOn: a decision was recorded with it lately, and it is not forced.
        AlreadyWithdrawn: there is nothing left to do.

    """
    published = policies.algorithm(name, version)
    at = clock.now()
    with bus.unit_of_work():
        usage = models.AlgorithmUsage.objects.select_for_update().filter(name=name, version=version)
        if not forced:
            _refuse_if_relied_on(usage.first(), published)
        row, fresh = models.Algorithm.withdraw(published, at=at, reason=reason, forced=forced)
        if not fresh:
            raise AlreadyWithdrawn(algorithm=published.key, at=row.withdrawn_at.isoformat())
        bus.publish(AlgorithmWithdrawn(name, version, reason, forced))
    return AlgorithmStanding(name, version, at, reason)


def count_uses(*, algorithms: Iterable[str]) -> None:
    """A decision was recorded that relies on these versions, each named `name@version`."""
    named = (key.rpartition("@") for key in algorithms)
    with bus.unit_of_work():
        models.AlgorithmUsage.count(
            ((name, int(version)) for name, _, version in named), at=clock.now()
        )


def _refuse_if_relied_on(
    usage: models.AlgorithmUsage | None, published: policies.Algorithm
) -> None:
    if usage is not None and is_still_relied_on(usage.last_used_at, at=clock.now()):
        raise StillReliedOn(
            algorithm=published.key,
            uses=usage.uses,
            last_used_at=usage.last_used_at.isoformat(),
            days=RELIED_ON_FOR.days,
        )
