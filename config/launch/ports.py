"""A loopback port that is ours for as long as we need it, the preferred one if it is free."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

LOOPBACK = "127.0.0.1"
ATTEMPTS = 20


@contextmanager
def reserved_port(preferred: int = 0) -> Iterator[int]:
    """
    Hold a port for our own web processes: the preferred one, else one the system chooses.

    Web processes share their port, so a second house would be let in as one more of them and
    answer the first one's customers. What keeps it out is a name that only one can hold on this
    machine, and that the kernel lets go of with the process.
    """
    with ExitStack() as stack:
        for candidate in (preferred, *([0] * ATTEMPTS)):
            with ExitStack() as attempt:
                try:
                    holder = attempt.enter_context(_bound(candidate))
                    port: int = holder.getsockname()[1]
                    attempt.enter_context(_named(port))
                except OSError:
                    continue
                stack.push(attempt.pop_all())
                break
        else:
            raise OSError("no port of the loopback interface is free: end what occupies them")
        yield port


def _bound(port: int) -> socket.socket:
    """Bound, not listening; from here on only who shares the port may listen there."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with ExitStack() as undone:
        undone.enter_context(closing(holder))
        # takes a port too whose last connections are still winding down
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOOPBACK, port))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        undone.pop_all()
    return holder


def _named(port: int) -> socket.socket:
    """The port's name in Linux's abstract namespace, which has neither files nor owners."""
    name = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with ExitStack() as undone:
        undone.enter_context(closing(name))
        name.bind(f"\0verdict.port.{port}")
        undone.pop_all()
    return name
