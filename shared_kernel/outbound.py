"""
Posting to an address that a tenant named: TLS, so many seconds in all, no redirect, and never into our own network.

The name is resolved once, and the connection goes to the very address that was looked at, so that a name which answers
differently a moment later gains nothing. What this cannot do: follow redirects, read more than the answer's status, or hurry the resolver of names.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

SECONDS = 5.0
# addresses that stand for others: what they lead to is not looked at
_TRANSLATED = tuple(
    ip_network(it)
    for it in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96")
)


class AddressRefused(ValueError):
    """Nothing is sent to this address, ever; the text says why."""


class NotDelivered(OSError):
    """It was not taken this time; later it may be."""


def demand_address(url: str) -> SplitResult:
    """
    Read an address to which we would post.

    Raises:
        AddressRefused: it is not https, names nobody, or carries a password.

    """
    try:
        url.encode("ascii")
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        has_port = parts.port is None or parts.port > 0
    except ValueError as fault:
        raise AddressRefused(
            "The address cannot be read; write its host as xn--… and its path with %-escapes."
        ) from fault
    allowed = {"https", "http"} if settings.OUTBOUND_PRIVATE else {"https"}
    if parts.scheme not in allowed:
        raise AddressRefused("The address must begin with https://.")
    if not parts.hostname or not has_port:
        raise AddressRefused("The address names no host.")
    if parts.username or parts.password:
        raise AddressRefused("The address must not carry a name or a password.")
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """
    Post a body, and return the status of the answer.

    Raises:
        AddressRefused: the address is not one of the public internet. NotDelivered: nobody answered in time.

    """
    parts = demand_address(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _connection(parts.scheme, host, port, _address_of(host, port))
    path = parts.path or "/"
    # however slowly it drips: a timeout of the socket begins anew with every byte
    ending = Timer(SECONDS, _hang_up, [connection])
    ending.start()
    try:
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
        return connection.getresponse().status
    except (OSError, HTTPException) as fault:
        raise NotDelivered(f"{host} did not answer in time: {type(fault).__name__}") from fault
    finally:
        ending.cancel()
        connection.close()


def _hang_up(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _address_of(host: str, port: int) -> str:
    """The one address that is connected to, if all that the name stands for are of the public internet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise NotDelivered(f"{host} is not known") from fault
    addresses = [str(it[4][0]) for it in found]
    for address in addresses:
        if not settings.OUTBOUND_PRIVATE and not _is_public(address):
            raise AddressRefused(f"{host} is not an address of the public internet.")
    return addresses[0]


def _is_public(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    if any(found.version == it.version and found in it for it in _TRANSLATED):
        return False
    return found.is_global and not found.is_multicast


def _connection(scheme: str, host: str, port: int, address: str) -> HTTPConnection:
    """A connection that speaks to the host, and goes to the address."""
    connection = (
        HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
        if scheme == "https"
        else HTTPConnection(host, port, timeout=SECONDS)
    )

    def connect(_target: object, *rest: object, **named: object) -> socket.socket:
        return socket.create_connection((address, port), *rest, **named)  # type: ignore[arg-type]

    connection._create_connection = connect  # type: ignore[attr-defined]  # noqa: SLF001 - http.client's own seam
    return connection
