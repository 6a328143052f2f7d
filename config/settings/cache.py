"""Redis: shared cache and rate limits (the broker has its own database of it)."""

from config.settings.database import INSTANCE
from config.settings.environment import BASE_DIR, env
from shared_kernel.embedded import locate

__all__ = ["BROKER_URL", "CACHES", "LIMITS_URL", "LISTEN_FOR_INVALIDATION", "REDIS_URL"]

_embedded = locate(BASE_DIR, INSTANCE)

REDIS_URL = env.str("REDIS_URL", default=_embedded.redis_url)
BROKER_URL = env.str("BROKER_URL", default="") or (
    _embedded.broker_url if _embedded.redis_url == REDIS_URL else REDIS_URL
)
LIMITS_URL = f"redis+{REDIS_URL}" if REDIS_URL.startswith("unix:") else REDIS_URL
LISTEN_FOR_INVALIDATION = env.bool("LISTEN_FOR_INVALIDATION", default=True)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": env.str("PROCESS_SET", default="main"),
    }
}
