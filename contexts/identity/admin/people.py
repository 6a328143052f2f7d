"""The pages of people: who may sign in, with which scopes, and a new colleague's first password."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from contexts.identity import services
from contexts.identity.admin.issuing import IssuingAdmin
from contexts.identity.admin.scopes import chips, scopes_field, text_input
from contexts.identity.models import User
from shared_kernel.admin import signed_in
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
        del request
        facts = [
            ("Login name", thing.username),
            ("Acts as", thing.actor),
            ("May sign in", "yes" if thing.is_active else "no"),
            ("Last signed in", shown_time(thing.last_login)),
        ]
        return {
            "title": thing.get_full_name() or thing.username,
            "facts": facts,
            "scopes": chips(sorted(thing.held_scopes())),
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
