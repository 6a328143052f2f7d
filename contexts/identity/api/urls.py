"""Mounted at `/api/v1/identity/`."""

from django.urls import path

from contexts.identity.api.people import People

urlpatterns = [
    path("people", People.as_view({"get": "list"})),
    path("people/<str:username>/teams", People.as_view({"put": "teams"})),
]
