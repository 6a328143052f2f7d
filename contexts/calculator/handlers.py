"""The bus side of the calculator."""

from __future__ import annotations

from contexts.calculator import queries, services
from contexts.calculator.messages import (
    AlgorithmDescription,
    AlgorithmStanding,
    AllocateAmount,
    Calculate,
    CalculateBatch,
    CalculationOutcome,
    CalculationResult,
    ListAlgorithms,
    RecordCalculation,
    WithdrawAlgorithm,
)
from contexts.evaluation.events import CartEvaluated
from shared_kernel import bus
from shared_kernel.money import Money


@bus.answers(Calculate)
def calculate(query: Calculate) -> CalculationResult:
    return queries.result_of(query)


@bus.answers(CalculateBatch)
def calculate_batch(query: CalculateBatch) -> tuple[CalculationOutcome, ...]:
    return queries.outcomes_of(query.calculations)


@bus.answers(AllocateAmount)
def allocate_amount(query: AllocateAmount) -> tuple[Money, ...]:
    return queries.parts_of(query.total, query.weights)


@bus.answers(ListAlgorithms)
def list_algorithms(query: ListAlgorithms) -> tuple[AlgorithmDescription, ...]:
    return queries.descriptions_of(query.algorithm)


@bus.performs(RecordCalculation)
def record_calculation(command: RecordCalculation) -> CalculationResult:
    return services.record_calculation(
        algorithm=command.algorithm, version=command.version, content=command.input
    )


@bus.performs(WithdrawAlgorithm)
def withdraw_algorithm(command: WithdrawAlgorithm) -> AlgorithmStanding:
    return services.withdraw_algorithm(
        name=command.algorithm,
        version=command.version,
        reason=command.reason,
        forced=command.forced,
    )


@bus.hears(CartEvaluated)
def count_uses(event: CartEvaluated) -> None:
    services.count_uses(algorithms=event.algorithms)
