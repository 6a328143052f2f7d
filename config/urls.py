"""The addresses: each context's API under its own name, the document, the admin, health and metrics."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path, re_path
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.forwarding import forward
from shared_kernel.api.middleware import empty
from shared_kernel.observability import health

urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("health/floor", empty),
    path("metrics", ExportToDjangoView),
    path(
        "api/v1/schema",
        SpectacularAPIView.as_view(permission_classes=[], throttle_classes=[]),
        name="schema",
    ),
]

for context in settings.ALL_CONTEXTS:
    prefix = f"api/v1/{context}/"
    if context == "evaluation":
        # the one call that everything serves has an address of its own
        prefix = "api/v1/"
    if context in settings.TOPOLOGY.here:
        if (settings.BASE_DIR / "contexts" / context / "api" / "urls.py").is_file():
            urlpatterns.append(path(prefix, include(f"contexts.{context}.api.urls")))
    elif context in settings.EDGE_FORWARDS:
        urlpatterns.append(
            re_path(
                rf"^{prefix}(?P<rest>.*)$", forward, {"origin": settings.EDGE_FORWARDS[context]}
            )
        )

if settings.HAS_ADMIN:
    from django.contrib import admin

    def front_door(_request: HttpRequest) -> HttpResponse:
        return redirect("admin:index")

    urlpatterns += [
        path("", front_door),
        path("admin/", admin.site.urls),
        path(
            "api/v1/docs",
            SpectacularSwaggerView.as_view(permission_classes=[], throttle_classes=[]),
            name="docs",
        ),
    ]

handler400 = "shared_kernel.api.problems.bad_request"
handler404 = "shared_kernel.api.problems.not_found"
handler500 = "shared_kernel.api.problems.server_error"
