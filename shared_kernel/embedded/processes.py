"""Telling our servers from other processes that happen to carry their old number, and ending them."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared_kernel.embedded.errors import ServerDoesNotStop

PROC = Path("/proc")
STEP = 0.02
KILLED_WITHIN = 10.0


@dataclass(frozen=True)
class Server:
    """
    A program at work on a data directory, which it has made its working directory.

    Both facts together tell it from a process that inherited a dead server's number, and from
    somebody's shell that happens to stand in that directory.
    """

    program: str
    directory: Path

    def is_process(self, pid: int) -> bool:
        found = _program_and_directory(pid)
        return found == (self.program, os.path.realpath(self.directory))

    def processes(self) -> Iterator[int]:
        """Every process of this server; none where the system does not list them."""
        if not PROC.is_dir():
            return
        for entry in PROC.iterdir():
            if entry.name.isdigit() and self.is_process(int(entry.name)):
                yield int(entry.name)

    def end(self, pid: int, signals: Sequence[signal.Signals], *, patience: float) -> None:
        """
        End a process with each signal in turn, `patience` seconds after each, then kill it.

        Raises:
            ServerDoesNotStop: it is still there after SIGKILL.

        """
        for number in signals:
            if self._gone_after(pid, number, patience):
                return
        if not self._gone_after(pid, signal.SIGKILL, KILLED_WITHIN):
            raise ServerDoesNotStop(server=self.program, pid=pid)

    def _gone_after(self, pid: int, number: signal.Signals, seconds: float) -> bool:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + seconds
        while self.is_process(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(STEP)
        return True


def pid_in(file: Path) -> int | None:
    """The process number a pid file begins with, if there is one."""
    try:
        pid = int(file.read_text(encoding="ascii", errors="replace").split(maxsplit=1)[0])
    except (OSError, IndexError, ValueError):
        return None
    return pid if pid > 1 else None


def _program_and_directory(pid: int) -> tuple[str, str] | None:
    if PROC.is_dir():
        process = PROC / str(pid)
        try:
            program = (process / "exe").readlink().name.removesuffix(" (deleted)")
            return program, str((process / "cwd").readlink())
        except OSError:
            return None
    return _listed(pid)


def _listed(pid: int) -> tuple[str, str] | None:
    """The same facts where there is no /proc (macOS)."""
    fields = subprocess.run(
        ["lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fcn"],  # noqa: S607 - found by PATH on macOS
        check=False,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    known = {line[0]: line[1:] for line in fields if line}
    return (known["c"], known["n"]) if {"c", "n"} <= known.keys() else None
