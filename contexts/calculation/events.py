"""What calculation tells."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event


class _AboutAttribute(Event, frozen=True):
    record: str
    attribute: str

    @property
    def stream(self) -> str:
        return f"attribute-{self.record}-{self.attribute}"


class AttributeDeclared(_AboutAttribute, frozen=True):
    """From `at` on rules may speak about this attribute by its type."""

    name: ClassVar = "calculation.attribute-declared.v1"
    type: str
    about: str
    optional: bool
    at: datetime
    declared_by: str


class AttributeChanged(_AboutAttribute, frozen=True):
    """From `at` on the attribute is what is said here."""

    name: ClassVar = "calculation.attribute-changed.v1"
    type: str
    about: str
    optional: bool
    at: datetime
    changed_by: str


class AttributeRetired(_AboutAttribute, frozen=True):
    """From `at` on nothing is known about the attribute any more; carts may go on sending it."""

    name: ClassVar = "calculation.attribute-retired.v1"
    at: datetime
    retired_by: str


class RuleSetChanged(Event, frozen=True):
    """The rules that decide at a point, or the attributes that they read, are others from `at` on."""

    name: ClassVar = "calculation.rule-set-changed.v1"
    point: str
    fingerprint: str
    rules: int
    at: datetime

    @property
    def stream(self) -> str:
        return f"rule-set-{self.point}"


class CandidatesChanged(Event, frozen=True):
    """The rules that a roll-out tries at a point are others from `at` on; without any, those that are active decide."""

    name: ClassVar = "calculation.candidates-changed.v1"
    rollout_id: UUID
    point: str
    fingerprint: str
    candidates: int
    at: datetime

    @property
    def stream(self) -> str:
        return f"candidates-{self.rollout_id}"
