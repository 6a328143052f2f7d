"""Values as a sentence shows them, cut where they are long."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from .canonical import quoted
from .functions import to_string

_SHOWN_ITEMS: Final = 5
_SHOWN_CHARACTERS: Final = 80
_SHOWN_BITS: Final = 256
_SHOWN_WITHIN: Final = 3  # lists in a list


def shown(value: Any, within: int = _SHOWN_WITHIN) -> str:  # noqa: PLR0911 - one case for each type
    """Return a value as a sentence shows it, cut where it is long."""
    match value:
        case str():
            return quoted(value[:_SHOWN_CHARACTERS])
        case bool() | datetime() | timedelta():
            return to_string(value)
        case Decimal() if abs(value.adjusted()) < _SHOWN_CHARACTERS:
            return format(value, "f")[:_SHOWN_CHARACTERS]
        case int() if value.bit_length() > _SHOWN_BITS:
            return f"an int of {value.bit_length()} bits"
        case list():
            more = ", …" if len(value) > _SHOWN_ITEMS else ""
            inner = (shown(it, within - 1) if within else "…" for it in value[:_SHOWN_ITEMS])
            return f"[{', '.join(inner)}{more}]"
        case dict():
            return f"{{{len(value)} entries}}"
        case None:
            return "null"
    return str(value)[:_SHOWN_CHARACTERS]
