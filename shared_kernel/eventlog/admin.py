"""The pages of the event log: what happened, and the messages that could not be delivered."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from shared_kernel.admin import ReadOnlyAdmin, demand, may, told
from shared_kernel.bus.messages import Event, known_messages
from shared_kernel.errors import NotFound
from shared_kernel.eventlog.models import Delivery, EventRecord
from shared_kernel.eventlog.receiving import replay
from shared_kernel.shown import shown_json, shown_time


class TypeFilter(admin.SimpleListFilter):
    """By the events that this release knows; the log itself is not searched for its types."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        known = known_messages().items()
        return [(name, name) for name, kind in sorted(known) if issubclass(kind, Event)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(EventRecord)
class EventRecordAdmin(ReadOnlyAdmin):
    read_scope = "eventlog:read"
    list_display: ClassVar = ["occurred", "type", "stream_link", "version", "actor"]
    list_display_links: ClassVar = ["type"]
    list_filter: ClassVar = [TypeFilter]
    search_fields: ClassVar = ["stream"]
    search_help_text = "a stream such as rule-0197…, an id, or a correlation"
    ordering: ClassVar = ["-id"]
    fields: ClassVar = [
        "occurred", "type", "stream_link", "version", "actor", "correlation", "said", "metadata_said",
    ]  # fmt: skip
    # counting everything that ever happened would cost more than the page
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Whole streams, ids and correlations: each has an index or is asked for by few."""
        del request
        wanted = search_term.strip()
        if not wanted:
            return queryset, False
        found = Q(stream=wanted) | Q(metadata__correlation=wanted)
        if (event_id := _uuid(wanted)) is not None:
            found |= Q(id=event_id)
        return queryset.filter(found), False

    @admin.display(description="when", ordering="id")
    def occurred(self, event: EventRecord) -> str:
        return event.occurred_at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    @admin.display(description="stream")
    def stream_link(self, event: EventRecord) -> SafeString:
        where = reverse("admin:eventlog_eventrecord_changelist")
        link = '<a class="v-slug" href="{}?q={}" title="All that happened to it">{}</a>'
        return format_html(link, where, event.stream, event.stream)

    @admin.display(description="who")
    def actor(self, event: EventRecord) -> str:
        return event.metadata.get("actor") or "the system"

    @admin.display(description="correlation")
    def correlation(self, event: EventRecord) -> SafeString:
        where, known = reverse("admin:eventlog_eventrecord_changelist"), event.metadata
        link = '<a class="v-slug" href="{}?q={}">{}</a>'
        return format_html(link, where, known.get("correlation", ""), known.get("correlation", ""))

    @admin.display(description="data")
    def said(self, event: EventRecord) -> SafeString:
        return shown_json(event.data)

    @admin.display(description="metadata")
    def metadata_said(self, event: EventRecord) -> SafeString:
        return shown_json(event.metadata)


class StandingFilter(admin.SimpleListFilter):
    """Parked unless something else is asked for: that is what somebody has to look at."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [("pending", "On their way"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        shown = [(None, "Parked"), *self.lookup_choices]
        for value, title in shown:
            query = changelist.get_query_string(
                {self.parameter_name: value} if value else {},
                [] if value else [self.parameter_name],
            )
            yield {"selected": self.value() == value, "query_string": query, "display": title}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        wanted = self.value() or Delivery.Status.PARKED
        return queryset if wanted == "all" else queryset.filter(status=wanted)


@require_POST
def replay_one(request: HttpRequest, model_admin: Any, delivery_id: UUID) -> HttpResponse:
    del model_admin
    demand(request, "eventlog:replay")
    delivery = Delivery.objects.filter(id=delivery_id).first()
    where = "admin:eventlog_delivery_changelist"
    if delivery is None:
        return told(request, NotFound(what="parked message", id=delivery_id), where)
    replay(delivery)
    messages.success(request, _sent_again(1))
    return redirect(where)


def _sent_again(count: int) -> str:
    if not count:
        return "None of them is parked any more."
    what = "The message is" if count == 1 else f"{count} messages are"
    return f"{what} on the way again; what fails again is parked again."


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    read_scope = "eventlog:read"
    list_display: ClassVar = [
        "message",
        "context",
        "standing",
        "attempts",
        "short_error",
        "since",
    ]
    list_filter: ClassVar = [StandingFilter]
    list_before_template = "eventlog/parked.html"
    nothing = "Nothing is stuck: every message has been heard."
    search_fields: ClassVar = ["stream", "context"]
    search_help_text = "a stream, or the context that did not hear it"
    ordering: ClassVar = ["-id"]
    fields: ClassVar = ["event", "context", "standing", "attempts", "due_at", "created_at", "whole_error", "said"]  # fmt: skip
    change_form_before_template = None
    change_form_outer_before_template = "eventlog/replay.html"
    actions: ClassVar = ["replay_chosen"]
    custom_urls = (("<uuid:delivery_id>/replay/", "eventlog_replay", replay_one),)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return may(request, "eventlog:replay")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tabs = [("", "Parked"), ("pending", "On their way"), ("all", "All")]
        chosen = request.GET.get("status", "")
        context = {"title": "Messages", "standings": tabs, "chosen": chosen}
        answer: HttpResponse = super().changelist_view(
            request, {**context, **(extra_context or {})}
        )
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {"may_replay": may(request, "eventlog:replay"), **(extra_context or {})}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context)
        return answer

    @action(description="Replay", permissions=["replay"])  # type: ignore[untyped-decorator]  # unfold's
    def replay_chosen(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Deliver the chosen parked messages once more, oldest first."""
        parked = list(chosen.filter(status=Delivery.Status.PARKED).order_by("id"))
        for delivery in parked:
            replay(delivery)
        messages.success(request, _sent_again(len(parked)))

    @admin.display(description="message", ordering="id")
    def message(self, delivery: Delivery) -> SafeString:
        kind = EventRecord.objects.filter(id=delivery.event_id).values_list("type", flat=True)
        return format_html(
            '<span class="v-name">{}</span><span class="v-slug">{}@{}</span>',
            kind.first() or "unknown event", delivery.stream, delivery.version,
        )  # fmt: skip

    @admin.display(description="event")
    def event(self, delivery: Delivery) -> SafeString:
        where = reverse("admin:eventlog_eventrecord_change", args=[delivery.event_id])
        return format_html('<a class="v-link" href="{}">{}</a>', where, delivery.event_id)

    @admin.display(description="status", ordering="status")
    def standing(self, delivery: Delivery) -> SafeString:
        return format_html(
            '<span class="v-label v-label-{}">{}</span>',
            delivery.status,
            "Parked" if delivery.status == Delivery.Status.PARKED else "On its way",
        )

    @admin.display(description="since", ordering="created_at")
    def since(self, delivery: Delivery) -> SafeString:
        return shown_time(delivery.created_at)

    @admin.display(description="error")
    def short_error(self, delivery: Delivery) -> str:
        shown = 90
        return delivery.error if len(delivery.error) <= shown else f"{delivery.error[:shown]}…"

    @admin.display(description="error")
    def whole_error(self, delivery: Delivery) -> SafeString:
        return format_html('<pre class="v-json-shown">{}</pre>', delivery.error or "none")

    @admin.display(description="what it says")
    def said(self, delivery: Delivery) -> Any:
        found = EventRecord.objects.filter(id=delivery.event_id).first()
        return shown_json(found.data) if found else "The event is not in this database."


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
