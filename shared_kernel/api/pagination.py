"""Pages by cursor: stable while rows are added, and as quick at the end as at the start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class ByNewest(CursorPagination):
    """Newest first; ids are time-ordered."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class ByNewestListed(ByNewest):
    """As `ByNewest`, over things of several tables that were looked up already; each has an `id`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        return super().paginate_queryset(_Listed(queryset), request, view)  # type: ignore[arg-type]  # as much of one as it asks for


class _Listed:
    """What the cursor asks of a queryset, of a list."""

    def __init__(self, things: Iterable[Any]) -> None:
        self._things = list(things)

    def order_by(self, name: str) -> _Listed:
        return _Listed(sorted(self._things, key=lambda it: it.id, reverse=name.startswith("-")))

    def filter(self, **beyond: str) -> _Listed:
        ((side, position),) = beyond.items()
        after = side.endswith("__gt")
        return _Listed(
            it for it in self._things if str(it.id) != position and (str(it.id) > position) is after
        )

    def __getitem__(self, part: slice) -> list[Any]:
        return self._things[part]
