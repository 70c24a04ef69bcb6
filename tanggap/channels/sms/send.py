"""Send a letter: to Kannel by HTTP, or straight to the exchange over a line of its own. Never raises.

The line that sends is bound as a transmitter beside the one that listens; it is kept for the next letter and closed
after a rest. What was submitted and not answered is `unknown`: the exchange may have taken it; the line rests then, so
that one that is silent makes one letter unknown and not all. A letter of several parts of which some went is `unknown`
too.
"""

import threading
import time
from dataclasses import replace
from typing import Any

from tanggap.channels.base import Account, Outgoing, SendResult, Trouble

from . import alphabet, kannel, letter, pdu, receipt, settings
from .wire import Refused, Wire

AGAIN, DOWN, FAILED = "again", "down", "failed"
MEANINGS = {  # command_status: what it means for the letter, our code for it
    0x02: (FAILED, "bad_length"),
    0x03: (FAILED, "bad_command"),
    0x04: (DOWN, "not_bound"),
    0x08: (AGAIN, "exchange_error"),
    0x0A: (DOWN, "bad_sender"),
    0x0B: (FAILED, "bad_number"),
    0x14: (AGAIN, "queue_full"),
    0x15: (DOWN, "bad_service"),
    0x45: (AGAIN, "submit_failed"),
    0x48: (DOWN, "bad_sender_type"),
    0x49: (DOWN, "bad_sender_plan"),
    0x50: (FAILED, "bad_number_type"),
    0x51: (FAILED, "bad_number_plan"),
    0x58: (AGAIN, "throttled"),
    0x61: (FAILED, "bad_time"),
    0x62: (FAILED, "bad_time"),
    0x64: (AGAIN, "later"),
    0x65: (FAILED, "refused_for_good"),
    0x66: (FAILED, "refused"),
}
PAUSES = {"throttled": 5.0, "queue_full": 30.0}  # seconds a letter rests; others follow the house's own
SHORT_PAUSE, SHORT_TRIES = 1.0, 5  # between the parts of one letter we wait ourselves

_outlets: dict[settings.Line, "Outlet"] = {}
_guard = threading.Lock()


def send(account: Account, outgoing: Outgoing) -> SendResult:
    try:
        found = letter.prepared(account, outgoing)
        if isinstance(found, SendResult):
            return found
        to, words, coded = found
        if settings.chosen(account, "way") == settings.KANNEL:
            return kannel.send(account, outgoing, to, words, coded)
        return submit(account, outgoing, to, coded)
    except Trouble as trouble:
        return SendResult("failed", str(trouble), again=True, down=True)


def submit(account: Account, outgoing: Outgoing, to: str, coded: alphabet.Coded) -> SendResult:
    """All parts, one after the other. Raises Trouble."""
    outlet = outlet_of(settings.line(account))
    sent = ""
    with outlet.turn:
        for fields in messages(account, outgoing, to, coded):
            result = outlet.submit(fields)
            for _ in range(SHORT_TRIES if sent else 0):
                if not (result.again and result.after is not None):
                    break
                time.sleep(SHORT_PAUSE)
                result = outlet.submit(fields)
            if result.state != "sent":
                return (
                    replace(result, state="unknown", reason=f"in_part_{result.reason}", again=False)
                    if sent
                    else result
                )
            sent = receipt.from_answer(account, result.external_id)
    return SendResult("sent", external_id=sent)


