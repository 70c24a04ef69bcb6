"""A channel's line as an administrator looks after it: switched on and off, its letters a day counted, its account
tried. Each deed has a reason, is a Change, and can be undone. Credentials stand in the environment, never here."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tanggap import ledger
from tanggap.access import Viewer
from tanggap.channels import registry
from tanggap.channels.base import Account, Kind, Trouble
from tanggap.models import Change, Channel, ChannelState

REASON_LEAST, REASON_LIMIT = 5, 300
MOST_A_DAY = 1_000_000
TEST_SECONDS = 20.0


class LineRefused(Exception):
    """`code`: reason_missing, silent, same, letters."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def thing(channel: Channel) -> str:
    return f"channel:{channel.code}"


def talks(channel: Channel) -> bool:
    """Is there a line to the outside at all? A form, a counter or a press cutting has none."""
    return channel.kind in registry.KINDS


def taken(channel: Channel) -> ChannelState:
    """The channel's row, made where there is none yet, and locked: two administrators do one after the other."""
    ChannelState.objects.get_or_create(channel=channel)
    return ChannelState.objects.select_for_update(of=("self",)).get(channel=channel)


def check(channel: Channel, reason: str) -> None:
    if not talks(channel):
        raise LineRefused("silent")
    if len(reason.strip()) < REASON_LEAST:
        raise LineRefused("reason_missing")


@ledger.deed()
def switch(channel: Channel, *, on: bool, by: Viewer, now: datetime, reason: str) -> None:
    """Off: its webhook is not there, nothing is asked for and nothing sent; letters go another way or wait on the
    page. On: where its poll stopped it goes on."""
    check(channel, reason)
    row = taken(channel)
    if row.on is on:
        raise LineRefused("same")
    put(row, channel, {"on": on}, by, now, reason)


@ledger.deed()
def limit(channel: Channel, *, letters: int | None, by: Viewer, now: datetime, reason: str) -> None:
    """So many letters a local day; the next wait for the morning. None: as many as there are."""
    check(channel, reason)
    if letters is not None and not 0 <= letters <= MOST_A_DAY:
        raise LineRefused("letters")
    row = taken(channel)
    if row.daily_quota == letters:
        raise LineRefused("same")
    put(row, channel, {"daily_quota": letters}, by, now, reason)


def put(row: ChannelState, channel: Channel, values: Mapping[str, Any], by: Viewer, now: datetime,
        reason: str) -> None:  # fmt: skip
    before = {name: getattr(row, name) for name in values}
    ChannelState.objects.filter(pk=row.pk).update(**values)
    ledger.change(thing(channel), "change", before=before, after=dict(values) | {"id": channel.pk}, by=by.actor,
                  now=now, reason=reason.strip()[:REASON_LIMIT])  # fmt: skip


def undo(given: Change, now: datetime) -> dict[str, Any] | None:
    """As it was before; None where it has changed since."""
    channel = Channel.objects.filter(pk=given.after["id"]).first()
    if channel is None:
        return None
    row = taken(channel)
    told = {name: value for name, value in given.after.items() if name in ("on", "daily_quota")}
    if not told or any(getattr(row, name) != value for name, value in told.items()):
        return None
    was = {name: given.before[name] for name in told}
    ChannelState.objects.filter(pk=row.pk).update(**was)
    return was | {"id": channel.pk}


# ---- is its account right? ----


def trial(channel: Channel, now: datetime, seconds: float = TEST_SECONDS) -> str:
    """What is wrong with the channel's account, in one English sentence for an operator; "" where nothing is. Asks the
    provider, and waits for it no longer than told."""
    kind = registry.KINDS.get(channel.kind)
    if kind is None:
        return "This channel has no line to the outside, so there is nothing to try."
    account = Account(channel.code, channel.kind, registry.read(channel.code, kind), now=now)
    missing = [registry.variable(channel.code, name) for name in kind.missing(account)]
    if missing:
        return f"It is not set up on this machine: {', '.join(missing)} is missing."
    if kind.test is None:
        return ""
    return in_time(kind, account, seconds)


def in_time(kind: Kind, account: Account, seconds: float) -> str:
    """The test in a thread of its own: one that hangs is left behind, and ends with the process."""
    said: list[str] = []

    def ask() -> None:
        assert kind.test is not None
        try:
            said.append(kind.test(replace(account)))
        except Trouble as error:
            said.append(str(error))
        except Exception as error:  # a channel's code that breaks is told too
            said.append(f"The test itself broke: {type(error).__name__}.")

    thread = threading.Thread(target=ask, name=f"test {account.code}", daemon=True)
    thread.start()
    thread.join(seconds)
    return said[0] if said else f"No answer within {seconds:.0f} seconds."
