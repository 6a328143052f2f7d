"""Every way in which starting fails, each with what to do next."""

from pathlib import Path

TAIL_LINES = 20


class LaunchError(Exception):
    """The processes could not be brought up."""


class AlreadyRunningError(LaunchError):
    def __init__(self, *, lock: Path, told: str) -> None:
        super().__init__(
            f"This clone already runs ({told or 'it is just starting'}): use it, or stop it with "
            f"Ctrl-C where it was started. The lock is {lock}."
        )


class ProgramFailedError(LaunchError):
    """A program gave up, or never became ready."""

    def __init__(self, *, programs: str, reason: str, log: Path) -> None:
        super().__init__(
            f"{programs} {reason}. Mend what the log names ({log}) and start again.\n{tail(log)}"
        )


class MigrationFailedError(LaunchError):
    def __init__(self, *, process_set: str, said: str) -> None:
        lines = "\n".join(said.splitlines()[-TAIL_LINES:])
        super().__init__(
            f"The database of {process_set!r} could not be migrated. Mend what `manage.py migrate` "
            f"names below and start again.\n{lines}"
        )


class DatabaseUnreachableError(LaunchError):
    def __init__(self, *, process_set: str, seconds: float, said: str) -> None:
        super().__init__(
            f"The database of {process_set!r} did not answer within {seconds:.0f} s. Check "
            f"DATABASE_URL and DATABASE_OWNER_URL, and that the server is up.\n{said}"
        )


class VariableMissingError(LaunchError):
    def __init__(self, *, name: str, why: str) -> None:
        super().__init__(f"Set {name}: {why}")


class ConsoleClosedError(LaunchError):
    def __init__(self, *, reason: str) -> None:
        super().__init__(
            f"The output of this container cannot be opened by its user ({reason}), so nothing "
            "would be logged. Start it with a pipe or a file that its user may write to."
        )


def tail(log: Path) -> str:
    """The last lines of a log, for an error that quotes them."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-TAIL_LINES:])
