"""The pages of API keys: issue one, whose secret is shown once; revoke one."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from contexts.identity import services
from contexts.identity.admin.issuing import IssuingAdmin
from contexts.identity.admin.scopes import chips, scopes_field, text_input
from contexts.identity.models import ApiKey, User
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.errors import DomainError
from shared_kernel.shown import shown_time

LIST = "admin:identity_apikey_changelist"
MINE, SERVICE = "mine", "service"


class NewKey(forms.Form):
    name = forms.CharField(
        label="Name", max_length=100, widget=text_input(), help_text="Where it will be used."
    )
    acts_as = forms.ChoiceField(
        label="Acts as",
        choices=[(SERVICE, "a service of its own"), (MINE, "me")],
        widget=forms.Select(attrs={"class": "v-input"}),
        help_text="A key of yours acts in your name, so it cannot approve what you wrote.",
    )
    scopes = scopes_field("You can give what you hold yourself; only people approve.")


@require_POST
def revoke_view(request: HttpRequest, model_admin: Any, key_id: UUID) -> HttpResponse:
    """Revoke a key, for good."""
    del model_admin
    demand(request, "identity:write")
    try:
        key = services.revoke_api_key(key_id=key_id)
    except DomainError as refusal:
        return told(request, refusal, LIST)
    messages.success(request, f"{key.name} is revoked.")
    return redirect("admin:identity_apikey_change", key_id)


@admin.register(ApiKey)
class ApiKeyAdmin(IssuingAdmin):
    what = "API key"
    crumb = "API keys"
    form_asked = NewKey
    asked: ClassVar = {
        "title": "New API key",
        "lead": "Its secret is shown once; only its digest is kept.",
        "verb": "Issue",
    }
    list_display: ClassVar = ["key", "acts_as", "scope_chips", "standing", "issued_at"]
    list_display_links: ClassVar = ["key"]
    search_fields: ClassVar = ["name", "prefix"]
    ordering: ClassVar = ["-id"]
    custom_urls = (("<uuid:key_id>/revoke/", "identity_revoke", revoke_view),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.select_related("owner")

    def issued(self, request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
        me = request.user if isinstance(request.user, User) else None
        key, secret = services.issue_api_key(
            name=given["name"],
            scopes=given["scopes"],
            owner=me if given["acts_as"] == MINE else None,
            giver=signed_in(request),
        )
        return {
            "title": f"{key.name} is issued",
            "lead": f"It acts as {key.actor}.",
            "what": "API key",
            "secret": secret,
        }

    def shown(self, request: HttpRequest, thing: ApiKey) -> dict[str, Any]:
        facts = [
            ("Begins with", thing.prefix),
            ("Acts as", thing.actor),
            ("Plan", thing.plan),
            ("Issued", shown_time(thing.created_at)),
            ("Expires", shown_time(thing.expires_at)),
            ("Revoked", shown_time(thing.revoked_at)),
        ]
        return {
            "title": thing.name,
            "label": self.standing(thing),
            "facts": facts,
            "scopes": chips(thing.scopes),
            "act": _revoking(request, thing),
        }

    @admin.display(description="key", ordering="name")
    def key(self, key: ApiKey) -> SafeString:
        return format_html(
            '<span class="v-name">{}</span><span class="v-slug">{}…</span>', key.name, key.prefix
        )

    @admin.display(description="acts as")
    def acts_as(self, key: ApiKey) -> str:
        return key.actor

    @admin.display(description="scopes")
    def scope_chips(self, key: ApiKey) -> SafeString:
        return chips(key.scopes)

    @admin.display(description="issued", ordering="created_at")
    def issued_at(self, key: ApiKey) -> SafeString:
        return shown_time(key.created_at)

    @admin.display(description="status", ordering="revoked_at")
    def standing(self, key: ApiKey) -> SafeString:
        word = "revoked" if key.revoked_at else "active" if key.is_live else "expired"
        return format_html('<span class="v-label v-label-{}">{}</span>', word, word.capitalize())


def _revoking(request: HttpRequest, key: ApiKey) -> dict[str, str] | None:
    if key.revoked_at or not may(request, "identity:write"):
        return None
    return {
        "verb": "Revoke",
        "where": reverse("admin:identity_revoke", args=[key.id]),
        "warning": "Whatever uses it is refused within a second, for good.",
    }
