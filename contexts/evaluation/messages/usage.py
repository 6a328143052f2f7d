"""What rules gave, by day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from shared_kernel.bus import Query
from shared_kernel.money import Money

MOST_DAYS = 400  # that what rules gave is summed over


class RuleUse(msgspec.Struct, frozen=True):
    """In how many priced carts a rule changed an amount, when it last did, and what it gave in all."""

    rule_id: str
    carts: int
    last_at: datetime
    given: tuple[Money, ...] = ()


class RulesUsed(msgspec.Struct, frozen=True):
    """The rules that changed amounts in the `carts` looked at; the oldest of these is of `since`."""

    carts: int
    since: datetime | None
    rules: tuple[RuleUse, ...] = ()


class ListUsedRules(Query[RulesUsed], frozen=True):
    """
    Which rules changed amounts in the carts that were priced in so many last days?

    At most the newest 20,000 carts are looked at.
    """

    name: ClassVar = "evaluation.list-used-rules.v1"
    days: Annotated[int, Meta(ge=1, le=366)] = 30


class DayGiven(msgspec.Struct, frozen=True):
    """What a rule took off the carts priced on a day in UTC, net of what it added, and off how many of them."""

    day: date
    rule_id: str
    carts: int
    given: Money


class Spending(Query[tuple[DayGiven, ...]], frozen=True):
    """
    What did these rules give on each day, in carts of this currency priced from `since` on and before `until`?

    By day (UTC) and rule, earliest first; days without are left out. An evaluation is a price that somebody asked
    for, not an order: who asks twice counts twice. At most 400 days. It reads each evaluation of that time: the
    index finds them, then a cart of five lines costs some 35 microseconds, a million of them half a minute.
    """

    name: ClassVar = "evaluation.spending.v1"
    rules: Annotated[tuple[str, ...], Meta(max_length=2000)]
    currency: Annotated[str, Meta(min_length=3, max_length=3)]
    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.until - self.since > timedelta(days=MOST_DAYS):
            raise ValueError(f"{self.since} to {self.until} is more than {MOST_DAYS} days")
