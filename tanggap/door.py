"""The only caller of intake.batch: every way in ends here.

`take` does what is synchronous at a door: words made clean, the area of the point, "outside the city", words of
danger. None of it refuses a report for its place. Everything else is a reaction, within the second. `hear` is for
channels where one talks: it decides whether words are a new report or belong to one that is here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tanggap.channels.base import (
    Command,
    Delivery,
    Edit,
    Heard,
    Ignored,
    Moved,
    Receipt,
    Refused,
    Submission,
    Unreadable,
    Withdrawal,
)
from tanggap.intake import batch, files, threads
from tanggap.lib import geo
from tanggap.lib.text import clean
from tanggap.models import ChannelState, City, Reference, Report
from tanggap.reply import commands, deliveries
from tanggap.reply import heard as later
from tanggap.triage.locate import at_point
from tanggap.triage.urgency import is_emergency

WORDS_LIMIT = 10_000
SHORT_LIMIT = 300
FILE_LIMIT = 10


def take(submissions: Sequence[Submission], now: datetime) -> list[Receipt | Refused]:
    """Store them, committed when this returns. Raises Busy, or the database's error: then nothing was promised."""
    for said in submissions:
        prepare(said)
    return batch.submit(submissions, now)


def prepare(said: Submission) -> Submission:
    """Clean the words and fill what pure functions know; also what imports and the simulator call."""
    said.words = clean(said.words, WORDS_LIMIT)
    said.place = clean(said.place, SHORT_LIMIT)
    said.name = clean(said.name, SHORT_LIMIT)
    known = Reference.get()
    if said.category not in known.categories:
        said.category = ""
    chosen = known.categories.get(said.category)
    if said.visibility not in Report.VISIBILITIES:
        said.visibility = City.get().value("default_visibility", Report.PRIVATE)
    if chosen is not None and chosen.visibility == Report.SECRET:
        said.visibility = Report.SECRET
    point = geo.valid_point(said.lat, said.lon) if said.lat is not None and said.lon is not None else None
    said.lat, said.lon = point or (None, None)
    if point:
        found = at_point(*point)
        said.area, said.outside = found.area, found.outside
    said.emergency = is_emergency(f"{said.words} {said.place}")
    return said


# ---- where one talks ----

# what is no new words, and who knows what to do with it
OTHERWISE: dict[type, Callable[..., Any]] = {
    Delivery: deliveries.delivered, Edit: later.edit, Withdrawal: later.withdraw, Command: commands.command,
    Moved: later.moved, Ignored: later.ignored, Unreadable: later.unreadable,
}  # fmt: skip


def hear(things: Sequence[Heard], now: datetime) -> None:
    """Everything a channel heard, committed when this returns. Raises Busy or the database's error: then nothing of the
    rest was promised, and hearing all of it again is safe: each is stored once."""
    waiting: list[Submission] = []
    for thing in things:
        if isinstance(thing, Submission):
            if any(said.sender == thing.sender for said in waiting if said.sender):
                new_words(waiting, now)  # somebody's second words may belong to their first
                waiting = []
            waiting.append(thing)
            continue
        new_words(waiting, now)
        waiting = []
        OTHERWISE[type(thing)](thing, now=now)
    new_words(waiting, now)
    for account in {thing.account for thing in things}:
        ChannelState.objects.filter(channel__code=account).update(received_at=now)


def new_words(submissions: Sequence[Submission], now: datetime) -> None:
    """Words of different people: reports for those that belong to none, messages for the rest. One who speaks in two
    places at once waits for themselves, so that an album of parallel webhooks is one report."""
    if not submissions:
        return
    for said in submissions:
        keep_files(said, now)
    with transaction.atomic():
        threads.take_turns([said.sender for said in submissions if said.sender])
        found = [(said, threads.match(said)) for said in submissions]
        fresh = [said for said, thread in found if thread is None]
        for answer in take(fresh, now) if fresh else ():
            if isinstance(answer, Refused) and answer.code == "busy":
                raise answer
        for said, thread in found:
            if thread is not None:
                later.message(thread.report.id, said, same=thread.same, proven=thread.proven, now=now,
                              photos=said.photos)  # fmt: skip


def keep_files(said: Submission, now: datetime) -> None:
    """What came along in bytes is stored before the words that claim it; what can't be taken is noted, and the words
    stay. Pictures only: other files are with the raw words."""
    kept, refused = [], list(said.refused_files)
    for file in [file for file in said.files if file.data is not None][:FILE_LIMIT]:
        try:
            kept.append(files.keep_bytes(file.data or b"", draft=said.uuid, now=now).uuid)
        except files.BadFile as bad:
            refused.append(bad.code)
    if kept:
        said.photos, said.draft = tuple(kept), said.uuid
    said.refused_files = tuple(refused)
