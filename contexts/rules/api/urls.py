"""Mounted at `/api/v1/rules/`."""

from django.urls import path

from contexts.rules.api.views import Guardrails, Inbox, Rules, Versions

VERSION = "<uuid:rule_id>/versions/<int:number>"

urlpatterns = [
    path("", Rules.as_view({"get": "list", "post": "create"})),
    path("inbox", Inbox.as_view({"get": "list"})),
    path("guardrails", Guardrails.as_view({"get": "list", "post": "create"})),
    path("guardrails/<uuid:guardrail_id>", Guardrails.as_view({"delete": "destroy"})),
    path("<uuid:rule_id>", Rules.as_view({"get": "retrieve"})),
    path("<uuid:rule_id>/versions", Versions.as_view({"post": "create"})),
    path(VERSION, Versions.as_view({"get": "retrieve", "put": "update", "delete": "destroy"})),
    path(f"{VERSION}/difference", Versions.as_view({"get": "difference"})),
    *(
        path(f"{VERSION}/{verb}", Versions.as_view({"post": verb}))
        for verb in ("submit", "approve", "reject", "activate", "retire")
    ),
]
