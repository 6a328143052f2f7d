"""One PostgreSQL cluster: made, started, asked, stopped."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from shared_kernel.embedded.account import Account, server_environment, settings_file
from shared_kernel.embedded.addresses import SUPERUSER, Layout, socket_url
from shared_kernel.embedded.binaries import POSTGRES
from shared_kernel.embedded.errors import ServerFailed
from shared_kernel.embedded.processes import Server, pid_in

MAX_CONNECTIONS = 200
STARTS_WITHIN = 60
STOPS_WITHIN = 20.0
ORPHANS_LEAVE_WITHIN = 1.0

SETTINGS = """\
# Written at every start: change shared_kernel/embedded, not this file.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
hba_file = '{hba}'
ident_file = '{ident}'
max_connections = {max_connections}
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
fsync = {durable}
synchronous_commit = {durable}
full_page_writes = {durable}
"""
# The kernel vouches for who connects, so there is no password to keep; the caller takes any role.
ACCESS = "local all all peer map=caller\nlocal replication all peer map=caller\n"
MADE_HERE = [
    "--username", SUPERUSER,
    "--auth", "peer",
    "--encoding", "UTF8",
    "--locale", "C",
    "--locale-provider", "builtin",  # the same order whatever locales a machine has installed
    "--builtin-locale", "C.UTF-8",
    "--no-instructions",
]  # fmt: skip


def start_postgres(tree: Path, layout: Layout, account: Account, *, durable: bool) -> None:
    """
    Bring the cluster up, making it first if there is none; do nothing when it answers.

    Raises:
        ServerFailed: with the program's words and the tail of the server's log.

    """
    if postgres_pid(layout) is not None and postgres_answers(layout):
        return
    stop_postgres(layout)
    _end_orphans(layout)
    _write_settings(layout, account, durable=durable)
    if not layout.postgres_data.exists():
        _initialise(tree, layout, account, [] if durable else ["--no-sync"])
    _remove_stale_locks(layout)
    arguments = ["start", "-w", "-t", str(STARTS_WITHIN), "-l", layout.postgres_log.name]
    _run(tree, "pg_ctl", arguments, layout, account, data=layout.postgres_data)


def stop_postgres(layout: Layout) -> None:
    """End the cluster orderly: running statements are cancelled, everything is written."""
    pid = postgres_pid(layout)
    if pid is not None:
        _server(layout).end(pid, (signal.SIGINT, signal.SIGQUIT), patience=STOPS_WITHIN)


def postgres_pid(layout: Layout) -> int | None:
    """The process that serves this cluster, and not one that has merely got its old number."""
    pid = pid_in(layout.postgres_data / "postmaster.pid")
    return pid if pid is not None and _server(layout).is_process(pid) else None


def postgres_answers(layout: Layout) -> bool:
    try:
        url = socket_url(SUPERUSER, layout.sockets, "postgres")
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "too many clients" in str(error)  # busy is not broken
    return True


def _server(layout: Layout) -> Server:
    return Server("postgres", layout.postgres_data)


def _end_orphans(layout: Layout) -> None:
    """End the backends of a killed postmaster: they would keep its successor from starting."""
    server, deadline = _server(layout), time.monotonic() + ORPHANS_LEAVE_WITHIN
    while any(server.processes()) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in server.processes():
        server.end(pid, (), patience=0)


def _remove_stale_locks(layout: Layout) -> None:
    """
    Take away the number of a process that is no more.

    PostgreSQL would believe in it while a stranger, or a dead child nobody has reaped (usual in
    containers), carries that number. It is safe here: nobody serves this directory, and the lock
    of the instance is held.
    """
    for lock in (layout.postgres_data / "postmaster.pid", layout.sockets / ".s.PGSQL.5432.lock"):
        lock.unlink(missing_ok=True)


def _initialise(tree: Path, layout: Layout, account: Account, haste: list[str]) -> None:
    """Make the cluster beside and rename, so that a kill never leaves half of one."""
    scratch = layout.data / "postgres.new"
    shutil.rmtree(scratch, ignore_errors=True)
    _run(tree, "initdb", [*MADE_HERE, *haste], layout, account, data=scratch)
    # not by initdb --set: it would fail initdb's probes, which then settle for tiny buffers
    descriptor = os.open(scratch / "postgresql.conf", os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    with open(descriptor, "a", encoding="utf-8") as settings:  # noqa: PTH123 - a descriptor
        settings.write(f"include = '{_quoted(_settings_path(layout))}'\n")
    scratch.rename(layout.postgres_data)


def _settings_path(layout: Layout) -> Path:
    return layout.state / "postgresql.conf"


def _write_settings(layout: Layout, account: Account, *, durable: bool) -> None:
    """Write what the server reads, beside its data, where it cannot change it when not the caller."""
    hba, ident = layout.state / "pg_hba.conf", layout.state / "pg_ident.conf"
    settings = SETTINGS.format(
        sockets=_quoted(layout.sockets),
        hba=_quoted(hba),
        ident=_quoted(ident),
        max_connections=MAX_CONNECTIONS,
        durable="on" if durable else "off",
    )
    settings_file(_settings_path(layout), settings)
    settings_file(hba, ACCESS)
    settings_file(ident, f'caller "{account.caller}" all\n')


def _quoted(path: Path) -> str:
    """A path within the quotes of a settings file, where a backslash begins an escape."""
    return str(path).replace("\\", "\\\\").replace("'", "''")


def _run(
    tree: Path, program: str, arguments: list[str], layout: Layout, account: Account, *, data: Path
) -> None:
    """Run a program of PostgreSQL; pg_ctl uses a shell, so no path goes through its arguments."""
    with tempfile.TemporaryFile() as words:  # no pipe: the server would keep it open
        done = subprocess.run(
            [tree / POSTGRES / "bin" / program, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=layout.data,
            env={**server_environment(), "PGDATA": str(data)},
            umask=0o077,
            **account.identity(),
        )
        if done.returncode != 0:
            words.seek(0)
            said = words.read().decode(errors="replace")
            raise ServerFailed(
                server="PostgreSQL", step=f"run {program}", log=layout.postgres_log, said=said
            )
