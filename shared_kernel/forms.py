"""What no form of the admin may hold, whoever made the page."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

PAGES = "/admin/"
NUL = "\x00"


def without_nul(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: a NUL character is no text, and no database keeps one; what holds one is refused by its field."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PAGES):
            for name, values in chain(request.GET.lists(), request.POST.lists()):
                if NUL in name or any(NUL in it for it in values):
                    field = name.replace(NUL, "")
                    return HttpResponseBadRequest(
                        f"The field {field} holds a NUL character; leave it out.",
                        content_type="text/plain",
                    )
        return get_response(request)

    return answer
