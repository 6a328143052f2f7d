"""Drafts held against orders that were, and what that may show at most."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from shared_kernel.bus import Command, Query
from shared_kernel.decisions import RuleText
from shared_kernel.money import Money

BackTestStatus = Literal["waiting", "running", "done", "failed"]


class BackTestSums(msgspec.Struct, frozen=True):
    """
    What so many carts, or lines of a product, come to now and with the drafts.

    `touched` are those that would pay something else. Revenue is what is paid for goods and shipping; revenue and
    discount of either side sum to the same price.
    """

    carts: int
    touched: int
    discount_before: Money
    discount_after: Money
    revenue_before: Money
    revenue_after: Money


class BackTestGroup(msgspec.Struct, frozen=True):
    """Carts of one kind of customer (tier, segment, country), or lines of one product."""

    group: str
    sums: BackTestSums


class BackTestRule(msgspec.Struct, frozen=True):
    """What one rule gave now and would give; a version is missing where the rule gave nothing."""

    rule_id: str
    rule: str
    version_before: int | None
    version_after: int | None
    carts_before: int
    carts_after: int
    discount_before: Money
    discount_after: Money


class RuleShare(msgspec.Struct, frozen=True):
    """What one rule took off one cart."""

    rule: str
    version: int
    discount: Money


class BackTestCart(msgspec.Struct, frozen=True):
    """One cart, by its invoice or evaluation, and which rules made its price."""

    reference: str
    customer: str
    at: datetime
    revenue_before: Money
    revenue_after: Money
    rules_before: tuple[RuleShare, ...]
    rules_after: tuple[RuleShare, ...]


class BackTestBar(msgspec.Struct, frozen=True):
    """How many touched carts change by so many percent: at least `low`, below `high`; an end may be open."""

    low: int | None
    high: int | None
    carts: int


class BackTestCurrency(msgspec.Struct, frozen=True):
    """The whole result in one currency, to its smallest unit."""

    currency: str
    sums: BackTestSums
    tiers: tuple[BackTestGroup, ...]
    segments: tuple[BackTestGroup, ...]
    countries: tuple[BackTestGroup, ...]
    products: tuple[BackTestGroup, ...]
    rules: tuple[BackTestRule, ...]
    carts: tuple[BackTestCart, ...]
    changes: tuple[BackTestBar, ...]


class CartsLeftOut(msgspec.Struct, frozen=True):
    """Carts that could not be priced, and why."""

    reason: str
    carts: int


class BackTestResult(msgspec.Struct, frozen=True):
    """What drafts would have done: `products` are the 20 that change most, `carts` the ten."""

    carts: int
    touched: int
    left_out: tuple[CartsLeftOut, ...]
    currencies: tuple[BackTestCurrency, ...]


class DraftUnderTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as written, of one decision point; it takes the place of its rule's active version."""

    point: Annotated[str, Meta(min_length=1, max_length=100)]
    rule: RuleText


class DraftLacking(msgspec.Struct, frozen=True):
    """
    What a draft asks for and the orders of a file hold nothing of, and what becomes of it over them, in a sentence.

    `fate` is `never` (it matches none of them), `always` (all) or `open`; `facts` are the facts in words.
    """

    rule_id: str
    rule: str
    facts: tuple[str, ...]
    fate: Literal["never", "always", "open"]
    sentence: str


class BackTestStanding(msgspec.Struct, frozen=True):
    """
    How far a back-test is, and its result once it is done.

    `rule_sets` are the fingerprints of the rules that it is compared with; `is_current` says whether these still
    decide. The content's hash is computed from the drafts, never told. Of an order file it is told what it is `lacking`.
    """

    id: UUID
    content_hash: str
    rule_id: str
    source: str
    kind: Literal["orders", "recorded"]
    status: BackTestStatus
    carts_total: int
    carts_done: int
    asked_by: str
    asked_at: datetime
    rule_sets: dict[str, str]
    is_current: bool
    started_at: datetime | None = None
    finished_at: datetime | None = None
    failure: str = ""
    result: BackTestResult | None = None
    lacking: tuple[DraftLacking, ...] = ()


class StartBackTest(Command[BackTestStanding], frozen=True):
    """
    Find out what these drafts would have done, over an order file or the evaluations of so many last days.

    It runs by itself; one at a time for one content. Drafts are of one or several points; each has to be sound.
    """

    name: ClassVar = "evaluation.start-back-test.v1"
    drafts: Annotated[tuple[DraftUnderTest, ...], Meta(min_length=1, max_length=20)]
    asked_by: str
    order_file: UUID | None = None
    days: Annotated[int, Meta(ge=1, le=366)] | None = None


class NewestBackTest(Query[BackTestStanding | None], frozen=True):
    """The newest back-test of this very content, of that rule if one is named; whatever its status."""

    name: ClassVar = "evaluation.newest-back-test.v1"
    content_hash: str
    rule_id: str | None = None


class BackTestLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    What a back-test must not show; percentages, of each currency by itself.

    `max_discount_increase` and `max_revenue_decrease` are of what is given and earned now, `max_touched` of all carts.
    `min_carts` says how many it takes to prove anything; `current`, that the rules compared with still decide.
    """

    max_discount_increase: Decimal | None = None
    max_revenue_decrease: Decimal | None = None
    max_touched: Decimal | None = None
    min_carts: Annotated[int, Meta(ge=1)] | None = None
    current: bool = False

    def __post_init__(self) -> None:
        for percent in (self.max_discount_increase, self.max_revenue_decrease, self.max_touched):
            if percent is not None and not (percent.is_finite() and percent >= 0):
                raise ValueError(f"{percent} is no percentage; write a number from 0 on")


class BackTestFigures(msgspec.Struct, frozen=True):
    """The newest finished back-test in short; `broken` says in words which of the limits asked about it breaks."""

    id: UUID
    content_hash: str
    source: str
    finished_at: datetime
    is_current: bool
    carts: int
    touched: int
    left_out: int
    by_currency: dict[str, BackTestSums]
    broken: tuple[str, ...] = ()


class BackTestSummary(Query[BackTestFigures | None], frozen=True):
    """
    What did the newest finished back-test of this very content show, and which of these limits does it break?

    Name the rule as well: two rules may say the same, and change different prices. Nothing, if none is finished.
    """

    name: ClassVar = "evaluation.back-test-summary.v1"
    content_hash: str
    rule_id: str | None = None
    limits: BackTestLimits | None = None
