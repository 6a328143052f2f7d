"""The user the servers run as, and directories only that user can use."""

import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from shared_kernel.embedded.errors import (
    DirectoryNotWritable,
    NoUnprivilegedUser,
    UnsafeDirectory,
    UserWithoutName,
)

UNPRIVILEGED_USER = "nobody"
OTHERS = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Who starts the servers (`caller`) and who they run as."""

    uid: int
    gid: int
    name: str
    caller: str

    @property
    def is_switched(self) -> bool:
        """Whether the servers run as somebody else than the caller, who then is root."""
        return self.uid != os.geteuid()

    def identity(self) -> _Identity:
        """The arguments of `subprocess` that make a child run as this account."""
        if not self.is_switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def current_account() -> Account:
    """
    The account for the servers: the caller's own, or an unprivileged one when that is root.

    Raises:
        UserWithoutName: the caller's id is unknown to the system, which PostgreSQL refuses.
        NoUnprivilegedUser: the caller is root and the system has no `nobody`.

    """
    try:
        caller = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise UserWithoutName(uid=os.geteuid()) from None
    if caller.pw_uid != 0:
        return Account(caller.pw_uid, os.getegid(), caller.pw_name, caller.pw_name)
    try:
        other = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError:
        raise NoUnprivilegedUser(user=UNPRIVILEGED_USER) from None
    return Account(other.pw_uid, other.pw_gid, other.pw_name, caller.pw_name)


def server_environment() -> Mapping[str, str]:
    """What a server sees of the caller's environment: nothing that could change how it behaves."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def private_directory(path: Path, account: Account) -> Path:
    """
    Make a directory that the account alone can enter, or check that it is one.

    Raises:
        UnsafeDirectory: it exists and belongs to somebody else, or is a link.

    """
    _make(path, 0o700)
    found = path.lstat()
    if found.st_uid != account.uid and found.st_uid == os.geteuid():
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
        found = path.lstat()
    _demand_directory_of(path, found, uid=account.uid)
    if found.st_mode & OTHERS:
        path.chmod(0o700)
    return path


def trusted_directory(path: Path) -> Path:
    """
    Make a directory that all may enter and only the caller may change, or check that it is one.

    Raises:
        UnsafeDirectory: it exists and somebody else owns it or may write to it.

    """
    _make(path, 0o755)
    found = path.lstat()
    _demand_directory_of(path, found, uid=os.geteuid())
    if found.st_mode & OTHERS_WRITE:
        raise UnsafeDirectory(path=path, reason="others may write to it")
    return path


def settings_file(path: Path, text: str) -> Path:
    """Write what a server reads and may not change, whatever the caller's umask is."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def _make(path: Path, mode: int) -> None:
    try:
        path.mkdir(mode=mode)
        path.chmod(mode)  # whatever the caller's umask took away
    except FileExistsError:
        return
    except OSError as error:
        raise DirectoryNotWritable(path=path, reason=str(error.strerror)) from error


def _demand_directory_of(path: Path, found: os.stat_result, *, uid: int) -> None:
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafeDirectory(path=path, reason="it is not a directory")
    if found.st_uid != uid:
        raise UnsafeDirectory(path=path, reason=f"it belongs to user id {found.st_uid}")
