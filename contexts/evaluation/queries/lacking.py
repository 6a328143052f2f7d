"""What drafts ask for that the orders of a file cannot answer: a back-test over them shows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from contexts.calculation.messages import ListSpoken, TellFate
from contexts.evaluation.messages import DraftLacking
from contexts.evaluation.models import BackTest
from contexts.evaluation.policies.told import is_told
from contexts.evaluation.queries.pricing import Drafts
from shared_kernel import bus
from shared_kernel.decisions import RuleText, point_named
from shared_kernel.errors import DomainError

FATES = {
    "never": "The rule matches none of these orders, and the back-test shows nothing of it.",
    "always": "The rule matches all of these orders, whatever they are.",
    "open": "What the rule asks of that is answered as for an order of which it is not known.",
}
NO_SHIPPING = "The file says nothing of shipping, and nobody asks this rule about its orders."


def lacking_of(back_test: BackTest) -> tuple[DraftLacking, ...]:
    """What the drafts of a back-test over an order file ask for and it does not hold; nothing if nobody is there to say."""
    if back_test.order_file_id is None:
        return ()
    drafts = msgspec.convert(back_test.drafts, Drafts)
    found: list[DraftLacking] = []
    for point, texts in drafts.items():
        with suppress(bus.ContextAbsent, bus.ContextUnreachable, DomainError):
            found += _lacking(point, texts)
    return tuple(found)


def _lacking(point: str, texts: tuple[RuleText, ...]) -> Iterator[DraftLacking]:
    opened = point_named(point)
    shipped = opened is not None and "shipping" in opened.facts
    if opened is not None and shipped and not opened.facts["shipping"].type.endswith("?"):
        for text in texts:
            yield DraftLacking(text.rule_id, text.name, ("shipping",), "never", NO_SHIPPING)
        return
    told = bus.ask(ListSpoken(point=point, texts=texts)).rules
    for text, spoken in zip(texts, told, strict=True):
        lacks = {it.fact: it.label for it in spoken if not is_told(it.fact)}
        if not lacks:
            continue
        fate = bus.ask(TellFate(point=point, text=text, lacking=tuple(lacks)))
        facts = tuple(dict.fromkeys(lacks.values()))
        sentence = f"The file says nothing of {_joined(facts)}. {FATES[fate]}"
        yield DraftLacking(text.rule_id, text.name, facts, fate, sentence)


def _joined(facts: tuple[str, ...]) -> str:
    """The customer's tier and the line's category."""
    *rest, last = [f"the {it}" for it in facts]
    return f"{', '.join(rest)} and {last}" if rest else last
