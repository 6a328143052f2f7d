"""The pages of sagas: where each run stands."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from shared_kernel.admin import ReadOnlyAdmin
from shared_kernel.sagas.models import SagaRecord
from shared_kernel.shown import shown_json


@admin.register(SagaRecord)
class SagaRecordAdmin(ReadOnlyAdmin):
    read_scope = "eventlog:read"
    list_display: ClassVar = ["saga", "key", "standing", "step", "attempts", "due_at"]
    list_filter: ClassVar = ["status"]
    search_fields: ClassVar = ["saga", "key"]
    ordering: ClassVar = ["-id"]
    fields: ClassVar = [
        "saga", "key", "standing", "step", "attempts", "reason", "step_started_at", "due_at", "created_at", "known",
    ]  # fmt: skip
    actions = None

    @admin.display(description="status", ordering="status")
    def standing(self, saga: SagaRecord) -> SafeString:
        label = '<span class="v-label v-label-{}">{}</span>'
        return format_html(label, saga.status, saga.get_status_display())

    @admin.display(description="what it knows")
    def known(self, saga: SagaRecord) -> SafeString:
        return shown_json(saga.state)
