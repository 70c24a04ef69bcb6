"""How each channel is doing, read only: what the administrator's page, `tanggap channel list`, the doctor and the
metrics tell is one and the same."""

import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count

from tanggap.channels import registry
from tanggap.channels.base import Kind
from tanggap.models import Channel, ChannelState, Letter, Reference, Task, local_day

from . import counts

DAY = timedelta(hours=24)
LATEST = 20_000  # letters looked at for what became of them: a day of a large city, and an end in every one
# conditions that an administrator has to do something about, the worst first
DOWN, FAILING, HALF, OFF, SPENT, NOT_SET_UP, CLOSED, BY_HAND, UNUSED, HEALTHY = (
    "down", "failing", "half", "off", "spent", "not_set_up", "closed", "by_hand", "unused", "healthy",
)  # fmt: skip
ILL = frozenset({DOWN, FAILING, HALF})
WAITING = """
SELECT account, way, count(*) FROM tanggap_letter
WHERE state IN ('queued', 'sending') AND parked_at IS NULL AND officer_id IS NULL GROUP BY account, way"""
BECAME = """
SELECT account, state, count(*)
FROM (SELECT account, state, at FROM tanggap_letter ORDER BY id DESC LIMIT %s) latest
WHERE account <> '' AND at > %s GROUP BY account, state"""


@dataclass(frozen=True)
class Line:
    """One channel: whether its account is set up on this machine, how it is doing, what waits."""

    channel: Channel
    kind: Kind | None
    state: ChannelState
    given: tuple[str, ...] = ()  # names of environment variables that are there
    missing: tuple[str, ...] = ()  # and of those that are needed
    received_at: datetime | None = None
    waiting: int = 0
    unreadable: int = 0
    became: Mapping[str, int] = field(default_factory=dict)  # letters of a day by state

    @property
    def set_up(self) -> bool:
        return self.kind is not None and not self.missing

    def spent(self, now: datetime) -> bool:
        """Has it sent its day's share?"""
        return self.state.daily_quota is not None and self.sent_today(now) >= self.state.daily_quota

    def sent_today(self, now: datetime) -> int:
        return self.state.sent_today if self.state.sent_on == local_day(now) else 0

    def condition(self, now: datetime) -> str:
        """One word on how it is."""
        row = self.state
        if not self.channel.active:
            return CLOSED
        if self.kind is None:
            return BY_HAND
        if self.missing:
            return HALF if self.given else NOT_SET_UP
        if not row.on:
            return OFF
        if row.down_until is not None and row.down_until > now:
            return DOWN
        if row.failing_since is not None:
            return FAILING
        if self.spent(now):
            return SPENT
        return HEALTHY if self.received_at or row.sent_at else UNUSED


def lines(now: datetime, environ: Mapping[str, str] = os.environ) -> list[Line]:
    """Every channel of the city, those with a line to the outside first. Six statements."""
    states = {row.channel_id: row for row in ChannelState.objects.all()}
    heard = {row.channel.id: row.last for row in counts.channels(now)}
    waits, became, unreadable = waiting(), deliveries(now), unread()
    found = []
    for channel in sorted(Reference.get().channels.values(), key=lambda row: row.id):
        state = states.get(channel.id) or ChannelState(channel=channel)
        kind = registry.KINDS.get(channel.kind)
        given, missing = settings(channel, kind, environ)
        found.append(
            Line(channel, kind, state, given, missing, state.received_at or heard.get(channel.id),
                 waits.get(channel.code, 0), unreadable.get(channel.code, 0), became.get(channel.code, {}))
        )  # fmt: skip
    return sorted(found, key=lambda line: (not line.channel.active, line.kind is None))


def line(channel: Channel, now: datetime) -> Line:
    return next(one for one in lines(now) if one.channel.id == channel.id)


def settings(
    channel: Channel, kind: Kind | None, environ: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the environment variables that are given, and of the needed ones that are missing. Never a value."""
    if kind is None:
        return (), ()
    values = registry.read(channel.code, kind, environ)
    names = {one.name: registry.variable(channel.code, one.name) for one in kind.settings}
    given = tuple(name for name in names.values() if environ.get(name, "").strip())
    return given, tuple(names[one.name] for one in kind.settings if one.needed and not values[one.name])


def waiting() -> dict[str, int]:
    """Channel -> letters that wait for it. One that was not tried yet waits for the first channel of its kind."""
    first: dict[str, str] = {}
    for channel in sorted(Reference.get().channels.values(), key=lambda row: row.id):
        if channel.active:
            first.setdefault(channel.kind, channel.code)
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        for account, way, number in cursor.fetchall():
            found[account or first.get(way, way)] += number
    return found


def deliveries(now: datetime) -> dict[str, dict[str, int]]:
    """Channel -> state -> letters of the last day, of the latest ones only: a page must not read years."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(BECAME, [LATEST, now - DAY])
        for account, state, number in cursor.fetchall():
            found[account][state] = number
    return found


def unread() -> dict[str, int]:
    """Channel -> what came by it that nobody could read, and nobody has looked at."""
    rows = Task.objects.filter(kind=Task.UNREADABLE, done_at=None)
    return dict(rows.values_list("inbound__account").annotate(Count("pk")).order_by())


# what may be told of a letter's end, in this order
ENDS = (Letter.SENT, Letter.DELIVERED, Letter.READ, Letter.FAILED, Letter.UNKNOWN)
