"""Ids are UUIDs of version 7: unique, growing, and saying when they were made."""

import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_kernel import ids
from shared_kernel.ids import new_id, time_of


@pytest.fixture
def at(monkeypatch):
    """Set the wall clock, in milliseconds, of an id sequence of its own."""
    monkeypatch.setattr(ids, "_sequence", ids._Sequence())

    def set_to(millisecond):
        monkeypatch.setattr(ids, "_milliseconds", lambda: millisecond)

    return set_to


def test_the_version_and_the_variant_are_those_of_the_standard():
    for _ in range(100):
        identifier = new_id()
        assert identifier.version == 7
        assert identifier.variant == "specified in RFC 4122"


def test_the_standards_own_example_is_read():
    """RFC 9562, appendix A.6: made on 22 February 2022, 14:22:22.000 at UTC-5."""
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert time_of(example) == datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)


def test_ten_thousand_in_a_row_only_grow():
    made = [new_id() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert [str(each) for each in made] == sorted(str(each) for each in made)


def test_they_say_when_they_were_made():
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    moment = time_of(new_id())
    assert before <= moment <= datetime.now(UTC) + timedelta(seconds=1)


def test_other_versions_carry_no_time():
    with pytest.raises(ValueError, match="version 7"):
        time_of(uuid4())


def test_they_grow_within_one_millisecond_and_when_the_clock_steps_back(at):
    at(5_000)
    first = [new_id() for _ in range(1000)]
    at(4_000)
    second = [new_id() for _ in range(1000)]
    at(5_001)
    assert [*first, *second, (last := new_id())] == sorted({*first, *second, last})
    assert time_of(second[-1]).timestamp() == 5
    assert time_of(last).timestamp() == 5.001


def test_a_spent_counter_borrows_the_next_millisecond(at):
    at(5_000)
    first = new_id()
    ids._sequence._counter = (1 << 74) - 1
    second = new_id()
    assert second > first
    assert second.version == 7
    assert time_of(second).timestamp() == 5.001


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_the_layout_keeps_order_for_every_moment_and_counter(millisecond, counter):
    sequence = ids._Sequence()
    sequence._millisecond, sequence._counter = millisecond, counter
    original, ids._sequence = ids._sequence, sequence
    try:
        sequence.next = lambda: (millisecond, counter)
        identifier = new_id()
    finally:
        ids._sequence = original
    assert identifier.version == 7
    assert identifier.int >> 80 == millisecond
    assert (identifier.int >> 64 & 0xFFF) << 62 | identifier.int & (2**62 - 1) == counter


def test_threads_share_one_sequence():
    made = [[] for _ in range(8)]
    start = threading.Barrier(8)

    def work(own):
        start.wait()
        own.extend(new_id() for _ in range(2_000))

    threads = [threading.Thread(target=work, args=(own,)) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    assert len({each for own in made for each in own}) == 16_000


def test_a_forked_child_does_not_repeat_its_parent(at):
    at(5_000)
    new_id()
    parent = ids._sequence
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # the child must leave without running pytest's own ending
        os.write(writing, bytes([ids._sequence is parent]) + new_id().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    shared, *identifier = os.read(reading, 17)
    assert not shared
    assert bytes(identifier) not in {new_id().bytes for _ in range(100)}
