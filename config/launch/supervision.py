"""One supervisord per process set: its environment, its start, what it says, its end."""

import os
import shutil
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped, unused-ignore]  # has no stubs

from config.launch.process_sets import PROGRAMS, ProcessSet

WATCHDOG = "watchdog"
# longer than the longest stopwaitsecs of docker/supervisord.conf
STOPS_WITHIN = 45.0
CONSOLE = Path("/dev/stdout")


@dataclass(frozen=True)
class Places:
    """Where one set keeps what it writes. `logs` is a directory, or nothing for the console."""

    run: Path
    sockets: Path
    logs: Path | None

    def log(self, program: str) -> Path:
        return CONSOLE if self.logs is None else self.logs / f"{program}.log"

    def control(self, process_set: ProcessSet) -> Path:
        """The socket at which supervisord takes orders."""
        return self.sockets / f"{process_set.name}.ctl"


def told(control: Path) -> dict[str, dict[str, Any]]:
    """All that the supervisord behind this socket says, by program; empty while it is silent."""
    transport = SupervisorTransport(None, None, f"unix://{control}")
    try:
        server: Any = xmlrpc.client.ServerProxy("http://supervisor", transport)
        found: list[dict[str, Any]] = server.supervisor.getAllProcessInfo()
    except (OSError, xmlrpc.client.Error, HTTPException):
        return {}
    finally:
        transport.close()
    return {str(facts["name"]): facts for facts in found}


@dataclass(frozen=True)
class Supervised:
    """A set under its supervisor."""

    process_set: ProcessSet
    places: Places
    process: "subprocess.Popen[bytes]"

    def states(self) -> dict[str, str]:
        """What supervisord says of each program that should run; empty while it does not answer."""
        return {name: str(facts["statename"]) for name, facts in self._told().items()}

    def pids(self) -> dict[str, int]:
        """The process number of each program that runs."""
        return {name: int(facts["pid"]) for name, facts in self._told().items() if facts["pid"]}

    def _told(self) -> dict[str, dict[str, Any]]:
        found = told(self.places.control(self.process_set))
        wanted = {*self.process_set.programs, WATCHDOG}
        return {name: facts for name, facts in found.items() if name in wanted}

    @property
    def has_ended(self) -> bool:
        """
        Asked of the system, and nothing is reaped.

        `Popen.poll` holds a lock meanwhile. A Ctrl-C in that moment would leave it locked, and `stop` waiting for ever.
        """
        try:
            how = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self.process.pid, how) is not None
        except ChildProcessError:
            return True

    def ask_to_stop(self) -> None:
        if not self.has_ended:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End every program orderly, and the supervisor itself if it is deaf to that."""
        self.ask_to_stop()
        try:
            self.process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(
    process_set: ProcessSet, environment: Mapping[str, str], places: Places, *, base_dir: Path
) -> Supervised:
    """Start the set under a supervisor of its own, deaf to the console's Ctrl-C."""
    process = subprocess.Popen(
        command(base_dir),
        cwd=base_dir,
        env=complete(process_set, environment, places),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Supervised(process_set, places, process)


def command(base_dir: Path) -> list[str]:
    configuration = base_dir / "docker" / "supervisord.conf"
    return [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(configuration)]


def complete(
    process_set: ProcessSet, environment: Mapping[str, str], places: Places
) -> dict[str, str]:
    """The environment in which docker/supervisord.conf has everything it refers to."""
    metrics = places.run / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)  # numbers of processes that are no more
    for directory in (metrics, *([places.logs] if places.logs else [])):
        directory.mkdir(parents=True, exist_ok=True)
    programs = Path(sys.executable).parent
    return {
        "START_RETRIES": "20",
        "START_SECONDS": "2",
        **environment,
        "PROCESS_SET": process_set.name,
        **process_set.environment,
        "PATH": f"{programs}{os.pathsep}{environment.get('PATH', os.defpath)}",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "SET_DIR": str(places.run),
        "SET_CONTROL": str(places.control(process_set)),
        "SET_LOG": "/dev/null" if places.logs is None else str(places.log("supervisord")),
        **{
            f"START_{program.upper()}": str(program in process_set.programs).lower()
            for program in PROGRAMS
        },
        **{f"LOG_{it.upper()}": str(places.log(it)) for it in (*PROGRAMS, WATCHDOG)},
    }
