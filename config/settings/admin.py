"""How the admin looks and what its side bar offers (django-unfold)."""

from django.templatetags.static import static
from django.urls import reverse_lazy

from config.settings.environment import BASE_DIR

__all__ = ["TEMPLATES", "UNFOLD"]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

UNFOLD = {
    "SITE_TITLE": "Verdict",
    "SITE_HEADER": "Verdict",
    "SITE_SUBHEADER": "Every price has a reason",
    "SITE_SYMBOL": "gavel",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda _request: static("verdict/admin.css")],
    "COLORS": {
        "primary": {
            "50": "238 242 255",
            "100": "224 231 255",
            "200": "199 210 254",
            "300": "165 180 252",
            "400": "129 140 248",
            "500": "99 102 241",
            "600": "79 70 229",
            "700": "67 56 202",
            "800": "55 48 163",
            "900": "49 46 129",
            "950": "30 27 75",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {
                "title": "Rules",
                "items": [
                    {
                        "title": "All rules",
                        "icon": "rule",
                        "link": reverse_lazy("admin:rules_rule_changelist"),
                    },
                    {
                        "title": "Waiting for approval",
                        "icon": "inbox",
                        "link": reverse_lazy("admin:rules_inbox"),
                    },
                ],
            },
            {
                "title": "Decisions",
                "items": [
                    {
                        "title": "Evaluations",
                        "icon": "receipt_long",
                        "link": reverse_lazy("admin:evaluation_evaluationrecord_changelist"),
                    },
                ],
            },
            {
                "title": "Operation",
                "items": [
                    {
                        "title": "Event log",
                        "icon": "history",
                        "link": reverse_lazy("admin:eventlog_eventrecord_changelist"),
                    },
                    {
                        "title": "Parked messages",
                        "icon": "error",
                        "link": reverse_lazy("admin:eventlog_delivery_changelist"),
                    },
                    {
                        "title": "People",
                        "icon": "group",
                        "link": reverse_lazy("admin:identity_user_changelist"),
                    },
                    {
                        "title": "API keys",
                        "icon": "key",
                        "link": reverse_lazy("admin:identity_apikey_changelist"),
                    },
                ],
            },
        ],
    },
}
