"""What evaluation may be asked, and told to do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from contexts.evaluation.events import EvaluationsSealed
from shared_kernel.bus import Command, Query
from shared_kernel.decisions import RuleText
from shared_kernel.money import Money

BackTestStatus = Literal["waiting", "running", "done", "failed"]
MOST_DAYS = 400  # that what rules gave is summed over


class TryRules(Query[dict[str, Any]], frozen=True):
    """
    What would this cart cost if these drafts were active, and why?

    `cart` and the answer have the shapes of `POST /api/v1/evaluations`; `drafts` by decision point, each in place
    of its rule's active version. Nothing is recorded.
    """

    name: ClassVar = "evaluation.try-rules.v1"
    cart: dict[str, Any]
    drafts: dict[str, tuple[RuleText, ...]]


class SeenValue(msgspec.Struct, frozen=True, array_like=True):
    """A value that the field of a record, such as the category of a line, had in recent carts."""

    record: str
    field: str
    value: str


class ListSeenValues(Query[tuple[SeenValue, ...]], frozen=True):
    """Which values did the facts of recent carts have? Neither coupon codes nor anything that names a customer."""

    name: ClassVar = "evaluation.list-seen-values.v1"


class UnfitEvaluation(msgspec.Struct, frozen=True):
    """An evaluation that is not as it was sealed: changed, missing, or put in among those that were."""

    evaluation_id: UUID
    problem: Literal["changed", "missing", "put in"]


class CheckSeal(Query[tuple[UnfitEvaluation, ...]], frozen=True):
    """Which evaluations are not as this seal says?"""

    name: ClassVar = "evaluation.check-seal.v1"
    seal: EvaluationsSealed


class LineReported(msgspec.Struct, frozen=True):
    """A line of an order file that is not priced, and why."""

    line: int
    invoice: str
    reason: str
    detail: str


class OrderFileKept(msgspec.Struct, frozen=True):
    """An order file as it is kept: what is in it, and the first of what is not priced."""

    id: UUID
    file: str
    currency: str
    channel: str
    orders: int
    lines: int
    reported: int
    reasons: dict[str, int]
    first_reported: tuple[LineReported, ...]
    first_at: datetime
    last_at: datetime
    uploaded_by: str
    uploaded_at: datetime


class KeepOrderFile(Command[OrderFileKept], frozen=True):
    """
    Keep these order lines (CSV or gzip, in the Online Retail columns) for back-tests.

    The same content, currency and channel again is the file that is kept already.
    """

    name: ClassVar = "evaluation.keep-order-file.v1"
    file: Annotated[str, Meta(min_length=1, max_length=200)]
    content: bytes
    uploaded_by: str
    currency: str = "GBP"
    channel: Annotated[str, Meta(max_length=64)] = "wholesale"


class ListOrderFiles(Query[tuple[OrderFileKept, ...]], frozen=True):
    """Which order files does this tenant keep, newest first?"""

    name: ClassVar = "evaluation.list-order-files.v1"


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


class RolloutArmFigures(msgspec.Struct, frozen=True):
    """What carts of one arm came to: listed is what goods and shipping cost before discounts."""

    currency: str
    arm: Literal["control", "candidate", "outside"]
    carts: int
    listed: Money
    discount: Money


class RolloutGuardStanding(msgspec.Struct, frozen=True):
    """A guard, on how many carts it is judged, and the percentage it stands at: nothing before there are enough."""

    metric: str
    at_most: Decimal
    min_carts: int
    carts: int
    value: Decimal | None = None
    broken: str = ""


class RolloutFigures(msgspec.Struct, frozen=True):
    """
    What a roll-out was counted to do so far.

    `paired` compares each cart that today's rules decided with what the new ones would have made of it: exact, cart by
    cart. `arms` are the carts that each side really decided.
    """

    rollout_id: UUID
    percent: Decimal
    is_running: bool
    counted_at: datetime | None
    paired: BackTestResult
    arms: tuple[RolloutArmFigures, ...]
    guards: tuple[RolloutGuardStanding, ...]
    broken: str = ""


class RolloutFiguresOf(Query[RolloutFigures | None], frozen=True):
    """What does this roll-out do to carts? Nothing, if none was heard of."""

    name: ClassVar = "evaluation.rollout-figures.v1"
    rollout_id: UUID


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
