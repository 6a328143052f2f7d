"""A form that was refused: shown again as it was typed, with what is wrong beside the field that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from shared_kernel.errors import DomainError

View = Callable[..., HttpResponse]


def by_form(page: str) -> Callable[[View], View]:
    """The address of a form, which a refused one stays at: whoever opens it again is led to the page that has the form."""

    def with_page(view: View) -> View:
        @wraps(view)
        def answer(
            request: HttpRequest, model_admin: Any, *about: Any, **named: Any
        ) -> HttpResponse:
            if request.method == "POST":
                return view(request, model_admin, *about, **named)
            return redirect(page, *(named[it] for it in ("number",) if it in named))

        return answer

    return with_page


@dataclass(frozen=True)
class Refused:
    """Which form it was (a page has several), what was typed, and why it was refused: by field, "" for all of it."""

    form: str
    given: QueryDict
    faults: Mapping[str, str]

    def typed(self, name: str, otherwise: str = "") -> str:
        """What was typed into a field."""
        return str(self.given.get(name, otherwise))


def refused(
    request: HttpRequest, form: str, refusal: DomainError, fields: Mapping[str, str] | None = None
) -> Refused:
    """The form with the refusal at its field: `fields` says which one a pointer is about, by its beginning."""
    at = [
        name
        for pointer in refusal.pointers
        for begins, name in (fields or {}).items()
        if pointer == begins or pointer.startswith(f"{begins}/")
    ]
    return Refused(form, request.POST, {at[0] if at else "": str(refusal)})


def of_form(found: Refused | None, form: str) -> Refused | None:
    """The refusal if it is about this form of the page."""
    return found if found is not None and found.form == form else None
