"""The pages of audit: the entries, whether their chain holds, and all that happened to one subject."""

from __future__ import annotations

import inspect
import json
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.paginator import InfinitePaginator

from contexts.audit import queries
from contexts.audit.models import AuditEntry
from shared_kernel import clock
from shared_kernel.admin import ReadOnlyAdmin, demand
from shared_kernel.bus.messages import Event, known_messages, message_named
from shared_kernel.shown import shown_json, shown_time

LIST = "admin:audit_auditentry_changelist"
# a page walks so far back; the command walks from the beginning
MOST_AT_ONCE = 20_000
MOST_EVALUATIONS = 5_000
MOST_SHOWN = 500
DIGITS = len(str(2**63))


class TypeFilter(admin.SimpleListFilter):
    """By the acts that this release knows; the chain itself is not searched for its types."""

    title = "act"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        known = known_messages().items()
        return [(name, _in_words(name)) for name, kind in sorted(known) if issubclass(kind, Event)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        return queryset.filter(type=self.value()) if self.value() else queryset


class TimeFilter(admin.SimpleListFilter):
    title = "when"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [("1", "The last 24 hours"), ("7", "The last 7 days"), ("30", "The last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        days = dict(self.lookup_choices).keys() & {self.value()}
        since = [clock.now() - timedelta(days=int(it)) for it in days]
        return queryset.filter(occurred_at__gte=since[0]) if since else queryset


def _in_words(kind: str) -> str:
    """`rules.rule-approved.v1` as people say it: Rule approved."""
    words = kind.split(".")[1].replace("-", " ") if kind.count(".") > 1 else kind
    return (words[:1].upper() + words[1:]).replace("Api key", "API key")


def _means(kind: str) -> str:
    """What the context says of the event, in the first sentence of its window."""
    found = message_named(kind)
    said = inspect.getdoc(found) or "" if found else ""
    first = said.partition("\n\n")[0]
    # `at` is the event's own moment, which stands beside it
    return (
        first.replace("From `at` on", "From then on")
        .replace("from `at` on", "from then on")
        .replace("`", "")
    )


def _who(actor: str) -> str:
    kind, _, name = actor.partition(":")
    return f"API key {name}" if kind == "key" else name or actor or "the system"


@require_POST
def verify(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Walk along the newest part of the chain and show what does not fit."""
    demand(request, "audit:read")
    end = queries.head()
    newest = max(0, end.sequence - MOST_AT_ONCE) if end else 0
    given = request.POST.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < DIGITS else newest
    found = queries.verification(
        after=after, most=MOST_AT_ONCE, most_evaluations=MOST_EVALUATIONS
    )  # fmt: skip
    context = {"title": "Does the chain hold?", "found": found, "most": MOST_AT_ONCE}
    page: HttpResponse = model_admin.page(request, "audit/verification.html", context)
    return page


def life(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """All that happened to one subject, oldest first."""
    demand(request, "audit:read")
    subject = request.GET.get("subject", "")[:200]
    entries = list(queries.life_of(subject)[: MOST_SHOWN + 1])
    context = {
        "title": "Life of this rule" if subject.startswith("rule-") else "All that happened",
        "subject": subject,
        "more": len(entries) > MOST_SHOWN,
        "steps": [
            {
                "entry": it,
                "what": _in_words(it.type),
                "means": _means(it.type),
                "who": _who(it.actor),
                "said": shown_json(json.loads(it.data)),
            }
            for it in entries[:MOST_SHOWN]
        ],
    }
    page: HttpResponse = model_admin.page(request, "audit/life.html", context)
    return page


def download(request: HttpRequest, model_admin: Any) -> StreamingHttpResponse:
    """The chain as a file, with its signed head."""
    del model_admin
    demand(request, "audit:read")
    answer = StreamingHttpResponse(queries.export(), content_type="application/x-ndjson")
    name = f"audit-{clock.now():%Y-%m-%d}.jsonl"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    read_scope = "audit:read"
    list_display: ClassVar = ["number", "what", "who", "subject_link", "when"]
    list_display_links: ClassVar = ["number"]
    list_filter: ClassVar = [TypeFilter, TimeFilter]
    search_fields: ClassVar = ["subject"]
    search_help_text = (
        "a subject such as rule-0197…, an actor such as user:anna, a correlation, or a number"
    )
    list_before_template = "audit/standing.html"
    nothing = "Nothing has happened yet."
    ordering: ClassVar = ["-sequence"]
    fields: ClassVar = [
        "sequence", "what", "type", "who", "subject_link", "occurred", "recorded", "said", "event_id",
        "correlation", "causation", "previous_hash", "hash",
    ]  # fmt: skip
    # counting all that ever happened would cost more than the page
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None
    custom_urls = (
        ("verify/", "audit_verify", verify),
        ("life/", "audit_life", life),
        ("export/", "audit_export", download),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Audit", "chain": queries.head(), **(extra_context or {})}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whole subjects, actors, correlations and numbers: each has an index or is asked for by few."""
        del request
        wanted = search_term.strip()
        if not wanted:
            return queryset, False
        found = Q(subject=wanted) | Q(actor=wanted) | Q(correlation=wanted)
        if wanted.isascii() and wanted.isdigit() and len(wanted) < DIGITS:
            found |= Q(sequence=int(wanted))
        return queryset.filter(found), False

    @admin.display(description="number", ordering="sequence")
    def number(self, entry: AuditEntry) -> int:
        return entry.sequence

    @admin.display(description="what")
    def what(self, entry: AuditEntry) -> SafeString:
        return format_html(
            '<span class="v-name">{}</span><span class="v-means">{}</span>',
            _in_words(entry.type), _means(entry.type),
        )  # fmt: skip

    @admin.display(description="who", ordering="actor")
    def who(self, entry: AuditEntry) -> SafeString:
        return format_html('<span class="v-time">{}</span>', _who(entry.actor))

    @admin.display(description="to what")
    def subject_link(self, entry: AuditEntry) -> SafeString:
        link = '<a class="v-slug" href="{}?subject={}" title="All that happened to it">{}</a>'
        return format_html(link, reverse("admin:audit_life"), entry.subject, entry.subject)

    @admin.display(description="when", ordering="sequence")
    def when(self, entry: AuditEntry) -> SafeString:
        return shown_time(entry.occurred_at)

    @admin.display(description="happened")
    def occurred(self, entry: AuditEntry) -> str:
        return f"{entry.occurred_at:%Y-%m-%d %H:%M:%S.%f} UTC"

    @admin.display(description="recorded")
    def recorded(self, entry: AuditEntry) -> str:
        return f"{entry.recorded_at:%Y-%m-%d %H:%M:%S.%f} UTC"

    @admin.display(description="what was told")
    def said(self, entry: AuditEntry) -> SafeString:
        return shown_json(json.loads(entry.data))
