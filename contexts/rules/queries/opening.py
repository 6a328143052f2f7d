"""Reads of what a rule could leave open."""

from __future__ import annotations

from uuid import UUID

from contexts.calculation.messages import Blank, ListBlanks
from contexts.rules.errors import TemplateUnsound
from contexts.rules.queries import version_of
from shared_kernel import bus


def blanks_in(*, rule_id: UUID, number: int) -> tuple[Blank, ...]:
    """
    The values of a version that could be left open, so that a template comes of it.

    Raises:
        NotFound, UnknownDecisionPoint; TemplateUnsound: no template comes of it, such as of a decision table.

    """
    version = version_of(rule_id=rule_id, number=number)
    found = bus.ask(ListBlanks(point=version.rule.point, text=version.text))
    if found.faults:
        raise TemplateUnsound(
            fault="; ".join(it.message for it in found.faults),
            pointers=tuple(it.pointer for it in found.faults),
        )
    return found.blanks
