"""A plain connection within an act of the application: what is tried then is the guard behind."""

from __future__ import annotations

from typing import Any

from shared_kernel.tenancy.acts import answer_to


def act_on(connection: Any) -> None:
    """Let the running transaction of a psycopg connection count as the application's own act."""
    ((challenge,),) = connection.execute("SELECT act_challenge()").fetchall()
    assert connection.execute("SELECT prove_act(%s)", [answer_to(challenge)]).fetchone() == (True,)
