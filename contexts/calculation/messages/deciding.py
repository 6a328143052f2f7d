"""What the rules of a point decide about facts, why, and when the point was stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from shared_kernel.bus import Query
from shared_kernel.decisions import RuleText


class AppliedEffect(msgspec.Struct, frozen=True):
    """An effect with its parameters computed: decimals as text, so that they travel exactly."""

    kind: str
    params: dict[str, Any]


class AppliedRule(msgspec.Struct, frozen=True):
    """A rule that applies to the facts, and what it does."""

    rule_id: str
    version: int
    rule: str
    reason: str
    effects: tuple[AppliedEffect, ...]


class NearestChange(msgspec.Struct, frozen=True):
    """One fact that would have to change: `to` is a value that will do, `relation` what it has to be."""

    path: str
    was: Any
    to: Any
    relation: str
    words: str


class Nearest(msgspec.Struct, frozen=True):
    """The smallest change of facts found that makes a rule match; it was decided before it is told."""

    sentence: str
    changes: tuple[NearestChange, ...]


class RuleExplanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    Why a rule applied, was set aside, or did not match; `sentence` says it in words.

    `nearest` is told when asked for, of a rule that did not match, where it can be said.
    """

    rule_id: str
    version: int
    rule: str
    outcome: str
    sentence: str
    nearest: Nearest | None = None


class UndecidedRule(msgspec.Struct, frozen=True):
    """A rule that was left out because it is not known whether it applies; `why` says what stopped it."""

    rule_id: str
    version: int
    rule: str
    why: str


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What applies to one set of facts; `undecided` rules cost more steps than a decision allows."""

    applied: tuple[AppliedRule, ...]
    explanations: tuple[RuleExplanation, ...] = ()
    undecided: tuple[UndecidedRule, ...] = ()


class Decisions(msgspec.Struct, frozen=True):
    """
    One decision for each set of facts, all by the same rules, named by their fingerprint.

    `rollout` is told if these were the rules that are being rolled out by it.
    """

    fingerprint: str
    decisions: tuple[Decision, ...]
    rollout: UUID | None = None


class Decide(Query[Decisions], frozen=True):
    """
    What do the rules of this point decide about each of these sets of facts?

    By the rules active now, or `at` a moment, or by the recorded set of a `fingerprint`. With `known_at`, by those of
    which one would have said then that they decide `at` that moment, which may be yet to come. `drafts` join them for this
    question only, each in place of its rule's active version. `explain` is `none`, `applied`, `full`, or `nearest`: as
    `full`, with the smallest change of facts that would make each rule match. Of now, a `rollout` has the rules decide
    that it is rolling out here; if it is none that runs, those that are active.
    """

    name: ClassVar = "calculation.decide.v1"
    point: str
    facts: tuple[dict[str, Any], ...]
    at: datetime | None = None
    known_at: datetime | None = None
    fingerprint: str | None = None
    drafts: tuple[RuleText, ...] = ()
    explain: Literal["none", "applied", "full", "nearest"] = "none"
    rollout: UUID | None = None


class Stop(msgspec.Struct, frozen=True):
    """A point decided nothing from `starts_at` on; `ends_at` is when every process decides again, and none is not yet."""

    point: str
    starts_at: datetime
    ends_at: datetime | None


class Stops(msgspec.Struct, frozen=True):
    """Stops of points, in no order."""

    stops: tuple[Stop, ...]


class StopsOf(Query[Stops], frozen=True):
    """When was each of these points stopped, at or after `since`? What was decided meanwhile says nothing about rules."""

    name: ClassVar = "calculation.stops-of.v1"
    points: tuple[str, ...]
    since: datetime


class ComparedDecisions(msgspec.Struct, frozen=True):
    """A decision for each set of facts by the rules of the fingerprint; `after` is nothing where drafts change nothing."""

    fingerprint: str
    before: tuple[Decision, ...]
    after: tuple[Decision | None, ...]


class CompareDecisions(Query[ComparedDecisions], frozen=True):
    """
    What would these drafts change of what is decided about each of these sets of facts?

    Against the rules active now, or the recorded set of a `fingerprint`; each draft in place of its rule's version.
    """

    name: ClassVar = "calculation.compare-decisions.v1"
    point: str
    facts: tuple[dict[str, Any], ...]
    drafts: tuple[RuleText, ...]
    fingerprint: str | None = None
