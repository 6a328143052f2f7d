"""Mounted at `/api/v1/`: the one call that everything serves has an address of its own."""

from django.urls import path

from contexts.evaluation.api import views
from contexts.evaluation.api.back_tests import BackTests, OrderFiles

urlpatterns = [
    path("evaluations", views.Evaluations.as_view()),
    path("evaluations/batch", views.EvaluationBatches.as_view()),
    path("evaluations/dry-run", views.DryRuns.as_view()),
    path("evaluations/<uuid:evaluation_id>", views.Evaluation.as_view()),
    path("evaluations/<uuid:evaluation_id>/replay", views.EvaluationReplay.as_view()),
    path("evaluation/back-tests", BackTests.as_view({"get": "list", "post": "create"})),
    path("evaluation/back-tests/<uuid:back_test_id>", BackTests.as_view({"get": "retrieve"})),
    path("evaluation/order-files", OrderFiles.as_view({"get": "list", "post": "create"})),
    path(
        "evaluation/order-files/<uuid:order_file_id>",
        OrderFiles.as_view({"get": "retrieve", "delete": "destroy"}),
    ),
]
