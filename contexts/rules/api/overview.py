"""`/api/v1/rules/calendar`, `/api/v1/rules/map`: what is active when, and what rules speak about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contexts.rules.api.asking import SCOPES
from contexts.rules.api.serializers import StopSerializer
from contexts.rules.queries import calendar as calendars
from contexts.rules.queries import mapping
from shared_kernel import clock

DAYS = 30


class SpanSerializer(serializers.Serializer[Any]):
    """A time in which a version decided, decides, is tried by a roll-out, is paused, or is to decide; an end of null is open."""

    rule_id = serializers.UUIDField(source="version.rule_id")
    slug = serializers.CharField(source="version.rule.slug")
    point = serializers.CharField(source="version.rule.point")
    version = serializers.IntegerField(source="version.number")
    name = serializers.CharField(source="version.name")
    standing = serializers.ChoiceField(
        choices=["active", "paused", "retired", "scheduled", "tried"]
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    percent = serializers.CharField(
        allow_null=True, help_text="Of one that is tried: of a hundred customers so many; 0 is a shadow."
    )  # fmt: skip


class CalendarSerializer(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    spans = SpanSerializer(many=True)
    stops = StopSerializer(many=True)
    more = serializers.BooleanField(help_text="There were more than are shown.")


class SpokenSerializer(serializers.Serializer[Any]):
    fact = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # of the fact
    value = serializers.CharField(help_text="A text that it is compared with; empty if it is not.")


class MappedSerializer(serializers.Serializer[Any]):
    rule_id = serializers.UUIDField(source="version.rule_id")
    slug = serializers.CharField(source="version.rule.slug")
    point = serializers.CharField(source="version.rule.point")
    version = serializers.IntegerField(source="version.number")
    name = serializers.CharField(source="version.name")
    status = serializers.CharField(source="version.status")
    speaks_of = SpokenSerializer(source="spoken", many=True)
    carts = serializers.IntegerField(
        source="use.carts", default=None, allow_null=True,
        help_text="In how many of the carts looked at its rule changed an amount, told at one version of each rule; null: in none, or `use` was not asked for.",
    )  # fmt: skip
    given = serializers.SerializerMethodField(
        help_text="What it took off these carts, by currency."
    )
    last_at = serializers.DateTimeField(source="use.last_at", default=None, allow_null=True)
    never = serializers.ListField(
        child=serializers.CharField(), help_text="Why it can never apply; asked with `only=never`."
    )

    def get_given(self, it: mapping.Mapped) -> list[dict[str, str]]:
        """Amounts as the API writes them."""
        given = it.use.given if it.use else ()
        return [{"amount": str(money.amount), "currency": money.currency} for money in given]


class MapSerializer(serializers.Serializer[Any]):
    carts_looked_at = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    rules = MappedSerializer(many=True)
    is_finished = serializers.BooleanField(
        help_text="Of `only=never`: whether it is known of all rules; if not, the time was over or a proof gave no answer: asked again after ten seconds, it goes on."
    )


class MapAsked(serializers.Serializer[Any]):
    q = serializers.CharField(
        max_length=200, default="", help_text="Words of facts, values and names: category garden."
    )
    point = serializers.CharField(max_length=100, default="")
    only = serializers.ChoiceField(
        choices=["unused", "never"], required=False,
        help_text="Active rules that changed no amount lately, or that by proof never apply.",
    )  # fmt: skip
    use = serializers.BooleanField(
        default=False, help_text="Whether to count the carts that each rule changed; `only=unused` does."
    )  # fmt: skip
    days = serializers.IntegerField(min_value=1, max_value=366, default=DAYS)


class CalendarView(APIView):
    """What was active, is, and is to be."""

    scopes: ClassVar = SCOPES

    @extend_schema(
        tags=["rules"],
        summary="What is active when",
        description="Without bounds from a week ago to three weeks from now; at most 400 days, of the years 1970 to 2200.",
        operation_id="rules_calendar",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME),
            OpenApiParameter("to", OpenApiTypes.DATETIME),
        ],
        responses=CalendarSerializer,
    )
    def get(self, request: Request) -> Response:
        moment, now = serializers.DateTimeField(), clock.now()
        given = request.query_params
        starts = (
            moment.run_validation(given["from"]) if "from" in given else now - timedelta(days=7)
        )
        calendars.demand_shown(starts, "query:from")
        ends = moment.run_validation(given["to"]) if "to" in given else starts + timedelta(days=28)
        found = calendars.calendar(starts, ends)
        shown = {
            "starts_at": found.starts_at, "ends_at": found.ends_at, "more": found.more,
            "spans": [span for spans in found.rules for span in spans], "stops": found.stops,
        }  # fmt: skip
        return Response(CalendarSerializer(shown).data)


class MapView(APIView):
    """Which rules speak about what, and which are of no use."""

    scopes: ClassVar = SCOPES

    @extend_schema(
        tags=["rules"],
        summary="Which rules speak about which facts and values",
        operation_id="rules_map",
        parameters=[MapAsked],
        responses=MapSerializer,
    )
    def get(self, request: Request) -> Response:
        asked = MapAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        found = mapping.mapped(words=given["q"], point=given["point"])
        only = given.get("only")
        counts = given["use"] or only == "unused"
        used = mapping.with_use(found, days=given["days"]) if counts else None
        is_finished = True
        if only == "unused":
            found = mapping.unused(found) if used is not None else []
        elif only == "never":
            found, is_finished = mapping.never_matching(found)
        shown = {
            "carts_looked_at": used.carts if used else None,
            "since": used.since if used else None,
            "rules": found,
            "is_finished": is_finished,
        }
        return Response(MapSerializer(shown).data)
