"""A small exchange for short messages (SMPP 3.4), written by the specification, beside our own reader of it.

It takes our letters (`submitted`) and makes receipts; it brings what citizens write (`deliver`) and keeps it until it
was answered with 0, as a real one does: 0x64 and a line that broke mean again. It can be told to throttle, to hang up
after a submit, to be silent, to give receipts late, early or never, and to send one at a time.
"""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

RESP = 0x8000_0000
SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x04, 0x05, 0x06, 0x15
BINDS = {0x01: "receiver", 0x02: "transmitter", 0x09: "transceiver"}
THROTTLED, QUEUE_FULL, BAD_PASSWORD, NOT_BOUND, BOUND_ALREADY = 0x58, 0x14, 0x0E, 0x04, 0x05


@dataclass
class Letter:
    """What we submitted."""

    source: str
    dest: str
    dest_type: tuple[int, int]
    esm: int
    coding: int
    receipt: int
    text: bytes
    tlvs: dict[int, bytes]
    id: str = ""
    at: float = 0.0


@dataclass
class Brought:
    """What the exchange brings us, until it is answered with 0."""

    body: bytes
    statuses: list[int] = field(default_factory=list)
    sent_by: "Session | None" = None
    not_before: float = 0.0

    @property
    def is_done(self) -> bool:
        return 0 in self.statuses


def text(data: bytes) -> bytes:
    return data + b"\x00"


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def message(
    source: str, dest: str, data: bytes, *, coding: int = 0, esm: int = 0, ton: int = 1, tlvs: bytes = b""
) -> bytes:
    """The body of a deliver_sm."""
    head = b"\x00" + bytes([ton, 1]) + text(source.encode("latin-1")) + bytes([1, 1]) + text(dest.encode())
    rest = bytes([esm, 0, 0]) + b"\x00\x00" + bytes([0, 0, coding, 0, len(data)])
    return head + rest + data + tlvs


def parts(pieces: Sequence[bytes], ref: int, wide: bool = False) -> list[bytes]:
    """Each with its user data header; `wide`: the reference has 16 bits."""
    total = len(pieces)
    if wide:
        return [bytes([6, 8, 4, ref >> 8, ref & 255, total, seq]) + one for seq, one in enumerate(pieces, 1)]
    return [bytes([5, 0, 3, ref & 255, total, seq]) + one for seq, one in enumerate(pieces, 1)]


