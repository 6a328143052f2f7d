"""`python -m config.launch run | serve | health`, and the watchdog that supervisord starts."""

import argparse
import os
import sys
from pathlib import Path

import environ

from config.launch import container, watchdog
from config.launch.console import run
from config.launch.errors import LaunchError
from config.launch.launcher import PORT

BASE_DIR = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    if (BASE_DIR / ".env").is_file():  # as the settings do, so that both see the same servers
        environ.Env.read_env(BASE_DIR / ".env")
    try:
        if chosen.action == "run":
            return run(BASE_DIR, carry_out=chosen.carry_out, port=chosen.port)
        if chosen.action == "health":
            return 0 if container.is_healthy(os.environ) else 1
        if chosen.action == "watchdog":
            watchdog.main()
        else:
            container.serve(BASE_DIR, os.environ)
    except LaunchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m config.launch", description=__doc__)
    parser.add_argument("action", choices=["run", "serve", "health", "watchdog"])
    parser.add_argument("--carry-out", help="a context that lives in processes of its own")
    parser.add_argument("--port", type=int, default=PORT)
    return parser


if __name__ == "__main__":
    sys.exit(main())
