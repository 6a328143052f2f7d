"""What calculation may be asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec

from shared_kernel.bus import Query
from shared_kernel.decisions import RuleText


class Fault(msgspec.Struct, frozen=True):
    """
    What is wrong with a rule as written, and where.

    `pointer` names the part (`/condition`, `/effects/0/params/percent`); `position` counts characters
    from 0, `line` and `column` from 1; `rendered` shows the place with a caret.
    """

    pointer: str
    message: str
    position: int = 0
    length: int = 1
    line: int = 1
    column: int = 1
    suggestion: str | None = None
    rendered: str = ""


class CheckedRule(msgspec.Struct, frozen=True):
    """Either faults, or the rule's canonical condition, its words and the hash of its content."""

    faults: tuple[Fault, ...] = ()
    content_hash: str = ""
    canonical: str = ""
    in_words: str = ""
    facts_used: tuple[str, ...] = ()


class CheckRule(Query[CheckedRule], frozen=True):
    """Is this rule sound for that decision point, and what does it say?"""

    name: ClassVar = "calculation.check-rule.v1"
    point: str
    text: RuleText


class CheckCondition(Query[CheckedRule], frozen=True):
    """Is this condition sound for that decision point? Asked while it is being typed."""

    name: ClassVar = "calculation.check-condition.v1"
    point: str
    condition: str


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


class RuleExplanation(msgspec.Struct, frozen=True):
    """Why a rule applied, was set aside, or did not match; `sentence` says it in words."""

    rule_id: str
    version: int
    rule: str
    outcome: str
    sentence: str


class Decision(msgspec.Struct, frozen=True):
    """What applies to one set of facts."""

    applied: tuple[AppliedRule, ...]
    explanations: tuple[RuleExplanation, ...] = ()


class Decisions(msgspec.Struct, frozen=True):
    """One decision for each set of facts, all by the same rules, named by their fingerprint."""

    fingerprint: str
    decisions: tuple[Decision, ...]


class Decide(Query[Decisions], frozen=True):
    """
    What do the rules of this point decide about each of these sets of facts?

    By the rules active now, or `at` a moment, or by the recorded set of a `fingerprint`. `drafts` join them for this
    question only, each in place of its rule's active version. `explain` is `none`, `applied` or `full`.
    """

    name: ClassVar = "calculation.decide.v1"
    point: str
    facts: tuple[dict[str, Any], ...]
    at: datetime | None = None
    fingerprint: str | None = None
    drafts: tuple[RuleText, ...] = ()
    explain: Literal["none", "applied", "full"] = "none"
