"""Logs, metrics and static files."""

from config.settings.environment import env
from shared_kernel.observability.logs import logging_settings

__all__ = ["LOGGING", "PROMETHEUS_EXPORT_MIGRATIONS", "PROMETHEUS_LATENCY_BUCKETS"]

LOGGING = logging_settings(
    style=env.str("LOG_FORMAT", default="json"), level=env.str("LOG_LEVEL", default="INFO")
)
PROMETHEUS_EXPORT_MIGRATIONS = False
PROMETHEUS_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
