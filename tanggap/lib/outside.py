"""Requests to the outside: every one has one time for the whole, a limit of bytes counted while they come, no redirect.

An address that somebody else gave us (a picture's, a webhook's) is looked at first: its host must stand on a list, or
lie in the open network; the name is resolved once, and that very number is connected to, so that a name which changes
between the look and the call gains nothing (reliability.md W03, W04).
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from json import loads as read_json
from typing import Any

import httpcore
import httpx

SECONDS = 10.0  # for a whole request, however slowly it drips
MOST_BYTES = 1_000_000
PORTS = {"https": 443, "http": 80}
MOST_PORTS = 65_535
SENT_AT_ONCE = 64 * 1024  # so that the clock is looked at between the pieces of a long body
# open by the register of addresses, yet answered by what stands inside: special uses, and clouds' own services
INSIDE_ALL_THE_SAME = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
# IPv6 that only carries an IPv4 address to where it lives: a network without IPv4 reaches the open one by these
CARRIES_IPV4 = ipaddress.ip_network("64:ff9b::/96")
OPEN_IPV6 = ipaddress.ip_network("2000::/3")
NOT_BEGUN = (
    httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.UnsupportedProtocol, httpcore.LocalProtocolError,
)  # fmt: skip
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)


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
    asked = _request(method, url, dict(headers or {}), content=body, json=json, data=form, files=files)
    return _exchange(asked, "", seconds, limit)


def ask_given(
    method: str, url: str, *, hosts: Collection[str] = (), headers: Mapping[str, str] | None = None,
    body: bytes | None = None, seconds: float = SECONDS, limit: int = MOST_BYTES,
) -> Reply:  # fmt: skip
    """Ask an address that somebody else gave us. With `hosts` ("host" or "host:port") only those may be asked, and a
    number named there may lie inside; without, https to any host in the open network. Raises NotAsked or NoAnswer."""
    at, name = look(url, hosts)
    named = httpx.URL(url)
    sent = {key: value for key, value in (headers or {}).items() if key.lower() != "host"}
    sent["Host"] = named.netloc.decode("ascii")
    return _exchange(
        _request(method, str(named.copy_with(host=at)), sent, content=body), name, seconds, limit
    )


def look(url: str, hosts: Collection[str] = ()) -> tuple[str, str]:
    """The number to connect to and the host's name, or NotAsked."""
    try:
        parts = httpx.URL(url)
        host = parts.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise NotAsked("no address") from error
    port = parts.port or PORTS.get(parts.scheme, 0)
    if port > MOST_PORTS:
        raise NotAsked("no address")
    listed = host in hosts or f"{host}:{port}" in hosts
    if parts.scheme not in PORTS or (parts.scheme == "http" and not listed):
        raise NotAsked("neither https nor listed")
    if parts.userinfo or not host:
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
    except (OSError, UnicodeError, OverflowError) as error:
        raise NotAsked("no such host") from error
    if not found:
        raise NotAsked("no such host")
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
    if address.version == 6 and address in CARRIES_IPV4:
        return is_open(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    if address.version == 6 and (address not in OPEN_IPV6 or "%" in number):
        return False
    if any(address.version == net.version and address in net for net in INSIDE_ALL_THE_SAME):
        return False
    inner = getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (inner is None or is_open(str(inner)))


def _request(method: str, url: str, headers: dict[str, str], **body: Any) -> httpx.Request:
    """Bodies come as they are: what is packed small may be huge, and would be unpacked before it is counted."""
    ours = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Tanggap"}
    given = {key.lower() for key in headers}
    kept = {key: value for key, value in ours.items() if key.lower() not in given}
    try:
        asked = httpx.Request(method, url, headers={**kept, **headers}, **body)
        asked.read()
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise NoAnswer("no address", sent=False) from error
    return asked


def _exchange(asked: httpx.Request, name: str, seconds: float, limit: int) -> Reply:
    clock = _Clock(time.monotonic() + seconds)
    # straight to the other side, no proxy of the environment: what is asked is what stands here. `name` is whose
    # certificate must be shown where a number is connected to
    told = {"sni_hostname": name} if name else {}
    where = httpcore.URL(
        scheme=asked.url.raw_scheme, host=asked.url.raw_host, port=asked.url.port, target=asked.url.raw_path
    )
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trusted(), network_backend=clock) as pool,
            pool.stream(
                asked.method, where, headers=asked.headers.raw, content=asked.content, extensions=told
            ) as answer,
        ):
            headers = {
                key.decode("latin-1").lower(): value.decode("latin-1") for key, value in answer.headers
            }
            return Reply(answer.status, headers, _body(answer.iter_stream(), limit))
    except NOT_BEGUN as error:
        raise NoAnswer(type(error).__name__, sent=False) from error
    except BROKEN as error:
        raise NoAnswer(type(error).__name__, sent=True) from error


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Reading the list of authorities takes longer than most requests: once a process. SSL_CERT_FILE names another."""
    return httpx.create_ssl_context()


def _body(parts: Iterable[bytes], limit: int) -> bytes:
    found = bytearray()
    for part in parts:
        found += part
        if len(found) > limit:
            raise TooMuch("too many bytes", sent=True)
    return bytes(found)


class _Clock(httpcore.NetworkBackend):
    """One time for all: connecting, the handshake, every piece that is written or read takes from the same."""

    def __init__(self, until: float):
        self.until = until
        self.network = httpcore.SyncBackend()

    def left(self, error: type[Exception]) -> float:
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise error("too slow")
        return seconds

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        left = self.left(httpcore.ConnectTimeout)
        return _Stream(self, self.network.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, clock: _Clock, stream: httpcore.NetworkStream):
        self.clock, self.stream = clock, stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.clock.left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), SENT_AT_ONCE):
            piece = buffer[at : at + SENT_AT_ONCE]
            self.stream.write(piece, self.clock.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self.clock.left(httpcore.ConnectTimeout)
        return _Stream(self.clock, self.stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
