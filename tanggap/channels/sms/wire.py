"""One connection to an exchange: bytes in and out, log-in and good-bye. Every line that breaks is an OSError."""

import socket
import ssl
import time
from typing import Any, Self

from smpplib import smpp
from smpplib.client import SimpleSequenceGenerator

from tanggap.channels.base import Trouble

from . import pdu
from .settings import Line

STEP = 65_536


class LineBroken(OSError):
    """The line can't be used any more."""


class Refused(Trouble):
    """The exchange does not let us in. `code` is its command_status."""

    def __init__(self, code: int):
        super().__init__(WHY_NOT.get(code, f"The exchange refuses the log-in with code 0x{code:X}."))
        self.code = code


WHY_NOT = {
    0x05: "The exchange says that we are logged in already; it allows too few lines.",
    0x0D: "The exchange refuses the log-in.",
    0x0E: "The exchange refuses the password.",
    0x0F: "The exchange does not know the system_id.",
    0x53: "The exchange refuses the system_type.",
    0x58: "The exchange says that we knock too often.",
    0x14: "The exchange's queue for us is full.",
}


class Wire:
    """Bytes of one socket, put together to PDUs however they are cut. Not for two threads at once."""

    def __init__(self, opened: socket.socket, answer_seconds: float):
        self.socket, self.answer_seconds = opened, answer_seconds
        self.buffer = bytearray()
        self.numbers = SimpleSequenceGenerator()
        self.later: list[pdu.Pdu] = []  # what came while an answer was waited for
        self.heard_at = time.monotonic()

    @classmethod
    def bound(cls, line: Line, how: str) -> Self:
        """Connected and logged in as `how`: transceiver, receiver or transmitter. Raises Refused or OSError."""
        wire = cls(connect(line), line.answer_seconds)
        try:
            answer = wire.ask(
                f"bind_{how}", system_id=line.system_id, password=line.password, system_type=line.system_type,
                interface_version=0x34,
            )  # fmt: skip
            if answer.status:
                raise Refused(answer.status)
        except BaseException:
            wire.close()
            raise
        return wire

    def send(self, command: str, answers: pdu.Pdu | None = None, **fields: Any) -> int:
        """Its sequence number: a new one, or that of what it answers."""
        made = smpp.make_pdu(command, client=self.numbers, **fields)
        if answers is not None:
            made.sequence = answers.sequence
        try:
            self.socket.settimeout(self.answer_seconds)
            self.socket.sendall(made.generate())
        except OSError as error:
            raise LineBroken(f"sending: {type(error).__name__}") from error
        return int(made.sequence)

    def read(self, seconds: float) -> pdu.Pdu | None:
        """The next PDU, None where none came in time."""
        until = time.monotonic() + seconds
        while (found := self.cut()) is None:
            self.socket.settimeout(max(0.001, until - time.monotonic()))
            try:
                data = self.socket.recv(STEP)
            except TimeoutError:
                return None
            except OSError as error:
                raise LineBroken(f"reading: {type(error).__name__}") from error
            if not data:
                raise LineBroken("the exchange hung up")
            self.buffer += data
            self.heard_at = time.monotonic()
        return found

    def cut(self) -> pdu.Pdu | None:
        if len(self.buffer) < 4:
            return None
        length = int.from_bytes(self.buffer[:4], "big")
        if not pdu.HEADER.size <= length <= pdu.MOST_BYTES:
            raise LineBroken("what comes is no SMPP")
        if len(self.buffer) < length:
            return None
        raw = bytes(self.buffer[:length])
        del self.buffer[:length]
        return pdu.head(raw)

    def gather(self, seconds: float, most: int) -> list[pdu.Pdu]:
        """What is here already, after waiting for a first one."""
        found, self.later = self.later, []
        while len(found) < most:
            one = self.read(0.0 if found else seconds)
            if one is None:
                break
            found.append(one)
        return found

    def ask(self, command: str, **fields: Any) -> pdu.Pdu:
        """The answer to a request. Raises LineBroken where none comes in time."""
        answer = self.answer(self.send(command, **fields))
        if answer is None:
            raise LineBroken("no answer")
        return answer

    def answer(self, sequence: int) -> pdu.Pdu | None:
        """The answer with this number; what comes between is kept for later, up to the time's end."""
        until = time.monotonic() + self.answer_seconds
        while (left := until - time.monotonic()) > 0:
            one = self.read(left)
            if one is None:
                return None
            if one.is_answer and one.sequence == sequence:
                return one
            self.attend(one)
        return None

    def attend(self, one: pdu.Pdu) -> None:
        """What any line answers by itself; messages are kept for who reads them."""
        if one.command == pdu.ENQUIRE:
            self.send("enquire_link_resp", one)
        elif one.command == pdu.UNBIND:
            self.send("unbind_resp", one)
            raise LineBroken("the exchange said good-bye")
        elif not one.is_answer:
            self.later.append(one)

    def unbind(self) -> None:
        """Good-bye, where the other side still listens."""
        try:
            self.ask("unbind")
        except OSError:
            pass
        finally:
            self.close()

    def close(self) -> None:
        self.socket.close()


def connect(line: Line) -> socket.socket:
    try:
        opened = socket.create_connection((line.host, line.port), line.answer_seconds)
    except (OSError, UnicodeError, ValueError) as error:
        raise LineBroken(f"no connection: {type(error).__name__}") from error
    if not line.tls:
        return opened
    try:
        trusted = ssl.create_default_context(cafile=line.ca_file or None)
        return trusted.wrap_socket(opened, server_hostname=line.host)
    except (OSError, ValueError) as error:
        opened.close()
        raise LineBroken(f"no guarded line: {type(error).__name__}") from error
