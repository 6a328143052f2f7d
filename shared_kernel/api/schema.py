"""The document (OpenAPI 3.1): msgspec structs beside serializers, and a problem document for every refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from shared_kernel.money import Money

F = TypeVar("F", bound=Callable[..., Any])
TEMPLATE = "#/components/schemas/{name}"
_documented: list[Any] = []


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped upstream
    """How the document names the credential."""

    target_class = "shared_kernel.api.security.PrincipalAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        del auto_schema
        return {"type": "http", "scheme": "bearer"}


PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem document",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
REFUSALS = {
    "400": "The request cannot be read",
    "401": "No live credential",
    "403": "The credential lacks the scope",
    "404": "Nothing under that id",
    "409": "In conflict with the present state",
    "412": "Changed since it was read",
    "413": "Body too large",
    "415": "Not JSON",
    "422": "Understood, but impossible",
    "428": "If-Match is missing",
    "429": "Too many requests",
    "503": "A part of the system is not there",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key and body replay the first answer.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of the state that is changed.",
)


def documented(
    *,
    answer: Any,
    request: Any = None,
    status: int = 200,
    parameters: tuple[OpenApiParameter, ...] = (),
    **more: Any,
) -> Callable[[F], F]:
    """Document a fast-lane method by the very structs that it reads and answers."""
    _documented.extend(kind for kind in (request, answer) if kind is not None)
    body = {"application/json": schema_of(request)} if request is not None else None
    return extend_schema(
        request=body,
        responses={(status, "application/json"): schema_of(answer)},
        parameters=list(parameters),
        **more,
    )


def schema_of(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=TEMPLATE)
    return schema


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:  # noqa: FBT001
    """Spectacular's hook: add the structs, the problem document, and where it is answered."""
    del generator, request, public
    _, components = msgspec.json.schema_components([*_documented, Money], ref_template=TEMPLATE)
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(components)
    schemas["Problem"] = PROBLEM
    problem = {"application/problem+json": {"schema": {"$ref": TEMPLATE.format(name="Problem")}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            responses = operation.setdefault("responses", {})
            for status, why in REFUSALS.items():
                responses.setdefault(status, {"description": why, "content": problem})
    return result
