"""Mounted at `/api/v1/audit/`."""

from django.urls import path

from contexts.audit.api.views import Entries, Export, Verification

urlpatterns = [
    path("entries", Entries.as_view({"get": "list"})),
    path("entries/<int:sequence>", Entries.as_view({"get": "retrieve"})),
    path("verification", Verification.as_view()),
    path("export", Export.as_view()),
]
