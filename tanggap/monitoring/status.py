"""The system's own counts for its status page: what was accepted, what was lost, how soon an officer had it.

Public figures count no secret report, and say a number from one to four only as "fewer than five" (counts.told).
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from django.db import connection
from django.db.models import Count, Max, Q

from tanggap import workflow
from tanggap.channels import registry
from tanggap.models import ApiKey, Channel, ChannelState, City, DayNumber, Reference

from . import counts

DAYS = 7

# numbers of one day have no gaps, so whoever counts can see that none was dropped: of 1..last each is some report's
BEARING = """
SELECT %s - count(*) FROM tanggap_report
WHERE number LIKE %s AND CASE WHEN substr(number, %s) ~ '^[0-9]{4,9}$' THEN substr(number, %s)::int BETWEEN 1 AND %s END
"""

# The later of two clocks: what the events say of themselves (a person's hour at the desk), and what the database's own
# clock says of when they were written (the machine's delay, which events leave out: they carry their cause's time).
# Whoever has the case still in nobody's hands counts too: else a system that routes nothing would look fast.
TO_OFFICER = """
WITH routed AS (
  SELECT case_id, min(at) AS at, min(written_at) AS written_at FROM tanggap_event
  WHERE verb = 'case.routed' AND at >= %(since)s GROUP BY case_id)
SELECT count(r.case_id),
       count(*) FILTER (WHERE r.case_id IS NULL AND c.status = %(new)s),
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY
         greatest(extract(epoch FROM r.at - e.at), extract(epoch FROM r.written_at - e.written_at)))
         FILTER (WHERE r.case_id IS NOT NULL)
FROM tanggap_event e
JOIN tanggap_case c ON c.id = e.case_id AND c.visibility <> 'secret'
LEFT JOIN routed r ON r.case_id = e.case_id
WHERE e.verb = 'case.received' AND e.at >= %(since)s AND e.at <= %(now)s
"""


def lost(now: datetime) -> int:
    """Numbers given in the last seven local days that no report bears. Gaps are counted day by day, so that a report
    too many on one day hides none on another."""
    city = City.get()
    first = counts.days_ago(now, DAYS).astimezone(city.zone).date()
    days = list(DayNumber.objects.filter(day__gte=first).values_list("day", "last"))
    if not days:
        return 0
    given: list[int | str] = []
    for day, last in days:
        stem = f"{city.prefix}{day:%y%m%d}"
        given += [last, stem + "%", len(stem) + 1, len(stem) + 1, last]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([BEARING] * len(days)), given)
        return sum(max(0, missing) for (missing,) in cursor.fetchall())


@dataclass(frozen=True)
class Way:
    """How long it took from a report to an officer, in seconds. `waiting` are still in nobody's hands."""

    routed: int
    waiting: int
    median: float | None = None
    p95: float | None = None


def to_officer(now: datetime) -> Way:
    """Over the reports of the last seven local days. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(TO_OFFICER, {"since": counts.days_ago(now, DAYS), "now": now, "new": workflow.NEW})
        routed, waiting, shares = cursor.fetchone()
    median, p95 = shares if shares else (None, None)
    return Way(routed, waiting, median, p95)


SERVED = {"web", "open311"}  # doors that the web server itself is
BY_HAND = {"counter", "press", "partner"}
OPEN, OFFICER, OFF = "open", "officer", "off"


@dataclass(frozen=True)
class Door:
    """A channel. `state`: open (takes reports by itself), officer (somebody writes them down), off (not connected)."""

    channel: Channel
    state: str
    last: datetime | None


def doors(now: datetime) -> list[Door]:
    """Three statements: keys that hold, switches, and when each channel was last heard."""
    keyed = set(
        ApiKey.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now)).values_list("channel", flat=True)
    )
    heard = dict(
        counts.counted().filter(received_at__lte=now).values_list("channel").annotate(Max("received_at"))
    )
    off = set(ChannelState.objects.filter(on=False).values_list("channel", flat=True))
    known = sorted(Reference.get().channels.values(), key=lambda row: row.id)
    return [Door(row, state_of(row, keyed, off), heard.get(row.id)) for row in known if row.active]


def state_of(channel: Channel, keyed: set[int], off: set[int]) -> str:
    if channel.id in off:
        return OFF
    set_up = registry.account(channel.code, channel.kind) is not None
    if channel.kind in SERVED or channel.id in keyed or set_up:
        return OPEN
    return OFFICER if channel.kind in BY_HAND else OFF


@dataclass(frozen=True)
class Figures:
    """All that the page tells, counted at `at`."""

    at: datetime
    today: int
    week: int
    lost: int
    way: Way
    doors: list[Door]


KEEP_SECONDS = 60.0
_held: dict[tuple[int, int], tuple[float, Figures]] = {}
_counting = Lock()
counts.HELD.append(_held)


def figures(now: datetime) -> Figures:
    """Counted once a minute in each process, by one who asks; whoever asks meanwhile gets the ones before."""
    city = City.get()
    key = (city.pk, city.version)
    at, found = _held.get(key, (0.0, None))
    if found is not None and (monotonic() - at < KEEP_SECONDS or _counting.locked()):
        return found
    with _counting:
        at, found = _held.get(key, (0.0, None))
        if found is None or monotonic() - at >= KEEP_SECONDS:
            found = counted(now)
            _held.clear()
            _held[key] = (monotonic(), found)
    return found


def counted(now: datetime) -> Figures:
    since, midnight = counts.days_ago(now, DAYS), counts.local_midnight(now)
    rows = counts.counted().filter(received_at__gte=since, received_at__lte=now)
    came = rows.aggregate(today=Count("pk", filter=Q(received_at__gte=midnight)), week=Count("pk"))
    return Figures(
        at=now,
        **came,
        lost=lost(now),
        way=to_officer(now),
        doors=doors(now),
    )
