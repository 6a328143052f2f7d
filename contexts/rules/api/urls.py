"""Mounted at `/api/v1/rules/`."""

from django.urls import path

from contexts.rules.api.absences import Absences
from contexts.rules.api.budgets import Budgets
from contexts.rules.api.bundles import Bundles
from contexts.rules.api.deciding import Life, Stops
from contexts.rules.api.findings import FindingsView
from contexts.rules.api.governing import Comments, Guardrails, Policies
from contexts.rules.api.inbox import Inbox
from contexts.rules.api.notices import NoticeHooks
from contexts.rules.api.opening import Openings
from contexts.rules.api.overview import CalendarView, MapView
from contexts.rules.api.releases import Releases, Stages
from contexts.rules.api.rollouts import Rollouts
from contexts.rules.api.tables import Tables
from contexts.rules.api.templates import Templates, TemplateVersions
from contexts.rules.api.trying import StageTrials
from contexts.rules.api.views import Rules, Versions

RULE, VERSION = "<uuid:rule_id>", "<uuid:rule_id>/versions/<int:number>"
RELEASE, ROLLOUT = "releases/<int:number>", "rollouts/<uuid:rollout_id>"
TEMPLATE = "templates/<uuid:template_id>"
TEMPLATE_VERSION = f"{TEMPLATE}/versions/<int:number>"

urlpatterns = [
    path("", Rules.as_view({"get": "list", "post": "create"})),
    path("inbox", Inbox.as_view({"get": "list"})),
    path("guardrails", Guardrails.as_view({"get": "list", "post": "create"})),
    path("guardrails/<uuid:guardrail_id>", Guardrails.as_view({"delete": "destroy"})),
    path("approval-policies", Policies.as_view({"get": "list", "post": "create"})),
    path(
        "approval-policies/<uuid:policy_id>",
        Policies.as_view({"put": "update", "delete": "destroy"}),
    ),
    path("absences", Absences.as_view({"get": "list", "post": "create"})),
    path("absences/<uuid:absence_id>", Absences.as_view({"put": "update"})),
    path("absences/<uuid:absence_id>/end", Absences.as_view({"post": "end"})),
    path("stops", Stops.as_view({"get": "list", "post": "create"})),
    path("stops/<str:point>", Stops.as_view({"delete": "destroy"})),
    path("calendar", CalendarView.as_view()),
    path("map", MapView.as_view()),
    path("budgets", Budgets.as_view({"get": "list", "post": "create"})),
    path("budgets/<uuid:budget_id>", Budgets.as_view({"get": "retrieve"})),
    path("budgets/<uuid:budget_id>/close", Budgets.as_view({"post": "close"})),
    path(
        "notice-hook",
        NoticeHooks.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    path("stages", Stages.as_view({"get": "list"})),
    path("stages/<str:stage>/try", StageTrials.as_view()),
    path("stages/<str:stage>", Stages.as_view({"put": "update"})),
    path("releases", Releases.as_view({"get": "list", "post": "create"})),
    path(RELEASE, Releases.as_view({"get": "retrieve"})),
    path(f"{RELEASE}/export", Bundles.as_view({"get": "retrieve"})),
    path("imports", Bundles.as_view({"post": "create"})),
    path(f"{RELEASE}/difference", Releases.as_view({"get": "difference"})),
    *(
        path(
            f"{RELEASE}/stages/<str:stage>/{verb}",
            Releases.as_view({"post": verb.replace("-", "_")}),
        )
        for verb in ("approve", "take-back", "promote")
    ),
    path("rollouts", Rollouts.as_view({"get": "list", "post": "create"})),
    path(ROLLOUT, Rollouts.as_view({"get": "retrieve"})),
    *(
        path(f"{ROLLOUT}/{verb}", Rollouts.as_view({"post": verb.replace("-", "_")}))
        for verb in ("advance", "pause", "resume", "roll-back")
    ),
    path("templates", Templates.as_view({"get": "list", "post": "create"})),
    path(TEMPLATE, Templates.as_view({"get": "retrieve"})),
    path(f"{TEMPLATE}/rules", Templates.as_view({"post": "rules"})),
    path(f"{TEMPLATE}/versions", TemplateVersions.as_view({"post": "create"})),
    path(
        TEMPLATE_VERSION,
        TemplateVersions.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
    *(
        path(
            f"{TEMPLATE_VERSION}/{verb}", TemplateVersions.as_view({"post": verb.replace("-", "_")})
        )
        for verb in ("submit", "approve", "reject", "take-back", "retire")
    ),
    path(RULE, Rules.as_view({"get": "retrieve"})),
    path(f"{RULE}/tags", Rules.as_view({"put": "tags"})),
    path(f"{RULE}/roll-back", Rules.as_view({"post": "roll_back"})),
    path(f"{RULE}/versions", Versions.as_view({"post": "create"})),
    path(VERSION, Versions.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})),
    path(f"{VERSION}/findings", FindingsView.as_view()),
    path(f"{VERSION}/difference", Versions.as_view({"get": "difference"})),
    *(
        path(
            f"{VERSION}/table/{kind}",
            Tables.as_view({"get": "retrieve", "put": "update"}),
            {"kind": kind},
        )
        for kind in ("csv", "xlsx")
    ),
    path(f"{VERSION}/template", Openings.as_view({"get": "list", "post": "create"})),
    path(f"{VERSION}/clone", Versions.as_view({"post": "clone"})),
    path(f"{VERSION}/comments", Comments.as_view({"get": "list", "post": "create"})),
    *(
        path(f"{VERSION}/{verb}", Versions.as_view({"post": verb.replace("-", "_")}))
        for verb in ("submit", "approve", "reject", "take-back")
    ),
    *(
        path(f"{VERSION}/{verb}", Life.as_view({"post": verb}))
        for verb in ("activate", "unschedule", "pause", "resume", "retire")
    ),
]
