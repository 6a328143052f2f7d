"""Logs as JSON lines on stdout (or readable ones for a person), each with its correlation and trace id."""

from __future__ import annotations

import re
from typing import Any

import structlog
from structlog.types import EventDict

SECRET = re.compile(r"(?i)(vk_[a-z0-9]+_)[A-Za-z0-9_-]{8,}|\b(?:\d[ -]?){13,19}\b")


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keys and card numbers never reach a log, whoever wrote the line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = SECRET.sub(lambda found: (found[1] or "") + "[redacted]", value)
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    redact,
]


def logging_settings(*, style: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for `style` `json` or `console`; also configures structlog."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    render: Any = (
        structlog.dev.ConsoleRenderer()
        if style == "console"
        else structlog.processors.JSONRenderer()
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stdout"], "level": level, "propagate": False},
            "celery": {"level": "WARNING"},
        },
    }
