"""What people and keys share: both are given out with scopes and a secret that is shown once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from contexts.identity.admin.scopes import offer
from shared_kernel.admin import ScopedAdmin, demand, told
from shared_kernel.errors import DomainError, NotFound


class IssuingAdmin(ScopedAdmin):
    """
    Ask who or what it is for, show its secret once, and later show the thing without it.

    Subclasses say how it is `issued`, and get what the page with its secret says; and how it is `shown`, on a page of its own.
    """

    read_scope = "identity:read"
    add_scope = "identity:write"
    actions = None
    what: ClassVar[str]
    crumb: ClassVar[str]
    form_asked: ClassVar[type[forms.Form]]
    asked: ClassVar[dict[str, str]]
    issued: Callable[[HttpRequest, dict[str, Any]], dict[str, Any]]
    shown: Callable[[HttpRequest, Any], dict[str, Any]]

    @property
    def _list(self) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        demand(request, self.add_scope)
        form = self.form_asked(request.POST or None)
        offer(form, request)
        back = {"back": reverse(self._list), "crumb": self.crumb}
        if form.is_valid():
            try:
                secret = self.issued(request, form.cleaned_data)
            except DomainError as refusal:
                _say_at_its_field(form, refusal)
            else:
                answer = self.page(request, "identity/secret.html", {**secret, **back})
                answer["Cache-Control"] = "no-store"
                return answer
        return self.page(request, "identity/form.html", {**self.asked, **back, "form": form})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        del form_url, extra_context
        demand(request, self.read_scope)
        thing = self._found(request, object_id)
        if thing is None:
            return told(request, NotFound(what=self.what, id=object_id), self._list)
        context = {"back": reverse(self._list), "crumb": self.crumb, **self.shown(request, thing)}
        return self.page(request, "identity/thing.html", context)

    def _found(self, request: HttpRequest, object_id: str) -> Any:
        try:
            return self.get_queryset(request).filter(id=UUID(object_id)).first()
        except ValueError:
            return None


def _say_at_its_field(form: forms.Form, refusal: DomainError) -> None:
    named = [pointer.lstrip("/") for pointer in refusal.pointers]
    field = next((name for name in named if name in form.fields), None)
    form.add_error(field, str(refusal))
