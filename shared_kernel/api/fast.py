"""The fast lane: an APIView whose body and answer are msgspec structs, documented by the same schema."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from shared_kernel.api import bodies

T = TypeVar("T")


class FastView(APIView):
    """`read(request, Cart)` and `answer(value)`; authentication, scopes, limits and problems as everywhere."""

    scopes: ClassVar[dict[str, str]]

    def read(self, request: Request, kind: type[T]) -> T:
        return bodies.read(request._request, kind)  # noqa: SLF001 - the body itself, unparsed

    def answer(self, value: Any, status: int = HTTPStatus.OK) -> HttpResponse:
        return HttpResponse(
            msgspec.json.encode(value), status=status, content_type="application/json"
        )

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        """This lane speaks JSON only, so there is nothing to negotiate."""
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type
