"""The bus between processes, and how patient deliveries are."""

from config.settings.environment import SECRET_KEY, env

__all__ = [
    "BUS_DEADLINE",
    "BUS_LISTEN",
    "BUS_SECRET",
    "DAYS_REMEMBERED",
    "DELIVERY_ATTEMPTS",
    "DELIVERY_BACKOFF",
    "DELIVERY_TIMEOUT",
]

BUS_LISTEN = env.str("BUS_LISTEN", default="")
BUS_SECRET = env.str("BUS_SECRET", default=SECRET_KEY)
BUS_DEADLINE = env.float("BUS_DEADLINE", default=2.0)

DELIVERY_ATTEMPTS = env.int("DELIVERY_ATTEMPTS", default=8)
DELIVERY_BACKOFF = env.float("DELIVERY_BACKOFF", default=0.5)
DELIVERY_TIMEOUT = env.float("DELIVERY_TIMEOUT", default=30)
DAYS_REMEMBERED = env.int("DAYS_REMEMBERED", default=30)
