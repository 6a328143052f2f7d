"""
When a version decides, and who has to approve it: pure, of values only.

What this cannot do: know what time it is, or who is who; services say so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from contexts.calculation.messages import GuardrailMargin
from contexts.rules.errors import UnreadableWindow
from contexts.rules.policies.margins import of_margins
from shared_kernel.decisions import DecisionPoint, EffectText, RuleText, TableRow, Window

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)  # what every zone can tell, and nobody outlives
LATEST: Final = datetime(2200, 12, 31, tzinfo=UTC)
RiskLevel = Literal["low", "medium", "high"]
RISKS: Final[tuple[RiskLevel, ...]] = ("low", "medium", "high")
LARGE_PERCENT: Final = 50  # per cent off: more than half a price is a high risk
FAIR_PERCENT: Final = 20
LARGE_SHARE: Final = 50  # per cent of orders touched
FAIR_SHARE: Final = 10


class Moments(msgspec.Struct, frozen=True):
    """A window as moments in UTC, half open; None is no bound."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


def moments_of(window: Window) -> Moments:
    """
    Return the moments that a window means in its zone.

    A local time that the clocks skip means the moment they jump; one that they show twice means the first when a window starts,
    and the second when it ends: the window is never shorter than its words.

    Raises:
        UnreadableWindow: no such zone or time, or it ends before it starts.

    """
    try:
        zone = ZoneInfo(window.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise UnreadableWindow(
            fault=f"There is no time zone {window.time_zone!r:.60}; write one such as Europe/Berlin.",
            pointers=("/time_zone",),
        ) from fault
    starts = _moment(window.starts, zone, "/starts", fold=0)
    ends = _moment(window.ends, zone, "/ends", fold=1)
    if starts is not None and ends is not None and ends <= starts:
        raise UnreadableWindow(
            fault="It would end before it starts; choose a later end.", pointers=("/ends",)
        )
    return Moments(starts, ends)


def _moment(local: str, zone: ZoneInfo, pointer: str, *, fold: int) -> datetime | None:
    if not local:
        return None
    try:
        written = datetime.fromisoformat(local)
    except ValueError as fault:
        raise UnreadableWindow(
            fault=f"{local!r:.40} is no local date and time; write one such as 2027-03-28T09:00.",
            pointers=(pointer,),
        ) from fault
    if written.tzinfo is not None:
        raise UnreadableWindow(
            fault="A window is written in local time; leave the offset away and name the time zone.",
            pointers=(pointer,),
        )
    if not EARLIEST.year <= written.year <= LATEST.year:
        raise UnreadableWindow(
            fault=f"A window lies in the years {EARLIEST.year} to {LATEST.year}; leave it empty for no bound.",
            pointers=(pointer,),
        )
    placed = written.replace(tzinfo=zone, fold=fold)
    moment = placed.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != written:
        return _jump(written, zone)
    return moment


def _jump(written: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the clocks jump over a local time: between its readings before and after."""
    low = written.replace(tzinfo=zone, fold=1).astimezone(UTC)
    high = written.replace(tzinfo=zone, fold=0).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while (high - low).total_seconds() > 1:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


class Requirement(msgspec.Struct, frozen=True):
    """So many colleagues, of that team or of any."""

    count: int
    team: str = ""


class Risk(msgspec.Struct, frozen=True):
    """How much could go wrong, and why that is thought."""

    level: RiskLevel
    reasons: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True):
    """Who must approve at a point (or, with "", at any) from a level of risk on, and what a back-test must not show."""

    requirements: tuple[Requirement, ...]
    point: str = ""
    from_risk: str = "low"
    name: str = ""
    limits: dict[str, str] = {}


FOUR_EYES: Final = Policy((Requirement(1),), name="Four eyes")


def policy_for(policies: Iterable[Policy], point: str, risk: RiskLevel) -> Policy:
    """Return the policy of that point, or else of all, from the highest level that the risk reaches; else four eyes."""
    fitting = [
        it
        for it in policies
        if it.point in {point, ""} and RISKS.index(it.from_risk) <= RISKS.index(risk)
    ]
    return max(
        fitting, key=lambda it: (it.point == point, RISKS.index(it.from_risk)), default=FOUR_EYES
    )


def missing(
    requirements: Sequence[Requirement], approvals: Mapping[str, Iterable[str]]
) -> tuple[Requirement, ...]:
    """
    Return what is still missing; `approvals` gives the teams that each approver stands for.

    Every approver counts once: two requirements are met by two people, even if one of them could meet either.
    """
    slots = [it.team for it in requirements for _ in range(it.count)]
    held = {person: frozenset(teams) for person, teams in approvals.items()}
    filled: dict[int, str] = {}

    def place(person: str, seen: set[int]) -> bool:
        """Give a person a slot, if need be by moving another (augmenting paths)."""
        for number, team in enumerate(slots):
            if number in seen or (team and team not in held[person]):
                continue
            seen.add(number)
            if number not in filled or place(filled[number], seen):
                filled[number] = person
                return True
        return False

    for person in sorted(held):
        place(person, set())
    open_slots = [team for number, team in enumerate(slots) if number not in filled]
    return tuple(Requirement(open_slots.count(team), team) for team in dict.fromkeys(open_slots))


def said(requirements: Iterable[Requirement]) -> str:
    """Return requirements in words: "1 of finance and 2 colleagues"."""
    return " and ".join(
        f"{it.count} of {it.team}"
        if it.team
        else f"{it.count} colleague{'' if it.count == 1 else 's'}"
        for it in requirements
    )


class Facts(msgspec.Struct, frozen=True):
    """What the risk of a version is judged by; None is not known."""

    percent_at_most: float | None = None
    takes_amounts: bool = False
    takes_half: bool = False
    computed: bool = False
    share_touched: float | None = None
    guardrails_unknown: int = 0
    guardrails_broken: tuple[str, ...] = ()
    conditions_always: bool = False
    margins: tuple[GuardrailMargin, ...] = ()


def risk_of(facts: Facts) -> Risk:
    """Return the highest level that something speaks for, with all reasons."""
    found: list[tuple[RiskLevel, str]] = []
    if facts.computed:
        found.append(("high", "its effect is computed: how large it can get is not known"))
    if facts.percent_at_most is not None:
        percent = facts.percent_at_most
        level: RiskLevel = (
            "high" if percent > LARGE_PERCENT else "medium" if percent > FAIR_PERCENT else "low"
        )
        found.append((level, f"it takes up to {percent:g} % off"))
    if facts.takes_amounts:
        found.append(("medium", "it takes amounts off, whatever the price"))
    if facts.takes_half:
        found.append(
            ("high", "with the rules that decide now it can take more than half of a price")
        )
    if facts.conditions_always:
        found.append(("high", "it applies to everything"))
    if facts.share_touched is not None:
        share = facts.share_touched
        level = "high" if share > LARGE_SHARE else "medium" if share > FAIR_SHARE else "low"
        found.append((level, f"it touches {share:.1f} % of the orders it was tried on"))
    if facts.guardrails_unknown:
        several = "s" if facts.guardrails_unknown > 1 else ""
        found.append(
            ("medium", f"{facts.guardrails_unknown} guardrail{several} could not be proved")
        )
    found += [
        ("high", f"the guardrail “{name}” is broken already by what decides, and guards nothing")
        for name in facts.guardrails_broken
    ]
    found += of_margins(facts.margins)
    if not found:
        found.append(("low", "nothing speaks for more"))
    return Risk(max((it for it, _ in found), key=RISKS.index), tuple(why for _, why in found))


def facts_of(
    point: DecisionPoint,
    text: RuleText,
    *,
    guardrails_unknown: int = 0,
    guardrails_broken: tuple[str, ...] = (),
    share_touched: float | None = None,
    always: bool = False,
    takes_half: bool = False,
    margins: tuple[GuardrailMargin, ...] = (),
) -> Facts:
    """
    Return what can be read off a rule: the largest percentage that it takes, and whether amounts or computed values.

    Several percentages of one rule are taken one after the other of what remains; of a table it is the row that takes
    most, or, where all rows apply, all of them. What was proved comes along: that it is `always` true, and that with others
    it `takes_half` of a price or more.
    """
    takes = point.price.takes if point.price is not None else {}
    rows, together = _rows_of(text)
    lefts: list[Decimal] = []
    percents, amounts, computed = False, False, False
    for row in rows:
        left = Decimal(100)
        for effect in row:
            take = takes.get(effect.kind)
            if take is None:
                continue
            amounts = amounts or take.amount is not None
            if take.percent is None:
                continue
            stated = _number(effect.params.get(take.percent, ""))
            computed = computed or stated is None
            percents = percents or stated is not None
            left -= left * min(max(stated or Decimal(0), Decimal(0)), Decimal(100)) / 100
        lefts.append(left)
    most = (
        math.prod(it / 100 for it in lefts) * 100 if together else min(lefts, default=Decimal(100))
    )
    return Facts(
        percent_at_most=float(100 - most) if percents else None,
        takes_amounts=amounts,
        computed=computed,
        share_touched=share_touched,
        guardrails_unknown=guardrails_unknown,
        guardrails_broken=guardrails_broken,
        takes_half=takes_half,
        margins=margins,
        conditions_always=always
        or (
            text.condition.strip() == "true"
            and (not text.table or any(_asks_nothing(it) for it in text.table.rows))
        ),
    )


def _rows_of(text: RuleText) -> tuple[list[tuple[EffectText, ...]], bool]:
    """What a rule does, or each row of a table, and whether several rows can do it together."""
    if not text.table:
        return [text.effects], False
    return [text.table.effects_of(it) for it in text.table.rows], text.table.hit_policy == "collect"


def _asks_nothing(row: TableRow) -> bool:
    return all(cell.strip() in {"", "-"} for cell in row.cells)


def _number(written: str) -> Decimal | None:
    try:
        number = Decimal(written.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
