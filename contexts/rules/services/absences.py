"""
Who is away, and who stands in for them; until when, if they are back earlier.

What a colleague approved while they stood in stays approved for those teams, whatever becomes of the absence. What this
cannot do: see to it that whoever stands in may still approve when the absence begins: that is asked at each approval.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from contexts.identity.messages import HoldersOf, TeamsOf
from contexts.rules.errors import (
    AbsenceBegun,
    AbsenceOver,
    DelegateCannotApprove,
    PolicyUnsound,
)
from contexts.rules.events import AbsenceChanged, AbsenceEnded, AbsenceTold
from contexts.rules.models import Absence
from contexts.rules.queries import APPROVING, StoodFor
from shared_kernel import bus, clock
from shared_kernel.errors import ConcurrentUpdate, NotFound

MOST: Final = timedelta(days=400)  # that an absence lasts, and that it begins from today


def tell_absence(
    *, person: str, delegate: str, starts_at: datetime, ends_at: datetime, told_by: str
) -> Absence:
    """
    Let a colleague stand in for somebody who is away: their approval counts for that person's teams too.

    Raises:
        PolicyUnsound: it is nobody else, nobody who is there, or no time. DelegateCannotApprove.

    """
    _demand_sound(person, delegate, starts_at, ends_at)
    _demand_colleague(delegate)
    with bus.act():
        absence: Absence = Absence.objects.create(
            person=person, delegate=delegate, starts_at=starts_at, ends_at=ends_at, told_by=told_by
        )
        bus.publish(
            AbsenceTold(
                absence_id=absence.id, person=person, delegate=delegate,
                starts_at=starts_at, ends_at=ends_at, told_by=told_by,
            )
        )  # fmt: skip
    return absence


def change_absence(
    *, absence_id: UUID, delegate: str, starts_at: datetime, ends_at: datetime, changed_by: str
) -> Absence:
    """
    Let it be at another time, or somebody else stand in, while it lies ahead.

    Raises:
        NotFound; PolicyUnsound: it is nobody else, nobody who is there, or no time. DelegateCannotApprove. AbsenceOver;
        AbsenceBegun: end it instead.

    """
    _demand_colleague(delegate)
    with bus.act():
        absence = _held(absence_id)
        _demand_sound(absence.person, delegate, starts_at, ends_at)
        if absence.starts_at <= clock.now():
            raise AbsenceBegun
        absence.delegate, absence.starts_at, absence.ends_at = delegate, starts_at, ends_at
        absence.save()
        bus.publish(
            AbsenceChanged(
                absence_id=absence.id, person=absence.person, delegate=delegate,
                starts_at=starts_at, ends_at=ends_at, changed_by=changed_by,
            )
        )  # fmt: skip
    return absence


def end_absence(*, absence_id: UUID, ended_by: str) -> Absence:
    """
    Let nobody stand in from now on; one that lies ahead is called off.

    Raises:
        NotFound, AbsenceOver.

    """
    with bus.act():
        absence = _held(absence_id)
        absence.ended_by, absence.ended_at = ended_by, clock.now()
        absence.save()
        bus.publish(
            AbsenceEnded(
                absence_id=absence.id, person=absence.person, delegate=absence.delegate,
                at=absence.ended_at, ended_by=ended_by,
            )
        )  # fmt: skip
    return absence


def hold_absences(stood_for: StoodFor, *, reviewer: str) -> None:
    """
    Whoever is away when their stand-in is asked stays so until that is done; the caller holds the unit of work.

    Raises:
        ConcurrentUpdate: an absence was ended or changed meanwhile.

    """
    still = Absence.stood_in_for(reviewer, clock.now()).filter(id__in=stood_for.absences)
    if len(still.select_for_update().order_by("id")) < len(stood_for.absences):
        raise ConcurrentUpdate(stream="The absence of whom you stand in for")


def _held(absence_id: UUID) -> Absence:
    absence: Absence | None = Absence.objects.select_for_update().filter(id=absence_id).first()
    if absence is None:
        raise NotFound(what="absence", id=absence_id)
    if absence.is_over(clock.now()):
        raise AbsenceOver
    return absence


def _demand_colleague(delegate: str) -> None:
    """Somebody of the tenant who may sign in, and approve: anybody else's approval would be waited for."""
    known = delegate.isprintable() and delegate in bus.ask(TeamsOf(actors=(delegate,))).of
    if not known:
        raise PolicyUnsound(
            fault=f"{delegate!r:.60} is no active colleague; name one such as user:anna.",
            pointers=("/delegate",),
        )
    if not bus.ask(HoldersOf(scope=APPROVING, among=(delegate,))).actors:
        raise DelegateCannotApprove(delegate=delegate, pointers=("/delegate",))


def _demand_sound(person: str, delegate: str, starts_at: datetime, ends_at: datetime) -> None:
    if person == delegate:
        raise PolicyUnsound(fault="A colleague stands in, not the person.", pointers=("/delegate",))
    now = clock.now()
    if not now - MOST <= starts_at <= now + MOST:
        raise PolicyUnsound(
            fault=f"An absence begins at most {MOST.days} days from today; choose another start.",
            pointers=("/starts_at",),
        )
    if ends_at <= starts_at:
        why = "The absence would end before it starts; choose a later end."
    elif ends_at <= now:
        why = "The absence would be over already; choose a later end, or end it."
    elif ends_at - starts_at > MOST:
        why = f"An absence lasts at most {MOST.days} days; choose an earlier end."
    else:
        return
    raise PolicyUnsound(fault=why, pointers=("/ends_at",))
