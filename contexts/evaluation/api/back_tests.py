"""`/api/v1/evaluation/back-tests` and `/api/v1/evaluation/order-files`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from msgspec import Meta
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.evaluation import queries, services
from contexts.evaluation.messages import BackTestStanding, DraftUnderTest, OrderFileKept
from contexts.evaluation.models import BackTest, OrderFile
from contexts.evaluation.orders.uploads import BYTES_AT_MOST, keep_upload
from shared_kernel.api import bodies
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.principals import principal_of
from shared_kernel.api.schema import IDEMPOTENCY_KEY, documented
from shared_kernel.errors import Invalid

SCOPES = {"read": "evaluation:read", "write": "evaluation:write"}
ORDER_LINES = ("text/csv", "application/gzip", "application/octet-stream")
NAMES = {"name": ("orders.csv", 200), "currency": ("GBP", 3), "channel": ("wholesale", 64)}
BACK_TEST = OpenApiParameter("back_test_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
ORDER_FILE = OpenApiParameter("order_file_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class BackTestAskedFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Drafts, and one of two sources: an order file, or the evaluations of so many last days."""

    drafts: Annotated[tuple[DraftUnderTest, ...], Meta(min_length=1, max_length=20)]
    order_file: UUID | None = None
    days: Annotated[int, Meta(ge=1, le=366)] | None = None


class BackTestSerializer(serializers.ModelSerializer[BackTest]):
    class Meta:
        model = BackTest
        fields = (
            "id", "content_hash", "rule_id", "source", "status", "carts_total", "carts_done", "asked_by", "asked_at",
            "started_at", "finished_at", "failure",
        )  # fmt: skip


class OrderFileSerializer(serializers.ModelSerializer[OrderFile]):
    file = serializers.CharField(source="name")

    class Meta:
        model = OrderFile
        fields = (
            "id", "file", "currency", "channel", "orders", "lines", "reported", "first_at", "last_at", "uploaded_by",
            "uploaded_at",
        )  # fmt: skip


@extend_schema_view(list=extend_schema(summary="List back-tests"))
@extend_schema(tags=["evaluation"])
class BackTests(mixins.ListModelMixin, viewsets.GenericViewSet[BackTest]):
    """What drafts would have done to real carts."""

    scopes: ClassVar = SCOPES
    serializer_class = BackTestSerializer
    filter_backends = ()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return BackTest._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        return BackTest.objects.defer("tally", "result", "drafts")

    @documented(
        request=BackTestAskedFor, answer=BackTestStanding, status=201, parameters=(IDEMPOTENCY_KEY,),
        operation_id="start_back_test", summary="Start a back-test", tags=["evaluation"],
    )  # fmt: skip
    @idempotent
    def create(self, request: Request) -> Response:
        """It runs by itself, beside the rules active now; ask for it again until it is done."""
        asked = bodies.read(request._request, BackTestAskedFor)  # noqa: SLF001 - the body itself
        test = services.ask_for_back_test(
            drafts=asked.drafts,
            order_file_id=asked.order_file,
            days=asked.days,
            asked_by=_actor(request),
        )
        return _answer(queries.shown(test), status.HTTP_201_CREATED)

    @documented(
        answer=BackTestStanding, operation_id="get_back_test", summary="A back-test and its result",
        tags=["evaluation"], parameters=(BACK_TEST,),
    )  # fmt: skip
    def retrieve(self, request: Request, back_test_id: UUID) -> Response:
        """How far it is; once it is done, what the drafts would have done."""
        del request
        return _answer(queries.shown(queries.back_test_of(back_test_id)))


@extend_schema_view(list=extend_schema(summary="List order files"))
@extend_schema(tags=["evaluation"])
class OrderFiles(mixins.ListModelMixin, viewsets.GenericViewSet[OrderFile]):
    """Real orders, kept for back-tests."""

    scopes: ClassVar = SCOPES
    serializer_class = OrderFileSerializer
    filter_backends = ()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return OrderFile._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        return OrderFile.objects.all()

    @extend_schema(request=dict.fromkeys(ORDER_LINES, OpenApiTypes.BINARY))
    @documented(
        answer=OrderFileKept, status=201, operation_id="keep_order_file", summary="Upload an order file",
        tags=["evaluation"],
        parameters=tuple(
            OpenApiParameter(name, default=usual, description=f"Up to {most} characters.")
            for name, (usual, most) in NAMES.items()
        ),
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """
        The file itself as the body: CSV or gzip, up to 10 MB, in the Online Retail columns.

        Needs no idempotency key: the same content again is the file that is kept already.
        """
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        if sent not in ORDER_LINES:
            raise UnsupportedMediaType(sent)
        told = {name: _told(request, name) for name in NAMES}
        content = request._request.read(BYTES_AT_MOST + 1)  # noqa: SLF001 - the body itself
        file = keep_upload(content=content, uploaded_by=_actor(request), **told)
        return _answer(queries.kept(file), status.HTTP_201_CREATED)

    @documented(
        answer=OrderFileKept, operation_id="get_order_file", tags=["evaluation"],
        summary="An order file, and what of it is not priced", parameters=(ORDER_FILE,),
    )  # fmt: skip
    def retrieve(self, request: Request, order_file_id: UUID) -> Response:
        """How many orders and lines, and the first lines that are none."""
        del request
        return _answer(queries.kept(queries.order_file_of(order_file_id)))

    @extend_schema(summary="Remove an order file", responses={204: None}, parameters=[ORDER_FILE])
    def destroy(self, request: Request, order_file_id: UUID) -> Response:
        """Back-tests that are over keep their results; one under way over it fails."""
        services.remove_order_file(order_file_id=order_file_id, removed_by=_actor(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _told(request: Request, name: str) -> str:
    usual, most = NAMES[name]
    told = request.query_params.get(name, usual).replace("\0", "").strip()
    if len(told) > most:
        raise Invalid(reason=f"{name} has {most} characters at most.", pointers=(f"query:{name}",))
    return told


def _actor(request: Any) -> str:
    return principal_of(request._request).actor  # noqa: SLF001 - DRF keeps the request it wraps there


def _answer(value: Any, code: int = status.HTTP_200_OK) -> Response:
    return Response(msgspec.to_builtins(value), status=code)
