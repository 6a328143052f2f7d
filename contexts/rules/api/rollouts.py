"""`/api/v1/rules/rollouts`: trying a release on a few customers first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from msgspec import Meta
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.evaluation.messages import RolloutFigures
from contexts.rules import services
from contexts.rules.api.asking import actor_of
from contexts.rules.events import RolloutGuard
from contexts.rules.models import Rollout
from contexts.rules.policies.rollouts import RampStep
from contexts.rules.queries import rollouts as queries
from shared_kernel.api import bodies
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY, documented

ROLLOUT = OpenApiParameter("rollout_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
T = TypeVar("T")
Status = Literal["running", "paused", "rolled_back", "completed"]


class StepAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For so many of a hundred customers (0 is a shadow), so long; the last is 100 and takes no time."""

    percent: Decimal
    seconds: Annotated[int, Meta(ge=0)] = 0


class GuardAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A limit; from `min_carts` on the roll-out is rolled back when it is beyond `at_most`."""

    metric: Literal["discount-increase", "revenue-decrease", "touched", "discount-share"]
    at_most: Decimal
    min_carts: Annotated[int, Meta(ge=1, le=1_000_000)] = 100


class RolloutAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which release, on how many customers how long, and what must not happen."""

    release: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    ramp: Annotated[tuple[StepAsked, ...], Meta(max_length=20)]
    guards: Annotated[tuple[GuardAsked, ...], Meta(max_length=10)] = ()


class ReasonAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; it stands in the audit trail."""

    reason: Annotated[str, Meta(max_length=400)] = ""


class AdvanceAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """With `step` only from that step on: two who press at once take one step."""

    step: Annotated[int, Meta(ge=0, le=20)] | None = None


class StepTaken(msgspec.Struct, frozen=True):
    """When a step began, and by whom."""

    step: int
    percent: Decimal
    at: datetime
    by: str


class RolloutShown(msgspec.Struct, frozen=True):
    """
    Where a roll-out stands, what it does to carts, and, of one that a guard rolled back, what that had seen.

    `waits_for` says why a step that is due may not be taken yet.
    """

    id: UUID
    release: int
    digest: str
    status: Status
    candidates: tuple[str, ...]
    ramp: tuple[RampStep, ...]
    guards: tuple[RolloutGuard, ...]
    step: int
    percent: Decimal
    steps_taken: tuple[StepTaken, ...]
    due_at: datetime | None
    waits_for: str
    reason: str
    started_by: str
    started_at: datetime
    ended_by: str
    ended_at: datetime | None
    figures: RolloutFigures | None = None
    evidence: RolloutFigures | None = None


class RolloutSerializer(serializers.ModelSerializer[Rollout]):
    release = serializers.IntegerField(source="release.number")

    class Meta:
        model = Rollout
        fields = (
            "id", "release", "status", "step", "candidates", "reason", "started_by", "started_at", "ended_by", "ended_at",
        )  # fmt: skip


@extend_schema_view(list=extend_schema(summary="List roll-outs, newest first"))
@extend_schema(tags=["rules"])
class Rollouts(mixins.ListModelMixin, viewsets.GenericViewSet[Rollout]):
    """Releases on their way from a few customers to all."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:release"}
    serializer_class = RolloutSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Rollout]:
        if getattr(self, "swagger_fake_view", False):
            return Rollout._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        rollouts: QuerySet[Rollout] = Rollout.objects.select_related("release").defer("evidence")
        return rollouts.order_by("-started_at", "-id")

    @documented(
        request=RolloutAsked, answer=RolloutShown, status=201, parameters=(IDEMPOTENCY_KEY,),
        operation_id="start_rollout", summary="Roll a release out", tags=["rules"],
    )  # fmt: skip
    @idempotent
    def create(self, request: Request) -> Response:
        """A shadow needs no approval beyond staging; every step that reaches customers needs production's."""
        asked = _read(request, RolloutAsked)
        rollout = services.start_rollout(
            number=asked.release,
            ramp=[RampStep(it.percent, it.seconds) for it in asked.ramp],
            guards=[RolloutGuard(it.metric, it.at_most, it.min_carts) for it in asked.guards],
            started_by=actor_of(request),
        )
        return _answer(rollout, status.HTTP_201_CREATED)

    @documented(
        answer=RolloutShown, operation_id="get_rollout", summary="A roll-out and what it does to carts",
        tags=["rules"], parameters=(ROLLOUT,),
    )  # fmt: skip
    def retrieve(self, request: Request, rollout_id: UUID) -> Response:
        """Where it stands, both arms' figures, the comparison cart by cart, and how its guards stand."""
        del request
        return _answer(queries.rollout_of(rollout_id))

    @documented(
        request=AdvanceAsked, answer=RolloutShown, operation_id="advance_rollout", summary="Take the next step now",
        tags=["rules"], parameters=(ROLLOUT,),
    )  # fmt: skip
    def advance(self, request: Request, rollout_id: UUID) -> Response:
        """The last step promotes the release to production."""
        seen = _read(request, AdvanceAsked).step
        return _answer(
            services.advance_rollout(rollout_id=rollout_id, by=actor_of(request), seen=seen)
        )

    @documented(
        request=ReasonAsked, answer=RolloutShown, operation_id="pause_rollout", summary="Stay at the present step",
        tags=["rules"], parameters=(ROLLOUT,),
    )  # fmt: skip
    def pause(self, request: Request, rollout_id: UUID) -> Response:
        """Whoever has the new rules keeps them; guards go on watching."""
        reason = _read(request, ReasonAsked).reason
        return _answer(
            services.pause_rollout(rollout_id=rollout_id, by=actor_of(request), reason=reason)
        )

    @documented(
        answer=RolloutShown, operation_id="resume_rollout", summary="Go on after a pause", tags=["rules"],
        parameters=(ROLLOUT,),
    )  # fmt: skip
    def resume(self, request: Request, rollout_id: UUID) -> Response:
        """With as much of the step's time as was left."""
        return _answer(services.resume_rollout(rollout_id=rollout_id, by=actor_of(request)))

    @documented(
        request=ReasonAsked, answer=RolloutShown, operation_id="roll_back_rollout",
        summary="Have today's rules decide for everybody again", tags=["rules"], parameters=(ROLLOUT,),
    )  # fmt: skip
    def roll_back(self, request: Request, rollout_id: UUID) -> Response:
        """At once, in all processes within a second; nobody has to approve it, but say why."""
        reason = _read(request, ReasonAsked).reason
        return _answer(
            services.roll_back_rollout(rollout_id=rollout_id, by=actor_of(request), reason=reason)
        )


def _read(request: Request, kind: type[T]) -> T:
    return bodies.read(request._request, kind)  # noqa: SLF001 - the body itself


def _answer(rollout: Rollout, code: int = status.HTTP_200_OK) -> Response:
    return Response(msgspec.to_builtins(_shown(rollout)), status=code)


def _shown(rollout: Rollout) -> RolloutShown:
    told: dict[str, Any] = {
        name: getattr(rollout, name)
        for name in (
            "id", "digest", "status", "step", "percent", "waits_for", "reason", "started_by", "started_at",
            "ended_by", "ended_at",
        )
    }  # fmt: skip
    return RolloutShown(
        **told,
        release=rollout.release.number,
        candidates=tuple(rollout.candidates),
        ramp=rollout.steps,
        guards=rollout.watched,
        steps_taken=msgspec.convert(rollout.steps_taken, tuple[StepTaken, ...]),
        due_at=queries.due_of(rollout),
        figures=queries.figures_of(rollout),
        evidence=queries.evidence_of(rollout),
    )
