"""Forgeries of the audit chain: what is done to which row, as statements, and which entry the verifier has to name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tests.proofs.harness import House

# what SQL as the application's role must not be able to do
_COPY = (
    "INSERT INTO audit_auditentry SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), "
    "'event_id', gen_random_uuid(){}))).* FROM audit_auditentry e ORDER BY sequence DESC LIMIT 1"
)
# an entry that the chain takes, of an act that nobody did
AS_IT_SHOULD_BE = """
WITH last AS MATERIALIZED (SELECT jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'event_id',
  gen_random_uuid(), 'sequence', e.sequence + 1, 'previous_hash', e.hash)) AS it
  FROM audit_auditentry e ORDER BY sequence DESC LIMIT 1)
INSERT INTO audit_auditentry SELECT (jsonb_populate_record(it, jsonb_build_object('hash', audit_hash(it)))).* FROM last
"""
AS_THE_APPLICATION = {
    "an entry was changed": "UPDATE audit_auditentry SET actor = 'user:nobody'",
    "an entry was removed": "DELETE FROM audit_auditentry",
    "the chain was emptied": "TRUNCATE audit_auditentry",
    "a wrong entry was appended": _COPY.format(", 'sequence', e.sequence + 1"),
    "an entry was appended far behind": _COPY.format(", 'sequence', e.sequence + 9"),
    "the head was moved back": "UPDATE audit_audithead SET sequence = sequence - 1",
    "the head's hash was changed": "UPDATE audit_audithead SET hash = repeat('0', 64)",
    "the head was removed": "DELETE FROM audit_audithead",
    "a trigger was taken off": "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
    "triggers were passed by": "SET session_replication_role = replica",
}


@dataclass(frozen=True)
class Forgery:
    """
    What is done, and what has to be found: the number of an entry, or words of the sentence.

    `allowed` are the entries that may be accused; `row` is the one that is touched outside of the chain.
    """

    kind: str
    about: str
    statements: tuple[str, ...]
    mark: int | str
    allowed: frozenset[int] = field(default_factory=frozenset)
    row: tuple[str, str] | None = None

    def names(self, finding: Any) -> bool:
        """Whether this finding says what was done where."""
        if isinstance(self.mark, int):
            return bool(finding.sequence == self.mark)
        return self.mark in str(finding.sentence)


def forgeries(under: House, tenant: UUID, chance: random.Random) -> Iterator[Forgery]:
    rows = rows_of(under, tenant)
    yield from _flips(rows, chance)
    yield from _gone(rows, chance)
    yield from _exchanged(rows, chance)
    yield from _put_in(rows, chance)
    yield from _of_the_head(rows)
    yield from _of_evaluations(under, tenant, chance)


def rows_of(under: House, tenant: UUID) -> list[dict[str, Any]]:
    statement = "SELECT to_jsonb(e) FROM audit_auditentry e WHERE tenant_id = %s ORDER BY sequence"
    return [row for (row,) in under.truth(statement, tenant)]


def _flips(rows: list[dict[str, Any]], chance: random.Random) -> Iterator[Forgery]:
    """A byte of each column, each of another row."""
    for column in rows[0]:
        row = chance.choice([it for it in rows if it[column] != ""])
        number = row["sequence"]
        allowed = {number} | (
            {row["sequence"] + 10**6, number + 1} if column == "sequence" else set()
        )
        changed = _flipped(column, row[column], chance)
        yield Forgery(
            "flip", f"{column} of entry {number}",
            (f"UPDATE audit_auditentry SET {column} = {changed} WHERE id = '{row['id']}'",),
            number, frozenset(allowed),
        )  # fmt: skip


def _flipped(column: str, value: Any, chance: random.Random) -> str:
    if column == "sequence":
        return f"{value} + 1000000"  # any number that is taken would be refused
    if isinstance(value, int):
        return str(value ^ (1 << chance.randrange(20)))
    if column.endswith("_at"):
        return f"{column} + interval '{1 << chance.randrange(20)} microseconds'"
    place = chance.randrange(len(value))
    while value[place] == "-":
        place = chance.randrange(len(value))
    other = chance.choice([it for it in "0123456789abcdef" if it != value[place].lower()])
    return _quoted(value[:place] + other + value[place + 1 :])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _gone(rows: list[dict[str, Any]], chance: random.Random) -> Iterator[Forgery]:
    one = chance.choice(rows)["sequence"]
    yield Forgery(
        "remove", f"entry {one}", (f"DELETE FROM audit_auditentry WHERE {_is(rows, one)}",),
        one, frozenset({one}),
    )  # fmt: skip
    cut = chance.choice(rows[1:])["sequence"]
    yield Forgery(
        "truncate", f"from entry {cut} on",
        (f"DELETE FROM audit_auditentry WHERE tenant_id = '{rows[0]['tenant_id']}' AND sequence >= {cut}",),
        cut, frozenset({cut}),
    )  # fmt: skip


def _is(rows: list[dict[str, Any]], number: int) -> str:
    return f"id = '{rows[number - 1]['id']}'"


def _exchanged(rows: list[dict[str, Any]], chance: random.Random) -> Iterator[Forgery]:
    one, two = sorted(it["sequence"] for it in chance.sample(rows, 2))
    yield Forgery(
        "swap", f"entries {one} and {two}",
        (f"UPDATE audit_auditentry SET sequence = 0 WHERE {_is(rows, one)}",
         f"UPDATE audit_auditentry SET sequence = {one} WHERE {_is(rows, two)}",
         f"UPDATE audit_auditentry SET sequence = {two} WHERE {_is(rows, one)}"),
        one, frozenset({one, two}),
    )  # fmt: skip
    # whoever knows how entries are hashed: changed, and under the right hash of what stands there now
    victim = chance.choice(rows[:-1])["sequence"]
    yield Forgery(
        "forge", f"entry {victim}, rehashed",
        (f"UPDATE audit_auditentry SET actor = 'user:nobody' WHERE {_is(rows, victim)}", _rehash(rows, victim)),
        f"entry {victim}:", frozenset({victim + 1}),
    )  # fmt: skip


def _rehash(rows: list[dict[str, Any]], number: int) -> str:
    return f"UPDATE audit_auditentry e SET hash = audit_hash(e) WHERE {_is(rows, number)}"


def _put_in(rows: list[dict[str, Any]], chance: random.Random) -> Iterator[Forgery]:
    """Behind the head, well linked and well hashed; and in the place of another."""
    behind, new = len(rows) + 1, uuid4()
    yield Forgery(
        "insert", "an entry behind the head",
        (_copy(rows[-1], new, sequence=str(behind), previous_hash="e.hash"),
         f"UPDATE audit_auditentry e SET hash = audit_hash(e) WHERE id = '{new}'"),
        behind, frozenset({behind}),
    )  # fmt: skip
    place = chance.choice(rows[:-1])["sequence"]
    yield Forgery(
        "insert", f"another entry {place}",
        (f"DELETE FROM audit_auditentry WHERE {_is(rows, place)}",
         _copy(rows[-1], new, sequence=str(place), previous_hash=f"'{rows[place - 1]['previous_hash']}'"),
         f"UPDATE audit_auditentry e SET hash = audit_hash(e) WHERE id = '{new}'"),
        f"entry {place}:", frozenset({place + 1}),
    )  # fmt: skip


def _copy(row: dict[str, Any], new: UUID, *, sequence: str, previous_hash: str) -> str:
    return (
        "INSERT INTO audit_auditentry SELECT (jsonb_populate_record(e, jsonb_build_object("
        f"'id', '{new}'::uuid, 'event_id', gen_random_uuid(), 'sequence', {sequence}, "
        f"'previous_hash', {previous_hash}))).* FROM audit_auditentry e WHERE id = '{row['id']}'"
    )


def _of_the_head(rows: list[dict[str, Any]]) -> Iterator[Forgery]:
    last, mine = len(rows), f"WHERE tenant_id = '{rows[0]['tenant_id']}'"
    for what, back in ((f"SET sequence = {last - 1}", 1), (f"SET sequence = {last + 3}", -1)):
        named = last if back == 1 else last + 1
        yield Forgery(
            "head", what, (f"UPDATE audit_audithead {what} {mine}",), named,
            frozenset({last - 1, last, last + 1}),
        )  # fmt: skip
    yield Forgery(
        "head", "its hash", (f"UPDATE audit_audithead SET hash = md5(hash) || md5(hash) {mine}",),
        last, frozenset({last}),
    )  # fmt: skip
    yield Forgery("head", "gone", (f"DELETE FROM audit_audithead {mine}",), last, frozenset({last}))


_CHANGES = {
    "evaluation_evaluationrecord": {
        "cart": "jsonb_set(cart, '{lines,0,quantity}', '99')",
        "priced": "jsonb_set(priced, '{totals,due,amount}', '\"0.01\"')",
        "rule_sets": 'rule_sets || \'{"x": "y"}\'',
        "facts_hash": "reverse(facts_hash)",
        "currency": "'XXX'",
        "total_minor": "total_minor + 1",
        "discount_minor": "discount_minor + 1",
        "evaluated_at": "evaluated_at + interval '1 microsecond'",
    },
    "eventlog_eventrecord": {
        "data": "data || '{\"x\": 1}'",
        "metadata": 'metadata || \'{"actor": "user:nobody"}\'',
        "type": "type || 'x'",
        "stream": "stream || 'x'",
        "version": "version + 1",
        "occurred_at": "occurred_at + interval '1 microsecond'",
    },
}


def _of_evaluations(under: House, tenant: UUID, chance: random.Random) -> Iterator[Forgery]:
    """Each column of a sealed evaluation and of its event, and either of them removed."""
    sealed = under.truth(
        "SELECT it->>0, it->>1, e.sequence FROM audit_auditentry e "
        "CROSS JOIN jsonb_array_elements((e.data::jsonb)->'evaluations') it "
        "WHERE e.tenant_id = %s AND e.type = 'evaluation.evaluations-sealed.v1'",
        tenant,
    )
    numbers = frozenset(number for _, _, number in sealed)
    for table, changes in _CHANGES.items():
        for column, change in [*changes.items(), ("every column", "")]:
            evaluation, event, number = chance.choice(sealed)
            row = evaluation if table.startswith("evaluation") else event
            set_ = f"UPDATE {table} SET {column} = {change}" if change else f"DELETE FROM {table}"
            # an event whose moment is another may also seem to be put in among those of the next seal
            accused = numbers if column == "occurred_at" else {number}
            yield Forgery(
                "evaluation", f"{column} of {table}", (f"{set_} WHERE id = '{row}'",), evaluation,
                frozenset(accused), (table, row),
            )  # fmt: skip


def rewritten(under: House, tenant: UUID, chance: random.Random) -> Iterator[Forgery]:
    """What the database alone cannot show: a tail cut with its head, a chain hashed anew to the end."""
    rows = rows_of(under, tenant)
    mine, cut = f"tenant_id = '{tenant}'", chance.choice(rows[1:])["sequence"]
    yield Forgery(
        "export", f"a chain cut before entry {cut}, head and all",
        (f"DELETE FROM audit_auditentry WHERE {mine} AND sequence >= {cut}", _right_head(mine)), "",
    )  # fmt: skip
    victim = chance.choice(rows)["sequence"]
    anew = (
        f"DO $$ DECLARE n bigint; h text; BEGIN FOR n IN SELECT sequence FROM audit_auditentry WHERE {mine} "
        f"AND sequence >= {victim} ORDER BY sequence LOOP "
        f"SELECT hash INTO h FROM audit_auditentry WHERE {mine} AND sequence = n - 1; "
        f"UPDATE audit_auditentry SET previous_hash = coalesce(h, repeat('0', 64)) WHERE {mine} AND sequence = n; "
        f"UPDATE audit_auditentry e SET hash = audit_hash(e) WHERE {mine} AND sequence = n; END LOOP; END $$"
    )
    yield Forgery(
        "export", f"a chain written anew from entry {victim} on, head and all",
        (f"UPDATE audit_auditentry SET actor = 'user:nobody' WHERE {_is(rows, victim)}", anew, _right_head(mine)),
        "",
    )  # fmt: skip


def _right_head(mine: str) -> str:
    return (
        "UPDATE audit_audithead SET (sequence, hash) = (SELECT sequence, hash FROM audit_auditentry "
        f"WHERE {mine} ORDER BY sequence DESC LIMIT 1) WHERE {mine}"
    )
