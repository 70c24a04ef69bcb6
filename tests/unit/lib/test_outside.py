"""Asking outside: no way to what stands inside, no redirect, one time for the whole, bytes counted (W03, W04)."""

import _socket
import gzip
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as some

from tanggap.lib import outside
from tanggap.lib.outside import NoAnswer, NotAsked, Reply, TooMuch

OPEN = "93.184.216.34"
NAMES = {
    "foto.example": [OPEN],
    "dua.example": [OPEN, "10.0.0.7"],
    "dalam.example": ["192.168.1.1"],
    "enam.example": ["::ffff:127.0.0.1"],
    "localhost": ["127.0.0.1"],
    "xn--jln-9ka.example": [OPEN],
}


def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple]:
    """The names of this test; a number in whatever spelling is read by the C library itself, as in life."""
    if host in NAMES:
        return [(2, 1, 6, "", (number, port)) for number in NAMES[host]]
    return _socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", resolve)


class Server:
    """Listens on loopback; every connection is read up to the end of its head, then handed to `speak`."""

    def __init__(self, speak: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None):
        self.speak, self.tls = speak, tls
        self.seen: list[bytes] = []
        self.ended = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/laporan"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                link, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(link,), daemon=True).start()

    def one(self, link: socket.socket) -> None:
        try:
            with self.tls.wrap_socket(link, server_side=True) if self.tls else link as link:
                self.seen.append(request(link))
                self.speak(link)
        except OSError:
            self.ended.set()


def request(link: socket.socket) -> bytes:
    """Head and body, where the body is a short one."""
    found = more = link.recv(65536)
    while more and b"\r\n\r\n" not in found:
        found += (more := link.recv(65536))
    if not more:
        return found
    head, _, body = found.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d{1,5})\r", head + b"\r")
    while length and len(body) < int(length[1]):
        body += link.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def server(speak: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    one = Server(speak, tls)
    try:
        yield one
    finally:
        one.socket.shutdown(socket.SHUT_RDWR)  # else the thread in accept would go on taking
        one.socket.close()


def says(data: bytes) -> Callable[[socket.socket], None]:
    return lambda link: link.sendall(data)


def whole(body: bytes = b"baik", head: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), head) + body


def drips(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def speak(link: socket.socket) -> None:
        link.sendall(first)
        while True:
            time.sleep(0.05)
            link.sendall(drop)

    return speak


def refusal(url: str, hosts: tuple[str, ...] = ()) -> str:
    with pytest.raises(NotAsked) as caught:
        outside.look(url, hosts)
    return str(caught.value)


# ---- where it may go ----

INSIDE = """
127.0.0.1 127.1 127.0.1 0177.0.0.1 0x7f.0.0.1 0x7f000001 2130706433 017700000001 127.0.0.1. 0.0.0.0 0
10.1.2.3 172.16.0.1 172.31.255.254 192.168.0.1 0xc0a80001 169.254.169.254 0xa9fea9fe 2852039166 100.64.0.1
192.0.0.192 192.88.99.1 168.63.129.16 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255
[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:7f00:0001] [::127.0.0.1] [::7f00:1]
[64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a9fe:a9fe::1]
[fe80::1] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1] [2001:db8::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]
localhost LOCALHOST dalam.example enam.example dua.example
１２７.0.0.1 127。0。0。1 ①②⑦.0.0.1
"""


@pytest.mark.parametrize("host", INSIDE.split())
def test_no_spelling_of_an_inside_address_is_asked(host):
    assert refusal(f"https://{host}/foto.jpg") in {"an address inside", "no such host", "no address"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::ffff:7f00:1]", "localhost"]
)
def test_an_inside_address_is_known_as_such_and_not_by_luck(host):
    assert refusal(f"https://{host}/") == "an address inside"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://foto.example/", "neither https nor listed"),
        ("gopher://127.0.0.1:70/", "neither https nor listed"),
        ("file:///etc/passwd", "neither https nor listed"),
        ("ftp://foto.example/", "neither https nor listed"),
        ("//foto.example/", "neither https nor listed"),
        ("javascript:alert(1)", "neither https nor listed"),
        ("", "neither https nor listed"),
        ("https:///foto.jpg", "no plain host"),
        ("https://ani:rahasia@foto.example/", "no plain host"),
        ("https://foto.example@127.0.0.1/", "no plain host"),
        ("https://foto.example\\@127.0.0.1/", "no plain host"),
        ("https://tidak-ada.example/", "no such host"),
        ("https://foto.example:99999/", "no address"),
        ("https://foto.example:abc/", "no address"),
        ("https://[::1/", "no address"),
        ("https://foto.example/\x00", "no address"),
        ("https://foto.example/\r\nHost: lain", "no address"),
        ("https://foto\ud800.example/", "no address"),
        ("https://" + "a" * 70_000, "no address"),
    ],
)
def test_what_is_no_plain_address_is_refused_with_its_reason(url, why):
    assert refusal(url) == why


def test_an_open_name_is_resolved_to_its_number():
    assert outside.look("https://FOTO.example/a?b#c") == (OPEN, "foto.example")
    assert outside.look("https://jàln.example/") == (OPEN, "xn--jln-9ka.example")


