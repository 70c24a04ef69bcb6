"""follow (an event starts and stops clocks), warn and ring (a promise is near, or broken)."""

from datetime import datetime

from tanggap import access, ledger, workflow
from tanggap.models import Case, City, Clock, Event, Promise, Reference
from tanggap.sla.clocks import EFFECTS, FROM_THE_FIRST_WORD, due, ruling, warn_at


def follow(event: Event) -> None:
    """Start, stop or go on with the case's clocks, at the event's own time: a slow worker makes nobody late."""
    effect = EFFECTS.get(event.verb)
    if effect is None:
        return
    case = event.case
    if effect.stop:
        case.clocks.filter(step__in=effect.stop, stopped_at=None).update(stopped_at=event.at, due_at=None)
    for clock in case.clocks.filter(step__in=effect.run_on).exclude(stopped_at=None) if effect.run_on else ():
        run_on(clock)
    for step in effect.start:
        start(case, step, event)
    mirror(case)


def start(case: Case, step: str, event: Event) -> Clock | None:
    """One clock a step and case, except review and confirm, which begin anew each time."""
    again = step in (Promise.REVIEW, Promise.CONFIRM)
    if not again and case.clocks.filter(step=step).exists():
        return None
    promise = ruling(Reference.get().promises, step, case.opened_at.date(), case.category_id, case.channel.code)
    if promise is None:
        return None
    begin = case.opened_at if step in FROM_THE_FIRST_WORD else event.at
    promised = due(promise, begin, City.get().time_zone)
    if step == Promise.CONFIRM and case.confirm_by:
        promised = case.confirm_by
    first_look = promised if step == Promise.CONFIRM else warn_at(begin, promised)
    return Clock.objects.create(case=case, promise=promise, step=step, agency=case.holder, started_at=begin,
                                promised_at=promised, due_at=first_look)  # fmt: skip


def run_on(clock: Clock) -> None:
    """The promise stays where it was; time at the review counts for the citizen all the same."""
    clock.stopped_at = None
    clock.due_at = clock.promised_at if clock.rang_at is None else None
    clock.save(update_fields=["stopped_at", "due_at"])


def mirror(case: Case) -> None:
    """The promise that ends first, on the case: the order of the inbox is one index."""
    first = case.clocks.filter(stopped_at=None).exclude(step=Promise.CONFIRM).order_by("promised_at").first()
    Case.objects.filter(pk=case.pk).update(
        promise_at=first.promised_at if first else None, promise_step=first.step if first else ""
    )


def ring(clock: Clock, now: datetime) -> None:
    """A claimed clock: near its promise it warns the holder; past it it rings once and tells one level up. The
    holder keeps the case."""
    if clock.stopped_at is not None:
        clock.due_at = None
        clock.save(update_fields=["due_at"])
        return
    case = clock.case
    if now < clock.promised_at:
        step, clock.warned_at, clock.due_at = "warn", now, clock.promised_at
    else:
        step, clock.rang_at, clock.due_at = "escalate", now, None
    clock.attempts = 0
    clock.save(update_fields=["warned_at", "rang_at", "due_at", "attempts"])
    if case.status in workflow.OPEN:
        above = case.holder.parent.code if case.holder and case.holder.parent else ""
        data = {"step": clock.step, "clock": clock.id, "to": above, "promised_at": clock.promised_at.isoformat()}
        ledger.note(case, step, by=access.THE_CLOCK_ITSELF.actor, now=now, relation=workflow.CLOCK, data=data)
