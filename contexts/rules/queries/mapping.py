"""Which rules speak about which facts and values; which are used by nobody, and which can never apply."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from contexts.calculation.messages import ListNeverApplying, ListSpoken, Spoken
from contexts.evaluation.messages import ListUsedRules, RulesUsed, RuleUse
from contexts.rules.models import RuleVersion, Status
from shared_kernel import bus
from shared_kernel.cache import TwoLevelCache
from shared_kernel.decisions import point_named
from shared_kernel.tenancy import current_tenant

MOST = 2000
SHOWN = (
    Status.ACTIVE, Status.PAUSED, Status.SCHEDULED, Status.APPROVED, Status.IN_REVIEW, Status.DRAFT,
)  # fmt: skip
NEVER = ("unreachable", "shadowed")
DECIDING_FIRST = {status: at for at, status in enumerate(SHOWN)}
SECONDS = 5.0
_used: TwoLevelCache[RulesUsed] = TwoLevelCache(
    "used-rules", stale_after=(), seconds_here=60.0, size=1_000
)


@dataclass(slots=True)
class Mapped:
    """A version of a rule, what it speaks about, and since when it is of use."""

    version: RuleVersion
    spoken: tuple[Spoken, ...] = ()
    use: RuleUse | None = None
    never: tuple[str, ...] = field(default_factory=tuple)


def mapped(*, words: str = "", point: str = "") -> list[Mapped]:
    """
    The versions that decide or may come to, with what they speak about; those in which the words are found.

    Words are looked for in facts, in the values they are compared with, and in names.
    """
    versions = RuleVersion.objects.select_related("rule").filter(status__in=SHOWN)
    if point:
        versions = versions.filter(rule__point=point)
    found = [Mapped(it) for it in versions.order_by("-rule_id", "-number")[:MOST]]
    by_point: dict[str, list[Mapped]] = defaultdict(list)
    for it in found:
        by_point[it.version.rule.point].append(it)
    for name, theirs in by_point.items():
        if point_named(name) is None:
            continue
        with suppress(bus.ContextAbsent, bus.ContextUnreachable):
            told = bus.ask(ListSpoken(point=name, texts=tuple(it.version.text for it in theirs)))
            for it, spoken in zip(theirs, told.rules, strict=True):
                it.spoken = spoken
    return speaking_of(found, words)


def speaking_of(found: list[Mapped], words: str) -> list[Mapped]:
    """Those in whose facts, values or names all the words are found."""
    wanted = words.lower().split()
    return [it for it in found if all(word in _findable(it) for word in wanted)]


def _findable(it: Mapped) -> str:
    parts = [it.version.name, it.version.rule.slug]
    parts += [text for said in it.spoken for text in (said.fact, said.label, said.value)]
    return "\n".join(parts).lower()


def facts_of(found: Iterable[Mapped]) -> list[tuple[str, str, int]]:
    """The facts spoken about, with their words and how many rules speak of each, whatever their versions; the most spoken of first."""
    told = [(said, it.version.rule_id) for it in found for said in it.spoken]
    labels = {said.fact: said.label for said, _ in told}
    counted = Counter(fact for fact, _ in {(said.fact, rule) for said, rule in told})
    return [(fact, labels[fact], count) for fact, count in counted.most_common()]


def with_use(found: list[Mapped], *, days: int) -> RulesUsed | None:
    """
    Note of each rule in how many of the carts of so many last days it changed an amount; nothing if nobody can say.

    What a rule gave stands at one of its versions only: the one that decides, else the one nearest to it.
    Thousands of carts are read for it: what was said is kept for a minute.
    """
    try:
        used = _used.get(current_tenant(), str(days), lambda: bus.ask(ListUsedRules(days=days)))
    except (bus.ContextAbsent, bus.ContextUnreachable):
        return None
    by_rule = {it.rule_id: it for it in used.rules}
    for it in sorted(found, key=lambda it: DECIDING_FIRST[Status(it.version.status)]):
        it.use = by_rule.pop(str(it.version.rule_id), None)
    return used


def unused(found: Iterable[Mapped]) -> list[Mapped]:
    """Those that decide, and changed no amount of the carts looked at."""
    return [it for it in found if it.version.status == Status.ACTIVE and it.use is None]


class NeverMatching(NamedTuple):
    """Rules that can never apply; all that there are if it `is_finished`, which it is not where nobody could say."""

    rules: list[Mapped]
    is_finished: bool


def never_matching(found: list[Mapped], *, seconds: float = SECONDS) -> NeverMatching:
    """
    Those active rules that by proof can never apply, or never beside the others; each with the sentence that says why.

    It is proved once for a set of rules: asked again, it is remembered.
    """
    is_finished = True
    by_point: dict[str, list[Mapped]] = defaultdict(list)
    for it in found:
        if it.version.status == Status.ACTIVE and point_named(it.version.rule.point) is not None:
            by_point[it.version.rule.point].append(it)
    for name, theirs in by_point.items():
        texts = tuple(it.version.text for it in theirs)
        asked = ListNeverApplying(point=name, texts=texts, seconds=seconds / len(by_point))
        is_told = False
        with suppress(bus.ContextAbsent, bus.ContextUnreachable):
            answer = bus.ask(asked)
            told, is_told = answer.findings, answer.is_finished
            for it in theirs:
                own = str(it.version.rule_id)
                it.never = tuple(
                    finding.sentence
                    for finding in told
                    if finding.kind in NEVER
                    and finding.standing == "problem"
                    and finding.rules[:1] == (own,)
                )
        is_finished = is_finished and is_told
    rules = [it for theirs in by_point.values() for it in theirs if it.never]
    return NeverMatching(rules, is_finished)
