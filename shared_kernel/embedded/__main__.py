"""
The embedded servers from the shell: `python -m shared_kernel.embedded start|stop|status|urls|destroy`.

`provision` makes the two roles and their database at another server, the one ADMIN_URL names.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from shared_kernel.embedded import (
    EmbeddedError,
    destroy,
    locate,
    provision,
    start,
    status,
    stop,
)
from shared_kernel.embedded.addresses import DATABASE

CLONE = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        return _perform(chosen.action, chosen.base_dir, chosen.name)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared_kernel.embedded", description=__doc__)
    actions = ["start", "stop", "status", "urls", "destroy", "provision"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("--name", default="main", help="which instance (main, test, ...)")
    parser.add_argument("--base-dir", type=Path, default=CLONE, help="the clone it belongs to")
    return parser


def _perform(action: str, base_dir: Path, name: str) -> int:
    if action == "stop":
        stop(base_dir, name)
    elif action == "destroy":
        destroy(base_dir, name)
    elif action == "provision":
        return _provision(os.environ)
    elif action == "status":
        return _show_status(base_dir, name)
    else:
        endpoints = start(base_dir, name) if action == "start" else locate(base_dir, name)
        for variable, value in endpoints.environment().items():
            sys.stdout.write(f"{variable}={value}\n")
    return 0


def _show_status(base_dir: Path, name: str) -> int:
    found = status(base_dir, name)
    for server, pid in (("postgres", found.postgres_pid), ("redis", found.redis_pid)):
        sys.stdout.write(f"{server}: {f'runs (process {pid})' if pid else 'stopped'}\n")
    sys.stdout.write("both answer\n" if found.answers else "not ready\n")
    return 0 if found.answers else 3


def _provision(environment: Mapping[str, str]) -> int:
    """The two roles and the database, at the server ADMIN_URL names; passwords never as arguments."""
    if not environment.get("ADMIN_URL"):
        sys.stderr.write("Set ADMIN_URL to an administrator's address at your PostgreSQL.\n")
        return 1
    provision(
        environment["ADMIN_URL"],
        environment.get("DATABASE", DATABASE),
        owner_password=environment.get("OWNER_PASSWORD"),
        application_password=environment.get("APPLICATION_PASSWORD"),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
