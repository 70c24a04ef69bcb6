"""By which way a letter reaches a citizen: decided when it is sent, never before.

The way they chose, else the address their words came from, else what else they gave us, the cheapest first. An address
where they said STOP, or where nobody lives any more, is no way; nor is a channel that is switched off or not set up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from tanggap import access
from tanggap.channels import registry
from tanggap.channels.base import Account, Kind
from tanggap.lib import seal
from tanggap.models import Channel, ChannelState, Identity, Letter, Reference, Report

# what somebody wrote to us by comes first; the rest in this order: free ones, then those that cost
ORDER = ("telegram", "whatsapp", "email", "facebook", "instagram", "x", "sms")
SERVED_BY = {"phone": "sms"}  # kind of an address -> kind of channel; all others serve their own
# where each letter costs money only what a citizen must know is sent; the page has all
SPARING = frozenset({"sms", "x"})
NEEDED = frozenset(
    {"received", "clarify", "gave_up", "outside", "asked", "told", "done", "rejected", "reopened", "late", "status",
     "help", "joined"}
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """An address, and the account that writes to it. `own`: the citizen's words came from there."""

    identity: Identity
    channel: Channel
    kind: Kind
    account: Account
    state: ChannelState | None
    own: bool

    @property
    def address(self) -> str:
        key = bytes(self.identity.reporter.key)
        return seal.open_sealed(access.ring(), key, bytes(self.identity.sealed)).decode()


def kind_for(identity: Identity) -> str:
    return SERVED_BY.get(identity.channel, identity.channel)


def accounts(now: datetime | None = None) -> list[tuple[Channel, Kind, Account]]:
    """Every channel of the city that is set up on this machine and can send."""
    found = []
    for channel in Reference.get().channels.values():
        account = registry.account(channel.code, channel.kind, now=now) if channel.active else None
        if account is not None and registry.KINDS[channel.kind].send is not None:
            found.append((channel, registry.KINDS[channel.kind], account))
    return found


def ways(letter: Letter, report: Report | None, now: datetime) -> list[Way]:
    """What may be tried for this letter, the best first."""
    tried = set(letter.data.get("tried", ()))
    if report is None:
        rows = [letter.address] if letter.address else []
        first: list[int] = [row.id for row in rows]
    else:
        rows = list(Identity.objects.select_related("reporter").filter(reporter=report.reporter_id))
        first = [one for one in (report.reporter.prefers_id, report.sender_id) if one]
    usable = [
        row for row in rows
        if row.stopped_at is None and row.gone_at is None and row.reporter.key is not None and row.id not in tried
        and (kind_for(row) not in SPARING or letter.code in NEEDED)
    ]  # fmt: skip
    lines = accounts(now)
    states = {row.channel_id: row for row in ChannelState.objects.all()}
    return [way for row in in_order(usable, first) if (way := line_for(row, lines, states, report))]


def in_order(rows: Iterable[Identity], first: Sequence[int]) -> list[Identity]:
    """The youngest address of each kind is enough: people change numbers, and one letter is one letter."""

    def rank(row: Identity) -> tuple[int, int, int]:
        kind = kind_for(row)
        wanted = first.index(row.id) if row.id in first else len(first)
        return wanted, ORDER.index(kind) if kind in ORDER else len(ORDER), -row.id

    return sorted(rows, key=rank)


def line_for(
    row: Identity,
    lines: Sequence[tuple[Channel, Kind, Account]],
    states: dict[int, ChannelState],
    report: Report | None,
) -> Way | None:
    """The account that writes to this address: the one it spoke with, else the first of its kind that is on."""
    kind = kind_for(row)
    fitting = [line for line in lines if line[1].name == kind and is_on(states.get(line[0].id))]
    fitting.sort(key=lambda line: line[0].code != row.account)
    if not fitting:
        return None
    channel, found, account = fitting[0]
    own = report is None or row.id == report.sender_id
    return Way(row, channel, found, account, states.get(channel.id), own)


def is_on(state: ChannelState | None) -> bool:
    return state is None or state.on


def first_ways(reports: Iterable[Report]) -> dict[int, str]:
    """By which kind of channel a letter to each report would go first, for those that have a way: reporter -> kind.
    One statement, and none in a city without such channels."""
    kinds = {kind.name for _, kind, _ in accounts()}
    people = {report.reporter_id: report for report in reports}
    if not kinds or not people:
        return {}
    served = kinds | {address for address, kind in SERVED_BY.items() if kind in kinds}
    rows = Identity.objects.filter(
        reporter__in=list(people), channel__in=served, stopped_at=None, gone_at=None
    )
    rows = rows.only("channel", "reporter")
    mine: dict[int, list[Identity]] = {}
    for row in rows:
        mine.setdefault(row.reporter_id, []).append(row)
    return {
        person: kind_for(in_order(found, [people[person].sender_id or 0])[0])
        for person, found in mine.items()
    }


def link(report: Report, own: bool) -> str:
    """The address of the report's page. Only who wrote to us from there gets the secret with it."""
    if own:
        return f"{settings.SITE_URL}/l/{report.number}/{access.secret_of(report)}/"
    return f"{settings.SITE_URL}/lacak/{report.number}/"
