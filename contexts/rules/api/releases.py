"""`/api/v1/rules/releases`, `/api/v1/rules/stages`: putting approved versions together, and promoting them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import services
from contexts.rules.api.asking import SCOPES, actor_of, validated
from contexts.rules.api.serializers import (
    DifferenceSerializer,
    RequirementSerializer,
    TakingBackSerializer,
)
from contexts.rules.models import Promotion, Release, ReleaseApproval, StagePolicy
from contexts.rules.policies import Requirement
from contexts.rules.queries import releases as queries
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY

RELEASE = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
STAGE = OpenApiParameter("stage", OpenApiTypes.STR, OpenApiParameter.PATH)
AGAINST = OpenApiParameter(
    "against", OpenApiTypes.INT, description="Another release; else the one before."
)


class MemberSerializer(serializers.Serializer[Any]):
    rule_id = serializers.UUIDField()
    version = serializers.IntegerField(min_value=1)
    slug = serializers.CharField(read_only=True)
    point = serializers.CharField(read_only=True)
    content_hash = serializers.CharField(read_only=True)


class PromotionSerializer(serializers.ModelSerializer[Promotion]):
    requirements = RequirementSerializer(many=True, read_only=True)

    class Meta:
        model = Promotion
        fields = ("stage", "digest", "requirements", "retired_others", "promoted_by", "promoted_at")


class ReleaseApprovalSerializer(serializers.ModelSerializer[ReleaseApproval]):
    class Meta:
        model = ReleaseApproval
        fields = (
            "stage", "digest", "reviewer", "turn", "verdict", "teams", "comment", "approved_at",
        )  # fmt: skip


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    members = MemberSerializer(many=True, read_only=True)
    approvals = ReleaseApprovalSerializer(many=True, read_only=True)
    promotions = PromotionSerializer(many=True, read_only=True)

    class Meta:
        model = Release
        fields = (
            "number", "name", "notes", "digest", "members", "made_by", "made_at", "approvals", "promotions",
        )  # fmt: skip


class NewReleaseSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    notes = serializers.CharField(max_length=10_000, default="", allow_blank=True)
    members = serializers.ListField(
        child=MemberSerializer(), max_length=2000, required=False, allow_empty=False,
        help_text="Approved versions; without them, all that decide now.",
    )  # fmt: skip


class PromotionApprovalSerializer(serializers.Serializer[Any]):
    digest = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text="The digest of the release that was read."
    )
    comment = serializers.CharField(max_length=4000, default="", allow_blank=True)


class PromotingSerializer(serializers.Serializer[Any]):
    retire_others = serializers.BooleanField(
        default=False, help_text="At production: end whatever decides and is no member."
    )


class StagePolicySerializer(serializers.Serializer[Any]):
    requirements = RequirementSerializer(many=True)


class StageSerializer(serializers.Serializer[Any]):
    """A stage, who has to approve what reaches it, and the release that stands there."""

    stage = serializers.CharField()
    requirements = RequirementSerializer(many=True)
    set_by = serializers.CharField(help_text="Empty: nobody set it, the house's own holds.")
    release = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField(allow_null=True)
    promoted_by = serializers.CharField(allow_null=True)
    promoted_at = serializers.DateTimeField(allow_null=True)


class ReleaseDifferenceSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    rule_id = serializers.UUIDField()
    point = serializers.CharField()
    change = serializers.ChoiceField(choices=["added", "removed", "changed"])
    was = serializers.IntegerField(allow_null=True, help_text="The version before.")
    version = serializers.IntegerField(allow_null=True)
    in_words = serializers.CharField(help_text="What was added or removed, in one sentence.")
    fields = DifferenceSerializer(many=True, help_text="What changed.")  # type: ignore[assignment]


@extend_schema_view(list=extend_schema(summary="List releases, newest first"))
@extend_schema(tags=["rules"])
class Releases(mixins.ListModelMixin, viewsets.GenericViewSet[Release]):
    """Bundles of approved versions, and their way to the customer."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:release"}
    action_scopes: ClassVar = {"approve": "rules:approve", "take_back": "rules:approve"}
    serializer_class = ReleaseSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Release]:
        if getattr(self, "swagger_fake_view", False):
            return Release._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        releases: QuerySet[Release] = Release.objects.prefetch_related("approvals", "promotions")
        return releases.order_by("-number")

    @extend_schema(
        summary="Put approved versions together",
        request=NewReleaseSerializer,
        responses={201: ReleaseSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        given = validated(NewReleaseSerializer, request)
        members = given.get("members")
        release = services.make_release(
            name=given["name"],
            notes=given["notes"],
            members=None if members is None else [(it["rule_id"], it["version"]) for it in members],
            made_by=actor_of(request),
        )
        return Response(ReleaseSerializer(release).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="A release", responses=ReleaseSerializer, parameters=[RELEASE])
    def retrieve(self, request: Request, number: int) -> Response:
        del request
        return Response(ReleaseSerializer(queries.release_numbered(number)).data)

    @extend_schema(
        summary="What a release has otherwise than another",
        responses=ReleaseDifferenceSerializer(many=True),
        parameters=[RELEASE, AGAINST],
    )
    def difference(self, request: Request, number: int) -> Response:
        release = queries.release_numbered(number)
        asked = serializers.IntegerField(min_value=1, required=False)
        written = request.query_params.get("against")
        other = (
            queries.release_before(release)
            if written is None
            else queries.release_numbered(asked.run_validation(written))
        )
        return Response(queries.differences(other, release))

    @extend_schema(
        summary="Approve that a release reaches a stage",
        request=PromotionApprovalSerializer,
        responses=ReleaseSerializer,
        parameters=[RELEASE, STAGE],
    )
    def approve(self, request: Request, number: int, stage: str) -> Response:
        given = validated(PromotionApprovalSerializer, request)
        services.approve_promotion(number=number, stage=stage, reviewer=actor_of(request), **given)
        return self.retrieve(request, number)

    @extend_schema(
        summary="Take one's own approval of a promotion back",
        description="Until the release is there, or decides for some customers by a roll-out.",
        request=TakingBackSerializer,
        responses=ReleaseSerializer,
        parameters=[RELEASE, STAGE],
    )
    def take_back(self, request: Request, number: int, stage: str) -> Response:
        given = validated(TakingBackSerializer, request)
        services.take_back_promotion_approval(
            number=number, stage=stage, reviewer=actor_of(request), **given
        )
        return self.retrieve(request, number)

    @extend_schema(
        summary="Promote a release to a stage",
        description="At production its members decide from now on: all of them, or none.",
        request=PromotingSerializer,
        responses={201: ReleaseSerializer},
        parameters=[RELEASE, STAGE, IDEMPOTENCY_KEY],
    )
    @idempotent
    def promote(self, request: Request, number: int, stage: str) -> Response:
        given = validated(PromotingSerializer, request)
        services.promote_release(number=number, stage=stage, promoted_by=actor_of(request), **given)
        release = queries.release_numbered(number)
        return Response(ReleaseSerializer(release).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["rules"])
class Stages(viewsets.GenericViewSet[StagePolicy]):
    """Development, staging, production: what stands there, and who has to approve what comes."""

    scopes: ClassVar = {"read": SCOPES["read"], "write": "rules:govern"}
    serializer_class = StageSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[StagePolicy]:
        return StagePolicy._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(summary="Where releases stand", responses=StageSerializer(many=True))
    def list(self, request: Request) -> Response:
        del request
        return Response([_stage(it) for it in queries.stages()])

    @extend_schema(
        summary="Say who has to approve what reaches a stage",
        request=StagePolicySerializer,
        responses=StageSerializer,
        parameters=[STAGE],
    )
    def update(self, request: Request, stage: str) -> Response:
        given = validated(StagePolicySerializer, request)
        wanted = [Requirement(it["count"], it["team"]) for it in given["requirements"]]
        services.set_stage_policy(stage=stage, requirements=wanted, set_by=actor_of(request))
        return Response(next(_stage(it) for it in queries.stages() if it.stage == stage))


def _stage(it: queries.Standing) -> dict[str, Any]:
    there = it.promotion
    return {
        "stage": it.stage,
        "requirements": [{"count": need.count, "team": need.team} for need in it.needs],
        "set_by": it.set_by,
        "release": there.release.number if there else None,
        "digest": there.digest if there else None,
        "promoted_by": there.promoted_by if there else None,
        "promoted_at": serializers.DateTimeField().to_representation(there.promoted_at)
        if there
        else None,
    }
