"""WHAT HAPPENS NEXT: event -> reactions. The only file that knows the order of the rooms.

A room never calls another: it writes down what happened, and this table says who cares.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from tanggap import due
from tanggap.followup import actions as followup
from tanggap.intake import fetch, files
from tanggap.models import Case, Clock, Event, HookCall, Invitation, Job, Letter, Reaction, Reference, Upload
from tanggap.people import links
from tanggap.reply import actions as reply
from tanggap.reply import hooks, send
from tanggap.rights import forget, retention
from tanggap.routing import actions as routing
from tanggap.sla import actions as sla
from tanggap.triage import actions as triage
from tanggap.triage import clarify
from tanggap.workflow import BY_VERB

log = logging.getLogger(__name__)

FOLLOW, WRITE, ALERT, TELL = "follow", "write", "alert", "tell_apps"

ROOMS: dict[str, tuple[str, ...]] = {
    "case.received": ("triage",),
    "case.triaged": ("route", "clarify", FOLLOW, WRITE),
    "case.clarified": (WRITE,),
    "case.given_up": (FOLLOW, WRITE),
    "case.routed": (FOLLOW, WRITE, ALERT),
    "case.rejected": (FOLLOW, WRITE),
    "case.referred": (FOLLOW, WRITE, ALERT),
    "case.delegated": (FOLLOW, WRITE, ALERT),
    "case.transferred": (FOLLOW, WRITE, ALERT),
    "case.arbitrated": (FOLLOW, WRITE, ALERT),
    "case.refused": (FOLLOW, WRITE, ALERT),
    "case.refused_to_desk": (FOLLOW,),
    "case.divided_from": (FOLLOW, ALERT),
    "case.started": (FOLLOW, WRITE),
    "case.estimated": (FOLLOW, WRITE),
    "case.paused": (FOLLOW, WRITE),
    "case.resumed": (WRITE,),
    "case.asked": (FOLLOW,),
    "case.told": (FOLLOW,),
    "case.answered": ("mask", "reconsider", ALERT),
    "case.overheard": ("mask", ALERT),
    "case.submitted": (FOLLOW, WRITE, "inspect"),
    "case.sent_back": (FOLLOW, WRITE, ALERT),
    "case.closed": (FOLLOW, WRITE),
    "case.contested": ("reopen",),
    "case.reopened": (FOLLOW, WRITE, ALERT),
    "case.upheld": (WRITE,),
    "case.silent": (FOLLOW, WRITE),
    "case.joined": (FOLLOW, WRITE),
    "case.set_apart": (WRITE,),
    "case.split": (FOLLOW,),
    "case.warned": (ALERT,),
    "case.escalated": (WRITE, ALERT),
}
# apps hear of the same events, behind everything that is done about them here
REACTIONS: dict[str, tuple[str, ...]] = {
    verb: ROOMS.get(verb, ()) + ((TELL,) if verb in hooks.TOLD else ())
    for verb in (*ROOMS, *sorted(hooks.TOLD))
}


def each(do: Callable[[Event, datetime], object]) -> Callable[[list[Event], datetime], None]:
    """A reaction that does one event at a time: rare ones, and slow ones."""

    def do_each(events: list[Event], now: datetime) -> None:
        for event in events:
            do(event, now)

    return do_each


# each does many events at once; those that hand back cases have locked and changed them
DO: dict[str, Callable[[list[Event], datetime], list[Case] | None]] = {
    "triage": lambda events, now: triage.triage(events),
    "route": lambda events, now: routing.route(events),
    FOLLOW: lambda events, now: sla.follow(events),
    WRITE: lambda events, now: reply.write(events),
    ALERT: lambda events, now: reply.alert(events),
    TELL: lambda events, now: hooks.write(events),
    "clarify": lambda events, now: clarify.clarify(events),
    "reconsider": each(lambda event, now: clarify.reconsider(event)),
    "mask": each(lambda event, now: triage.mask_message(event.data["message"])),
    "inspect": each(lambda event, now: followup.inspect_evidence(event.data["followup"])),
    "reopen": each(lambda event, now: followup.reopen(event.case_id, event.at)),
}
READ_THEMSELVES = frozenset({"triage", "route", "reconsider", "mask", "inspect", "reopen"})
assert set(REACTIONS) <= set(BY_VERB), "a reaction to an event that workflow.py does not know"


def names_of(reaction: Reaction) -> tuple[str, ...]:
    """What is to be done: all that the table names for a newborn reaction, one thing for one that was put off."""
    return (reaction.name,) if reaction.name else REACTIONS.get(reaction.event.verb, ())


def react_to_all(reactions: list[Reaction], now: datetime) -> None:
    """Answer many events in one transaction, and delete their reactions: done and marked are one commit. Any failure
    takes all of it back; due.py then does them one by one."""
    groups: dict[tuple[str, ...], list[Event]] = {}
    for reaction in reactions:
        groups.setdefault(names_of(reaction), []).append(reaction.event)
    for names, events in groups.items():
        for name in names:
            answer(events, name, now)
    Reaction.objects.filter(pk__in=[reaction.pk for reaction in reactions]).delete()


def react(reaction: Reaction, now: datetime) -> None:
    """Answer one event, each thing in a savepoint: one that fails gets a row of its own, is tried again and parked
    alone, and takes nothing from the others."""
    event, names = reaction.event, names_of(reaction)
    for name in names:
        if len(names) == 1:
            answer([event], name, now)
            break
        try:
            with transaction.atomic():
                answer([event], name, now)
        except due.LOST:
            raise
        except Exception as error:
            log.warning("%s after %s failed: %s", name, event.verb, type(error).__name__, exc_info=True)
            Reaction.objects.create(event=event, case_id=event.case_id, name=name, attempts=1,
                                    due_at=now + due.first_delay(), last_error=type(error).__name__,
                                    urgent=reaction.urgent)  # fmt: skip
    reaction.delete()


def answer(events: list[Event], name: str, now: datetime) -> None:
    """One reaction to many events. Cases that a deed hands back are as they are now: the next need not read them."""
    known = Reference.get()
    if name not in READ_THEMSELVES:
        unread = [event for event in events if "case" not in event._state.fields_cache]
        cases = Case.objects.in_bulk([event.case_id for event in unread]) if unread else {}
        for event in unread:
            event.case = known.dress(cases[event.case_id])
    for event, case in zip(events, DO[name](events, now) or (), strict=False):
        event.case = known.dress(case)


def ring(clock: Clock, now: datetime) -> None:
    """A clock's time: the citizens' time to confirm ends in silence, every other one in sla's own way."""
    if clock.step == "confirm" and clock.stopped_at is None:
        clock.stopped_at, clock.due_at = clock.promised_at, None
        clock.save(update_fields=["stopped_at", "due_at"])
        followup.silence(clock.case_id, now)
        return
    sla.ring(clock, now)


