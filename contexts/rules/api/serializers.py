"""Rules as the API shows and takes them."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contexts.calculation.messages import SaidRule
from contexts.rules import queries
from contexts.rules.models import (
    Absence,
    ApprovalPolicy,
    Comment,
    Guardrail,
    PointStop,
    Review,
    Rule,
    RuleTemplateVersion,
    RuleVersion,
    Status,
)
from contexts.rules.policies import Requirement
from shared_kernel.decisions import EffectText, GuardrailText, RuleText, TableText, Window


class EffectSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=80)
    params = serializers.DictField(child=serializers.CharField(max_length=10_000), default=dict)


class TableInputSerializer(serializers.Serializer[Any]):
    expression = serializers.CharField(max_length=2_000, help_text="Such as line.quantity.")
    type = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="Nothing is that of the expression."
    )


class TableOutputSerializer(serializers.Serializer[Any]):
    effect = serializers.CharField(max_length=80)
    param = serializers.CharField(max_length=80)
    values = serializers.ListField(
        child=serializers.CharField(max_length=2_000), default=list, max_length=100,
        help_text="All that the column takes; nothing is anything.",
    )  # fmt: skip


class TableRowSerializer(serializers.Serializer[Any]):
    cells = serializers.ListField(
        child=serializers.CharField(max_length=2_000, allow_blank=True), max_length=50,
        help_text='For each input a test, such as >= 3, [2..5] or "a", "b"; - is anything.',
    )  # fmt: skip
    gives = serializers.ListField(
        child=serializers.CharField(max_length=2_000, allow_blank=True), max_length=50,
        help_text="For each output an expression; - is nothing.",
    )  # fmt: skip
    reason = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="In place of the rule's."
    )


class TableSerializer(serializers.Serializer[Any]):
    """A decision table, in place of effects; the condition is what all rows ask beside their cells."""

    inputs = serializers.ListField(child=TableInputSerializer(), max_length=50)
    outputs = serializers.ListField(child=TableOutputSerializer(), max_length=50)
    rows = serializers.ListField(child=TableRowSerializer(), max_length=1_000)
    hit_policy = serializers.ChoiceField(
        choices=["first", "unique", "any", "collect"], default="first",
        help_text="Which rows apply: the first that matches, the one that does, any (they agree), or all.",
    )  # fmt: skip


class ContentSerializer(serializers.Serializer[Any]):
    """What a version says: everything that decides, and the words on the receipt."""

    name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=200, help_text="The words on the receipt.")
    condition = serializers.CharField(
        max_length=10_000, help_text="An expression over the point's facts."
    )
    effects = serializers.ListField(
        child=EffectSerializer(),
        default=list,
        max_length=20,
        help_text="None where there is a table.",
    )
    table = TableSerializer(required=False, allow_null=True, default=None)
    priority = serializers.IntegerField(default=0, min_value=-1_000_000, max_value=1_000_000)
    order = serializers.IntegerField(default=0, min_value=-1_000_000, max_value=1_000_000)
    group = serializers.CharField(max_length=80, default="", allow_blank=True)
    stop = serializers.BooleanField(default=False)
    starts = serializers.CharField(
        max_length=26, default="", allow_blank=True,
        help_text="In local time, such as 2027-03-28T09:00; nothing is at once.",
    )  # fmt: skip
    ends = serializers.CharField(max_length=26, default="", allow_blank=True)
    time_zone = serializers.CharField(
        max_length=60, default="UTC", help_text="Such as Europe/Berlin."
    )

    def window(self) -> Window:
        """The times in which it decides."""
        given = self.validated_data
        return Window(given["starts"], given["ends"], given["time_zone"])

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
            table=msgspec.convert(given["table"], TableText) if given["table"] else msgspec.UNSET,
        )


class GuardrailSerializer(serializers.ModelSerializer[Guardrail]):
    class Meta:
        model = Guardrail
        fields = (
            "id", "point", "name", "claim", "assuming", "path", "one", "other",
            "proof_demanded", "stated_by", "stated_at",
        )  # fmt: skip
        read_only_fields = ("id", "stated_by", "stated_at")

    def text(self) -> GuardrailText:
        """What is claimed, as the rules context speaks of it."""
        given = {**self.validated_data}
        for name in ("point", "proof_demanded"):
            given.pop(name, None)
        return GuardrailText(**given)


class TagsSerializer(serializers.Serializer[Any]):
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=30, allow_empty=True
    )


class NewRuleSerializer(ContentSerializer):
    slug = serializers.SlugField(max_length=80)
    point = serializers.CharField(max_length=100)
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=30, default=list
    )


class CloneSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField(max_length=80, help_text="Of the new rule.")
    name = serializers.CharField(
        max_length=120, required=False, help_text='Without it, the version\'s with "(copy)".'
    )


class RollBackSerializer(serializers.Serializer[Any]):
    to = serializers.IntegerField(min_value=1, help_text="The version whose content it takes.")


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=400, help_text="It stands in the audit trail.")


class RetirementSerializer(serializers.Serializer[Any]):
    unschedule = serializers.BooleanField(
        default=False,
        help_text="Take the version that waits for its time off the calendar as well.",
    )


class PauseSerializer(RetirementSerializer, ReasonSerializer):
    pass


class CommentSerializer(serializers.ModelSerializer[Comment]):
    mentions = serializers.ListField(
        child=serializers.CharField(max_length=160), max_length=20, default=list,
        help_text="People such as user:anna.",
    )  # fmt: skip

    class Meta:
        model = Comment
        fields = ("author", "text", "mentions", "written_at")
        read_only_fields = ("author", "written_at")


class RequirementSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=1, max_value=10)
    team = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="Nothing is anybody."
    )


class LimitsSerializer(serializers.Serializer[Any]):
    """What a back-test must not show: per cent of what is given, earned, or of all carts."""

    max_discount_increase = serializers.DecimalField(12, 4, min_value=0, required=False)
    max_revenue_decrease = serializers.DecimalField(12, 4, min_value=0, required=False)
    max_touched = serializers.DecimalField(12, 4, min_value=0, required=False)
    min_carts = serializers.IntegerField(min_value=1, required=False)


class PolicySerializer(serializers.ModelSerializer[ApprovalPolicy]):
    requirements = RequirementSerializer(many=True)
    limits = LimitsSerializer(required=False)

    class Meta:
        model = ApprovalPolicy
        fields = ("id", "name", "point", "from_risk", "requirements", "limits", "set_by", "set_at")
        read_only_fields = ("id", "set_by", "set_at")
        validators = ()  # the use case refuses a second one, with what to do

    def wanted(self) -> tuple[Requirement, ...]:
        """Who is to approve."""
        given = self.validated_data["requirements"]
        return tuple(Requirement(it["count"], it["team"]) for it in given)


class AbsenceSerializer(serializers.ModelSerializer[Absence]):
    person = serializers.CharField(
        max_length=160, required=False, help_text="Whoever asks, unless they may say more."
    )

    class Meta:
        model = Absence
        fields = (
            "id", "person", "delegate", "starts_at", "ends_at", "told_by", "ended_by", "ended_at",
        )  # fmt: skip
        read_only_fields = ("id", "told_by", "ended_by", "ended_at")


class AbsenceChangeSerializer(serializers.ModelSerializer[Absence]):
    class Meta:
        model = Absence
        fields = ("delegate", "starts_at", "ends_at")


class StopSerializer(serializers.ModelSerializer[PointStop]):
    class Meta:
        model = PointStop
        fields = (
            "point", "reason", "stopped_by", "stopped_at", "lifted_by", "lifted_at",
        )  # fmt: skip
        read_only_fields = ("stopped_by", "stopped_at", "lifted_by", "lifted_at")


class ReviewSerializer(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields = ("reviewer", "turn", "verdict", "comment", "content_hash", "teams", "decided_at")


class RiskSerializer(serializers.Serializer[Any]):
    """How much could go wrong, as it was judged when the version was submitted."""

    level = serializers.CharField(required=False)
    reasons = serializers.ListField(child=serializers.CharField(), required=False)


class OriginSerializer(serializers.ModelSerializer[RuleTemplateVersion]):
    template_id = serializers.UUIDField(read_only=True)

    class Meta:
        model = RuleTemplateVersion
        fields = ("template_id", "number", "name", "status")


class BeginsNextSerializer(serializers.ModelSerializer[RuleVersion]):
    """The version on the calendar that takes the place of one that was paused or retired."""

    class Meta:
        model = RuleVersion
        fields = ("number", "starts", "time_zone", "starts_at")


class VersionSerializer(serializers.ModelSerializer[RuleVersion]):
    rule_id = serializers.UUIDField(read_only=True)
    effects = EffectSerializer(many=True, read_only=True)
    table = TableSerializer(read_only=True, allow_null=True)
    reviews = ReviewSerializer(many=True, read_only=True)
    requirements = RequirementSerializer(many=True, read_only=True)
    limits = LimitsSerializer(read_only=True)
    risk = RiskSerializer(read_only=True)
    made_from = OriginSerializer(read_only=True, help_text="The template that says this.")
    arguments = serializers.DictField(
        read_only=True, help_text="What the template was filled in with."
    )
    in_words = serializers.SerializerMethodField(
        help_text="All that the version says, in one plain sentence."
    )

    begins_next = serializers.SerializerMethodField(
        help_text="Of a version that is paused, or was retired by this request: the one that begins by itself, if one is on the calendar."
    )

    class Meta:
        model = RuleVersion
        fields = (
            "rule_id", "number", "status", "name", "reason", "in_words", "condition", "effects", "table",
            "priority", "order", "group", "stop", "starts", "ends", "time_zone", "starts_at", "ends_at",
            "made_from", "arguments", "content_hash", "revision", "risk",
            "requirements", "limits", "author", "created_at", "submitted_by", "submitted_at", "decided_at",
            "activated_by", "activated_at", "retired_by", "retired_at",
            "standing_by", "standing_since", "standing_why", "reviews",
            "begins_next",
        )  # fmt: skip

    @extend_schema_field(BeginsNextSerializer(allow_null=True))
    def get_begins_next(self, version: RuleVersion) -> Any:
        """Nothing of any other: what is on the calendar beside an active version is no surprise."""
        ended = version.status == Status.PAUSED or self.context.get("just_retired")
        waiting = queries.waiting_of(version) if ended else None
        return BeginsNextSerializer(waiting).data if waiting else None

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
        fields = ("id", "slug", "point", "tags", "created_at", "created_by", "versions")


class ApprovalSerializer(serializers.Serializer[Any]):
    content_hash = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="The hash of the content that was read."
    )
    comment = serializers.CharField(max_length=4000, default="", allow_blank=True)


class RejectionSerializer(ApprovalSerializer):
    comment = serializers.CharField(max_length=4000)


class TakingBackSerializer(serializers.Serializer[Any]):
    comment = serializers.CharField(max_length=4000, default="", allow_blank=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    lines = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
