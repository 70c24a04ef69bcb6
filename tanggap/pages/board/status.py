"""Is it running? For everybody, from the system's own counts; it says so when something is down, and draws without a
database, too."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tanggap import flow
from tanggap.models import City
from tanggap.monitoring import counts, health
from tanggap.monitoring import status as figures
from tanggap.web.errors import RETRY_SECONDS
from tanggap.web.words import ago, duration, number

Part = tuple[str, bool, str]  # what, whether it is well, in a few words


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    found, parts, taking = look(request.now)
    well = all(fine for _name, fine, _words in parts)
    response = render(request, "board/status.html", {
        "figures": found, "parts": parts, "well": well, "taking": taking, "told": counts.told, "few": counts.FEW,
        "seconds": seconds, "emergency": emergency(), "days": figures.DAYS, "states": {
            figures.OPEN: ("done", _("takes reports")), figures.OFFICER: ("done", _("an officer writes them down")),
            figures.OFF: ("wait", _("not connected yet")),
        },
    }, status=200 if taking else 503)  # fmt: skip
    response["Cache-Control"] = "public, max-age=15" if well else "no-store"
    if not taking:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def look(now: datetime) -> tuple[figures.Figures | None, list[Part], bool]:
    """The figures (None with the database away), the parts of the system, and whether reports can be taken."""
    found = health.checks(now, flow.REACTION)
    room = bool(found["disk"]["ok"])
    disk = (_("Room for what comes in"), room, _("enough") if room else _("nearly full"))
    try:
        taking = health.takes_writes() and room
        return figures.figures(now), [*told(now, found, taking), disk], taking
    except (*health.AWAY, City.DoesNotExist):
        return None, [(_("Taking reports"), False, _("The database does not answer.")), disk], False


def told(now: datetime, found: dict[str, dict[str, Any]], taking: bool) -> list[Part]:
    worker, events, copy = found["worker"], found["events"], health.last_copy()
    if not worker["ok"]:
        passing = _("Nobody passes them on at present; they are kept and follow later.")
    elif not events["ok"]:
        passing = _("Slower than usual: the oldest has waited %(time)s.") % {
            "time": seconds(events["oldest_s"])
        }
    else:
        passing = _("at once")
    copied = copy is not None and now - copy <= health.COPY_OLD
    parts = [
        (
            _("Taking reports"),
            taking,
            _("stored before we say “received”") if taking else _("Nothing can be stored now."),
        ),
        (_("Passing them on to officers"), worker["ok"] and events["ok"], passing),
    ]
    # a demo's data is made up: nobody would miss it
    if copy or not settings.DEMO:
        last = _("the last one %(ago)s") % {"ago": ago(copy, now)} if copy else _("there is none yet")
        parts.append((_("Safety copy"), copied, last))
    return parts


def emergency() -> str:
    """The city's number, the country's while the city can't be asked."""
    try:
        return City.get().value("emergency", {}).get("number", "112")
    except (*health.AWAY, City.DoesNotExist):
        return "112"


def seconds(span: float | None) -> str:
    """As people say it: under a minute in seconds, else in its two largest units."""
    if span is None:
        return ""
    if span < 60:
        count = max(1, round(span))
        return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": number(count)}
    return duration(span / 60)
