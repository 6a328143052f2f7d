from django.urls import path

from contexts.calculator.api import views

urlpatterns = [
    path("calculations", views.CalculationsView.as_view()),
    path("algorithms", views.AlgorithmsView.as_view()),
    path("algorithms/<str:name>/<int:version>", views.AlgorithmView.as_view()),
    path("algorithms/<str:name>/<int:version>/withdraw", views.WithdrawalView.as_view()),
]
