"""Log lines of programs that are not ours, in the shape of ours."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Each record as one JSON object with event, level, logger and timestamp."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
