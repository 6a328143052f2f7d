"""`python -m config.demo.welcome`: the whole house, kept running, with the sample shop's fresh credentials."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from config.demo.people import open_shop
from config.launch.console import run, show_addresses
from config.launch.launcher import PORT, Running

BASE_DIR = Path(__file__).resolve().parents[2]


def welcome(running: Running) -> None:
    """Show the addresses and, once, credentials that were made just now; then stay."""
    people, address = open_shop(BASE_DIR, running.environment), running.addresses["main"]
    show_addresses(
        running,
        [
            ("admin", f"{address}/admin/"),
            ("API", f"{address}/api/v1/docs"),
            *((f"sign in as {name}", word) for name, word in people.passwords.items()),
            *((f"API key of {name}", key) for name, key in people.keys.items()),
            ("", "(shown once, kept nowhere)"),
        ],
    )
    running.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--carry-out", help="a context that lives in processes of its own")
    parser.add_argument("--port", type=int, default=PORT)
    chosen = parser.parse_args()
    return run(BASE_DIR, carry_out=chosen.carry_out, port=chosen.port, work=welcome)


if __name__ == "__main__":
    sys.exit(main())
