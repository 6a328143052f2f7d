"""`/api/v1/rules/stages/{stage}/try`: what a cart would cost if a stage's release decided already."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request

from contexts.evaluation.messages import TryRules
from contexts.rules.errors import NothingStaged
from contexts.rules.queries.releases import rules_at
from shared_kernel import bus
from shared_kernel.api.fast import FastView
from shared_kernel.api.schema import documented
from shared_kernel.errors import NotFound

STAGES = ("development", "staging")


class StageTried(msgspec.Struct, frozen=True):
    """The release that stands at the stage, and what `POST /api/v1/evaluations` would answer by its rules; no record is kept."""

    release: int
    priced: dict[str, Any]


class CartAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cart, in the shape of `POST /api/v1/evaluations`."""

    cart: dict[str, Any]


class StageTrials(FastView):
    # trying reads only; it is a POST because carts are long
    scopes: ClassVar = {"read": "rules:read", "write": "rules:read"}

    @documented(
        request=CartAsked, answer=StageTried, operation_id="try_stage", tags=["rules"],
        summary="Price a cart as if a stage's release decided",
    )  # fmt: skip
    def post(self, request: Request, stage: str) -> HttpResponse:
        """Its rules in the places of theirs, everything else as it decides now; explained in full."""
        cart = self.read(request, CartAsked).cart
        if stage not in STAGES:
            raise NotFound(what="stage before production", id=stage)
        number, drafts = rules_at(stage)
        if not number:
            raise NothingStaged(stage=stage)
        priced = bus.ask(TryRules(cart=cart, drafts=drafts))
        return self.answer(StageTried(release=number, priced=priced), HTTPStatus.OK)
