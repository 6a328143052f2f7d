from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from contexts.calculator.models import (
    Algorithm,
    AlgorithmUsage,
    CalculationRequest,
    CalculationResult,
)


class ReadOnly:
    """What is shown here is changed by use cases only, which tell others."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's names
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's names
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's names
        return False


@admin.register(Algorithm)
class AlgorithmAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    list_display: ClassVar = ["name", "version", "withdrawn_at", "reason", "forced"]
    list_filter: ClassVar = ["forced"]
    search_fields: ClassVar = ["name", "reason"]


@admin.register(AlgorithmUsage)
class AlgorithmUsageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    list_display: ClassVar = ["name", "version", "uses", "last_used_at"]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["-last_used_at"]


class ResultInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold carries no types
    model = CalculationResult
    fields: ClassVar = ["output"]


@admin.register(CalculationRequest)
class CalculationRequestAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    list_display: ClassVar = ["algorithm", "version", "actor", "requested_at"]
    list_filter: ClassVar = ["algorithm"]
    search_fields: ClassVar = ["algorithm", "actor"]
    inlines: ClassVar = [ResultInline]
