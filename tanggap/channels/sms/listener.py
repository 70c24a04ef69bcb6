"""The line that listens: what the exchange brings is stored first and answered then; what could not be stored is
answered 0x64, which means "again later". So nothing is lost while we are away, or die between the two.

Many requests that wait are stored at once. A message that can't be stored while others can is handed over as raw words
after some tries, so that a person sees it and nothing waits behind it.
"""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tanggap.channels.base import Account, Ears, Trouble, Unreadable

from . import message, pdu, settings
from .parts import Entry, Parts
from .wire import LineBroken, Wire

log = logging.getLogger(__name__)

STEP = 0.2  # seconds; how soon `stopped` is heard
AT_ONCE = 100
TRIES = 5
PATIENCE = 10.0  # seconds that a house which takes nothing at all is tried one by one
MOST_FAILURES = 1000
OK, AGAIN, UNKNOWN_COMMAND = 0x00, 0x64, 0x03
ANSWERS = {pdu.DELIVER: "deliver_sm_resp", pdu.DATA: "data_sm_resp"}


@dataclass
class Memory:
    """What is known of an account's line when it is opened again. Losing it loses no message."""

    parts: Parts
    well: int = 0  # how much was stored
    failures: dict[str, tuple[int, int]] = field(default_factory=dict)  # name: tries, and `well` at the last


_memories: dict[str, Memory] = {}


def listen(account: Account, ears: Ears, stopped: Callable[[], bool]) -> None:
    """In touch until `stopped`; Trouble when the line breaks. By way of Kannel there is nothing to do."""
    if settings.chosen(account, "way") == settings.KANNEL:
        return
    line = settings.line(account)
    try:
        wire = Wire.bound(line, line.bind)
        try:
            Listener(account, wire, ears).run(stopped)
        except BaseException:
            wire.close()
            raise
        wire.unbind()
    except LineBroken as error:
        raise Trouble(f"The line to the exchange broke: {error}.") from error


class Listener:
    def __init__(self, account: Account, wire: Wire, ears: Ears):
        self.account, self.wire, self.ears = account, wire, ears
        self.enquire = settings.number(account, "enquire_seconds")
        self.asked_at = 0.0  # when we asked whether the line lives, and heard nothing since
        self.memory = _memories.setdefault(account.code, Memory(Parts(account, 0)))
        self.parts = self.memory.parts
        self.parts.account, self.parts.wait = account, settings.number(account, "part_wait")

    def run(self, stopped: Callable[[], bool]) -> None:
        self.parts.forget()
        try:
            while not stopped():
                self.take(self.wire.gather(STEP, AT_ONCE))
                self.keep_alive()
            self.store(list(self.parts.flush(datetime.now(UTC))))
        finally:
            self.parts.forget()

    def take(self, came: list[pdu.Pdu]) -> None:
        now, at = datetime.now(UTC), time.monotonic()
        entries: list[Entry] = []
        good_bye = None
        for one in came:
            if one.command in ANSWERS:
                entries += self.entries(one, at, now)
            elif one.command == pdu.UNBIND:
                good_bye = one  # what came before it is stored and answered first
            else:
                self.attend(one)
        waiting = self.parts.count() + sum(len(entry.answers) for entry in entries)
        self.store([*entries, *self.parts.due(at, now, waiting)])
        if good_bye is not None:
            self.wire.attend(good_bye)

    def entries(self, one: pdu.Pdu, at: float, now: datetime) -> list[Entry]:
        found = message.understand(self.account, one.raw, now)
        if isinstance(found, message.Piece):
            return list(self.parts.add(found, one, at, now))
        return [Entry([found], [one])]

    def attend(self, one: pdu.Pdu) -> None:
        if one.is_answer or one.command in (pdu.ALERT, pdu.OUTBIND):
            return
        if one.command == pdu.ENQUIRE:
            self.wire.attend(one)
        else:
            self.wire.send("generic_nack", one, status=UNKNOWN_COMMAND)

    # ---- storing, and answering after it ----

    def store(self, entries: list[Entry]) -> None:
        """All at once; where that fails one by one, and if nothing could be stored the line is given up."""
        if not entries:
            return
        heard = [one for entry in entries for one in entry.heard]
        try:
            if heard:
                self.ears(heard)
        except Exception as error:
            self.one_by_one(entries, error)
            return
        self.memory.well += len(heard)
        for entry in entries:
            self.answer(entry, OK)

    def one_by_one(self, entries: list[Entry], error: Exception) -> None:
        log.warning("hearing %d messages together failed: %s", len(entries), type(error).__name__)
        before, until = self.memory.well, time.monotonic() + PATIENCE
        refused: list[Entry] = []
        for entry in entries:
            try:
                if len(entries) == 1 or (self.memory.well == before and time.monotonic() > until):
                    raise error
                if entry.heard:
                    self.ears(entry.heard)
                self.memory.well += len(entry.heard)
                self.answer(entry, OK)
            except LineBroken:
                raise
            except Exception as other:
                error = other
                refused.append(entry)
        for entry in refused:
            self.refuse(entry)
        if self.memory.well == before:
            raise error  # the house is away; the exchange keeps what it has

    def refuse(self, entry: Entry) -> None:
        """Again later; what fails again and again while others are stored goes as raw words."""
        names = [one.external_id for one in entry.heard[:1]]
        if names and self.is_hopeless(names[0]):
            raw = [
                Unreadable(one.account, f"{one.external_id[:190]}:raw", "not_stored", one.at, one.body)
                for one in entry.heard
            ]
            with contextlib.suppress(Exception):
                self.ears(raw)
                self.memory.failures.pop(names[0], None)
                self.memory.well += 1
                self.answer(entry, OK)
                return
        self.answer(entry, AGAIN)

    def is_hopeless(self, name: str) -> bool:
        tries, well = self.memory.failures.get(name, (0, -1))
        if self.memory.well > well:
            if len(self.memory.failures) >= MOST_FAILURES:
                self.memory.failures.clear()
            tries += 1
            self.memory.failures[name] = tries, self.memory.well
        return tries >= TRIES

    def answer(self, entry: Entry, status: int) -> None:
        if status == OK:
            entry.is_stored()
        else:
            entry.is_refused()
        for request in entry.answers:
            self.wire.send(ANSWERS[request.command], request, status=status)

    # ---- the line ----

    def keep_alive(self) -> None:
        """A line that was cut in silence is known dead after one question's time."""
        at = time.monotonic()
        if self.wire.heard_at > self.asked_at and at - self.wire.heard_at >= self.enquire:
            self.asked_at = at
            self.wire.send("enquire_link")
        elif self.asked_at > self.wire.heard_at and at - self.asked_at >= self.wire.answer_seconds:
            raise LineBroken("the exchange answers no more")
