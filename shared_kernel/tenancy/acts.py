"""
The third fence: who governs is taken by the database from the application only, not from whoever has its role.

Somebody who reaches the database with the application's credentials, by a leaked address or a statement that was
smuggled into a harmless transaction, could write a review in a colleague's name. So the tables of governance
(`own_acts_only`) take writes only in a transaction that was proved: the database sets a challenge which no other
transaction ever has, and the process answers it with a key that it has and the role has not. What is answered is
worth nothing afterwards, so that nothing is lost when statements are logged.

It does not help against whoever has the process or its environment: they are the application.
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations import RunSQL

from shared_kernel.errors import DomainError

BLOCK = 64  # bytes of SHA-256's block, to which HMAC fills a key up (RFC 2104)


class ActNotProved(DomainError):
    """The database does not know the key of this installation."""

    code = "kernel.act-not-proved"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    sentence = (
        "The database does not know this installation's key, so it takes no decisions from it. "
        "Run `manage.py migrate` with the SECRET_KEY (and ACT_KEY, if it is set) that all processes have."
    )


def own_acts_only(table: str, *, columns: tuple[str, ...] = ()) -> RunSQL:
    """
    `table` is written in proved transactions only, by whichever role.

    With `columns` an update of others needs no proof: who signs in is noted on every page.
    """
    of = f" OF {', '.join(columns)}" if columns else ""
    return RunSQL(
        f"""
        CREATE TRIGGER own_acts_only BEFORE INSERT OR UPDATE{of} OR DELETE ON "{table}"
        FOR EACH STATEMENT EXECUTE FUNCTION demand_own_act();
        """,
        f'DROP TRIGGER own_acts_only ON "{table}";',
    )


def own_news_only(context: str, *, but: tuple[str, ...] = ()) -> RunSQL:
    """Events of `context`, but for these types, are told in proved transactions only: nobody else makes news of it."""
    others = "".join(f" AND NEW.type <> '{it}'" for it in but)
    return RunSQL(
        f"""
        CREATE TRIGGER own_news_of_{context} AFTER INSERT ON eventlog_eventrecord
        FOR EACH ROW WHEN (NEW.type LIKE '{context}.%'{others}) EXECUTE FUNCTION demand_own_act();
        """,
        f"DROP TRIGGER own_news_of_{context} ON eventlog_eventrecord;",
    )


def prove_act() -> None:
    """
    Let the database know the running transaction as the application's own, until it ends.

    Raises:
        ActNotProved: the database was told another key.

    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT act_challenge()")
        (challenge,) = cursor.fetchone()
        cursor.execute("SELECT prove_act(%s)", [answer_to(challenge)])
        (proved,) = cursor.fetchone()
    if not proved:
        raise ActNotProved


def answer_to(challenge: str) -> str:
    """HMAC-SHA-256 of the challenge, in hex."""
    return hmac.new(_key(), challenge.encode(), hashlib.sha256).hexdigest()


def tell_key(**facts: Any) -> None:
    """Let the database know the key of this installation, and no other any more; the owner's to do, after migrating."""
    del facts
    key = _key().ljust(BLOCK, b"\0")
    pads = [bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(to_regclass('tenancy_actkey'), 'INSERT')")
        if cursor.fetchone() != (True,):
            return  # not migrated so far, or this is not the owner: a test that empties its tables
        cursor.execute(
            "WITH others AS (DELETE FROM tenancy_actkey WHERE (inner_pad, outer_pad) <> (%s, %s)) "
            "INSERT INTO tenancy_actkey SELECT %s, %s WHERE NOT EXISTS "
            "(SELECT 1 FROM tenancy_actkey WHERE (inner_pad, outer_pad) = (%s, %s))",
            pads * 3,
        )


def _key() -> bytes:
    return hashlib.sha256(settings.ACT_KEY.encode()).digest()
