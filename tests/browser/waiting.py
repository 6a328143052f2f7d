"""Until what other processes do in their own time has happened; a slow machine has time, and how soon is a matter of the bench."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from tests.browser.house import Shop

PATIENCE = 60.0
Answer = TypeVar("Answer")


def until(found: Callable[[], Answer], otherwise: Callable[[], object] | str) -> Answer:
    """The first true answer; who still waits for it after `PATIENCE` seconds fails, and tells what there is instead."""
    ends = time.monotonic() + PATIENCE
    while not (answer := found()):
        if time.monotonic() > ends:
            raise AssertionError(otherwise if isinstance(otherwise, str) else otherwise())
        time.sleep(0.1)
    return answer


def until_priced(shop: Shop, cart: dict[str, Any], due: str) -> None:
    """Until the cart costs that much, which takes the relay and a worker."""
    until(lambda: shop.price(cart) == due, lambda: f"it costs {shop.price(cart)}, not {due}")
