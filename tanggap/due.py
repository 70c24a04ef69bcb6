"""Rows that wait for their time: claimed in batches, tried again, parked.

A claim is one committed UPDATE that lends the rows for `LEASE`; then they are locked, seen to be unfinished, done and
marked: many in one transaction where the kind can, and each in its own where that fails or the kind can't. A crash
lets the lease run out and another worker takes the rows.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from tanggap.models import Due

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
BATCH = 50
PARK_AFTER = 5
BACK_OFF = (2, 10, 60, 300, 900)  # seconds before the next try


LOST = (OperationalError, InterfaceError)  # the database went away, or took too long: not the row's fault


def first_delay() -> timedelta:
    return timedelta(seconds=BACK_OFF[0])


class Never(Exception):
    """Raised by a handler that knows that trying again can't help: parks the row at once."""


@dataclass(frozen=True)
class Kind:
    """One kind of row. `open` is the SQL that says unfinished (alias r); `do(row, now)` does it and marks it, inside
    the row's transaction; `do_all(rows, now)` does many in one transaction; `outside(row, now)` is for what can't be
    rolled back and marks by itself.

    `behind` keeps an order: SQL that is true for a row which must wait behind another (alias r).
    """

    model: type[Due]
    open: str
    do: Callable[[Any, datetime], None] | None = None
    do_all: Callable[[list[Any], datetime], None] | None = None
    outside: Callable[[Any, datetime], None] | None = None
    behind: str = ""
    related: tuple[str, ...] = ()  # read with the row
    on_park: Callable[[Any, datetime], None] | None = None


def claim(kind: Kind, now: datetime, limit: int = BATCH) -> list[int]:
    """Lend up to `limit` due rows to the caller until now + LEASE; returns their ids, oldest first."""
    table = kind.model._meta.db_table
    wait = f"AND NOT ({kind.behind})" if kind.behind else ""
    sql = f"""
        UPDATE {table} SET due_at = %(lease)s, attempts = attempts + 1 WHERE id IN (
          SELECT r.id FROM {table} r
          WHERE r.due_at <= %(now)s AND r.parked_at IS NULL AND {kind.open} {wait}
          ORDER BY r.due_at, r.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
        RETURNING id"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "lease": now + LEASE, "limit": limit})
        return sorted(row[0] for row in cursor.fetchall())


def run_together(kind: Kind, row_ids: list[int], now: datetime) -> bool:
    """Do claimed rows in one transaction. False: nothing of it happened, and each must be done alone, so that the one
    that failed takes nothing from the others."""
    assert kind.do_all is not None
    try:
        with transaction.atomic():
            rows = list(locked(kind, row_ids))
            if rows:
                kind.do_all(rows, now)
        return True
    except Exception as error:
        log.info("%s rows of %s, one by one: %s", len(row_ids), kind.model.__name__, type(error).__name__)
        return False


def locked(kind: Kind, row_ids: list[int]) -> QuerySet[Any]:
    rows = kind.model._default_manager.select_for_update(of=("self",))
    if kind.related:
        rows = rows.select_related(*kind.related)
    return rows.filter(pk__in=row_ids).order_by("id")


def run_one(kind: Kind, row_id: int, now: datetime) -> bool:
    """Do one claimed row; a failure is counted, put off or parked, and never blocks the rows behind it."""
    try:
        if kind.outside:
            row = kind.model._default_manager.filter(pk=row_id).first()
            if row is not None:
                kind.outside(row, now)
            return True
        with transaction.atomic():
            row = next(iter(locked(kind, [row_id])), None)
            if row is not None and kind.do is not None:
                kind.do(row, now)
        return True
    except Exception as error:
        log.warning("%s %s failed: %s", kind.model.__name__, row_id, type(error).__name__, exc_info=True)
        put_off(kind, row_id, now, error)
        return False


def put_off(kind: Kind, row_id: int, now: datetime, error: Exception) -> None:
    row = kind.model._default_manager.filter(pk=row_id).first()
    if row is None:
        return
    # the class only: an exception's text may carry a citizen's words
    row.last_error = type(error).__name__[:300]
    if row.attempts >= PARK_AFTER or isinstance(error, Never):
        row.parked_at = now
    else:
        row.due_at = now + timedelta(seconds=BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1])
    row.save(update_fields=["last_error", "parked_at", "due_at"])
    if row.parked_at and kind.on_park:
        kind.on_park(row, now)


def run(kinds: Iterable[Kind], now: datetime, limit: int = BATCH) -> int:
    """One round over all kinds: claims what is due at `now` and does it. Returns how many rows were done.

    The worker, the tests and the demo call this same function, each with its own `now`.
    """
    done = 0
    for kind in kinds:
        row_ids = claim(kind, now, limit)
        if kind.do_all and len(row_ids) > 1 and run_together(kind, row_ids, now):
            done += len(row_ids)
            continue
        for row_id in row_ids:
            done += run_one(kind, row_id, now)
    return done


def run_all(kinds: Iterable[Kind], now: datetime, rounds: int = 100) -> int:
    """Rounds until nothing is due at `now` any more: an event's reaction may write the next event."""
    kinds, done = tuple(kinds), 0
    for _ in range(rounds):
        step = run(kinds, now)
        if not step:
            return done
        done += step
    return done


def anything(kinds: Iterable[Kind], now: datetime) -> bool:
    """Is a row of any of these kinds due? One statement, where a round of claims would be one for each."""
    asked = " OR ".join(
        f"EXISTS (SELECT 1 FROM {kind.model._meta.db_table} r"
        f" WHERE r.due_at <= %(now)s AND r.parked_at IS NULL AND {kind.open})"
        for kind in kinds
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", {"now": now})
        return cursor.fetchone()[0]


def oldest(kind: Kind, now: datetime) -> timedelta | None:
    """How long the oldest due row has been waiting; None when nothing waits. For /readyz."""
    table = kind.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(r.due_at) FROM {table} r WHERE r.due_at <= %s AND r.parked_at IS NULL AND {kind.open}",
            [now],
        )
        first = cursor.fetchone()[0]
    return now - first if first else None
