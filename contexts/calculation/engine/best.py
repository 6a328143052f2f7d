"""
Of exclusive choices, the combination that saves most, or the best one found and a bound that none can pass.

Best first: a partial choice is followed as long as it promises more than the best whole choice so far. What it
promises is certified: in whatever order discounts are taken, percentages of what remains before amounts
saves most, so that no completion can save more. What this cannot do: choose fewer rules than the
exclusive groups let apply; leaving out what matches is nobody's choice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import reduce
from heapq import heappop, heappush
from typing import Final, NamedTuple

from .discounts import Discount, Limit, Terms, asks

_DOWN: Final = Context(prec=40, rounding=ROUND_FLOOR)
_UP: Final = Context(prec=40, rounding=ROUND_CEILING)
_ZERO, _ONE, _HALF = Decimal(0), Decimal(1), Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Best:
    """
    What the best combination saves, and what none can save more than; exact when these are the same.

    `tried` is the number of combinations whose saving was computed.
    """

    saving: Decimal
    upper_bound: Decimal
    tried: int

    @property
    def is_exact(self) -> bool:
        return self.saving == self.upper_bound


class Pull(NamedTuple):
    """What discounts can do to an amount at most: leave this share of it, and then take this off."""

    keeps: Decimal = _ONE
    fixed: Decimal = _ZERO

    def then(self, other: "Pull") -> "Pull":
        keeps = _DOWN.multiply(self.keeps, other.keeps)
        return Pull(keeps, _UP.add(self.fixed, other.fixed))

    def or_else(self, other: "Pull") -> "Pull":
        return Pull(min(self.keeps, other.keeps), max(self.fixed, other.fixed))


Pulls = Mapping[str, Pull]  # by target


class Reach:
    """An upper bound of what rules save together, by their discounts and limits."""

    def __init__(self, terms: Terms) -> None:
        self.amounts = terms.amounts
        shared = [it.most(terms.amounts) for it in terms.limits if it.rules is None]
        self.cap: Decimal | None = min(shared, default=None)
        self._pulls: dict[str, dict[str, Pull]] = {}
        for discount in terms.discounts:
            pulls = self._pulls.setdefault(discount.rule_id, {})
            before = pulls.get(discount.target, Pull())
            pulls[discount.target] = before.then(_pull(discount, terms))
        for limit in terms.limits:
            for rule_id in limit.rules or ():
                self._limit(rule_id, limit)

    def _limit(self, rule_id: str, limit: Limit) -> None:
        pulls = self._pulls.get(rule_id, {})
        most = limit.most(self.amounts)
        if len(pulls) == 1 and most < self.saving(pulls):
            self._pulls[rule_id] = {target: Pull(_ONE, most) for target in pulls}

    def of(self, rule_id: str) -> Pulls:
        """Return what one rule can do to each amount."""
        return self._pulls.get(rule_id, {})

    def widest(self, rule_ids: Iterable[str]) -> Pulls:
        """Return what any one of these rules can do, and none can do more than."""
        options = [self.of(rule_id) for rule_id in rule_ids]
        targets = dict.fromkeys(target for pulls in options for target in pulls)
        return {
            target: reduce(Pull.or_else, (pulls.get(target, Pull()) for pulls in options))
            for target in targets
        }

    def saving(self, pulls: Pulls) -> Decimal:
        """Return what cannot be passed by discounts that do this."""
        saved = _ZERO
        for target, pull in pulls.items():
            amount = max(self.amounts.get(target, _ZERO), _ZERO)
            left = max(_DOWN.subtract(_DOWN.multiply(amount, pull.keeps), pull.fixed), _ZERO)
            saved = _UP.add(saved, _UP.subtract(amount, left))
        return saved if self.cap is None else min(saved, self.cap)


def _pull(discount: Discount, terms: Terms) -> Pull:
    initial = max(terms.amounts.get(discount.target, _ZERO), _ZERO)
    if discount.percent is not None and discount.base == "remaining":
        share = _DOWN.scaleb(_DOWN.subtract(Decimal(100), discount.percent), -2)
        rounding = _ZERO if terms.digits is None else _HALF.scaleb(-terms.digits)
        return Pull(min(max(share, _ZERO), _ONE), rounding)
    try:
        return Pull(_ONE, max(asks(discount, initial, initial, terms.digits), _ZERO))
    except ArithmeticError:  # it cannot be taken at all
        return Pull()


def joined(one: Pulls, other: Pulls) -> Pulls:
    """Return what two sets of discounts can do together."""
    if not other:
        return one
    both = {**one}
    for target, pull in other.items():
        both[target] = both[target].then(pull) if target in both else pull
    return both


class Found(NamedTuple):
    """The best whole choice found, one rule of each group, and what is known about it."""

    choice: tuple[str, ...]
    best: Best


def best_of(
    groups: Sequence[Sequence[str]],
    always: Iterable[str],
    saving: Callable[[tuple[str, ...]], Decimal],
    reach: Reach,
    attempts: int,
) -> Found:
    """
    Choose one rule of each group so that all together save most; of equal savings the one found first.

    `saving` says what a choice saves; `always` are the rules that apply whatever is chosen. The first choice tried
    is the first rule of each group, the second the rule of each group that alone could save most.
    """
    ordered = [_promising(group, reach) for group in groups]
    beyond: list[Pulls] = [{}]
    for group in reversed(ordered):
        beyond.append(joined(reach.widest(group), beyond[-1]))
    beyond.reverse()
    fixed: Pulls = reduce(joined, map(reach.of, always), {})
    search = _Search(saving, tuple(group[0] for group in groups), attempts)
    search.try_choice(tuple(group[0] for group in ordered))
    open_ends: list[tuple[Decimal, int, tuple[str, ...], Pulls]] = []
    heappush(open_ends, (-reach.saving(joined(fixed, beyond[0])), 0, (), fixed))
    pushed = 0
    while open_ends and -open_ends[0][0] > search.saving and search.tried < attempts:
        _, _, chosen, pulls = heappop(open_ends)
        depth = len(chosen)
        for member in ordered[depth] if depth < len(ordered) else ():
            further = joined(pulls, reach.of(member))
            promise = reach.saving(joined(further, beyond[depth + 1]))
            if promise <= search.saving:
                continue
            if depth + 1 < len(ordered):
                pushed += 1
                heappush(open_ends, (-promise, pushed, (*chosen, member), further))
            whole = (*chosen, member, *(group[0] for group in ordered[depth + 1 :]))
            if not search.try_choice(whole) and depth + 1 == len(ordered):
                search.untried = max(search.untried, promise)
    reachable = max(search.untried, -open_ends[0][0] if open_ends else _ZERO)
    upper = max(search.saving, reachable)
    return Found(search.choice, Best(search.saving, upper, search.tried))


def _promising(group: Sequence[str], reach: Reach) -> list[str]:
    return sorted(group, key=lambda it: -reach.saving(reach.of(it)))


class _Search:
    """The best choice so far, and how many were tried."""

    def __init__(
        self, saving: Callable[[tuple[str, ...]], Decimal], choice: tuple[str, ...], attempts: int
    ) -> None:
        self._saving_of = saving
        self._attempts = attempts
        self.choice = choice
        self.saving = saving(choice)
        self.tried = 1
        self.untried = _ZERO  # what a choice that was not tried may save
        self._seen = {frozenset(choice)}

    def try_choice(self, choice: tuple[str, ...]) -> bool:
        """Say whether the saving of a choice is known now; it is not when the attempts are used up."""
        key = frozenset(choice)
        if key in self._seen:
            return True
        if self.tried >= self._attempts:
            return False
        self._seen.add(key)
        self.tried += 1
        saving = self._saving_of(choice)
        if saving > self.saving:
            self.choice, self.saving = choice, saving
        return True
