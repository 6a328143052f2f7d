"""The launch in a console: readable progress, and an end to everything on Ctrl-C or TERM."""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from config.launch.errors import LaunchError
from config.launch.launcher import PORT, Running, launch
from shared_kernel.embedded import EmbeddedError

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _AskedToStop(BaseException):
    """Ctrl-C, TERM or a closed terminal; not an Exception, so that no step takes it for its own."""


def run(
    base_dir: Path,
    *,
    carry_out: str | None = None,
    port: int = PORT,
    work: Callable[[Running], None] | None = None,
) -> int:
    """
    Run the house until `work` is done or somebody asks to stop; the exit code of the command.

    Leaves no process behind, however far the start had come.
    """
    begun = time.monotonic()

    def tell(words: str) -> None:
        sys.stdout.write(f"{time.monotonic() - begun:6.1f} s  {words}\n")
        sys.stdout.flush()

    try:
        with (
            _asked_to_stop(),
            launch(base_dir, carry_out=carry_out, port=port, tell=tell) as running,
        ):
            tell("ready")
            try:
                (work or stay)(running)
            finally:
                _be_deaf()
                tell("stopping")
    except _AskedToStop:
        tell("stopped")
        return 0
    except (LaunchError, EmbeddedError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    return 0


def stay(running: Running) -> None:
    """Show where the house is, and keep it running."""
    show_addresses(running)
    running.wait()


@contextmanager
def _asked_to_stop() -> Iterator[None]:
    before = {number: signal.signal(number, _stop) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    _be_deaf()  # a second Ctrl-C must not interrupt the tidying up
    raise _AskedToStop


def _be_deaf() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def show_addresses(running: Running, more: Iterable[tuple[str, str]] = ()) -> None:
    """Where everything is, and whatever else somebody at the console should know."""
    lines = [*running.addresses.items(), ("logs", str(running.logs)), *more]
    for name, value in lines:
        sys.stdout.write(f"  {name:<22} {value}\n")
    sys.stdout.write("  Ctrl-C stops everything.\n\n")
    sys.stdout.flush()
