"""Entries as the API shows them."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contexts.audit.models import AuditEntry


class EntrySerializer(serializers.ModelSerializer[AuditEntry]):
    # a field of that name stands in the way of `Serializer.data` for mypy only: declared fields are taken off the class
    data = serializers.SerializerMethodField(help_text="What was told.")  # type: ignore[assignment]

    class Meta:
        model = AuditEntry
        fields = (
            "sequence", "id", "event_id", "type", "actor", "subject", "version", "occurred_at", "recorded_at",
            "correlation", "causation", "data", "previous_hash", "hash",
        )  # fmt: skip

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_data(self, entry: AuditEntry) -> Any:
        return json.loads(entry.data)
