"""The fast lane: one calculation or a batch, what is published, and withdrawal."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from contexts.calculator import queries, services
from contexts.calculator.api.bodies import (
    AlgorithmList,
    Answered,
    CalculationOrder,
    OneOrMany,
    WithdrawalOrder,
)
from contexts.calculator.errors import KeyMissing, RecordedInBatch
from contexts.calculator.messages import AlgorithmDescription, AlgorithmStanding, Calculate
from shared_kernel.api import bodies
from shared_kernel.api.fast import FastView
from shared_kernel.api.idempotency import HEADER, idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY, documented

_orders: msgspec.json.Decoder[Any] = msgspec.json.Decoder(OneOrMany)
_withdrawal = msgspec.json.Decoder(WithdrawalOrder)


class CalculationsView(FastView):
    scopes: ClassVar = {"read": "calculator:read", "write": "calculator:calculate"}

    @documented(
        operation_id="calculate",
        request=OneOrMany,
        answer=Answered,
        parameters=(IDEMPOTENCY_KEY,),
        description="Calculates one order (an object) or many (an array: one outcome each, in their order).",
    )
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        orders = _read(request, _orders)
        if not isinstance(orders, CalculationOrder):
            if any(order.record for order in orders):
                raise RecordedInBatch
            return self.answer(queries.outcomes_of(tuple(map(_question, orders))))
        if not orders.record:
            return self.answer(queries.result_of(_question(orders)))
        if HEADER not in request.headers:
            raise KeyMissing(pointers=(f"header:{HEADER}",))
        return self.answer(
            services.record_calculation(
                algorithm=orders.algorithm, version=orders.version, content=orders.input
            )
        )


class AlgorithmsView(FastView):
    scopes: ClassVar = {"read": "calculator:read", "write": "calculator:write"}

    @documented(operation_id="list_algorithms", answer=AlgorithmList)
    def get(self, request: Request) -> HttpResponse:
        del request
        return self.answer(AlgorithmList(queries.descriptions_of()))


class AlgorithmView(FastView):
    scopes: ClassVar = {"read": "calculator:read", "write": "calculator:write"}

    @documented(operation_id="describe_algorithm", answer=AlgorithmDescription)
    def get(self, request: Request, name: str, version: int) -> HttpResponse:
        del request
        return self.answer(queries.description_of(name, version))


class WithdrawalView(FastView):
    scopes: ClassVar = {"read": "calculator:read", "write": "calculator:write"}

    @documented(
        operation_id="withdraw_algorithm",
        request=WithdrawalOrder,
        answer=AlgorithmStanding,
        parameters=(IDEMPOTENCY_KEY,),
    )
    @idempotent
    def post(self, request: Request, name: str, version: int) -> HttpResponse:
        order = _read(request, _withdrawal)
        return self.answer(
            services.withdraw_algorithm(
                name=name, version=version, reason=order.reason, forced=order.forced
            )
        )


def _read(request: Request, shape: msgspec.json.Decoder[Any]) -> Any:
    """Read the body from its text: a number that passes through a float on its way is no longer exact."""
    body = bodies.raw_body(request._request)  # noqa: SLF001 - the body itself, unparsed
    bodies.strict_json(body)
    try:
        return shape.decode(body)
    except msgspec.ValidationError as fault:
        raise bodies.invalid_from(fault) from fault
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise bodies.BodyMalformed(reason=f"The body is not JSON: {fault}.") from fault


def _question(order: CalculationOrder) -> Calculate:
    return Calculate(
        algorithm=order.algorithm, input=order.input, version=order.version, replay=order.replay
    )
