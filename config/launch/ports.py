"""A loopback port that is free, the preferred one if it is."""

import socket

LOOPBACK = "127.0.0.1"


def free_port(preferred: int = 0) -> int:
    """The preferred port when nothing listens there, else one the system chooses."""
    for candidate in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LOOPBACK, candidate))
            except OSError:
                continue
            port: int = listener.getsockname()[1]
            return port
    raise OSError("no port of the loopback interface is free: end what occupies them")
