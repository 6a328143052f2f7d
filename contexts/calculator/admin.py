"""The pages of the calculator: what was asked and answered, by which algorithm."""

from __future__ import annotations

import json
from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString

from contexts.calculator.models import Algorithm, AlgorithmUsage, CalculationRequest
from shared_kernel.admin import ReadOnlyAdmin
from shared_kernel.shown import shown_json


@admin.register(Algorithm)
class AlgorithmAdmin(ReadOnlyAdmin):
    read_scope = "calculator:read"
    list_display: ClassVar = ["name", "version", "withdrawn_at", "reason", "forced"]
    list_filter: ClassVar = ["forced"]
    search_fields: ClassVar = ["name", "reason"]
    ordering: ClassVar = ["-withdrawn_at"]
    actions = None


@admin.register(AlgorithmUsage)
class AlgorithmUsageAdmin(ReadOnlyAdmin):
    read_scope = "calculator:read"
    list_display: ClassVar = ["name", "version", "uses", "last_used_at"]
    search_fields: ClassVar = ["name"]
    ordering: ClassVar = ["-last_used_at"]
    actions = None


@admin.register(CalculationRequest)
class CalculationRequestAdmin(ReadOnlyAdmin):
    read_scope = "calculator:read"
    list_display: ClassVar = ["algorithm", "version", "actor", "requested_at"]
    list_filter: ClassVar = ["algorithm"]
    search_fields: ClassVar = ["algorithm", "actor"]
    ordering: ClassVar = ["-id"]
    fields: ClassVar = ["algorithm", "version", "actor", "requested_at", "asked", "answered"]
    actions = None

    @admin.display(description="what was asked")
    def asked(self, calculation: CalculationRequest) -> SafeString:
        return shown_json(json.loads(calculation.input))

    @admin.display(description="what it gave")
    def answered(self, calculation: CalculationRequest) -> SafeString:
        result = calculation.results.get()
        return shown_json(json.loads(result.output))
