"""A chain in memory, tampered with in every way: the walk names the entry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contexts.audit.policies.chain import (
    START,
    WORD,
    Entry,
    Head,
    canonical,
    canonical_json,
    hash_of,
    sealed,
)
from contexts.audit.policies.checking import Misfit, Walk
from contexts.audit.policies.exports import (
    LastLine,
    SignedHead,
    check_export,
    line_of,
    signed,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
TENANT = UUID(int=7)
KEY = "k"


def chain(length: int = 6) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, length + 1):
        entries.append(
            sealed(
                Entry(
                    tenant=TENANT, sequence=number, id=UUID(int=number), event_id=UUID(int=number + 100),
                    type="a.b.v1", actor="user:anna", subject="rule-1", version=number, occurred_at=AT,
                    recorded_at=AT, correlation="c", causation="", data='{"a":1}',
                    previous_hash=entries[-1].hash if entries else START,
                )
            )
        )  # fmt: skip
    return entries


def found(entries: list[Entry], head: Head | None = None, **more) -> list[Misfit]:
    walk = Walk(**more)
    findings = [it for entry in entries for it in walk.findings(entry)]
    return [*findings, *walk.end(head or Head(6, chain()[-1].hash))]


def named(findings: list[Misfit]) -> list[tuple[int, str]]:
    return [(it.sequence, it.problem) for it in findings]


class TestTheBytes:
    def test_they_are_what_the_guide_says(self):
        """Word for word, so that somebody else can write a verifier: see docs/guides/audit.md."""
        entry = chain(1)[0]
        assert canonical(entry) == (
            f"16:{WORD},36:{TENANT},1:1,36:{UUID(int=1)},36:{UUID(int=101)},6:a.b.v1,9:user:anna,6:rule-1,1:1,"
            f'16:1767225600000000,16:1767225600000000,1:c,0:,7:{{"a":1}},64:{START},'
        ).encode()  # fmt: skip

    @given(st.text(), st.text(), st.text(), st.text())
    def test_no_two_entries_have_the_same_bytes(self, actor, subject, other, another):
        """What moves from one field into the next is another entry: lengths stand before the texts."""
        one, two = (
            msgspec.structs.replace(chain(1)[0], actor=a, subject=s)
            for a, s in ((actor, subject), (other, another))
        )
        assert (canonical(one) == canonical(two)) == ((actor, subject) == (other, another))

    def test_json_is_written_in_one_way(self):
        assert canonical_json(b'{"b": [1, 2.50], "a": "\\u00e4"}') == '{"a":"ä","b":[1,2.5]}'


class TestTheWalk:
    def test_an_untouched_chain_holds(self):
        assert found(chain()) == []
        assert found([], Head()) == []

    @pytest.mark.parametrize("field", Entry.__struct_fields__)
    def test_a_change_of_any_field_names_its_entry_alone(self, field):
        entries = chain()
        was = getattr(entries[2], field)
        new = {int: 77, str: "x", UUID: UUID(int=5), datetime: AT + timedelta(microseconds=1)}
        entries[2] = msgspec.structs.replace(entries[2], **{field: new[type(was)]})
        if field == "sequence":  # the walk sees it where its number belongs
            entries.append(entries.pop(2))
            assert {(3, "missing"), (77, "changed")} <= {*named(found(entries))}
        else:
            assert named(found(entries)) == [(3, "changed")]

    def test_an_entry_that_was_rehashed_does_not_go_with_the_next(self):
        entries = chain()
        entries[2] = sealed(msgspec.structs.replace(entries[2], actor="user:mallory"))
        findings = found(entries)
        assert named(findings) == [(4, "unlinked")]
        assert "entry 3" in findings[0].sentence

    def test_a_chain_rewritten_to_its_end_does_not_end_as_the_head_says(self):
        entries = chain()
        entries[2] = msgspec.structs.replace(entries[2], actor="user:mallory")
        for number in range(2, 6):
            before = entries[number - 1].hash
            entries[number] = sealed(msgspec.structs.replace(entries[number], previous_hash=before))
        assert named(found(entries)) == [(6, "head")]
        rewritten = Head(6, entries[-1].hash)
        assert found(entries, rewritten) == []
        exported = Head(4, chain()[3].hash)
        assert named(found(entries, rewritten, known=[exported])) == [(4, "rewritten")]

    def test_a_removed_entry_is_missing(self):
        entries = chain()
        del entries[2:4]
        findings = found(entries)
        assert named(findings) == [(3, "missing")]
        assert "Entries 3 to 4" in findings[0].sentence

    def test_two_swapped_entries_are_both_named(self):
        entries = chain()
        one, two = entries[1], entries[4]
        entries[1] = msgspec.structs.replace(two, sequence=2)
        entries[4] = msgspec.structs.replace(one, sequence=5)
        assert {(2, "changed"), (5, "changed")} == {*named(found(entries))}

    def test_a_cut_tail_is_missing(self):
        assert named(found(chain()[:4])) == [(5, "missing")]
        short = Head(4, chain()[3].hash)
        assert found(chain()[:4], short) == []
        exported = Head(6, chain()[5].hash)
        assert named(found(chain()[:4], short, known=[exported])) == [(6, "missing")]

    def test_what_stands_behind_the_head_is_named(self):
        assert named(found(chain(), Head(4, chain()[3].hash))) == [(5, "beyond-the-head")]

    def test_a_chain_without_a_head_is_named(self):
        walk = Walk()
        assert [it for entry in chain() for it in walk.findings(entry)] == []
        assert named([*walk.end(None)]) == [(6, "head")]

    def test_a_walk_may_begin_later(self):
        entries = chain()
        assert found(entries[3:], after=3, behind=entries[2].hash) == []
        assert named(found(entries[3:], after=3, behind="f" * 64)) == [(4, "unlinked")]


def exported(entries: list[Entry], after: int = 0) -> list[bytes]:
    head = SignedHead(tenant=TENANT, after=after, sequence=6, hash=entries[-1].hash, exported_at=AT)
    return [*(line_of(it) for it in entries[after:]), line_of(LastLine(signed(head, KEY)))]


class TestAnExport:
    def test_it_is_checked_by_itself(self):
        checked = check_export(exported(chain()), KEY)
        assert (checked.entries, checked.findings) == (6, ())

    def test_a_part_is_checked_too(self):
        checked = check_export(exported(chain(), after=3), KEY)
        assert (checked.entries, checked.findings) == (3, ())

    @given(st.data())
    def test_no_byte_of_it_changes_unseen(self, data):
        """Of whichever line, by whichever other byte; a change that means the same JSON is none."""
        lines = exported(chain(3)[:3])
        lines = [*lines[:3], line_of(LastLine(signed(
            SignedHead(tenant=TENANT, after=0, sequence=3, hash=chain(3)[2].hash, exported_at=AT), KEY
        )))]  # fmt: skip
        number = data.draw(st.integers(0, len(lines) - 1))
        line = bytearray(lines[number])
        place = data.draw(st.integers(0, len(line) - 2))
        line[place] ^= data.draw(st.integers(1, 255))
        changed = [*lines[:number], bytes(line), *lines[number + 1 :]]
        assert check_export(b"".join(changed).splitlines(keepends=True), KEY).findings

    def test_a_cut_export_has_no_head(self):
        assert named(list(check_export(exported(chain())[:4], KEY).findings)) == [(4, "head")]

    def test_a_head_signed_with_another_key_is_named(self):
        findings = check_export(exported(chain()), "another").findings
        assert "not signed" in findings[0].sentence

    def test_lines_that_are_gone_are_missing(self):
        lines = exported(chain())
        assert named(list(check_export([*lines[:2], *lines[4:]], KEY).findings)) == [(3, "missing")]
        assert check_export(lines[3:], KEY).findings

    def test_nothing_is_no_export(self):
        assert check_export([], KEY).findings

    def test_hash_is_of_everything_but_itself(self):
        entry = chain(1)[0]
        assert hash_of(entry) == hash_of(msgspec.structs.replace(entry, hash="x"))
