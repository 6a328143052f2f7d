"""Whether texts are sound: rules, conditions, guardrails; and what is wrong with them."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from shared_kernel.bus import Query
from shared_kernel.decisions import GuardrailText, RuleText


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


class Attribute(msgspec.Struct, frozen=True):
    """An attribute that a tenant declared: rules write `path`, such as `customer.attributes.loyalty_since`."""

    record: str
    name: str
    type: str
    about: str
    optional: bool
    path: str


class CheckRule(Query[CheckedRule], frozen=True):
    """
    Is this rule sound for that decision point, and what does it say?

    With `attributes` it may speak about these, and about none else: nothing that a tenant declared is read.
    """

    name: ClassVar = "calculation.check-rule.v1"
    point: str
    text: RuleText
    attributes: tuple[Attribute, ...] | None = None


class CheckCondition(Query[CheckedRule], frozen=True):
    """Is this condition sound for that decision point? Asked while it is being typed."""

    name: ClassVar = "calculation.check-condition.v1"
    point: str
    condition: str


class CheckGuardrail(Query[CheckedRule], frozen=True):
    """Is this guardrail sound for that decision point?"""

    name: ClassVar = "calculation.check-guardrail.v1"
    point: str
    guardrail: GuardrailText


class TellFate(Query[Literal["never", "always", "open"]], frozen=True):
    """
    What becomes of a rule where facts hold nothing of some that it asks for, each named by its record and name?

    `never`: it matches none of such facts; `always`: all of them; `open`: the rest of its condition decides.
    """

    name: ClassVar = "calculation.tell-fate.v1"
    point: str
    text: RuleText
    lacking: tuple[str, ...]
