"""What calculation may be asked."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from shared_kernel.bus import Query
from shared_kernel.decisions import GuardrailText, RuleText, TemplateParameter, TemplateText


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


class SaidRule(msgspec.Struct, frozen=True):
    """
    A rule in plain words: all of it in a `sentence`, its `condition`, and each of its `effects`.

    `outline` has a long condition part by part, each line with its depth. What is not sound has no words.
    """

    sentence: str = ""
    condition: str = ""
    outline: tuple[tuple[int, str], ...] = ()
    effects: tuple[str, ...] = ()


class SaidRules(msgspec.Struct, frozen=True):
    """Rules in plain words, in the order they were asked."""

    rules: tuple[SaidRule, ...]


class SayRules(Query[SaidRules], frozen=True):
    """What do these rules of a decision point say, in the words of whoever keeps shop?"""

    name: ClassVar = "calculation.say-rules.v1"
    point: str
    texts: tuple[RuleText, ...]


class BuiltValue(msgspec.Struct, frozen=True):
    """What a fact is compared with: a value as its text, or the path of another fact."""

    kind: Literal["text", "number", "boolean", "moment", "fact"]
    written: str = ""


class FactRow(msgspec.Struct, frozen=True, tag_field="part", tag="fact"):
    """One fact, an operator, and as many values as it takes."""

    fact: str
    operator: str
    values: tuple[BuiltValue, ...] = ()


class ItemsRow(msgspec.Struct, frozen=True, tag_field="part", tag="items"):
    """Whether `any`, `every`, exactly `one` or `none` of a list's items, called `variable`, is one of which `where` holds."""

    items: str
    quantifier: Literal["any", "every", "one", "none"]
    variable: str
    where: Group


class TotalRow(msgspec.Struct, frozen=True, tag_field="part", tag="total"):
    """How many items there are of which `where` holds, or the sum of what is `added` of them; `form` is how it is spelt."""

    items: str
    variable: str
    operator: str
    value: BuiltValue
    where: Group | None = None
    added: str = ""
    form: str = ""


class TextRow(msgspec.Struct, frozen=True, tag_field="part", tag="text"):
    """A part that the builder cannot show, as it is written."""

    written: str


class Group(msgspec.Struct, frozen=True, tag_field="part", tag="group"):
    """Parts of which `all`, `any` or `none` must hold."""

    of: Literal["all", "any", "none"]
    parts: tuple[Group | FactRow | ItemsRow | TotalRow | TextRow, ...] = ()


class ConditionTree(msgspec.Struct, frozen=True):
    """A condition as a builder shows it, or the fault for which it cannot be read; `comments` would be lost."""

    tree: Group | None = None
    faults: tuple[Fault, ...] = ()
    comments: bool = False


class ReadCondition(Query[ConditionTree], frozen=True):
    """What are the parts of this condition? Whether its facts exist is asked with `CheckCondition`."""

    name: ClassVar = "calculation.read-condition.v1"
    condition: str


class WrittenCondition(msgspec.Struct, frozen=True):
    """The condition that parts make; at what is missing or wrong, named by `faults`, stands an `…`."""

    condition: str
    faults: tuple[Fault, ...] = ()


class WriteCondition(Query[WrittenCondition], frozen=True):
    """How is the condition written that consists of these parts?"""

    name: ClassVar = "calculation.write-condition.v1"
    tree: Group


class Operator(msgspec.Struct, frozen=True):
    """An operator by its words, and how many values it takes: `none`, `one`, `several`."""

    name: str
    words: str
    takes: Literal["none", "one", "several"]


class VocabularyFact(msgspec.Struct, frozen=True):
    """
    A fact that a condition may be built with: its words, its operators and values it was compared with before.

    `type` is that of its values: of a list that of an item. Of a list of records `fields` are the facts of an item, with
    paths that begin at it; `one` is what an item is called.
    """

    path: str
    label: str
    type: str
    about: str = ""
    group: str = ""
    operators: tuple[Operator, ...] = ()
    suggestions: tuple[str, ...] = ()
    one: str = ""
    fields: tuple[VocabularyFact, ...] = ()


class Vocabulary(msgspec.Struct, frozen=True):
    """What a condition may be built of."""

    facts: tuple[VocabularyFact, ...]


class ListVocabulary(Query[Vocabulary], frozen=True):
    """
    What may conditions of this point be built of?

    Suggested are values that facts were `met` with (record, field, value), and what `seen` conditions (of a point, each)
    compare with.
    """

    name: ClassVar = "calculation.list-vocabulary.v1"
    point: str
    seen: tuple[tuple[str, str], ...] = ()
    met: tuple[tuple[str, str, str], ...] = ()


