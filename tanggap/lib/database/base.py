"""Where no connection could be had, nobody else waits for one within the next second.

Whoever asks for a connection while the database is away waits five seconds for it. A request that asks three times
(the city's rules, a key, a limit) would wait fifteen, and hold its thread as long; soon no thread is left to say so.
"""

import time
from typing import Any, ClassVar

from django.db.backends.postgresql import base

PAUSE_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django finds it by its name. `away_until` is of the process: every thread's connection comes out of one pool."""

    away_until: ClassVar[float] = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        wrong = self.Database.OperationalError  # the pool's own time-out is one
        if time.monotonic() < DatabaseWrapper.away_until:
            raise wrong("no connection could be had a moment ago")
        try:
            return super().get_new_connection(conn_params)
        except wrong:
            DatabaseWrapper.away_until = time.monotonic() + PAUSE_SECONDS
            raise
