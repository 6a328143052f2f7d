"""What the calculator may be asked, and told to do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec

from shared_kernel.bus import Command, Query
from shared_kernel.money import Money

MAX_BATCH = 1_000

AlgorithmName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f]*$")]
AlgorithmVersion = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class CalculationResult(msgspec.Struct, frozen=True):
    """What an algorithm gave: `output` is JSON of the shape that the algorithm's version publishes."""

    algorithm: str
    version: int
    output: msgspec.Raw
    record: UUID | None = None
    """The id it is kept under, when recording was asked for."""


class CalculationRefusal(msgspec.Struct, frozen=True):
    """Why one calculation of a batch was refused."""

    code: str
    status: int
    detail: str


class CalculationOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the two."""

    result: CalculationResult | None = None
    refusal: CalculationRefusal | None = None


class Calculate(Query[CalculationResult], frozen=True):
    """
    What does this algorithm give for this input?

    `input` is JSON of the shape the version publishes. Without a version the newest that is not withdrawn answers,
    and the result names it. `replay` also lets a withdrawn version answer, for decisions recorded with it.
    """

    name: ClassVar = "calculator.calculate.v1"
    algorithm: AlgorithmName
    input: msgspec.Raw
    version: AlgorithmVersion | None = None
    replay: bool = False


class CalculateBatch(Query[tuple[CalculationOutcome, ...]], frozen=True):
    """What do these give? One outcome each, in their order; a refusal does not stop its neighbours."""

    name: ClassVar = "calculator.calculate-batch.v1"
    calculations: Annotated[tuple[Calculate, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]


class AllocateAmount(Query[tuple[Money, ...]], frozen=True):
    """Which parts, in proportion to these weights and by largest remainder, sum to this total?"""

    name: ClassVar = "calculator.allocate-amount.v1"
    total: Money
    weights: Annotated[tuple[Decimal, ...], msgspec.Meta(min_length=1, max_length=10_000)]


class AlgorithmDescription(msgspec.Struct, frozen=True):
    """A published version: its shapes as JSON Schema, and where it stands with this tenant."""

    algorithm: str
    version: int
    summary: str
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    uses: int = 0
    last_used_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""


class ListAlgorithms(Query[tuple[AlgorithmDescription, ...]], frozen=True):
    """Which algorithms are published, or which versions has this one?"""

    name: ClassVar = "calculator.list-algorithms.v1"
    algorithm: AlgorithmName | None = None


class AlgorithmStanding(msgspec.Struct, frozen=True):
    """A version that was withdrawn."""

    algorithm: str
    version: int
    withdrawn_at: datetime
    reason: str


class WithdrawAlgorithm(Command[AlgorithmStanding], frozen=True):
    """Let a version answer no new calculations of this tenant. Decisions recorded with it can still be replayed."""

    name: ClassVar = "calculator.withdraw-algorithm.v1"
    algorithm: AlgorithmName
    version: AlgorithmVersion
    reason: Reason
    forced: bool = False


class RecordCalculation(Command[CalculationResult], frozen=True):
    """Calculate, and keep the request and its result; send it with a key, and it is kept once."""

    name: ClassVar = "calculator.record-calculation.v1"
    algorithm: AlgorithmName
    input: msgspec.Raw
    version: AlgorithmVersion | None = None
