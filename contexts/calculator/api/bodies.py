"""What the API takes and answers, as structs of the fast lane."""

from __future__ import annotations

from typing import Annotated

import msgspec

from contexts.calculator.messages import (
    MAX_BATCH,
    AlgorithmDescription,
    AlgorithmName,
    AlgorithmVersion,
    CalculationOutcome,
    CalculationResult,
    Reason,
)


class CalculationOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    One calculation. `input` has the shape that the algorithm publishes; without a version the newest answers.

    `record` keeps request and result (send an `Idempotency-Key`); `replay` admits a withdrawn version.
    """

    algorithm: AlgorithmName
    input: msgspec.Raw
    version: AlgorithmVersion | None = None
    record: bool = False
    replay: bool = False


Batch = Annotated[tuple[CalculationOrder, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]
OneOrMany = CalculationOrder | Batch
Answered = CalculationResult | tuple[CalculationOutcome, ...]


class WithdrawalOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, and whether even if recent decisions rely on it."""

    reason: Reason
    forced: bool = False


class AlgorithmList(msgspec.Struct, frozen=True):
    """Every published version."""

    results: tuple[AlgorithmDescription, ...]
