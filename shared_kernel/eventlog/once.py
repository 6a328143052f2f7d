"""Doing a thing once per key: the claim, the proof in the effect's own transaction, the answer kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import msgspec

from shared_kernel import clock
from shared_kernel.bus.errors import AnswerLost
from shared_kernel.bus.messages import CommandInHand, Message, answer_type
from shared_kernel.bus.ports import Performing
from shared_kernel.errors import DomainError
from shared_kernel.eventlog.models import Once
from shared_kernel.ids import new_id

SECONDS_CLAIMED = 60


class KeyReused(DomainError):
    """The idempotency key was used before for something else."""

    code = "kernel.idempotency-key-reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "The key {key} belongs to an earlier request with another content; choose a new key."


class StillInFlight(DomainError):
    """The first request with this idempotency key has not ended yet."""

    code = "kernel.idempotency-in-flight"
    sentence = "A request with the key {key} is being worked on; ask again in a moment."


class Claim(msgspec.Struct, frozen=True):
    """The right to do the thing, held for a minute; or what was answered the first time."""

    in_hand: CommandInHand
    answered: bytes | None = None
    status: int | None = None


def claim(*, key: str, name: str, content: bytes) -> Claim:
    """
    Claim the right to do `name` under `key`, or find the first answer.

    Raises:
        KeyReused: the key stands for another content.
        StillInFlight: somebody else holds the claim.
        AnswerLost: it was done, but the process died before it could keep the answer.

    """
    fingerprint = hashlib.sha256(content).hexdigest()
    token = new_id()
    in_hand = CommandInHand(key=key, name=name, token=token)
    until = clock.now() + timedelta(seconds=SECONDS_CLAIMED)
    fresh = Once(key=key, name=name, fingerprint=fingerprint, claim=token, claimed_until=until)
    Once.objects.bulk_create([fresh], ignore_conflicts=True)
    row = Once.objects.filter(key=key, name=name).first()
    if row is None:  # released between the two statements: whoever held it is just gone
        raise StillInFlight(key=key)
    if row.claim == token:
        return Claim(in_hand)
    if row.fingerprint != fingerprint:
        raise KeyReused(key=key, pointers=("header:Idempotency-Key",))
    if row.state == Once.State.ANSWERED:
        return Claim(in_hand, answered=bytes(row.answer or b""), status=row.answer_status)
    if row.state == Once.State.PERFORMED:
        # done, but not answered yet: whoever does it is about to, unless its time is long over
        alive = row.claimed_until > clock.now()
        raise StillInFlight(key=key) if alive else AnswerLost(message=name, key=key)
    return _take_over(row, in_hand, until)


def _take_over(row: Once, in_hand: CommandInHand, until: datetime) -> Claim:
    """The first claimant is silent for too long: whoever changes the row first goes on in its place."""
    taken = Once.objects.filter(
        id=row.id, state=Once.State.CLAIMED, claim=row.claim, claimed_until__lt=clock.now()
    ).update(claim=in_hand.token, claimed_until=until)
    if not taken:
        raise StillInFlight(key=in_hand.key)
    return Claim(in_hand)


def mark_performed(command: CommandInHand) -> None:
    """Inside the effect's transaction: it has been done. Rolls back with it."""
    marked = Once.objects.filter(
        key=command.key, name=command.name, claim=command.token, state=Once.State.CLAIMED
    ).update(state=Once.State.PERFORMED)
    if not marked:
        raise StillInFlight(key=command.key)


def keep_answer(held: Claim, answer: bytes, status: int | None = None) -> None:
    Once.objects.filter(
        key=held.in_hand.key, name=held.in_hand.name, claim=held.in_hand.token
    ).update(state=Once.State.ANSWERED, answer=answer, answer_status=status)


def release(held: Claim) -> None:
    """Nothing was done: the key may be used again."""
    Once.objects.filter(
        key=held.in_hand.key,
        name=held.in_hand.name,
        claim=held.in_hand.token,
        state=Once.State.CLAIMED,
    ).delete()


def perform_command(
    command: Message,
    key: str,
    handler: Callable[[Any], Any],
    performing: Performing,
) -> Any:
    """Perform a command under its key, or answer what was answered the first time."""
    held = claim(key=key, name=command.name, content=msgspec.json.encode(command))
    if held.answered is not None:
        return msgspec.json.decode(held.answered, type=answer_type(type(command)))
    try:
        with performing(held.in_hand):
            answer = handler(command)
    except DomainError:
        release(held)
        raise
    keep_answer(held, msgspec.json.encode(answer))
    return answer
