"""What a tenant declared its attributes to be."""

from __future__ import annotations

from datetime import datetime

from contexts.calculation import policies
from contexts.calculation.messages import Attribute, Attributes
from contexts.calculation.models import DeclaredAttribute
from contexts.calculation.policies.attributes import in_order
from shared_kernel.errors import NotFound


def declared(at: datetime | None = None, known_at: datetime | None = None) -> policies.Declared:
    """What is declared now, or was at a moment (as far as was known at another), as rules are compiled with."""
    if at is not None and known_at is not None:
        return in_order(it.as_declared for it in DeclaredAttribute.known(at, known_at))
    return in_order(it.as_declared for it in DeclaredAttribute.at(at))


def attributes_of(point: str | None) -> Attributes:
    """
    The declared attributes that rules of a point can speak about, or all.

    Raises:
        UnknownPoint.

    """
    places = None if point is None else policies.places_at(policies.open_point(point))
    return Attributes(
        attributes=tuple(
            Attribute(
                record=it.record,
                name=it.name,
                type=f"{it.type}?" if it.optional else it.type,
                about=it.about,
                optional=it.optional,
                path=it.path,
            )
            for it in DeclaredAttribute.at(None)
            if places is None or policies.place_of(it.record) in places
        )
    )


def declaration_of(*, record: str, name: str) -> DeclaredAttribute:
    """
    The attribute as it is declared now.

    Raises:
        NotFound: this tenant declares none of that name.

    """
    found = DeclaredAttribute.at(None).filter(record=record, name=name).first()
    if found is None:
        raise NotFound(what="declared attribute", id=f"{record}/{name}")
    return found
