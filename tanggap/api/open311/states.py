"""Our states in others' words: open or closed, CitySDK's detailed status, mySociety's words for updates."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy

from tanggap.models import Case, Event, Reference
from tanggap.web.words import day
from tanggap.workflow import CLOSED, NEW

NAMES = {
    "waiting": gettext_lazy("Waiting"),
    "coordination": gettext_lazy("Referred"),
    "disposition": gettext_lazy("Delegated"),
    "process": gettext_lazy("In the works"),
    "estimated": gettext_lazy("Date announced"),
    "validation": gettext_lazy("Awaiting review"),
    "sent_back": gettext_lazy("Sent back"),
    "asked": gettext_lazy("Waiting for the citizen"),
    "done": gettext_lazy("Done"),
    "confirmed": gettext_lazy("Confirmed by citizens"),
    "contested": gettext_lazy("Contested"),
    "rejected": gettext_lazy("Refused"),
    "merged": gettext_lazy("Joined"),
}
FIXED, REJECTED = "fixed", "rejected"


def word(case: Case) -> str:
    """The code of the public word."""
    return case.public_word


def notes(case: Case) -> str:
    """The public word; of what ended otherwise than fixed also how, so that "closed" isn't read as mended."""
    said = str(NAMES[word(case)])
    if case.status == CLOSED and case.resolution is not None and case.resolution_id != FIXED:
        return f"{said}: {case.resolution.name(get_language())}"
    return said


def short(case: Case) -> str:
    return "closed" if case.status == CLOSED else "open"


def detailed(case: Case) -> str:
    """CitySDK's five words."""
    if case.status == CLOSED:
        if case.resolution_id == REJECTED:
            return "REJECTED"
        return "ARCHIVED" if case.confirmation in ("confirmed", "silent") else "PROCESSED"
    return "RECEIVED" if case.status == NEW else "IN_PROCESS"


# ---- events as updates ----


@dataclass(frozen=True)
class Update:
    """mySociety's status word for an event, and the sentence that says it."""

    status: str
    sentence: Any


PASSED = Update("investigating", gettext_lazy("Passed to %(agency)s."))
UPDATES = {
    "case.received": Update("open", gettext_lazy("The report has been received.")),
    "case.routed": Update("investigating", gettext_lazy("%(agency)s has the report now.")),
    "case.referred": PASSED,
    "case.delegated": PASSED,
    "case.transferred": PASSED,
    "case.arbitrated": PASSED,
    "case.refused": PASSED,
    "case.started": Update("in_progress", gettext_lazy("Work has begun.")),
    "case.estimated": Update("action_scheduled", gettext_lazy("Expected to be done on %(day)s.")),
    "case.paused": Update("unchanged", gettext_lazy("The work has to wait. %(reason)s")),
    "case.resumed": Update("in_progress", gettext_lazy("The work goes on.")),
    "case.submitted": Update(
        "in_progress", gettext_lazy("The work was reported as done and is being checked.")
    ),
    "case.sent_back": Update(
        "in_progress", gettext_lazy("The check did not accept the work yet. %(reason)s")
    ),
    "case.closed": Update("closed", gettext_lazy("Done, says the city: %(resolution)s")),
    "case.rejected": Update("no_further_action", gettext_lazy("The city can't take this on. %(reason)s")),
    "case.given_up": Update("no_further_action", gettext_lazy("Closed without an answer. %(reason)s")),
    "case.clarified": Update("unchanged", gettext_lazy("The reporter was asked for what was missing.")),
    "case.reopened": Update("open", gettext_lazy("Open again; %(agency)s has it.")),
    "case.confirmed": Update("unchanged", gettext_lazy("A reporter says: it is done.")),
    "case.contested": Update("unchanged", gettext_lazy("A reporter says: it is not done.")),
    "case.asked": Update("unchanged", gettext_lazy("The reporter was asked a question.")),
    "case.told": Update("unchanged", gettext_lazy("The reporter was told something.")),
    "case.answered": Update("unchanged", gettext_lazy("The reporter has answered.")),
}
# how a case ended decides the word; a status of its own only where the standard's users know one
ENDINGS = {"fixed": "fixed", "fixed_for_now": "fixed", "passed_outside": "not_councils_responsibility",
           "unproven": "no_further_action"}  # fmt: skip


def update_status(event: Event) -> str:
    found = UPDATES[event.verb].status
    return ENDINGS.get(event.data.get("resolution", ""), found) if event.verb == "case.closed" else found


def sentence(event: Event, resolutions: dict[str, Any]) -> str:
    """What the event says to anybody: codes in words, never what a person wrote."""
    known, language, data = Reference.get(), get_language(), event.data
    agency = known.agencies.get(data.get("to", ""))
    reason = known.reasons.get(data.get("reason", ""))
    ending = resolutions.get(data.get("resolution", ""))
    values = {
        "agency": agency.name if agency else "",
        "reason": reason.name(language) + "." if reason else "",
        "resolution": ending.name(language) + "." if ending else "",
        "day": day(date.fromisoformat(data["on"])) if "on" in data else "",
    }
    return (str(UPDATES[event.verb].sentence) % values).strip()
