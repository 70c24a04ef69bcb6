"""The due loop: woken by NOTIFY after a commit, polling each half second is the truth.

Any number of workers on any number of machines share the rows. While `simulate` holds its lock (it brings its own
clock), workers wait: letters of simulated time are never sent, clocks never ring twice.
"""

import logging
import os
import signal
import socket
import time
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from tanggap import flow, ledger
from tanggap.models import Beat, City
from tanggap.web import logs

from . import metrics
from .lines import Lines, real_time

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
BEAT = timedelta(seconds=5)


class Worker:
    """Runs until told to stop; a lost database is waited for, nothing is lost with it."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.stopping = False
        self.beat_at: datetime | None = None
        self.lines: Lines | None = None

    def stop(self, *_: object) -> None:
        self.stopping = True

    def run(self) -> None:
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.stop)
        while not self.stopping:
            try:
                self.serve()
            except (DatabaseError, InterfaceError, OSError) as error:
                log.warning("the database is away (%s); trying again", type(error).__name__)
                connection.close()
                time.sleep(1)
        if self.lines is not None:
            self.lines.stop()

    def serve(self) -> None:
        self.listen()
        while not self.stopping:
            now = timezone.now()
            self.beat(now)
            if not City.objects.exists():
                time.sleep(POLL_SECONDS)
                continue
            flow.ensure_ticks(now)
            break
        self.open_lines()
        while not self.stopping:
            now = timezone.now()
            self.beat(now)
            if not self.may_run() or not flow.run_indoors(now):
                self.wait()

    def open_lines(self) -> None:
        """Threads that speak to the outside, once a worker; they wait for a lost database by themselves."""
        if self.lines is None:
            self.lines = Lines()
            self.lines.start()

    def listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {ledger.WAKE}")

    def may_run(self) -> bool:
        return real_time()

    def wait(self) -> None:
        """Until somebody commits something, or the poll's time is over."""
        for _ in connection.connection.notifies(timeout=POLL_SECONDS, stop_after=1):
            pass

    def beat(self, now: datetime) -> None:
        if self.beat_at is None or now - self.beat_at > BEAT:
            self.beat_at = now
            Beat.objects.update_or_create(name=self.name, defaults={"at": now})
            Beat.objects.filter(at__lt=now - timedelta(hours=1)).delete()


def main() -> None:
    logs.catch_all()
    watched = metrics.port()
    if watched:
        watched.start()
    try:
        Worker().run()
    finally:
        if watched:
            watched.stop()
