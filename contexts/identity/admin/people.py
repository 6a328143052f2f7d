"""The pages of people: who may sign in, with which scopes, and a new colleague's first password."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from contexts.identity import services
from contexts.identity.admin.scopes import chips, offer, scopes_field, text_input
from contexts.identity.errors import LoginNameTaken, ScopeNotHeld
from contexts.identity.models import User
from shared_kernel.admin import ScopedAdmin, demand, signed_in, told
from shared_kernel.errors import NotFound
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
class UserAdmin(ScopedAdmin):
    read_scope = "identity:read"
    add_scope = "identity:write"
    list_display: ClassVar = ["username", "full_name", "scope_chips", "is_active", "signed_in_at"]
    search_fields: ClassVar = ["username", "first_name", "last_name"]
    ordering: ClassVar = ["username"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.filter(tenant_id=current_tenant())

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        demand(request, self.add_scope)
        form = NewColleague(request.POST or None)
        offer(form, request)
        if form.is_valid() and (made := _registered(form, request)) is not None:
            user, password = made
            context = {
                "title": f"{user.get_full_name()} can sign in",
                "lead": f"Login name {user.username}",
                "what": "First password",
                "secret": password,
                "back": reverse(LIST),
            }
            return never_kept(self.page(request, "identity/secret.html", context))
        asked: dict[str, Any] = {
            "title": "New colleague",
            "lead": "They get a password that is shown once.",
            "form": form,
            "verb": "Create",
            "back": reverse(LIST),
            "crumb": "People",
        }
        return self.page(request, "identity/form.html", asked)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        demand(request, self.read_scope)
        user = _found(self.get_queryset(request), object_id)
        if user is None:
            return told(request, NotFound(what="colleague", id=object_id), LIST)
        facts = [
            ("Login name", user.username),
            ("Acts as", user.actor),
            ("May sign in", "yes" if user.is_active else "no"),
            ("Last signed in", shown_time(user.last_login)),
        ]
        context = {
            "title": user.get_full_name() or user.username,
            "facts": facts,
            "scopes": chips(sorted(user.held_scopes())),
            "back": reverse(LIST),
            "crumb": "People",
        }
        return self.page(request, "identity/thing.html", context)

    @admin.display(description="name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description="last signed in", ordering="last_login")
    def signed_in_at(self, user: User) -> SafeString:
        return shown_time(user.last_login)

    @admin.display(description="scopes")
    def scope_chips(self, user: User) -> SafeString:
        return chips(sorted(user.held_scopes()))


def _found(people: QuerySet[Any], object_id: str) -> User | None:
    try:
        found: User | None = people.filter(id=UUID(object_id)).first()
    except ValueError:
        return None
    return found


def _registered(form: NewColleague, request: HttpRequest) -> tuple[User, str] | None:
    try:
        return services.register_user(**form.cleaned_data, giver=signed_in(request))
    except LoginNameTaken as refusal:
        form.add_error("username", str(refusal))
    except ScopeNotHeld as refusal:
        form.add_error("scopes", str(refusal))
    return None


def never_kept(response: HttpResponse) -> HttpResponse:
    """A page with a secret on it stays in no cache."""
    response["Cache-Control"] = "no-store"
    return response
