"""Where no connection could be had, nobody else waits for one within the next second.

Whoever asks for a connection while the database is away waits five seconds for it. A request that asks three times
(the city's rules, a key, a limit) would wait fifteen, and hold its thread as long; soon no thread is left to say so.
"""

from typing import Any

from django.db.backends.postgresql import base

from tanggap.lib.database import line


class DatabaseWrapper(base.DatabaseWrapper):
    """Django finds it by its name."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        wrong = self.Database.OperationalError  # the pool's own time-out is one
        if line.is_away():
            raise wrong("no connection could be had a moment ago")
        try:
            return super().get_new_connection(conn_params)
        except wrong:
            line.mark_away()
            raise
