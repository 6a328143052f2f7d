"""Logs as JSON lines on stdout (or readable ones for a person), each with its correlation and trace id."""

from __future__ import annotations

import re
from typing import Any

import structlog
from structlog.types import EventDict

KEY = re.compile(r"(?i)(vk_[a-z0-9]+_)[A-Za-z0-9_-]{8,}")
CARD = re.compile(r"\b(?:\d[ -]?){12,18}\d\b")
REDACTED = "[redacted]"


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keys and card numbers never reach a log, whoever wrote the line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = CARD.sub(_card, KEY.sub(rf"\g<1>{REDACTED}", value))
    return event


def _card(found: re.Match[str]) -> str:
    return REDACTED if passes_luhn(found[0]) else found[0]


def passes_luhn(number: str) -> bool:
    """Whether the digits could be a card's (ISO/IEC 7812-1, Luhn): one number in ten passes by chance."""
    digits = [int(it) for it in number if it.isdigit()]
    doubled = [sum(divmod(2 * it, 10)) for it in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


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
