"""Declaring what a tenant's attributes are, changing it, and retiring it; never under the feet of an active rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from django.db import IntegrityError
from django.db.models import Max

from contexts.calculation import policies, queries
from contexts.calculation.engine import CompiledRule, DefinitionError, ExpressionError
from contexts.calculation.errors import (
    AttributeInUse,
    AttributeTaken,
    AttributeUnsound,
    UnknownRecord,
)
from contexts.calculation.events import AttributeChanged, AttributeDeclared, AttributeRetired
from contexts.calculation.models import CandidateRule, DeclaredAttribute, PlannedRule, PublishedRule
from contexts.calculation.policies.attributes import TYPES, in_order, records_with_attributes
from contexts.calculation.services.publishing import hold, record_standing
from shared_kernel import bus, clock
from shared_kernel.decisions import RuleText
from shared_kernel.errors import ConcurrentUpdate

SHOWN = 10  # names of rules in a refusal


def declare_attribute(
    *, record: str, name: str, kind: str, about: str, optional: bool, declared_by: str
) -> DeclaredAttribute:
    """
    Let rules speak about an attribute by its type, from now on.

    Raises:
        UnknownRecord, AttributeUnsound: it cannot be declared. AttributeTaken: it is already.
        AttributeInUse: active rules take it for something else.

    """
    _demand_sound(record, name, kind, about)
    declaration = DeclaredAttribute(
        record=record,
        name=name,
        type=kind,
        about=about.strip(),
        optional=optional,
        declared_by=declared_by,
    )
    path = declaration.path
    try:
        with bus.act():
            _hold_all(record)
            if DeclaredAttribute.at(None).filter(record=record, name=name).exists():
                raise AttributeTaken(attribute=path, pointers=("/name",))
            _demand_rules_sound_with(declaration)
            at = clock.now()
            _open(declaration, at)
            bus.publish(
                AttributeDeclared(
                    record=record,
                    attribute=name,
                    type=kind,
                    about=declaration.about,
                    optional=optional,
                    at=at,
                    declared_by=declared_by,
                )
            )
            _record_all(record, at)
    except IntegrityError as conflict:
        raise AttributeTaken(attribute=path, pointers=("/name",)) from conflict
    return declaration


def change_attribute(
    *,
    record: str,
    name: str,
    kind: str,
    about: str,
    optional: bool,
    changed_by: str,
    revision: int | None = None,
) -> DeclaredAttribute:
    """
    Let an attribute be something else from now on; its sentence may change at any time.

    Raises:
        NotFound, AttributeUnsound; ConcurrentUpdate: it was changed since `revision`.
        AttributeInUse: active rules depend on its type.

    """
    _demand_sound(record, name, kind, about)
    with bus.act():
        _hold_all(record)
        before = queries.declaration_of(record=record, name=name)
        if revision is not None and before.revision != revision:
            raise ConcurrentUpdate(stream=before.path)
        after = DeclaredAttribute(
            record=record,
            name=name,
            type=kind,
            about=about.strip(),
            optional=optional,
            declared_by=changed_by,
        )
        if after.as_declared != before.as_declared:
            _demand_unused(before, "changed")
        at = clock.now()
        _close(before, at)
        _open(after, at)
        bus.publish(
            AttributeChanged(
                record=record,
                attribute=name,
                type=kind,
                about=after.about,
                optional=optional,
                at=at,
                changed_by=changed_by,
            )
        )
        if after.as_declared != before.as_declared:
            _record_all(record, at)
    return after


def retire_attribute(*, record: str, name: str, retired_by: str) -> None:
    """
    Forget what an attribute is, from now on; what carts say under its name is free again.

    Raises:
        NotFound; AttributeInUse: active rules depend on it.

    """
    with bus.act():
        _hold_all(record)
        declaration = queries.declaration_of(record=record, name=name)
        _demand_unused(declaration, "retired")
        at = clock.now()
        _close(declaration, at)
        bus.publish(AttributeRetired(record=record, attribute=name, at=at, retired_by=retired_by))
        _record_all(record, at)


def _demand_sound(record: str, name: str, kind: str, about: str) -> None:
    known = records_with_attributes()
    if record not in known:
        raise UnknownRecord(record=record, known=", ".join(known), pointers=("/record",))
    try:
        policies.check_attribute(name, kind)
    except DefinitionError as fault:
        pointer = "/name" if kind in TYPES else "/type"
        raise AttributeUnsound(reason=str(fault), pointers=(pointer,)) from fault
    if not about.strip():
        raise AttributeUnsound(reason="Say in a sentence what it is.", pointers=("/about",))


def _demand_unused(declaration: DeclaredAttribute, verb: str) -> None:
    """Refuse while a rule reads it that decides at any point, is tried there, or is going to decide."""
    path = declaration.path
    using = [
        rule.source.name
        for point in policies.points_with(declaration.record)
        for rule in _compiled(point.name)
        if path in policies.attributes_used(rule)
    ]
    _refuse_if(using, path, verb, "/type")


def _demand_rules_sound_with(declaration: DeclaredAttribute) -> None:
    """Refuse what would make such a rule unsound: it takes the attribute for something else, or one of like name."""
    known = queries.declared()
    wider = in_order((*known, declaration.as_declared))
    spoilt = [
        text.name
        for point in policies.points_with(declaration.record)
        for text in _written(point.name)
        if policies.checked(point.name, text, wider).faults
        and not policies.checked(point.name, text, known).faults
    ]
    _refuse_if(spoilt, declaration.path, f"declared as {declaration.type}", "/name")


def _compiled(point: str) -> Iterator[CompiledRule]:
    """Every such rule that is sound; one that is not reads nothing, and a change may be what mends it."""
    known = queries.declared()
    for text in _written(point):
        with suppress(DefinitionError, ExpressionError):
            yield from policies.rules_of(point, text, known)


def _written(point: str) -> Iterator[RuleText]:
    """What decides at a point, is tried there or is going to: whether anybody stopped the point or not."""
    planned = PlannedRule.objects.filter(point=point, dropped_at=None)
    for rows in (PublishedRule.at(point, None), CandidateRule.running(point), planned):
        yield from (it.as_written() for it in rows)


def _refuse_if(rules: Iterable[str], path: str, verb: str, pointer: str) -> None:
    names = sorted(set(rules))
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        shown = ", ".join(f'"{name}"' for name in names[:SHOWN])
        raise AttributeInUse(attribute=path, verb=verb, rules=f"{shown}{more}", pointers=(pointer,))


def _hold_all(record: str) -> None:
    """No rule of a point that sees the record is published meanwhile; in one order, so that nobody waits in a circle."""
    for point in policies.points_with(record):
        hold(point.name)


def _record_all(record: str, at: datetime) -> None:
    for point in policies.points_with(record):
        record_standing(point.name, at)


def _open(declaration: DeclaredAttribute, at: datetime) -> None:
    same = DeclaredAttribute.objects.filter(record=declaration.record, name=declaration.name)
    last = same.aggregate(last=Max("revision"))["last"]
    declaration.revision, declaration.active_from = (last or 0) + 1, at
    declaration.save(force_insert=True)


def _close(declaration: DeclaredAttribute, at: datetime) -> None:
    declaration.active_to = at
    declaration.save(update_fields=["active_to"])