@pytest.mark.parametrize(
    ("url", "hosts", "found"),
    [
        ("https://foto.example/", ("foto.example",), (OPEN, "foto.example")),
        ("https://foto.example:8443/", ("foto.example:8443",), (OPEN, "foto.example")),
        ("http://foto.example/", ("foto.example",), (OPEN, "foto.example")),
        ("http://127.0.0.1:8081/", ("127.0.0.1:8081",), ("127.0.0.1", "127.0.0.1")),
        ("http://[::1]:8081/", ("::1",), ("::1", "::1")),
    ],
)
def test_a_listed_host_may_be_asked(url, hosts, found):
    assert outside.look(url, hosts) == found


@pytest.mark.parametrize(
    ("url", "hosts", "why"),
    [
        ("https://foto.example.jahat.example/", ("foto.example",), "not a listed host"),
        ("https://jahat-foto.example/", ("foto.example",), "not a listed host"),
        ("https://foto.example:8443/", ("foto.example:443",), "not a listed host"),
        ("http://127.0.0.1:8082/", ("127.0.0.1:8081",), "neither https nor listed"),
        ("https://2130706433/", ("127.0.0.1",), "not a listed host"),
        ("https://dalam.example/", ("dalam.example",), "a listed name that leads inside"),
        ("https://dua.example/", ("dua.example",), "a listed name that leads inside"),
        ("https://ani@foto.example/", ("foto.example",), "no plain host"),
    ],
)
def test_what_only_resembles_a_listed_host_may_not(url, hosts, why):
    assert refusal(url, hosts) == why


@pytest.mark.parametrize(
    "number", [OPEN, "1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_the_open_network_is_open(number):
    assert outside.is_open(number)


@given(some.ip_addresses(v=4))
def test_an_address_is_as_open_in_every_wrapping_as_it_is_bare(address):
    wrapped = [f"64:ff9b::{address}", str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80)))]
    assert [outside.is_open(one) for one in wrapped] == [outside.is_open(str(address))] * 2
    assert [outside.is_open(one) for one in (f"::ffff:{address}", f"::{address}")] == [False, False]


@given(
    some.text(max_size=60), some.sampled_from(["", "https://", "https://foto.example", "http://[", "https:@"])
)
def test_no_words_whatever_make_the_look_fail_otherwise(words, before):
    with suppress(NotAsked):
        outside.look(before + words)


def certificate(name: str, folder) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side and the side that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    both = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
    path = folder / f"{name}.pem"
    path.write_bytes(both)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    return serving, ssl.create_default_context(cafile=str(path))


@pytest.fixture(name="leads")
def _leads(monkeypatch):
    """Every open number is played by one port of this machine; what was connected to is written down."""
    asked: list[tuple[str, int]] = []

    def to(port: int) -> list[tuple[str, int]]:
        def connect(self, host, its_port, timeout=None, local_address=None, socket_options=None):
            asked.append((host, its_port))
            link = _socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            link.connect(("127.0.0.1", port))
            return httpcore._backends.sync.SyncStream(socket.socket(fileno=link.detach()))

        monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
        return asked

    return to


def test_a_name_that_changes_between_look_and_call_gains_nothing(monkeypatch, leads, tmp_path):
    serving, trusting = certificate("foto.example", tmp_path)
    monkeypatch.setattr(outside, "_trusted", lambda: trusting)
    answers = [[OPEN], ["127.0.0.1"], ["127.0.0.1"]]
    asked_names = []

    def changing(host, port, *_, **__):
        asked_names.append(host)
        return [(2, 1, 6, "", (number, port)) for number in answers[len(asked_names) - 1]]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with server(says(whole()), serving) as one:
        connected = leads(one.port)
        reply = outside.ask_given("GET", "https://foto.example/a.jpg?b=1")
    assert (reply.status, reply.body) == (200, b"baik")
    assert (asked_names, connected) == (["foto.example"], [(OPEN, 443)])
    head = one.seen[0].decode().split("\r\n")
    assert head[0] == "GET /a.jpg?b=1 HTTP/1.1"
    assert [line for line in head if line.lower().startswith("host:")] == ["Host: foto.example"]


def test_the_certificate_must_be_that_of_the_name(monkeypatch, leads, tmp_path):
    serving, trusting = certificate("lain.example", tmp_path)
    monkeypatch.setattr(outside, "_trusted", lambda: trusting)
    with server(says(whole()), serving) as one:
        leads(one.port)
        with pytest.raises(NoAnswer) as caught:
            outside.ask_given("GET", "https://foto.example/")
    assert (str(caught.value), caught.value.sent) == ("ConnectError", False)


def given_to(one: Server, **more) -> Reply:
    return outside.ask_given("GET", one.url, hosts=(f"127.0.0.1:{one.port}",), **more)


def asked_of(one: Server, **more) -> Reply:
    return outside.ask("GET", one.url, **more)


both_ways = pytest.mark.parametrize("way", [asked_of, given_to])


