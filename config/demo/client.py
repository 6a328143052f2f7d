"""A small client of our own API, as a storefront would write it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4


class Refused(RuntimeError):
    """The API answered with a problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.code: str = problem["code"]
        super().__init__(f"{problem['detail']} ({problem['code']})")


class Client:
    """Calls in the name of one API key."""

    def __init__(self, address: str, key: str) -> None:
        self.address, self.key = address, key

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        """Every order carries a key, so that a repeated one happens once."""
        return self._call("POST", path, body if body is not None else {})

    def _call(self, method: str, path: str, body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            f"{self.address}/api/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid4()),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise Refused(json.load(refusal)) from None
