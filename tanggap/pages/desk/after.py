"""What will follow a deed, drawn before it is done: the line, the promises, the letter citizens will read.

Everything comes from the tables the deed itself will meet (sla/clocks.py, reply/actions.py), never from guesses here.
"""

import copy
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tanggap.models import Case, City, Clock, Event, Promise, Reference, Report, Resolution
from tanggap.reply import actions as reply
from tanggap.reply import texts
from tanggap.routing.actions import PING_PONG
from tanggap.sla.clocks import EFFECTS
from tanggap.web.words import by, duration, left, when

from . import words
from .form import Deed
from .words import PROMISES

# what an event with words of an officer says to citizens
WORDS_OF = {"case.asked": "asked", "case.told": "told"}
ENDINGS = ("case.joined", "case.rejected")  # this case goes no further
NEEDS = {
    "case.estimated": "on",
    "case.rejected": "reason",
    "case.joined": "into",
}  # a letter without it says nothing


@dataclass
class Letter:
    """The letter to citizens, as the first reporter will read it; `ways`: how many get it by which channel."""

    subject: str
    text: str
    ways: str = ""
    by_hand: int = 0


@dataclass
class After:
    """The right side of a deed's page."""

    stops: list[dict[str, Any]] = field(default_factory=list)
    clocks: list[tuple[str, str, str]] = field(default_factory=list)
    note: str = ""
    letter: Letter | None = None
    follows: list[str] = field(default_factory=list)  # sentences, where nothing moves


def after(deed: Deed) -> After:
    """What will follow, with what is chosen in the form now."""
    event = deed.event()
    if event is None:
        return After(follows=[str(one) for one in deed.follows])
    clocks = sorted(event.case.clocks.all(), key=lambda clock: clock.id)
    said = (deed.chosen("said") or "") if event.verb in WORDS_OF else ""
    return After(
        stops=line(event, clocks, deed.now),
        clocks=promises(event, clocks, deed.now),
        note=handovers(event),
        letter=letter(event, deed, said),
    )


# ---- the line ----


def line(event: Event, clocks: list[Clock], now: datetime) -> list[dict[str, Any]]:
    """The rest of the way from this deed on, as the narrow line takes it."""
    case, to = event.case, Reference.get().agencies.get(event.data.get("to", ""))
    if event.verb in ENDINGS:
        return ending(event)
    held = case.holder.name if case.holder else _("Triage desk")
    waited = _("%(time)s since the first report") % {"time": words.since(case, now)}
    found = [stop(held, "done", waited)]
    if event.verb in ("case.refused_to_desk",):
        found.append(stop(_("Triage desk"), "now", _("finds out where it belongs")))
    elif to is not None and event.data.get("kind"):
        found.append(stop(to.name, "now", _("takes it, or says in a reasoned word why not")))
    if event.verb == "case.submitted":
        return [*found, stop(_("Checked"), "now", reviewer()), *confirmed(case)]
    if event.verb == "case.started":
        found.append(stop(_("Being worked on"), "now", held))
        return [*found, stop(_("Checked"), "next", ends(clocks, now)), *confirmed(case)]
    return [*found, stop(_("Worked on, checked"), "next", ends(clocks, now)), *confirmed(case)]


def ending(event: Event) -> list[dict[str, Any]]:
    held = event.case.holder.name if event.case.holder else _("Triage desk")
    last = {
        "case.joined": _("Goes on as %(into)s") % {"into": event.data.get("into", "")},
        "case.rejected": _("Closed, with a reason"),
    }[event.verb]
    return [stop(held, "done"), stop(last, "now")]


def stop(title: str, kind: str, note: str = "") -> dict[str, Any]:
    return {"title": title, "kind": kind, "note": note}


def confirmed(case: Case) -> list[dict[str, Any]]:
    count = max(1, case.voices)
    said = ngettext("Confirmed by %(num)s citizen", "Confirmed by %(num)s citizens", count) % {"num": count}
    return [stop(said, "next")]


