"""The ordinary lane's side of principals: DRF authentication, scopes and rate limits."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from limits import parse as parse_limit
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shared_kernel.api.principals import CredentialMissing, Principal, ScopeMissing


class PrincipalAuthentication(BaseAuthentication):
    """The principal that the middleware proved; a browser's session also has to show its CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        principal: Principal | None = getattr(request._request, "principal", None)  # noqa: SLF001
        if principal is None:
            return None
        if principal.by_session:
            SessionAuthentication().enforce_csrf(request)
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        del request
        return 'Bearer realm="verdict"'


class HasScope(BasePermission):
    """
    The principal holds the scope that the view wants, or one of several of which either suffices.

    A view states `scopes = {"read": "rules:read", "write": "rules:write"}`, and `action_scopes` for more. Where several
    suffice, the view looks itself at what each of them allows.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        principal = getattr(request._request, "principal", None)  # noqa: SLF001
        if principal is None:
            raise CredentialMissing
        wanted = scope_wanted(view, request.method or "GET")
        either = (wanted,) if isinstance(wanted, str) else wanted
        if not any(map(principal.may, either)):
            raise ScopeMissing(scope=" or ".join(either))
        return True


def scope_wanted(view: Any, method: str) -> str | tuple[str, ...]:
    special: dict[str, str | tuple[str, ...]] = getattr(view, "action_scopes", {})
    action = getattr(view, "action", None)
    if action in special:
        return special[action]
    lane = "read" if method in {"GET", "HEAD", "OPTIONS"} else "write"
    scopes: dict[str, str | tuple[str, ...]] = view.scopes
    return scopes[lane]


class PlanThrottle(BaseThrottle):
    """Requests a minute by the principal's plan, counted atomically in Redis (moving window)."""

    _limiter: MovingWindowRateLimiter | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        del view
        principal = getattr(request._request, "principal", None)  # noqa: SLF001
        if principal is None or not settings.RATE_LIMITS:
            return True
        limit = parse_limit(
            settings.RATE_LIMITS.get(principal.plan, settings.RATE_LIMITS["default"])
        )
        limiter = self.limiter()
        who = (str(principal.tenant), principal.actor)
        allowed = limiter.hit(limit, *who)
        window = limiter.get_window_stats(limit, *who)
        self._reset = window.reset_time
        counted = (limit.amount, window.remaining, window.reset_time)
        request._request.rate_limit = counted  # type: ignore[attr-defined]  # noqa: SLF001 - read by the middleware
        return allowed

    def wait(self) -> float | None:
        import time  # noqa: PLC0415 - only a refused request needs it

        return max(1.0, self._reset - time.time())

    @classmethod
    def limiter(cls) -> MovingWindowRateLimiter:
        if PlanThrottle._limiter is None:
            PlanThrottle._limiter = MovingWindowRateLimiter(
                storage_from_string(settings.LIMITS_URL)
            )
        return PlanThrottle._limiter
