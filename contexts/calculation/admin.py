"""The pages of attributes: what is declared, a form for more, and retiring what no rule needs."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget

from contexts.calculation import services
from contexts.calculation.models import DeclaredAttribute
from contexts.calculation.policies.attributes import TYPES, records_with_attributes
from shared_kernel.admin import ScopedAdmin, demand, may
from shared_kernel.errors import DomainError
from shared_kernel.shown import shown_time

LIST = "admin:calculation_declaredattribute_changelist"


@admin.register(DeclaredAttribute)
class DeclaredAttributeAdmin(ScopedAdmin):
    """Attributes are declared by use cases only: the form asks, and hands on."""

    read_scope = "rules:read"
    add_scope = "rules:write"
    change_scope = "rules:write"
    retire_scope = "rules:approve"
    fields: ClassVar = ["record", "name", "type", "about", "optional"]
    list_display: ClassVar = ["path_shown", "type", "optional", "about", "declared_by", "since"]
    search_fields: ClassVar = ["name", "about"]
    ordering: ClassVar = ["record", "name"]
    actions: ClassVar = ["retire"]
    nothing = "No attribute is declared yet: whatever carts say under `attributes` is free."

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        declared: QuerySet[Any] = super().get_queryset(request)
        return declared.filter(active_to=None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        return ["record", "name"] if obj else []

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        offered = {"record": records_with_attributes(), "type": TYPES}.get(db_field.name)
        if offered is None:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        choices = [(it, it) for it in offered]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget())

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show the form; a refusal stands above it, and what was written for a new attribute in it."""
        page: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        written: DeclaredAttribute | None = getattr(request, "written", None)
        if written is None:
            return page
        try:
            self._hand_on(request, written, is_new=object_id is None)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            said = {it: request.POST[it] for it in self.fields if it in request.POST}
            again = f"?{urlencode(said)}" if object_id is None else ""
            return redirect(f"{request.path}{again}")
        messages.success(request, f"From now on rules know {written.path} as {written.type}.")
        return page

    def _hand_on(self, request: HttpRequest, it: DeclaredAttribute, *, is_new: bool) -> None:
        actor = demand(request, self.add_scope if is_new else self.change_scope)
        said: dict[str, Any] = {
            "record": it.record,
            "name": it.name,
            "kind": it.type,
            "about": it.about,
            "optional": it.optional,
        }
        if is_new:
            services.declare_attribute(**said, declared_by=actor)
        else:
            services.change_attribute(**said, changed_by=actor)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - as Django calls it
        """Remember what was written: the use case has a transaction of its own, after the form's."""
        del form, change
        request.written = obj  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        del request, obj, post_url_continue
        return redirect(LIST)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        del request, obj
        return redirect(LIST)

    def has_retire_permission(self, request: HttpRequest) -> bool:
        return may(request, self.retire_scope)

    @admin.action(description="Retire", permissions=["retire"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Retire what was chosen; what active rules depend on stays, and the page says which."""
        actor = demand(request, self.retire_scope)
        for it in queryset:
            try:
                services.retire_attribute(record=it.record, name=it.name, retired_by=actor)
            except DomainError as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, f"{it.path} is retired.")

    @admin.display(description="attribute", ordering="name")
    def path_shown(self, attribute: Any) -> SafeString:
        return format_html("<code>{}</code>", attribute.path)

    @admin.display(description="since", ordering="active_from")
    def since(self, attribute: Any) -> SafeString:
        return shown_time(attribute.active_from)
