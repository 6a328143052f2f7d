"""
The encoders extension: base64, with and without padding when it is read.

What this cannot do: the alphabet for URLs (`-` and `_`), which the extension has not.
"""

from base64 import b64decode, b64encode
from binascii import Error
from typing import Final

from contexts.calculation.engine.errors import EvaluationError

from .strings import within_bound


def encode(octets: bytes) -> str:
    within_bound(len(octets) * 4 // 3)
    return b64encode(octets).decode()


def decode(text: str) -> bytes:
    try:
        bare = text.encode("ascii").rstrip(b"=") if len(text) % 4 == 0 else text.encode("ascii")
        return b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except (Error, UnicodeEncodeError):
        raise EvaluationError(f"{text[:40]!r} is not base64") from None


ROWS: Final = (
    ("base64.encode(bytes) -> string", encode),
    ("base64.decode(string) -> bytes", decode),
)
