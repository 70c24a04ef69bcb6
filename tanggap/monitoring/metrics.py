"""What a Prometheus server reads: counts and gauges from the database, and what the web processes have counted.

Labels are codes of ours (a status, a channel, a route's name), so their number has an end and none is a person's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from tanggap import due, workflow
from tanggap.lib import files, tally
from tanggap.models import Case, Clock, DayNumber, Letter, Report

from . import health, lines, status

# counted over whole tables, which grow for years: asked seldom
SELDOM = timedelta(minutes=5)
_kept: dict[str, tuple[float, Any]] = {}


def seldom(name: str, count: Callable[[], Any]) -> Any:
    """The answer of at most five minutes ago."""
    at, found = _kept.get(name, (0.0, None))
    if found is None or monotonic() - at > SELDOM.total_seconds():
        found = count()
        _kept[name] = (monotonic(), found)
    return found


def forget() -> None:
    """Count anew at the next question: for tests."""
    _kept.clear()


def families(kinds: Iterable[due.Kind], now: datetime) -> Iterator[Metric]:
    """Everything that needs the database. Raises what the database raises."""
    yield from reports(now)
    yield from cases()
    yield from waiting(kinds, now)
    yield from letters()
    yield from channels(now)
    yield from clocks(now)
    yield gauge("workers_alive", "Workers whose beat is younger than 30 s", health.worker(now)["living"])
    yield gauge(
        "copy_age_seconds", "Age of the last good safety copy; +Inf while there is none", copy_age(now)
    )
    yield from requests()


def gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tanggap_{name}", told, value)


def by_label(name: str, told: str, label: str, counts: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"tanggap_{name}", told, labels=[label])
    for code, value in sorted(counts.items()):
        family.add_metric([code], value)
    return family


def disk() -> Metric:
    free = files.free_mb(Path(settings.DATA)) * 2**20
    return gauge("disk_free_bytes", "Free room where the data folder lies", free)


def reports(now: datetime) -> Iterator[Metric]:
    numbered = DayNumber.objects.aggregate(n=Sum("last"))["n"] or 0
    told = "Reports that got a number (all but secret ones), since the first day"
    yield CounterMetricFamily("tanggap_reports_numbered", told, value=numbered)
    rows = Report.objects.filter(received_at__gt=now - timedelta(days=1), received_at__lte=now)
    found = dict(rows.values_list("channel__code").annotate(n=Count("pk")).order_by())
    yield by_label("reports_last_day", "Reports accepted within 24 hours, by channel", "channel", found)
    yield gauge(
        "numbers_missing", "Numbers given in 7 days that no report bears: must be 0", status.lost(now)
    )


def cases() -> Iterator[Metric]:
    rows = Case.objects.order_by()
    open_now = dict(rows.filter(status__in=workflow.OPEN).values_list("status").annotate(n=Count("pk")))
    ended = seldom("cases", lambda: dict(
        rows.exclude(status__in=workflow.OPEN).values_list("status").annotate(n=Count("pk"))
    ))  # fmt: skip
    every = dict.fromkeys(workflow.OPEN, 0) | open_now | ended
    yield by_label("cases", "Cases by status; ended ones as of five minutes ago", "status", every)


def waiting(kinds: Iterable[due.Kind], now: datetime) -> Iterator[Metric]:
    counts, oldest, parked = {}, {}, {}
    for kind in kinds:
        name = kind.model.__name__.lower()
        counts[name], age = due_now(kind, now)
        oldest[name] = age
        parked[name] = seldom(f"parked {name}", kind.model.objects.filter(parked_at__isnull=False).count)  # type: ignore[attr-defined]
    yield by_label("due_waiting", "Rows whose time has come, by kind", "kind", counts)
    yield by_label("due_oldest_seconds", "How long the oldest of them waits", "kind", oldest)
    yield by_label("due_parked", "Rows given up on, for a person; as of five minutes ago", "kind", parked)


def due_now(kind: due.Kind, now: datetime) -> tuple[int, float]:
    """How many rows are due, and for how long the oldest has been."""
    table = kind.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), extract(epoch FROM %s - min(r.due_at)) FROM {table} r"
            f" WHERE r.due_at <= %s AND r.parked_at IS NULL AND {kind.open}",
            [now, now],
        )
        number, seconds = cursor.fetchone()
    return number, float(seconds or 0)


def letters() -> Iterator[Metric]:
    unsettled = (Letter.QUEUED, Letter.SENDING)
    rows = Letter.objects.order_by()
    now = dict(rows.filter(state__in=unsettled).values_list("state").annotate(n=Count("pk")))
    settled = seldom("letters", lambda: dict(
        rows.exclude(state__in=unsettled).values_list("state").annotate(n=Count("pk"))
    ))  # fmt: skip
    every = dict.fromkeys((*unsettled, *Letter.SETTLED), 0) | now | settled
    yield by_label("letters", "Letters by state; settled ones as of five minutes ago", "state", every)


def channels(now: datetime) -> Iterator[Metric]:
    """Letters of a day by the way they went and what became of them; and each line to the outside, as it is."""
    rows = [row for row in lines.lines(now) if row.kind is not None and row.channel.active]
    told = "Letters of 24 hours by the channel they went by and what became of them"
    family = GaugeMetricFamily("tanggap_channel_letters", told, labels=["channel", "state"])
    for row in rows:
        for state, number in sorted(row.became.items()):
            family.add_metric([row.channel.code, state], number)
    yield family
    told = "Letters that wait for a channel"
    yield by_label("channel_waiting", told, "channel", {row.channel.code: row.waiting for row in rows})
    used = [row for row in rows if row.set_up and row.state.on]
    ill = {row.channel.code: float(row.condition(now) in lines.ILL) for row in used}
    yield by_label("channel_failing", "1 where a channel in use fails or is away", "channel", ill)
    heard = {row.channel.code: (now - row.received_at).total_seconds() for row in used if row.received_at}
    yield by_label("channel_heard_seconds", "How long a channel in use has been silent", "channel", heard)


def clocks(now: datetime) -> Iterator[Metric]:
    rows = Clock.objects.filter(
        stopped_at=None, promised_at__lt=now, case__status__in=workflow.OPEN
    ).order_by()
    found = dict(rows.values_list("step").annotate(n=Count("pk")))
    yield by_label("clocks_breached", "Running clocks past their promise, by step", "step", found)
    late = Case.objects.filter(status__in=workflow.OPEN, promise_at__lt=now)
    yield gauge("cases_late", "Open cases past their next promise", late.count())


def copy_age(now: datetime) -> float:
    at = health.last_copy()
    return (now - at).total_seconds() if at else float("inf")


def requests() -> Iterator[Metric]:
    """What the web processes have counted, of all of them together."""
    asked = CounterMetricFamily(
        "tanggap_requests", "Requests by the route's name and class of status", labels=["route", "status"]
    )
    refused = CounterMetricFamily("tanggap_refused", "Tries refused by a limit", labels=["limit"])
    steps: dict[str, dict[float, float]] = defaultdict(dict)
    sums: dict[str, float] = {}
    for name, labels, n in tally.read():
        if name == "requests":
            asked.add_metric(labels, n)
        elif name == "refused":
            refused.add_metric(labels, n)
        elif name == "seconds":
            steps[labels[0]][float(labels[1])] = n
        elif name == "seconds_sum":
            sums[labels[0]] = n
    yield asked
    yield refused
    yield durations(steps, sums)


def durations(steps: dict[str, dict[float, float]], sums: dict[str, float]) -> Metric:
    """A histogram's steps hold all that were faster, too; every route has every step that any route has met."""
    family = HistogramMetricFamily("tanggap_request_seconds", "How long requests took", labels=["route"])
    edges = sorted({edge for found in steps.values() for edge in found} | {float("inf")})
    for route, found in sorted(steps.items()):
        total, buckets = 0.0, []
        for edge in edges:
            total += found.get(edge, 0)
            buckets.append(("+Inf" if edge == float("inf") else str(edge), total))
        family.add_metric([route], buckets, sums.get(route, 0.0))
    return family
