"""Mounted at `/api/v1/`: the one call that everything serves has an address of its own."""

from django.urls import path

from contexts.evaluation.api import views

urlpatterns = [
    path("evaluations", views.Evaluations.as_view()),
    path("evaluations/batch", views.EvaluationBatches.as_view()),
    path("evaluations/<uuid:evaluation_id>", views.Evaluation.as_view()),
    path("evaluations/<uuid:evaluation_id>/replay", views.EvaluationReplay.as_view()),
]
