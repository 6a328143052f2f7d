"""`/api/v1/rules/budgets`: what rules are meant to give, and how much of it they gave. It warns and limits nothing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from msgspec import Meta
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import services
from contexts.rules.api.asking import actor_of
from contexts.rules.models import Budget
from contexts.rules.queries import budgets as queries
from shared_kernel.api import bodies
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY, documented
from shared_kernel.money import Money

BUDGET = OpenApiParameter("budget_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class BudgetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much one rule, or the rules that bear a tag, are meant to give from a moment on; without one from now on."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    amount: Annotated[str, Meta(max_length=24)]
    currency: Annotated[str, Meta(min_length=3, max_length=3)]
    rule_id: UUID | None = None
    tag: Annotated[str, Meta(max_length=60)] = ""
    starts_at: Annotated[datetime, Meta(tz=True)] | None = None
    ends_at: Annotated[datetime, Meta(tz=True)] | None = None


class DayLeft(msgspec.Struct, frozen=True):
    """What is left at the end of a day in UTC."""

    day: date
    left: Money


class BudgetUse(msgspec.Struct, frozen=True):
    """
    What was given in prices that somebody asked for: an evaluation is no order, and who asks twice counts twice.

    `per_day` is the average of the last seven whole days, `used_up_on` the day on which nothing is left if it goes on so.
    """

    used: Money
    left: Money
    percent: int
    per_day: Money | None
    used_up_on: date | None
    days: tuple[DayLeft, ...]


class BudgetShown(msgspec.Struct, frozen=True):
    """A budget, and how much of it is used: nothing where nobody can say."""

    id: UUID
    name: str
    amount: Money
    rule_id: UUID | None
    tag: str
    starts_at: datetime
    ends_at: datetime | None
    set_by: str
    set_at: datetime
    closed_by: str
    closed_at: datetime | None
    told_percent: int
    use: BudgetUse | None


class BudgetSerializer(serializers.ModelSerializer[Budget]):
    """A budget as it was set; how much of it is used stands at its own address."""

    amount = serializers.SerializerMethodField()

    class Meta:
        model = Budget
        fields = (
            "id", "name", "amount", "rule_id", "tag", "starts_at", "ends_at", "set_by", "set_at", "closed_by",
            "closed_at", "told_percent",
        )  # fmt: skip

    def get_amount(self, budget: Budget) -> dict[str, str]:
        """As the API writes amounts."""
        return {"amount": str(budget.amount.amount), "currency": budget.currency}


@extend_schema_view(list=extend_schema(summary="List budgets, newest first"))
@extend_schema(tags=["rules"])
class Budgets(mixins.ListModelMixin, viewsets.GenericViewSet[Budget]):
    """What rules are meant to give."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:govern"}
    serializer_class = BudgetSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Budget]:
        if getattr(self, "swagger_fake_view", False):
            return Budget._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        budgets: QuerySet[Budget] = Budget.objects.order_by("-set_at", "-id")
        return budgets

    @documented(
        request=BudgetAsked, answer=BudgetShown, status=201, parameters=(IDEMPOTENCY_KEY,),
        operation_id="set_budget", summary="Watch what rules give", tags=["rules"],
    )  # fmt: skip
    @idempotent
    def create(self, request: Request) -> Response:
        """Colleagues are told when 80 and when 100 percent are used; no price changes for it."""
        asked = bodies.read(request._request, BudgetAsked)  # noqa: SLF001 - the body itself
        budget = services.set_budget(
            name=asked.name, amount=Money.parse(asked.amount, asked.currency), rule_id=asked.rule_id,
            tag=asked.tag, starts_at=asked.starts_at, ends_at=asked.ends_at,
            set_by=actor_of(request),
        )  # fmt: skip
        return _answer(budget, status.HTTP_201_CREATED)

    @documented(
        answer=BudgetShown, operation_id="get_budget", summary="A budget and how much of it is used",
        tags=["rules"], parameters=(BUDGET,),
    )  # fmt: skip
    def retrieve(self, request: Request, budget_id: UUID) -> Response:
        """It reads all evaluations of the budget's time: ask once a minute, not with each cart."""
        del request
        return _answer(queries.budget_of(budget_id))

    @documented(
        answer=BudgetShown, operation_id="close_budget", summary="Watch a budget no more", tags=["rules"],
        parameters=(BUDGET, IDEMPOTENCY_KEY),
    )  # fmt: skip
    @idempotent
    def close(self, request: Request, budget_id: UUID) -> Response:
        """What it counted until now stays to be seen."""
        return _answer(services.close_budget(budget_id=budget_id, closed_by=actor_of(request)))


def _answer(budget: Budget, code: int = status.HTTP_200_OK) -> Response:
    return Response(msgspec.to_builtins(_shown(budget)), status=code)


def _shown(budget: Budget) -> BudgetShown:
    standing = queries.standing_of(budget)
    return BudgetShown(
        id=budget.id, name=budget.name, amount=budget.amount, rule_id=budget.rule_id, tag=budget.tag,
        starts_at=budget.starts_at, ends_at=budget.ends_at, set_by=budget.set_by,
        set_at=budget.set_at, closed_by=budget.closed_by, closed_at=budget.closed_at,
        told_percent=budget.told_percent, use=_use(standing) if standing else None,
    )  # fmt: skip


def _use(standing: queries.Standing) -> BudgetUse:
    burned, currency = standing.burned, standing.budget.currency
    return BudgetUse(
        used=standing.used, left=standing.left, percent=standing.percent,
        per_day=None if burned.per_day is None else Money.of_minor(round(burned.per_day), currency),
        used_up_on=burned.used_up_on,
        days=tuple(DayLeft(day, Money.of_minor(left, currency)) for day, left in burned.left),
    )  # fmt: skip
