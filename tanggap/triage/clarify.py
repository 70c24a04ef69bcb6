"""Asking back where the machine could not tell the place or the matter: in the channel the citizen used, once. The case
says that it waits for them; their answer is read like the first words; silence ends it honestly, and the desk may go on
without an answer at any time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from tanggap import access, ledger, workflow
from tanggap.channels import registry
from tanggap.ledger import deed
from tanggap.lib import geo, seal
from tanggap.models import Case, City, Event, Job, Message, Reference, Report, Task, local_day
from tanggap.triage.actions import keep_secret
from tanggap.triage.classify import classify
from tanggap.triage.locate import Place, at_point, in_words

GIVE_UP = "give_up"  # a Job: the time for an answer is over
DAYS = 3
# what is asked for -> the coded reason when nobody answers
UNANSWERED = {Task.PLACE: "place_unknown", Task.MATTER: "incomprehensible"}


@deed
def clarify(events: Sequence[Event]) -> list[Case]:
    """Ask for what the first look could not tell. Returns the cases as they are now, in the order of the events."""
    unsure = [event for event in events if event.data.get("first") and not event.data.get("sure")]
    asked = [event for event in unsure if may_ask(event.case)]
    taken = ledger.take_all(event.case_id for event in asked) if asked else {}
    doubts: dict[int, list[str]] = {}
    if asked:
        rows = Task.objects.filter(case__in=list(taken), kind__in=UNANSWERED, done_at=None).order_by("id")
        for case_id, kind in rows.values_list("case_id", "kind"):
            doubts.setdefault(case_id, []).append(kind)
    for event in asked:
        case = Reference.get().dress(taken[event.case_id])
        if case.id in doubts and may_ask(case):
            ask(case, doubts[case.id], event.at)
    return [taken.get(event.case_id, event.case) for event in events]


def ask(case: Case, kinds: list[str], at: datetime) -> None:
    until = at + timedelta(days=City.get().value("days_to_clarify", DAYS))
    ledger.move(case, "clarify", by=access.THE_MACHINE_ITSELF.actor, now=at, relation=workflow.MACHINE,
                data={"asks": kinds}, waiting_for=Case.REPORTER, waiting_until=until)  # fmt: skip
    Job.objects.create(kind=GIVE_UP, args={"case": case.id}, due_at=until)


def may_ask(case: Case) -> bool:
    """An open case of a channel where one talks; a secret one is its circle's to ask, and danger can't wait."""
    kind = registry.KINDS.get(case.channel.kind)
    return (
        kind is not None and kind.talks and kind.send is not None and case.status == workflow.NEW
        and case.visibility != Report.SECRET and not case.emergency
    )  # fmt: skip


@deed
def reconsider(event: Event) -> None:
    """An answer to the question: where and what are read again, with all that was said. Still unsure, it is the
    desk's."""
    case = Reference.get().dress(ledger.take(event.case_id))
    if case.status != workflow.NEW or case.visibility == Report.SECRET:
        return
    told, point = everything(case), (event.data.get("lat"), event.data.get("lon"))
    place = at_point(*point) if geo.valid_point(*point) else where(case, told)
    guess = classify(told, case.category.code if case.category else "")
    changes = found(case, place, guess.code if guess.sure else "", point)
    if not changes:
        return
    area, category = changes.get("area", case.area), changes.get("category", case.category)
    sure = area is not None and category is not None
    changes["suggestion"] = competent(case, category, area, event.at) if sure else case.suggestion
    data = {"how": place.how, "sure": sure, "confidence": guess.confidence}
    by = access.THE_MACHINE_ITSELF.actor
    ledger.move(case, "triage", by=by, now=event.at, relation=workflow.MACHINE, data=data, **changes)
    settled = [Task.PLACE] * (area is not None or bool(place.outside)) + [Task.MATTER] * (
        category is not None
    )
    case.tasks.filter(kind__in=settled, done_at=None).update(done_at=event.at, outcome="answered")
    if place.outside and area is None:
        Task.objects.create(kind=Task.OUTSIDE, case=case, role="triage", opened_at=event.at,
                            data={"neighbour": place.outside})  # fmt: skip


def found(case: Case, place: Place, category: str, point: tuple[Any, Any]) -> dict[str, Any]:
    """What is known now and was not before."""
    known, changes = Reference.get(), {}
    if case.area is None and place.area:
        changes["area"] = known.areas[place.area]
    if case.area is None and place.outside:
        changes["outside"] = place.outside
    if case.lat is None and geo.valid_point(*point):
        changes |= {"lat": point[0], "lon": point[1], "cell": geo.cell(*point)}
    if case.category is None and category:
        changes["category"] = known.categories[category]
        changes["visibility"] = keep_secret(case, changes["category"])
    return changes


def where(case: Case, told: str) -> Place:
    return Place(case.area.code, how="known") if case.area else in_words(told)


def everything(case: Case) -> str:
    """All that citizens said on this case, the newest last: for reading only, nothing of it is stored unmasked."""
    keys = seal.Keyring.parse(settings.SEAL_KEYS)
    reports = list(case.reports.select_related("reporter").order_by("id"))
    sealed = [(row.reporter, row.words_sealed) for row in reports]
    later = Message.objects.filter(case=case, report__isnull=False, note=False).select_related(
        "report__reporter"
    )
    sealed += [(row.report.reporter, row.words_sealed) for row in later.order_by("id")]
    words = [
        seal.open_sealed(keys, bytes(person.key), bytes(words)).decode()
        for person, words in sealed
        if person.key is not None and words is not None
    ]
    return " . ".join(words)


def competent(case: Case, category: Any, area: Any, at: datetime) -> dict[str, Any]:
    known = Reference.get()
    mandates = known.competent(category, area, local_day(at))
    if not mandates:
        return case.suggestion
    holder, first = known.holder(mandates[0], area), mandates[0]
    return {**case.suggestion, "agency": holder.code if holder else "", "mandate": first.id, "legal": first.legal,
            "note": first.note}  # fmt: skip


@deed
def give_up(case_id: int, now: datetime) -> None:
    """Nobody answered: closed with the reason said. Writing again, in the same thread, is heard all the same."""
    case = ledger.take(case_id)
    over = case.waiting_until is not None and case.waiting_until <= now
    if case.status != workflow.NEW or case.waiting_for != Case.REPORTER or not over:
        return
    kinds = set(case.tasks.filter(kind__in=UNANSWERED, done_at=None).values_list("kind", flat=True))
    code = UNANSWERED[Task.PLACE if Task.PLACE in kinds else Task.MATTER]
    reason = Reference.get().reasons.get(code)
    ledger.move(
        case, "give_up", by=access.THE_CLOCK_ITSELF.actor, now=now, relation=workflow.CLOCK,
        data={"reason": code}, reason=reason, resolution_id="rejected", closed_at=now, waiting_for="",
        waiting_until=None,
    )  # fmt: skip
    case.tasks.filter(done_at=None).update(done_at=now, outcome="silence")
