"""Every way in which the embedded servers refuse, each with what to do next."""

from pathlib import Path

TAIL_LINES = 15


class EmbeddedError(Exception):
    """The embedded servers could not do what was asked."""


class InvalidInstanceName(EmbeddedError):
    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"An embedded instance cannot be called {name!r}: "
            "use 1 to 24 lower-case letters, digits and hyphens, beginning with a letter."
        )


class InvalidDatabaseName(EmbeddedError):
    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"A database or role cannot be called {name!r}: "
            "use 1 to 63 lower-case letters, digits and underscores, beginning with a letter."
        )


class UnsafeDirectory(EmbeddedError):
    """A directory that must be ours alone belongs to, or can be changed by, somebody else."""

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be trusted to hold the embedded servers: {reason}. "
            "Have its owner or an administrator remove it, then start again."
        )


class DirectoryNotWritable(EmbeddedError):
    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be created ({reason}). Make its parent writable for this user, "
            "or set DATABASE_URL and REDIS_URL to servers that already run."
        )


class NoUnprivilegedUser(EmbeddedError):
    def __init__(self, *, user: str) -> None:
        super().__init__(
            f"PostgreSQL refuses to run as root and there is no user {user!r} to run it as. "
            f"Create that user, run as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )


class UserNotUsable(EmbeddedError):
    def __init__(self, *, user: str, program: Path, reason: str) -> None:
        super().__init__(
            f"{program} cannot be run as {user!r} ({reason}). Check that this process may change "
            "its user and that the file system allows programs, or set DATABASE_URL and REDIS_URL."
        )


class UserWithoutName(EmbeddedError):
    def __init__(self, *, uid: int) -> None:
        super().__init__(
            f"User id {uid} has no entry in /etc/passwd, which PostgreSQL needs. "
            "Add one, or set DATABASE_URL and REDIS_URL to servers that already run."
        )


class BinariesMissing(EmbeddedError):
    def __init__(self, *, package: str, path: Path) -> None:
        super().__init__(
            f"The servers of the package {package!r} are not at {path}. "
            "Install the locked requirements into this environment again."
        )


class RoleAboveTheLaw(EmbeddedError):
    """A role that row-level security does not bind would see every tenant's rows."""

    def __init__(self, *, role: str) -> None:
        super().__init__(
            f"The role {role!r} is a superuser or bypasses row-level security. Have a superuser run "
            f"ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS, or choose another name."
        )


class ServerFailed(EmbeddedError):
    """A server did not come up; its own last words are part of the message."""

    def __init__(self, *, server: str, step: str, log: Path, said: str = "") -> None:
        words = "\n".join(part for part in (said.strip(), _tail(log)) if part)
        super().__init__(
            f"{server} failed to {step}. Read its log below ({log}), mend what it names and "
            f"start again.\n{words or '(the log is empty)'}"
        )


class ServerDoesNotStop(EmbeddedError):
    def __init__(self, *, server: str, pid: int) -> None:
        super().__init__(f"{server} (process {pid}) outlived SIGKILL: look at it with `ps {pid}`.")


class StillLocked(EmbeddedError):
    def __init__(self, *, lock: Path, seconds: float) -> None:
        super().__init__(
            f"Another process has been starting or stopping these servers for {seconds:.0f} s "
            f"and holds {lock}. See who with `fuser {lock}`, let it finish or end it, try again."
        )


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-TAIL_LINES:])
