"""
The admin's side of principals: scopes instead of Django's permission tables, and no log beside the event log.

It knows a principal by what it is asked (`actor`, `may`), so that every room of the kernel can have pages.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, ClassVar, Protocol

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from shared_kernel.errors import DomainError


class SignedIn(Protocol):
    """Whoever the middleware found behind the request."""

    @property
    def actor(self) -> str:
        """Their name, as the event log keeps it."""
        ...

    def may(self, scope: str) -> bool:
        """Whether they hold the scope."""
        ...


def signed_in(request: HttpRequest) -> SignedIn:
    """
    Whoever is signed in.

    Raises:
        PermissionDenied: nobody is.

    """
    principal: SignedIn | None = getattr(request, "principal", None)
    if principal is None:
        raise PermissionDenied("Sign in first.")
    return principal


def may(request: HttpRequest, scope: str) -> bool:
    """Whether whoever is signed in holds the scope; nobody holds the empty scope."""
    principal: SignedIn | None = getattr(request, "principal", None)
    return principal is not None and bool(scope) and principal.may(scope)


def demand(request: HttpRequest, scope: str) -> str:
    """
    The actor behind the request, if they hold the scope.

    Raises:
        PermissionDenied: they do not; the page says which scope is missing.

    """
    if not may(request, scope):
        raise PermissionDenied(
            f"This needs the permission {scope}; ask whoever gives permissions for it."
        )
    return signed_in(request).actor


def told(request: HttpRequest, refusal: DomainError, *where: Any) -> HttpResponse:
    """Say at the top of the page `where` why something was refused."""
    messages.error(request, str(refusal))
    return redirect(*where)


class ScopedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """
    A model's pages, open to whoever holds the scopes stated; what is not stated, nobody may.

    Nothing is written to Django's own log: what happened stands in the event log.
    """

    read_scope: ClassVar[str] = ""
    add_scope: ClassVar[str] = ""
    change_scope: ClassVar[str] = ""
    list_filter_sheet = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.read_scope)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return may(request, self.read_scope)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, self.add_scope)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return may(request, self.change_scope)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def log_addition(self, *about: Any) -> None:
        """Write nothing: the event log is the audit."""

    def log_change(self, *about: Any) -> None:
        """Write nothing: the event log is the audit."""

    def log_deletions(self, *about: Any) -> None:
        """Write nothing: the event log is the audit."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the object itself: it has no history but the event log's."""
        del request, extra_context
        opts = self.opts
        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", object_id)

    def page(
        self,
        request: HttpRequest,
        template: str,
        context: dict[str, Any],
        status: int = HTTPStatus.OK,
    ) -> TemplateResponse:
        """A page of our own inside the admin's frame."""
        framed = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, template, framed, status=status)


class ReadOnlyAdmin(ScopedAdmin):
    """Pages that show every field and change none."""

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        del request, obj
        return self.fields or [field.name for field in self.model._meta.fields]  # noqa: SLF001
