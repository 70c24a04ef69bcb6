"""The worker's lines to the outside, a thread for each, so that one which is slow or away holds up none of the others:
listeners that keep a line open (a mailbox, an SMS exchange), polls of those that are asked for news, also as the repair
beside a webhook, and the posts that send letters.

A line is kept by one worker in the city, whoever holds its lock; when that one dies, another takes over. A line that
breaks is opened again, later each time; it never stops another one, nor the due loop.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from zlib import crc32

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from tanggap import door, due, flow
from tanggap.channels import registry
from tanggap.channels.base import Account, Heard, Kind, Trouble
from tanggap.models import Channel, ChannelState, Reference
from tanggap.reply import ways

log = logging.getLogger("tanggap.work.channels")

CLOCK_LOCK = 0x7A67_0001  # shared by workers, exclusive for simulated time
LINE_LOCK = 0x7A68  # first half of the lock; the second is the channel's own
LOOK_SECONDS = 15.0  # how often it is looked whether a channel was set up, switched or lost
BATCH = 10  # letters lent at once: fewer than a lease can send
POLL_SECONDS = 0.5
PAUSES = (1, 2, 5, 15, 30)  # seconds before a broken line is opened again


class Lines:
    """All lines of this worker. `start` returns at once; `stop` waits until they are closed."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        for code, kind in self.listening():
            self.run(f"line {code}", Line(code, kind, self.stopping).run)
        self.run("polls", Polls(self.stopping).run)
        for name, kinds in flow.posts(kind.name for _, kind, _ in ways.accounts()).items():
            self.run(name, Post(kinds, self.stopping).run)

    def run(self, name: str, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self.threads.append(thread)
        thread.start()

    def listening(self) -> list[tuple[str, Kind]]:
        found = []
        for channel in Reference.get().channels.values():
            kind = registry.KINDS.get(channel.kind)
            if kind and kind.listen and channel.active and registry.account(channel.code, channel.kind):
                found.append((channel.code, kind))
        return found

    def stop(self, seconds: float = 10.0) -> None:
        self.stopping.set()
        until = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))


class Line:
    """One channel that is listened to."""

    def __init__(self, code: str, kind: Kind, stopping: threading.Event):
        self.code, self.kind, self.stopping = code, kind, stopping
        self.tries = 0
        self.on, self.looked = True, 0.0

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                with only_one(self.code) as mine:
                    if mine and (account := self.account()):
                        self.listen(account)
                self.stopping.wait(LOOK_SECONDS if not self.tries else pause(self.tries))
            except (DatabaseError, InterfaceError, OSError) as error:
                self.broken(type(error).__name__)
            finally:
                connection.close()

    def account(self) -> Account | None:
        state = state_of(self.code)
        return account_of(state) if state.on else None

    def listen(self, account: Account) -> None:
        assert self.kind.listen is not None
        began = self.looked = time.monotonic()
        self.on = True
        try:
            self.kind.listen(account, ears, self.is_over)
            self.tries = 0
        except Trouble as error:
            self.broken(str(error))
        except Exception as error:
            log.warning("the line of %s broke", self.code, exc_info=True)
            self.broken(type(error).__name__)
        if time.monotonic() - began > 60:
            self.tries = 0

    def is_over(self) -> bool:
        """The worker ends, or an administrator has switched the channel off: looked at now and then."""
        if not self.stopping.is_set() and time.monotonic() - self.looked > LOOK_SECONDS:
            self.looked = time.monotonic()
            try:
                self.on = state_of(self.code).on
            except (DatabaseError, InterfaceError, OSError):
                connection.close()  # the next look tells
        return self.stopping.is_set() or not self.on

    def broken(self, reason: str) -> None:
        self.tries += 1
        mark_failing(self.code, reason)
        self.stopping.wait(pause(self.tries))


class Post:
    """Sends what is due of its kinds: letters by one way, files from their providers."""

    def __init__(self, kinds: Sequence[due.Kind], stopping: threading.Event):
        self.kinds, self.stopping = kinds, stopping

    def run(self) -> None:
        while not self.stopping.is_set():
            done = 0
            try:
                done = due.run(self.kinds, timezone.now(), limit=BATCH) if real_time() else 0
            except (DatabaseError, InterfaceError, OSError) as error:
                log.warning("post: %s", type(error).__name__)
                connection.close()
            if not done:
                connection.close()  # a line that has nothing to do holds nothing
                self.stopping.wait(POLL_SECONDS)


class Polls:
    """Asks every channel that can be asked, when its time has come. One after the other: each asks within limits."""

    def __init__(self, stopping: threading.Event):
        self.stopping = stopping

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                poll_due()
            except (DatabaseError, InterfaceError, OSError) as error:
                log.warning("polls: %s", type(error).__name__)
            finally:
                connection.close()
            self.stopping.wait(1.0)


def poll_due() -> int:
    """Every poll whose time has come; how many were asked."""
    done = 0
    for channel in Reference.get().channels.values():
        kind = registry.KINDS.get(channel.kind)
        if kind is None or kind.poll is None or not channel.active:
            continue
        if registry.account(channel.code, channel.kind) is None:
            continue
        state, now = state_of(channel.code), timezone.now()
        if not state.on or (state.due_at and state.due_at > now):
            continue
        with only_one(f"poll {channel.code}") as mine:
            if mine:
                poll(kind, state)
                done += 1
    return done


def poll(kind: Kind, state: ChannelState) -> None:
    assert kind.poll is not None
    code, now = state.channel.code, timezone.now()
    mine = ChannelState.objects.filter(pk=state.pk)
    account = account_of(state)
    if account is None:
        return
    try:
        cursor = kind.poll(account, ears)
        later = now + timedelta(seconds=kind.poll_seconds)
        mine.update(cursor=dict(cursor), due_at=later, failing_since=None, last_error="")
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, Trouble) else type(error).__name__
        log.warning("asking %s failed: %s", code, reason)
        mark_failing(code, reason)
        mine.update(due_at=now + timedelta(seconds=max(kind.poll_seconds, 30)))


def real_time() -> bool:
    """False while simulated time runs: somebody holds the lock exclusively."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock_shared(%s)", [CLOCK_LOCK])
        free = cursor.fetchone()[0]
        if free:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [CLOCK_LOCK])
    return free


def ears(heard: Sequence[Heard]) -> None:
    """What a channel's code hands its news to: committed when this returns."""
    door.hear(heard, timezone.now())


def state_of(code: str) -> ChannelState:
    channel = Channel.objects.get(code=code)
    return ChannelState.objects.select_related("channel").get_or_create(channel=channel)[0]


def account_of(state: ChannelState) -> Account | None:
    channel = state.channel
    return registry.account(channel.code, channel.kind, cursor=state.cursor, now=timezone.now())


def mark_failing(code: str, reason: str) -> None:
    try:
        rows = ChannelState.objects.filter(channel__code=code)
        rows.filter(failing_since=None).update(failing_since=timezone.now())
        rows.update(last_error=reason[:300])
    except (DatabaseError, InterfaceError):
        connection.close()


def pause(tries: int) -> float:
    return float(PAUSES[min(tries, len(PAUSES)) - 1])


@contextmanager
def only_one(name: str) -> Any:
    """True for one worker of the city at a time: a session's lock, gone with the session."""
    key = crc32(name.encode()) - 2**31
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LINE_LOCK, key])
        mine = cursor.fetchone()[0]
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LINE_LOCK, key])
