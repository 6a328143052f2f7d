"""The pages of people: who may sign in, with which scopes, and a new colleague's first password."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from contexts.identity import services
from contexts.identity.admin.issuing import IssuingAdmin
from contexts.identity.admin.scopes import chips, scopes_field, text_input
from contexts.identity.models import User
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.errors import DomainError, NotFound
from shared_kernel.shown import shown_time
from shared_kernel.tenancy import current_tenant

LIST = "admin:identity_user_changelist"


class NewColleague(forms.Form):
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._@-]*\Z",
        label="Login name",
        max_length=150,
        widget=text_input(spellcheck="false"),
        help_text="Lower case; stands in the event log for whatever they do.",
        error_messages={"invalid": "Use lower case letters, digits and . _ @ - only."},
    )
    full_name = forms.CharField(label="Name", max_length=150, widget=text_input())
    scopes = scopes_field("You can give what you hold yourself.")


@require_POST
def assign_view(request: HttpRequest, model_admin: Any, user_id: UUID) -> HttpResponse:
    """Put somebody into teams; approval policies name them."""
    actor = demand(request, "identity:write")
    person = model_admin.get_queryset(request).filter(id=user_id).first()
    if person is None:
        return told(request, NotFound(what="colleague", id=user_id), LIST)
    teams = request.POST.get("teams", "").split(",")
    try:
        services.assign_teams(username=person.username, teams=teams, assigned_by=actor)
    except DomainError as refusal:
        return told(request, refusal, "admin:identity_user_change", user_id)
    messages.success(request, f"{person.get_full_name()} is in these teams from now on.")
    return redirect("admin:identity_user_change", user_id)


@admin.register(User)
class UserAdmin(IssuingAdmin):
    what = "colleague"
    crumb = "People"
    form_asked = NewColleague
    asked: ClassVar = {
        "title": "New colleague",
        "lead": "They get a password that is shown once.",
        "verb": "Create",
    }
    list_display: ClassVar = ["username", "full_name", "scope_chips", "is_active", "signed_in_at"]
    search_fields: ClassVar = ["username", "first_name", "last_name"]
    custom_urls = (("<uuid:user_id>/teams/", "identity_teams", assign_view),)
    ordering: ClassVar = ["username"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.filter(tenant_id=current_tenant())

    def issued(self, request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
        user, password = services.register_user(**given, giver=signed_in(request))
        return {
            "title": f"{user.get_full_name()} can sign in",
            "lead": f"Login name {user.username}",
            "what": "First password",
            "secret": password,
        }

    def shown(self, request: HttpRequest, thing: User) -> dict[str, Any]:
        changes = may(request, "identity:write") and signed_in(request).actor != thing.actor
        facts = [
            ("Login name", thing.username),
            ("Acts as", thing.actor),
            ("Teams", ", ".join(thing.teams)),
            ("May sign in", "yes" if thing.is_active else "no"),
            ("Last signed in", shown_time(thing.last_login)),
        ]
        return {
            "title": thing.get_full_name() or thing.username,
            "facts": facts,
            "scopes": chips(sorted(thing.held_scopes())),
            "teams": ", ".join(thing.teams),
            "teams_where": reverse("admin:identity_teams", args=[thing.pk]) if changes else "",
        }

    @admin.display(description="name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="last signed in", ordering="last_login")
    def signed_in_at(self, user: User) -> SafeString:
        return shown_time(user.last_login)

    @admin.display(description="scopes")
    def scope_chips(self, user: User) -> SafeString:
        return chips(sorted(user.held_scopes()))