def messages(account: Account, outgoing: Outgoing, to: str, coded: alphabet.Coded) -> list[dict[str, Any]]:
    """The fields of each submit_sm. One receipt is asked for, that of the last: the letter is known by its id."""
    how = settings.chosen(account, "long")
    total = len(coded.parts)
    ref = (outgoing.letter or time.time_ns() // 1_000_000) & 0xFFFF
    if total > 1 and how == "payload":
        payload = {"message_payload": b"".join(coded.parts), "registered_delivery": 1}
        return [common(account, to, coded.coding) | payload]
    found = []
    for seq, text in enumerate(coded.parts, 1):
        fields = common(account, to, coded.coding) | {"short_message": text}
        if seq == total:
            fields["registered_delivery"] = 1
        if total > 1 and how == "sar":
            fields |= {"sar_msg_ref_num": ref, "sar_total_segments": total, "sar_segment_seqnum": seq}
        elif total > 1:
            head = bytes([5, 0, 3, ref & 0xFF, total, seq])
            fields |= {"short_message": head + text, "esm_class": pdu.HAS_HEADER}
        found.append(fields)
    return found


def common(account: Account, to: str, coding: int) -> dict[str, Any]:
    ton, npi = sender_type(account["sender"])
    return {
        "source_addr": account["sender"].lstrip("+"), "source_addr_ton": ton, "source_addr_npi": npi,
        "destination_addr": to.lstrip("+"), "dest_addr_ton": 1, "dest_addr_npi": 1, "data_coding": coding,
    }  # fmt: skip


def sender_type(name: str) -> tuple[int, int]:
    """Type and plan of our own number.

    >>> sender_type("+62811000111"), sender_type("1717"), sender_type("JAKARTA"), sender_type("0811000111")
    ((1, 1), (3, 0), (5, 0), (2, 1))
    """
    digits = name.lstrip("+")
    if not digits.isdigit():
        return 5, 0
    if len(digits) < 7:
        return 3, 0  # a short code of this network
    return (2, 1) if name.startswith("0") else (1, 1)


def outlet_of(line: settings.Line) -> "Outlet":
    with _guard:
        return _outlets.setdefault(line, Outlet(line))


class Outlet:
    """The line that sends. `turn` is held by who uses it."""

    def __init__(self, line: settings.Line):
        self.line, self.turn = line, threading.RLock()
        self.wire: Wire | None = None
        self.closer: threading.Timer | None = None
        self.next_at = 0.0
        self.used_at = 0.0

    def submit(self, fields: dict[str, Any]) -> SendResult:
        self.pace()
        try:
            wire = self.open()
        except Refused as refused:
            after = PAUSES["throttled"] if refused.code == 0x58 else None
            return SendResult("failed", str(refused), again=True, after=after, down=after is None)
        except OSError as error:
            return SendResult("failed", f"no_line_{type(error).__name__}", again=True, down=True)
        try:
            answer = wire.answer(wire.send("submit_sm", **fields))
        except OSError as error:
            self.close()
            return SendResult("unknown", f"line_broke_{type(error).__name__}", down=True)
        if answer is None:
            self.close()  # its answer may still come, and would be taken for another's
            return SendResult("unknown", "no_answer", down=True)
        self.rest()
        return meaning(answer)

    def pace(self) -> None:
        """No more parts a second than the exchange takes."""
        time.sleep(max(0.0, self.next_at - time.monotonic()))
        self.next_at = time.monotonic() + 1 / self.line.rate

    def open(self) -> Wire:
        """A line that is alive as far as can be seen before a letter is trusted to it."""
        if self.wire is not None:
            try:
                for one in self.wire.gather(0.0, 100):
                    self.wire.attend(one)
                self.wire.later.clear()
            except OSError:
                self.close()
        if self.wire is None:
            self.wire = Wire.bound(self.line, "transmitter")
        return self.wire

    def rest(self) -> None:
        self.used_at = time.monotonic()
        if self.closer is None:
            self.close_after(self.line.idle_seconds)

    def close_after(self, seconds: float) -> None:
        """One thread waits, however many letters go meanwhile."""
        self.closer = threading.Timer(seconds, self.close_if_idle)
        self.closer.daemon = True
        self.closer.start()

    def close_if_idle(self) -> None:
        with self.turn:
            self.closer = None
            left = self.used_at + self.line.idle_seconds - time.monotonic()
            if self.wire is None:
                return
            if left > 0.01:
                self.close_after(left)
                return
            wire, self.wire = self.wire, None
            wire.unbind()

    def close(self) -> None:
        if self.closer is not None:
            self.closer.cancel()
            self.closer = None
        if self.wire is not None:
            self.wire.close()
            self.wire = None


def meaning(answer: pdu.Pdu) -> SendResult:
    """What the exchange said; a code that is not known here is a failure with the code as its reason."""
    if answer.status == 0 and answer.command == pdu.SUBMIT | pdu.RESPONSE:
        return SendResult("sent", external_id=pdu.message_id(answer))
    word, told = MEANINGS.get(answer.status, (FAILED, f"code_0x{answer.status:08X}"))
    if answer.command == pdu.NACK:
        told = f"nack_{told}"
    return SendResult(
        "failed",
        told,
        again=word in (AGAIN, DOWN),
        after=PAUSES.get(told),
        down=word == DOWN,
    )