class Attributes(msgspec.Struct, frozen=True):
    """The declared attributes that rules of one point, or of any, can speak about."""

    attributes: tuple[Attribute, ...]


class ListAttributes(Query[Attributes], frozen=True):
    """Which attributes has this tenant declared, of the facts of that point, or of all?"""

    name: ClassVar = "calculation.list-attributes.v1"
    point: str | None = None


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


class NeverApplying(msgspec.Struct, frozen=True):
    """Rules that are proved never to match, or never to apply beside others; all that there are if it `is_finished`."""

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
    How much of the price before is to spare until a guardrail breaks, in per cent.

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

    A guardrail that compares two cases has none, nor has one that compares anything but amounts.
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


class CheckGuardrail(Query[CheckedRule], frozen=True):
    """Is this guardrail sound for that decision point?"""

    name: ClassVar = "calculation.check-guardrail.v1"
    point: str
    guardrail: GuardrailText


class CheckedTemplate(msgspec.Struct, frozen=True):
    """
    Either faults, or the hash of a template's content and what it says, each parameter by its label.

    `compared` tells of a parameter with which fact it is compared, by the fact's path: there values may be suggested.
    """

    faults: tuple[Fault, ...] = ()
    content_hash: str = ""
    in_words: str = ""
    compared: dict[str, str] = {}


class CheckTemplate(Query[CheckedTemplate], frozen=True):
    """Is this template sound for that decision point, and what does it say?"""

    name: ClassVar = "calculation.check-template.v1"
    point: str
    template: TemplateText


class FilledTemplate(msgspec.Struct, frozen=True):
    """
    A template's rule with arguments in the places of its parameters; or what is wrong with each.

    A fault about an argument points to `/arguments/NAME`. `arguments` are those read, as JSON holds them.
    """

    faults: tuple[Fault, ...] = ()
    text: RuleText | None = None
    content_hash: str = ""
    in_words: str = ""
    arguments: dict[str, Any] = {}


class FillTemplate(Query[FilledTemplate], frozen=True):
    """Which rule is this template with these arguments? They become values in it, never text."""

    name: ClassVar = "calculation.fill-template.v1"
    point: str
    template: TemplateText
    arguments: dict[str, Any]
    rule_id: str
    version: int


class Blank(msgspec.Struct, frozen=True):
    """
    A value of a rule that could be left open: `written` stands at `place`, between `before` and `after`.

    `parameter` is what it would become as far as that can be guessed; its default is the value.
    """

    place: str
    written: str
    before: str
    after: str
    about: str
    parameter: TemplateParameter


class Blanks(msgspec.Struct, frozen=True):
    """The values of a rule that could be left open, as they stand; or why there are none."""

    blanks: tuple[Blank, ...] = ()
    faults: tuple[Fault, ...] = ()


class ListBlanks(Query[Blanks], frozen=True):
    """Which values of this rule could be left open, each by itself, so that it is a template?"""

    name: ClassVar = "calculation.list-blanks.v1"
    point: str
    text: RuleText


class OpenBlank(msgspec.Struct, frozen=True):
    """A value that is left open, and the parameter in its place; several places may have one parameter by its name."""

    place: str
    parameter: TemplateParameter


class OpenedTemplate(msgspec.Struct, frozen=True):
    """The template that a rule is with values left open; or faults, those of a blank at `/parameters/NUMBER/…`."""

    template: TemplateText | None = None
    faults: tuple[Fault, ...] = ()


class OpenBlanks(Query[OpenedTemplate], frozen=True):
    """Which template is this rule with these values left open? Filled in with its defaults it says what the rule says."""

    name: ClassVar = "calculation.open-blanks.v1"
    point: str
    text: RuleText
    called: str
    about: str
    blanks: tuple[OpenBlank, ...]


class Spoken(msgspec.Struct, frozen=True):
    """A fact that a rule speaks about, by its record and name, and a text that it is compared with, if it is."""

    fact: str
    label: str
    value: str = ""


class SpokenOf(msgspec.Struct, frozen=True):
    """What each of the rules asked about speaks of, in their order; nothing of one that is not sound."""

    rules: tuple[tuple[Spoken, ...], ...]


class ListSpoken(Query[SpokenOf], frozen=True):
    """Which facts do these rules of a decision point speak about, and with which texts do they compare them?"""

    name: ClassVar = "calculation.list-spoken.v1"
    point: str
    texts: tuple[RuleText, ...]


class TellFate(Query[Literal["never", "always", "open"]], frozen=True):
    """
    What becomes of a rule where facts hold nothing of some that it asks for, each named by its record and name?

    `never`: it matches none of such facts; `always`: all of them; `open`: the rest of its condition decides.
    """

    name: ClassVar = "calculation.tell-fate.v1"
    point: str
    text: RuleText
    lacking: tuple[str, ...]
