"""Waiting until every program of every set does its work, and saying what it waits for."""

import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from config.launch.errors import ProgramFailedError
from config.launch.supervision import Supervised

STEP = 0.25
ASKED_WITHIN = 5.0
OK = 200
GIVEN_UP = {"FATAL", "EXITED", "STOPPED", "UNKNOWN"}


def is_ready(address: str, environment: Mapping[str, str]) -> bool:
    """Whether the web process at `address` says that it can work."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=ASKED_WITHIN)
    try:
        connection.request("GET", "/health/ready", headers=_host(environment))
        return connection.getresponse().status == OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def wait_until_ready(
    supervised: Sequence[Supervised],
    environment: Mapping[str, str],
    *,
    patience: float,
    tell: Callable[[str], None],
) -> None:
    """
    Return when every program runs and every web process answers `/health/ready`.

    Raises:
        ProgramFailedError: one gave up, or `patience` seconds were not enough.

    """
    deadline, told = time.monotonic() + patience, ""
    while missing := [what for one in supervised for what in _missing(one, environment)]:
        words = f"waiting for {', '.join(missing)}"
        if words != told:
            tell(words)
            told = words
        if time.monotonic() > deadline:
            raise _failure(supervised, environment, f"not ready after {patience:.0f} s")
        time.sleep(STEP)


def _missing(one: Supervised, environment: Mapping[str, str]) -> list[str]:
    """The programs of a set that are not ready yet; one that never will be is an error."""
    name, states = one.process_set.name, one.states()
    if one.has_ended:
        log = one.places.log("supervisord")
        raise ProgramFailedError(programs=f"The supervisor of {name}", reason="ended", log=log)
    for program, state in states.items():
        if state in GIVEN_UP:
            raise ProgramFailedError(
                programs=f"{name}/{program}", reason="gave up", log=one.places.log(program)
            )
    waiting = [it for it in one.process_set.programs if states.get(it) != "RUNNING"]
    address = one.process_set.address
    if not waiting and address is not None and not is_ready(address, environment):
        waiting = ["web"]
    return [f"{name}/{program}" for program in waiting]


def _failure(
    supervised: Sequence[Supervised], environment: Mapping[str, str], reason: str
) -> ProgramFailedError:
    late = [(one, what) for one in supervised for what in _missing(one, environment)]
    names = ", ".join(what for _, what in late)
    one, what = late[0] if late else (supervised[0], "supervisord")
    log = one.places.log(what.rpartition("/")[2])
    return ProgramFailedError(programs=names, reason=f"is {reason}", log=log)


def _host(environment: Mapping[str, str]) -> dict[str, str]:
    """A name the site answers to: it refuses the loopback address once ALLOWED_HOSTS names others."""
    first = environment.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return {"Host": first} if first and first != "*" else {}
