"""follow (an event starts and stops clocks), warn and ring (a promise is near, or broken)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tanggap import access, ledger, workflow
from tanggap.lib import rows
from tanggap.models import Case, City, Clock, Event, Promise, Reference, local_day
from tanggap.sla.clocks import EFFECTS, FROM_THE_FIRST_WORD, Effect, due, ruling, warn_at

LOOK_AGAIN = timedelta(hours=6)


def follow(events: Sequence[Event]) -> None:
    """Start, stop or go on with the clocks of the events' cases (one event a case), at each event's own time: a slow
    worker makes nobody late."""
    events = [event for event in events if event.verb in EFFECTS]
    held: dict[int, list[Clock]] = {event.case_id: [] for event in events}
    for clock in Clock.objects.filter(case__in=list(held)).order_by("id"):
        held[clock.case_id].append(clock)
    changed, born = [], []
    for event in events:
        effect, clocks = EFFECTS[event.verb], held[event.case_id]
        changed += [clock for clock in clocks if stop(clock, effect, event.at) or run_on(clock, effect)]
        started = [clock for step in effect.start if (clock := new(event.case, step, event, clocks))]
        clocks += started
        born += started
    rows.update(Clock, ("stopped_at", "due_at"), [(row.id, row.stopped_at, row.due_at) for row in changed])
    Clock.objects.bulk_create(born)
    mirror([(event.case, held[event.case_id]) for event in events])


def stop(clock: Clock, effect: Effect, at: datetime) -> bool:
    if clock.step not in effect.stop or clock.stopped_at is not None:
        return False
    clock.stopped_at, clock.due_at = at, None
    return True


def run_on(clock: Clock, effect: Effect) -> bool:
    """The promise stays where it was; time at the review counts for the citizen all the same."""
    if clock.step not in effect.run_on or clock.stopped_at is None:
        return False
    clock.stopped_at = None
    clock.due_at = clock.promised_at if clock.rang_at is None else None
    return True


def new(case: Case, step: str, event: Event, clocks: Sequence[Clock]) -> Clock | None:
    values = begun(case, step, event, clocks)
    return Clock(**values) if values else None


def begun(case: Case, step: str, event: Event, clocks: Sequence[Clock]) -> dict[str, Any] | None:
    """What a clock of this step holds when the event starts it. One clock a step and case, except review and confirm,
    which begin anew each time."""
    again = step in (Promise.REVIEW, Promise.CONFIRM)
    if not again and any(clock.step == step for clock in clocks):
        return None
    promise = ruling(
        Reference.get().promises, step, local_day(case.opened_at), case.category_id, case.channel.code
    )
    if promise is None:
        return None
    begin = case.opened_at if step in FROM_THE_FIRST_WORD else event.at
    promised = due(promise, begin, City.get().time_zone)
    if step == Promise.CONFIRM and case.confirm_by:
        promised = case.confirm_by
    first_look = promised if step == Promise.CONFIRM else warn_at(begin, promised)
    return {"case_id": case.id, "promise_id": promise.id, "step": step, "started_at": begin, "promised_at": promised,
            "agency_id": case.holder_id, "due_at": first_look}  # fmt: skip


def mirror(cases: Sequence[tuple[Case, list[Clock]]]) -> None:
    """The promise that ends first, on each case: the order of the inbox is one index."""
    differ = []
    for case, clocks in cases:
        running = [clock for clock in clocks if clock.stopped_at is None and clock.step != Promise.CONFIRM]
        first = min(running, key=lambda clock: clock.promised_at, default=None)
        at, step = (first.promised_at, first.step) if first else (None, "")
        if (case.promise_at, case.promise_step) != (at, step):
            case.promise_at, case.promise_step = at, step
            differ.append((case.id, at, step))
    rows.update(Case, ("promise_at", "promise_step"), differ)


def ring(clock: Clock, now: datetime) -> None:
    """A claimed clock: near its promise it warns the holder; past it it rings once and tells one level up. The
    holder keeps the case."""
    if clock.stopped_at is not None:
        clock.due_at = None
        clock.save(update_fields=["due_at"])
        return
    case = clock.case
    if case.status == workflow.NEW and case.waiting_for == Case.REPORTER:
        # nobody is late while the citizen is asked where it is; once they have answered it rings as promised
        clock.due_at, clock.attempts = now + LOOK_AGAIN, 0
        clock.save(update_fields=["due_at", "attempts"])
        return
    if now < clock.promised_at:
        step, clock.warned_at, clock.due_at = "warn", now, clock.promised_at
    else:
        step, clock.rang_at, clock.due_at = "escalate", now, None
    clock.attempts = 0
    clock.save(update_fields=["warned_at", "rang_at", "due_at", "attempts"])
    if case.status in workflow.OPEN:
        above = case.holder.parent.code if case.holder and case.holder.parent else ""
        data = {
            "step": clock.step,
            "clock": clock.id,
            "to": above,
            "promised_at": clock.promised_at.isoformat(),
        }
        ledger.note(case, step, by=access.THE_CLOCK_ITSELF.actor, now=now, relation=workflow.CLOCK, data=data)
