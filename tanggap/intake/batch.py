"""Committing together: views hand submissions to one thread per process, which commits all that wait at once.

A transaction for each view gives half the rate (measured); numbers are only ever taken here, so that a row per day
is no queue. The queue has an end: when it is full the door says so (Busy) instead of growing. A batch that fails is
tried row by row, so that one bad row costs nobody else anything.
"""

import atexit
import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from tanggap import ledger
from tanggap.channels.base import Busy, Receipt, Refused, Submission

from .receive import receive

log = logging.getLogger(__name__)

BATCH = 64
GATHER = 0.006  # seconds a batch waits for others where the last one had more than one report
PATIENCE = 20.0  # seconds a view waits for its commit
LOST = (OperationalError, InterfaceError)
PAUSES = (0.1, 0.3, 0.6, 1.0, 2.0, 2.0)  # seconds; together less than a view's patience

Waiting = tuple[Submission, datetime, "Future[Receipt | Refused]"]


class Committer:
    """One per process, started by the first submission (after a fork, in the child that needs it)."""

    def __init__(self, size: int):
        self.queue: queue.Queue[Waiting | None] = queue.Queue(maxsize=size)
        self.thread = threading.Thread(target=self.work, name="committer", daemon=True)
        self.thread.start()

    def submit(self, said: Submission, now: datetime) -> "Future[Receipt | Refused]":
        future: Future[Receipt | Refused] = Future()
        try:
            self.queue.put_nowait((said, now, future))
        except queue.Full as error:
            raise Busy from error
        return future

    def work(self) -> None:
        crowd = 1
        while (first := self.queue.get()) is not None:
            batch = [first]
            # where several came together, the next ones are on their way: a moment's wait makes fuller batches
            going = self.gather(batch, GATHER if crowd > 1 else 0.0)
            crowd = len(batch)
            self.commit(batch)
            if not going:
                return

    def gather(self, batch: list[Waiting], seconds: float) -> bool:
        """Take what else waits, up to a full batch; False when told to stop."""
        until = time.monotonic() + seconds
        while len(batch) < BATCH:
            try:
                item = self.queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return True
            if item is None:
                return False
            batch.append(item)
        return True

    def commit(self, batch: list[Waiting]) -> None:
        now = max(at for _, at, _ in batch)
        try:
            answers = patiently([said for said, _, _ in batch], now)
        except Exception as error:
            if isinstance(error, LOST):
                for _, _, future in batch:
                    future.set_exception(error)
            else:
                self.one_by_one(batch)
            return
        for (_, _, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)

    def one_by_one(self, batch: list[Waiting]) -> None:
        for said, now, future in batch:
            try:
                future.set_result(patiently([said], now)[0])
            except Exception as error:
                log.error("a submission of %s could not be stored: %s", said.channel, type(error).__name__)
                future.set_exception(error)

    def stop(self, patience: float = 10.0) -> None:
        """Drain: everything handed over before is still committed and answered."""
        self.queue.put(None)
        self.thread.join(patience)


def patiently(submissions: Sequence[Submission], now: datetime) -> list[Receipt | Refused]:
    """`commit`, tried again for some seconds while the database is away (a restart, a fail-over). Safe to repeat: when
    the lost answer was a success, the external ids say so and the first receipts come back."""
    for pause in PAUSES:
        try:
            return commit(submissions, now)
        except LOST:
            connection.close()
            time.sleep(pause)
    return commit(submissions, now)


def commit(submissions: Sequence[Submission], now: datetime) -> list[Receipt | Refused]:
    with transaction.atomic(durable=True):
        answers = receive(submissions, now)
    try:
        ledger.wake()
    except DatabaseError:  # polling finds the rows anyway; what is committed stays acknowledged
        connection.close()
    return answers


_committer: Committer | None = None
_lock = threading.Lock()


def committer() -> Committer:
    global _committer
    with _lock:
        if _committer is None or not _committer.thread.is_alive():
            _committer = Committer(settings.QUEUE_SIZE)
            atexit.register(_committer.stop)
        return _committer


def submit(submissions: Sequence[Submission], now: datetime) -> list[Receipt | Refused]:
    """Hand over and wait for the commit. Raises Busy (queue full or no answer in time) or the database's error."""
    futures = [committer().submit(said, now) for said in submissions]
    try:
        return [future.result(PATIENCE) for future in futures]
    except FutureTimeout as error:
        raise Busy from error