TICKS: dict[str, tuple[timedelta, Callable[[datetime], object]]] = {
    "sweep": (timedelta(minutes=30), files.sweep),
    "purge": (timedelta(hours=24), retention.tick),
    "apps": (timedelta(hours=24), hooks.sweep),
}


ONCE: dict[str, Callable[[dict, datetime], object]] = {
    "resume": lambda args, now: followup.resume_in_time(args["case"], now),
    clarify.GIVE_UP: lambda args, now: clarify.give_up(args["case"], now),
    forget.DISCARD: lambda args, now: forget.discard(args["files"]),
    "reset": lambda args, now: links.ask_for_reset(args["who"], now),
}
FORGOTTEN = frozenset({"reset"})  # what somebody typed at the log-in is kept no longer than it takes


def work(job: Job, now: datetime) -> None:
    """A job of once is done; a tick does its work and sets its own next time."""
    if job.kind in ONCE:
        ONCE[job.kind](job.args, now)
        if job.kind in FORGOTTEN:
            job.delete()
            return
        job.done_at = now
    else:
        every, do = TICKS[job.kind]
        do(now)
        job.due_at, job.attempts = now + every, 0
    job.save(update_fields=["due_at", "attempts", "done_at"])


def ensure_ticks(now: datetime) -> None:
    """The rows of the ticks, once a database."""
    have = set(Job.objects.filter(kind__in=TICKS, done_at=None).values_list("kind", flat=True))
    Job.objects.bulk_create([Job(kind=kind, due_at=now) for kind in TICKS if kind not in have])


