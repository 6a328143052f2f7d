"""The same processes as the one command of a container: migrate, then become the supervisor."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from config.launch.errors import ConsoleClosedError, VariableMissingError
from config.launch.migration import migrate
from config.launch.process_sets import PROGRAMS, WITHOUT_NEIGHBOURS, ProcessSet
from config.launch.readiness import is_ready
from config.launch.supervision import CONSOLE, Places, command, complete, told

WHY = {
    "DATABASE_URL": "the application's role at your PostgreSQL",
    "DATABASE_OWNER_URL": "the owner's role at your PostgreSQL, for migrations",
    "REDIS_URL": "your Redis, for cache, limits and queues",
    "SECRET_KEY": "one long random value, the same in every container",
}
DATABASE_ANSWERS_WITHIN = 120.0


def serve(base_dir: Path, environment: Mapping[str, str]) -> None:
    """
    Migrate unless MIGRATE=0, then replace this process by the supervisor of the PROGRAMS wanted.

    Raises:
        VariableMissingError: a container has no servers and no secret of its own.
        LaunchError: the database does not answer or cannot be migrated.

    """
    may_migrate = environment.get("MIGRATE", "1") != "0"
    for name, why in WHY.items():
        if not environment.get(name) and (may_migrate or name != "DATABASE_OWNER_URL"):
            raise VariableMissingError(name=name, why=why)
    process_set = _wanted(environment)
    _demand_console()
    places = _places(environment)
    places.run.mkdir(parents=True, exist_ok=True)
    own = {"WEB_HOST": "0.0.0.0", **environment, "RUN_DIR": str(places.run)}  # noqa: S104 - in a container
    if may_migrate:
        migrate(
            process_set.name, own, base_dir=base_dir, patience=DATABASE_ANSWERS_WITHIN, tell=_tell
        )
        del own["DATABASE_OWNER_URL"]  # what serves has no use for the right to change the schema
    arguments = command(base_dir)
    os.chdir(base_dir)
    os.execve(arguments[0], arguments, complete(process_set, own, places))  # noqa: S606


def is_healthy(environment: Mapping[str, str]) -> bool:
    """Whether every program of this container runs, and its web process, if any, can work."""
    process_set = _wanted(environment)
    states = told(_places(environment).control(process_set))
    running = {name for name, facts in states.items() if facts["statename"] == "RUNNING"}
    if not running.issuperset(process_set.programs):
        return False
    address = process_set.address
    return address is None or is_ready(address, environment)


def _places(environment: Mapping[str, str]) -> Places:
    run = Path(environment.get("RUN_DIR", "/run/verdict"))
    return Places(run, run, None)


def _demand_console() -> None:
    """What the programs say is passed on by opening our output anew, which not every one allows."""
    try:
        os.close(os.open(CONSOLE, os.O_WRONLY | os.O_APPEND))
    except OSError as error:
        raise ConsoleClosedError(reason=str(error)) from error


def _wanted(environment: Mapping[str, str]) -> ProcessSet:
    listens = bool(environment.get("BUS_LISTEN"))
    usual = ",".join(PROGRAMS if listens else WITHOUT_NEIGHBOURS)
    programs = tuple(filter(None, environment.get("PROGRAMS", usual).split(",")))
    unknown = set(programs) - set(PROGRAMS)
    if unknown or not programs:
        why = f"a comma-separated choice of {', '.join(PROGRAMS)}"
        raise VariableMissingError(name="PROGRAMS", why=why)
    port = environment.get("PORT", "8000")
    return ProcessSet(environment.get("PROCESS_SET", "main"), {"PORT": port}, programs)


def _tell(words: str) -> None:
    sys.stderr.write(f'{{"event": "{words}", "logger": "launch"}}\n')
    sys.stderr.flush()
