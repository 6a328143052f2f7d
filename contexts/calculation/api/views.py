"""`/api/v1/calculation/`: what rules may speak about, and whether a condition is sound."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from django.http import HttpResponse
from msgspec import Meta
from rest_framework.request import Request

from contexts.calculation import policies, queries
from contexts.calculation.messages import AnalyseRules, Attribute, CheckedRule, Findings
from shared_kernel.api.fast import FastView
from shared_kernel.api.schema import documented
from shared_kernel.decisions import DecisionPoint, GuardrailText, RuleText, known_points


class ConditionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition as far as it has been typed."""

    point: Annotated[str, Meta(min_length=1, max_length=100)]
    condition: Annotated[str, Meta(max_length=10_000)]


class DecisionPoints(msgspec.Struct, frozen=True):
    """Every decision point that contexts of this installation opened, and what a tenant declared of their records."""

    points: tuple[DecisionPoint, ...]
    attributes: tuple[Attribute, ...] = ()


class RulesAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Drafts of one decision point, looked at beside its active rules; each `rule_id` of a draft is its own."""

    point: Annotated[str, Meta(min_length=1, max_length=100)]
    drafts: Annotated[tuple[RuleText, ...], Meta(min_length=1, max_length=20)]
    guardrails: Annotated[tuple[GuardrailText, ...], Meta(max_length=50)] = ()
    seconds: Annotated[float, Meta(gt=0, le=queries.MOST_SECONDS)] = 5.0


class Points(FastView):
    scopes: ClassVar = {"read": "rules:read", "write": "rules:write"}

    @documented(
        answer=DecisionPoints, operation_id="list_decision_points", summary="List decision points",
        tags=["calculation"],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        """The facts that rules may speak about, the tenant's declared attributes among them, and the effects they may have."""
        del request
        points = sorted(known_points().values(), key=lambda point: point.name)
        attributes = queries.attributes_of(None).attributes
        return self.answer(DecisionPoints(points=tuple(points), attributes=attributes))


class Checks(FastView):
    # checking reads only, so whoever may read rules may ask; it is a POST because conditions are long
    scopes: ClassVar = {"read": "rules:read", "write": "rules:read"}

    @documented(
        request=ConditionAsked, answer=CheckedRule, operation_id="check_condition",
        summary="Check a condition", tags=["calculation"],
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Whether it is sound, what it says in words, and where it is not: position, caret, suggestion."""
        asked = self.read(request, ConditionAsked)
        checked = policies.checked_condition(asked.point, asked.condition, queries.declared())
        return self.answer(checked)


class Analyses(FastView):
    # as checking: it reads only
    scopes: ClassVar = {"read": "rules:read", "write": "rules:read"}

    @documented(
        request=RulesAsked, answer=Findings, operation_id="analyse_rules",
        summary="Analyse drafts beside the active rules", tags=["calculation"],
    )  # fmt: skip
    def post(self, request: Request) -> HttpResponse:
        """Whether each ever applies, repeats another or clashes, and whether guardrails hold, with decided examples."""
        asked = self.read(request, RulesAsked)
        question = AnalyseRules(
            point=asked.point,
            drafts=asked.drafts,
            guardrails=asked.guardrails,
            seconds=asked.seconds,
        )
        return self.answer(queries.analyse(question))
