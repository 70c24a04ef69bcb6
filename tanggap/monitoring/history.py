"""The history of a case in sentences: what each Event says to an officer who reads it.

An Event holds codes and ids; names are put in here, from the kept reference data.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.dateformat import format as dateformat
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from tanggap.models import Case, Event, Officer, Reference, Resolution
from tanggap.models.event import CLOCK, KEY, MACHINE, OFFICER, REPORTER

# what is done to a case by looking at it stands apart from what moved it
QUIET = frozenset({"case.photo_opened", "case.supported", "case.warned"})
# written beside a case that stays as it is: no version, nothing an officer could have overlooked
UNMOVED = QUIET | {
    "case.noted",
    "case.revealed",
    "case.escalated",
    "case.photo_released",
    "case.photo_withdrawn",
    "case.resent",
}

SENTENCES: dict[str, Any] = {
    "case.received": lazy("Received by %(channel)s"),
    "case.divided_from": lazy("Made as a part of %(parent)s, for %(to)s"),
    "case.triaged": lazy("Looked at: where is it, what is it"),
    "case.routed": lazy("Given to %(to)s, the office of the place"),
    "case.rejected": lazy("Refused: %(reason)s"),
    "case.referred": lazy("Referred to %(to)s"),
    "case.delegated": lazy("Delegated to %(to)s"),
    "case.transfer_requested": lazy("Asked to move it to %(to)s"),
    "case.transferred": lazy("Moved to %(to)s, with approval"),
    "case.transfer_denied": lazy("The move to %(to)s was not approved"),
    "case.arbitrated": lazy("The arbiter decided: %(to)s does it"),
    "case.refused": lazy("Handed back to %(to)s: %(reason)s"),
    "case.refused_to_desk": lazy("Handed back to the triage desk: %(reason)s"),
    "case.divided": lazy("Part %(part)s given to %(to)s"),
    "case.started": lazy("Work begun"),
    "case.estimated": lazy("Expected to be done on %(on)s"),
    "case.paused": lazy("Waiting: %(reason)s"),
    "case.resumed": lazy("Taken up again"),
    "case.submitted": lazy("Handed in as done: %(resolution)s"),
    "case.sent_back": lazy("Sent back by the reviewer: %(reason)s"),
    "case.closed": lazy("Accepted by the reviewer: %(resolution)s"),
    "case.confirmed": lazy("A citizen confirmed it"),
    "case.contested": lazy("A citizen says it is not fixed"),
    "case.silent": lazy("No word from the citizens in time"),
    "case.reopened": lazy("Opened again, with %(to)s"),
    "case.appealed": lazy("A citizen appealed"),
    "case.upheld": lazy("The arbiter upheld the answer"),
    "case.asked": lazy("The citizens were asked"),
    "case.answered": lazy("A citizen answered"),
    "case.overheard": lazy("Words came that are not proven to be the reporter's"),
    "case.withdrawn": lazy("A citizen took their words back"),
    "case.clarified": lazy("The citizen was asked for what was missing"),
    "case.given_up": lazy("Closed, the citizen did not answer: %(reason)s"),
    "case.told": lazy("The citizens were written to"),
    "case.resent": lazy("A letter was sent again"),
    "case.set_apart": lazy("Later words became a report of their own: %(into)s"),
    "case.noted": lazy("A note inside was written"),
    "case.supported": lazy("One more voice"),
    "case.joined": lazy("Joined into %(into)s"),
    "case.took_in": lazy("Took in %(case)s"),
    "case.split": lazy("Split off again from %(from)s"),
    "case.split_to_desk": lazy("Split off again from %(from)s, to the triage desk"),
    "case.redacted": lazy("Words covered"),
    "case.warned": lazy("The promise was near: the office was warned"),
    "case.escalated": lazy("The promise was broken: the superiors were told"),
    "case.revealed": lazy("Personal data opened: %(reason)s"),
    "case.photo_opened": lazy("A photo opened"),
    "case.photo_released": lazy("A photo published, as far as it is not covered"),
    "case.photo_withdrawn": lazy("A photo taken back from the public"),
    "case.file_refused": lazy("A file could not be taken"),
}
WHO = {
    REPORTER: lazy("a citizen"),
    KEY: lazy("an app"),
    CLOCK: lazy("the clock"),
    MACHINE: lazy("Tanggap"),
}


@dataclass(frozen=True)
class Line:
    """One line of the history: when, what, by whom."""

    at: datetime
    words: str
    who: str
    verb: str

    @property
    def quiet(self) -> bool:
        return self.verb in QUIET


def lines(events: Iterable[Event]) -> list[Line]:
    """Sentences for these events, in their order. One statement, for the officers' names; one more where a
    resolution is named."""
    rows = list(events)
    ids = {row.by_id for row in rows if row.by_kind == OFFICER}
    ids |= {row.data["for"] for row in rows if "for" in row.data}
    names = dict(Officer.objects.filter(pk__in=ids).values_list("id", "name")) if ids else {}
    codes = {row.data["resolution"] for row in rows if row.data.get("resolution")}
    ends = {row.code: row for row in Resolution.objects.filter(code__in=codes)} if codes else {}
    return [Line(row.at, sentence(row, ends), who(row, names), row.verb) for row in rows]


def moves(case: Case, most: int = 1) -> list[Line]:
    """The latest events that changed a case, the newest first."""
    return lines(case.events.exclude(verb__in=UNMOVED).order_by("-id")[: max(1, min(most, 10))])


def sentence(event: Event, ends: dict[str, Resolution]) -> str:
    if event.verb == "case.took_in" and "back" in event.data:
        return _("Gave back %(case)s") % {"case": event.data["back"]}
    if event.verb == "case.received" and "partner" in event.data:
        return _("Filed by %(partner)s for a citizen") % Facts(event, ends)
    if event.verb == "case.triaged" and event.data.get("how") == "person":
        return _("Place and matter settled by the triage desk")
    return SENTENCES[event.verb] % Facts(event, ends)


class Facts(dict):
    """What a sentence may ask for, looked up only when it does."""

    def __init__(self, event: Event, ends: dict[str, Resolution]):
        super().__init__(event.data)
        self.known, self.ends, self.language = Reference.get(), ends, get_language() or "id"

    def __getitem__(self, name: str) -> str:
        given = str(self.get(name, ""))
        if name in ("to", "partner") and given in self.known.agencies:
            return self.known.agencies[given].name
        if name == "channel" and given in self.known.channels:
            return self.known.channels[given].name
        if name == "reason" and given in self.known.reasons:
            return self.known.reasons[given].name(self.language)
        if name == "resolution" and given in self.ends:
            return self.ends[given].name(self.language)
        if name == "on" and given:
            return day(date.fromisoformat(given))
        return given or _("not named")


def day(on: date) -> str:
    return dateformat(on, "l j M")


def who(event: Event, names: dict[int, str]) -> str:
    """An officer by name, with the agency they acted for; of a partner the organisation alone; never who reported."""
    if event.by_kind != OFFICER:
        return str(WHO.get(event.by_kind, ""))
    agency = Reference.get().agency_by_id.get(event.agency_id)
    if "partner" in event.data and agency:
        return agency.label
    name = names.get(event.by_id, _("an officer"))
    if "for" in event.data:
        name = _("%(deputy)s for %(absent)s") % {
            "deputy": name,
            "absent": names.get(event.data["for"], _("an officer")),
        }
    return f"{name}, {agency.label}" if agency else name