def ends(clocks: list[Clock], now: datetime) -> str:
    whole = [clock for clock in clocks if clock.step == Promise.RESOLUTION]
    return _("done by %(when)s") % {"when": by(whole[-1].promised_at, now)} if whole else ""


def reviewer() -> str:
    agency = Reference.get().agencies.get(City.get().value("review_agency", ""))
    return agency.name if agency else ""


# ---- the promises ----


def promises(event: Event, clocks: list[Clock], now: datetime) -> list[tuple[str, str, str]]:
    """(promise, what becomes of it, class): which clock stops now, which goes on, which begins."""
    effect = EFFECTS.get(event.verb)
    rows = []
    for clock in clocks:
        if clock.stopped_at is not None or clock.step == Promise.CONFIRM:
            continue
        name = upper(str(PROMISES[clock.step]))
        if event.verb in ENDINGS and effect is not None:
            rows.append((name, _("ends here"), ""))
        elif effect is not None and clock.step in effect.stop:
            rows.append((name, stopped(clock, now), "late" if clock.broken(now) else ""))
        else:
            rows.append((name, _("stays: %(when)s") % {"when": by(clock.promised_at, now)}, ""))
    if effect is not None:
        running = {clock.step for clock in clocks}
        rows += [
            (upper(str(PROMISES[step])), _("begins now"), "due")
            for step in effect.start
            if step not in running or step in (Promise.REVIEW, Promise.CONFIRM)
        ]
    opened = _("The citizen's clock, since %(when)s") % {"when": when(event.case.opened_at, now)}
    return [*rows, (opened, _("runs on"), "")]


def stopped(clock: Clock, now: datetime) -> str:
    if clock.broken(now):
        return left(clock.promised_at, now)
    return _("kept: stops at %(time)s") % {"time": duration(now - clock.started_at, short=True)}


def handovers(event: Event) -> str:
    if not event.data.get("kind"):
        return ""
    count = event.case.handovers + 1
    said = _("Hand-over %(count)s.") % {"count": count}
    if count >= PING_PONG:
        return said + " " + _("An arbiter is called and decides who does it.")
    return said + " " + _("At hand-over %(most)s an arbiter decides.") % {"most": PING_PONG}


# ---- the letter ----


def letter(event: Event, deed: Deed, said: str) -> Letter | None:
    """The letter this event will write, to the first of the reporters."""
    code = reply.TO_REPORTERS.get(event.verb) or WORDS_OF.get(event.verb)
    if event.verb == "case.joined":
        code = "joined"
    if code is None or (event.verb in WORDS_OF and not said):
        return None
    if event.verb in NEEDS and not event.data.get(NEEDS[event.verb]):
        return None
    reports = list(event.case.reports.order_by("id")[:500])
    if not reports:
        return None
    first = reports[0]
    facts = reply.facts(as_it_will_be(event), first, event, get_language() or "id")
    facts |= {"words": said}
    if event.verb in WORDS_OF and deed.viewer.agency is not None:
        facts["agency"] = deed.viewer.agency.name
    subject, text = texts.render(code, get_language() or "id", facts)
    return Letter(subject, text, ways(reports), by_hand(reports) if code in reply.BY_VOICE else 0)


def as_it_will_be(event: Event) -> Case:
    """A copy of the case with the columns the deed will set and the letter will name."""
    case = copy.copy(event.case)
    if event.data.get("on"):
        case.estimate_on = date.fromisoformat(event.data["on"])
    if event.data.get("resolution"):
        case.resolution = Resolution.objects.filter(code=event.data["resolution"]).first()
    return case


def ways(reports: list[Report]) -> str:
    known = Reference.get().channel_by_id
    counted = Counter(known[report.channel_id].name for report in reports)
    return " · ".join(f"{count} {name}" for name, count in counted.most_common(4))


def by_hand(reports: list[Report]) -> int:
    known = Reference.get().channel_by_id
    return sum(known[report.channel_id].way_back == "by_hand" for report in reports)


def upper(said: str) -> str:
    return said[:1].upper() + said[1:]
