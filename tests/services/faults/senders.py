"""Citizens and apps that send until they are told a number, and a book of their own outside the system: what each
sent, and each answer. Nothing is ever struck out of a book; `audit.py` compares it with the database."""

import json
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus
from uuid import uuid4

from bench.client import COOKIE, TOKEN, Answer, Line, request
from tests.services.installation import KEY

POINT = (-1.99, 118.01)  # in the mini-city's Kelurahan Mawar
PAUSE = 0.1  # before the same is sent again
PATIENCE = 60.0
RETRY = re.compile(rb"(?i)\r\nretry-after: (\d+)")
NUMBER = re.compile(rb'"service_request_id": ?"([^"]+)"')
PLACE = re.compile(rb"(?i)\r\nlocation: ([^\r\n]+)")


def words_of(uuid: str) -> str:
    """Each report says something of its own, so that one stored twice shows whatever its id."""
    return f"Jalan berlubang di depan pasar, laporan {uuid}."


@dataclass
class Heard:
    """One answer: `number` where it said "received"; status 0 where there was none at all."""

    status: int
    number: str = ""
    retry_after: int = 0
    body: bytes = b""


class App:
    """Open311 with a key; one kept connection, or a new one each time (as a proxy without kept ones opens them)."""

    channel = "app"

    def __init__(self, port: int, kept: bool = True, seconds: float = 30):
        self.line, self.kept = Line(port, seconds), kept

    def send(self, uuid: str) -> Heard:
        body = (
            f"api_key={KEY}&service_code=jalan-rusak&lat={POINT[0]}&long={POINT[1]}"
            f"&description={quote_plus(words_of(uuid))}"
        ).encode()
        answer = self.ask(request("POST", "/open311/v2/requests.json", body, Idempotency_Key=uuid))
        found = NUMBER.search(answer.body) if answer.status in (200, 201) else None
        return heard(answer, found)

    def ask(self, wanted: bytes) -> Answer:
        if not self.kept:
            wanted = wanted.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
        try:
            return self.line.ask(wanted)
        finally:
            if not self.kept:
                self.line.close()


class Form(App):
    """The web form without script."""

    channel = "form"
    token = cookie = ""

    def send(self, uuid: str) -> Heard:
        if not self.token:
            page = self.ask(request("GET", "/lapor/"))
            if page.status != 200:
                return heard(page, None)
            self.cookie = "; ".join(
                f"{name.decode()}={value.decode()}" for name, value in COOKIE.findall(page.head)
            )
            self.token = TOKEN.search(page.body).group(1).decode()
        body = (
            f"csrfmiddlewaretoken={self.token}&draft={uuid}&place=&lat={POINT[0]}&lon={POINT[1]}"
            f"&words={quote_plus(words_of(uuid))}&category=&other=&visibility=private&contact="
        ).encode()
        answer = self.ask(request("POST", "/lapor/", body, Cookie=self.cookie))
        if answer.status == 403:  # the form's token was of a process that is no more
            self.token = ""
        return heard(answer, PLACE.search(answer.head) if answer.status == 303 else None)


def heard(answer: Answer, found: re.Match | None) -> Heard:
    number = found[1].decode().rstrip("/").rsplit("/", 1)[-1] if found else ""
    wait = RETRY.search(answer.head)
    return Heard(answer.status, number, int(wait[1]) if wait else 0, answer.body)


@dataclass
class Senders:
    """`count` of them, every second one a browser. `pause`: seconds each rests after a number."""

    port: int
    folder: Path
    count: int = 16
    pause: float = 0.0
    kept: bool = True
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.answers: list[list[tuple[float, Heard]]] = [[] for _ in range(self.count)]
        self.threads = [
            threading.Thread(target=self.live, args=[place], daemon=True) for place in range(self.count)
        ]

    def __enter__(self) -> "Senders":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE + 10)
        assert not any(thread.is_alive() for thread in self.threads)

    @property
    def books(self) -> list[Path]:
        return sorted(self.folder.glob("*.book"))

    @property
    def heard(self) -> list[tuple[float, Heard]]:
        """All answers with their moments (monotonic), in no order."""
        return [answer for own in self.answers for answer in own]

    def told(self) -> int:
        return sum(1 for _, answer in self.heard if answer.number)

    def until_more(self, more: int = 20, seconds: float = PATIENCE) -> float:
        """Waits for so many further numbers; gives the seconds it took."""
        began, wanted = time.monotonic(), self.told() + more
        while self.told() < wanted:
            assert time.monotonic() - began < seconds, "nobody is told a number"
            time.sleep(0.01)
        return time.monotonic() - began

    def live(self, place: int) -> None:
        one = (Form if place % 2 else App)(self.port, self.kept)
        with open(self.folder / f"{place:02}-{uuid4().hex[:6]}.book", "a", buffering=1) as book:
            while not self.over.is_set():
                self.insist(one, place, str(uuid4()), book)
                self.over.wait(self.pause)

    def insist(self, one: App, place: int, uuid: str, book) -> None:
        """The same report again and again until it has a number; what was begun is also ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            write(book, what="sent", channel=one.channel, id=uuid)
            try:
                answer = one.send(uuid)
            except (OSError, AttributeError):  # no answer, or half of a page
                answer = Heard(0)
            self.answers[place].append((time.monotonic(), answer))
            write(
                book,
                what="told" if answer.number else "no",
                id=uuid,
                number=answer.number,
                status=answer.status,
            )
            if answer.number:
                return
            time.sleep(PAUSE)


def write(book, **line: object) -> None:
    book.write(json.dumps(line) + "\n")
