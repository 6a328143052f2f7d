"""Rules as the API shows and takes them."""

from __future__ import annotations

from typing import Any, cast

from rest_framework import serializers

from contexts.calculation.messages import SaidRule
from contexts.rules import queries
from contexts.rules.models import Guardrail, Review, Rule, RuleVersion
from shared_kernel.decisions import EffectText, GuardrailText, RuleText


class EffectSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=80)
    params = serializers.DictField(child=serializers.CharField(max_length=10_000), default=dict)


class ContentSerializer(serializers.Serializer[Any]):
    """What a version says: everything that decides, and the words on the receipt."""

    name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=200, help_text="The words on the receipt.")
    condition = serializers.CharField(
        max_length=10_000, help_text="An expression over the point's facts."
    )
    effects = serializers.ListField(child=EffectSerializer(), allow_empty=False, max_length=20)
    priority = serializers.IntegerField(default=0, min_value=-1_000_000, max_value=1_000_000)
    order = serializers.IntegerField(default=0, min_value=-1_000_000, max_value=1_000_000)
    group = serializers.CharField(max_length=80, default="", allow_blank=True)
    stop = serializers.BooleanField(default=False)

    def text(self) -> RuleText:
        """The content as the rules context speaks of it."""
        given = self.validated_data
        return RuleText(
            rule_id="",
            version=0,
            name=given["name"],
            reason=given["reason"],
            condition=given["condition"],
            effects=tuple(EffectText(it["kind"], dict(it["params"])) for it in given["effects"]),
            priority=given["priority"],
            order=given["order"],
            group=given["group"] or None,
            stop=given["stop"],
        )


class GuardrailSerializer(serializers.ModelSerializer[Guardrail]):
    class Meta:
        model = Guardrail
        fields = (
            "id", "point", "name", "claim", "assuming", "path", "one", "other", "stated_by", "stated_at",
        )  # fmt: skip
        read_only_fields = ("id", "stated_by", "stated_at")

    def text(self) -> GuardrailText:
        """What is claimed, as the rules context speaks of it."""
        given = {**self.validated_data}
        given.pop("point")
        return GuardrailText(**given)


class NewRuleSerializer(ContentSerializer):
    slug = serializers.SlugField(max_length=80)
    point = serializers.CharField(max_length=100)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields = ("reviewer", "verdict", "comment", "content_hash", "decided_at")


class VersionSerializer(serializers.ModelSerializer[RuleVersion]):
    rule_id = serializers.UUIDField(read_only=True)
    effects = EffectSerializer(many=True, read_only=True)
    reviews = ReviewSerializer(many=True, read_only=True)
    in_words = serializers.SerializerMethodField(
        help_text="All that the version says, in one plain sentence."
    )

    class Meta:
        model = RuleVersion
        fields = (
            "rule_id", "number", "status", "name", "reason", "in_words", "condition", "effects", "priority", "order",
            "group", "stop", "content_hash", "revision", "author", "created_at", "submitted_by", "submitted_at", "decided_at",
            "activated_by", "activated_at", "retired_by", "retired_at", "reviews",
        )  # fmt: skip

    def get_in_words(self, version: RuleVersion) -> str:
        """What was asked for a whole list, or is asked for this one."""
        said: dict[Any, SaidRule] = self.context.get("said", {})
        if version.id not in said:
            said = queries.said_of([version])
        return said[version.id].sentence


class SaidRulesSerializer(serializers.ListSerializer[Any]):
    """Rules of a list: what all their versions say is asked at once."""

    def to_representation(self, data: Any) -> Any:
        rules = list(data.all() if hasattr(data, "all") else data)
        versions = [version for rule in rules for version in rule.versions.all()]
        cast("dict[str, Any]", self.context)["said"] = queries.said_of(versions)
        return super().to_representation(rules)


class RuleSerializer(serializers.ModelSerializer[Rule]):
    versions = VersionSerializer(many=True, read_only=True)

    class Meta:
        model = Rule
        list_serializer_class = SaidRulesSerializer
        fields = ("id", "slug", "point", "created_at", "created_by", "versions")


class ApprovalSerializer(serializers.Serializer[Any]):
    content_hash = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="The hash of the content that was read."
    )
    comment = serializers.CharField(max_length=4000, default="", allow_blank=True)


class RejectionSerializer(ApprovalSerializer):
    comment = serializers.CharField(max_length=4000)


class DifferenceSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    lines = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
