"""Which clock an event starts and stops, and when a promise is due: tables and pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from tanggap.lib.worktime import Calendar, indonesia
from tanggap.models import Promise
from tanggap.models.promise import Promise as P

ALL = P.STEPS
OFFICE = (P.FIRST_RESPONSE, P.COORDINATION)


@dataclass(frozen=True)
class Effect:
    """What an event does to the clocks of its case. `run_on` lets a stopped clock run again to its old promise."""

    start: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    run_on: tuple[str, ...] = ()


HANDED_ON = Effect(stop=OFFICE)
EFFECTS: dict[str, Effect] = {
    "case.triaged": Effect(start=(P.FIRST_RESPONSE, P.RESOLUTION)),
    "case.routed": Effect(start=(P.COORDINATION,)),
    "case.referred": HANDED_ON,
    "case.delegated": HANDED_ON,
    "case.transferred": HANDED_ON,
    "case.arbitrated": HANDED_ON,
    "case.refused": HANDED_ON,
    "case.refused_to_desk": HANDED_ON,
    "case.started": Effect(stop=OFFICE),
    "case.asked": Effect(stop=(P.FIRST_RESPONSE,)),
    "case.told": Effect(stop=(P.FIRST_RESPONSE,)),
    "case.estimated": Effect(stop=(P.FIRST_RESPONSE,)),
    # the office has said why it waits; the promise to the citizen runs on
    "case.paused": Effect(stop=OFFICE),
    "case.divided_from": Effect(start=(P.RESOLUTION,)),
    "case.submitted": Effect(start=(P.REVIEW,), stop=(*OFFICE, P.RESOLUTION)),
    "case.sent_back": Effect(stop=(P.REVIEW,), run_on=(P.RESOLUTION,)),
    "case.closed": Effect(start=(P.CONFIRM,), stop=(*OFFICE, P.RESOLUTION, P.REVIEW)),
    "case.contested": Effect(),
    "case.reopened": Effect(stop=(P.CONFIRM,), run_on=(P.RESOLUTION,)),
    "case.silent": Effect(stop=(P.CONFIRM,)),
    "case.joined": Effect(stop=ALL),
    "case.rejected": Effect(stop=ALL),
    "case.given_up": Effect(stop=ALL),
    "case.split": Effect(run_on=(P.RESOLUTION,)),
}
# these run from the citizen's first word, whoever holds the case; the others from their own event
FROM_THE_FIRST_WORD = (P.FIRST_RESPONSE, P.RESOLUTION)


def ruling(
    promises: Iterable[Promise], step: str, on: date, category_id: int | None, channel: str
) -> Promise | None:
    """The rule that held on that day; one for the category goes before one for the channel, that before a general
    one, a younger before an older."""
    rows = [
        row for row in promises
        if row.step == step and row.valid_from <= on and (row.valid_to is None or on < row.valid_to)
        and row.category_id in (None, category_id) and row.channel in ("", channel)
    ]  # fmt: skip
    return max(
        rows, key=lambda row: (row.category_id is not None, row.channel != "", row.valid_from), default=None
    )


@lru_cache(maxsize=8)
def calendar(time_zone: str) -> Calendar:
    return indonesia(time_zone)


def due(promise: Promise, start: datetime, time_zone: str) -> datetime:
    """When a promise is due. Clock hours run day and night; working ones by the city's calendar and holidays."""
    if promise.calendar == "clock":
        return start + (
            timedelta(hours=promise.amount) if promise.unit == "hours" else timedelta(days=promise.amount)
        )
    days = calendar(time_zone)
    minutes = promise.amount * (60 if promise.unit == "hours" else minutes_a_day(days))
    return days.add(start, minutes)


def minutes_a_day(days: Calendar) -> int:
    """Working minutes of one day: a promise of two working days is twice this."""
    return (days.end.hour - days.start.hour) * 60 + days.end.minute - days.start.minute


def warn_at(start: datetime, promised_at: datetime) -> datetime:
    """When the holder hears that a promise is about to ring: a fifth before, at most four hours."""
    return promised_at - min((promised_at - start) / 5, timedelta(hours=4))