class Smsc:
    """`with Smsc() as one:` listens at `one.port`. Log-in: tanggap / rahasia."""

    def __init__(self, port: int = 0, window: int = 10, guard: ssl.SSLContext | None = None):
        self.guard = guard
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        self.window = window
        self.password, self.lines = "rahasia", 8
        self.submitted: list[Letter] = []
        self.refusals: list[int] = []  # statuses for the next submits; the letter is not taken
        self.hang_up = 0  # after so many of the next submits the line is cut, the letter taken
        self.silent = False  # answers nothing
        self.receipts = "at once"  # before, at once, by hand, never
        self.receipt_id: Callable[[str], str] = str  # how receipts write an id
        self.by_tlv = False
        self.again_after = 0.05
        self.queue: list[Brought] = []
        self.sessions: list[Session] = []
        self.binds: list[str] = []
        self.enquired = 0
        self.over = threading.Event()
        self.lock = threading.RLock()
        self.threads = [threading.Thread(target=one, daemon=True) for one in (self.accept, self.pump)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        self.server.close()
        self.cut()

    def settings(self, **more: str) -> dict[str, str]:
        """What our account needs to speak to it."""
        return {
            "way": "smpp", "host": "127.0.0.1", "port": str(self.port), "system_id": "tanggap", "password": "rahasia",
            "sender": "62811000111", "answer_seconds": "2", "rate": "1000", **more,
        }  # fmt: skip

    # ---- what citizens write ----

    def deliver(self, source: str, words: str | bytes, **more: Any) -> Brought:
        """One message. Words go in Latin-1 as code 3 where they are a string; bytes as they are."""
        coding = {"coding": 3} if isinstance(words, str) else {}
        data = words.encode("latin-1") if isinstance(words, str) else words
        return self.bring(message(source, "62811000111", data, **{**coding, **more}))

    def bring(self, body: bytes) -> Brought:
        brought = Brought(body)
        with self.lock:
            self.queue.append(brought)
        return brought

    def receipt(self, letter: Letter, state: str = "DELIVRD", error: str = "000") -> Brought:
        name = self.receipt_id(letter.id)
        dates = "submit date:2603020500 done date:2603020501"
        said = f"id:{name} sub:001 dlvrd:001 {dates} stat:{state} err:{error} text:x"
        states = {"ENROUTE": 1, "DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "ACCEPTD": 6, "REJECTD": 8}
        tlvs = tlv(0x1E, letter.id.encode()) + tlv(0x427, bytes([states[state]])) if self.by_tlv else b""
        data = b"" if self.by_tlv else said.encode()
        return self.bring(message(letter.dest, letter.source, data, esm=0x04, tlvs=tlvs))

    def until(self, fact: Callable[[], object], seconds: float = 8.0) -> None:
        deadline = time.monotonic() + seconds
        while not fact():
            if time.monotonic() > deadline:
                raise AssertionError("it did not happen in time")
            time.sleep(0.01)

    def all_taken(self, seconds: float = 8.0) -> None:
        self.until(lambda: all(one.is_done for one in self.queue), seconds)

    def cut(self) -> None:
        """Every line breaks; what was not answered is brought again."""
        for session in list(self.sessions):
            session.end()

    # ---- the two loops ----

    def accept(self) -> None:
        while not self.over.is_set():
            try:
                opened, _ = self.server.accept()
            except OSError:
                return
            if self.guard is not None:
                try:
                    opened = self.guard.wrap_socket(opened, server_side=True)
                except OSError:
                    continue  # they don't trust us
            session = Session(self, opened)
            with self.lock:
                self.sessions.append(session)
            threading.Thread(target=session.run, daemon=True).start()

    def pump(self) -> None:
        while not self.over.wait(0.005):
            with self.lock:
                line = next((one for one in self.sessions if one.kind in ("receiver", "transceiver")), None)
                if line is None:
                    continue
                waiting = [one for one in self.queue if not one.is_done]
                free = self.window - sum(one.sent_by is line for one in waiting)
                ready = [one for one in waiting if one.sent_by is None and one.not_before <= time.monotonic()]
                for one in ready[: max(0, free)]:
                    line.bring(one)

    def gone(self, session: "Session") -> None:
        with self.lock:
            if session in self.sessions:
                self.sessions.remove(session)
            for one in self.queue:
                if one.sent_by is session:
                    one.sent_by = None

    # ---- what we submit ----

    def take(self, letter: Letter) -> tuple[int, str]:
        with self.lock:
            if self.refusals:
                return self.refusals.pop(0), ""
            letter.id, letter.at = f"{0xA0 + len(self.submitted):X}", time.monotonic()
            self.submitted.append(letter)
        if self.receipts == "before" and letter.receipt & 1:
            early = self.receipt(letter)
            self.until(lambda: early.is_done)
        return 0, letter.id


class Session:
    """One line of somebody."""

    def __init__(self, smsc: Smsc, opened: socket.socket):
        self.smsc, self.socket, self.kind = smsc, opened, ""
        self.sequence = 0
        self.sent: dict[int, Brought] = {}
        self.writing = threading.Lock()

    def run(self) -> None:
        try:
            with self.socket.makefile("rb") as file:
                while head := file.read(16):
                    length, command, status, sequence = struct.unpack(">IIII", head)
                    self.hear(command, status, sequence, file.read(length - 16))
        except (OSError, struct.error, ValueError):
            pass
        finally:
            self.end()

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.smsc.gone(self)

    def write(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        with self.writing:
            self.socket.sendall(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    def bring(self, one: Brought) -> None:
        self.sequence += 1
        self.sent[self.sequence], one.sent_by = one, self
        try:
            self.write(DELIVER, 0, self.sequence, one.body)
        except OSError:
            self.end()

    def hear(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == DELIVER | RESP:
            self.answered(sequence, status)
        elif self.smsc.silent or command & RESP:
            return
        elif command in BINDS:
            self.bind(command, sequence, body)
        elif command == ENQUIRE:
            self.smsc.enquired += 1
            self.write(ENQUIRE | RESP, 0, sequence)
        elif command == UNBIND:
            self.write(UNBIND | RESP, 0, sequence)
            self.end()
        elif command == SUBMIT and self.kind in ("transmitter", "transceiver"):
            self.submit(sequence, read_submit(body))
        else:
            self.write(command | RESP, NOT_BOUND, sequence)

    def answered(self, sequence: int, status: int) -> None:
        with self.smsc.lock:
            one = self.sent.pop(sequence, None)
            if one is not None:
                one.statuses.append(status)
                one.sent_by, one.not_before = None, time.monotonic() + self.smsc.again_after

    def bind(self, command: int, sequence: int, body: bytes) -> None:
        name, password = body.split(b"\x00")[:2]
        good = (name, password) == (b"tanggap", self.smsc.password.encode())
        bound = [one for one in self.smsc.sessions if one.kind]
        status = BAD_PASSWORD if not good else BOUND_ALREADY if len(bound) >= self.smsc.lines else 0
        self.write(command | RESP, status, sequence, text(b"SMSC"))
        if not status:
            self.kind = BINDS[command]
            self.smsc.binds.append(self.kind)

    def submit(self, sequence: int, letter: Letter) -> None:
        status, name = self.smsc.take(letter)
        if not status and self.smsc.hang_up:
            self.smsc.hang_up -= 1
            self.end()
            return
        self.write(SUBMIT | RESP, status, sequence, text(name.encode()))
        if not status and self.smsc.receipts == "at once" and letter.receipt & 1:
            self.smsc.receipt(letter)


def read_submit(body: bytes) -> Letter:
    at = 0

    def string() -> str:
        nonlocal at
        end = body.index(b"\x00", at)
        found, at = body[at:end].decode("latin-1"), end + 1
        return found

    def octets(count: int) -> bytes:
        nonlocal at
        found, at = body[at : at + count], at + count
        return found

    string()
    octets(2)
    source = string()
    ton, npi = octets(2)
    dest = string()
    esm = octets(3)[0]
    string(), string()
    receipt, _, coding, _, length = octets(5)
    data, tlvs = octets(length), {}
    while at < len(body):
        tag, size = struct.unpack(">HH", octets(4))
        tlvs[tag] = octets(size)
    return Letter(source, dest, (ton, npi), esm, coding, receipt, data, tlvs)
