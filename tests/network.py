"""Tests speak to this machine only: anything farther is a failure of the test, not a slow success."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class NoNetwork(RuntimeError):
    """A test tried to leave this machine."""


def is_near(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host if isinstance(host, str) else bytes(host).decode()).is_loopback
    except (ValueError, TypeError, UnicodeDecodeError):
        return False


@contextmanager
def only_loopback() -> Iterator[None]:
    """Guards every way by which Python connects or asks for an address."""
    kept = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    asked = socket.getaddrinfo

    def guarded(name: str) -> Any:
        def call(self: socket.socket, *args: Any) -> Any:
            address = args[-1]
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_near(address[0]):
                raise NoNetwork(f"a test must not speak to {address[0]}")
            return kept[name](self, *args)

        return call

    def ask(host: Any, *args: Any, **more: Any) -> Any:
        if not is_near(host):
            raise NoNetwork(f"a test must not ask for the address of {host!r}")
        return asked(host, *args, **more)

    for name in kept:
        setattr(socket.socket, name, guarded(name))
    socket.getaddrinfo = ask  # type: ignore[assignment]
    try:
        yield
    finally:
        for name, method in kept.items():
            setattr(socket.socket, name, method)
        socket.getaddrinfo = asked
