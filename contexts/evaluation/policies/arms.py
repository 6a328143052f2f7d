"""
Whose rules price a cart while a release is rolled out: by a hash, so that a customer stays where they are.

Who buys falls into one of 10,000 slots, SHA-256 over the salt, a colon and their id, modulo 10,000. The new rules have the
slots below a hundred times the percentage: whoever has them at 5 percent has them at 25. What this cannot do: recognise
a customer who logs in as the visitor that they were.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from contexts.evaluation.carts import Arm, Cart

SLOTS = 10_000


def slot_of(salt: str, unit: str) -> int:
    """The slot of a customer, from 0 to 9,999."""
    return int.from_bytes(hashlib.sha256(f"{salt}:{unit}".encode()).digest()) % SLOTS


def arm_of(*, salt: str, percent: Decimal, cart: Cart) -> Arm:
    """The arm of whoever buys; nobody known is outside."""
    unit = (cart.customer.id if cart.customer else None) or cart.visitor
    if not unit:
        return "outside"
    return "candidate" if slot_of(salt, unit) < percent * SLOTS / 100 else "control"
