"""Is the system well? Database, workers, the oldest event nobody has answered, free disk, the last safety copy.

Asked by /readyz, by the status page, by the metrics and by `tanggap doctor`: one answer for all.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from tanggap import due
from tanggap.lib import files
from tanggap.models import Beat, City, Copy

BEAT = timedelta(seconds=30)  # a worker says every five seconds that it lives
BEHIND = timedelta(minutes=2)  # an event unanswered for longer means that the workers don't keep up
FREE_MB = 200  # below, PostgreSQL is about to stop by itself
COPY_OLD = timedelta(hours=26)  # a copy each night, and two hours for it
AWAY = (DatabaseError, InterfaceError, OSError)


def checks(now: datetime, reaction: due.Kind) -> dict[str, dict[str, Any]]:
    """Each with `ok` and what was measured. With the database away, what needs it is not ready either."""
    free = files.free_mb(Path(settings.DATA))
    disk = {"ok": free >= FREE_MB, "free_mb": free}
    try:
        return {"database": database(), "worker": worker(now), "events": events(now, reaction), "disk": disk}
    except AWAY as error:
        away = {"ok": False, "error": type(error).__name__}
        return {"database": away, "worker": {"ok": False}, "events": {"ok": False}, "disk": disk}


def database() -> dict[str, Any]:
    city = City.objects.values_list("name", flat=True).first()
    return {"ok": city is not None, "city": city or "not loaded"}


def takes_writes() -> bool:
    """False on a standby, and while somebody has set the database to read only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'")
        return cursor.fetchone()[0]


def worker(now: datetime) -> dict[str, Any]:
    rows = list(Beat.objects.order_by("-at").values_list("name", "at")[:20])
    age = round((now - rows[0][1]).total_seconds(), 1) if rows else None
    living = [name for name, at in rows if now - at < BEAT]
    return {"ok": bool(living), "living": len(living), "last_beat_s": age}


def events(now: datetime, reaction: due.Kind) -> dict[str, Any]:
    waiting = due.oldest(reaction, now)
    seconds = round(waiting.total_seconds(), 1) if waiting else 0.0
    return {"ok": waiting is None or waiting < BEHIND, "oldest_s": seconds}


def last_copy() -> datetime | None:
    """When the last good safety copy was finished that still lies where it was put."""
    good = Copy.objects.newest()
    return good.finished_at if good else None
