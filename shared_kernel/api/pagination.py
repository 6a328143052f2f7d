"""Pages by cursor: stable while rows are added, and as quick at the end as at the start."""

from rest_framework.pagination import CursorPagination


class ByNewest(CursorPagination):
    """Newest first; ids are time-ordered."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
