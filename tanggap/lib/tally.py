"""How often things happened, counted in every process and read in one place.

Each process counts in memory; a thread of its own adds that to a table every few seconds, so that one question sees
all processes of all machines and a request waits for nothing. The table is UNLOGGED: a crash empties it, which whoever
reads counters knows as a restart. What was not yet written when a process is killed is lost: some seconds of counts,
never anything of a citizen.
"""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection

log = logging.getLogger(__name__)

SECONDS = 3.0
MOST_KEYS = 4000  # a mistake in a label must not fill memory and table
Key = tuple[str, tuple[str, ...]]
ADD = """
    INSERT INTO tanggap_tally (name, labels, n)
    SELECT name, string_to_array(labels, E'\\x1f'), n
    FROM unnest(%s::text[], %s::text[], %s::float8[]) AS t(name, labels, n)
    ON CONFLICT (name, labels) DO UPDATE SET n = tanggap_tally.n + EXCLUDED.n
"""
BETWEEN = "\x1f"  # no label holds it


class Tally:
    """Counts of one process. `add` is cheap; `flush` writes and forgets, or keeps all while the database is away."""

    def __init__(self) -> None:
        self.counts: Counter[Key] = Counter()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.stopping = threading.Event()

    def add(self, name: str, *labels: str, n: float = 1) -> None:
        key = (name, labels)
        with self.lock:
            if key in self.counts or len(self.counts) < MOST_KEYS:
                self.counts[key] += n  # type: ignore[assignment]
            if self.thread is None:
                # started by the first count: after a fork, in the child that counts
                self.thread = threading.Thread(target=self.work, name="tally", daemon=True)
                self.thread.start()
                atexit.register(self.stop)

    def work(self) -> None:
        while not self.stopping.wait(SECONDS):
            self.flush()

    def stop(self) -> None:
        self.stopping.set()
        self.flush()

    def flush(self) -> bool:
        """Adds what was counted to the table; False when the database did not take it (it is tried again)."""
        with self.lock:
            counted, self.counts = self.counts, Counter()
        if not counted:
            return True
        # always in one order: two processes that add the same rows must not wait for each other
        keys = sorted(counted)
        columns: list[list[str] | list[float]] = [
            [name for name, _ in keys],
            [BETWEEN.join(labels) for _, labels in keys],
            [float(counted[key]) for key in keys],
        ]
        try:
            with connection.cursor() as cursor:
                cursor.execute(ADD, columns)
            return True
        except (DatabaseError, InterfaceError, OSError) as error:
            log.info("counts are kept for later: %s", type(error).__name__)
            with self.lock:
                self.counts.update(counted)
            return False
        finally:
            if threading.current_thread() is self.thread:
                connection.close()

    def forget(self) -> None:
        with self.lock:
            self.counts.clear()


tally = Tally()
add = tally.add


def read() -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Everything counted so far by every process: name, labels, number. One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, labels, n FROM tanggap_tally ORDER BY name, labels")
        for name, labels, n in cursor.fetchall():
            yield name, tuple(labels), n
