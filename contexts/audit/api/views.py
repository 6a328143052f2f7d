"""`/api/v1/audit/`: what was done, whether the chain of it holds, and the chain itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.audit import queries
from contexts.audit.api.serializers import EntrySerializer
from contexts.audit.models import AuditEntry
from shared_kernel.api.fast import FastView
from shared_kernel.api.pagination import ByNewest
from shared_kernel.api.schema import documented
from shared_kernel.errors import Invalid, NotFound

SCOPES = {"read": "audit:read", "write": "audit:read"}
# a request walks so far; the command walks to the end
MOST_AT_ONCE = 20_000
MOST_EVALUATIONS = 5_000
_HIGHEST = 2**63 - 1
AFTER = OpenApiParameter(
    "after",
    {"type": "integer", "minimum": 0, "maximum": _HIGHEST, "default": 0},
    OpenApiParameter.QUERY,
    description="Begin behind this entry.",
)
EVALUATIONS = OpenApiParameter(
    "evaluations",
    {"type": "string", "enum": ["compared", "left-out"], "default": "compared"},
    OpenApiParameter.QUERY,
    description="Whether sealed evaluations are compared with their seals.",
)


class ByNumber(ByNewest):
    ordering = "-sequence"


class EntryFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    type = filters.CharFilter()
    actor = filters.CharFilter()
    subject = filters.CharFilter()
    occurred_from = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="gte")
    occurred_before = filters.IsoDateTimeFilter(field_name="occurred_at", lookup_expr="lt")


@extend_schema_view(list=extend_schema(summary="List audit entries, newest first"))
@extend_schema(tags=["audit"])
class Entries(mixins.ListModelMixin, viewsets.GenericViewSet[AuditEntry]):
    scopes: ClassVar = SCOPES
    serializer_class = EntrySerializer
    filterset_class = EntryFilter
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[AuditEntry]:
        if getattr(self, "swagger_fake_view", False):
            return AuditEntry._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        entries: QuerySet[AuditEntry] = AuditEntry.objects.all()
        return entries

    @extend_schema(
        summary="An audit entry",
        responses=EntrySerializer,
        parameters=[OpenApiParameter("sequence", OpenApiTypes.INT, OpenApiParameter.PATH)],
    )
    def retrieve(self, request: Request, sequence: int) -> Response:
        del request
        if sequence > _HIGHEST:
            raise NotFound(what="entry", id=sequence)
        return Response(EntrySerializer(queries.entry_of(sequence)).data)


class Verification(FastView):
    scopes: ClassVar = SCOPES

    @documented(
        answer=queries.Verification, operation_id="verify_audit", summary="Does the chain hold?",
        tags=["audit"], parameters=(AFTER, EVALUATIONS),
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """
        Walk along the chain and name what does not fit, at most 20,000 numbers or 5,000 evaluations far.

        While `complete` is false, go on with `after` = `last`.
        """
        evaluations = request.query_params.get("evaluations", "compared")
        if evaluations not in {"compared", "left-out"}:
            raise Invalid(reason="evaluations is compared or left-out.", pointers=("/evaluations",))
        found = queries.verification(
            after=_after(request),
            most=MOST_AT_ONCE,
            most_evaluations=MOST_EVALUATIONS,
            evaluations=evaluations == "compared",
        )
        return self.answer(found)


class Export(FastView):
    scopes: ClassVar = SCOPES

    @extend_schema(
        operation_id="export_audit",
        summary="Export the chain",
        tags=["audit"],
        parameters=[AFTER],
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Entries as JSON Lines, each as it is hashed, and in the last line the signed head."""
        lines = queries.export(after=_after(request))
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")


def _after(request: Request) -> int:
    given: Any = request.query_params.get("after", "0")
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(_HIGHEST))):
        raise Invalid(reason="after is the number of an entry.", pointers=("/after",))
    return min(int(given), _HIGHEST)
