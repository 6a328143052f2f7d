"""
Discounts taken off amounts, exactly and in their order, each with a sentence that says what it took and why no more.

A pure function of what a decision said: whoever prices applies `decision.terms` to its own amounts. What this
cannot do: allocate what was taken to the lines of a cart, or know a currency's digits unless it is told them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Final, Literal, NamedTuple

from .arithmetic import EXACT
from .caps import Allowed, percentage
from .lexer import plain
from .stacking import Base

_ZERO: Final = Decimal(0)
_ROUNDING: Final = Context(prec=EXACT.prec, Emax=EXACT.Emax, Emin=EXACT.Emin)


class Discount(NamedTuple):
    """What one effect of a rule takes off one target: a percentage of its base, or an amount."""

    rule_id: str
    name: str
    target: str
    percent: Decimal | None
    amount: Decimal | None
    base: Base = "remaining"


class Limit(NamedTuple):
    """
    What some rules may take together, all rules if `rules` is None; a percentage is of `targets`.

    `kind` and `of` name it: ("cap", "total"), ("budget", "summer"), ("rule", the id of the rule it caps).
    """

    kind: Literal["cap", "budget", "rule"]
    of: str
    name: str
    allowed: Allowed
    rules: frozenset[str] | None = None
    targets: frozenset[str] | None = None

    def most(self, amounts: Mapping[str, Decimal]) -> Decimal:
        """Return the amount that the limit leaves of these initial amounts; 0 if that is not exact."""
        counted = [
            it for name, it in amounts.items() if self.targets is None or name in self.targets
        ]
        try:
            return self.allowed.of(total(counted))
        except ArithmeticError:
            return _ZERO


@dataclass(frozen=True, slots=True)
class Terms:
    """A decision's discounts in their order, the amounts they were decided for, and their limits."""

    amounts: Mapping[str, Decimal]
    discounts: tuple[Discount, ...]
    limits: tuple[Limit, ...] = ()
    digits: int | None = None


