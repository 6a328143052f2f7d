"""What the tests do to a machine: ask its servers, pull the plug, become somebody else."""

import os
import pwd
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg

from shared_kernel.embedded import status

BYSTANDER = "daemon"  # a user every Linux has, who is neither root nor the one the servers run as


def ask(url: str, query: str, *values: object) -> object:
    """The first value of the first row, if the statement answers with rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchone()[0] if cursor.description else None


def kill_both(base: Path) -> None:
    """Power off: both servers vanish between two instructions."""
    found = status(base)
    for pid in (found.postgres_pid, found.redis_pid):
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    with suppress(FileNotFoundError, ProcessLookupError):
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            assert time.monotonic() < deadline
            time.sleep(0.01)


def as_user(user: str, action: Callable[[], None]) -> None:
    """Do something in a child process that has become another user; fail as it fails."""
    account = pwd.getpwnam(user)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(account.pw_gid, account.pw_gid, account.pw_gid)
            os.setresuid(account.pw_uid, account.pw_uid, account.pw_uid)
            action()
        except BaseException:  # noqa: BLE001 - whatever it was, a forked test must not go on
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
