"""How the admin looks and what its side bar offers (django-unfold)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

from config.settings.environment import BASE_DIR
from config.settings.topology import TOPOLOGY

__all__ = ["LOGIN_REDIRECT_URL", "TEMPLATES", "UNFOLD"]

LOGIN_REDIRECT_URL = "admin:index"

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
            ],
            "builtins": ["shared_kernel.shown"],
        },
    }
]


def _whoever_holds(scope: str) -> Callable[[HttpRequest], bool]:
    def holds(request: HttpRequest) -> bool:
        principal = getattr(request, "principal", None)
        return principal is not None and bool(principal.may(scope))

    return holds


def _item(title: str, icon: str, page: str, scope: str, **more: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{page}"),
        "permission": _whoever_holds(scope),
        **more,
    }


def _start(request: HttpRequest) -> bool:
    return request.path == str(reverse_lazy("admin:index"))


def _all_rules(request: HttpRequest) -> bool:
    """The inbox and the guardrails lie below the list's address, but are items of their own."""
    rules = str(reverse_lazy("admin:rules_rule_changelist"))
    names = (
        "inbox", "guardrails", "governance", "releases", "templates", "calendar", "map", "budgets",
    )  # fmt: skip
    others = tuple(f"{rules}{name}/" for name in names)
    return request.path.startswith(rules) and not request.path.startswith(others)


# a context that was carried out has no pages here
_RULES = [
    {
        **_item("All rules", "rule", "rules_rule_changelist", "rules:read"),
        "active": _all_rules,
    },
    _item(
        "Waiting for approval",
        "inbox",
        "rules_inbox",
        "rules:read",
        badge="config.dashboard.waiting_badge",
    ),
    _item("Templates", "dynamic_form", "rules_templates", "rules:read"),
    _item("Calendar", "calendar_month", "rules_calendar", "rules:read"),
    _item("Map", "hub", "rules_map", "rules:read"),
    _item("Budgets", "savings", "rules_budgets", "rules:read"),
    _item("Releases", "deployed_code", "rules_releases", "rules:read"),
    _item("Guardrails", "shield", "rules_guardrails", "rules:read"),
    _item("Approvals and stops", "how_to_reg", "rules_governance", "rules:read"),
]
_ATTRIBUTES = [
    _item("Attributes", "data_object", "calculation_declaredattribute_changelist", "rules:read")
]
_DECISIONS = [
    _item(
        "Evaluations", "receipt_long", "evaluation_evaluationrecord_changelist", "evaluation:read"
    )
]
_OPERATION = [
    _item("Event log", "history", "eventlog_eventrecord_changelist", "eventlog:read"),
    _item(
        "Parked messages",
        "error",
        "eventlog_delivery_changelist",
        "eventlog:read",
        badge="config.dashboard.parked_badge",
    ),
    _item("Sagas", "conversion_path", "sagas_sagarecord_changelist", "eventlog:read"),
]
_AUDIT = [_item("Audit", "verified_user", "audit_auditentry_changelist", "audit:read")]
_ACCESS = [
    _item("People", "group", "identity_user_changelist", "identity:read"),
    _item("API keys", "key", "identity_apikey_changelist", "identity:read"),
]

UNFOLD = {
    "SITE_TITLE": "Verdict",
    "SITE_HEADER": "Verdict",
    "SITE_SUBHEADER": "Every price has a reason",
    "SITE_URL": None,
    "SITE_SYMBOL": "gavel",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("verdict/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
    "STYLES": [lambda _request: static("verdict/admin.css")],
    "SCRIPTS": [lambda _request: static("verdict/zone.js")],
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
        "show_search": False,
        "navigation": [
            {
                "title": "",
                "items": [
                    {
                        "title": "Start",
                        "icon": "home",
                        "link": reverse_lazy("admin:index"),
                        "active": _start,
                    }
                ],
            },
            *([{"title": "Rules", "items": _RULES}] if "rules" in TOPOLOGY.here else []),
            *([{"title": "Facts", "items": _ATTRIBUTES}] if "calculation" in TOPOLOGY.here else []),
            *(
                [{"title": "Decisions", "items": _DECISIONS}]
                if "evaluation" in TOPOLOGY.here
                else []
            ),
            {
                "title": "Operation",
                "items": [*(_AUDIT if "audit" in TOPOLOGY.here else []), *_OPERATION],
            },
            {"title": "Access", "items": _ACCESS},
        ],
    },
}
