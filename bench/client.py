"""Citizens and apps as fast as Python can be them: one kept connection each, requests written by hand.

A client library would cost as much as the server it measures, on a machine that both share.
"""

import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote_plus
from uuid import uuid4

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
COOKIE = re.compile(rb"(?i)^set-cookie: ([^=]+)=([^;\r\n]*)", re.M)
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
WORDS = (
    "Jalan berlubang di depan pasar, lubang cukup besar dan dalam. Kalau hujan tertutup air jadi tidak kelihatan. "
    "Mohon segera ditindaklanjuti, terima kasih."
)
WORDS_SENT = quote_plus(WORDS)
POINT = (-6.1104, 106.7832)


@dataclass
class Answer:
    status: int
    head: bytes
    body: bytes


class Line:
    """One connection, opened again when the other side closes it."""

    def __init__(self, port: int, timeout: float = 30):
        self.port, self.timeout = port, timeout
        self.socket: socket.socket | None = None

    def ask(self, request: bytes) -> Answer:
        try:
            if self.socket is None:
                self.socket = socket.create_connection(("127.0.0.1", self.port), self.timeout)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(request)
            return self.read(self.socket)
        except OSError:
            self.close()
            raise

    def read(self, line: socket.socket) -> Answer:
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self.more(line)
        head = data[: end + 2]
        length = LENGTH.search(head)
        wanted = end + 4 + (int(length.group(1)) if length else 0)
        while len(data) < wanted:
            data += self.more(line)
        return Answer(int(head[9:12]), head, data[end + 4 :])

    def more(self, line: socket.socket) -> bytes:
        part = line.recv(65536)
        if not part:
            raise ConnectionError("closed in the middle of an answer")
        return part

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Citizen:
    """The web form, without script: the page once, then a report each time with a number of its own."""

    path = "/lapor/"

    def __init__(self, port: int, contact: str = ""):
        self.line, self.contact = Line(port), contact
        self.cookie = self.token = ""

    def open(self) -> None:
        page = self.line.ask(request("GET", self.path))
        self.cookie = "; ".join(
            f"{name.decode()}={value.decode()}" for name, value in COOKIE.findall(page.head)
        )
        self.token = TOKEN.search(page.body).group(1).decode()

    def send(self, uuid: str, point: tuple[float, float] = POINT) -> str:
        """The number of the report. Raises OSError when there was no answer that says "received"."""
        if not self.token:
            self.open()
        body = (
            f"csrfmiddlewaretoken={self.token}&draft={uuid}&place=&lat={point[0]}&lon={point[1]}"
            f"&words={WORDS_SENT}&category=&other=&visibility=private&contact={quote_plus(self.contact)}"
        ).encode()
        answer = self.line.ask(request("POST", self.path, body, Cookie=self.cookie))
        if answer.status != 303:
            raise Refused(answer)
        place = re.search(rb"(?i)\r\nlocation: ([^\r\n]+)", answer.head).group(1).decode()
        return place.rstrip("/").rsplit("/", 1)[1]


class App:
    """Open311 with a key."""

    def __init__(self, port: int, key: str, service: str = "jalan"):
        self.line, self.key, self.service = Line(port), key, service

    def send(self, uuid: str, point: tuple[float, float] = POINT) -> str:
        body = (
            f"api_key={self.key}&service_code={self.service}&lat={point[0]}&long={point[1]}"
            f"&description={WORDS_SENT}"
        ).encode()
        answer = self.line.ask(request("POST", "/open311/v2/requests.json", body, Idempotency_Key=uuid))
        if answer.status not in (200, 201):
            raise Refused(answer)
        return re.search(rb'"service_request_id": ?"([^"]+)"', answer.body).group(1).decode()


class Refused(OSError):
    def __init__(self, answer: Answer):
        super().__init__(f"{answer.status} {answer.body[:200]!r}")
        self.status = answer.status


def rate(
    make: Callable[[], Citizen | App], clients: int, seconds: float, warm: float = 2.0
) -> tuple[float, int]:
    """Accepted reports a second of so many clients, each sending its next when the last is answered; and refusals."""
    counts, refused = [0] * clients, [0] * clients
    began, over = threading.Event(), threading.Event()

    def live(place: int) -> None:
        one = make()
        while not over.is_set():
            try:
                one.send(str(uuid4()))
                counts[place] += began.is_set()
            except Refused:
                refused[place] += 1

    threads = [threading.Thread(target=live, args=[place], daemon=True) for place in range(clients)]
    for thread in threads:
        thread.start()
    time.sleep(warm)
    began.set()
    start = time.monotonic()
    time.sleep(seconds)
    found = sum(counts) / (time.monotonic() - start)
    over.set()
    for thread in threads:
        thread.join(30)
    return found, sum(refused)
