"""
The set's own watchman: an event listener of supervisord that speaks its protocol on stdin and stdout.

It writes each change of a program's state as a JSON line; ends the children that outlive a killed
program (a web process's would go on answering, unwatched, beside its successor's); and ends the
whole set when a program gave up (whoever restarts containers then does so: half a house would go
unnoticed) or when the launcher that started it is no more.
"""

import fcntl
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

GAVE_UP = "PROCESS_STATE_FATAL"
ENDED = "PROCESS_STATE_EXITED"
TICK = "TICK_5"


def watch(events: TextIO, answers: TextIO, log: TextIO, environment: Mapping[str, str]) -> None:
    """Hear one event after the other until supervisord hangs up."""
    while True:
        answers.write("READY\n")
        answers.flush()
        line = events.readline()
        if not line:
            return
        header = _fields(line)
        facts = _fields(events.read(int(header["len"])))
        _hear(header["eventname"], facts, log, environment)
        answers.write("RESULT 2\nOK")
        answers.flush()


def launcher_is_gone(lock: Path) -> bool:
    """Whether nobody holds the launch's lock, which its launcher held as long as it lived."""
    try:
        with lock.open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _hear(name: str, facts: Mapping[str, str], log: TextIO, environment: Mapping[str, str]) -> None:
    lock = environment.get("LAUNCH_LOCK")
    if name == TICK:
        if lock and launcher_is_gone(Path(lock)):
            _end_all(log, reason="the launcher is gone")
        return
    state = name.removeprefix("PROCESS_STATE_").lower()
    level = "error" if name == GAVE_UP else "warning" if state in {"backoff", "exited"} else "info"
    _say(log, level, "process", program=facts.get("processname", "?"), state=state)
    if name == ENDED:
        _end_orphans(int(facts["pid"]))
    if name == GAVE_UP and not lock:  # a launcher in a console reads the state itself
        _end_all(log, reason="a program gave up")


def _end_orphans(group: int) -> None:
    """Supervisord makes each program the leader of a group, whose number outlives the leader."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _end_all(log: TextIO, *, reason: str) -> None:
    _say(log, "error", "ending the set", reason=reason)
    os.kill(os.getppid(), signal.SIGTERM)


def _say(log: TextIO, level: str, event: str, **facts: str) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"event": event, **facts, "level": level, "logger": "watchdog", "timestamp": now}
    log.write(f"{json.dumps(line)}\n")
    log.flush()


def _fields(text: str) -> dict[str, str]:
    return dict(part.split(":", 1) for part in text.split() if ":" in part)


def main() -> None:
    watch(sys.stdin, sys.stdout, sys.stderr, os.environ)
