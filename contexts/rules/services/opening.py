"""A template out of a rule: some of its values are left open; filled in with those very values, it is the rule again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contexts.calculation.messages import OpenBlank, OpenBlanks
from contexts.rules.errors import TemplateUnsound
from contexts.rules.models import RuleTemplateVersion
from contexts.rules.services.standing import demand_point, version_of
from contexts.rules.services.templating import create_template
from shared_kernel import bus


def open_rule(
    *,
    rule_id: UUID,
    number: int,
    slug: str,
    name: str,
    about: str,
    blanks: Sequence[OpenBlank],
    author: str,
) -> RuleTemplateVersion:
    """
    The draft of a new template that says what a rule's version says, its `blanks` left open.

    Raises:
        NotFound, UnknownDecisionPoint, TemplateSlugTaken; TemplateUnsound: with the pointers of the blanks that are
        wrong, or because it would not be the rule any more.

    """
    version = version_of(rule_id, number)
    demand_point(version.rule.point)
    opened = bus.ask(
        OpenBlanks(
            point=version.rule.point,
            text=version.text,
            called=name,
            about=about,
            blanks=tuple(blanks),
        )
    )
    if opened.template is None:
        raise TemplateUnsound(
            fault="; ".join(it.message for it in opened.faults),
            pointers=tuple(it.pointer for it in opened.faults),
        )
    return create_template(slug=slug, point=version.rule.point, text=opened.template, author=author)