@both_ways
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(way, status):
    with server(says(whole())) as inside:
        head = f"HTTP/1.1 {status} Go\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n"
        with server(says(head.encode())) as one:
            assert way(one).status == status
    assert (len(one.seen), inside.seen) == (1, [])


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    with server(says(whole(b"proxy"))) as proxy, server(says(whole())) as one:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert [asked_of(one).body, given_to(one).body, proxy.seen] == [b"baik", b"baik", []]


# ---- how long and how much ----


@both_ways
@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_who_drips_gets_one_time_for_the_whole(way, first, drop):
    with server(drips(first, drop)) as one:
        began = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            way(one, seconds=0.4)
    assert (caught.value.sent, time.monotonic() - began < 2) == (True, True)


def test_who_does_not_read_what_we_send_gets_no_more_time():
    with server(lambda link: time.sleep(5)) as one:
        began = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            outside.ask("POST", one.url, body=b"a" * 30_000_000, seconds=0.4)
    assert (caught.value.sent, time.monotonic() - began < 2) == (True, True)


@both_ways
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 10000000000\r\n\r\n", b"a" * 65536),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        (b"\r\n", b"a" * 65536),
    ],
)
def test_an_endless_body_ends_at_the_limit(way, head, piece):
    def speak(link):
        link.sendall(b"HTTP/1.1 200 OK\r\n" + head)
        while True:
            link.sendall(piece)

    with server(speak) as one:
        with pytest.raises(TooMuch) as caught:
            way(one, limit=1_000_000)
        assert (caught.value.sent, one.ended.wait(5)) == (True, True)


def test_endless_heads_end_too():
    with (
        server(drips(b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 60_000 + b"\r\n")) as one,
        pytest.raises(NoAnswer) as caught,
    ):
        asked_of(one, seconds=5)
    assert (str(caught.value), caught.value.sent) == ("RemoteProtocolError", True)


def test_a_body_at_the_limit_is_taken():
    with server(says(whole(b"a" * 1000))) as one:
        assert len(asked_of(one, limit=1000).body) == 1000


def test_what_is_packed_is_not_unpacked():
    packed = gzip.compress(bytes(20_000_000))
    with server(says(whole(packed, b"Content-Encoding: gzip\r\n"))) as one:
        assert asked_of(one, limit=100_000).body == packed
    assert b"Accept-Encoding: identity" in one.seen[0]


# ---- whether the other side may have got it ----


def test_a_dead_port_got_nothing():
    with server(says(b"")) as one:
        url = one.url
    with pytest.raises(NoAnswer) as caught:
        outside.ask("POST", url, json={})
    assert (str(caught.value), caught.value.sent) == ("ConnectError", False)


@pytest.mark.parametrize(
    "said",
    [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal", b"HTTP/9 9 9\r\n\r\n"],
)
def test_who_answers_nothing_whole_may_have_got_it(said):
    with server(says(said)) as one, pytest.raises(NoAnswer) as caught:
        outside.ask("POST", one.url, json={"a": 1}, seconds=2)
    assert caught.value.sent is True


@pytest.mark.parametrize(
    "url", ["", "tidak", "htp://x/", "http://", "http://[::1", "http://a\x00b/", "http://a:0x1/"]
)
def test_a_setting_that_is_no_address_is_told_as_nothing_sent(url):
    with pytest.raises(NoAnswer) as caught:
        outside.ask("GET", url, seconds=2)
    assert caught.value.sent is False


@pytest.mark.parametrize("value", ["a\r\nX-Jahat: 1", "é\ud800", "a\x00"])
def test_a_header_that_would_break_out_is_not_sent(value):
    with server(says(whole())) as one, pytest.raises(NoAnswer) as caught:
        outside.ask("GET", one.url, headers={"X-Kode": value}, seconds=2)
    assert (caught.value.sent, b"".join(one.seen)) == (False, b"")


def test_bodies_of_every_kind_arrive():
    with server(says(whole())) as one:
        outside.ask("POST", one.url, json={"kata": "jalan"})
        outside.ask("POST", one.url, form={"kata": "jalan rusak"})
        outside.ask("POST", one.url, body=b"\x00\xff", headers={"Content-Type": "x/y", "User-Agent": "lain"})
        outside.ask("POST", one.url, files={"foto": ("a.jpg", b"JPEG", "image/jpeg")})
    json, form, plain, files = one.seen
    assert json.endswith(b'\r\n\r\n{"kata":"jalan"}')
    assert form.endswith(b"\r\n\r\nkata=jalan+rusak")
    assert plain.endswith(b"\r\n\r\n\x00\xff")
    assert [b"User-Agent: lain" in plain, plain.lower().count(b"user-agent"), b"JPEG" in files] == [
        True,
        1,
        True,
    ]


def test_headers_come_back_with_small_names():
    with server(says(whole(head=b"Retry-AFTER: 7\r\n"))) as one:
        assert asked_of(one).headers["retry-after"] == "7"


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"1" * 5000])
def test_what_is_no_json_is_one_error(body):
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds, all of them this one
        Reply(200, {}, body).json()


def test_the_list_of_authorities_is_read_once():
    assert outside._trusted() is outside._trusted()
