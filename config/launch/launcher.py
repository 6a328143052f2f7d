"""The launch itself: servers, schema, processes, readiness; and the same backwards."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from config.launch.errors import AlreadyRunningError, ProgramFailedError
from config.launch.leftovers import MARK, end_leftovers
from config.launch.migration import migrate
from config.launch.ports import reserved_port
from config.launch.process_sets import ProcessSet, carried_out, contexts_of, whole
from config.launch.readiness import wait_until_ready
from config.launch.secret import secret_key
from config.launch.servers import Servers, find_servers, instance_of, uses_embedded
from config.launch.supervision import Places, Supervised, supervise
from shared_kernel import embedded

PORT = 8000
READY_WITHIN = 120.0


@dataclass
class Running:
    """What a launch started; `stop` leaves nothing of it behind."""

    supervised: tuple[Supervised, ...]
    environment: Mapping[str, str]
    logs: Path
    _end: ExitStack

    @property
    def addresses(self) -> dict[str, str]:
        """The web address of each process set, by the set's name."""
        found = {one.process_set.name: one.process_set.address for one in self.supervised}
        return {name: address for name, address in found.items() if address is not None}

    def wait(self) -> None:
        """
        Return never: until the caller is interrupted, or a supervisor ends.

        Raises:
            ProgramFailedError: a set gave up, and with it the whole.

        """
        while True:
            for one in self.supervised:
                if one.has_ended:
                    name, log = one.process_set.name, one.places.log("watchdog")
                    raise ProgramFailedError(programs=f"The set {name}", reason="ended", log=log)
            time.sleep(0.5)

    def stop(self) -> None:
        """End every process that was started, the embedded servers too if they were."""
        self._end.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def launch(
    base_dir: Path,
    *,
    carry_out: str | None = None,
    port: int = PORT,
    environment: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
    patience: float = READY_WITHIN,
) -> Running:
    """
    Bring the house up and return once it is ready; `carry_out` names a context to live apart.

    Uses the servers that DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL name, else the clone's own.
    When `port` is taken, or 0, another free one is used. As a context manager it stops at the end.

    Raises:
        LaunchError: one of `errors`, each naming what to do; whatever was started is ended again.
        EmbeddedError: the clone's own servers could not be started.

    """
    given = dict(os.environ if environment is None else environment)
    with ExitStack() as stack:
        launching = _Launching(base_dir.resolve(), given, tell, stack)
        launching.claim()
        servers = launching.servers()
        launching.ends_processes()
        sets = launching.process_sets(servers, carry_out, port)
        supervised = tuple(launching.start(one, servers) for one in sets)
        wait_until_ready(supervised, servers.environment, patience=patience, tell=tell)
        running = Running(supervised, servers.environment, launching.run_dir / "log", ExitStack())
        launching.remember(running)
        running._end = stack.pop_all()  # noqa: SLF001 - the handle is ours; from here on it ends all
        return running


class _Launching:
    """The steps of one launch; each says on the stack how it is undone before it is done."""

    def __init__(
        self,
        base_dir: Path,
        environment: dict[str, str],
        tell: Callable[[str], None],
        stack: ExitStack,
    ) -> None:
        self.base_dir, self.tell, self.stack = base_dir, tell, stack
        self.run_dir = Path(environment.get("RUN_DIR") or base_dir / "var").resolve()
        self.mark = uuid4().hex
        self.supervised: list[Supervised] = []
        self.environment = {
            "START_RETRIES": "3",
            **environment,
            MARK: self.mark,
            "RUN_DIR": str(self.run_dir),
        }

    def claim(self) -> None:
        """Be the only launch of this clone, until this process ends in whatever way."""
        self.run_dir.mkdir(parents=True, exist_ok=True)
        lock = self.run_dir / "run.lock"
        holder = self.stack.enter_context(lock.open("a+", encoding="utf-8"))
        try:
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            told = lock.read_text(encoding="utf-8").strip()
            raise AlreadyRunningError(lock=lock, told=told) from None
        holder.truncate(0)
        self.environment["LAUNCH_LOCK"] = str(lock)
        self._clear_predecessor()
        self.sockets = Path(tempfile.mkdtemp(prefix="verdict-", dir="/tmp"))
        self.stack.callback(shutil.rmtree, self.sockets, ignore_errors=True)
        self._traces.write_text(f"{self.mark}\n{self.sockets}\n", encoding="utf-8")
        self.stack.callback(self._traces.unlink, missing_ok=True)

    @property
    def _traces(self) -> Path:
        return self.run_dir / "run.launch"

    def _clear_predecessor(self) -> None:
        """End what a killed launcher left: its watchdogs would take our lock for its own."""
        if not self._traces.exists():
            return
        noted = self._traces.read_text(encoding="utf-8").splitlines()
        if len(noted) != len(("mark", "sockets")):  # killed while noting: nothing was started yet
            return
        self.tell("ending what an earlier launch left behind")
        end_leftovers(noted[0])
        shutil.rmtree(noted[1], ignore_errors=True)

    def ends_processes(self) -> None:
        """Registered between the servers and the processes: these end before those."""
        self.stack.callback(self._stop)

    def servers(self) -> Servers:
        if uses_embedded(self.environment):
            name = instance_of(self.environment)
            if not embedded.status(self.base_dir, name).answers:
                self.tell("starting this clone's own PostgreSQL and Redis")
                self.stack.callback(embedded.stop, self.base_dir, name)
        if not self.environment.get("SECRET_KEY"):
            self.environment["SECRET_KEY"] = secret_key(self.run_dir)
        return find_servers(self.base_dir, self.environment)

    def process_sets(
        self, servers: Servers, carry_out: str | None, port: int
    ) -> tuple[ProcessSet, ...]:
        port = self.stack.enter_context(reserved_port(port))
        if carry_out is None:
            return whole(port=port)
        return carried_out(
            carry_out,
            contexts=contexts_of(self.base_dir),
            sockets=self.sockets,
            port=port,
            context_port=self.stack.enter_context(reserved_port()),
            database=servers.database_for(carry_out),
        )

    def start(self, process_set: ProcessSet, servers: Servers) -> Supervised:
        name, run = process_set.name, self.run_dir / "run" / process_set.name
        places = Places(run, self.sockets, self.run_dir / "log" / name)
        own = {**servers.environment, "PROCESS_SET": name, **process_set.environment}
        self.tell(f"migrating the database of {name}")
        migrate(name, own, base_dir=self.base_dir, tell=self.tell)
        supervised = supervise(process_set, servers.environment, places, base_dir=self.base_dir)
        self.supervised.append(supervised)
        return supervised

    def _stop(self) -> None:
        for one in self.supervised:  # all are told before any is waited for
            one.ask_to_stop()
        for one in self.supervised:
            one.stop()
        end_leftovers(self.mark)

    def remember(self, running: Running) -> None:
        """Tell whoever tries to launch the same clone where it already is."""
        told = " ".join(f"{name} at {url}" for name, url in running.addresses.items())
        (self.run_dir / "run.lock").write_text(told, encoding="utf-8")
