"""
Which of the rules that match apply together: in their order, or as is best for the customer.

What this cannot do: drop what no exclusive choice drops. The best is looked for among the rules of each group, and
between a rule that never stacks and all the others; stops and what always applies stay as they are.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from .best import Best, Found, Reach, best_of
from .discounts import Plan, Taking
from .resolver import SetAside, failed, set_aside
from .rules import RuleSource
from .terms import Computed, Situation, Stacking


class Kept(NamedTuple):
    """Rules that apply together, those that do not, and how good a choice it is."""

    rules: Sequence[Computed]
    aside: Sequence[SetAside]
    best: Best | None = None


def in_order(computed: Sequence[Computed]) -> Kept:
    """
    Go through rules in their order: of a group the first, nothing behind a stop, never beside others, always anyway.

    A rule that always applies takes no place in its group, and counts as no company for one that never stacks.
    """
    kept: list[Computed] = []
    aside: list[SetAside] = []
    groups: dict[str, RuleSource] = {}
    before: RuleSource | None = None  # a rule that one which never stacks would stand beside
    alone: RuleSource | None = None
    stopped: RuleSource | None = None
    for one in computed:
        source = one.rule.source
        always = source.stacking == "always"
        lost = None if always else _hindered(source, groups, before, alone, stopped)
        if lost is None and one.fault is not None:
            lost = failed(source, one.fault)
        if lost is not None:
            aside.append(lost)
            continue
        if not always:
            before = before or source
            if source.group is not None:
                groups[source.group] = source
            if source.stacking == "never":
                alone = source
        kept.append(one)
        if source.stop:
            stopped = stopped or source
    return Kept(kept, aside)


def _hindered(
    source: RuleSource,
    groups: dict[str, RuleSource],
    before: RuleSource | None,
    alone: RuleSource | None,
    stopped: RuleSource | None,
) -> SetAside | None:
    if alone is not None:
        return _not_stacked(source, alone, f'"{alone.name}" applies only alone')
    if stopped is not None:
        return set_aside(source, "stop", stopped)
    if source.group is not None and source.group in groups:
        return set_aside(source, "group", groups[source.group])
    if source.stacking == "never" and before is not None:
        detail = f'"{source.name}" applies only alone, and "{before.name}" goes before it'
        return _not_stacked(source, before, detail)
    return None


def _not_stacked(source: RuleSource, by: RuleSource, detail: str) -> SetAside:
    return SetAside(source.id, source.version, source.name, "stacking", by.id, detail)


class Choosing:
    """The search for what is best for the customer among the rules of one call."""

    def __init__(
        self, computed: Sequence[Computed], stacking: Stacking, situation: Situation
    ) -> None:
        self.computed = computed
        self.attempts = stacking.source.attempts
        self.terms = stacking.terms(situation, computed)
        self.plan = Plan(self.terms)
        self.discounts = {it.rule.id: stacking.discounts(it) for it in computed}

    def saving(self, rules: Iterable[Computed]) -> Decimal:
        """Return what rules take together in their order."""
        taking = Taking(self.plan)
        for one in rules:
            for discount in self.discounts[one.rule.id]:
                taking.take(discount)
        return taking.taken

    def kept(self) -> Kept:
        """Return the rules of the best combination: the others together, or one that never stacks."""
        never = [it for it in self.computed if it.rule.source.stacking == "never"]
        together = [it for it in self.computed if it.rule.source.stacking != "never"]
        found = self._among(together)
        chosen = self._chosen(together, found.choice)
        best, alone = found.best, None
        for one in never:
            beside = [
                it for it in self.computed if it is one or it.rule.source.stacking == "always"
            ]
            saving = self.saving(in_order(beside).rules)
            upper = max(best.upper_bound, saving)
            if saving > best.saving or (alone is None and not _ordinary(chosen)):
                chosen, alone = beside, one
                best = Best(saving, upper, best.tried + 1)
            else:
                best = Best(best.saving, upper, best.tried + 1)
        kept = in_order(chosen)
        return Kept(kept.rules, [*kept.aside, *self._left_out(chosen, kept, best, alone)], best)

    def _among(self, together: Sequence[Computed]) -> Found:
        groups: dict[str, list[str]] = {}
        others: list[str] = []
        for one in together:
            source = one.rule.source
            if source.group is None or source.stacking == "always":
                others.append(source.id)
            else:
                groups.setdefault(source.group, []).append(source.id)
        others += [ids[0] for ids in groups.values() if len(ids) == 1]
        return best_of(
            [ids for ids in groups.values() if len(ids) > 1],
            others,
            lambda choice: self.saving(in_order(self._chosen(together, choice)).rules),
            Reach(self.terms),
            self.attempts,
        )

    def _chosen(self, together: Sequence[Computed], choice: tuple[str, ...]) -> list[Computed]:
        taken = set(choice)
        settled = {it.rule.source.group for it in together if it.rule.id in taken}
        return [
            it
            for it in together
            if it.rule.id in taken
            or it.rule.source.group is None
            or it.rule.source.group not in settled
            or it.rule.source.stacking == "always"
        ]

    def _left_out(
        self, chosen: Sequence[Computed], kept: Kept, best: Best, alone: Computed | None
    ) -> list[SetAside]:
        among = {it.rule.id for it in chosen}
        by_group = {
            it.rule.source.group: it.rule.source
            for it in chosen
            if it.rule.source.stacking == "normal"
        }
        most = "saves most" if best.is_exact else "saves most of what was tried"
        found: list[SetAside] = []
        for one in self.computed:
            source = one.rule.source
            if source.id in among:
                continue
            if alone is not None:
                name = alone.rule.source.name
                detail = f'"{name}" applies only alone, and {most}'
                found.append(_not_stacked(source, alone.rule.source, detail))
            elif source.stacking == "never":
                first = kept.rules[0].rule.source
                detail = (
                    f'"{source.name}" applies only alone, and "{first.name}" with others {most}'
                )
                found.append(_not_stacked(source, first, detail))
            else:
                by = by_group[source.group]
                detail = (
                    f'"{by.name}" applies from the same exclusive group "{by.group}", and {most}'
                )
                found.append(
                    SetAside(source.id, source.version, source.name, "group", by.id, detail)
                )
        return found


def _ordinary(rules: Iterable[Computed]) -> bool:
    return any(it.rule.source.stacking != "always" for it in rules)
