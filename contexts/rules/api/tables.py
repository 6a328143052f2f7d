"""`/api/v1/rules/{id}/versions/{n}/table/csv` and `table/xlsx`: decision tables as files."""

from __future__ import annotations

from typing import IO, Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import queries, services
from contexts.rules.api.asking import NUMBER, RULE, SCOPES, actor_of, answer_with
from contexts.rules.api.serializers import VersionSerializer
from contexts.rules.errors import NotATable, SheetUnreadable
from contexts.rules.models import RuleVersion
from contexts.rules.policies.sheets import grid_of
from contexts.rules.policies.spreadsheets import LARGEST, TYPES, Kind, write_sheet
from shared_kernel.api.etags import etag_of, require_match
from shared_kernel.api.schema import IF_MATCH


class Sheet(dict[str, bytes]):
    """The body of a request that is a file: `content`."""


class SheetParser(BaseParser):
    """A file as it is, up to the size of one that is read."""

    media_type = "*/*"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Sheet:
        del media_type, parser_context
        return Sheet(content=stream.read(LARGEST + 1))


@extend_schema(tags=["rules"], parameters=[RULE, NUMBER])
class Tables(viewsets.GenericViewSet[RuleVersion]):
    """A version's decision table as a sheet."""

    scopes: ClassVar = SCOPES
    serializer_class = VersionSerializer
    parser_classes = (SheetParser,)
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[RuleVersion]:
        return RuleVersion._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(
        summary="A version's decision table as a file",
        responses={
            (200, "text/csv"): OpenApiTypes.BINARY,
            (200, TYPES["xlsx"]): OpenApiTypes.BINARY,
        },
    )
    def retrieve(self, request: Request, rule_id: UUID, number: int, kind: Kind) -> HttpResponse:
        del request
        version = queries.version_of(rule_id=rule_id, number=number)
        table = version.text.table
        if not table:
            raise NotATable(version=number)
        response = HttpResponse(write_sheet(grid_of(table), kind), content_type=TYPES[kind])
        response["Content-Disposition"] = f'attachment; filename="{version.rule.slug}.{kind}"'
        response["ETag"] = etag_of(version.revision)
        return response

    @extend_schema(
        summary="Let a draft say the table of a file",
        description="Plain words in columns of text are put in quotes; whatever cannot be read is refused by line and column.",
        request={"text/csv": OpenApiTypes.BINARY, TYPES["xlsx"]: OpenApiTypes.BINARY},
        responses=VersionSerializer,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, rule_id: UUID, number: int, kind: Kind) -> Response:
        del kind  # what the file is, it says itself
        revision = queries.version_of(rule_id=rule_id, number=number).revision
        require_match(request, revision)
        content = request.data["content"] if isinstance(request.data, Sheet) else b""
        if not content:
            raise SheetUnreadable(fault="Send the file as the body.")
        draft = services.write_table(
            rule_id=rule_id,
            number=number,
            content=content,
            author=actor_of(request),
            revision=revision,
        )
        return answer_with(draft)
