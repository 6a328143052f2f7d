"""Sagas: steps forward, compensation back, and going on after a death."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from uuid import uuid4

import pytest

from shared_kernel import clock
from shared_kernel.bus import Command, ContextUnreachable, registry
from shared_kernel.errors import DomainError
from shared_kernel.sagas import Saga, Step
from shared_kernel.sagas.models import SagaRecord
from shared_kernel.sagas.running import advance, start, sweep


class Do(Command[str], frozen=True):
    """Do this part."""

    name: ClassVar = "testing.do.v1"
    part: str


class Undo(Command[str], frozen=True):
    """Take this part back."""

    name: ClassVar = "testing.undo.v1"
    part: str


class NoRoom(DomainError):
    """There is no room."""

    code = "testing.no-room"
    sentence = "No room for {part}."


def step(part: str, *, final: bool = False, **more) -> Step:
    return Step(
        name=part,
        command=lambda state: Do(part=f"{part} {state['order']}"),
        compensation=None if final else (lambda state: Undo(part=f"{part} {state['order']}")),
        learn=lambda answer: {part: answer},
        **more,
    )


SAGA = Saga("testing.place", (step("reserve", retries=2), step("pay"), step("ship", final=True)))


@dataclass
class World:
    """What was done, and what is to go wrong with whom, how often."""

    done: list[str] = field(default_factory=list)
    faults: dict[str, list[Exception]] = field(default_factory=dict)

    def meet(self, what: str) -> str:
        self.done.append(what)
        faults = self.faults.get(what.split(maxsplit=1)[0] + " " + what.split()[1], [])
        if faults:
            raise faults.pop(0)
        return f"ok {what}"


@pytest.fixture
def world(monkeypatch) -> World:
    world = World()
    monkeypatch.setitem(registry._handlers, Do, lambda it: world.meet(f"do {it.part}"))
    monkeypatch.setitem(registry._handlers, Undo, lambda it: world.meet(f"undo {it.part}"))
    return world


@pytest.fixture
def record(in_tenant) -> SagaRecord:
    return start(SAGA, key=str(uuid4()), state={"order": "o1"})


def away() -> ContextUnreachable:
    return ContextUnreachable(context="testing", message="do", reason="away")


def test_steps_run_in_order_and_learn(world, record):
    ended = advance(record.id)
    assert ended.status == "completed"
    assert world.done == ["do reserve o1", "do pay o1", "do ship o1"]
    assert ended.state["pay"] == "ok do pay o1"


def test_a_refusal_turns_back_and_takes_back_what_was_done(world, record):
    """The refused step is taken back as well: it may have happened without telling us."""
    world.faults["do pay"] = [NoRoom(part="pay")]
    ended = advance(record.id)
    assert ended.status == "compensated"
    assert world.done == ["do reserve o1", "do pay o1", "undo pay o1", "undo reserve o1"]
    assert "No room for pay" in ended.reason


def test_an_absence_is_waited_for(world, record):
    """A neighbour that is away is asked again later, with the same key, and the saga goes on."""
    world.faults["do pay"] = [away()]
    waiting = advance(record.id)
    assert (waiting.status, waiting.attempts) == ("running", 1)
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        assert sweep() == 1
        record.refresh_from_db()
    assert record.status == "completed"
    assert world.done.count("do reserve o1") == 1


def test_after_too_many_tries_it_turns_back(world, record):
    world.faults["do reserve"] = [away() for _ in range(5)]
    now = clock.now()
    for minute in range(5):
        with clock.frozen(now + timedelta(minutes=minute)):
            sweep()
    record.refresh_from_db()
    assert record.status == "compensated"
    assert world.done.count("do reserve o1") == 3


def test_past_its_deadline_a_step_turns_back(world, record):
    world.faults["do reserve"] = [away(), away()]
    advance(record.id)
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        sweep()
    record.refresh_from_db()
    assert record.status == "compensated"


def test_a_refused_compensation_is_stuck_and_says_so(world, record):
    world.faults = {"do pay": [NoRoom(part="pay")], "undo pay": [NoRoom(part="pay back")]}
    ended = advance(record.id)
    assert (ended.status, ended.reason) == ("stuck", "No room for pay back.")


def test_a_saga_that_died_in_mid_step_goes_on_and_does_nothing_twice(world, record):
    """The process died after the command was performed and before the saga knew: the key answers the second try."""
    held = SagaRecord.objects.filter(id=record.id)
    advance(record.id)
    held.update(status="running", step=2, due_at=clock.now())
    ended = advance(record.id)
    assert ended.status == "completed"
    assert world.done == ["do reserve o1", "do pay o1", "do ship o1"]


def test_whoever_holds_it_is_not_disturbed(world, record):
    """A saga in somebody else's hands is left alone until the hold runs out."""
    SagaRecord.objects.filter(id=record.id).update(due_at=clock.now() + timedelta(seconds=30))
    assert advance(record.id).step == 0
    assert sweep() == 0
    assert world.done == []


def test_the_same_key_is_the_same_saga(in_tenant):
    first = start(SAGA, key="k", state={"order": "o1"})
    assert start(SAGA, key="k", state={"order": "o2"}).id == first.id
