"""`/api/v1/evaluations`: the fast lane."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from contexts.evaluation import queries, services
from contexts.evaluation.carts import Cart, DryRun, PricedCart, PricedThen
from shared_kernel.api.fast import FastView
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY, documented


class Replay(msgspec.Struct, frozen=True):
    """A recorded evaluation priced again; `identical` compares the answers byte for byte."""

    identical: bool
    recorded: PricedCart
    replayed: PricedCart


class CartBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Carts that are priced and recorded together."""

    carts: Annotated[tuple[Cart, ...], Meta(min_length=1, max_length=100)]


class PricedBatch(msgspec.Struct, frozen=True):
    """The answers, in the order of the carts."""

    evaluations: tuple[PricedCart, ...]


class Evaluations(FastView):
    scopes: ClassVar = {"read": "evaluation:read", "write": "evaluation:write"}

    @documented(
        request=Cart, answer=PricedCart, status=201, parameters=(IDEMPOTENCY_KEY,),
        operation_id="evaluate_cart", summary="Price a cart", tags=["evaluation"],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Price a cart by the approved rules; the record is durable before the answer leaves."""
        return self.answer(services.evaluate_cart(self.read(request, Cart)), HTTPStatus.CREATED)


class EvaluationBatches(FastView):
    scopes: ClassVar = {"read": "evaluation:read", "write": "evaluation:write"}

    @documented(
        request=CartBatch, answer=PricedBatch, status=201, parameters=(IDEMPOTENCY_KEY,),
        operation_id="evaluate_carts", summary="Price many carts", tags=["evaluation"],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Price up to 100 carts and record them in one transaction."""
        batch = self.read(request, CartBatch)
        answers = tuple(services.evaluate_carts(batch.carts))
        return self.answer(PricedBatch(evaluations=answers), HTTPStatus.CREATED)


class DryRuns(FastView):
    # nothing is recorded; it is a POST because carts are long
    scopes: ClassVar = {"read": "evaluation:read", "write": "evaluation:read"}

    @documented(
        request=DryRun, answer=PricedThen, operation_id="dry_run_cart",
        summary="Price a cart at any moment, as known at any other", tags=["evaluation"],
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """By the rules that decide, decided or are planned to decide then; nothing is recorded."""
        return self.answer(queries.dry_run(self.read(request, DryRun)))


class Evaluation(FastView):
    scopes: ClassVar = {"read": "evaluation:read", "write": "evaluation:write"}

    @documented(
        answer=PricedCart, operation_id="get_evaluation", summary="An evaluation as it was",
        tags=["evaluation"],
    )  # fmt: skip
    def get(self, request: Request, evaluation_id: UUID) -> HttpResponse:
        """What was answered then, to the byte."""
        del request
        record = queries.record_of(evaluation_id)
        return self.answer(msgspec.convert(record.priced, PricedCart))


class EvaluationReplay(FastView):
    scopes: ClassVar = {"read": "evaluation:read", "write": "evaluation:write"}

    @documented(
        answer=Replay, operation_id="replay_evaluation", summary="Replay an evaluation",
        tags=["evaluation"],
    )  # fmt: skip
    def get(self, request: Request, evaluation_id: UUID) -> HttpResponse:
        """Price the recorded cart again by the recorded rules, and compare."""
        del request
        record = queries.record_of(evaluation_id)
        recorded, replayed = msgspec.convert(record.priced, PricedCart), queries.replay(record)
        same = msgspec.json.encode(recorded) == msgspec.json.encode(replayed)
        return self.answer(Replay(identical=same, recorded=recorded, replayed=replayed))
