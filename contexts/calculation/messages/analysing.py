"""What is proved of a set of rules: findings, guardrails and how near they come."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Literal

import msgspec

from contexts.calculation.messages.deciding import AppliedRule
from shared_kernel.bus import Query
from shared_kernel.decisions import GuardrailText, RuleText


class Example(msgspec.Struct, frozen=True):
    """Facts, what the rules really decide about them, and, of a guardrail, what that does to the price."""

    facts: dict[str, Any]
    applied: tuple[AppliedRule, ...]
    figures: dict[str, Decimal] = {}


class Finding(msgspec.Struct, frozen=True):
    """
    What a review found out, in a sentence; `rules` are the ids of those that it is about.

    `standing` is `problem`, `note` (it may be meant), `holds` (a guardrail, proved) or `unknown`.
    """

    kind: str
    standing: Literal["problem", "note", "holds", "unknown"]
    sentence: str
    rules: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


class Findings(msgspec.Struct, frozen=True):
    """What there is to say about drafts beside `beside` active rules."""

    findings: tuple[Finding, ...]
    beside: int


class AnalyseRules(Query[Findings], frozen=True):
    """
    What should a reviewer know about these drafts beside the rules that are active now?

    Whether each ever applies, says what another says already, or clashes; and whether the guardrails hold of the whole
    set. It takes at most about so many `seconds`; what is not settled by then is told as unknown.
    """

    name: ClassVar = "calculation.analyse-rules.v1"
    point: str
    drafts: tuple[RuleText, ...]
    guardrails: tuple[GuardrailText, ...] = ()
    seconds: float = 5.0


class ProveGuardrails(Query[Findings], frozen=True):
    """
    Do these guardrails hold of exactly these rules, whatever decides now?

    Whoever begins or ends rules asks of those that they know of, and need not wait until calculation has heard of them.
    Rules that are not sound are told, and left out of what is proved.
    """

    name: ClassVar = "calculation.prove-guardrails.v1"
    point: str
    rules: tuple[RuleText, ...]
    guardrails: tuple[GuardrailText, ...]
    seconds: float = 5.0


class NeverApplying(msgspec.Struct, frozen=True):
    """
    Rules that are proved never to match, or never to apply beside others; all that there are if it `is_finished`.

    It is not, where the time was over or a proof gave no answer.
    """

    findings: tuple[Finding, ...]
    is_finished: bool = True


class ListNeverApplying(Query[NeverApplying], frozen=True):
    """
    Which of these rules, each in the place of its rule's active version, can never apply?

    It takes at most about so many `seconds`, once for a set of rules.
    """

    name: ClassVar = "calculation.list-never-applying.v1"
    point: str
    texts: tuple[RuleText, ...]
    seconds: float = 5.0


class AnalyseBeside(Query[Findings], frozen=True):
    """
    What should a reviewer know about this draft together with others that do not decide yet?

    Each stands in the place of its rule's active version. Told is what is about the draft and one of the others, and
    which guardrails break: those asked about are known to hold without the others. `beside` are the others looked at.
    """

    name: ClassVar = "calculation.analyse-beside.v1"
    point: str
    draft: RuleText
    others: tuple[RuleText, ...]
    guardrails: tuple[GuardrailText, ...] = ()
    seconds: float = 5.0


class GuardrailMargin(msgspec.Struct, frozen=True):
    """
    How much of the price before may be taken off, more or less, until a guardrail breaks, in per cent.

    Proved is `at_least` so much; facts were shown that have less than `below`, or none if it is missing. What lies between
    the two is not known, unless it `is_settled`: then they are neighbours of the steps that are asked (0.1, 0.5, 1, 5
    and 10). The `nearest` facts that were found have less than that to spare. `as_before`: so have some without the draft.
    """

    guardrail: str
    at_least: Decimal
    below: Decimal | None = None
    nearest: Decimal | None = None
    is_settled: bool = True
    as_before: bool = False


class MeasuredRule(msgspec.Struct, frozen=True):
    """
    Whether a draft is proved to match `always`, and the margins of the guardrails that have one.

    A guardrail that compares two cases has none, nor has one that compares no discount; of one that cannot be solved for the
    discount nothing is known: `at_least` zero, not settled.
    """

    always: bool
    margins: tuple[GuardrailMargin, ...] = ()


class MeasureRule(Query[MeasuredRule], frozen=True):
    """
    What is the risk of this draft made of, beside the rules that are active now?

    The guardrails are those that are known to hold with it. It takes at most about so many `seconds`.
    """

    name: ClassVar = "calculation.measure-rule.v1"
    point: str
    draft: RuleText
    guardrails: tuple[GuardrailText, ...] = ()
    seconds: float = 3.0
