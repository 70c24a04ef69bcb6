"""Requests to the outside: every one has a time-out, a limit of bytes counted while they come, and no redirect.

An address that somebody else gave us (a picture's, a webhook's) is looked at first: its host must stand on a list, or
lie in the open network; the name is resolved once, and that very number is connected to, so that a name which changes
between the look and the call gains nothing (reliability.md W03, W04).
"""

import ipaddress
import socket
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from json import loads as read_json
from typing import Any
from urllib.parse import urlsplit

import httpx

SECONDS = 10.0  # for a whole request, however slowly it drips
MOST_BYTES = 1_000_000
PORTS = {"https": 443, "http": 80}


class NotAsked(Exception):
    """The address may not be asked; nothing was sent. The text is for a log: it names a reason, never the address."""


class NoAnswer(Exception):
    """No whole answer came. `sent` tells whether the other side may have got the request all the same."""

    def __init__(self, why: str, sent: bool):
        super().__init__(why)
        self.sent = sent


class TooMuch(NoAnswer):
    """More bytes than the limit."""


@dataclass(frozen=True)
class Reply:
    """What came back. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises ValueError for what is no JSON, or so deep that reading it would break."""
        try:
            return read_json(self.body)
        except RecursionError as error:
            raise ValueError("too deep") from error


def ask(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None, json: Any = None,
    form: Mapping[str, str] | None = None, files: Any = None, seconds: float = SECONDS, limit: int = MOST_BYTES,
) -> Reply:  # fmt: skip
    """Ask an address of the operator's own setting. Raises NoAnswer (TooMuch for too many bytes)."""
    return _exchange(
        method, url, {}, dict(headers or {}), seconds, limit, content=body, json=json, data=form, files=files
    )


def ask_given(
    method: str, url: str, *, hosts: Collection[str] = (), headers: Mapping[str, str] | None = None,
    body: bytes | None = None, seconds: float = SECONDS, limit: int = MOST_BYTES,
) -> Reply:  # fmt: skip
    """Ask an address that somebody else gave us. With `hosts` ("host" or "host:port") only those may be asked, and a
    number named there may lie inside; without, https to any host in the open network. Raises NotAsked or NoAnswer."""
    at, name = look(url, hosts)
    parts = urlsplit(url)
    told = f"[{at}]" if ":" in at else at
    numbered = parts._replace(netloc=f"{told}:{parts.port or PORTS[parts.scheme]}").geturl()
    sent = {**(headers or {}), "Host": parts.netloc.rpartition("@")[2]}
    return _exchange(method, numbered, {"sni_hostname": name}, sent, seconds, limit, content=body)


def look(url: str, hosts: Collection[str] = ()) -> tuple[str, str]:
    """The number to connect to and the host's name, or NotAsked."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise NotAsked("no address") from error
    listed = host in hosts or f"{host}:{port}" in hosts
    if parts.scheme not in PORTS or (parts.scheme == "http" and not listed):
        raise NotAsked("neither https nor listed")
    if parts.username or parts.password or not host:
        raise NotAsked("no plain host")
    if hosts and not listed:
        raise NotAsked("not a listed host")
    numbers = numbers_of(host, port)
    if not listed and any(not is_open(number) for number in numbers):
        raise NotAsked("an address inside")
    if listed and not is_number(host) and any(not is_open(number) for number in numbers):
        raise NotAsked("a listed name that leads inside")
    return numbers[0], host


def numbers_of(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotAsked("no such host") from error
    return [str(row[4][0]) for row in found]


def is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_open(number: str) -> bool:
    """Is it an address of the open network, also when it is written inside an IPv6 one?"""
    address: Any = ipaddress.ip_address(number.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (inner is None or is_open(str(inner)))


def _exchange(
    method: str, url: str, extensions: dict[str, Any], headers: dict[str, str], seconds: float, limit: int, **body: Any
) -> Reply:  # fmt: skip
    until = time.monotonic() + seconds
    # no proxy and no password file of the environment: what is asked is what stands here
    with httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(method, url, headers=headers, extensions=extensions, **body)
        try:
            answer = client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NoAnswer(type(error).__name__, sent=False) from error
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__, sent=True) from error
        try:
            return Reply(answer.status_code, dict(answer.headers), _body(answer, limit, until))
        finally:
            answer.close()


def _body(answer: httpx.Response, limit: int, until: float) -> bytes:
    found = bytearray()
    try:
        for part in answer.iter_bytes():
            found += part
            if len(found) > limit:
                raise TooMuch("too many bytes", sent=True)
            if time.monotonic() > until:
                raise NoAnswer("too slow", sent=True)
    except httpx.HTTPError as error:
        raise NoAnswer(type(error).__name__, sent=True) from error
    return bytes(found)
