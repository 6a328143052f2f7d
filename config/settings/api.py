"""The API: both lanes, their document, their limits."""

from config.settings.environment import env

__all__ = [
    "APPEND_SLASH",
    "MAX_BODY_BYTES",
    "MAX_UPLOAD_BYTES",
    "RATE_LIMITS",
    "REST_FRAMEWORK",
    "ROOT_URLCONF",
    "SPECTACULAR_SETTINGS",
    "UPLOAD_PATHS",
    "WSGI_APPLICATION",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=1_000_000)
# files may be larger than bodies, where files are sent: paths that end like these
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=10_100_000)
UPLOAD_PATHS = ("/evaluation/order-files", "/back-test/upload/")
# requests a minute by plan; an empty RATE_LIMITS=off switches them off for load tests
RATE_LIMITS = (
    {}
    if env.str("RATE_LIMITS", default="") == "off"
    else {
        "free": "100/minute",
        "default": "5000/minute",
        "premium": "10000/minute",
        "internal": "1000000/minute",
    }
)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shared_kernel.api.security.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shared_kernel.api.security.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["shared_kernel.api.security.PlanThrottle"],
    "DEFAULT_PARSER_CLASSES": ["shared_kernel.api.bodies.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "shared_kernel.api.pagination.ByNewest",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # OPTIONS is for CORS, which its middleware answers; the document describes the rest
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "shared_kernel.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "iso-8601",
    "COERCE_DECIMAL_TO_STRING": True,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Verdict",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Commerce in which every price has a reason.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "TemplateStatusEnum": "contexts.rules.models.TemplateStatus",
        "VersionStatusEnum": "contexts.rules.models.Status",
    },
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shared_kernel.api.schema.complete",
    ],
}
