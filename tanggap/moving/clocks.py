"""The clocks of a history that comes from elsewhere: each event starts and stops them as if it happened here, by the
promises that ruled on the day of the first word. What rang in the old system's time has rung, and nobody is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tanggap.lib.copied import Plain
from tanggap.models import Agency, Clock, Promise
from tanggap.sla import actions as sla
from tanggap.sla.clocks import EFFECTS, warn_at


def wind(case: Any, events: Iterable[tuple[Any, Agency | None]], now: datetime) -> list[Plain]:
    """Clocks of these events (each with who held the case then), as they stand now; sets the case's mirror of the
    promise that ends first."""
    clocks: list[Plain] = []
    last = case.holder_id
    for event, held in events:
        effect = EFFECTS.get(event.verb)
        if effect is None:
            continue
        case.holder_id = held.pk if held else None
        for clock in clocks:
            if not sla.stop(clock, effect, event.at):
                sla.run_on(clock, effect)
        for step in effect.start:
            if values := sla.begun(case, step, event, clocks):
                clocks.append(Plain(Clock, **values))
    case.holder_id = last
    for clock in clocks:
        settle(clock, now)
    mirror(case, clocks)
    return clocks


def settle(clock: Plain, now: datetime) -> None:
    """What is past has happened: warned, rung, marked as broken. Only what lies ahead is still due."""
    ended = clock.stopped_at or now
    warning = warn_at(clock.started_at, clock.promised_at)
    is_confirm = clock.step == Promise.CONFIRM
    if warning <= ended and not is_confirm:
        clock.warned_at = warning
    if clock.promised_at <= ended and not is_confirm:
        clock.rang_at = clock.promised_at
    if clock.stopped_at is not None or clock.rang_at is not None:
        clock.due_at = None
    elif is_confirm or clock.warned_at is not None:
        clock.due_at = clock.promised_at
    else:
        clock.due_at = warning


def mirror(case: Any, clocks: Iterable[Plain]) -> None:
    running = [clock for clock in clocks if clock.stopped_at is None and clock.step != Promise.CONFIRM]
    first = min(running, key=lambda clock: clock.promised_at, default=None)
    case.promise_at, case.promise_step = (first.promised_at, first.step) if first else (None, "")
