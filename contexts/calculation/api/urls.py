"""Mounted at `/api/v1/calculation/`."""

from django.urls import path

from contexts.calculation.api.attributes import DeclaredAttributes
from contexts.calculation.api.views import Analyses, Checks, Points

urlpatterns = [
    path("points", Points.as_view()),
    path("checks", Checks.as_view()),
    path("analyses", Analyses.as_view()),
    path("attributes", DeclaredAttributes.as_view({"get": "list", "post": "create"})),
    path(
        "attributes/<str:record>/<str:name>",
        DeclaredAttributes.as_view({"get": "retrieve", "put": "update", "delete": "destroy"}),
    ),
]