# not parked, in words that the index of what is due can't serve: a queue is counted while it is empty, and a planner
# that believes so would read the whole of it for each row instead of one case's few
WAITING = "coalesce(e.parked_at, 'infinity') = 'infinity'"
# reactions of one case run in the order of its events; a parked one is skipped
EARLIER_EVENT = f"""EXISTS (SELECT 1 FROM tanggap_reaction e WHERE e.case_id = r.case_id
                   AND e.event_id < r.event_id AND {WAITING})"""
# events first, clocks afterwards: what happened in time must have stopped its clock
UNHEARD = f"EXISTS (SELECT 1 FROM tanggap_reaction e WHERE e.case_id = r.case_id AND {WAITING})"

REACTION = due.Kind(
    Reaction, open="TRUE", do=react, do_all=react_to_all, behind=EARLIER_EVENT, related=("event",)
)
# a citizen hears in the order it happened: only the oldest unsettled letter of a lane goes
EARLIER_LETTER = """r.officer_id IS NULL AND EXISTS (SELECT 1 FROM tanggap_letter e WHERE e.lane = r.lane
                    AND e.id < r.id AND e.state IN ('queued', 'sending') AND e.parked_at IS NULL)"""
UNSENT = "r.state IN ('queued', 'sending')"
INVITATION = due.Kind(Invitation, open="r.sent_at IS NULL AND r.used_at IS NULL", outside=send.invite)
# an app hears of one report in the order it happened
EARLIER_CALL = """EXISTS (SELECT 1 FROM tanggap_hookcall e WHERE e.hook_id = r.hook_id AND e.report_id = r.report_id
                  AND e.id < r.id AND e.state = 'queued' AND e.parked_at IS NULL)"""
CALL = due.Kind(HookCall, open="r.state = 'queued'", outside=hooks.send, behind=EARLIER_CALL)
FILE = due.Kind(Job, open="r.done_at IS NULL AND r.kind = 'fetch'", outside=fetch.fetch)


def letters(which: str = "TRUE") -> due.Kind:
    return due.Kind(Letter, open=f"{UNSENT} AND {which}", outside=send.send, behind=EARLIER_LETTER)


def posts(ways: Iterable[str]) -> dict[str, tuple[due.Kind, ...]]:
    """What speaks to the outside, apart by whom it speaks to: one that is slow or away holds up none of the others.
    `ways`: the kinds of channel that are set up here; letters by another go with the rest, and find their next way."""
    ways = sorted(set(ways))
    found = {f"letters by {way}": (letters(f"r.officer_id IS NULL AND r.way = '{way}'"),) for way in ways}
    known = ", ".join(f"'{way}'" for way in ways) or "''"
    rest = letters(f"(r.officer_id IS NOT NULL OR r.way NOT IN ({known}))")
    return found | {"letters to officers": (INVITATION, rest), "files": (FILE,), "apps": (CALL,)}


# danger goes before a flood of everything else
URGENT = due.Kind(
    Reaction, open="r.urgent", do=react, do_all=react_to_all, behind=EARLIER_EVENT, related=("event",)
)
KINDS = (
    URGENT,
    REACTION,
    due.Kind(Clock, open="r.stopped_at IS NULL", do=ring, behind=UNHEARD),
    due.Kind(Upload, open="r.state = 'stored'", do=files.process),
    due.Kind(Job, open="r.done_at IS NULL AND r.kind <> 'fetch'", do=work),
    INVITATION,
    FILE,
    CALL,
    letters(),
)

INDOORS = tuple(kind for kind in KINDS if kind.outside is None)


def run(now: datetime, limit: int = due.BATCH) -> int:
    """One round of everything that is due at `now`; returns how many rows were done."""
    return due.run(KINDS, now, limit)


def run_indoors(now: datetime, limit: int = due.BATCH) -> int:
    """One round of what speaks to nobody outside: the worker's own loop, beside its `posts`."""
    return due.run(INDOORS, now, limit)


def run_all(now: datetime) -> int:
    """Rounds until nothing is due at `now`: for tests, and for simulated time."""
    return due.run_all(KINDS, now)


def run_inside(now: datetime) -> int:
    """Everything but sending: letters of simulated time are never sent. It asks often, and mostly for nothing."""
    return due.run_all(INDOORS, now) if due.anything(INDOORS, now) else 0