class Step(NamedTuple):
    """One discount taken: what it `asked` for, what was `taken`, what remains, and which limit it met."""

    discount: Discount
    asked: Decimal
    taken: Decimal
    remaining: Decimal
    limit: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What remains of each amount, what was taken in all, what each limit has left, and every step."""

    remaining: Mapping[str, Decimal]
    taken: Decimal
    left: Mapping[tuple[str, str], Decimal]
    steps: tuple[Step, ...]


def total(amounts: Sequence[Decimal]) -> Decimal:
    """Return the exact sum."""
    added = _ZERO
    for amount in amounts:
        added = EXACT.add(added, amount)
    return added


def apply_discounts(terms: Terms, amounts: Mapping[str, Decimal] | None = None) -> Applied:
    """
    Take a decision's discounts off amounts, by default those it was decided for.

    Each takes at most what remains and at most what each of its limits has left; nothing is taken off a
    target without an amount. Amounts are in one currency, percentages from 0 to 100.
    """
    plan = Plan(terms, amounts)
    taking = Taking(plan)
    steps: list[Step] = []
    for discount in terms.discounts:
        asked, taken, limit = taking.take(discount)
        remaining = taking.remaining.get(discount.target, _ZERO)
        said = _sentence(discount, asked, taken, limit)
        numbers = (plain(asked or _ZERO), plain(taken), plain(remaining))
        steps.append(Step(discount, *numbers, limit, said))
    unspent: dict[tuple[str, str], Decimal] = {
        (it.kind, it.of): plain(left) for it, left in zip(terms.limits, taking.left, strict=True)
    }
    remaining_of = {target: plain(amount) for target, amount in taking.remaining.items()}
    return Applied(remaining_of, plain(taking.taken), unspent, tuple(steps))


class Plan:
    """What is the same however often discounts are taken off the same amounts."""

    __slots__ = ("digits", "initial", "left", "limits", "limits_of")

    def __init__(self, terms: Terms, amounts: Mapping[str, Decimal] | None = None) -> None:
        self.initial = dict(terms.amounts if amounts is None else amounts)
        self.digits = terms.digits
        self.limits = terms.limits
        self.left = [floored(limit.most(self.initial), self.digits) for limit in terms.limits]
        common = [number for number, limit in enumerate(terms.limits) if limit.rules is None]
        self.limits_of = {it.rule_id: list(common) for it in terms.discounts}
        for number, limit in enumerate(terms.limits):
            for rule_id in limit.rules or ():
                self.limits_of.get(rule_id, []).append(number)


class Taking:
    """Amounts while discounts are taken off them, one after the other."""

    __slots__ = ("_plan", "left", "remaining", "taken")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.remaining = dict(plan.initial)
        self.left = list(plan.left)
        self.taken = _ZERO

    def take(self, discount: Discount) -> tuple[Decimal | None, Decimal, str | None]:
        """Return what a discount asks for, None if that is not exact; what it takes; which limit it met."""
        try:
            return self._take(discount)
        except ArithmeticError:
            return None, _ZERO, None

    def _take(self, discount: Discount) -> tuple[Decimal | None, Decimal, str | None]:
        plan, target = self._plan, discount.target
        remaining = self.remaining.get(target, _ZERO)
        asked = asks(discount, plan.initial.get(target, _ZERO), remaining, plan.digits)
        taken = max(min(asked, remaining), _ZERO)
        met = None
        bound = plan.limits_of[discount.rule_id]
        for number in bound:
            if self.left[number] < taken:
                taken, met = self.left[number], plan.limits[number].name
        left = [(number, EXACT.subtract(self.left[number], taken)) for number in bound]
        remains, total_taken = EXACT.subtract(remaining, taken), EXACT.add(self.taken, taken)
        for number, unspent in left:  # nothing is taken by half: from here on nothing can fail
            self.left[number] = unspent
        if target in self.remaining:
            self.remaining[target] = remains
        self.taken = total_taken
        return asked, taken, met


def asks(discount: Discount, initial: Decimal, remaining: Decimal, digits: int | None) -> Decimal:
    """Return what a discount would take if nothing limited it; raises where that is not exact."""
    if discount.percent is None:
        return rounded(discount.amount or _ZERO, digits)
    of = initial if discount.base == "initial" else remaining
    return rounded(percentage(of, discount.percent), digits)


def rounded(amount: Decimal, digits: int | None) -> Decimal:
    """Return an amount rounded half up to so many digits after the point, or as it is."""
    return amount if digits is None else _quantized(amount, digits, ROUND_HALF_UP)


def floored(amount: Decimal, digits: int | None) -> Decimal:
    """Return an amount rounded down, so that a limit is never passed; 0 if it is beyond all digits."""
    try:
        return amount if digits is None else _quantized(amount, digits, ROUND_FLOOR)
    except ArithmeticError:
        return _ZERO


def _quantized(amount: Decimal, digits: int, rounding: str) -> Decimal:
    return amount.quantize(Decimal((0, (1,), -digits)), rounding=rounding, context=_ROUNDING)


def _sentence(discount: Discount, asked: Decimal | None, taken: Decimal, limit: str | None) -> str:
    of = "what remains" if discount.base == "remaining" else "the initial amount"
    if discount.percent is not None:
        wanted = f"{discount.percent:f} % of {of} of {discount.target}"
    else:
        wanted = f"{discount.amount or 0:f} off {discount.target}"
    if asked is None:
        return f'"{discount.name}" takes nothing: {wanted} has too many digits, so round to some'
    if limit is not None:
        return f'"{discount.name}" takes {_shown(taken)} of {_shown(asked)}, {wanted}: {limit} allows no more'
    if taken != asked:
        return (
            f'"{discount.name}" takes {_shown(taken)} of {_shown(asked)}, {wanted}: no more remains'
        )
    return f'"{discount.name}" takes {_shown(taken)}, {wanted}'


def _shown(amount: Decimal) -> str:
    return format(plain(amount), "f")
