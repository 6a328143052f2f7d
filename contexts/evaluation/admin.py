"""The pages of evaluations: every cart that was priced, as a receipt."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.paginator import InfinitePaginator

from contexts.evaluation import queries
from contexts.evaluation.models import EvaluationRecord
from shared_kernel.admin import ScopedAdmin, demand, told
from shared_kernel.errors import NotFound
from shared_kernel.money import Money
from shared_kernel.shown import shown_json

LIST = "admin:evaluation_evaluationrecord_changelist"


@admin.register(EvaluationRecord)
class EvaluationRecordAdmin(ScopedAdmin):
    read_scope = "evaluation:read"
    list_display: ClassVar = ["evaluation", "lines", "discount", "total", "by_rules"]
    list_display_links: ClassVar = ["evaluation"]
    nothing = "No cart has been priced yet."
    search_fields: ClassVar = ["id"]
    search_help_text = "an evaluation's id"
    ordering: ClassVar = ["-evaluated_at"]
    # counting every cart ever priced would cost more than the page
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The one of exactly that id."""
        del request
        if not search_term.strip():
            return queryset, False
        try:
            return queryset.filter(id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        demand(request, self.read_scope)
        try:
            record = queries.record_of(UUID(object_id))
        except (ValueError, NotFound):
            return told(request, NotFound(what="evaluation", id=object_id), LIST)
        context = {
            "title": "Evaluation",
            "record": record,
            "priced": record.priced,
            "cart": shown_json(record.cart),
            "has_rules": "rules" in settings.TOPOLOGY.here,
        }
        return self.page(request, "evaluation/receipt.html", context)

    @admin.display(description="when", ordering="evaluated_at")
    def evaluation(self, record: EvaluationRecord) -> SafeString:
        return format_html(
            '<span class="v-name">{}</span><span class="v-slug">{}</span>',
            record.evaluated_at.strftime("%Y-%m-%d %H:%M:%S"),
            record.id,
        )

    @admin.display(description="lines")
    def lines(self, record: EvaluationRecord) -> int:
        return len(record.priced["lines"])

    @admin.display(description="discount", ordering="discount_minor")
    def discount(self, record: EvaluationRecord) -> str:
        return str(Money.of_minor(record.discount_minor, record.currency))

    @admin.display(description="total", ordering="total_minor")
    def total(self, record: EvaluationRecord) -> str:
        return str(Money.of_minor(record.total_minor, record.currency))

    @admin.display(description="decided by")
    def by_rules(self, record: EvaluationRecord) -> str:
        parts = [*record.priced["lines"], record.priced["shipping"] or {"adjustments": []}]
        names = {it["rule"] for part in parts for it in part["adjustments"]}
        return ", ".join(sorted(names)) or "no rule applied"
