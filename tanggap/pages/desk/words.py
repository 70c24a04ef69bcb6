"""What officers read: names of promises, channels and states, and a sentence for every refusal's code."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as lazy

from tanggap import workflow
from tanggap.models import Agency, Case, Letter, Promise, Report
from tanggap.web import words

PROMISES: dict[str, Any] = {
    Promise.FIRST_RESPONSE: lazy("first response"),
    Promise.COORDINATION: lazy("hand it on"),
    Promise.RESOLUTION: lazy("get it done"),
    Promise.REVIEW: lazy("review"),
    Promise.CONFIRM: lazy("citizens' word"),
}
ICONS = {
    "web": "web",
    "georeport": "web",
    "open311": "mobile",
    "jaki": "mobile",
    "history": "mobile",
    "whatsapp": "chat",
    "sms": "phone",
    "email": "letter",
    "x": "social",
    "facebook": "social",
    "instagram": "social",
    "counter": "desk",
    "press": "words",
}
VISIBILITY: dict[str, Any] = {
    Report.PUBLIC: lazy("Public"),
    Report.PRIVATE: lazy("Private"),
    Report.SECRET: lazy("Secret"),
}
DELIVERY: dict[str, Any] = {
    Letter.QUEUED: lazy("waiting to be sent"),
    Letter.SENDING: lazy("being sent"),
    Letter.SENT: lazy("sent"),
    Letter.DELIVERED: lazy("delivered"),
    Letter.READ: lazy("read"),
    Letter.FAILED: lazy("could not be sent"),
    Letter.UNKNOWN: lazy("perhaps sent"),
    Letter.ON_PAGE: lazy("on the citizen's page"),
    Letter.BY_HAND: lazy("to be told by telephone"),
}
URGENCY: dict[int, tuple[str, Any]] = {2: ("late", lazy("Danger")), 1: ("wait", lazy("Risky"))}


def icon_of(kind: str) -> str:
    return ICONS.get(kind, "words")


def status_word(case: Case) -> str:
    """The familiar word of a case, as `p.pill` takes it."""
    return case.public_word


STANDING: dict[str, Any] = {
    workflow.NEW: lazy("It is at the triage desk."),
    workflow.ASSIGNED: lazy("It is in the hands of %(holder)s."),
    workflow.IN_PROGRESS: lazy("%(holder)s is working on it."),
    workflow.AWAITING_REVIEW: lazy("It is being checked by a reviewer."),
    workflow.CLOSED: lazy("It is closed."),
    workflow.JOINED: lazy("It was joined into %(into)s."),
}


def standing(case: Case) -> str:
    """Where the case is now, in one sentence."""
    holder = case.holder.name if case.holder else ""
    into = case.joined_into.number if case.joined_into else ""
    return STANDING[case.status] % {"holder": holder, "into": into}


# ---- refusals ----

REFUSALS: dict[str, Any] = {
    # hand-overs
    "to_itself": lazy("It is with this office already. Choose another one."),
    "reason_missing": lazy("Say why: choose a reason or write a sentence."),
    "not_for_itself": lazy("You asked for this move yourself. Somebody else has to approve it."),
    "already_asked": lazy("A move is waiting for its approval already."),
    "not_our_unit": lazy("Not one of your units: %(to)s belongs to %(above)s."),
    "no_such_way": lazy("From %(holder)s there is no way to %(to)s."),
    # work and review
    "date_past": lazy("This day is over. Choose today or a later one."),
    "date_far": lazy("This is more than a year away. Choose an earlier day."),
    "words_missing": lazy("Say in a sentence what was done; ten letters at least."),
    "photo_missing": lazy("What was fixed needs a photo from the spot."),
    "photo_broken": lazy("A photo can't be read. Leave it out and take another one."),
    "open_parts": lazy("A part of this case is still open. It ends first."),
    "own_work": lazy("This is your own work. Somebody else has to judge it."),
    "own_agency": lazy("This is the work of your own office. Somebody else has to judge it."),
    "nothing_submitted": lazy("Nothing has been handed in that could be judged."),
    "nobody_held_it": lazy("Nobody has held this case yet. Name an office."),
    # joining
    "itself": lazy("This is the same case. Choose another one."),
    "secret": lazy("A secret case stays by itself."),
    "part": lazy("A case with parts, or a part of one, stays by itself."),
    "older": lazy("The older case takes in the younger one, not the other way round."),
    "not_joined": lazy("This case is not joined with another one."),
    "refused": lazy("This is not possible now."),
}


def refusal(code: str, **facts: str) -> str:
    """The sentence of a refusal's code. A code nobody has worded yet says so plainly and loses nothing."""
    return str(REFUSALS.get(code, REFUSALS["refused"])) % facts if facts else str(REFUSALS.get(code, ""))


def kind_name(agency: Agency) -> str:
    """ "kelurahan", "suku dinas": the kind of an agency in the middle of a sentence."""
    name = agency.kind.name_en if get_language() == "en" else agency.kind.name_id
    return name if name.isupper() else name[:1].lower() + name[1:]


def since(case: Case, now: datetime) -> str:
    """How long the citizen has been waiting."""
    return words.duration((case.closed_at or now) - case.opened_at, short=True)
